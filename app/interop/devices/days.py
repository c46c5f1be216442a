"""Nights and days: sleep summed from its phases, steps from their samples, never two devices together.

A phone and a watch count the same steps and see the same night. So every device is summed by itself, and a day or a
night has the largest of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from app.domain.measurements import MeasurementType
from app.interop.devices.findings import Asleep, Format, Value, Walked
from app.interop.values import Moment

DAYS = Format("devices", "")
"""A day's steps and a night's sleep are one figure, whichever format brings them."""
_MOST_SPANS = 2_000_000


@dataclass(slots=True)
class _Night:
    """One device's phases of a night."""

    first: Asleep
    spans: list[tuple[datetime, datetime, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DayFigure:
    """A day's figure: the reading as it would be kept, the format and file it comes from."""

    made_by: Format
    file: str
    value: Value
    day: date


class DayBook:
    """Collects what one file says of days and nights, and keeps the largest over all files."""

    def __init__(self) -> None:
        self._steps: dict[tuple[date, str], tuple[float, Walked]] = {}
        self._nights: dict[tuple[date, str], _Night] = {}
        self._best: dict[tuple[MeasurementType, date], DayFigure] = {}
        self.records = 0

    def add(self, found: Walked | Asleep) -> None:
        """Take a sample or a phase."""
        self.records += 1
        if isinstance(found, Walked):
            key = (found.day, found.device)
            before = self._steps.get(key)
            self._steps[key] = (found.count + (before[0] if before else 0), before[1] if before else found)
        else:
            night = self._nights.setdefault((found.night, found.device), _Night(found))
            if len(night.spans) < _MOST_SPANS:
                night.spans.append((found.when.at, found.end, found.seconds))

    def end_of_file(self, made_by: Format, file: str) -> None:
        """Close a file: what another one says of the same day is not added to it."""
        for (day, device), (count, first) in self._steps.items():
            when = Moment(first.when.at, timed=False, zoned=first.when.zoned)
            self._offer(made_by, file, day, Value(kind=first.kind, when=when, place=first.place, device=device,
                        measure=MeasurementType.STEPS, value=float(round(count))))  # fmt: skip
        for (day, device), night in self._nights.items():
            hours, ended = _slept(night.spans)
            when = Moment(ended, timed=night.first.when.timed, zoned=night.first.when.zoned)
            self._offer(made_by, file, day, Value(kind=night.first.kind, when=when, place=night.first.place,
                        device=device, measure=MeasurementType.SLEEP, value=hours))  # fmt: skip
        self._steps.clear()
        self._nights.clear()

    def _offer(self, made_by: Format, file: str, day: date, value: Value) -> None:
        key = (value.measure, day)
        known = self._best.get(key)
        if known is None or known.value.value < value.value:
            self._best[key] = DayFigure(made_by, file, value, day)

    def figures(self) -> Iterator[DayFigure]:
        """Yield the figures in the order of their days."""
        for _, figure in sorted(self._best.items(), key=lambda one: (one[0][1], one[0][0])):
            yield figure


def _slept(spans: list[tuple[datetime, datetime, float]]) -> tuple[float, datetime]:
    """Return the hours asleep and when they ended; what two spans share counts once."""
    total, behind = 0.0, min(begin for begin, _, _ in spans)
    for begin, end, seconds in sorted(spans):
        length = (end - begin).total_seconds()
        fresh = (end - max(begin, behind)).total_seconds()
        if length > 0 and fresh > 0:
            total += seconds * min(1.0, fresh / length)
            behind = end
    return round(total / 3600, 4), max(end for _, end, _ in spans)
