"""What a run made is taken back, of each action; what somebody has dealt with meanwhile stays as it is."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.types.json import Jsonb

from app.commands.rules import DecideRuleRun
from app.domain.rules import RuleAction
from app.workspace.workspace import Workspace
from tests.database.rules.test_runs import a_rule, people, run, sugar
from tests.support.clinics import clinic_id

SAY = {"body": "Drink water.", "title": "Walk"}


def made(admin: Workspace, superuser: psycopg.Connection, action: RuleAction, count: int = 2) -> tuple[str, str]:
    """Let a rule find some; returns the run and the rule."""
    people(superuser, count)
    sugar(superuser, admin, 300, count)
    rule = a_rule(admin, action=action, action_params=SAY)
    return run(admin).run_id, rule


def withdraw(admin: Workspace, run_id: str, rule: str) -> None:
    admin.execute(DecideRuleRun(run_id=run_id, rule_id=rule, decision="WITHDRAW"))


def states(superuser: psycopg.Connection, table: str, column: str) -> dict[str, str]:
    statement = f"SELECT patient_id, {column}::text FROM {table} WHERE patient_id LIKE 'g-%'"
    return dict(superuser.execute(statement.encode()).fetchall())


def test_alerts(admin: Workspace, superuser: psycopg.Connection) -> None:
    found = made(admin, superuser, RuleAction.ALERT)
    superuser.execute("UPDATE public.alerts SET status = 'RESOLVED' WHERE patient_id = 'g-1'")
    withdraw(admin, *found)
    assert states(superuser, "public.alerts", "status") == {"g-1": "RESOLVED", "g-2": "DISMISSED"}
    closed = superuser.execute("SELECT a.patient_id, d.close_reason FROM desktop.alert_detail d JOIN public.alerts a"
                               " ON a.id = d.alert_id WHERE d.closed_at IS NOT NULL")  # fmt: skip
    assert closed.fetchall() == [("g-2", "run withdrawn")]


@pytest.mark.parametrize("state", ["TRIAGED", "AWAITING_PATIENT_CONFIRMATION", "CONVERTED_TO_VISIT"])
def test_visit_requests(admin: Workspace, superuser: psycopg.Connection, state: str) -> None:
    found = made(admin, superuser, RuleAction.SUGGEST_VISIT)
    superuser.execute("UPDATE public.visit_requests SET status = %s WHERE patient_id = 'g-1'", [state])
    withdraw(admin, *found)
    assert states(superuser, "public.visit_requests", "status") == {"g-1": state, "g-2": "CANCELLED"}


def test_messages(admin: Workspace, superuser: psycopg.Connection) -> None:
    found = made(admin, superuser, RuleAction.ASSIGN_CONTENT)
    superuser.execute("UPDATE desktop.held_message SET state = 'SENT' WHERE patient_id = 'g-1'")
    withdraw(admin, *found)
    assert states(superuser, "desktop.held_message", "state") == {"g-1": "SENT", "g-2": "DROPPED"}


def plan(superuser: psycopg.Connection, key: str, patient: str, *tasks: str) -> None:
    """A plan of a provider's, of one phase."""
    phase = {"name": "Begin", "durationWeeks": 4, "tasks": [{"id": one, "title": one} for one in tasks]}
    superuser.execute("INSERT INTO public.care_plans (id, patient_id, phases, created_at, updated_at)"
                      " VALUES (%s, %s, %s, now(), now())", [key, patient, Jsonb([phase])])  # fmt: skip


def titles(superuser: psycopg.Connection) -> list[tuple[str, list[str]]]:
    return superuser.execute(
        "SELECT patient_id, array(SELECT t ->> 'title' FROM jsonb_path_query(phases, '$[*].tasks[*]') t)"
        " FROM public.care_plans WHERE patient_id LIKE 'g-%' ORDER BY 1"
    ).fetchall()


def test_tasks(admin: Workspace, superuser: psycopg.Connection) -> None:
    """What is done or has a day marked stays; a plan made for the task alone goes, one with something in it stays."""
    for patient in ("g-1", "g-4"):
        plan(superuser, f"plan-{patient}", patient, "Sleep")
    found = made(admin, superuser, RuleAction.ASSIGN_TASK, 5)
    assert titles(superuser) == [("g-1", ["Sleep", "Walk"]), ("g-2", ["Walk"]), ("g-3", ["Walk"]),
                                 ("g-4", ["Sleep", "Walk"]), ("g-5", ["Walk"])]  # fmt: skip
    superuser.execute("UPDATE public.care_plans SET phases = jsonb_set(phases, '{0,tasks,0,completed}', 'true')"
                      " WHERE patient_id = 'g-2'")  # fmt: skip
    superuser.execute(
        "INSERT INTO desktop.care_task_mark (id, clinic_id, patient_id, plan_id, plan_task, day, done, by_user,"
        " updated_at) SELECT 'mark', %s, patient_id, id, phases #>> '{0,tasks,1,id}', '2026-05-01', true, 'u', now()"
        " FROM public.care_plans WHERE patient_id = 'g-4'", [clinic_id(1)],
    )  # fmt: skip
    superuser.execute("UPDATE public.care_plans SET phases = jsonb_set(phases, '{0,name}', '\"Ours now\"')"
                      " WHERE patient_id = 'g-5'")  # fmt: skip
    withdraw(admin, *found)
    assert titles(superuser) == [("g-1", ["Sleep"]), ("g-2", ["Walk"]), ("g-4", ["Sleep", "Walk"]), ("g-5", [])]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_plan_that_two_rules_of_a_run_share_goes_with_the_last_of_them(
    admin: Workspace, superuser: psycopg.Connection, order: tuple[int, int]
) -> None:
    people(superuser, 2)
    sugar(superuser, admin, 300, 2)
    shared = [a_rule(admin, name, action=RuleAction.ASSIGN_TASK, priority=place) for place, name in enumerate("AB")]
    run_id = run(admin).run_id
    assert sorted(titles(superuser)[0][1]) == ["A", "B"]
    assert len(titles(superuser)) == 2, "one plan for each"
    withdraw(admin, run_id, shared[order[0]])
    assert [found for _, found in titles(superuser)] == [["BA"[order[0]]]] * 2
    withdraw(admin, run_id, shared[order[1]])
    assert titles(superuser) == []
