"""``rules …``: which there are, running them, and trying one on the last days."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

from app.cli.rule_file import rule_file, save_command
from app.cli.verbs import verb
from app.commands.rules import DecideRuleRun, EnableRule
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.rule_versions import rule_versions
from app.queries.rules import RuleRow, patient_names, rules, run_parts
from app.workspace.rule_runs import back_test, run_rules
from app.workspace.workspace import Workspace


@verb("rules list")
def list_rules(ws: Workspace) -> dict[str, Any]:
    """List the clinic's rules and the shared ones, the most important first."""
    return {"items": [_item(rule) for rule in ws.ask(rules)], "more": False}


@verb("rules run")
def run(ws: Workspace, at: datetime | None = None) -> dict[str, Any]:
    """Evaluate all enabled rules for all patients; --at T looks back from another instant."""
    report = run_rules(ws, at=at, progress=_tell)
    return report.to_json() if report is not None else {}


@verb("rules backtest", positional=("rule",))
def backtest(ws: Workspace, rule: str, days: int = 90) -> dict[str, Any]:
    """Say what a rule would have raised on each of the last days; nothing is raised."""
    if not 1 <= days <= 366:
        raise Refused("BadValue", t("Between 1 and {n} days.", n=366), field="days")
    row = _rule(ws, rule)
    body = {"metric": row.metric, "windowDays": row.window_days, "condition": row.raw_condition}
    trial = back_test(ws, body, action=row.action, days=days, progress=_tell)
    names = ws.ask(patient_names, patient_ids=tuple(one.patient_id for one in trial.patients))
    return {
        "ruleId": row.rule_id, "name": row.name, "action": row.action, "days": days, "from": trial.first.isoformat(),
        "to": trial.last.isoformat(), "alerts": trial.alerts, "patients": len(trial.patients),
        "findsNow": trial.found_last,
        "weeks": [{"weekStart": monday.isoformat(), "alerts": count} for monday, count in trial.weeks],
        "items": [
            {"patientId": one.patient_id, "name": names.get(one.patient_id, ""), "alerts": one.alerts,
             "lastDay": one.last_day.isoformat(), "figure": one.figure}
            for one in trial.patients
        ],
    }  # fmt: skip


@verb("rules versions", positional=("rule",))
def versions(ws: Workspace, rule: str) -> dict[str, Any]:
    """List what a rule was, the newest first: its columns, who saved it, what the back-test said then."""
    row = _rule(ws, rule)
    items = [
        {"number": one.number, "at": one.at.isoformat(), "by": one.by_name, "body": dict(one.body),
         "backTest": dict(one.back_test)}
        for one in ws.ask(rule_versions, rule_id=row.rule_id)
    ]  # fmt: skip
    return {"ruleId": row.rule_id, "items": items, "more": False}


@verb("rules show", positional=("rule",))
def show(ws: Workspace, rule: str) -> dict[str, Any]:
    """Show one rule as ``rules save`` takes it."""
    return _item(_rule(ws, rule))


@verb("rules save", positional=("file",))
def save(ws: Workspace, file: str, rule: str | None = None) -> dict[str, Any]:
    """Write a rule from a JSON file (keys as ``rules show`` prints them): a new one, or --rule RULE with what is given.

    A shared rule is copied with what is given. It stays as it was, on or off, unless the file says "enabled".
    """
    before = _rule(ws, rule) if rule is not None else None
    return dict(ws.execute(save_command(rule_file(file), before)).result)


@verb("rules enable", positional=("rule",))
def enable(ws: Workspace, rule: str) -> dict[str, Any]:
    """Switch a rule on."""
    return dict(ws.execute(EnableRule(rule_id=_rule(ws, rule).rule_id, enabled=True)).result)


@verb("rules disable", positional=("rule",))
def disable(ws: Workspace, rule: str) -> dict[str, Any]:
    """Switch a rule off."""
    return dict(ws.execute(EnableRule(rule_id=_rule(ws, rule).rule_id, enabled=False)).result)


@verb("rules held")
def held(ws: Workspace) -> dict[str, Any]:
    """List what runs hold because it would flood."""
    parts = ws.ask(run_parts, held=True)
    return {
        "items": [
            {"runId": part.run_id, "ruleId": part.rule_id, "name": part.rule_name, "triggered": part.triggered,
             "limit": part.limit, "runAt": part.run_at.isoformat()}
            for part in parts
        ],
        "more": False,
    }  # fmt: skip


@verb("rules decide", positional=("run_id", "rule_id", "decision"))
def decide(ws: Workspace, run_id: str, rule_id: str, decision: str) -> dict[str, Any]:
    """Raise or drop what a run holds, or withdraw what it raised."""
    command = DecideRuleRun(run_id=run_id, rule_id=rule_id, decision=decision.upper())
    return dict(ws.execute(command).result)


def _rule(ws: Workspace, said: str) -> RuleRow:
    """Find a rule by its id, or by its name when only one has it."""
    all_rules = ws.ask(rules)
    named = [one for one in all_rules if one.rule_id == said] or [
        one for one in all_rules if one.name.casefold() == said.strip().casefold()
    ]
    if len(named) != 1:
        raise Refused("NoRule", t("There is no rule {name}.", name=said), field="rule")
    return named[0]


def _item(rule: RuleRow) -> dict[str, Any]:
    return {
        "id": rule.rule_id, "name": rule.name, "description": rule.description, "metric": rule.metric,
        "windowDays": rule.window_days, "condition": rule.raw_condition, "severity": rule.severity,
        "action": rule.action, "actionParams": dict(rule.action_params), "enabled": rule.enabled,
        "priority": rule.priority, "shared": rule.shared, "version": rule.version,
        "readable": rule.condition is not None,
        "updatedAt": rule.updated_at.isoformat(),
    }  # fmt: skip


def _tell(done: int, total: int, name: str) -> None:
    sys.stderr.write(f"{done + 1}/{total} {name}\n" if name else f"{done + 1}/{total}\n")
