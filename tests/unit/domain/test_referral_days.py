"""After how many days a referral that nobody accepted is overdue: the clinic's own, as far as they can be meant."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.enums import ReferralPriority as P
from app.domain.referrals import DAYS, days_of


@pytest.mark.parametrize(("days", "held"), [(1, True), (365, True), (0, False), (366, False), (-1, False)])
def test_a_clinic_has_one_to_365_days(days: int, *, held: bool) -> None:
    assert days_of({"referralDays": {"URGENT": days}})[P.URGENT] == (days if held else DAYS[P.URGENT])


@pytest.mark.parametrize(
    "settings", [None, [], {}, {"referralDays": 3}, {"referralDays": {"URGENT": "5", "STAT": True}}]
)
def test_what_is_no_number_of_days_leaves_the_usual(settings: Any) -> None:
    assert dict(days_of(settings)) == {P.STAT: 1, P.URGENT: 3, P.ROUTINE: 30}
