"""The slots that availability asks for, and what must change so that the calendar has them.

A grid slot's key is (provider, start, mode). Windows are turned into UTC first and stepped after, so a day on which
the clocks change has as many slots as it has time. A slot that touches a paused range or a closure is left out, the
others keep their place: taking time away never shifts a slot that somebody may have seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TypeAlias

from app.domain.availability import Availability, Window, opening_windows, pauses
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode
from app.domain.spans import Span, merge
from app.domain.wallclock import local_date

SlotKey: TypeAlias = tuple[str, datetime, VisitMode]
"""Provider, start (UTC) and mode: what makes a grid slot the same slot."""

SHORTEST_MINUTES = 5
LONGEST_MINUTES = 480
_DAY = timedelta(days=1)
_OTHERS = frozenset({None, SlotOrigin.ADOPTED})


@dataclass(frozen=True, slots=True)
class GridSlot:
    """A slot that availability asks for."""

    provider_id: str
    mode: VisitMode
    span: Span

    @property
    def key(self) -> SlotKey:
        """What tells it from other slots."""
        return self.provider_id, self.span.start, self.mode


@dataclass(frozen=True, slots=True)
class ExistingSlot:
    """A slot that the database has; `origin` is None where another program made it."""

    id: str
    provider_id: str
    mode: VisitMode
    span: Span
    status: SlotStatus
    origin: SlotOrigin | None
    covered: bool = False
    has_visit: bool = False

    @property
    def key(self) -> SlotKey:
        """What tells it from other slots."""
        return self.provider_id, self.span.start, self.mode

    @property
    def hidden(self) -> bool:
        """Slots that only carry the past: they neither fill nor close any time."""
        return self.origin in {SlotOrigin.RETIRED, SlotOrigin.HISTORY}


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """What generation has to do: slots to make, ids of slots to take away, and of others' that are the grid's now."""

    add: tuple[GridSlot, ...]
    remove: tuple[str, ...]
    take_over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Horizon:
    """What to generate for: the span in UTC (starts from `span.start` on), the clinic's zone, the slots' lengths."""

    span: Span
    zone: tzinfo
    default_minutes: int
    minutes: Mapping[str, int]
    """Minutes by provider id, where they differ from the default."""

    def step(self, provider_id: str) -> timedelta:
        """The slot length of a provider."""
        return timedelta(minutes=self.minutes.get(provider_id, self.default_minutes))


def grid(
    rows: Iterable[Availability], horizon: Horizon, closures: Mapping[str, Collection[Span]]
) -> tuple[GridSlot, ...]:
    """Every slot that the rows ask for and that starts inside the horizon; closures by provider take slots out."""
    known = tuple(rows)
    first = local_date(horizon.span.start, horizon.zone) - _DAY
    last = local_date(horizon.span.end, horizon.zone)
    out = pauses(known, first - _DAY, last, horizon.zone)
    wanted: list[GridSlot] = []
    for window in opening_windows(known, first, last, horizon.zone):
        closed = merge([*out.get((window.provider_id, window.mode), ()), *closures.get(window.provider_id, ())])
        wanted.extend(
            GridSlot(window.provider_id, window.mode, span)
            for span in _steps(window, horizon.step(window.provider_id))
            if horizon.span.contains(span.start) and not any(span.overlaps(hole) for hole in closed)
        )
    return tuple(wanted)


def plan(wanted: Iterable[GridSlot], existing: Iterable[ExistingSlot], now: datetime) -> SlotPlan:
    """Compare the grid with what is there, for starts from `now` on.

    Only FREE future slots of grid origin without a visit are ever taken away; HELD, BOOKED and BLOCKED ones stay as
    they are, and no FREE slot is made where one of them already has the provider's time: a booked or covered one in
    the same mode, a blocked one in any mode. A FREE slot that another program made where availability asks for one is
    a slot of the grid like ours: it goes when the hours change.
    """
    asked = {slot.key: slot for slot in wanted if slot.span.start >= now}
    shown = [slot for slot in existing if not slot.hidden]
    gone = {slot.id for slot in shown if _removable(slot, now) and not _asked_for(slot, asked)}
    staying = [slot for slot in shown if slot.id not in gone]
    keys = {slot.key for slot in staying}
    busy = _Busy(staying)
    add = tuple(slot for slot in asked.values() if slot.key not in keys and not busy.at(slot))
    theirs = (slot for slot in shown if slot.origin in _OTHERS and slot.status is SlotStatus.FREE)
    take_over = (slot.id for slot in theirs if not slot.has_visit and _asked_for(slot, asked))
    return SlotPlan(add, tuple(sorted(gone)), tuple(sorted(take_over)))


def _steps(window: Window, step: timedelta) -> Iterator[Span]:
    start = window.span.start
    while start + step <= window.span.end:
        yield Span(start, start + step)
        start += step


def _removable(slot: ExistingSlot, now: datetime) -> bool:
    return (
        slot.status is SlotStatus.FREE
        and slot.origin is SlotOrigin.GRID
        and slot.span.start >= now
        and not slot.has_visit
    )


def _asked_for(slot: ExistingSlot, asked: Mapping[SlotKey, GridSlot]) -> bool:
    match = asked.get(slot.key)
    return match is not None and match.span == slot.span


class _Busy:
    """Where a provider's time is taken, looked up by the days that a slot touches."""

    def __init__(self, slots: Iterable[ExistingSlot]) -> None:
        self._by_day: dict[tuple[str, int], list[ExistingSlot]] = {}
        for slot in slots:
            if slot.status is not SlotStatus.FREE:
                for key in _days(slot.provider_id, slot.span):
                    self._by_day.setdefault(key, []).append(slot)

    def at(self, wanted: GridSlot) -> bool:
        return any(
            other.span.overlaps(wanted.span) and (_blocks_all(other) or other.mode is wanted.mode)
            for key in _days(wanted.provider_id, wanted.span)
            for other in self._by_day.get(key, ())
        )


def _blocks_all(slot: ExistingSlot) -> bool:
    return slot.status is SlotStatus.BLOCKED and not slot.covered


def _days(provider_id: str, span: Span) -> list[tuple[str, int]]:
    first, last = span.start.toordinal(), max(span.start, span.end - timedelta(milliseconds=1)).toordinal()
    return [(provider_id, day) for day in range(first, last + 1)]
