"""What a run holds waits for a person; a later run answers it only when nobody found there is lost by that."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from app.commands.rules import DecideRuleRun
from app.domain.rules import RuleAction
from app.kernel.errors import AppError
from app.queries.rules import rule_runs, run_parts
from app.workspace.rule_runs import run_rules
from app.workspace.workspace import Workspace
from tests.database.rules.test_runs import a_rule, people, rule_stamp, run, sugar

COHORT = {"cohort": {"flags": ["SUGAR"]}}
FLOOD = 28


def held(admin: Workspace) -> list[str]:
    """The runs of which something waits for a decision, newest first."""
    return [one.run_id for one in admin.ask(run_parts, held=True)]


def a_flood(admin: Workspace, superuser: psycopg.Connection) -> tuple[str, str]:
    """Let a rule find more than may be raised by itself; returns the run and the rule."""
    people(superuser, 35)
    sugar(superuser, admin, 300, FLOOD)
    rule = a_rule(admin)
    first = run(admin)
    assert (first.held, held(admin)) == (1, [first.run_id])
    return first.run_id, rule


def better(superuser: psycopg.Connection, *patients: str) -> None:
    """Let their readings be of no concern."""
    superuser.execute(
        "UPDATE public.measurements SET value = '100' WHERE patient_id = ANY (%s) AND id LIKE 'gm%%'", [list(patients)]
    )


def test_a_larger_flood_of_the_same_answers_the_smaller(admin: Workspace, superuser: psycopg.Connection) -> None:
    a_flood(admin, superuser)
    sugar(superuser, admin, 300, 35, "more")
    second = run(admin).run_id
    assert held(admin) == [second]


def test_whom_a_later_run_does_not_find_again_still_waits(admin: Workspace, superuser: psycopg.Connection) -> None:
    """A window goes by: what was found on Friday and nobody looked at is not gone on Monday."""
    first, rule = a_flood(admin, superuser)
    better(superuser, "g-1")
    second = run(admin)
    assert held(admin) == [second.run_id, first]
    better(superuser, *(f"g-{n}" for n in range(2, FLOOD)))
    third = run(admin)
    assert (third.alerts, held(admin)) == (1, [second.run_id, first]), (
        "one is no flood, and nobody has dropped the rest"
    )
    raised = admin.execute(DecideRuleRun(run_id=first, rule_id=rule, decision="RAISE")).result["raised"]
    assert raised == FLOOD - 1, "who has the alert already gets no second one"
    assert held(admin) == [], "everybody in the second one has the alert, too"


def test_who_has_the_alert_already_is_not_lost(admin: Workspace, superuser: psycopg.Connection) -> None:
    first, rule = a_flood(admin, superuser)
    better(superuser, "g-1")
    second = run(admin).run_id
    admin.execute(DecideRuleRun(run_id=first, rule_id=rule, decision="RAISE"))
    run(admin)
    assert second not in held(admin), "everybody in it has the alert"


@pytest.mark.parametrize(
    ("changed", "waits"),
    [({"condition": {"op": ">", "threshold": 290, **COHORT}}, False), ({"window_days": 3}, False),
     ({"priority": 5}, True), ({"action": RuleAction.SUGGEST_VISIT}, True)],
)  # fmt: skip
def test_what_was_narrowed_is_answered_by_the_narrower_rule(
    admin: Workspace, superuser: psycopg.Connection, changed: dict[str, object], waits: bool
) -> None:
    first, rule = a_flood(admin, superuser)
    a_rule(admin, "Narrower", rule_id=rule, expected=rule_stamp(admin, rule), **changed)
    better(superuser, *(f"g-{n}" for n in range(1, FLOOD)))
    assert run(admin).triggered == 1
    assert held(admin) == ([first] if waits else [])


def test_a_run_that_looks_back_answers_nothing_that_came_after(admin: Workspace, superuser: psycopg.Connection) -> None:
    first, _ = a_flood(admin, superuser)
    back = run_rules(admin, at=admin.clock.now() - timedelta(minutes=30))
    assert back is not None
    assert set(held(admin)) == {back.run_id, first}


def decided(admin: Workspace, superuser: psycopg.Connection, run_id: str) -> tuple[str, bool]:
    """The state of a run's one part, and whether it was the ADMIN who decided it."""
    (row,) = superuser.execute(
        "SELECT state, decided_by FROM desktop.rule_run_rule WHERE run_id = %s", [run_id]
    ).fetchall()
    return str(row[0]), row[1] == admin.actor.user_id


def test_what_was_being_raised_while_a_run_came_is_raised_in_the_persons_name(
    admin: Workspace, superuser: psycopg.Connection
) -> None:
    """Raise waits ten seconds; a run that comes within them finds the same people and answers what is being raised."""
    first, rule = a_flood(admin, superuser)
    second = run(admin).run_id
    assert decided(admin, superuser, first) == ("DROPPED", False)
    raised = admin.execute(DecideRuleRun(run_id=first, rule_id=rule, decision="RAISE")).result
    assert (raised["state"], raised["raised"]) == ("RAISED", FLOOD)
    assert decided(admin, superuser, first) == ("RAISED", True)
    assert held(admin) == [], "everybody whom the second run holds has the alert now"
    assert decided(admin, superuser, second) == ("RAISED", True)
    with pytest.raises(AppError) as refused:
        admin.execute(DecideRuleRun(run_id=second, rule_id=rule, decision="DROP"))
    assert refused.value.message == f"{admin.actor.name} has raised this already."
    (alerts,) = superuser.execute("SELECT count(*) FROM public.alerts WHERE patient_id LIKE 'g-%'").fetchall()
    assert alerts == (FLOOD,)
    figures = {one.run_id: one.figures for one in admin.ask(rule_runs)}
    assert [figures[key]["held"] for key in (first, second)] == [0, 0]


def test_whom_only_the_run_that_came_found_still_waits(admin: Workspace, superuser: psycopg.Connection) -> None:
    first, rule = a_flood(admin, superuser)
    sugar(superuser, admin, 300, FLOOD + 1, "more")
    second = run(admin).run_id
    admin.execute(DecideRuleRun(run_id=first, rule_id=rule, decision="RAISE"))
    assert held(admin) == [second]
    assert admin.execute(DecideRuleRun(run_id=second, rule_id=rule, decision="RAISE")).result["raised"] == 1


def test_what_was_being_dropped_while_a_run_came_is_dropped_in_the_persons_name(
    admin: Workspace, superuser: psycopg.Connection
) -> None:
    first, rule = a_flood(admin, superuser)
    second = run(admin).run_id
    admin.execute(DecideRuleRun(run_id=first, rule_id=rule, decision="DROP"))
    assert decided(admin, superuser, first) == ("DROPPED", True)
    assert held(admin) == [second], "what was found since nobody has seen"
    with pytest.raises(AppError) as refused:
        admin.execute(DecideRuleRun(run_id=first, rule_id=rule, decision="RAISE"))
    assert refused.value.message == f"{admin.actor.name} has dropped this already."


def test_what_the_rule_no_longer_looks_for_is_not_raised(admin: Workspace, superuser: psycopg.Connection) -> None:
    """Somebody has narrowed the rule and run it while another was raising what it found before."""
    first, rule = a_flood(admin, superuser)
    a_rule(admin, "Narrower", rule_id=rule, expected=rule_stamp(admin, rule),
           condition={"op": ">", "threshold": 310, **COHORT})  # fmt: skip
    run(admin)
    with pytest.raises(AppError) as refused:
        admin.execute(DecideRuleRun(run_id=first, rule_id=rule, decision="RAISE"))
    assert (refused.value.code, "run again since" in refused.value.message) == ("RunAnswered", True)
    assert superuser.execute("SELECT count(*) FROM public.alerts WHERE patient_id LIKE 'g-%'").fetchall() == [(0,)]
