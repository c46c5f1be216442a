"""What a rule makes: how grave, in which plan, with which readings; and when it makes nothing, or something again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from app.commands.rules import BeginRuleRun, RunRule
from app.domain.rules import RuleAction, RuleSeverity
from app.kernel.errors import AppError
from app.kernel.ids import new_uuid
from app.workspace.workspace import Workspace
from tests.database.rules.test_runs import a_rule, people, rows, run, sugar
from tests.support.clinics import clinic_id

SAY = {"body": "Drink water.", "title": "Walk"}


@pytest.mark.parametrize(
    ("severity", "alert", "request_"),
    [(RuleSeverity.INFO, "INFO", "GREEN"), (RuleSeverity.WARN, "WARNING", "YELLOW"),
     (RuleSeverity.CRITICAL, "CRITICAL", "RED")],
)  # fmt: skip
def test_how_grave_it_is(
    admin: Workspace, superuser: psycopg.Connection, severity: RuleSeverity, alert: str, request_: str
) -> None:
    people(superuser, 1)
    sugar(superuser, admin, 300, 1)
    a_rule(admin, severity=severity, action=RuleAction.SUGGEST_VISIT)
    run(admin)
    assert superuser.execute(
        "SELECT a.severity::text, q.severity::text FROM public.alerts a JOIN public.visit_requests q USING (patient_id)"
        " WHERE patient_id = 'g-1'"
    ).fetchall() == [(alert, request_)]


def test_an_alert_keeps_the_newest_readings_newest_first(admin: Workspace, superuser: psycopg.Connection) -> None:
    people(superuser, 1)
    now = admin.clock.now().replace(tzinfo=None)
    for place in range(62):
        superuser.execute(
            "INSERT INTO public.measurements (id, patient_id, type, value, timestamp, source)"
            " VALUES (%s, 'g-1', 'GLUCOSE', %s, %s, 'MANUAL')",
            [f"m-{place}", Jsonb(300 + place), now - timedelta(hours=62 - place)],
        )
    a_rule(admin)
    run(admin)
    ((payload,),) = superuser.execute("SELECT payload FROM public.alerts WHERE patient_id = 'g-1'").fetchall()
    assert [one["value"] for one in payload["evidence"]] == [300 + place for place in range(61, 1, -1)]


def test_a_task_goes_to_the_last_phase_of_the_latest_plan(admin: Workspace, superuser: psycopg.Connection) -> None:
    people(superuser, 1)
    sugar(superuser, admin, 300, 1)
    for key, changed in (("old", "2026-01-01"), ("new", "2026-02-01"), ("older", "2025-01-01")):
        phases: list[dict[str, Any]] = [
            {"name": name, "durationWeeks": 2, "tasks": []} for name in ("First", "Second", "Third")
        ]
        superuser.execute("INSERT INTO public.care_plans (id, patient_id, phases, created_at, updated_at)"
                          " VALUES (%s, 'g-1', %s, now(), %s)", [key, Jsonb(phases), changed])  # fmt: skip
    a_rule(admin, action=RuleAction.ASSIGN_TASK, action_params=SAY)
    run(admin)
    assert superuser.execute(
        "SELECT c.id, f.phase ->> 'name', f.phase #>> '{tasks,0,ruleName}'"
        " FROM public.care_plans c, jsonb_array_elements(c.phases) f (phase)"
        " WHERE c.patient_id = 'g-1' AND f.phase #>> '{tasks,0,title}' = 'Walk'"
    ).fetchall() == [("new", "Third", "Sugar")]


@pytest.mark.parametrize(
    ("state", "again"),
    [("NEW", False), ("TRIAGED", False), ("AWAITING_PATIENT_CONFIRMATION", False), ("CONVERTED_TO_VISIT", True),
     ("CANCELLED", True)],
)  # fmt: skip
def test_a_request_is_open_until_it_is_a_visit_or_called_off(
    admin: Workspace, superuser: psycopg.Connection, state: str, again: bool
) -> None:
    people(superuser, 1)
    sugar(superuser, admin, 300, 1)
    a_rule(admin, action=RuleAction.SUGGEST_VISIT)
    run(admin)
    superuser.execute("UPDATE public.alerts SET status = 'RESOLVED' WHERE patient_id = 'g-1'")
    superuser.execute("UPDATE public.visit_requests SET status = %s WHERE patient_id = 'g-1'", [state])
    run(admin)
    assert rows(superuser, "public.visit_requests") == (2 if again else 1)


@pytest.mark.parametrize(
    ("state", "ago", "again"),
    [("WAITING", None, False), ("SENT", timedelta(days=6, hours=23), False), ("SENT", timedelta(days=7, hours=1), True),
     ("DROPPED", timedelta(hours=1), True)],
)  # fmt: skip
def test_a_message_keeps_the_next_one_back_for_the_window(
    admin: Workspace, superuser: psycopg.Connection, state: str, ago: timedelta | None, again: bool
) -> None:
    people(superuser, 1)
    sugar(superuser, admin, 300, 1)
    a_rule(admin, action=RuleAction.ASSIGN_CONTENT, action_params=SAY)
    run(admin)
    decided = None if ago is None else (admin.clock.now() - ago).replace(tzinfo=None)
    superuser.execute("UPDATE desktop.held_message SET state = %s, decided_at = %s", [state, decided])
    run(admin)
    assert rows(superuser, "desktop.held_message") == (2 if again else 1)


def test_a_task_that_is_done_may_be_asked_for_again(admin: Workspace, superuser: psycopg.Connection) -> None:
    people(superuser, 1)
    sugar(superuser, admin, 300, 1)
    a_rule(admin, action=RuleAction.ASSIGN_TASK, action_params=SAY)
    counts = []
    for done in (False, True):
        superuser.execute("UPDATE public.care_plans SET phases = jsonb_set(phases, '{0,tasks,0,completed}', %s)"
                          " WHERE patient_id = 'g-1'", [Jsonb(done)])  # fmt: skip
        counts += [part["raised"] for part in (*run(admin).parts, *run(admin).parts)]
    assert counts == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("patients", "found", "held"),
    [(99, 20, False), (100, 5, False), (100, 6, True), (119, 5, False), (119, 6, True)],
)  # fmt: skip
def test_five_percent_count_from_a_hundred_patients_on_and_are_whole(
    admin: Workspace, superuser: psycopg.Connection, patients: int, found: int, held: bool
) -> None:
    ((there,),) = superuser.execute(
        "SELECT count(*) FROM public.patients WHERE clinic_id = %s", [clinic_id(1)]
    ).fetchall()
    people(superuser, patients - there)
    sugar(superuser, admin, 300, found)
    a_rule(admin)
    assert run(admin).held == held


def test_whom_it_has_told_already_does_not_make_a_flood(admin: Workspace, superuser: psycopg.Connection) -> None:
    """Of 21 found one has the alert: 20 are new, which is the limit."""
    people(superuser, 21)
    sugar(superuser, admin, 300, 1)
    a_rule(admin)
    assert run(admin).alerts == 1
    sugar(superuser, admin, 300, 21, "more")
    report = run(admin)
    assert (report.triggered, report.held, report.alerts) == (21, 0, 20)


def test_rules_of_all_clinics_and_of_this_one_are_run(admin: Workspace, superuser: psycopg.Connection) -> None:
    people(superuser, 1)
    sugar(superuser, admin, 300, 1)
    ours, shared, theirs = a_rule(admin, "Ours"), a_rule(admin, "Shared"), a_rule(admin, "Theirs")
    superuser.execute("DELETE FROM desktop.rule_clinic WHERE rule_id = %s", [shared])
    superuser.execute("UPDATE desktop.rule_clinic SET clinic_id = %s WHERE rule_id = %s", [clinic_id(2), theirs])
    assert {part["ruleId"] for part in run(admin).parts} == {ours, shared}


def test_nobody_goes_on_with_another_persons_run(admin: Workspace, superuser: psycopg.Connection) -> None:
    people(superuser, 1)
    sugar(superuser, admin, 300, 1)
    rule, begun = a_rule(admin), new_uuid()
    admin.execute(BeginRuleRun(run_id=begun, run_at=admin.clock.now()))
    superuser.execute("UPDATE desktop.rule_run SET by_user = 'somebody' WHERE id = %s", [begun])
    with pytest.raises(AppError) as refused:
        admin.execute(RunRule(run_id=begun, rule_id=rule))
    assert refused.value.code == "NoRun"
    assert rows(superuser, "public.rule_executions") == 0
