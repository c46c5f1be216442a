"""Rules in plain words: what is looked at, how it is compared, whom it is about, what happens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain.patient_flags import flag_text
from app.domain.rules import (
    COMPARES,
    RULE_UNITS,
    TRENDS,
    RuleAction,
    RuleCohort,
    RuleCondition,
    RuleMetric,
    RuleOp,
    RuleSeverity,
)
from app.kernel.i18n import t, tn

Choices = tuple[tuple[str, str], ...]
METRICS = ("bp:systolic", "bp:diastolic", "glucose", "weight", "sleep", "hrv", "a1c")
"""What can be looked at: metric and, for pressure, its component."""


def metric_words(key: str) -> str:
    """Return what a metric's key means, inside a sentence."""
    return {
        "bp:systolic": t("systolic blood pressure"), "bp:diastolic": t("diastolic blood pressure"),
        "glucose": t("glucose"), "weight": t("weight"), "sleep": t("sleep"), "hrv": t("heart-rate variability"),
        "a1c": t("A1C"),
    }.get(key, key)  # fmt: skip


def metric_key(metric: str, component: str) -> str:
    """Return the key of a rule's metric and component."""
    return f"bp:{component}" if metric == "bp" else metric


def readings_words(metric: RuleMetric) -> str:
    """Return which rows count as readings of a metric."""
    return {
        RuleMetric.BP: t("Blood pressure, typed and from devices"), RuleMetric.GLUCOSE: t("Glucose measurements"),
        RuleMetric.WEIGHT: t("Weight, typed and from devices"), RuleMetric.SLEEP: t("Hours slept, from devices"),
        RuleMetric.HRV: t("Heart-rate variability (RMSSD), from devices"),
        RuleMetric.A1C: t("A1C, typed and from the laboratory"),
    }[metric]  # fmt: skip


def metrics() -> Choices:
    """Return the choices of the sentence's first picker."""
    return tuple((key, metric_words(key)) for key in METRICS)


def aggregates() -> Choices:
    """Return which figure of the window may be compared."""
    return (("average", t("average")), ("any", t("any single")), ("latest", t("latest")))


def operators() -> Choices:
    """Return how may be compared."""
    return (
        (">", t("above")), ("<", t("below")), ("trendUp", t("rises by at least")),
        ("trendDown", t("falls by at least")), ("missing", t("was not measured")),
    )  # fmt: skip


def windows(days: int) -> Choices:
    """Return the usual windows, and the one a rule has."""
    usual = sorted({1, 3, 7, 14, 30, 90, 180, 365, days})
    return tuple((str(one), tn("{n} day", "{n} days", one)) for one in usual)


def severities() -> Choices:
    """Return how much an alert may matter."""
    return (("info", t("Info")), ("warn", t("Warning")), ("critical", t("Critical")))


def actions() -> Choices:
    """Return what may happen."""
    return (
        ("alert", t("raise an alert")), ("suggest_visit", t("suggest a visit")),
        ("assign_task", t("add a care-plan task")), ("assign_content", t("prepare a message")),
    )  # fmt: skip


def raised_words(action: RuleAction, count: int) -> str:
    """Return "14 alerts", or what else a rule makes."""
    said = f"{count:,}"
    if action is RuleAction.ASSIGN_TASK:
        return tn("{count} care-plan task", "{count} care-plan tasks", count, count=said)
    if action is RuleAction.ASSIGN_CONTENT:
        return tn("{count} message", "{count} messages", count, count=said)
    if action is RuleAction.SUGGEST_VISIT:
        return tn("{count} visit request", "{count} visit requests", count, count=said)
    return tn("{count} alert", "{count} alerts", count, count=said)


def number_text(value: float) -> str:
    """Return a figure without needless decimals."""
    return f"{value:g}" if abs(value) < 100_000 else f"{value:.0f}"


def unit_of(metric: RuleMetric, op: RuleOp) -> str:
    """Return the unit of the threshold."""
    return "%" if op in TRENDS else RULE_UNITS[metric]


def kind_words(severity: str, action: str) -> str:
    """Return what a rule's line says below its name."""
    if action == RuleAction.ALERT:
        return dict(severities()).get(severity, severity)
    return {
        "suggest_visit": t("Visit request"), "assign_task": t("Care-plan task"), "assign_content": t("Message"),
    }.get(action, action)  # fmt: skip


def cohort_words(cohort: RuleCohort) -> str:
    """Return whom a rule is about, inside a sentence: "patients flagged RPM enrolled, 18 or older"."""
    parts = [words for _, _, words in cohort_parts(cohort)]
    return t("patients {which}", which=", ".join(parts)) if parts else t("all patients")


def cohort_parts(cohort: RuleCohort) -> list[tuple[str, str, str]]:
    """Return the parts as (field, value, words), in the order in which they are shown."""
    found = [("flags", one, t("flagged {flag}", flag=flag_text(one))) for one in cohort.flags]
    found += [("conditions", one, t("with {condition}", condition=one)) for one in cohort.conditions]
    if cohort.min_age is not None:
        found.append(("min_age", str(cohort.min_age), t("{n} or older", n=cohort.min_age)))
    if cohort.max_age is not None:
        found.append(("max_age", str(cohort.max_age), t("{n} or younger", n=cohort.max_age)))
    found += [("not_flags", one, t("not flagged {flag}", flag=flag_text(one))) for one in cohort.not_flags]
    found += [("not_conditions", one, t("without {condition}", condition=one)) for one in cohort.not_conditions]
    return found


def threshold_words(op: RuleOp, threshold: float) -> str:
    """Return "above 140", as neighbouring thresholds are named."""
    return f"{dict(operators())[op.value]} {number_text(threshold)}"


def threshold_short(op: RuleOp, threshold: float) -> str:
    """Return "over 140", as a neighbouring threshold is named where there is little room."""
    said = number_text(threshold)
    return {
        RuleOp.ABOVE: t("over {n}", n=said), RuleOp.BELOW: t("under {n}", n=said),
        RuleOp.TREND_UP: t("{n} % up", n=said), RuleOp.TREND_DOWN: t("{n} % down", n=said),
    }.get(op, said)  # fmt: skip


def action_facts(action: RuleAction) -> tuple[str, str]:
    """Return when what a rule does isn't done again, and who gets it (desktop.rule_open, the inboxes)."""
    if action is RuleAction.ASSIGN_TASK:
        return t("Not while the task is open"), t("The patient's care plan")
    if action is RuleAction.ASSIGN_CONTENT:
        return (t("Not while the message waits, nor within the window after it was sent"),
                t("Messages, where somebody looks at it and sends it"))  # fmt: skip
    if action is RuleAction.SUGGEST_VISIT:
        return (t("Not while its alert or its request is open"),
                t("Requests, and the alerts of all providers until one takes it"))  # fmt: skip
    return t("Not while an alert of this rule is active"), t("The alerts of all providers until one takes it")


def made_title(action: RuleAction) -> str:
    """Return what the example of what a rule makes is headed."""
    return {
        RuleAction.ASSIGN_TASK: t("What the care plan gets"),
        RuleAction.ASSIGN_CONTENT: t("What the patient reads, once somebody has sent it"),
    }.get(action, t("What the provider sees"))


def made_words(name: str, action: RuleAction, params: Mapping[str, Any]) -> tuple[str, str]:
    """Return a task's title and how often, or a message's subject and text, as a run would write them."""
    said = {key: value for key, value in params.items() if isinstance(value, str) and value.strip()}
    if action is RuleAction.ASSIGN_TASK:
        return said.get("title", name), said.get("frequency", t("daily"))
    return said.get("subject", name), said.get("body") or said.get("content") or t("Nothing is written yet.")


def compared_words(metric: RuleMetric, condition: RuleCondition, days: int) -> str:
    """Return what a rule compares, shortly: "average glucose above 250 mg/dL, 7 days"."""
    what = metric_words(metric_key(metric.value, condition.component))
    op = dict(operators())[condition.op.value]
    if condition.op in COMPARES:
        what = f"{dict(aggregates())[condition.aggregate.value]} {what}"
    if condition.threshold is not None and condition.op is not RuleOp.MISSING:
        op = f"{op} {number_text(condition.threshold)} {unit_of(metric, condition.op)}"
    return f"{what} {op}, {tn('{n} day', '{n} days', days)}"


def threshold_sign(op: RuleOp, threshold: float) -> str:
    """Return "> 140", where there is hardly any room."""
    said = number_text(threshold)
    signs = {RuleOp.ABOVE: f"> {said}", RuleOp.BELOW: f"< {said}", RuleOp.TREND_UP: f"+{said} %",
             RuleOp.TREND_DOWN: f"−{said} %"}  # fmt: skip
    return signs.get(op, said)


def seen_words(name: str, key: str, condition: RuleCondition, figure: float | None) -> str:
    """Return the alert's line as its provider sees it."""
    what = metric_words(key)
    if condition.op is RuleOp.MISSING:
        return t("{name}: no {what} measured", name=name, what=what)
    if figure is None:
        return f"{name}: {what}"
    value = number_text(round(figure, 1))
    if condition.op in COMPARES:
        return t("{name}: {what} {value}, {limit}", name=name, what=what, value=value,
                 limit=threshold_words(condition.op, condition.threshold or 0))  # fmt: skip
    return t("{name}: {what} changed by {value} %", name=name, what=what, value=value)


SEVERITIES = tuple(one.value for one in RuleSeverity)
