"""Readings over time: series as fine as the screen can show, and the readings one by one, the newest first.

The database aggregates: a span with few readings comes as they are, one with many as buckets of equal width with
lowest, highest, mean and number. Ten years of minute readings cost the screen no more than a month of daily ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any, NamedTuple

from sqlalchemy import Double, Integer, Text, bindparam, case, cast, func, literal, literal_column, null, select, tuple_
from sqlalchemy.orm import Session

from app.db.frozen import built
from app.db.pipeline import raw_connection
from app.db.readings import time_bucket
from app.db.together import Together
from app.db.types import UtcDateTime
from app.domain.mirror_scope import MirrorWindow
from app.domain.vitals_metrics import Metric, Origin, second_limits
from app.queries.core import Page, Reader, query
from app.queries.vitals_sql import ORIGINS, TABLES, readings, sources, union

FEW = 400
"""Up to so many readings of a metric in a span come one by one."""
MOST_BUCKETS = 4000
PAGE = 50
LONGEST = timedelta(days=366 * 150)
_BEGINNING, _END = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class Spot(NamedTuple):
    """What stands at one place of a series: one reading (``count`` 1, with its id), or several of a bucket.

    Times are aware UTC. ``low``, ``high`` and ``mean`` are of the first value (systolic), the others of the second
    one (diastolic; None where there is one value). ``origin`` is None when it differs within the bucket.
    A tuple, since thousands come at a time.
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


@dataclass(frozen=True, slots=True)
class Series:
    """A metric over a span, in order of time. ``bucket`` is None when every reading comes by itself."""

    metric: Metric
    spots: tuple[Spot, ...]
    readings: int
    unreadable: int
    bucket: timedelta | None


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


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One reading in the table; ``value`` None when it can't be read."""

    id: str
    metric: Metric
    at: datetime
    value: float | None
    second: float | None
    origin: Origin
    retractable: bool


@dataclass(frozen=True, slots=True)
class Extent:
    """When a metric's first and last readings were taken."""

    metric: Metric
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Extents:
    """Which metrics a patient has readings of, in the order of the chart."""

    metrics: tuple[Extent, ...]

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """The first and the last reading of all."""
        if not self.metrics:
            return None
        return min(one.first for one in self.metrics), max(one.last for one in self.metrics)


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

    Times are aware UTC. Two statements, however many metrics.
    """
    start = max(start, end - LONGEST)
    chosen = tuple(dict.fromkeys(metrics))
    missing = older_missing(reader, start, end)
    if not chosen or start >= end:
        return SeriesSet(start, end, tuple(Series(one, (), 0, 0, None) for one in chosen), missing)
    values = {"patient": patient_id, "start": start, "until": end}
    counted = _rows(session, _counting, chosen)(most=few + 1, **values)
    many = frozenset(Metric(row.metric) for row in counted if row.n > few)
    width = bucket_width(start, end, buckets)
    if many:
        values["seconds"] = width.total_seconds()
    rows: dict[str, list[Any]] = {one.value: [] for one in chosen}
    for row in _rows(session, _reading_them, chosen, many)(**values):
        rows[row[0]].append(row)
    return SeriesSet(
        start, end, tuple(_series(one, rows[one.value], width if one in many else None) for one in chosen), missing
    )  # fmt: skip


def _rows(session: Session, make: Callable[..., Any], *arguments: Any) -> Callable[..., list[Any]]:
    """Return what asks a statement that is made once for each database; on the server without SQLAlchemy in between."""
    if raw_connection(session.connection()) is None:
        return partial(built(session, make, *arguments).rows, session)
    return lambda **values: _on_server(make, *arguments).rows(session, **values)["found"]


@lru_cache(maxsize=256)
def _on_server(make: Callable[..., Any], *arguments: Any) -> Together:
    return Together(found=make(*arguments))


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


def _parameters() -> tuple[Any, Any, Any]:
    return (
        bindparam("patient", type_=Text()),
        bindparam("start", type_=UtcDateTime()),
        bindparam("until", type_=UtcDateTime()),
    )


def _named(metric: Metric) -> Any:
    return literal_column(f"'{metric.value}'", Text()).label("metric")


def _counting(metrics: tuple[Metric, ...]) -> Any:
    """Which metrics have more readings in the span than are shown one by one; stops counting there."""
    parts = []
    for metric in metrics:
        found = readings(metric, *_parameters())
        some = select(found.c.id).limit(bindparam("most", type_=Integer())).subquery()
        parts.append(select(_named(metric), func.count().label("n")).select_from(some))
    return union(parts)


def _reading_them(metrics: tuple[Metric, ...], many: frozenset[Metric]) -> Any:
    return union([_buckets(metric) if metric in many else _singly(metric) for metric in metrics])


_COLUMNS = ("at", "until", "n", "bad", "low", "high", "mean", "low2", "high2", "mean2", "origin", "other", "id")


def _singly(metric: Metric) -> Any:
    found = readings(metric, *_parameters()).c
    first, second = found.first, found.second
    known = case((first.is_(None), 0), else_=1)
    values = (
        found.at, found.at, known, 1 - known, first, first, first, second, second, second, found.origin, found.origin,
        found.id,
    )  # fmt: skip
    return select(_named(metric), *(one.label(name) for one, name in zip(values, _COLUMNS, strict=True)))


def _buckets(metric: Metric) -> Any:
    found = readings(metric, *_parameters()).c
    first, second = found.first, found.second
    known = func.count(first)
    aggregates: tuple[Any, ...] = (
        func.min(found.at), func.max(found.at), known, func.count() - known, func.min(first), func.max(first),
        func.avg(first), func.min(second), func.max(second), func.avg(second), func.min(found.origin),
        func.max(found.origin), cast(null(), Text),
    )  # fmt: skip
    columns = [one.label(name) for one, name in zip(aggregates, _COLUMNS, strict=True)]
    return select(_named(metric), *columns).group_by(
        time_bucket(found.at, bindparam("start", type_=UtcDateTime()), bindparam("seconds", type_=Double()))
    )


def _series(metric: Metric, rows: Sequence[Any], width: timedelta | None) -> Series:
    spots = sorted((_spot(row) for row in rows if row[3]), key=_place_of)
    return Series(metric, tuple(spots), sum(row[3] for row in rows), sum(row[4] for row in rows), width)


def _place_of(spot: Spot) -> tuple[datetime, str]:
    return spot[0], spot[10] or ""


def _spot(row: Any) -> Spot:
    _, at, until, n, _, low, high, mean, low2, high2, mean2, origin, other, id_ = row
    same = ORIGINS[origin] if origin == other else None
    if id_ is not None:
        one, two = _number(low), _maybe(low2)
        return Spot(at, at, n, one, one, one, two, two, two, same, id_)
    return Spot(
        at, until, n, _number(low), _number(high), _number(mean), _maybe(low2), _maybe(high2), _maybe(mean2), same, None
    )


def _number(value: float) -> float:
    """Six digits after the point: sums of floats differ in their last bits with the order of adding."""
    return round(float(value), 6)


def _maybe(value: float | None) -> float | None:
    return None if value is None else _number(value)


@query(offline=True)
def vital_page(
    session: Session,
    reader: Reader,
    *,
    patient_id: str,
    metrics: Sequence[Metric],
    start: datetime | None = None,
    end: datetime | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[ReadingRow]:
    """Return readings one by one, the newest first, a page at a time (keyset). One statement."""
    del reader
    chosen = tuple(dict.fromkeys(metrics))
    if not chosen:
        return Page((), more=False)
    values: dict[str, Any] = {"patient": patient_id, "most": limit + 1}
    given = {"start": start, "until": end}
    values |= {name: instant for name, instant in given.items() if instant is not None}
    if cursor:
        at, rank, last_id = cursor.split("|", 2)
        values |= {"from_at": datetime.fromisoformat(at), "from_rank": int(rank), "from_id": last_id}
    rows = _rows(session, _paging, chosen, start is not None, end is not None, bool(cursor))(**values)
    shown = rows[:limit]
    last = f"{shown[-1].at.isoformat()}|{shown[-1].rank}|{shown[-1].id}" if shown else None
    more = len(rows) > limit
    return Page(tuple(_reading(row) for row in shown), more=more, cursor=last if more else None)


def _paging(metrics: tuple[Metric, ...], begun: bool, ended: bool, further: bool) -> Any:
    """The newest readings of all sources, from a place on if ``further``."""
    patient, start, until = _parameters()
    parts = []
    for number, metric in enumerate(metrics):
        first, *others = (
            one.subquery() for one in sources(metric, patient, start if begun else None, until if ended else None)
        )
        newest = _branch(first, metric, number * 10, further=further)
        parts.append(newest)
        for place, other in enumerate(others, 1):
            parts.append(_branch(other, metric, number * 10 + place, further=further, beside=newest))
    found = union([select(*part.subquery().c) for part in parts]).subquery()
    order = (found.c.at.desc(), found.c.rank.desc(), found.c.id.desc())
    return select(*found.c).order_by(*order).limit(_MOST)


_MOST = bindparam("most", type_=Integer())


def _branch(source: Any, metric: Metric, rank: int, *, further: bool, beside: Any = None) -> Any:
    """The newest rows of one source from the cursor on: each walks its own index.

    Where the page is full of rows of the source ``beside`` it, what is older than those isn't looked for.
    """
    inner, place = source.c, literal_column(str(rank), Integer())
    part = select(
        inner.id, inner.at, inner.origin, inner.first, inner.second, _named(metric), place.label("rank"),
    )  # fmt: skip
    if further:
        at, last_rank = bindparam("from_at", type_=UtcDateTime()), bindparam("from_rank", type_=Integer())
        last = tuple_(at, last_rank, bindparam("from_id", type_=Text()))
        part = part.where(inner.at <= at, tuple_(inner.at, place, inner.id) < last)
    if beside is not None:
        rows = beside.subquery().c
        full = select(case((func.count() >= _MOST, func.min(rows.at)))).scalar_subquery()
        part = part.where(inner.at >= _or_else(full, _BEGINNING))
    return part.order_by(inner.at.desc(), inner.id.desc()).limit(_MOST)


def _or_else(instant: Any, otherwise: datetime) -> Any:
    """An instant, or another one instead of NULL. As a subquery: an index condition under row security."""
    return select(func.coalesce(instant, literal(otherwise, UtcDateTime()))).scalar_subquery()


def _reading(row: Any) -> ReadingRow:
    metric, origin = Metric(row.metric), ORIGINS[row.origin]
    typed = origin is Origin.TYPED and metric.measured is not None
    half = second_limits(metric) is not None and None in (row.first, row.second)
    first, second = (None, None) if half else (_maybe(row.first), _maybe(row.second))
    return ReadingRow(row.id, metric, row.at, first, second, origin, typed)


@query(offline=True)
def vital_extents(session: Session, reader: Reader, *, patient_id: str) -> Extents:
    """Return which metrics a patient has, and from when to when. One statement along the indexes."""
    del reader
    rows = _rows(session, _ends)(patient=patient_id)
    found = []
    for metric in Metric:
        times = [row.at for row in rows if row.metric == metric.value]
        if times:
            found.append(Extent(metric, min(times), max(times)))
    return Extents(tuple(found))


def _ends() -> Any:
    """The first and the last reading of each source; of the others only what lies before or after the first one's."""
    parts = []
    for metric in Metric:
        for newest in (False, True):
            first, *others = (one.subquery() for one in sources(metric, _parameters()[0], None, None))
            end = _end(first, newest=newest)
            parts.append(_named_end(metric, end))
            for other in others:
                known = _or_else(end.scalar_subquery(), _BEGINNING if newest else _END)
                beyond = other.c.at > known if newest else other.c.at < known
                parts.append(_named_end(metric, _end(other, newest=newest).where(beyond)))
    return union(parts)


def _end(source: Any, *, newest: bool) -> Any:
    return select(source.c.at).order_by(source.c.at.desc() if newest else source.c.at).limit(1)


def _named_end(metric: Metric, end: Any) -> Any:
    return select(_named(metric), end.subquery().c.at)
