"""Runs on a real database: what they write, raise, hold, and take back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from app.commands.rules import DecideRuleRun, SaveRule
from app.domain.enums import RunRuleState
from app.domain.rules import RuleAction, RuleMetric, RuleSeverity
from app.kernel.errors import AppError
from app.queries.rules import cohort_size, found_patients, rule_runs, rules, run_parts, try_rule
from app.workspace.rule_runs import RunReport, run_rules
from app.workspace.workspace import Workspace
from tests.support.clinics import clinic_id
from tests.support.postgres import Server
from tests.support.shapes import faults
from tests.support.signed_in import signed_in


def people(superuser: psycopg.Connection, count: int) -> None:
    superuser.execute(
        "INSERT INTO public.patients (id, user_id, clinic_id, first_name, last_name, flags, created_at, updated_at)"
        " SELECT 'g-' || n, 'gu-' || n, %s, 'Gil', 'No ' || n, '{SUGAR}', now(), now() FROM generate_series(1, %s) n",
        [clinic_id(1), count],
    )


def sugar(superuser: psycopg.Connection, admin: Workspace, value: object, count: int, name: str = "gm") -> None:
    at = (admin.clock.now() - timedelta(hours=1)).replace(tzinfo=None)
    superuser.execute(
        "INSERT INTO public.measurements (id, patient_id, type, value, timestamp, source)"
        " SELECT %s || n, 'g-' || n, 'GLUCOSE', %s, %s, 'MANUAL' FROM generate_series(1, %s) n",
        [name, Jsonb(value), at, count],
    )


def a_rule(admin: Workspace, name: str = "Sugar", **changes: Any) -> str:
    values: dict[str, Any] = {
        "name": name, "metric": RuleMetric.GLUCOSE, "window_days": 7, "severity": RuleSeverity.WARN, "enabled": True,
        "condition": {"op": ">", "threshold": 250, "cohort": {"flags": ["SUGAR"]}},
    }  # fmt: skip
    return str(admin.execute(SaveRule(**(values | changes))).result["ruleId"])


def run(admin: Workspace) -> RunReport:
    report = run_rules(admin)
    assert report is not None
    return report


def rule_stamp(admin: Workspace, rule: str) -> datetime:
    """When a rule was changed last, as an editor has seen it."""
    return next(one.updated_at for one in admin.ask(rules) if one.rule_id == rule)


def rows(superuser: psycopg.Connection, table: str) -> int:
    (count,) = superuser.execute(f"SELECT count(*) FROM {table} x WHERE x.patient_id LIKE 'g-%'").fetchall()[0]
    return int(count)


def test_each_patient_evaluated_leaves_one_execution_with_its_figures(
    admin: Workspace, superuser: psycopg.Connection
) -> None:
    people(superuser, 5)
    sugar(superuser, admin, 300, 2)
    sugar(superuser, admin, 100, 3, "low")
    sugar(superuser, admin, {"odd": 1}, 1, "bad")
    report = run(admin)
    assert report.rules == 0
    rule = a_rule(admin)
    report = run(admin)
    assert (report.rules, report.executions, report.unreadable) == (1, 3, 1)
    found = superuser.execute(
        "SELECT patient_id, triggered, result FROM public.rule_executions WHERE rule_id = %s ORDER BY 1", [rule]
    ).fetchall()
    assert [(who, yes, what["figure"], what["readings"]) for who, yes, what in found] == [
        ("g-1", False, 200, 2), ("g-2", False, 200, 2), ("g-3", False, 100, 1),
    ]  # fmt: skip
    assert found[0][2]["unreadable"] == 1


def test_no_second_alert_while_one_is_active(admin: Workspace, superuser: psycopg.Connection) -> None:
    people(superuser, 2)
    sugar(superuser, admin, 300, 2)
    rule = a_rule(admin)
    assert run(admin).alerts == 2
    assert run(admin).alerts == 0
    superuser.execute("UPDATE public.alerts SET status = 'DISMISSED' WHERE patient_id = 'g-1'")
    assert run(admin).alerts == 1
    (payload,) = superuser.execute("SELECT payload FROM public.alerts WHERE patient_id = 'g-2'").fetchall()[0]
    assert (payload["ruleId"], payload["ruleVersion"], payload["figures"]["figure"]) == (rule, 1, 300)
    assert [one["value"] for one in payload["evidence"]] == [300]


@pytest.mark.parametrize(
    ("action", "made"),
    [
        (RuleAction.ALERT, {"alerts": 2, "visit_requests": 0, "care_plans": 0, "held_message": 0}),
        (RuleAction.SUGGEST_VISIT, {"alerts": 2, "visit_requests": 2, "care_plans": 0, "held_message": 0}),
        (RuleAction.ASSIGN_TASK, {"alerts": 0, "visit_requests": 0, "care_plans": 2, "held_message": 0}),
        (RuleAction.ASSIGN_CONTENT, {"alerts": 0, "visit_requests": 0, "care_plans": 0, "held_message": 2}),
    ],
)
def test_each_action_works_once_and_can_be_withdrawn(
    admin: Workspace, superuser: psycopg.Connection, action: RuleAction, made: dict[str, int]
) -> None:
    people(superuser, 2)
    sugar(superuser, admin, 300, 2)
    rule = a_rule(admin, action=action, action_params={"body": "Drink water.", "visitMode": "VIRTUAL"})
    first = run(admin)
    tables = {"alerts": "public.alerts", "visit_requests": "public.visit_requests", "care_plans": "public.care_plans",
              "held_message": "desktop.held_message"}  # fmt: skip
    assert {key: rows(superuser, table) for key, table in tables.items()} == made
    for table, column in (("care_plans", "phases"), ("alerts", "payload")):
        kept = superuser.execute(f"SELECT {column} FROM public.{table} WHERE patient_id LIKE 'g-%'").fetchall()
        assert [faults(table, {column: value}) for (value,) in kept] == [[]] * made[table]
    if made["visit_requests"]:
        superuser.execute("UPDATE public.alerts SET status = 'DISMISSED' WHERE patient_id = 'g-2'")
    run(admin)
    assert {key: rows(superuser, table) for key, table in tables.items()} == made, "not again while it is open"
    admin.execute(DecideRuleRun(run_id=first.run_id, rule_id=rule, decision="WITHDRAW"))
    opened = superuser.execute(
        "SELECT (SELECT count(*) FROM public.alerts WHERE status = 'ACTIVE' AND patient_id LIKE 'g-%')"
        " + (SELECT count(*) FROM public.visit_requests WHERE status = 'NEW' AND patient_id LIKE 'g-%')"
        " + (SELECT count(*) FROM desktop.held_message WHERE state = 'WAITING')"
        " + (SELECT count(*) FROM public.care_plans WHERE patient_id LIKE 'g-%'"
        "    AND jsonb_path_exists(phases, '$[*].tasks[*]'))"
    ).fetchall()
    assert opened == [(0,)]


@pytest.mark.parametrize(
    ("patients", "found", "held"), [(99, 20, False), (99, 21, True), (120, 6, False), (120, 7, True)]
)
def test_a_flood_is_held(
    admin: Workspace, superuser: psycopg.Connection, patients: int, found: int, held: bool
) -> None:
    (there,) = superuser.execute(
        "SELECT count(*) FROM public.patients WHERE clinic_id = %s", [clinic_id(1)]
    ).fetchall()[0]
    people(superuser, patients - there)
    sugar(superuser, admin, 300, found)
    rule = a_rule(admin)
    report = run(admin)
    assert (report.held, report.alerts) == ((1, 0) if held else (0, found))
    if held:
        earlier, report = report.run_id, run(admin)
        assert [one.run_id for one in admin.ask(run_parts, held=True)] == [report.run_id], "the newest flood answers"
        assert [one.state for one in admin.ask(run_parts, run_id=earlier)] == ["DROPPED"]
        (run_row,) = admin.ask(rule_runs, limit=1)
        seen = admin.ask(found_patients, run_id=report.run_id, run_at=run_row.run_at, rule_id=rule)
        assert len(seen) == found
        a_rule(admin, "Narrower", rule_id=rule, expected=rule_stamp(admin, rule), severity=RuleSeverity.CRITICAL,
               condition={"op": ">", "threshold": 299})  # fmt: skip
        raised = admin.execute(DecideRuleRun(run_id=report.run_id, rule_id=rule, decision="RAISE")).result
        assert (raised["state"], raised["raised"]) == ("RAISED", found)
        assert superuser.execute(
            "SELECT DISTINCT title, severity, payload -> 'condition' ->> 'threshold', payload -> 'ruleVersion'"
            " FROM public.alerts WHERE patient_id LIKE 'g-%'"
        ).fetchall() == [("Sugar", "WARNING", "250.0", 1)], "raised as the rule that found them"
        assert {key: admin.ask(rule_runs, limit=1)[0].figures[key] for key in ("raised", "alerts", "held")} == {
            "raised": found, "alerts": found, "held": 0,
        }  # fmt: skip
        with pytest.raises(AppError) as refused:
            admin.execute(DecideRuleRun(run_id=report.run_id, rule_id=rule, decision="DROP"))
        assert refused.value.code == "AlreadyDecided"


def test_who_has_the_message_already_is_no_flood(admin: Workspace, superuser: psycopg.Connection) -> None:
    people(superuser, 21)
    sugar(superuser, admin, 300, 21)
    with pytest.raises(AppError) as refused:
        a_rule(admin, action=RuleAction.ASSIGN_CONTENT, action_params={"subject": "Hello", "body": " "})
    assert refused.value.field == "body", "nobody is sent a rule's name"
    rule = a_rule(admin, action=RuleAction.ASSIGN_CONTENT, action_params={"body": "Drink water."})
    report = run(admin)
    assert report.held == 1
    admin.execute(DecideRuleRun(run_id=report.run_id, rule_id=rule, decision="RAISE"))
    assert (run(admin).held, rows(superuser, "desktop.held_message")) == (0, 21)


def test_a_rule_that_cannot_be_read_does_not_stop_the_others(admin: Workspace, superuser: psycopg.Connection) -> None:
    people(superuser, 1)
    sugar(superuser, admin, 300, 1)
    a_rule(admin, priority=0)
    for number, condition in enumerate(({"op": "?"}, {"op": ">", "threshold": "x"}, [], {"op": ">", "threshold": 1e300,
                                        "minReadings": 1e300}, "text")):  # fmt: skip
        broken = a_rule(admin, f"Broken {number}", priority=9)
        superuser.execute("UPDATE public.clinical_rules SET condition = %s WHERE id = %s", [Jsonb(condition), broken])
    report = run(admin)
    assert report.rules == 6
    assert report.alerts == 1
    (last,) = admin.ask(rule_runs, limit=1)
    assert last.figures["broken"] == 5
    assert [part.state for part in admin.ask(run_parts, run_id=report.run_id)].count(RunRuleState.RAISED) == 1


def test_missing_finds_patients_without_any_reading_but_not_merged_ones(
    admin: Workspace, superuser: psycopg.Connection
) -> None:
    people(superuser, 4)
    sugar(superuser, admin, 100, 1)
    superuser.execute("INSERT INTO desktop.patient_detail (patient_id, merged_into, updated_at)"
                      " VALUES ('g-4', 'g-1', now())")  # fmt: skip
    a_rule(admin, condition={"op": "missing", "cohort": {"flags": ["SUGAR"]}})
    assert admin.ask(cohort_size, cohort={"flags": ["SUGAR"]})[0] == 3
    run(admin)
    alerts = superuser.execute("SELECT patient_id, type FROM public.alerts WHERE patient_id LIKE 'g-%' ORDER BY 1")
    assert alerts.fetchall() == [("g-2", "MISSED_READING"), ("g-3", "MISSED_READING")]


@pytest.mark.parametrize("role", ["MEDICAL_ASSISTANT", "PROVIDER"])
def test_only_an_admin_runs_tries_and_decides(
    server: Server, clinic_db: str, admin: Workspace, superuser: psycopg.Connection, role: str
) -> None:
    people(superuser, 30)
    sugar(superuser, admin, 300, 30)
    rule = a_rule(admin)
    report = run(admin)
    assert report.held == 1
    body = {"metric": "glucose", "windowDays": 7, "condition": {"op": ">", "threshold": 1}}
    with signed_in(server, clinic_db, role) as other:
        decide = DecideRuleRun(run_id=report.run_id, rule_id=rule, decision="RAISE")
        for attempt in (
            lambda: run_rules(other), lambda: other.execute(decide), lambda: a_rule(other, "Theirs"),
            lambda: other.ask(try_rule, rule=body, at=other.clock.now()),
            lambda: other.ask(cohort_size, cohort={}),
        ):  # fmt: skip
            with pytest.raises(AppError):
                attempt()
    assert rows(superuser, "public.alerts") == 0
