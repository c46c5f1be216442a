"""Readings over time, as fine as the screen can show: series in columns, aggregated by the database.

A span with few readings comes as they are, one with many as buckets of equal width with lowest, highest, mean and
number. Ten years of minute readings cost the screen no more than a month of daily ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Double,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from app.db.frozen import built
from app.db.pipeline import raw_connection
from app.db.readings import byte_order, time_bucket
from app.db.together import Together
from app.db.types import UtcDateTime
from app.domain.mirror_scope import MirrorWindow
from app.domain.vitals_metrics import Metric, Origin, second_limits
from app.queries.core import Reader, query
from app.queries.vitals_sql import ORIGINS, TABLES, parameters, readings, union

FEW = 400
"""Up to so many readings of a metric in a span come one by one."""
MOST_BUCKETS = 4000
LONGEST = timedelta(days=366 * 150)
SHORT = timedelta(hours=3)
"""Buckets as short as this often hold one reading: they come with its id, and few readings need no second statement.
Of a long span sorting the ids would take the database more than asking again."""
_EPOCH, _MS = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


class Spot(NamedTuple):
    """What stands at one place of a series: one reading (``count`` 1, with its id), or several of a bucket.

    Times are aware UTC. ``low``, ``high`` and ``mean`` are of the first value (systolic), the others of the second
    one (diastolic; None where there is one value). ``origin`` is None when it differs within the bucket.
    """

    at: datetime
    until: datetime
    count: int  # type: ignore[assignment]  # instead of how often a tuple holds something
    low: float
    high: float
    mean: float
    second_low: float | None
    second_high: float | None
    second_mean: float | None
    origin: Origin | None
    id: str | None


class Columns(NamedTuple):
    """The spots of a series column by column, since thousands come at a time: all are of one length.

    ``at`` and ``until`` are milliseconds since 1970 (UTC). What ``Spot`` says of the others holds here too.
    """

    at: Sequence[int]
    until: Sequence[int]
    count: Sequence[int]  # type: ignore[assignment]  # instead of how often a tuple holds something
    low: Sequence[float]
    high: Sequence[float]
    mean: Sequence[float]
    second_low: Sequence[float | None]
    second_high: Sequence[float | None]
    second_mean: Sequence[float | None]
    origin: Sequence[Origin | None]
    id: Sequence[str | None]


_EMPTY = Columns((), (), (), (), (), (), (), (), (), (), ())


@dataclass(frozen=True, slots=True)
class Series:
    """A metric over a span, in order of time. ``bucket`` is None when every reading comes by itself."""

    metric: Metric
    columns: Columns
    readings: int
    unreadable: int
    bucket: timedelta | None

    @property
    def spots(self) -> tuple[Spot, ...]:
        """The same one by one; made anew each time."""
        return tuple(
            Spot(_EPOCH + at * _MS, _EPOCH + until * _MS, *values)
            for at, until, *values in zip(*self.columns, strict=True)
        )


@dataclass(frozen=True, slots=True)
class SeriesSet:
    """Several metrics over [start, end); ``older_missing``: earlier readings may exist, but only on the server."""

    start: datetime
    end: datetime
    series: tuple[Series, ...]
    older_missing: bool

    def of(self, metric: Metric) -> Series | None:
        """Return one metric's series."""
        return next((one for one in self.series if one.metric is metric), None)


@query(offline=True)
def vital_series(
    session: Session,
    reader: Reader,
    *,
    patient_id: str,
    metrics: Sequence[Metric],
    start: datetime,
    end: datetime,
    buckets: int = 700,
    few: int = FEW,
) -> SeriesSet:
    """Return series over [start, end), each as at most ``buckets`` spots, or reading by reading up to ``few``.

    Times are aware UTC. One statement, however many metrics, or two where there are few readings.
    """
    start = max(start, end - LONGEST)
    chosen = tuple(dict.fromkeys(metrics))
    missing = older_missing(reader, start, end)
    if not chosen or start >= end:
        return SeriesSet(start, end, tuple(Series(one, _EMPTY, 0, 0, None) for one in chosen), missing)
    width = bucket_width(start, end, buckets)
    values = {"patient": patient_id, "start": start, "until": end, "seconds": width.total_seconds()}
    found = _asked(session, chosen, values, _Way.NAMED if width <= SHORT else _Way.BUCKETS)
    apart = tuple(one for one in chosen if found[one].wanted_singly(few))
    if apart:
        del values["seconds"]
        found |= _asked(session, apart, values, _Way.SINGLY)
    return SeriesSet(start, end, tuple(_series(found[one], few, width) for one in chosen), missing)


def older_missing(reader: Reader, start: datetime, end: datetime) -> bool:
    """Tell whether some of a span's readings are on the server only."""
    if reader.online:
        return False
    window = MirrorWindow.on(reader.now.astimezone(UTC).date())
    return any(window.missing(table, start, end) is not None for table in TABLES)


def bucket_width(start: datetime, end: datetime, buckets: int) -> timedelta:
    """Return the width that cuts a span into at most so many buckets: whole milliseconds, at least one second."""
    span = end - start
    wanted = min(max(buckets, 1), MOST_BUCKETS)
    return max(timedelta(milliseconds=-(-span // timedelta(milliseconds=1) // wanted)), timedelta(seconds=1))


# -- What is asked ---------------------------------------------------------------------------------

_VALUES = ("at", "until", "n", "low", "high", "sum", "low2", "high2", "sum2", "origin", "other", "id")


class _Way(StrEnum):
    """How readings are asked for."""

    BUCKETS = "BUCKETS"
    NAMED = "NAMED"
    """Buckets with the id of one of their readings."""
    SINGLY = "SINGLY"


class _Gathered(NamedTuple):
    """A metric's spots, column by column; ``bad``: how many readings can't be read."""

    metric: str
    bad: int
    at: list[int]
    until: list[int]
    n: list[int]
    low: list[float]
    high: list[float]
    sum: list[float]
    low2: list[float | None]
    high2: list[float | None]
    sum2: list[float | None]
    origin: list[int]
    other: list[int]
    id: list[str | None]

    def wanted_singly(self, few: int) -> bool:
        """Whether there are so few readings that they come one by one, and these don't yet."""
        one_each = not self.bad and all(n == 1 for n in self.n) and None not in self.id
        return 0 < self.readings <= few and not one_each

    @property
    def readings(self) -> int:
        """How many there are, readable or not."""
        return sum(self.n) + self.bad


def _asked(
    session: Session, metrics: tuple[Metric, ...], values: Mapping[str, Any], way: _Way
) -> dict[Metric, _Gathered]:
    """Return what was found of each metric, in order of time; statements are made once for each database."""
    if raw_connection(session.connection()) is not None:
        rows = _on_server(metrics, way).rows(session, **values)["found"]
        return {Metric(row.metric): _received(row) for row in rows}
    rows = built(session, _on_store, metrics, way).rows(session, **values)
    return {one: _gathered(one, [row for row in rows if row.metric == one.value]) for one in metrics}


def _received(row: Any) -> _Gathered:
    columns: list[Any] = [one or [] for one in row[2:]]
    return _Gathered(row.metric, row.bad or 0, *columns)


def _gathered(metric: Metric, rows: Sequence[Any]) -> _Gathered:
    shown = sorted((row for row in rows if row.n), key=lambda row: (row.at, row.id or ""))
    columns = [[getattr(row, name) for row in shown] for name in _VALUES]
    at, until = ([(one - _EPOCH) // _MS for one in column] for column in columns[:2])
    return _Gathered(metric.value, sum(row.bad for row in rows), at, until, *columns[2:])


@lru_cache(maxsize=256)
def _on_server(metrics: tuple[Metric, ...], way: _Way) -> Together:
    return Together(binary=True, found=union([_put_together(metric, way) for metric in metrics]))


def _on_store(metrics: tuple[Metric, ...], way: _Way) -> Any:
    return union([_spots(metric, way) for metric in metrics])


def _put_together(metric: Metric, way: _Way) -> Any:
    """A metric's spots as arrays: thousands of short rows would take the driver longer than the database."""
    made = _spots(metric, way).subquery().c
    inner = select(*made).order_by(made.at, made.id).subquery().c
    pair = second_limits(metric) is not None
    arrays = []
    for name in _VALUES:
        column: Any = inner[name]
        if name in ("at", "until"):
            column = cast(func.date_part("epoch", column) * 1000, BigInteger())
        empty = name in ("low2", "high2", "sum2") and not pair
        made_of = null() if empty else type_coerce(func.array_agg(column).filter(inner.n > 0), NullType())
        arrays.append(made_of.label(name))
    return select(_named(metric), func.sum(inner.bad).label("bad"), *arrays)


def _named(metric: Metric) -> Any:
    return literal_column(f"'{metric.value}'", Text()).label("metric")


def _spots(metric: Metric, way: _Way) -> Any:
    """One row for each bucket in which something was read, or for each reading."""
    found = readings(metric, *parameters()).c
    first, second = found.first, found.second
    name: Any = cast(null(), Text) if way is _Way.BUCKETS else byte_order(found.id)
    columns: tuple[Any, ...]
    if way is _Way.SINGLY:
        n: Any = case((first.is_not(None), 1), else_=0)
        columns = (1 - n, found.at, found.at, n, *[first] * 3, *[second] * 3, found.origin, found.origin, name)
        return _select(metric, columns)
    # A sum takes the database a tenth of an average's time.
    n, pair = func.count(first), second_limits(metric) is not None
    seconds = (func.min(second), func.max(second), func.sum(second)) if pair else [cast(null(), Double)] * 3
    columns = (
        func.count() - n, func.min(found.at), func.max(found.at), n, func.min(first), func.max(first),
        func.sum(first), *seconds, func.min(found.origin), func.max(found.origin),
        name if way is _Way.BUCKETS else func.min(name),
    )  # fmt: skip
    width: Any = bindparam("seconds", type_=Double())
    return _select(metric, columns).group_by(time_bucket(found.at, bindparam("start", type_=UtcDateTime()), width))


def _select(metric: Metric, columns: Sequence[Any]) -> Any:
    return select(_named(metric), *(one.label(name) for one, name in zip(columns, ("bad", *_VALUES), strict=True)))


# -- What becomes of it ----------------------------------------------------------------------------


def _series(found: _Gathered, few: int, width: timedelta) -> Series:
    metric, many = Metric(found.metric), found.readings > few
    none: list[None] = [None] * len(found.at)
    low, high, mean = _values(metric, found.low, found.high, found.sum, found.n)
    seconds: tuple[Any, Any, Any] = (none, none, none)
    if second_limits(metric) is not None:
        seconds = _values(metric, found.low2, found.high2, found.sum2, found.n)
    origins = [ORIGINS[one] if one == other else None for one, other in zip(found.origin, found.other, strict=True)]
    ids = none if many else found.id
    columns = Columns(found.at, found.until, found.n, low, high, mean, *seconds, origins, ids)
    return Series(metric, columns, sum(found.n), found.bad, width if many else None)


def _values(
    metric: Metric, low: Sequence[Any], high: Sequence[Any], sums: Sequence[Any], counts: Sequence[int]
) -> tuple[Sequence[float], Sequence[float], Sequence[float]]:
    """Lowest, highest and mean. What was worked out has six digits after the point: the last bits of a float differ
    with the order of adding. What was read stays as it is: rounding thousands takes longer than all the rest.
    """
    if metric is Metric.HRV:
        low, high = _rounded(low), _rounded(high)
    if max(counts, default=1) == 1:
        return low, high, low
    return low, high, [round(one / n, 6) for one, n in zip(sums, counts, strict=True)]


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(one, 6) for one in values]
