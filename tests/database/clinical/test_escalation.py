"""The escalation clock: what waited too long becomes everybody's, once for each wait, at all desks."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, text, update

from app.commands.alerts import AssignAlert, SnoozeAlert
from app.db.models import AlertDetail, ClinicSettings
from app.queries.alerts import alert_detail, escalate_alerts
from app.queries.counts import rail_counts
from tests.database.clinical.test_alerts import raise_alert
from tests.support.desk import NOW, Desk

HOUR = timedelta(hours=1)
SURELY = timedelta(seconds=3)
"""The database's clock is set to whole seconds and runs on while a test does."""
_ELSEWHERE = """
INSERT INTO clinics (id, name, updated_at) VALUES ('clinic-2', 'Elsewhere', now());
INSERT INTO users (id, email, password_hash, role, clinic_id, patient_id, updated_at)
    VALUES ('pu-far', 'far@patients.example', '!', 'PATIENT', 'clinic-2', 'pat-far', now());
INSERT INTO patients (id, user_id, clinic_id, first_name, flags, updated_at)
    VALUES ('pat-far', 'pu-far', 'clinic-2', 'Far', '{}', now())
"""


def told(desk: Desk) -> set[str]:
    """The alerts that everybody was told of."""
    return {row[0] for row in desk.rows(select(AlertDetail.alert_id).where(AlertDetail.escalated_at.is_not(None)))}


def test_what_waited_too_long_is_noted_once(pg_desk: Desk) -> None:
    desk = pg_desk
    raise_alert(desk, "late", "CRITICAL", ago=HOUR + SURELY)
    raise_alert(desk, "soon", "CRITICAL", ago=HOUR - timedelta(minutes=10))
    raise_alert(desk, "old-warning", ago=timedelta(days=2) + SURELY)
    raise_alert(desk, "warning", ago=timedelta(days=1))
    raise_alert(desk, "info", "INFO", ago=timedelta(days=400))
    raise_alert(desk, "closed", "CRITICAL", ago=timedelta(days=9), status="RESOLVED")
    assert desk.desk.ask(escalate_alerts) == 2
    assert told(desk) == {"late", "old-warning"}
    assert desk.okafor.ask(escalate_alerts) == 0, "another window of the clinic finds nothing to do"
    desk.pass_time(timedelta(minutes=11))
    assert desk.okafor.ask(escalate_alerts) == 1
    assert told(desk) == {"late", "old-warning", "soon"}
    row = desk.okafor.ask(alert_detail, alert_id="late")
    assert row.escalated_at is not None
    assert abs(row.escalated_at - NOW) < timedelta(minutes=5)


def touched(desk: Desk) -> datetime:
    found: datetime = desk.rows(select(AlertDetail.updated_at))[0][0]
    return found


def test_one_that_slept_waits_anew(pg_desk: Desk) -> None:
    desk = pg_desk
    raise_alert(desk, "a", ago=timedelta(days=3))
    assert desk.okafor.ask(escalate_alerts) == 1
    desk.okafor.run(SnoozeAlert(alert_id="a", until=NOW + HOUR))
    put_off = touched(desk)
    desk.okafor.ask(escalate_alerts)
    assert touched(desk) == put_off, "it sleeps"
    desk.pass_time(HOUR + timedelta(days=1))
    assert desk.okafor.ask(escalate_alerts) == 0, "awake for a day only"
    woken = touched(desk)
    assert woken > put_off, "the desks hear that it woke"
    desk.okafor.ask(escalate_alerts)
    assert touched(desk) == woken, "once"
    desk.pass_time(timedelta(days=1, minutes=1))
    assert desk.okafor.ask(escalate_alerts) == 1
    assert desk.okafor.ask(escalate_alerts) == 0


def test_the_clinic_says_how_long(pg_desk: Desk) -> None:
    desk = pg_desk
    said = {"alerts": {"escalate": {"CRITICAL": 10, "INFO": 5, "WARNING": "soon"}}}
    desk.write(update(ClinicSettings).values(settings=said))
    for severity in ("CRITICAL", "INFO", "WARNING"):
        raise_alert(desk, severity, severity, ago=timedelta(minutes=11))
    assert desk.admin.ask(escalate_alerts) == 2
    assert told(desk) == {"CRITICAL", "INFO"}


def test_the_number_in_the_rail_counts_a_colleagues_too_then(pg_desk: Desk) -> None:
    desk = pg_desk
    raise_alert(desk, "a", "CRITICAL", ago=HOUR - timedelta(minutes=1))
    desk.okafor.run(AssignAlert(alert_id="a", owner_user="u-okafor"))
    assert desk.chen.ask(rail_counts)["alerts"] == 0
    desk.pass_time(timedelta(minutes=2))
    desk.chen.ask(escalate_alerts)
    assert desk.chen.ask(rail_counts)["alerts"] == 1


def test_a_program_that_is_at_it_is_left_alone(pg_desk: Desk) -> None:
    desk = pg_desk
    raise_alert(desk, "a", "CRITICAL", ago=2 * HOUR)
    with desk.session() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('mha.escalate clinic-1', 0))"))
        assert desk.chen.ask(escalate_alerts) == 0
    assert desk.chen.ask(escalate_alerts) == 1


def test_another_clinics_are_left_alone(pg_desk: Desk) -> None:
    desk = pg_desk
    with desk.session() as session:
        for statement in _ELSEWHERE.split(";\n"):
            session.execute(text(statement))
    raise_alert(desk, "far", "CRITICAL", ago=2 * HOUR, patient_id="pat-far")
    assert desk.okafor.ask(escalate_alerts) == 0
    assert told(desk) == set()
