"""When what a laboratory reports is history: observed more than 14 days before the import, no sooner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.lab_messages import ReportedOrder
from app.domain.labs import LabResult

NOW = datetime(2026, 5, 20, 8, tzinfo=UTC)
AGO = timedelta(days=14)
MOMENT = timedelta(milliseconds=1)


@pytest.mark.parametrize(("ago", "history"), [(AGO, False), (AGO + MOMENT, True), (-AGO, False), (AGO - MOMENT, False)])
def test_history_is_what_was_observed_more_than_fourteen_days_ago(ago: timedelta, history: bool) -> None:
    assert ReportedOrder(items=(LabResult(name="A", observed_at=NOW - ago),)).is_history(NOW) is history
    assert ReportedOrder(items=(LabResult(name="A"),), collected_at=NOW - ago).is_history(NOW) is history
    assert ReportedOrder(items=(LabResult(name="A"),), reported_at=NOW - ago).is_history(NOW) is history


def test_one_new_result_makes_all_of_an_order_present_and_no_time_is_no_history() -> None:
    old, new = (LabResult(name="A", observed_at=NOW - ago) for ago in (2 * AGO, timedelta(0)))
    assert not ReportedOrder(items=(old, new), collected_at=NOW - 2 * AGO).is_history(NOW)
    assert not ReportedOrder(items=(LabResult(name="A"),)).is_history(NOW)
