"""Readings one by one, the newest first, and which metrics a patient has readings of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Integer, Text, bindparam, case, func, literal, literal_column, select, tuple_
from sqlalchemy.orm import Session

from app.db.frozen import built
from app.db.pipeline import raw_connection
from app.db.together import Together
from app.db.types import UtcDateTime
from app.domain.vitals_metrics import Metric, Origin, second_limits
from app.queries.core import Page, Reader, instant, query, read_cursor
from app.queries.vitals_sql import ORIGINS, parameters, sources, union

PAGE = 50
_BEGINNING, _END = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


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


def _rows(session: Session, make: Callable[..., Any], *arguments: Any) -> Callable[..., list[Any]]:
    """Return what asks a statement that is made once for each database; on the server without SQLAlchemy in between."""
    if raw_connection(session.connection()) is None:
        return partial(built(session, make, *arguments).rows, session)
    return lambda **values: _on_server(make, *arguments).rows(session, **values)["found"]


@lru_cache(maxsize=256)
def _on_server(make: Callable[..., Any], *arguments: Any) -> Together:
    return Together(found=make(*arguments))


def _named(metric: Metric) -> Any:
    return literal_column(f"'{metric.value}'", Text()).label("metric")


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
        values |= zip(("from_at", "from_rank", "from_id"), read_cursor(cursor, instant, int, str), strict=True)
    rows = _rows(session, _paging, chosen, start is not None, end is not None, bool(cursor))(**values)
    shown = rows[:limit]
    last = f"{shown[-1].at.isoformat()}|{shown[-1].rank}|{shown[-1].id}" if shown else None
    more = len(rows) > limit
    return Page(tuple(_reading(row) for row in shown), more=more, cursor=last if more else None)


def _paging(metrics: tuple[Metric, ...], begun: bool, ended: bool, further: bool) -> Any:
    """The newest readings of all sources, from a place on if ``further``."""
    patient, start, until = parameters()
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
            first, *others = (one.subquery() for one in sources(metric, parameters()[0], None, None))
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
