"""A patient's weeks on paper: the newest in words, all of them as a table."""

from __future__ import annotations

from collections.abc import Sequence

from app.documents.charts import Curve, chart_png
from app.documents.heads import Made, patient_paper
from app.documents.model import Block, Bullets, Cell, Document, Facts, Heading, Paragraph, Picture, Table, TableColumn
from app.documents.week_words import because, change_text, figure_title, figure_unit, value_text, week_text, with_unit
from app.documents.words import short_day
from app.domain.weekly import FIGURES, LEAST_SPAN
from app.domain.weekly_advice import advice_text
from app.kernel.i18n import t
from app.queries.papers import PaperHead
from app.queries.weekly import WeekRow

_WIDTH, _HEIGHT = 480.0, 44.0


def weekly_paper(head: PaperHead, weeks: Sequence[WeekRow], chosen: WeekRow, made: Made) -> Document:
    """Return the paper of one week, with the weeks around it; ``weeks`` the newest first."""
    return patient_paper(
        head, t("Weekly summary"), (*week_blocks(chosen), *trend_blocks(weeks)), made,
        dated=week_text(chosen.first, chosen.last),
    )  # fmt: skip


def week_blocks(week: WeekRow) -> list[Block]:
    """Return one week in words: its figures, and each recommendation with what led to it."""
    found = week.figures
    facts = []
    for key in FIGURES:
        figure = found.figures.get(key)
        words = ", ".join(filter(None, (with_unit(key, figure), change_text(key, figure))))
        if words:
            facts.append((figure_title(key), words))
    blocks: list[Block] = [Facts(tuple(facts), columns=2)] if facts else [Paragraph(t("Nothing was measured."))]
    if found.recommendations:
        texts = [
            f"{advice_text(one)} ({why})" if (why := because(week, one)) else advice_text(one)
            for one in found.recommendations
        ]
        blocks += [Heading(t("Recommendations")), Bullets(tuple(texts))]
    if found.unreadable:
        blocks.append(Paragraph(t("Entries that can't be read: {n}", n=len(found.unreadable)), muted=True))
    return blocks


def trend_blocks(weeks: Sequence[WeekRow]) -> list[Block]:
    """Return a small chart for each figure, and the table of weeks."""
    blocks: list[Block] = [Heading(t("Week by week"))]
    for key in FIGURES:
        curves = week_curves(weeks, key)
        if any(len(curve.points) > 1 for curve in curves):  # a pressure has two values in a single week
            caption = f"{figure_title(key)}, {figure_unit(key)}".rstrip(", ")
            blocks.append(Picture(chart_png(curves, _WIDTH, _HEIGHT, least=LEAST_SPAN[key]), _HEIGHT, caption))
    columns = (TableColumn(t("Week from"), 1.3), *(TableColumn(figure_title(key), right=True) for key in FIGURES))
    return [*blocks, Table(columns, tuple(_row(week) for week in weeks))]


def week_curves(weeks: Sequence[WeekRow], key: str) -> tuple[Curve, ...]:
    """Return a figure's curve over weeks (blood pressure: two), x in days, joined from one week to the next only.

    A merged record's weeks stand in the table: a curve has one value a week.
    """
    known = [(week.first.toordinal(), found) for week in reversed(weeks) if not week.merged
             if (found := week.figures.figures.get(key)) is not None and found.value is not None]  # fmt: skip
    upper = tuple((float(x), one.value) for x, one in known if one.value is not None)
    lower = tuple((float(x), one.second) for x, one in known if one.second is not None)
    return tuple(Curve(points, gap=7) for points in (upper, lower) if points)


def _row(week: WeekRow) -> tuple[str | Cell, ...]:
    values = (value_text(key, week.figures.figures.get(key)) for key in FIGURES)
    named = f"{short_day(week.first)} ({t('merged')})" if week.merged else short_day(week.first)
    return (named, *(value or Cell("–", muted=True) for value in values))
