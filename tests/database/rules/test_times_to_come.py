"""What looks back isn't asked of a time to come; what was decided is said so, in words."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from app.commands.rules import DecideRuleRun, SaveRule
from app.commands.summaries import MakeSummaries
from app.domain.rule_trial import monday_of
from app.domain.rules import RuleMetric, RuleSeverity
from app.kernel.errors import AppError
from app.queries.rules import rule_runs
from app.workspace.rule_runs import run_rules
from app.workspace.summaries import run_summaries
from app.workspace.workspace import Workspace
from tests.support.clinics import clinic_id


def test_rules_are_not_run_as_of_tomorrow(admin: Workspace) -> None:
    with pytest.raises(AppError) as caught:
        run_rules(admin, at=admin.clock.now() + timedelta(days=1))
    assert caught.value.field == "at"
    assert admin.ask(rule_runs) == ()
    assert run_rules(admin, at=admin.clock.now() - timedelta(days=1)) is not None


def test_a_week_that_hasnt_begun_has_no_summaries(admin: Workspace, superuser: psycopg.Connection) -> None:
    superuser.execute(
        "INSERT INTO public.patients (id, user_id, clinic_id, first_name, flags, created_at, updated_at)"
        " VALUES ('w-1', 'wu-1', %s, 'Wim', '{}', now(), now())",
        [clinic_id(1)],
    )
    today = admin.reader().today
    with pytest.raises(AppError) as caught:
        run_summaries(admin, today + timedelta(days=7))
    assert (caught.value.code, caught.value.field) == ("WeekAhead", "week")
    with pytest.raises(AppError) as by_the_database:
        admin.execute(MakeSummaries(week=monday_of(today) + timedelta(days=7), due={}))
    assert by_the_database.value.code == "WeekAhead"
    assert "begun" in by_the_database.value.message
    assert superuser.execute("SELECT count(*) FROM public.weekly_summaries").fetchone() == (0,)
    assert run_summaries(admin, today).written > 0, "the present one has"


def test_a_second_decision_is_refused_in_words(admin: Workspace, superuser: psycopg.Connection) -> None:
    superuser.execute(
        "INSERT INTO public.patients (id, user_id, clinic_id, first_name, flags, created_at, updated_at)"
        " SELECT 'd-' || n, 'du-' || n, %s, 'Dee', '{SILENT}', now(), now() FROM generate_series(1, 30) n",
        [clinic_id(1)],
    )
    rule = admin.execute(
        SaveRule(name="Silent", metric=RuleMetric.WEIGHT, window_days=7, severity=RuleSeverity.INFO, enabled=True,
                 condition={"op": "missing", "cohort": {"flags": ["SILENT"]}})
    ).result["ruleId"]  # fmt: skip
    report = run_rules(admin)
    assert report is not None
    assert report.held == 1
    drop = DecideRuleRun(run_id=report.run_id, rule_id=rule, decision="DROP")
    admin.execute(drop)
    with pytest.raises(AppError) as caught:
        admin.execute(drop)
    said = f"{admin.actor.name} has dropped this already."
    assert (caught.value.code, caught.value.message) == ("AlreadyDecided", said)
    with pytest.raises(AppError) as unknown:
        admin.execute(DecideRuleRun(run_id="none", rule_id=rule, decision="DROP"))
    assert "no such run" in unknown.value.message
