"""Clinical rules: what one may say, whom it is about, and how it reads; evaluation is the database's (90_rules.sql).

A rule looks at one metric over its last ``window_days`` days. ``>`` and ``<`` compare the window's average (or any, or
the latest reading) with the threshold, in the metric's stored unit; trends are the change of a least-squares line
across the window in percent of where it begins; ``missing`` is a window without readings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from app.kernel.errors import Refused
from app.kernel.i18n import t

DEFAULT_TREND = 5.0
"""Percent across the window, when a rule says nothing."""
LONGEST_WINDOW = 3660


class RuleMetric(StrEnum):
    """What a rule looks at, as ``clinical_rules.metric`` names it."""

    BP = "bp"
    GLUCOSE = "glucose"
    WEIGHT = "weight"
    SLEEP = "sleep"
    HRV = "hrv"
    A1C = "a1c"


class RuleOp(StrEnum):
    """How a rule compares."""

    ABOVE = ">"
    BELOW = "<"
    TREND_UP = "trendUp"
    TREND_DOWN = "trendDown"
    MISSING = "missing"


class Aggregate(StrEnum):
    """Which figure of the window is compared."""

    AVERAGE = "average"
    ANY = "any"
    LATEST = "latest"


class RuleSeverity(StrEnum):
    """How much it matters: lower case, unlike in alerts."""

    INFO = "info"
    WARN = "warn"
    CRITICAL = "critical"


class RuleAction(StrEnum):
    """What a rule does for those it finds."""

    ALERT = "alert"
    SUGGEST_VISIT = "suggest_visit"
    ASSIGN_TASK = "assign_task"
    ASSIGN_CONTENT = "assign_content"


ALERTS = frozenset({RuleAction.ALERT, RuleAction.SUGGEST_VISIT})
"""Actions that raise an alert, for which the severity counts."""
FEWEST_FOR_TREND = 3

RULE_UNITS: Mapping[RuleMetric, str] = {
    RuleMetric.BP: "mmHg",
    RuleMetric.GLUCOSE: "mg/dL",
    RuleMetric.WEIGHT: "kg",
    RuleMetric.SLEEP: "h",
    RuleMetric.HRV: "ms",
    RuleMetric.A1C: "%",
}
"""The unit of a rule's threshold, as readings are stored."""

RULE_STEPS: Mapping[RuleMetric, float] = {
    RuleMetric.BP: 5,
    RuleMetric.GLUCOSE: 10,
    RuleMetric.WEIGHT: 1,
    RuleMetric.SLEEP: 0.5,
    RuleMetric.HRV: 5,
    RuleMetric.A1C: 0.5,
}
"""How far the next threshold lies that somebody would think of."""
TREND_STEP = 2.0

COMPARES = frozenset({RuleOp.ABOVE, RuleOp.BELOW})
TRENDS = frozenset({RuleOp.TREND_UP, RuleOp.TREND_DOWN})


@dataclass(frozen=True, slots=True)
class RuleCohort:
    """Whom a rule is about: all of it must hold; ages in whole years, ends included. JSON keys in camelCase."""

    flags: tuple[str, ...] = ()
    not_flags: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    not_conditions: tuple[str, ...] = ()
    min_age: int | None = None
    max_age: int | None = None

    @property
    def empty(self) -> bool:
        """Whether it is everybody."""
        return self == RuleCohort()


@dataclass(frozen=True, slots=True)
class RuleCondition:
    """What has to be so. ``threshold`` is in the metric's unit, for trends in percent."""

    op: RuleOp
    threshold: float | None = None
    aggregate: Aggregate = Aggregate.AVERAGE
    component: str = "systolic"
    min_readings: int = 1
    cohort: RuleCohort = field(default_factory=RuleCohort)


def read_condition(value: object) -> RuleCondition | None:
    """Read ``clinical_rules.condition`` of anybody; None when it has not the documented shape."""
    if not isinstance(value, Mapping):
        return None
    op = _member(RuleOp, value.get("op"))
    threshold = value.get("threshold")
    if op is None or not (threshold is None or _number(threshold)) or (op in COMPARES and threshold is None):
        return None
    fewest: Any = value.get("minReadings")
    return RuleCondition(
        op=op,
        threshold=None if threshold is None else float(threshold),
        aggregate=_member(Aggregate, value.get("aggregate")) or Aggregate.AVERAGE,
        component="diastolic" if value.get("component") == "diastolic" else "systolic",
        min_readings=int(fewest) if _number(fewest) and fewest >= 1 else 1,
        cohort=read_cohort(value.get("cohort")),
    )


def read_cohort(value: object) -> RuleCohort:
    """Read a condition's cohort; what isn't understood narrows nothing."""
    if not isinstance(value, Mapping):
        return RuleCohort()
    return RuleCohort(
        flags=_texts(value.get("flags")),
        not_flags=_texts(value.get("notFlags")),
        conditions=_texts(value.get("conditions")),
        not_conditions=_texts(value.get("notConditions")),
        min_age=_age(value.get("minAge")),
        max_age=_age(value.get("maxAge")),
    )


def loosest(op: RuleOp, thresholds: Sequence[float]) -> float:
    """Return the threshold that finds most: whom another one finds is among those."""
    return max(thresholds) if op is RuleOp.BELOW else min(thresholds)


def neighbours(metric: RuleMetric, condition: RuleCondition) -> tuple[float, ...]:
    """Return the rule's own threshold between the two beside it; nothing where there is none to choose."""
    if condition.op is RuleOp.MISSING:
        return ()
    own = condition.threshold if condition.threshold is not None else DEFAULT_TREND
    step = TREND_STEP if condition.op in TRENDS else RULE_STEPS[metric]
    return tuple(one for one in (own - step, own, own + step) if one > 0)


def figure_triggers(op: RuleOp, figure: float | None, threshold: float) -> bool:
    """Whether a figure, as an evaluation gives it, would trigger at another threshold."""
    if figure is None:
        return op is RuleOp.MISSING
    if op is RuleOp.ABOVE:
        return figure > threshold
    if op is RuleOp.BELOW:
        return figure < threshold
    return figure >= threshold if op is RuleOp.TREND_UP else figure <= -threshold


def condition_json(condition: RuleCondition, metric: RuleMetric) -> dict[str, Any]:
    """Return the condition as it is stored: what is as by default is left out."""
    found: dict[str, Any] = {"op": condition.op.value}
    if condition.threshold is not None and condition.op is not RuleOp.MISSING:
        found["threshold"] = condition.threshold
    if condition.op in COMPARES and condition.aggregate is not Aggregate.AVERAGE:
        found["aggregate"] = condition.aggregate.value
    if metric is RuleMetric.BP and condition.component == "diastolic":
        found["component"] = "diastolic"
    if condition.min_readings > 1 and condition.op is not RuleOp.MISSING:
        found["minReadings"] = condition.min_readings
    if not condition.cohort.empty:
        found["cohort"] = cohort_json(condition.cohort)
    return found


def cohort_json(cohort: RuleCohort) -> dict[str, Any]:
    """Return a cohort as it is stored."""
    named: dict[str, Any] = {
        "flags": list(cohort.flags), "notFlags": list(cohort.not_flags), "conditions": list(cohort.conditions),
        "notConditions": list(cohort.not_conditions), "minAge": cohort.min_age, "maxAge": cohort.max_age,
    }  # fmt: skip
    return {key: value for key, value in named.items() if value not in (None, [])}


def check_rule(*, name: str, window_days: int, condition: RuleCondition, enabled: bool) -> None:
    """Refuse a rule that can't be meant, naming the field; "NoCohort" for a missing-reading rule about everybody."""
    if not name.strip():
        raise Refused("Required", t("A rule needs a name."), field="name")
    if not 1 <= window_days <= LONGEST_WINDOW:
        raise Refused("BadValue", t("A window has between 1 and {n} days.", n=LONGEST_WINDOW), field="windowDays")
    if condition.op in COMPARES and condition.threshold is None:
        raise Refused("Required", t("Say which value to compare with."), field="threshold")
    if condition.threshold is not None and not 0 < condition.threshold < 1_000_000:
        raise Refused("BadValue", t("This value cannot be meant."), field="threshold")
    low, high = condition.cohort.min_age, condition.cohort.max_age
    if low is not None and high is not None and low > high:
        raise Refused("BadValue", t("The lower age is above the higher one."), field="minAge")
    if enabled and condition.op is RuleOp.MISSING and condition.cohort.empty:
        raise Refused(
            "NoCohort",
            t("Say first whom a rule about missing readings is for: else it would be raised for everybody."),
            field="cohort",
        )


def check_message(action: str, params: object, *, enabled: bool) -> None:
    """Refuse to switch on a rule that writes to patients and has nothing to say ("Required", field "body")."""
    said = params if isinstance(params, Mapping) else {}
    texts = [said.get(key) for key in ("body", "content")]
    if enabled and action == RuleAction.ASSIGN_CONTENT and not any(isinstance(x, str) and x.strip() for x in texts):
        raise Refused("Required", t("Write the message first that patients get."), field="body")


E = TypeVar("E", bound=StrEnum)


def _member(kind: type[E], value: object) -> E | None:
    return kind(value) if isinstance(value, str) and value in {one.value for one in kind} else None


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()


def _age(value: Any) -> int | None:
    return int(value) if _number(value) and 0 <= value <= 200 else None
