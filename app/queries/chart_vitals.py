"""The latest vitals of a chart with what they did lately: a handful of values each, however many readings there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, bindparam, cast, func, literal, select, union_all

from app.db.readings import time_bucket
from app.db.types import UtcDateTime
from app.domain.vitals_metrics import Band, Metric, Origin
from app.domain.vitals_ranges import VitalRanges
from app.queries.vitals_sql import ORIGINS, readings, sources

DAYS, YEAR = timedelta(days=30), timedelta(days=360)
POINTS = 30
"""Points of a trend: each stands for a day, for what is measured rarely for twelve."""
SHOWN = (Metric.BLOOD_PRESSURE, Metric.HEART_RATE, Metric.SPO2, Metric.GLUCOSE, Metric.WEIGHT, Metric.BMI,
         Metric.SLEEP, Metric.HRV)  # fmt: skip
RARE = frozenset({Metric.WEIGHT, Metric.BMI})
_EPOCH = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class VitalLine:
    """A metric's latest reading (``value`` None: unreadable) and its trend.

    ``trend`` has ``POINTS`` places of equal length up to now, the oldest first; None where nothing was measured.
    ``place``: below (-1), within (0) or above (1) what is normal; -2 and 2 are critical. ``band``: of what is drawn.
    """

    metric: Metric
    id: str
    at: datetime
    value: float | None
    second: float | None
    origin: Origin
    trend: tuple[float | None, ...]
    days: int
    place: int = 0
    band: Band | None = None


def _at(name: str) -> Any:
    return bindparam(name, type_=UtcDateTime())


def latest(patient: Any) -> Any:
    """Return the latest reading of each metric shown, from each of its sources."""
    parts = []
    for metric in SHOWN:
        for source in sources(metric, patient, None, None):
            at, key = source.selected_columns["at"], source.selected_columns["id"]
            one = source.order_by(at.desc(), key.desc()).limit(1).subquery()
            parts.append(select(_name(metric), one.c.id, one.c.at, one.c.origin, one.c.first, one.c.second))
    return union_all(*parts)


def trend(patient: Any) -> Any:
    """Return the mean of each metric's days in the last month; of rare ones of each twelve days of the last year."""
    parts = []
    for metric in SHOWN:
        start = _at("year_ago" if metric in RARE else "month_ago")
        width = (YEAR if metric in RARE else DAYS) / POINTS
        found = readings(metric, patient, start, _at("soon")).c
        bucket = time_bucket(found.at, _EPOCH, width // timedelta(milliseconds=1))
        parts.append(
            select(_name(metric), func.max(found.at).label("at"), func.avg(found.first).label("mean"))
            .where(found.first.is_not(None))
            .group_by(bucket)
        )
    return union_all(*parts)


def pressure_mean(patient: Any, first: str, last: str) -> Any:
    """Return the mean blood pressure of a span whose ends are parameters, and of how many readings."""
    found = readings(Metric.BLOOD_PRESSURE, patient, _at(first), _at(last)).c
    return select(
        func.avg(found.first).label("first"), func.avg(found.second).label("second"), func.count(found.first).label("n")
    )


def weight_before(patient: Any, last: str) -> Any:
    """Return the last weight before an instant that is a parameter."""
    parts = []
    for source in sources(Metric.WEIGHT, patient, None, _at(last)):
        at, key = source.selected_columns["at"], source.selected_columns["id"]
        one = source.order_by(at.desc(), key.desc()).limit(1).subquery()
        parts.append(select(one.c.at, one.c.first))
    return union_all(*parts)


def _name(metric: Metric) -> Any:
    return cast(literal(metric.value), Text).label("metric")


def vital_lines(rows: Mapping[str, Sequence[Any]], now: datetime, ranges: VitalRanges) -> tuple[VitalLine, ...]:
    """Make the lines of what the statements found; metrics without a reading are left out."""
    newest: dict[Metric, Any] = {}
    for row in rows["vitals"]:
        known = newest.get(Metric(row.metric))
        if known is None or (row.at, row.id) > (known.at, known.id):
            newest[Metric(row.metric)] = row
    points: dict[Metric, list[Any]] = {}
    for row in rows["trend"]:
        points.setdefault(Metric(row.metric), []).append(row)
    return tuple(
        _line(metric, newest[metric], points.get(metric, ()), now, ranges) for metric in SHOWN if metric in newest
    )


def _line(metric: Metric, row: Any, points: Sequence[Any], now: datetime, ranges: VitalRanges) -> VitalLine:
    span = YEAR if metric in RARE else DAYS
    step, places = span / POINTS, [None] * POINTS
    found: list[float | None] = [*places]
    for point in sorted(points, key=lambda one: one.at):
        place = POINTS - 1 - int((now - point.at) / step)
        if 0 <= place < POINTS:
            found[place] = round(float(point.mean), 3)
    first, second = _number(row.first), _number(row.second)
    place = 0 if first is None else ranges.place(metric, first, second)
    return VitalLine(metric, row.id, row.at, first, second, ORIGINS[row.origin], tuple(found), span.days, place,
                     ranges.band(metric))  # fmt: skip


def _number(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)
