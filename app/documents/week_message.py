"""A week as a message to the patient: what was measured in plain words, and what is recommended."""

from __future__ import annotations

from app.documents.week_words import figure_title, week_text, with_unit
from app.domain.weekly import FIGURES
from app.domain.weekly_advice import advice_text
from app.kernel.i18n import t
from app.queries.weekly import WeekRow


def summary_message(week: WeekRow) -> str:
    """Return the text for a week; only what is known is named, and nothing of what can't be read."""
    figures = week.figures.figures
    said = [f"{figure_title(key)}: {with_unit(key, figures[key])}" for key in FIGURES if key in figures]
    lines = [t("Your week {week}:", week=week_text(week.first, week.last)), *(f"- {one}" for one in said)]
    if not said:
        lines.append(t("Nothing was measured this week."))
    if week.figures.recommendations:
        lines += ["", t("We recommend:"), *(f"- {advice_text(one)}" for one in week.figures.recommendations)]
    return "\n".join(lines)
