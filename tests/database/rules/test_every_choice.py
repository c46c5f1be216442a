"""Every rule that the editor offers can be saved, tried and run, and is said in both languages without a gap."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import psycopg
import pytest
from psycopg.types.json import Jsonb

from app.commands.rules import SaveRule
from app.domain.rules import COMPARES, TRENDS, Aggregate, RuleAction, RuleMetric, RuleOp, RuleSeverity, read_condition
from app.kernel.i18n import LANGUAGES, set_language
from app.queries.rules import RuleRow, rules
from app.ui.areas.rules.words import METRICS, compared_words, made_title, metric_words, raised_words, seen_words
from app.workspace.rule_runs import back_test, run_rules
from app.workspace.workspace import Workspace
from tests.support.clinics import clinic_id

KINDS = {"bp": "BLOOD_PRESSURE", "glucose": "GLUCOSE", "weight": "WEIGHT", "sleep": "SLEEP", "a1c": "A1C"}
RISING, FALLING = (8, 9, 11), (11, 9, 8)
FOUND = {RuleOp.ABOVE: {"c-1", "c-2"}, RuleOp.BELOW: {"c-1", "c-2"}, RuleOp.TREND_UP: {"c-1"},
         RuleOp.TREND_DOWN: {"c-2"}, RuleOp.MISSING: {"c-3"}}  # fmt: skip
"""Whom a rule finds: one whose readings rise, one whose readings fall, one without any."""
THRESHOLDS = {RuleOp.ABOVE: 5.5, RuleOp.BELOW: 20, RuleOp.TREND_UP: 5, RuleOp.TREND_DOWN: 5, RuleOp.MISSING: None}
SAY = {"title": "Walk", "subject": "Hello", "body": "Drink water."}


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    set_language("en")


def read(superuser: psycopg.Connection, admin: Workspace) -> None:
    superuser.execute(
        "INSERT INTO public.patients (id, user_id, clinic_id, first_name, last_name, flags, created_at, updated_at)"
        " SELECT 'c-' || n, 'cu-' || n, %s, 'Cy', 'No ' || n, '{CHOSEN}', now(), now() FROM generate_series(1, 3) n",
        [clinic_id(1)],
    )
    for who, values in (("c-1", RISING), ("c-2", FALLING)):
        for place, value in enumerate(values):
            at = (admin.clock.now() - timedelta(hours=3 - place)).replace(tzinfo=None)
            superuser.execute("INSERT INTO public.hrv_readings (id, patient_id, rmssd_ms, source, timestamp)"
                              " VALUES (gen_random_uuid(), %s, %s, 'OURA', %s)", [who, value, at])  # fmt: skip
            for kind in KINDS.values():
                stored = {"systolic": value, "diastolic": value} if kind == "BLOOD_PRESSURE" else value
                superuser.execute(
                    "INSERT INTO public.measurements (id, patient_id, type, value, timestamp, source)"
                    " VALUES (gen_random_uuid(), %s, %s, %s, %s, 'MANUAL')", [who, kind, Jsonb(stored), at],
                )  # fmt: skip


def choices() -> list[SaveRule]:
    """Each metric, operator, aggregate and action, as the editor saves it."""
    made = []
    for key, op, action in product(METRICS, RuleOp, RuleAction):
        metric, _, component = key.partition(":")
        for aggregate in Aggregate if op in COMPARES else (Aggregate.AVERAGE,):
            condition = {"op": op.value, "threshold": THRESHOLDS[op], "aggregate": aggregate.value,
                         "cohort": {"flags": ["CHOSEN"]}, "component": component or "systolic"}  # fmt: skip
            made.append(SaveRule(name=f"{key} {op} {aggregate} {action}", metric=RuleMetric(metric), window_days=7,
                                 condition=condition, severity=RuleSeverity.WARN, action=action, action_params=SAY,
                                 enabled=True))  # fmt: skip
    return made


def test_each_can_be_saved_tried_and_run(admin: Workspace, superuser: psycopg.Connection) -> None:
    read(superuser, admin)
    made = choices()
    assert len(made) == len(METRICS) * 9 * len(RuleAction)
    for one in made:
        admin.execute(one)
    found = {one.rule_id: one for one in admin.ask(rules)}
    ran = run_rules(admin)
    assert ran is not None
    assert (ran.rules, ran.held, ran.unreadable) == (len(made), 0, 0)
    for part in ran.parts:
        rule = found[part["ruleId"]]
        assert rule.condition is not None
        triggered = superuser.execute("SELECT patient_id FROM public.rule_executions WHERE rule_id = %s AND triggered",
                                      [rule.rule_id]).fetchall()  # fmt: skip
        assert {who for (who,) in triggered} == FOUND[rule.condition.op], rule.name
        assert (part["state"], part["raised"]) == ("RAISED", len(triggered)), rule.name
    for rule in found.values():
        _tried(admin, rule)
    _said(superuser, list(found.values()))


def _tried(admin: Workspace, rule: RuleRow) -> None:
    body = {"metric": rule.metric, "windowDays": rule.window_days, "condition": rule.raw_condition}
    trial = back_test(admin, body, action=rule.action, days=1)
    assert rule.condition is not None
    found = FOUND[rule.condition.op]
    began = set() if rule.condition.op is RuleOp.MISSING else found  # who has never measured is no news of today
    assert {one.patient_id for one in trial.patients} == began, rule.name
    assert trial.found_last == len(found), rule.name


def _said(superuser: psycopg.Connection, found: list[RuleRow]) -> None:
    """What the server writes into alerts, and what the window says."""
    for code in LANGUAGES:
        sentences = superuser.execute(
            "SELECT r.id, desktop.rule_sentence(r, jsonb_build_object('figure', 9.25, 'readings', 3), %s)"
            " FROM public.clinical_rules r", [code],
        ).fetchall()  # fmt: skip
        assert {key for key, said in sentences if _whole(said)} == {rule.rule_id for rule in found}
        set_language(code)
        for rule in found:
            condition = read_condition(rule.raw_condition)
            assert condition is not None
            key = f"bp:{condition.component}" if rule.metric == "bp" else rule.metric
            for words in (compared_words(RuleMetric(rule.metric), condition, rule.window_days), metric_words(key),
                          seen_words("Watch", key, condition, 9.25), made_title(RuleAction(rule.action)),
                          raised_words(RuleAction(rule.action), 2)):  # fmt: skip
                assert _whole(words), (code, rule.name, words)


def _whole(said: str) -> bool:
    """Whether a sentence has no empty part and none of the rule's codes in it."""
    gaps = ("  ", "()", "None", "{", "}", ": ,", " ,", " .", "trendUp", "trendDown", "average_", "bp:")
    return bool(said.strip()) and not any(gap in said for gap in gaps)


def test_trends_and_comparisons_are_all_there_is() -> None:
    assert set(RuleOp) == COMPARES | TRENDS | {RuleOp.MISSING} == set(FOUND)
