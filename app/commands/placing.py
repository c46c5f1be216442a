"""Give a booking its time: on a slot that is there, or on one made for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.commands.core import Context
from app.commands.slot_rows import (
    NOT_HELD,
    block_loose,
    mark_overbooked,
    new_slot,
    save_detail,
    save_details,
    set_slot,
)
from app.domain.agenda import Agenda, SlotState
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode, VisitStatus
from app.domain.slots import LONGEST_MINUTES, SHORTEST_MINUTES
from app.domain.spans import Span
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person chose to go over: blocked time only, or other bookings as well."""

    overbook: bool = False
    over_blocked: bool = False

    @property
    def ignores_blocks(self) -> bool:
        """True when blocked and closed time is no obstacle."""
        return self.overbook or self.over_blocked


NOTHING_OVER = Choice()


@dataclass(frozen=True, slots=True)
class Place:
    """The time that a booking has got."""

    slot_id: str
    span: Span
    overbooked: bool = False
    covered: frozenset[str] = frozenset()
    """The slots that it hides."""


def checked_minutes(minutes: int) -> int:
    """Return a length that a slot may have; refuse others."""
    if not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        message = t("Enter {low} to {high} minutes.", low=SHORTEST_MINUTES, high=LONGEST_MINUTES)
        raise Refused("BadValue", message, field="minutes")
    return minutes


def check_not_over(ctx: Context, span: Span, field: str) -> None:
    """Refuse a time that is over when the command is given: nobody can come then any more."""
    if span.end <= ctx.occurred_at:
        raise Refused("SlotPast", t("This time is over."), field=field)


def slot_taken(slot: SlotState | None = None) -> Conflict:
    """The error of somebody who came second; alternatives are added after the rollback."""
    if slot is not None and slot.leased and slot.held_name is not None:
        message = t("This time is kept for {name}, in case it is offline.", name=slot.held_name)
        return Conflict("SlotTaken", message, heldBy=slot.held_name, keptFor=slot.held_name)
    if slot is not None and slot.status is SlotStatus.HELD and slot.held_name is not None:
        return Conflict("SlotTaken", t("This time is held by {name}.", name=slot.held_name), heldBy=slot.held_name)
    return Conflict("SlotTaken", t("This time has just been taken."))


def time_blocked(reason: str | None) -> Refused:
    """The refusal for blocked or closed time."""
    if reason:
        return Refused("TimeBlocked", t("This time is blocked: {reason}.", reason=reason), field="overbook")
    return Refused("TimeBlocked", t("This time is blocked."), field="overbook")


def check_open(agenda: Agenda, provider_id: str, span: Span, choice: Choice = NOTHING_OVER) -> None:
    """Refuse blocked and closed time unless the person chose to book over it."""
    shut = agenda.shut(provider_id, span)
    if shut and not choice.ignores_blocks:
        raise time_blocked(shut[0].reason)


def place_on(ctx: Context, agenda: Agenda, slot: SlotState, minutes: int | None, choice: Choice) -> Place:
    """Queue booking a slot that is free or held by the person, lengthened to `minutes` where it is shorter.

    Where the slot is blocked or the time taken, and the person chose to go over that, the booking gets a made slot of
    its own: the choice never sticks to a slot of the grid. A slot that is kept for this workstation is certain:
    neither a closure nor an overlap that came meanwhile refuses it, the visit is listed to be moved then.
    """
    span = stretched_span(slot, minutes)
    certain = slot.leased_to(ctx.workstation) and span == slot.span
    agenda = give_up_leases(ctx, agenda, slot.provider_id, span, {slot.id})
    if not certain:
        check_open(agenda, slot.provider_id, span, choice)
    held = slot.held(agenda.now) and slot.held_by == ctx.actor.user_id and not slot.live_visit
    own = held or slot.leased_to(ctx.workstation)
    mine = own or slot.vacant(agenda.now)
    others = () if certain else agenda.taken(slot.provider_id, span, {slot.id})
    if mine and not others:
        return Place(slot.id, span, covered=_occupy(ctx, agenda, slot, span))
    if not choice.overbook and (others or not slot.shut):
        raise slot_taken(others[0] if mine or slot.shut else slot)
    agenda = agenda.without(slot.id) if own else agenda
    place = place_at(ctx, agenda, slot.provider_id, span, slot.mode, choice)
    if own:
        set_slot(ctx, slot, status=SlotStatus.BLOCKED, held_until=None)
        save_detail(ctx, slot.id, covered_by=place.slot_id, **NOT_HELD)
    return place


def place_at(ctx: Context, agenda: Agenda, provider_id: str, span: Span, mode: VisitMode, choice: Choice) -> Place:
    """Queue a made, booked slot; FREE slots under it are covered."""
    agenda = give_up_leases(ctx, agenda, provider_id, span)
    check_open(agenda, provider_id, span, choice)
    others = agenda.taken(provider_id, span)
    if others and not choice.overbook:
        raise slot_taken(others[0])
    slot_id = ctx.ids.cuid()
    if others:
        mark_overbooked(ctx, slot_id, SlotOrigin.MADE)
    else:
        save_detail(ctx, slot_id, origin=SlotOrigin.MADE)
    new_slot(ctx, slot_id, provider_id, span, mode, SlotStatus.BOOKED)
    return Place(slot_id, span, bool(others), cover(ctx, agenda, provider_id, span, slot_id))


def placed(agenda: Agenda, slot: SlotState, place: Place) -> Agenda:
    """The agenda with a booking on it and the slots under it covered; `slot` is the one that it was asked on, if any.

    For whoever books several in one go: the next one has to know.
    """
    taken = replace(slot, id=place.slot_id, status=SlotStatus.BOOKED, span=place.span, held_by=None, held_until=None,
                    visit_id="-", visit_status=VisitStatus.PLANNED)  # fmt: skip
    under = (other for other in agenda.slots if other.id in place.covered)
    covered = (replace(other, status=SlotStatus.BLOCKED, covered_by=place.slot_id) for other in under)
    return agenda.with_slots(taken, *covered)


def made_slot(place: Place, provider_id: str, mode: VisitMode, at: datetime) -> SlotState:
    """The slot that `place_at` made."""
    return SlotState(place.slot_id, provider_id, place.span, mode, SlotStatus.BOOKED, None, at, SlotOrigin.MADE)


def give_up_leases(ctx: Context, agenda: Agenda, provider_id: str, span: Span, besides: Collection[str] = ()) -> Agenda:
    """Queue freeing the slots under a booking that are kept for this very workstation; returns the agenda then."""
    own = (one for one in agenda.slots if one.leased_to(ctx.workstation) and one.id not in besides)
    for slot in [one for one in own if one.provider_id == provider_id and one.span.overlaps(span)]:
        set_slot(ctx, slot, status=SlotStatus.FREE, held_until=None)
        save_detail(ctx, slot.id, **NOT_HELD)
        free = replace(slot, status=SlotStatus.FREE, workstation=None, held_name=None)
        agenda = agenda.with_slots(replace(free, updated_at=ctx.stamp(slot.updated_at)))
    return agenda


def stretched_span(slot: SlotState, minutes: int | None) -> Span:
    """The span of a booking on a slot: the slot's, or longer."""
    if minutes is None:
        return slot.span
    return Span(slot.span.start, max(slot.span.end, slot.span.start + timedelta(minutes=checked_minutes(minutes))))


def cover(ctx: Context, agenda: Agenda, provider_id: str, span: Span, slot_id: str) -> frozenset[str]:
    """Queue hiding the slots that lie under a booking, so that nobody is offered them; returns their ids."""
    under = agenda.coverable(provider_id, span, {slot_id})
    block_loose(ctx, under)
    save_details(ctx, [slot.id for slot in under], covered_by=slot_id, **NOT_HELD)
    return frozenset(slot.id for slot in under)


def _occupy(ctx: Context, agenda: Agenda, slot: SlotState, span: Span) -> frozenset[str]:
    longer = span != slot.span
    if longer or slot.held_by is not None or slot.held_name is not None or slot.leased:
        ends: dict[str, Any] = {"grid_end": slot.ungridded.end} if longer and not slot.made else {}
        save_detail(ctx, slot.id, **NOT_HELD, **ends)
    set_slot(ctx, slot, status=SlotStatus.BOOKED, held_until=None, **({"end_time": span.end} if longer else {}))
    if longer or slot.made:
        return cover(ctx, agenda, slot.provider_id, span, slot.id)
    return frozenset()
