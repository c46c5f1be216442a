"""Clinical rules: written, enabled, run, and what their runs raised decided. On the clinic's server only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, literal, select, update

from app.commands.core import JSON, Change, Command, Context, Outcome, handles
from app.db.models import ClinicalRule, Login, RuleClinic, RuleRunRule, RuleVersion
from app.db.types import Json, UtcDateTime
from app.domain.enums import RunRuleState
from app.domain.permissions import Permission
from app.domain.rules import (
    RuleAction,
    RuleMetric,
    RuleSeverity,
    check_message,
    check_rule,
    condition_json,
    read_condition,
)
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.text import clean_optional, clean_text

_AHEAD = timedelta(minutes=1)
"""What the clocks of two programs may differ by."""
FOR_ALL_PATIENTS = 60.0
"""Seconds that the server may take for a rule: as long as it works on any statement of a person (statement_timeout)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRule(Command):
    """Write a rule; ``condition`` as ``clinical_rules.condition``, ``expected`` its ``updated_at`` as it was seen.

    A rule that isn't there yet is made; a shared one is copied under a new id to be edited. ``back_test`` is what the
    trial before enabling said, kept with the version.
    """

    rule_id: str = field(default_factory=new_uuid)
    name: str
    metric: RuleMetric
    window_days: int
    condition: Mapping[str, JSON]
    severity: RuleSeverity
    action: RuleAction = RuleAction.ALERT
    action_params: Mapping[str, JSON] | None = None
    description: str | None = None
    priority: int = 0
    enabled: bool = False
    expected: datetime | None = None
    back_test: Mapping[str, JSON] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnableRule(Command):
    """Switch a rule on or off, as it stands."""

    rule_id: str
    enabled: bool
    expected: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginRuleRun(Command):
    """Begin an evaluation of all enabled rules at an instant; ``scheduled_for`` claims a due one for the clinic."""

    run_id: str = field(default_factory=new_uuid)
    run_at: datetime
    scheduled_for: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRule(Command):
    """Evaluate one rule of a run for all patients."""

    run_id: str
    rule_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRuleRun(Command):
    """End a run; ``failed`` when it was broken off."""

    run_id: str
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideRuleRun(Command):
    """Say what becomes of a rule's part of a run: RAISE or DROP what is held, WITHDRAW what was raised."""

    run_id: str
    rule_id: str
    decision: str


@handles(SaveRule, permission=Permission.EDIT_RULES, offline=False)
def save_rule(cmd: SaveRule, ctx: Context) -> Outcome:
    """Check the rule, write it, and keep the version."""
    condition = read_condition(cmd.condition)
    if condition is None:
        raise Refused("BadValue", t("This condition can't be understood."), field="condition")
    check_rule(name=cmd.name, window_days=cmd.window_days, condition=condition, enabled=cmd.enabled)
    check_message(cmd.action, cmd.action_params, enabled=cmd.enabled)
    values: dict[str, Any] = {
        "name": clean_text(cmd.name, "name", 200), "description": clean_optional(cmd.description, "description", 2000),
        "metric": cmd.metric.value, "window_days": cmd.window_days, "condition": condition_json(condition, cmd.metric),
        "severity": cmd.severity.value, "action": cmd.action.value,
        "action_params": dict(cmd.action_params) if cmd.action_params else None, "enabled": cmd.enabled,
        "priority": cmd.priority,
    }  # fmt: skip
    row = _present(ctx, cmd.rule_id, cmd.expected)
    if row is None:
        ctx.emit(insert(ClinicalRule).values(id=cmd.rule_id, created_at=ctx.occurred_at, updated_at=ctx.occurred_at,
                                             **values))  # fmt: skip
    else:
        stamp = ctx.stamp(row.updated_at)
        ctx.emit(update(ClinicalRule).where(ClinicalRule.id == cmd.rule_id).values(updated_at=stamp, **values))
    number = _keep_version(ctx, cmd.rule_id, values, cmd.back_test)
    changes = (Change("clinical_rules", cmd.rule_id), Change("rule_version", cmd.rule_id))
    return Outcome(result={"ruleId": cmd.rule_id, "version": number, "enabled": cmd.enabled}, changes=changes)


@handles(EnableRule, permission=Permission.EDIT_RULES, offline=False)
def enable_rule(cmd: EnableRule, ctx: Context) -> Outcome:
    """Check that it may be enabled, and do it."""
    row = _present(ctx, cmd.rule_id, cmd.expected)
    if row is None:
        raise Refused("NoRule", t("There is no such rule here."), field="ruleId")
    condition = read_condition(row.condition)
    if cmd.enabled and condition is None:
        raise Refused("BadValue", t("This condition can't be understood."), field="condition")
    if condition is not None:
        check_rule(name=row.name, window_days=row.window_days, condition=condition, enabled=cmd.enabled)
    check_message(row.action, row.action_params, enabled=cmd.enabled)
    ctx.emit(
        update(ClinicalRule).where(ClinicalRule.id == cmd.rule_id)
        .values(enabled=cmd.enabled, updated_at=ctx.stamp(row.updated_at))
    )  # fmt: skip
    was_on = bool(row.enabled) and not cmd.enabled
    undo = EnableRule(rule_id=cmd.rule_id, enabled=True) if was_on else None
    return Outcome(result={"ruleId": cmd.rule_id, "enabled": cmd.enabled},
                   changes=(Change("clinical_rules", cmd.rule_id),),
                   undo=undo, undo_label=t("switching the rule off") if undo else "")  # fmt: skip


def _present(ctx: Context, rule_id: str, expected: datetime | None) -> Any:
    """Return the clinic's rule as it is, None when there is none; refuse a shared one and one changed since."""
    rule = select(
        ClinicalRule.name,
        ClinicalRule.window_days,
        ClinicalRule.condition,
        ClinicalRule.action,
        ClinicalRule.action_params,
        ClinicalRule.enabled,
        ClinicalRule.updated_at,
        RuleClinic.clinic_id,
    ).outerjoin(RuleClinic, RuleClinic.rule_id == ClinicalRule.id)
    row = ctx.first(rule.where(ClinicalRule.id == rule_id))
    if row is None:
        return None
    if row.clinic_id is None:
        raise Refused("SharedRule", t("This rule is shared by all clinics. Copy it to change it."), field="ruleId")
    if expected is not None and row.updated_at != expected:
        raise Conflict("RuleChanged", t("Somebody changed this rule since. Look at it again."), field="ruleId")
    return row


def _keep_version(ctx: Context, rule_id: str, values: Mapping[str, Any], back_test: Mapping[str, Any] | None) -> int:
    ctx.flush()
    latest = select(func.max(RuleVersion.number).label("number")).where(RuleVersion.rule_id == rule_id)
    row = ctx.first(latest)
    number = ((row.number if row is not None else None) or 0) + 1
    ctx.emit(
        insert(RuleVersion).values(
            id=ctx.ids.uuid(), clinic_id=ctx.actor.clinic_id, rule_id=rule_id, number=number, body=dict(values),
            back_test=dict(back_test) if back_test else None, by_user=ctx.actor.user_id, at=ctx.occurred_at,
        )
    )  # fmt: skip
    return number


@handles(BeginRuleRun, offline=False)
def begin_rule_run(cmd: BeginRuleRun, ctx: Context) -> Outcome:
    """Claim the run and say which rules it has, the most important first; the database decides who may."""
    if cmd.run_at > ctx.occurred_at + _AHEAD:
        raise Refused("BadValue", t("A run looks back. It can't be of a time to come."), field="at")
    call = func.desktop.rule_run_begin(
        cmd.run_id, literal(cmd.run_at, UtcDateTime()), literal(cmd.scheduled_for, UtcDateTime())
    ).table_valued("rule_id", "name")
    rules = [{"ruleId": row.rule_id, "name": row.name} for row in ctx.all(select(call.c.rule_id, call.c.name))]
    return Outcome(result={"runId": cmd.run_id, "rules": rules}, changes=(Change("rule_run", cmd.run_id),))


@handles(RunRule, offline=False, seconds=FOR_ALL_PATIENTS)
def run_rule(cmd: RunRule, ctx: Context) -> Outcome:
    """Evaluate it in the database, as one statement over all patients."""
    found = _json(ctx, func.desktop.rule_run_one(cmd.run_id, cmd.rule_id, type_=Json()))
    raised = found.get("rows") or {}
    made = [
        Change(table, row["id"] if isinstance(row, dict) else row) for table, rows in raised.items() for row in rows
    ]
    result = {"ruleId": cmd.rule_id, "state": found["state"], "patients": found["patients"],
              "triggered": found["triggered"], "raised": found["raised"], "unreadable": found["unreadable"],
              "limit": found["limit_patients"], "alerts": len(raised.get("alerts", []))}  # fmt: skip
    return Outcome(result=result, changes=(Change("rule_run_rule", cmd.run_id), *made))


@handles(EndRuleRun, offline=False, seconds=FOR_ALL_PATIENTS)
def end_rule_run(cmd: EndRuleRun, ctx: Context) -> Outcome:
    """Count it up."""
    totals = _json(ctx, func.desktop.rule_run_end(cmd.run_id, cmd.failed, type_=Json()))
    return Outcome(result={"runId": cmd.run_id, **totals}, changes=(Change("rule_run", cmd.run_id),))


@handles(DecideRuleRun, permission=Permission.EDIT_RULES, offline=False, seconds=FOR_ALL_PATIENTS)
def decide_rule_run(cmd: DecideRuleRun, ctx: Context) -> Outcome:
    """Let the database raise, drop or withdraw; what somebody has dealt with meanwhile stays.

    What a later run has answered while somebody decided is decided all the same: it found the same patients again.
    """
    if cmd.decision not in ("RAISE", "DROP", "WITHDRAW"):
        raise Refused("BadValue", t("Say raise, drop or withdraw."), field="decision")
    _name_who_was_first(ctx, cmd)
    found = _json(ctx, func.desktop.rule_run_decide(cmd.run_id, cmd.rule_id, cmd.decision, type_=Json()))
    result = {"runId": cmd.run_id, "ruleId": cmd.rule_id, "state": found["state"], "raised": found["raised"]}
    tables = ("rule_run_rule", "alerts", "visit_requests", "care_plans", "held_message")
    return Outcome(result=result, changes=tuple(Change(table, cmd.run_id) for table in tables))


def _name_who_was_first(ctx: Context, cmd: DecideRuleRun) -> None:
    """Refuse, in words that name the person, what somebody has decided meanwhile; the database refuses the rest."""
    part = select(RuleRunRule.state, Login.display_name).join(Login, Login.user_id == RuleRunRule.decided_by)
    row = ctx.first(part.where(RuleRunRule.run_id == cmd.run_id, RuleRunRule.rule_id == cmd.rule_id))
    if row is None or (cmd.decision == "WITHDRAW" and row.state is RunRuleState.RAISED):
        return
    said = {
        RunRuleState.RAISED: t("{name} has raised this already.", name=row.display_name),
        RunRuleState.DROPPED: t("{name} has dropped this already.", name=row.display_name),
        RunRuleState.WITHDRAWN: t("{name} has withdrawn this already.", name=row.display_name),
    }  # fmt: skip
    if row.state in said:
        raise Conflict("AlreadyDecided", said[row.state], field="decision", server={"state": row.state.value})


def _json(ctx: Context, call: Any) -> dict[str, Any]:
    row = ctx.first(select(call.label("found")))
    return dict(row.found) if row is not None else {}
