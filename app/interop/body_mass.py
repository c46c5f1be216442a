"""Weights and heights of one patient → body mass indexes, and which of them the source computed itself.

Rows are looked up by their time, so that years of daily readings cost no more than each of them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from app.domain.imports import BmiRow, MeasurementRow, SourceId
from app.domain.measurements import MeasurementType, body_mass_index
from app.interop.readings import ObservedBmi
from app.kernel.i18n import t

_SAME_TIME = timedelta(hours=24)
_TOLERANCE = 0.5
_GROWN_UP = timedelta(days=int(18 * 365.25))

Left = Callable[[ObservedBmi, str], None]
"""Hears of an index that isn't taken, and why."""


class _ByTime:
    """Measurements in the order of their times, also by encounter."""

    def __init__(self, rows: Iterable[MeasurementRow]) -> None:
        self.rows = sorted(rows, key=lambda row: row.at)
        self.times = [row.at for row in self.rows]
        self._encounters: dict[SourceId, tuple[list[MeasurementRow], list[datetime]]] = {}
        for row in self.rows:
            if row.encounter is not None:
                rows_there, times_there = self._encounters.setdefault(row.encounter, ([], []))
                rows_there.append(row)
                times_there.append(row.at)

    def nearest(self, at: datetime, encounter: SourceId | None) -> MeasurementRow | None:
        """Return the row of the same encounter or day that is nearest in time; the earlier one of two."""
        near = [row for row in _beside(self.rows, self.times, at) if abs(row.at - at) < _SAME_TIME]
        if encounter is not None:
            rows, times = self._encounters.get(encounter, ([], []))
            near += _beside(rows, times, at)
        return min(near, key=lambda row: (abs(row.at - at), row.at)) if near else None

    def last_until(self, at: datetime) -> MeasurementRow | None:
        """Return the last row that isn't later."""
        place = bisect_right(self.times, at)
        return self.rows[place - 1] if place else None

    def take_together(self, at: datetime, encounter: SourceId | None) -> list[MeasurementRow]:
        """Return the rows of the same encounter or day, each only once; they count as gone from the days then."""
        first, behind = bisect_right(self.times, at - _SAME_TIME), bisect_left(self.times, at + _SAME_TIME)
        found = self.rows[first:behind]
        del self.rows[first:behind], self.times[first:behind]
        if encounter is not None:
            found += self._encounters.pop(encounter, ([], []))[0]
        return found


def _beside(rows: Sequence[MeasurementRow], times: Sequence[datetime], at: datetime) -> list[MeasurementRow]:
    """Return the rows right before and right behind a time, of those at one time the first."""
    place = bisect_left(times, at)
    before = [rows[bisect_left(times, times[place - 1])]] if place else []
    return before + ([rows[place]] if place < len(rows) else [])


def body_masses(
    measurements: Sequence[MeasurementRow], observed: Sequence[ObservedBmi], born: date | None, left: Left
) -> list[BmiRow]:
    """Return the index of every weight that has a height, with the source's own where both agree."""
    weights = [row for row in measurements if row.type == MeasurementType.WEIGHT]
    heights = _ByTime(row for row in measurements if row.type == MeasurementType.HEIGHT)
    made: dict[SourceId, BmiRow] = {}
    for weight in weights:
        height = _height_for(weight, heights, born)
        if height is not None:
            made[weight.source] = _row(weight, float(height.value))
    bare = _ByTime(weight for weight in weights if weight.source not in made)
    for one in observed:
        if one.height is not None:
            for weight in bare.take_together(one.when.at, one.encounter):
                made.setdefault(weight.source, _row(weight, one.height))
    _attach(observed, _ByTime(weight for weight in weights if weight.source in made), made, left)
    return list(made.values())


def _attach(observed: Sequence[ObservedBmi], weights: _ByTime, made: dict[SourceId, BmiRow], left: Left) -> None:
    """A body mass index of the source stands for the one computed here, when both agree."""
    for one in observed:
        weight = weights.nearest(one.when.at, one.encounter)
        if weight is None:
            left(one, t("no weight and height of the same time"))
            continue
        row = made[weight.source]
        if abs(row.bmi - one.value) > _TOLERANCE:
            left(one, t("it does not follow from weight and height of the same time"))
        else:
            made[weight.source] = replace(row, also=(*row.also, one.source))


def _height_for(weight: MeasurementRow, heights: _ByTime, born: date | None) -> MeasurementRow | None:
    """The height of the same encounter or day, else the last one before: for the growing only of the same time."""
    near = heights.nearest(weight.at, weight.encounter)
    if near is not None:
        return near
    earlier = heights.last_until(weight.at)
    if earlier is None or born is None or earlier.at.date() - born < _GROWN_UP:
        return None
    return earlier


def _row(weight: MeasurementRow, height_cm: float) -> BmiRow:
    kilograms = float(weight.value)
    return BmiRow(
        source=weight.source,
        where=weight.where,
        at=weight.at,
        weight_kg=kilograms,
        height_cm=height_cm,
        bmi=body_mass_index(kilograms, height_cm),
    )
