"""All that a version of a rule said, line by line, so that two of them can be told apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain.rules import ALERTS, RuleOp
from app.kernel.i18n import t, tn
from app.ui.areas.rules import words
from app.ui.areas.rules.rule_form import RuleForm


def version_words(form: RuleForm, back_test: Mapping[str, Any]) -> str:
    """Return what it compared, for whom, what happened then, and what its back-test said, each on a line."""
    condition = form.condition
    does = dict(words.actions())[form.action.value]
    if form.action in ALERTS:
        does = f"{does} · {dict(words.severities())[form.severity.value]}"
    lines = [
        form.name, words.compared_words(form.metric, condition, form.window_days),
        t("For: {whom}", whom=words.cohort_words(condition.cohort)), t("Then: {what}", what=does),
    ]  # fmt: skip
    if form.action not in ALERTS:
        lines.append(": ".join(words.made_words(form.name, form.action, form.params)))
    if condition.op is not RuleOp.MISSING:
        lines.append(tn("At least {n} reading", "At least {n} readings", condition.min_readings))
    lines.append(t("Priority {n}", n=form.priority))
    made, people = back_test.get("alerts"), back_test.get("patients")
    if isinstance(made, int) and isinstance(people, int):
        found = tn("for {count} patient", "for {count} patients", people, count=f"{people:,}")
        lines.append(t("Its back-test: {what} {people}", what=words.raised_words(form.action, made), people=found))
    return "\n".join(lines)
