"""A week's figures in words, on paper and in the window. Kilograms, mg/dL and mmHg as they are stored."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QLocale

from app.documents.words import day
from app.domain.weekly import WeekFigure
from app.domain.weekly_advice import rests_on
from app.kernel.i18n import t
from app.queries.weekly import WeekRow

_UNITS = {"bpTrend": "mmHg", "glucoseTrend": "mg/dL", "weightTrend": "kg", "adherence": "%"}
_DECIMALS = {"weightTrend": 1, "sleep": 1}


def figure_title(key: str) -> str:
    """Return what a figure is called."""
    return {
        "bpTrend": t("Blood pressure"),
        "glucoseTrend": t("Glucose"),
        "weightTrend": t("Weight"),
        "steps": t("Steps"),
        "sleep": t("Sleep"),
        "adherence": t("Care plan followed"),
    }.get(key, key)


def figure_unit(key: str) -> str:
    """Return the unit that stands behind a figure."""
    return {"steps": t("a day"), "sleep": t("h a night")}.get(key, _UNITS.get(key, ""))


def number(key: str, value: float) -> str:
    """Return a figure's number without its unit."""
    return QLocale().toString(value, "f", _DECIMALS.get(key, 0))


def value_text(key: str, figure: WeekFigure | None) -> str:
    """Return "148/92", "82.4"; the words where there is no number, "" for nothing."""
    if figure is None:
        return ""
    if figure.value is None:
        return figure.words
    upper = number(key, figure.value)
    return f"{upper}/{number(key, figure.second)}" if figure.second is not None else upper


def with_unit(key: str, figure: WeekFigure | None) -> str:
    """Return "148/92 mmHg"."""
    text = value_text(key, figure)
    return f"{text} {figure_unit(key)}".strip() if figure is not None and figure.value is not None else text


def change_text(key: str, figure: WeekFigure | None) -> str:
    """Return "+1.2 on the week before"; "" where nothing is known of it."""
    if figure is None or figure.change is None:
        return ""
    shown = round(figure.change, _DECIMALS.get(key, 0))  # +0.3 mg/dL is written ±0
    sign = "+" if shown > 0 else "−" if shown < 0 else "±"
    return t("{change} on the week before", change=f"{sign}{number(key, abs(shown))}")


def week_text(first: date, last: date) -> str:
    """Return "11 May 2026 – 17 May 2026"."""
    return f"{day(first)} – {day(last)}"


def because(week: WeekRow, advice: str) -> str:
    """Return the figure that led to a recommendation: "Blood pressure 148/92 mmHg, +6 on the week before"."""
    key = rests_on(advice)
    figure = week.figures.figures.get(key)
    if not key or figure is None:
        return ""
    words = f"{figure_title(key)} {with_unit(key, figure)}"
    return ", ".join(filter(None, (words, change_text(key, figure))))
