"""Rules of a run are evaluated side by side; what they raise comes one rule after the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from app.commands.rules import EnableRule
from app.domain.enums import RunState
from app.domain.rules import RuleAction
from app.kernel.errors import Cancelled
from app.queries.rules import rule_runs, run_parts
from app.workspace.rule_runs import LANES, run_rules
from app.workspace.workspace import Workspace
from tests.database.rules.test_runs import a_rule, people, sugar
from tests.support.clinics import clinic_id
from tests.support.waiting import eventually


def test_two_rules_give_tasks_to_one_plan(admin: Workspace, superuser: psycopg.Connection) -> None:
    """Both lanes have found their patients before either may write: neither sees the other's plan yet."""
    people(superuser, 3)
    sugar(superuser, admin, 300, 3)
    for name in ("First", "Second"):
        a_rule(admin, name, action=RuleAction.ASSIGN_TASK, action_params={"title": name})
    waiting = ("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database ="
               " (SELECT oid FROM pg_database WHERE datname = current_database())")  # fmt: skip
    with ThreadPoolExecutor(1) as beside:
        with superuser.transaction():
            superuser.execute("SELECT pg_advisory_xact_lock(hashtextextended('mha.rule_raise ' || %s, 0))",
                              [clinic_id(1)])  # fmt: skip
            running = beside.submit(run_rules, admin)
            eventually(lambda: superuser.execute(waiting).fetchall() == [(LANES,)])
        report = running.result()
    assert report is not None
    assert [part["raised"] for part in report.parts] == [3, 3]
    titles = superuser.execute(
        "SELECT patient_id, array(SELECT t ->> 'title' FROM jsonb_path_query(phases, '$[*].tasks[*]') t ORDER BY 1)"
        " FROM public.care_plans WHERE patient_id LIKE 'g-%' ORDER BY 1"
    ).fetchall()
    assert titles == [(f"g-{number}", ["First", "Second"]) for number in (1, 2, 3)]


def test_rules_begin_in_the_order_of_their_priority_and_answer_in_it(
    admin: Workspace, superuser: psycopg.Connection
) -> None:
    people(superuser, 2)
    sugar(superuser, admin, 300, 2)
    ids = {place: a_rule(admin, f"Place {place}", priority=place) for place in (1, 5, 3, 4, 2)}
    told: list[tuple[int, int, str]] = []
    report = run_rules(admin, progress=lambda *step: told.append(step))
    assert report is not None
    assert told == [(place, 5, f"Place {5 - place}") for place in range(5)]
    assert [part["ruleId"] for part in report.parts] == [ids[place] for place in (5, 4, 3, 2, 1)]
    assert (report.executions, report.alerts) == (10, 10)


def test_rules_deleted_or_switched_off_meanwhile_are_left_out(admin: Workspace, superuser: psycopg.Connection) -> None:
    people(superuser, 2)
    sugar(superuser, admin, 300, 2)
    ids = [a_rule(admin, f"Place {place}", priority=-place) for place in range(5)]

    def meddle(done: int, _total: int, _name: str) -> None:
        if done == 1:
            superuser.execute("DELETE FROM public.clinical_rules WHERE id = %s", [ids[3]])
            assert admin.execute(EnableRule(rule_id=ids[2], enabled=False)).undo == EnableRule(
                rule_id=ids[2], enabled=True
            )
            # Off already: taking that back would switch on what somebody else switched off.
            assert admin.execute(EnableRule(rule_id=ids[2], enabled=False)).undo is None

    report = run_rules(admin, progress=meddle)
    assert report is not None
    assert [part["state"] for part in report.parts] == ["RAISED", "RAISED", "GONE", "GONE", "RAISED"]
    assert (report.alerts, admin.ask(rule_runs, limit=1)[0].state) == (6, RunState.DONE)


def test_breaking_off_leaves_what_is_done_and_begins_nothing_more(
    admin: Workspace, superuser: psycopg.Connection
) -> None:
    people(superuser, 2)
    sugar(superuser, admin, 300, 2)
    for place in range(5):
        a_rule(admin, f"Place {place}", priority=place)

    def stop_before_the_fourth(done: int, _total: int, _name: str) -> None:
        if done == 3:
            raise Cancelled("Cancelled", "Stopped.")

    with pytest.raises(Cancelled):
        run_rules(admin, progress=stop_before_the_fourth)
    (run,) = admin.ask(rule_runs, limit=1)
    assert run.state is RunState.FAILED
    assert len(admin.ask(run_parts, run_id=run.run_id)) == 3
    again = run_rules(admin)
    assert again is not None
    assert again.alerts == 4, "what the first run raised is raised only once"
