"""The very moment at which something begins to count: when an alert wakes, a visit is due, a day begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from app.commands.alerts import AssignAlert, SnoozeAlert
from app.commands.booking import BookVisit
from app.db.models import Measurement
from app.domain.enums import VisitMode
from app.queries.alerts import AlertBox
from app.queries.chart import chart_head
from app.queries.chart_record import chart_record
from tests.database.clinical.test_alerts import box, one, raise_alert
from tests.support.desk import NOW, ZONE, Desk

HOUR = timedelta(hours=1)
LIS = "pat-lis"


def test_an_alert_wakes_at_the_moment_that_was_said(desk: Desk) -> None:
    raise_alert(desk, "warning")
    desk.okafor.run(SnoozeAlert(alert_id="warning", until=NOW + HOUR))
    desk.pass_time(HOUR - timedelta(seconds=1))
    assert (box(desk.okafor), box(desk.okafor, AlertBox.ASLEEP)) == ([], ["warning"])
    desk.pass_time(timedelta(seconds=1))
    assert (box(desk.okafor), box(desk.okafor, AlertBox.ASLEEP)) == (["warning"], [])


def test_an_alert_is_everybodys_at_the_moment_its_wait_ends(desk: Desk) -> None:
    raise_alert(desk, "critical", "CRITICAL")
    desk.okafor.run(AssignAlert(alert_id="critical", owner_user="u-okafor"))
    ends = one(desk.okafor, "critical").escalates_at
    assert ends is not None
    row = one(desk.okafor, "critical")
    assert (row.escalated(ends - timedelta(milliseconds=1)), row.escalated(ends)) == (False, True)
    desk.pass_time(ends - NOW - timedelta(seconds=1))
    assert box(desk.chen) == []
    desk.pass_time(timedelta(seconds=1))
    assert box(desk.chen) == ["critical"]


def test_the_next_visit_is_also_the_one_that_is_due_now(desk: Desk) -> None:
    slot = desk.slot("11:00")
    desk.desk.run(BookVisit(slot_id=slot, patient_id=LIS, visit_mode=VisitMode.IN_PERSON))
    head = desk.okafor.ask(chart_head, patient_id=LIS)
    assert head.next_visit is not None
    start = head.next_visit.start
    desk.pass_time(start - desk.clock.now())
    due = desk.okafor.ask(chart_head, patient_id=LIS).next_visit
    assert due is not None
    assert due.start == start
    desk.pass_time(timedelta(seconds=1))
    assert desk.okafor.ask(chart_head, patient_id=LIS).next_visit is None


@pytest.mark.parametrize(("early", "taken"), [(timedelta(0), True), (timedelta(milliseconds=1), False)])
def test_a_record_since_a_day_begins_with_its_midnight_at_the_clinic(desk: Desk, early: timedelta, taken: bool) -> None:
    day = NOW.astimezone(ZONE).date() - timedelta(days=3)
    midnight = datetime.combine(day, datetime.min.time(), ZONE).astimezone(UTC)
    desk.write(
        insert(Measurement).values(id="m1", patient_id=LIS, type="WEIGHT", value=82.4, timestamp=midnight - early,
                                   source="MANUAL", created_at=NOW)
    )  # fmt: skip
    found = desk.okafor.ask(chart_record, patient_id=LIS, since=day)
    assert ("m1" in [row["id"] for row in found.measurements]) is taken
