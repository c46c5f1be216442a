"""Alerts on both databases: whose inbox, what waited too long, closed with a reason, together, by a signature."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from app.commands.alerts import AssignAlert, DismissAlert, ReopenAlerts, ResolveAlert, SnoozeAlert
from app.commands.cover import SetCover
from app.db.models import Alert, AlertDetail, ClinicSettings
from app.kernel.errors import Conflict, Refused
from app.queries.alerts import AlertBox, AlertRow, alert_detail, alert_page, earlier_alerts
from app.queries.counts import rail_counts
from tests.support.desk import NOW, Desk, Person
from tests.support.lab_values import POTASSIUM, SODIUM, result, resulted, signing

LIS = "pat-lis"


def raise_alert(desk: Desk, key: str, severity: str = "WARNING", *, ago: timedelta = timedelta(0), **more: Any) -> None:
    """As the backend or a rule raises one."""
    values = {
        "id": key, "patient_id": LIS, "severity": severity, "type": "BP_HIGH", "title": "Pressure", "body": "High",
        "created_at": NOW - ago, "resolved_at": None, **more,
    }  # fmt: skip
    desk.write(insert(Alert).values(**values))


def box(person: Person, which: AlertBox = AlertBox.MINE) -> list[str]:
    """The ids that a box shows."""
    return [one.alert_id for one in person.ask(alert_page, box=which).items]


def state(desk: Desk, key: str) -> tuple[str, str | None, str | None]:
    """Status, who closed it and why."""
    found = select(Alert.status, AlertDetail.closed_by, AlertDetail.close_reason)
    row = desk.rows(found.outerjoin(AlertDetail, AlertDetail.alert_id == Alert.id).where(Alert.id == key))[0]
    return row.status, row.closed_by, row.close_reason


def one(person: Person, key: str) -> AlertRow:
    """An alert as somebody sees it."""
    return person.ask(alert_detail, alert_id=key)


def test_the_most_severe_come_first_then_the_oldest(desk: Desk) -> None:
    raise_alert(desk, "info", "INFO", ago=timedelta(hours=5))
    raise_alert(desk, "new", "CRITICAL", ago=timedelta(minutes=1))
    raise_alert(desk, "old", "CRITICAL", ago=timedelta(minutes=9))
    raise_alert(desk, "warning", ago=timedelta(hours=9))
    assert box(desk.okafor) == ["old", "new", "warning", "info"]
    first = desk.okafor.ask(alert_page, box=AlertBox.MINE, limit=2)
    rest = desk.okafor.ask(alert_page, box=AlertBox.MINE, limit=2, cursor=first.cursor)
    assert [row.alert_id for row in (*first.items, *rest.items)] == ["old", "new", "warning", "info"]
    assert (first.more, rest.more) == (True, False)


def test_each_role_has_what_it_may_close_until_it_waited_too_long(desk: Desk) -> None:
    raise_alert(desk, "info", "INFO")
    raise_alert(desk, "warning")
    raise_alert(desk, "critical", "CRITICAL")
    assert box(desk.desk) == ["info"]
    assert box(desk.admin) == []
    assert desk.desk.ask(rail_counts)["alerts"] == 1
    assert desk.okafor.ask(rail_counts)["alerts"] == 3
    desk.okafor.run(AssignAlert(alert_id="critical", owner_user="u-okafor"))
    assert box(desk.chen) == ["warning", "info"]
    desk.pass_time(timedelta(minutes=61))
    assert box(desk.chen) == ["critical", "warning", "info"], "an hour is too long: everybody is asked"
    assert box(desk.desk) == ["critical", "info"]
    assert box(desk.admin) == ["critical"]
    assert one(desk.chen, "critical").escalated(desk.clock.now())
    assert desk.chen.ask(rail_counts)["alerts"] == 2, "the number is what is one's own"


def test_the_clinic_says_how_long_is_too_long(desk: Desk) -> None:
    raise_alert(desk, "warning", ago=timedelta(minutes=20))
    desk.okafor.run(AssignAlert(alert_id="warning", owner_user="u-okafor"))
    assert box(desk.chen) == []
    settings = {"alerts": {"escalate": {"WARNING": 15, "CRITICAL": "soon", "INFO": True}}}
    desk.write(update(ClinicSettings).values(settings=settings))
    assert box(desk.chen) == ["warning"]
    assert one(desk.chen, "warning").escalates_at == NOW - timedelta(minutes=5)


def test_a_sleeping_one_waits_from_when_it_wakes(desk: Desk) -> None:
    raise_alert(desk, "warning", ago=timedelta(days=1))
    raise_alert(desk, "critical", "CRITICAL")
    until = NOW + timedelta(days=3)
    outcome = desk.okafor.run(SnoozeAlert(alert_id="warning", until=until))
    assert (box(desk.okafor), box(desk.okafor, AlertBox.ASLEEP)) == (["critical"], ["warning"])
    assert one(desk.okafor, "warning").escalates_at == until + timedelta(days=2)
    assert outcome.undo is not None
    desk.okafor.run(outcome.undo)
    assert box(desk.okafor, AlertBox.ASLEEP) == []
    with pytest.raises(Refused, match="critical"):
        desk.okafor.run(SnoozeAlert(alert_id="critical", until=until))
    with pytest.raises(Refused, match="90 days"):
        desk.okafor.run(SnoozeAlert(alert_id="warning", until=NOW + timedelta(days=91)))
    desk.okafor.run(SnoozeAlert(alert_id="warning", until=NOW + timedelta(hours=1)))
    desk.pass_time(timedelta(hours=2))
    again = desk.okafor.run(SnoozeAlert(alert_id="warning", until=NOW + timedelta(hours=9)))
    assert again.undo is not None
    desk.okafor.run(again.undo)
    assert "warning" in box(desk.okafor), "the sleep before is over: taken back it is awake"


def test_who_stands_in_sees_the_others(desk: Desk) -> None:
    raise_alert(desk, "warning")
    desk.okafor.run(AssignAlert(alert_id="warning", owner_user="u-okafor"))
    assert box(desk.chen) == []
    desk.okafor.run(SetCover(for_user="u-okafor", by_user="u-chen", starts_at=NOW, ends_at=NOW + timedelta(days=1)))
    assert box(desk.chen) == ["warning"]
    with pytest.raises(Conflict):
        desk.chen.run(AssignAlert(alert_id="warning", owner_user="u-chen"))


def test_giving_away_and_putting_off_again_are_taken_back_to_what_was(desk: Desk) -> None:
    raise_alert(desk, "warning")
    desk.okafor.run(AssignAlert(alert_id="warning", owner_user="u-okafor"))
    given = desk.okafor.run(AssignAlert(alert_id="warning", owner_user="u-chen", old_owner="u-okafor"))
    assert (box(desk.okafor), box(desk.chen)) == ([], ["warning"])
    assert given.undo is not None
    desk.okafor.run(given.undo)
    assert (box(desk.okafor), box(desk.chen)) == (["warning"], [])
    first, later = NOW + timedelta(hours=3), NOW + timedelta(hours=9)
    desk.okafor.run(SnoozeAlert(alert_id="warning", until=first))
    longer = desk.okafor.run(SnoozeAlert(alert_id="warning", until=later))
    assert longer.undo is not None
    desk.okafor.run(longer.undo)
    assert desk.rows(select(AlertDetail.snoozed_until))[0].snoozed_until == first


def test_an_alert_is_given_to_nobody_who_could_not_close_it(desk: Desk) -> None:
    raise_alert(desk, "warning")
    raise_alert(desk, "info", "INFO")
    for key, owner in (("warning", "u-desk"), ("warning", "u-admin"), ("info", "u-admin")):
        with pytest.raises(Refused) as refused:
            desk.okafor.run(AssignAlert(alert_id=key, owner_user=owner))
        assert refused.value.code == "NotTheirs"
    desk.okafor.run(AssignAlert(alert_id="info", owner_user="u-desk"))
    assert box(desk.desk) == ["info"]


def test_assistants_dismiss_what_is_for_information(desk: Desk) -> None:
    raise_alert(desk, "info", "INFO")
    raise_alert(desk, "warning")
    with pytest.raises(Refused):
        desk.desk.run(DismissAlert(alert_id="warning", reason="Known"))
    with pytest.raises(Refused) as refused:
        desk.desk.run(DismissAlert(alert_id="info", reason="  "))
    assert refused.value.field == "reason"
    with pytest.raises(Refused):
        desk.desk.run(ResolveAlert(alert_id="info"))
    desk.desk.run(DismissAlert(alert_id="info", reason="Known"))
    assert state(desk, "info") == ("DISMISSED", "u-desk", "Known")
    with pytest.raises(Conflict):
        desk.okafor.run(ResolveAlert(alert_id="info"))


def test_closing_is_taken_back_by_who_closed_and_by_nobody_else(desk: Desk) -> None:
    raise_alert(desk, "first", ago=timedelta(days=1))
    raise_alert(desk, "info", "INFO")
    raise_alert(desk, "second")
    desk.okafor.run(AssignAlert(alert_id="second", owner_user="u-chen"))
    closed = desk.okafor.run(ResolveAlert(alert_id="second", note="Called", also=("first",)))
    assert closed.undo is not None
    with pytest.raises(Refused) as refused:
        desk.chen.run(closed.undo)
    assert refused.value.code == "UndoNotYours"
    assert state(desk, "first")[0] == "RESOLVED"
    desk.okafor.run(closed.undo)
    assert [state(desk, key) for key in ("first", "second")] == [("ACTIVE", None, None)] * 2
    assert (one(desk.chen, "second").resolved_at, one(desk.chen, "second").owner_user) == (None, "u-chen")
    assert desk.okafor.run(closed.undo).result["opened"] == 0, "they are open"
    dismissed = desk.desk.run(DismissAlert(alert_id="info", reason="Known"))
    assert dismissed.undo is not None
    desk.desk.run(dismissed.undo)
    assert state(desk, "info") == ("ACTIVE", None, None)


def test_closing_is_not_taken_back_after_a_quarter_of_an_hour(desk: Desk) -> None:
    raise_alert(desk, "late")
    closed = desk.okafor.run(ResolveAlert(alert_id="late", note="Called"))
    assert closed.undo is not None
    desk.pass_time(timedelta(minutes=16))
    with pytest.raises(Refused) as refused:
        desk.okafor.run(closed.undo)
    assert refused.value.code == "UndoTooLate"
    with pytest.raises(Refused):
        desk.okafor.run(ReopenAlerts(alert_ids=()))
    assert state(desk, "late")[0] == "RESOLVED"


def test_repeats_are_counted_listed_and_closed_together(desk: Desk) -> None:
    for number in range(3):
        raise_alert(desk, f"bp-{number}", ago=timedelta(days=3 - number))
    raise_alert(desk, "sugar", type="GLUCOSE_HIGH")
    raise_alert(desk, "other", patient_id="pat-roux")
    desk.okafor.run(ResolveAlert(alert_id="bp-0", note="Called"))
    latest = one(desk.okafor, "bp-2")
    assert (latest.repeats, latest.first_at) == (2, NOW - timedelta(days=3))
    assert (one(desk.okafor, "sugar").repeats, one(desk.okafor, "sugar").first_at) == (0, None)
    earlier = desk.okafor.ask(earlier_alerts, alert_id="bp-2")
    assert [(row.alert_id, row.status, row.closed_by_name, row.close_reason) for row in earlier] == [
        ("bp-1", "ACTIVE", "", ""), ("bp-0", "RESOLVED", "Ngozi Okafor", "Called"),
    ]  # fmt: skip
    for stranger in ("sugar", "other"):
        with pytest.raises(Refused, match="one patient and one kind"):
            desk.okafor.run(ResolveAlert(alert_id="bp-2", also=(stranger,)))
    with pytest.raises(Conflict):
        desk.okafor.run(ResolveAlert(alert_id="bp-2", also=("bp-0",)))
    assert state(desk, "bp-2")[0] == "ACTIVE", "all or nothing"
    assert desk.okafor.run(ResolveAlert(alert_id="bp-2", also=("bp-1",))).result["closed"] == 2
    assert {state(desk, key)[0] for key in ("bp-1", "bp-2")} == {"RESOLVED"}
    assert state(desk, "sugar")[0] == "ACTIVE"


def test_a_payload_of_another_shape_is_said(desk: Desk) -> None:
    raise_alert(desk, "none")
    raise_alert(desk, "list", payload=["strange"])
    raise_alert(desk, "object", payload={"ruleName": 7})
    assert [one(desk.okafor, key).unreadable for key in ("none", "list", "object")] == [False, True, False]
    assert one(desk.okafor, "list").payload == {}


def test_who_signs_a_critical_result_has_dealt_with_its_alert(desk: Desk) -> None:
    first = resulted(desk, result(POTASSIUM, 6.9))
    second = resulted(desk, result(SODIUM, 170))
    raise_alert(desk, "bp")
    desk.okafor.run(signing(desk, first))
    rows = desk.rows(select(Alert.payload, Alert.status, Alert.resolved_at).where(Alert.type == "LAB_CRITICAL"))
    assert {row.payload["orderId"]: (row.status, row.resolved_at) for row in rows} == {
        first: ("RESOLVED", NOW), second: ("ACTIVE", None),
    }  # fmt: skip
    assert state(desk, "bp")[0] == "ACTIVE"
    closed = desk.rows(select(AlertDetail.closed_by, AlertDetail.close_reason))
    assert [tuple(row) for row in closed] == [("u-okafor", "Results signed")]
