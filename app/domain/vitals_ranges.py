"""From which value on a vital sign is out of its normal range, and from which on it must not be missed.

The ranges are the clinic's (``clinic_settings.settings``, key ``vitals``); what it has not chosen are those of
docs/clinical.md, for adults at rest. They colour and mark; nothing is decided by them. Whoever judges a value asks
here, with the clinic's settings: no other module knows a band.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.vitals_metrics import Band, Metric

KEY = "vitals"
SYSTOLIC, DIASTOLIC = "SYSTOLIC", "DIASTOLIC"
PARTS = ("low", "high", "criticalLow", "criticalHigh")
"""The keys of a range in the settings."""


@dataclass(frozen=True, slots=True)
class Range:
    """A normal band, ends included, and what is critical: up to ``critical_low``, from ``critical_high`` on.

    In the stored unit; None is open.
    """

    low: float | None = None
    high: float | None = None
    critical_low: float | None = None
    critical_high: float | None = None

    @property
    def band(self) -> Band:
        """What is normal."""
        return Band(self.low, self.high)

    def place(self, value: float) -> int:
        """Return -2 critically low, -1 low, 0 within, 1 high, 2 critically high."""
        if self.critical_low is not None and value <= self.critical_low:
            return -2
        if self.critical_high is not None and value >= self.critical_high:
            return 2
        return self.band.place(value)


_CRITICAL: Mapping[str, tuple[float | None, float | None]] = {
    SYSTOLIC: (80, 180),
    DIASTOLIC: (None, 120),
    Metric.GLUCOSE: (53, 400),
    Metric.HEART_RATE: (40, 131),
    Metric.SPO2: (91, None),
    Metric.RESPIRATION: (8, 25),
    Metric.TEMPERATURE: (35.0, 40.0),
}
_NORMAL: Mapping[str, Band] = {
    SYSTOLIC: Band(90, 119),
    DIASTOLIC: Band(60, 79),
    Metric.GLUCOSE: Band(70, 130),
    Metric.BMI: Band(18.5, 24.9),
    Metric.HRV: Band(19, 75),
    Metric.HEART_RATE: Band(60, 100),
    Metric.SPO2: Band(95, 100),
    Metric.RESPIRATION: Band(12, 20),
    Metric.TEMPERATURE: Band(36.1, 37.2),
    Metric.A1C: Band(None, 5.6),
    Metric.SLEEP: Band(7, 9),
}
"""Pressure is normal below 120 and below 80 (whole numbers: up to 119 and 79); metrics left out have no band."""
USUAL: Mapping[str, Range] = {
    str(name): Range(band.low, band.high, *_CRITICAL.get(name, (None, None))) for name, band in _NORMAL.items()
}
"""The ranges unless the clinic has others, by metric; blood pressure has two. Sources: docs/clinical.md."""


@dataclass(frozen=True, slots=True)
class VitalRanges:
    """A clinic's ranges; ``values`` are keyed like ``USUAL``."""

    values: Mapping[str, Range] = field(default_factory=lambda: USUAL)

    def ranges(self, metric: Metric) -> tuple[Range, ...]:
        """Return a metric's ranges: none, one, or those of both values of a pair."""
        names = (SYSTOLIC, DIASTOLIC) if metric is Metric.BLOOD_PRESSURE else (metric.value,)
        return tuple(self.values[name] for name in names if name in self.values)

    def band(self, metric: Metric) -> Band | None:
        """Return what is normal for a metric; of a pair the first value's."""
        found = self.ranges(metric)
        return found[0].band if found else None

    def place(self, metric: Metric, value: float, second: float | None = None) -> int:
        """Return where a value lies, -2 to 2; of a pair the graver finding wins, of equal ones the higher."""
        values = (value,) if second is None else (value, second)
        places = [one.place(number) for one, number in zip(self.ranges(metric), values, strict=False)]
        return max(places, key=lambda place: (abs(place) == 2, place > 0, abs(place)), default=0)

    def place_of_bucket(
        self, metric: Metric, low: float, high: float, mean: float,
        second_low: float | None = None, second_high: float | None = None, second_mean: float | None = None,
    ) -> int:  # fmt: skip
        """Return where a bucket of readings lies: as a critical one among them, else as their mean."""
        ends = (self.place(metric, high, second_high), self.place(metric, low, second_low))
        return next((one for one in ends if abs(one) == 2), self.place(metric, mean, second_mean))

    def stored(self) -> dict[str, Any]:
        """Return what goes into the settings: only what differs from the usual."""
        return {KEY: {name: range_parts(one) for name, one in self.values.items() if one != USUAL.get(name)}}


def range_parts(one: Range) -> dict[str, float | None]:
    """Return a range by the keys that it has in the settings."""
    return dict(zip(PARTS, (one.low, one.high, one.critical_low, one.critical_high), strict=True))


def vital_ranges(settings: Any) -> VitalRanges:
    """Read the clinic's ranges; a range that is missing or unreadable is the usual one."""
    kept = settings.get(KEY) if isinstance(settings, Mapping) else None
    if not isinstance(kept, Mapping):
        return VitalRanges()
    return VitalRanges({name: _read(kept.get(name), usual) for name, usual in USUAL.items()})


def _read(value: Any, usual: Range) -> Range:
    if not isinstance(value, Mapping):
        return usual
    numbers = [value.get(part) for part in PARTS]
    if any(isinstance(one, bool) or not isinstance(one, int | float | None) for one in numbers):
        return usual
    found = Range(*(float(one) if one is not None else None for one in numbers))
    return found if problem_of(found) is None else usual


def problem_of(one: Range) -> str | None:
    """Return the key of the part that can't be: no number, or out of order; None when the range can be."""
    last = -math.inf
    for part, value in (("criticalLow", one.critical_low), ("low", one.low), ("high", one.high),
                        ("criticalHigh", one.critical_high)):  # fmt: skip
        if value is None:
            continue
        if not math.isfinite(value) or value < last:
            return part
        last = value
    return None
