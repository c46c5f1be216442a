"""Which times can be offered: free, long enough, and never two of one provider that exclude each other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from app.domain.agenda import Agenda, SlotState
from app.domain.enums import SlotStatus, VisitMode
from app.domain.spans import Span, merge
from app.domain.wallclock import weekday_of


@dataclass(frozen=True, slots=True)
class Opening:
    """A free time that starts on a slot; `span` is as long as what was asked for."""

    slot_id: str
    provider_id: str
    mode: VisitMode
    span: Span
    slot_end: datetime


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for: mode (None: either), length, first instant, weekdays (0 is Sunday), times of day.

    Times are on the clinic's wall, in `zone`; a visit has to start from `time_from` on and before `time_to`.
    """

    zone: tzinfo
    after: datetime
    mode: VisitMode | None = None
    minutes: int | None = None
    weekdays: frozenset[int] = frozenset()
    time_from: time | None = None
    time_to: time | None = None

    @property
    def picky(self) -> bool:
        """True when only some days or some times of the day will do."""
        return bool(self.weekdays) or self.time_from is not None or self.time_to is not None

    def suits(self, slot: SlotState) -> bool:
        """True when the slot's start and mode are what is wanted."""
        if slot.span.start < self.after or (self.mode is not None and slot.mode is not self.mode):
            return False
        local = slot.span.start.astimezone(self.zone)
        if self.weekdays and weekday_of(local.date()) not in self.weekdays:
            return False
        clock = local.time().replace(tzinfo=None)
        return (self.time_from is None or clock >= self.time_from) and (self.time_to is None or clock < self.time_to)

    def span_on(self, slot: SlotState) -> Span:
        """The span that a booking on this slot would have."""
        if self.minutes is None:
            return slot.span
        return Span(slot.span.start, max(slot.span.end, slot.span.start + timedelta(minutes=self.minutes)))


def offerable(agenda: Agenda) -> Iterator[SlotState]:
    """Slots that may be offered at all: vacant ones of the provider's hours; a made slot is nobody's offer."""
    return (slot for slot in agenda.slots if slot.vacant(agenda.now) and not slot.made and not slot.span.empty)


def openings(agenda: Agenda, wish: Wish, *, apart: bool = True) -> Iterator[Opening]:
    """Every opening that suits, by start and provider; `apart` leaves out what overlaps an earlier one."""
    free = list(offerable(agenda))
    busy = _Busy(agenda, {slot.id for slot in free if slot.status is SlotStatus.BOOKED})
    hours = _Hours(free)
    ends: dict[str, datetime] = {}
    for slot in sorted(
        free, key=lambda slot: (slot.span.start, slot.provider_id, slot.mode is VisitMode.VIRTUAL, slot.id)
    ):
        span = wish.span_on(slot)
        if not wish.suits(slot) or (apart and slot.span.start < ends.get(slot.provider_id, slot.span.start)):
            continue
        if busy.at(slot, span) or not hours.cover(slot, span):
            continue
        ends[slot.provider_id] = span.end
        yield Opening(slot.id, slot.provider_id, slot.mode, span, slot.span.end)


def first_each_day(found: Iterable[Opening], zone: tzinfo, days: int) -> tuple[Opening, ...]:
    """The first opening of each day, for as many days as asked for."""
    first: dict[object, Opening] = {}
    for opening in found:
        first.setdefault(opening.span.start.astimezone(zone).date(), opening)
        if len(first) == days:
            break
    return tuple(first.values())


def nearest(found: Iterable[Opening], wanted: datetime, count: int) -> tuple[Opening, ...]:
    """The openings nearest to an instant, nearest first, the earlier one where two are equally far.

    None of them overlaps a nearer one of its provider.
    """
    chosen: list[Opening] = []
    for one in sorted(found, key=lambda one: (abs(one.span.start - wanted), one.span.start, one.slot_id)):
        mine = (other.span for other in chosen if other.provider_id == one.provider_id)
        if not any(one.span.overlaps(span) for span in mine):
            chosen.append(one)
        if len(chosen) == count:
            break
    return tuple(chosen)


class _Busy:
    """Taken and shut time by provider, merged, for quick questions.

    A booking that another program called off still claims its time: its slot can be taken over, others can't.
    """

    def __init__(self, agenda: Agenda, called_off: set[str]) -> None:
        spans: dict[str, list[Span]] = {}
        self._loose: dict[str, list[SlotState]] = {}
        for slot in agenda.slots:
            if slot.id in called_off:
                self._loose.setdefault(slot.provider_id, []).append(slot)
            elif slot.claims(agenda.now) or slot.shut:
                spans.setdefault(slot.provider_id, []).append(slot.span)
        for closure in agenda.closures:
            spans.setdefault(closure.provider_id, []).append(closure.span)
        self._spans = {provider_id: merge(some) for provider_id, some in spans.items()}
        self._starts = {provider_id: [span.start for span in some] for provider_id, some in self._spans.items()}

    def at(self, slot: SlotState, span: Span) -> bool:
        if any(other.id != slot.id and other.span.overlaps(span) for other in self._loose.get(slot.provider_id, ())):
            return True
        spans = self._spans.get(slot.provider_id, ())
        after = bisect_right(self._starts.get(slot.provider_id, []), span.start)
        return any(one.overlaps(span) for one in spans[max(0, after - 1) : after + 1])


class _Hours:
    """The free time of each provider and mode, merged: a long visit must not run out of the provider's hours."""

    def __init__(self, free: Iterable[SlotState]) -> None:
        spans: dict[tuple[str, VisitMode], list[Span]] = {}
        for slot in free:
            spans.setdefault((slot.provider_id, slot.mode), []).append(slot.span)
        self._spans = {key: merge(some) for key, some in spans.items()}
        self._starts = {key: [span.start for span in some] for key, some in self._spans.items()}

    def cover(self, slot: SlotState, span: Span) -> bool:
        key = slot.provider_id, slot.mode
        spans = self._spans[key]
        return spans[bisect_right(self._starts[key], span.start) - 1].covers(span)
