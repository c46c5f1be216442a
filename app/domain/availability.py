"""When a provider sees patients: recurring and dated wall-clock rows, turned into spans of UTC.

The rules, as the backend writes rows too: a row has a date or a weekday (0 is Sunday; with both, the date wins); an
end at or before the start is on the next day; recurring rows that are PAUSED are off; dated ACTIVE rows add to the
pattern; dated PAUSED rows take their range out of their mode, whatever put it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta, tzinfo
from typing import TypeAlias

from app.domain.enums import AvailabilityStatus, VisitMode
from app.domain.spans import Span, merge, subtract
from app.domain.wallclock import first_instant, local_date, weekday_of, window_of

Scope: TypeAlias = tuple[str, VisitMode]
"""A provider and a mode: the pattern of one never touches that of another."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Availability:
    """One row of a provider's availability; `start` and `end` are wall-clock times in the clinic's zone."""

    id: str
    provider_id: str
    mode: VisitMode
    status: AvailabilityStatus
    start: time
    end: time
    on: date | None = None
    weekday: int | None = None

    @property
    def dated(self) -> bool:
        """True for a one-day exception, false for a row of the weekly pattern."""
        return self.on is not None

    @property
    def usable(self) -> bool:
        """False for a row that says neither a date nor a real weekday: it is shown, and opens nothing."""
        return self.on is not None or (self.weekday is not None and 0 <= self.weekday <= 6)


@dataclass(frozen=True, slots=True)
class Window:
    """An open span of one provider in one mode, before anything was taken out; grids are counted from its start."""

    provider_id: str
    mode: VisitMode
    span: Span


def opening_windows(rows: Iterable[Availability], first: date, last: date, zone: tzinfo) -> tuple[Window, ...]:
    """The open windows that begin on the days `first` to `last`, without overlaps inside a provider and mode.

    Where rows overlap, the earlier window keeps the common part and the later one starts after it, so that adding a
    row never shifts the slots that exist already. The weekly pattern goes before dated rows for the same reason.
    """
    by_scope: dict[Scope, list[Availability]] = {}
    for row in rows:
        if row.usable and row.status is AvailabilityStatus.ACTIVE:
            by_scope.setdefault((row.provider_id, row.mode), []).append(row)
    windows: list[Window] = []
    for (provider_id, mode), members in by_scope.items():
        pattern = _spans([row for row in members if not row.dated], first - _DAY, last, zone)
        dated = _spans([row for row in members if row.dated], first - _DAY, last, zone)
        start = first_instant(first, time(0), zone)
        pieces = [*_disjoint(pattern, ()), *_disjoint(dated, pattern)]
        windows.extend(Window(provider_id, mode, piece) for piece in pieces if piece.start >= start)
    return tuple(sorted(windows, key=lambda window: (window.provider_id, window.mode.value, window.span)))


def pauses(rows: Iterable[Availability], first: date, last: date, zone: tzinfo) -> dict[Scope, list[Span]]:
    """The spans that dated PAUSED rows take out, by provider and mode, for windows that begin on `first` to `last`."""
    found: dict[Scope, list[Span]] = {}
    for row in rows:
        if row.dated and row.status is AvailabilityStatus.PAUSED:
            found.setdefault((row.provider_id, row.mode), []).extend(_spans([row], first, last, zone))
    return found


def open_spans(rows: Iterable[Availability], first: date, last: date, zone: tzinfo) -> dict[Scope, tuple[Span, ...]]:
    """The opening hours to draw: the union of the windows of these days without the paused ranges."""
    known = tuple(rows)
    taken_out = pauses(known, first - _DAY, last, zone)
    hours: dict[Scope, list[Span]] = {}
    for window in opening_windows(known, first - _DAY, last, zone):
        key = (window.provider_id, window.mode)
        hours.setdefault(key, []).extend(subtract(window.span, taken_out.get(key, ())))
    return {key: merge(spans) for key, spans in hours.items()}


def left_outside(
    times: Iterable[tuple[str, Span]], before: Iterable[Availability], after: Iterable[Availability], zone: tzinfo
) -> int:
    """How many times (provider and span) lay wholly in the hours `before` and do not in those `after`, in any mode."""
    known = tuple(times)
    if not known:
        return 0
    first = local_date(min(span.start for _, span in known), zone)
    last = local_date(max(span.end for _, span in known), zone)
    old, new = (_any_mode(open_spans(rows, first, last, zone)) for rows in (before, after))
    return sum(1 for who, span in known if _inside(span, old.get(who)) and not _inside(span, new.get(who)))


def _any_mode(hours: dict[Scope, tuple[Span, ...]]) -> dict[str, tuple[Span, ...]]:
    found: dict[str, list[Span]] = {}
    for (provider_id, _), spans in hours.items():
        found.setdefault(provider_id, []).extend(spans)
    return {provider_id: merge(spans) for provider_id, spans in found.items()}


def _inside(span: Span, hours: tuple[Span, ...] | None) -> bool:
    return any(one.covers(span) for one in hours or ())


def _disjoint(spans: Iterable[Span], taken: Iterable[Span]) -> Iterator[Span]:
    """What each span has for itself once the spans in `taken`, and those that start before it, have theirs."""
    before = list(taken)
    for span in sorted(spans, key=lambda span: (span.start, -span.minutes)):
        yield from subtract(span, [other for other in before if other.overlaps(span)])
        before.append(span)


def _spans(rows: Iterable[Availability], first: date, last: date, zone: tzinfo) -> list[Span]:
    spans = (window_of(day, row.start, row.end, zone) for row in rows for day in _days(row, first, last))
    return [span for span in spans if not span.empty]


def _days(row: Availability, first: date, last: date) -> Iterator[date]:
    if row.on is not None:
        if first <= row.on <= last:
            yield row.on
    elif row.weekday is not None:
        day = first + _DAY * ((row.weekday - weekday_of(first)) % 7)
        while day <= last:
            yield day
            day += _DAY * 7
