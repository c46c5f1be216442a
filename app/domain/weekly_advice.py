"""Which figure of a week led to a recommendation, for the sentences that the clinic's server writes.

The limits are in ``migrations/sql/95_summaries.sql``; advice that others wrote rests on nothing that we know.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.kernel.i18n import t

RESTS_ON: Mapping[str, str] = {
    "Blood pressure was high this week. Keep measuring and talk to your care team.": "bpTrend",
    "Blood pressure was a little above 130/80. Less salt and daily walks help.": "bpTrend",
    "Glucose was high on average. Check meals and medicines with your care team.": "glucoseTrend",
    "Glucose was low on average. Call your care team.": "glucoseTrend",
    "Weight rose by 2 kg or more in a week. Tell your care team.": "weightTrend",
    "Try to walk a little more each day.": "steps",
    "Sleep was short. Try to go to bed at the same time every night.": "sleep",
    "Some tasks of the care plan were left out this week.": "adherence",
}


def advice_text(advice: str) -> str:
    """Return a sentence of the server in the language of the window; what others wrote stays as it is."""
    known = (
        t("Blood pressure was high this week. Keep measuring and talk to your care team."),
        t("Blood pressure was a little above 130/80. Less salt and daily walks help."),
        t("Glucose was high on average. Check meals and medicines with your care team."),
        t("Glucose was low on average. Call your care team."),
        t("Weight rose by 2 kg or more in a week. Tell your care team."),
        t("Try to walk a little more each day."),
        t("Sleep was short. Try to go to bed at the same time every night."),
        t("Some tasks of the care plan were left out this week."),
    )
    return dict(zip(RESTS_ON, known, strict=True)).get(advice.strip(), advice)


def rests_on(advice: str) -> str:
    """Return the key of the figure that led to a sentence; "" where nobody knows."""
    return RESTS_ON.get(advice.strip(), "")
