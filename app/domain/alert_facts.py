"""What raised an alert, read from its payload: whoever wrote it, what can't be read is left out and never an error."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.domain.rules import RuleCondition, read_condition
from app.domain.vitals_metrics import Metric, metric_named

MOST_EVIDENCE = 500


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """A rule's name, version, window (days), condition and figures; a laboratory's order; the readings that decided.

    ``evidence``: (aware UTC instant, value in the metric's unit), the oldest first. ``left_out`` of them can't be read.
    ``last``: the last reading before one was missed; ``never``: there was none.
    """

    rule_name: str = ""
    rule_version: int | None = None
    metric: Metric | None = None
    window_days: int | None = None
    condition: RuleCondition | None = None
    figure: float | None = None
    readings: int | None = None
    evidence: tuple[tuple[datetime, float], ...] = ()
    left_out: int = 0
    last: tuple[datetime, float] | None = None
    never: bool = False
    order_id: str = ""
    code: str = ""
    test: str = ""

    @property
    def explained(self) -> bool:
        """Whether the condition can be said in words."""
        return self.metric is not None and self.condition is not None and self.window_days is not None


def read_facts(payload: Mapping[str, Any]) -> AlertFacts:
    """Read a payload; fields of another shape count as missing."""
    figures = payload.get("figures")
    figures = figures if isinstance(figures, Mapping) else {}
    metric = payload.get("metric")
    found = payload.get("evidence")
    listed = found[:MOST_EVIDENCE] if isinstance(found, list) else []
    known = [one for one in map(_reading, listed) if one is not None]
    return AlertFacts(
        rule_name=_text(payload.get("ruleName")),
        rule_version=_whole(payload.get("ruleVersion")),
        metric=metric_named(metric) if isinstance(metric, str) else None,
        window_days=_whole(payload.get("windowDays")),
        condition=read_condition(payload.get("condition")),
        figure=_number(figures.get("figure")),
        readings=_whole(figures.get("readings")),
        evidence=tuple(sorted(known)),
        left_out=len(listed) - len(known),
        last=_reading(payload.get("last")),
        never="last" in payload and payload["last"] is None,
        order_id=_text(payload.get("orderId")),
        code=_text(payload.get("code")),
        test=_text(payload.get("name")),
    )


def _reading(item: object) -> tuple[datetime, float] | None:
    if not isinstance(item, Mapping):
        return None
    value, at = _number(item.get("value")), item.get("at")
    if value is None or not isinstance(at, str):
        return None
    try:
        when = datetime.fromisoformat(at)
        return (when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)), value
    except (ValueError, OverflowError):
        return None


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and abs(value) < 1e9 else None


def _whole(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number >= 0 else None
