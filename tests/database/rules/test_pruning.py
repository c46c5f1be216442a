"""Executions without consequence go a fortnight after they were made; the others stay."""

from __future__ import annotations

from datetime import timedelta

import psycopg

from app.commands.rules import SaveRule
from app.domain.rules import RuleMetric, RuleSeverity
from app.workspace.rule_runs import run_rules
from app.workspace.workspace import Workspace
from tests.support.clinics import clinic_id


def test_a_run_takes_away_what_is_older_than_a_fortnight(admin: Workspace, superuser: psycopg.Connection) -> None:
    for clinic, patient in ((1, "here"), (2, "elsewhere")):
        superuser.execute(
            "INSERT INTO public.patients (id, user_id, clinic_id, first_name, flags, created_at, updated_at)"
            " VALUES (%s, %s, %s, 'Gil', '{}', now(), now())",
            [patient, f"u-{patient}", clinic_id(clinic)],
        )
    rule = admin.execute(
        SaveRule(name="Sugar", metric=RuleMetric.GLUCOSE, window_days=7, severity=RuleSeverity.INFO, enabled=False,
                 condition={"op": ">", "threshold": 250})
    ).result["ruleId"]  # fmt: skip
    now = admin.clock.now().replace(tzinfo=None)
    for name, patient, days, triggered in (
        ("old", "here", 14.01, False), ("found", "here", 400, True), ("young", "here", 13.9, False),
        ("theirs", "elsewhere", 400, False), ("ancient", "here", 400, False),
    ):  # fmt: skip
        superuser.execute(
            "INSERT INTO public.rule_executions (id, rule_id, patient_id, triggered, result, executed_at)"
            " VALUES (%s, %s, %s, %s, '{}', %s)",
            [name, rule, patient, triggered, now - timedelta(days=days)],
        )
    assert run_rules(admin) is not None
    left = superuser.execute("SELECT id FROM public.rule_executions ORDER BY id").fetchall()
    assert [row[0] for row in left] == ["found", "theirs", "young"]
