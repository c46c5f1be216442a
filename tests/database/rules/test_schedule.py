"""Rules and summaries that are due: when, by whom, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.types.json import Jsonb

from app.commands.patients import RegisterPatient
from app.commands.rule_schedule import ClaimSummaries, SetRuleSchedule
from app.commands.rules import BeginRuleRun, SaveRule
from app.domain.enums import RunState
from app.domain.rules import RuleMetric, RuleSeverity
from app.kernel.errors import AppError, Cancelled, Refused
from app.kernel.ids import new_uuid
from app.queries.rules import rule_runs, rules_due
from app.workspace.scheduled import Scheduled
from app.workspace.workspace import Workspace
from tests.database.rules.test_runs import a_rule, people, sugar
from tests.support.clinics import clinic_id
from tests.support.postgres import Server
from tests.support.signed_in import signed_in


@pytest.fixture
def superuser(server: Server, clinic_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.url(clinic_db), autocommit=True) as connection:
        yield connection


@pytest.fixture
def doctor(server: Server, clinic_db: str) -> Iterator[Workspace]:
    with signed_in(server, clinic_db, "PROVIDER") as workspace:
        yield workspace


def choose(superuser: psycopg.Connection, rules: object, zone: str = "America/New_York") -> None:
    superuser.execute("UPDATE desktop.clinic_settings SET timezone = %s, settings = %s WHERE clinic_id = %s",
                      [zone, Jsonb({"rules": rules, "other": 1}), clinic_id(1)])  # fmt: skip


def due(superuser: psycopg.Connection, now: str) -> str | None:
    (found,) = superuser.execute(
        "SELECT desktop.rule_due(%s, %s::timestamp)::text", [clinic_id(1), now]
    ).fetchall()[0]  # fmt: skip
    return None if found is None else str(found)


@pytest.mark.parametrize(
    ("rules", "now", "expected"),
    [
        ({"every": "day", "at": "06:00"}, "2026-03-07 10:59", "2026-03-06 11:00:00"),
        ({"every": "day", "at": "06:00"}, "2026-03-07 11:00", "2026-03-07 11:00:00"),
        ({"every": "day", "at": "06:00"}, "2026-03-08 10:00", "2026-03-08 10:00:00"),  # clocks went forward
        ({"every": "day", "at": "02:30"}, "2026-03-08 23:00", "2026-03-08 07:30:00"),  # a time that isn't
        ({"every": "day", "at": "01:30"}, "2026-11-01 23:00", "2026-11-01 06:30:00"),  # a time that comes twice: once
        ({"every": "week", "at": "06:00"}, "2026-03-09 09:59", "2026-03-02 11:00:00"),
        ({"every": "week", "at": "06:00"}, "2026-03-09 10:00", "2026-03-09 10:00:00"),
        ({"every": "hour", "at": "06:00"}, "2026-03-09 10:59:59", "2026-03-09 10:00:00"),
        ({"every": "day", "at": "06:00", "since": "2026-03-07T11:00:01Z"}, "2026-03-07 12:00", None),
        ({"every": "day", "at": "06:00", "since": "2026-03-07T11:00:00Z"}, "2026-03-07 12:00", "2026-03-07 11:00:00"),
        ({"every": "never", "at": "06:00"}, "2026-03-07 12:00", None),
        ({"every": "day", "at": "6"}, "2026-03-07 12:00", None),
        ({"every": ["day"], "at": 6}, "2026-03-07 12:00", None),
        ("daily", "2026-03-07 12:00", None),
        (None, "2026-03-07 12:00", None),
    ],
)
def test_rules_are_due_on_the_clinics_wall(
    superuser: psycopg.Connection, rules: object, now: str, expected: str | None
) -> None:
    choose(superuser, rules)
    assert due(superuser, now) == expected


def test_one_program_runs_what_is_due_and_the_other_does_not(
    superuser: psycopg.Connection, admin: Workspace, doctor: Workspace
) -> None:
    admin.execute(SetRuleSchedule(every="hour"))
    assert admin.ask(rules_due) is None, "nothing is due from before it was chosen"
    choose(superuser, {"every": "hour", "at": "00:00", "since": "2020-01-01T00:00:00Z"})
    condition = {"op": ">", "threshold": 200}
    admin.execute(SaveRule(name="Sugar", metric=RuleMetric.GLUCOSE, window_days=7, condition=condition,
                           severity=RuleSeverity.INFO, enabled=True))  # fmt: skip
    first, second = Scheduled(doctor), Scheduled(admin)
    assert admin.ask(rules_due) == doctor.ask(rules_due) is not None
    assert first.run_rules() is not None
    assert second.run_rules() is None
    (run,) = admin.ask(rule_runs)
    assert (run.scheduled, run.state) == (True, RunState.DONE)


def test_a_run_without_rules_is_claimed_and_ended(superuser: psycopg.Connection, admin: Workspace) -> None:
    choose(superuser, {"every": "hour", "at": "00:00", "since": "2020-01-01T00:00:00Z"})
    assert Scheduled(admin).run_rules() is None
    assert [run.state for run in admin.ask(rule_runs)] == [RunState.DONE]
    assert admin.ask(rules_due) is None


def test_a_claim_that_comes_second_gets_no_rules(superuser: psycopg.Connection, admin: Workspace) -> None:
    choose(superuser, {"every": "hour", "at": "00:00", "since": "2020-01-01T00:00:00Z"})
    instant = admin.ask(rules_due)
    assert instant is not None
    admin.execute(BeginRuleRun(run_at=admin.clock.now(), scheduled_for=instant))
    again = admin.execute(BeginRuleRun(run_at=admin.clock.now(), scheduled_for=instant))
    assert again.result["rules"] == []
    assert len(admin.ask(rule_runs)) == 1
    superuser.execute("UPDATE desktop.rule_run SET started_at = started_at - interval '61 minutes'")
    assert admin.ask(rules_due) == instant, "whoever began it has ended on the way"
    assert Scheduled(admin).run_rules() is None, "there are no rules"
    assert [run.state for run in admin.ask(rule_runs)] == [RunState.DONE, RunState.FAILED]
    assert admin.ask(rules_due) is None


def test_a_scheduled_run_that_was_broken_off_is_due_again_after_an_hour(
    superuser: psycopg.Connection, admin: Workspace
) -> None:
    choose(superuser, {"every": "day", "at": "00:00", "since": "2020-01-01T00:00:00Z"})
    superuser.execute("SET session_replication_role = replica")
    people(superuser, 2)
    sugar(superuser, admin, 300, 2)
    for name in ("First", "Second", "Third"):
        a_rule(admin, name)
    steps = iter((False, False, True))
    with pytest.raises(Cancelled):
        Scheduled(admin, lambda: next(steps)).run_rules()
    assert admin.ask(rules_due) is None, "not every minute anew"
    superuser.execute("UPDATE desktop.rule_run SET started_at = started_at - interval '61 minutes'")
    report = Scheduled(admin).run_rules()
    assert report is not None
    assert (report.rules, report.alerts) == (3, 2), "what was raised is raised once"
    states = [(run.state, run.scheduled) for run in admin.ask(rule_runs)]
    assert states == [(RunState.DONE, True), (RunState.FAILED, False)]
    superuser.execute("UPDATE desktop.rule_run SET started_at = started_at - interval '61 minutes'")
    assert admin.ask(rules_due) is None


def test_nobody_makes_up_an_instant(superuser: psycopg.Connection, doctor: Workspace) -> None:
    choose(superuser, {"every": "day", "at": "06:00", "since": "2020-01-01T00:00:00Z"})
    for scheduled in (datetime(2026, 1, 1, 6, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)):
        with pytest.raises(AppError) as refused:
            doctor.execute(BeginRuleRun(run_at=doctor.clock.now(), scheduled_for=scheduled))
        assert refused.value.code == "NotDue"
    assert doctor.ask(rule_runs) == ()


def test_last_weeks_summaries_are_made_once(admin: Workspace, doctor: Workspace, superuser: psycopg.Connection) -> None:
    choose(superuser, {})
    admin.execute(RegisterPatient(patient_id=new_uuid(), user_id=new_uuid(), first_name="Ada", last_name="Winter"))
    week = Scheduled(doctor).make_summaries()
    assert week is not None
    assert week.weekday() == 0
    assert 7 <= (admin.reader().today - week).days <= 13
    assert Scheduled(admin).make_summaries() is None
    (settings,) = superuser.execute(
        "SELECT settings FROM desktop.clinic_settings WHERE clinic_id = %s", [clinic_id(1)]
    ).fetchall()[0]  # fmt: skip
    assert settings["other"] == 1
    assert settings["summaries"]["done"] is True
    (count,) = superuser.execute(
        "SELECT count(*) FROM public.weekly_summaries s JOIN public.patients p ON p.id = s.patient_id"
        " WHERE p.clinic_id = %s AND s.week_start = %s", [clinic_id(1), week],
    ).fetchall()[0]  # fmt: skip
    assert count > 0


def test_a_claim_is_taken_over_when_its_program_ended(
    admin: Workspace, doctor: Workspace, superuser: psycopg.Connection
) -> None:
    first = doctor.execute(ClaimSummaries()).result["week"]
    assert first is not None
    assert admin.execute(ClaimSummaries()).result["week"] is None, "somebody is at it"
    for minutes, taken in ((29, None), (31, first)):
        at = (admin.clock.now() - timedelta(minutes=minutes)).isoformat()
        superuser.execute("UPDATE desktop.clinic_settings SET settings = jsonb_set(settings, '{summaries,at}',"
                          " to_jsonb(%s::text))", [at])  # fmt: skip
        assert admin.execute(ClaimSummaries()).result["week"] == taken


def test_the_front_desk_makes_no_summaries(server: Server, clinic_db: str) -> None:
    with signed_in(server, clinic_db, "MEDICAL_ASSISTANT") as desk:
        assert Scheduled(desk).make_summaries() is None
        with pytest.raises(AppError) as refused:
            desk.execute(ClaimSummaries())
        assert refused.value.code == "NotAllowed"
        with pytest.raises(Refused):
            desk.execute(SetRuleSchedule(every="day"))


@pytest.mark.parametrize(("every", "at", "field"), [("month", "06:00", "every"), ("day", "24:00", "at")])
def test_a_schedule_that_cannot_be_is_refused(admin: Workspace, every: str, at: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        admin.execute(SetRuleSchedule(every=every, at=at))
    assert refused.value.field == field


def test_choosing_when_keeps_every_other_setting(admin: Workspace, superuser: psycopg.Connection) -> None:
    """Limits that the clinic chose stand beside the schedule; nothing is due from before the choice."""
    others = {"alerts": {"escalate": {"CRITICAL": 30}}, "odd": [1]}
    chosen = {"every": "day", "at": "05:00", "since": "2020-01-01T00:00:00Z", "heldAbove": 7, "heldPercent": 2}
    superuser.execute("UPDATE desktop.clinic_settings SET settings = %s WHERE clinic_id = %s",
                      [Jsonb({**others, "rules": chosen}), clinic_id(1)])  # fmt: skip
    before = admin.clock.now()
    admin.execute(SetRuleSchedule(every="week", at="07:00"))
    ((kept,),) = superuser.execute(
        "SELECT settings FROM desktop.clinic_settings WHERE clinic_id = %s", [clinic_id(1)]
    ).fetchall()
    rules = kept.pop("rules")
    since = datetime.fromisoformat(rules.pop("since"))
    assert kept == others
    assert rules == {"every": "week", "at": "07:00", "heldAbove": 7, "heldPercent": 2}
    assert abs(since - before) < timedelta(minutes=10)
