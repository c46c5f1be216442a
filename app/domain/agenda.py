"""A provider's time as it is now: who has what, what is shut, what may be taken.

Everything that asks "is this free?" asks here, for both databases: a hold that has run out counts as nothing, a slot
whose visit was cancelled by another program is free for us, retired and history slots only carry the past.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from app.domain.enums import SlotOrigin, SlotStatus, VisitMode, VisitStatus
from app.domain.spans import Span, merge
from app.domain.states import CALLED_OFF, LIVE_VISITS

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SlotState:
    """A slot with what stands beside it in ``desktop.slot_detail`` and the visit that points at it, if any."""

    id: str
    provider_id: str
    span: Span
    mode: VisitMode
    status: SlotStatus
    held_until: datetime | None
    updated_at: datetime
    origin: SlotOrigin | None = None
    grid_end: datetime | None = None
    reason: str | None = None
    overbook: bool = False
    held_by: str | None = None
    held_name: str | None = None
    workstation: str | None = None
    covered_by: str | None = None
    batch_id: str | None = None
    held_since: datetime | None = None
    visit_id: str | None = None
    visit_status: VisitStatus | None = None

    @property
    def hidden(self) -> bool:
        """True for slots that only carry a past or cancelled visit."""
        return self.origin in {SlotOrigin.RETIRED, SlotOrigin.HISTORY}

    @property
    def made(self) -> bool:
        """True for a slot made for one purpose: it goes when the purpose does."""
        return self.origin is SlotOrigin.MADE

    @property
    def stretched(self) -> bool:
        """True for bookings that leave the grid: they cover the FREE slots under them."""
        return self.made or (self.grid_end is not None and self.span.end > self.grid_end)

    @property
    def live_visit(self) -> bool:
        """True while a visit that has not ended points at the slot."""
        return self.visit_status in LIVE_VISITS

    @property
    def shut(self) -> bool:
        """True for time that somebody blocked; covered, retired and history slots block nothing."""
        return self.status is SlotStatus.BLOCKED and not self.hidden and self.covered_by is None

    @property
    def ungridded(self) -> Span:
        """The slot's own span, before a booking lengthened or shortened it."""
        return Span(self.span.start, self.grid_end) if self.grid_end is not None else self.span

    @property
    def leased(self) -> bool:
        """True while it is kept, without an end, for a workstation (`workstation`) rather than held by a person."""
        kept = self.held_until is None and self.held_by is None and self.workstation is not None
        return kept and self.status is SlotStatus.HELD and not self.live_visit

    def leased_to(self, workstation: str) -> bool:
        """True while it is kept for this workstation: what is booked there on it is certain."""
        return self.leased and self.workstation == workstation

    def held(self, now: datetime) -> bool:
        """True while somebody holds it."""
        return self.status is SlotStatus.HELD and (self.held_until is None or self.held_until > now)

    def claims(self, now: datetime) -> bool:
        """True when it takes the provider's time, as ``desktop.slot_claim`` sees it: a BLOCKED slot never does."""
        if self.status is SlotStatus.BLOCKED:
            return False
        return self.live_visit or self.status is SlotStatus.BOOKED or self.held(now)

    def vacant(self, now: datetime) -> bool:
        """True when nobody has it: FREE, a hold that ran out, or a booking whose visit was called off elsewhere."""
        if self.hidden or self.live_visit or self.held(now):
            return False
        called_off = self.status is SlotStatus.BOOKED and self.visit_status in CALLED_OFF
        return self.status in {SlotStatus.FREE, SlotStatus.HELD} or called_off


@dataclass(frozen=True, slots=True)
class Closure:
    """A provider's closed time (`desktop.day_closure`)."""

    id: str
    provider_id: str
    span: Span
    reason: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A live visit, anywhere, of a patient who is to be booked."""

    visit_id: str
    patient_id: str
    span: Span


@dataclass(frozen=True, slots=True)
class Agenda:
    """Slots and closures around a change.

    `now` is the database's own time, which decides about holds; `at` is when the person acts, which decides what
    lies in the future (a command that was given offline is replayed later).
    """

    now: datetime
    at: datetime
    slots: tuple[SlotState, ...]
    closures: tuple[Closure, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    zone: tzinfo = UTC

    def slot(self, slot_id: str) -> SlotState | None:
        """The slot with this id, None when it is not here."""
        return next((slot for slot in self.slots if slot.id == slot_id), None)

    def taken(self, provider_id: str, span: Span, besides: Collection[str] = NONE) -> tuple[SlotState, ...]:
        """Bookings and holds of the provider that overlap `span`, earliest first."""
        return self._overlapping(provider_id, span, besides, (slot for slot in self.slots if slot.claims(self.now)))

    def shut(self, provider_id: str, span: Span, besides: Collection[str] = NONE) -> tuple[SlotState | Closure, ...]:
        """Blocked slots and closures of the provider that overlap `span`."""
        closed = [one for one in self.closures if one.provider_id == provider_id and one.span.overlaps(span)]
        blocked = self._overlapping(provider_id, span, besides, (slot for slot in self.slots if slot.shut))
        return (*blocked, *closed)

    def coverable(self, provider_id: str, span: Span, besides: Collection[str] = NONE) -> tuple[SlotState, ...]:
        """Slots that still look free and would lie under a booking of `span`."""
        loose = (slot for slot in self.slots if slot.vacant(self.now) and not slot.made and slot.visit_id is None)
        return self._overlapping(provider_id, span, besides, loose)

    def uncovered(self, slot_id: str, kept: Span | None = None) -> tuple[SlotState, ...]:
        """Slots covered by `slot_id` that no longer lie under it, now that it keeps only `kept` (None: nothing)."""
        covered = (slot for slot in self.slots if slot.covered_by == slot_id)
        return tuple(slot for slot in covered if kept is None or not slot.span.overlaps(kept))

    def coverer(self, slot: SlotState, besides: Collection[str] = NONE) -> SlotState | None:
        """Another booking that leaves the grid and lies over `slot`."""
        over = self.taken(slot.provider_id, slot.span, {slot.id, *besides})
        return next((other for other in over if other.stretched and other.status is SlotStatus.BOOKED), None)

    def closure_of(self, slot: SlotState) -> Closure | None:
        """The closure that keeps `slot` from being offered, if any."""
        closed = (one for one in self.closures if one.provider_id == slot.provider_id)
        return next((one for one in closed if one.span.overlaps(slot.ungridded)), None)

    def with_slots(self, *changed: SlotState) -> Agenda:
        """The agenda with these slots in their new state, or added."""
        ids = {slot.id for slot in changed}
        return replace(self, slots=(*(slot for slot in self.slots if slot.id not in ids), *changed))

    def without(self, slot_id: str) -> Agenda:
        """The agenda without a slot."""
        return replace(self, slots=tuple(slot for slot in self.slots if slot.id != slot_id))

    def open_to(self, workstation: str) -> Agenda:
        """The agenda as it looks to a workstation: what is kept for it counts as free."""
        own = (slot for slot in self.slots if slot.leased_to(workstation))
        return self.with_slots(*(replace(s, status=SlotStatus.FREE, workstation=None, held_name=None) for s in own))

    @staticmethod
    def _overlapping(
        provider_id: str, span: Span, besides: Collection[str], slots: Iterable[SlotState]
    ) -> tuple[SlotState, ...]:
        found = (s for s in slots if s.provider_id == provider_id and s.id not in besides and s.span.overlaps(span))
        return tuple(sorted(found, key=lambda slot: (slot.span, slot.id)))


def next_gap(agenda: Agenda, provider_id: str, minutes_span: Span, until: datetime) -> Span | None:
    """The first span as long as `minutes_span`, from its start on, in which the provider is neither taken nor shut.

    Later than the wanted start only where slots show that the provider works; None when there is none before `until`.
    """
    length = minutes_span.end - minutes_span.start
    day = Span(minutes_span.start, max(until, minutes_span.end))
    busy = [slot.span for slot in agenda.taken(provider_id, day)]
    busy += [one.span for one in agenda.shut(provider_id, day)]
    working = merge(slot.span for slot in agenda.slots if slot.provider_id == provider_id and not slot.hidden)
    starts = {minutes_span.start, *(span.end for span in busy), *(span.start for span in working)}
    for start in sorted(start for start in starts if minutes_span.start <= start < until):
        wanted = Span(start, start + length)
        works = start == minutes_span.start or any(span.covers(wanted) for span in working)
        if works and not any(wanted.overlaps(span) for span in busy):
            return wanted
    return None
