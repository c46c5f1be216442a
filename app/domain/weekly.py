"""A week in figures, as ``weekly_summaries.summary`` has it: JSON that several programs write, read without trust.

Keys: bpTrend, glucoseTrend, weightTrend, steps, sleep, adherence, recommendations. A figure is a number, a text, or an
object with an average (``average``, ``avg``, ``mean``, ``value``), a change (``change``, ``delta``) and a direction.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FIGURES = ("bpTrend", "glucoseTrend", "weightTrend", "steps", "sleep", "adherence")
LEAST_SPAN = {
    "bpTrend": 20.0,
    "glucoseTrend": 30.0,
    "weightTrend": 4.0,
    "steps": 2000.0,
    "sleep": 2.0,
    "adherence": 20.0,
}
"""What a chart of a figure spans at least, in mmHg, mg/dL, kg, steps, hours, per cent: less is no course to look at."""
_AVERAGE = ("average", "avg", "mean", "value", "latest", "percent", "hours", "averageHours", "total")
_CHANGE = ("change", "delta")
_WORDS = ("direction", "trend", "text", "status")


@dataclass(frozen=True, slots=True)
class WeekFigure:
    """One figure: its average (blood pressure: systolic, with ``second`` diastolic), its change, and what it says."""

    value: float | None = None
    second: float | None = None
    change: float | None = None
    words: str = ""

    @property
    def empty(self) -> bool:
        """Whether it says nothing."""
        return self.value is None and not self.words


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """The readable part; ``unreadable`` names the keys that can't be read ("summary" for the whole)."""

    figures: Mapping[str, WeekFigure] = field(default_factory=dict)
    recommendations: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


def read_week(value: object) -> WeekFigures:
    """Read the JSON whatever its shape."""
    if not isinstance(value, Mapping):
        return WeekFigures(unreadable=() if value is None else ("summary",))
    figures, bad = {}, []
    for key in FIGURES:
        found = _figure(value.get(key))
        if found is None:
            bad.append(key)
        elif not found.empty:
            figures[key] = found
    advice = _advice(value.get("recommendations"))
    return WeekFigures(figures, advice or (), tuple(bad) + (("recommendations",) if advice is None else ()))


def _figure(value: object) -> WeekFigure | None:
    """None for what has no known shape."""
    if value is None:
        return WeekFigure()
    if isinstance(value, str):
        return WeekFigure(words=value)
    if (number := _number(value)) is not None:
        return WeekFigure(number)
    if not isinstance(value, Mapping):
        return None
    if isinstance(value.get("average"), Mapping):
        value = {**value, **value["average"]}
    words = next((value[key] for key in _WORDS if isinstance(value.get(key), str)), "")
    upper, lower = _first(value, ("systolic",)), _first(value, ("diastolic",))
    average = upper if upper is not None else _first(value, _AVERAGE)
    found = WeekFigure(average, lower, _first(value, _CHANGE), words)
    return None if found.empty and value else found


def _first(value: Mapping[str, Any], keys: tuple[str, ...]) -> float | None:
    return next((number for key in keys if (number := _number(value.get(key))) is not None), None)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 10**9:
        return None
    return float(value) if math.isfinite(value) else None


def _advice(value: object) -> tuple[str, ...] | None:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        return None
    texts = [one if isinstance(one, str) else one.get("text") if isinstance(one, Mapping) else None for one in value]
    return tuple(text for text in texts if isinstance(text, str))
