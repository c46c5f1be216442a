"""Which figure of a week led to a recommendation, for the sentences that the clinic's server writes.

The limits are in ``migrations/sql/95_summaries.sql``; advice that others wrote rests on nothing that we know.
"""

from __future__ import annotations

from collections.abc import Mapping

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


def rests_on(advice: str) -> str:
    """Return the key of the figure that led to a sentence; "" where nobody knows."""
    return RESTS_ON.get(advice.strip(), "")
