"""A rule while it is edited: an immutable value that the pickers replace piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.commands.rules import SaveRule
from app.domain.rules import RuleAction, RuleCondition, RuleMetric, RuleOp, RuleSeverity, condition_json, read_condition
from app.kernel.ids import new_uuid
from app.queries.rules import RuleRow

NEW = RuleCondition(op=RuleOp.ABOVE, threshold=140)


@dataclass(frozen=True, slots=True)
class RuleForm:
    """What the editor shows. ``expected`` is the row's version that was seen; None for a rule that isn't saved."""

    rule_id: str = field(default_factory=new_uuid)
    name: str = ""
    metric: RuleMetric = RuleMetric.BP
    window_days: int = 7
    condition: RuleCondition = NEW
    severity: RuleSeverity = RuleSeverity.WARN
    action: RuleAction = RuleAction.ALERT
    params: Mapping[str, Any] = field(default_factory=dict)
    description: str | None = None
    priority: int = 0
    enabled: bool = False
    shared: bool = False
    readable: bool = True
    version: int = 0
    expected: datetime | None = None

    @property
    def body(self) -> dict[str, Any]:
        """What decides whom it finds: {metric, windowDays, condition}."""
        return {"metric": self.metric.value, "windowDays": self.window_days,
                "condition": condition_json(self.condition, self.metric)}  # fmt: skip

    def command(self, *, enabled: bool, back_test: Mapping[str, Any] | None) -> SaveRule:
        """Return what saves it."""
        return SaveRule(
            rule_id=self.rule_id, name=self.name, metric=self.metric, window_days=self.window_days,
            condition=condition_json(self.condition, self.metric), severity=self.severity, action=self.action,
            action_params=self.params or None, description=self.description, priority=self.priority, enabled=enabled,
            expected=self.expected, back_test=back_test,
        )  # fmt: skip

    def copy(self, name: str) -> RuleForm:
        """Return a rule of one's own that says the same."""
        return replace(self, rule_id=new_uuid(), name=name, enabled=False, shared=False, version=0, expected=None)

    def to_json(self) -> dict[str, Any]:
        """Return what a draft keeps."""
        return self.body | {
            "ruleId": self.rule_id, "name": self.name, "severity": self.severity.value, "action": self.action.value,
            "params": dict(self.params), "description": self.description, "priority": self.priority,
            "enabled": self.enabled, "expected": self.expected.isoformat() if self.expected else None,
            "version": self.version,
        }  # fmt: skip


def form_of(row: RuleRow) -> RuleForm:
    """Return a saved rule as a form; what can't be understood begins anew, off."""
    known = row.metric in {one.value for one in RuleMetric}
    return RuleForm(
        rule_id=row.rule_id, name=row.name, metric=RuleMetric(row.metric) if known else RuleMetric.BP,
        window_days=row.window_days, condition=row.condition or NEW,
        severity=_member(RuleSeverity, row.severity, RuleSeverity.INFO),
        action=_member(RuleAction, row.action, RuleAction.ALERT), params=row.action_params,
        description=row.description, priority=row.priority, enabled=row.enabled, shared=row.shared,
        readable=known and row.condition is not None, version=row.version, expected=row.updated_at,
    )  # fmt: skip


def form_from(body: Mapping[str, Any]) -> RuleForm:
    """Return a draft's form; a part that can't be read is as in a new rule."""
    plain = RuleForm()
    expected = body.get("expected")
    return RuleForm(
        rule_id=str(body.get("ruleId") or plain.rule_id), name=str(body.get("name") or ""),
        metric=_member(RuleMetric, body.get("metric"), plain.metric),
        window_days=int(body.get("windowDays") or plain.window_days),
        condition=read_condition(body.get("condition")) or plain.condition,
        severity=_member(RuleSeverity, body.get("severity"), plain.severity),
        action=_member(RuleAction, body.get("action"), plain.action), params=dict(body.get("params") or {}),
        description=body.get("description"), priority=int(body.get("priority") or 0),
        enabled=bool(body.get("enabled")), version=int(body.get("version") or 0),
        expected=datetime.fromisoformat(expected) if isinstance(expected, str) else None,
    )  # fmt: skip


def form_of_version(body: Mapping[str, Any]) -> RuleForm:
    """Return a version (``rule_version.body``, the rule's columns) as a form."""
    return form_from({**body, "windowDays": body.get("window_days"), "params": body.get("action_params")})


def _member(kind: Any, value: object, default: Any) -> Any:
    return kind(value) if value in {one.value for one in kind} else default
