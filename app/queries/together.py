"""Time for several people at once: one after the other with one provider, or side by side with several."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy.orm import Session

from app.domain.enums import VisitMode
from app.domain.openings import Wish
from app.domain.spans import Span
from app.queries.core import Reader, query
from app.queries.openings import OpenTime, open_times, provider_names

MOST_DAYS = 14


@query(offline=True)
def openings_together(
    session: Session,
    reader: Reader,
    *,
    people: int,
    side_by_side: bool = False,
    provider_ids: Collection[str] = (),
    mode: VisitMode | None = None,
    minutes: int | None = None,
    after: datetime | None = None,
    count: int = 5,
) -> tuple[tuple[OpenTime, ...], ...]:
    """Groups of as many openings as there are people, within the next two weeks, earliest first.

    One after the other: without a gap, one provider. Side by side: at the same time, each with another provider.
    """
    names = provider_names(session, reader, provider_ids, "")
    start = max(after or reader.now, reader.now)
    wish = Wish(zone=reader.zone, after=start, mode=mode, minutes=minutes)
    found = open_times(session, reader, names, Span(start, start + timedelta(days=MOST_DAYS)), wish)
    groups = _side_by_side(found, people) if side_by_side else _in_a_row(found, people)
    return tuple(group for _, group in zip(range(count), groups, strict=False))


def _in_a_row(found: Iterable[OpenTime], people: int) -> Iterator[tuple[OpenTime, ...]]:
    by_provider: dict[str, list[OpenTime]] = {}
    for one in found:
        run = by_provider.setdefault(one.provider_id, [])
        run.append(one)
        group = tuple(run[-people:])
        if len(group) == people and all(this.end == following.start for this, following in pairwise(group)):
            run.clear()
            yield group


def _side_by_side(found: Iterable[OpenTime], people: int) -> Iterator[tuple[OpenTime, ...]]:
    by_start: dict[datetime, dict[str, OpenTime]] = {}
    for one in found:
        at_once = by_start.setdefault(one.start, {})
        at_once.setdefault(one.provider_id, one)
        if len(at_once) == people:
            yield tuple(at_once.values())
