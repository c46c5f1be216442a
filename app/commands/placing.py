"""Give a booking its time: on a slot that is there, or on one made for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
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
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode
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


def slot_taken(slot: SlotState | None = None) -> Conflict:
    """The error of somebody who came second; alternatives are added after the rollback."""
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
    its own: the choice never sticks to a slot of the grid.
    """
    span = stretched_span(slot, minutes)
    check_open(agenda, slot.provider_id, span, choice)
    own = slot.held(agenda.now) and slot.held_by == ctx.actor.user_id and not slot.live_visit
    mine = own or slot.vacant(agenda.now)
    others = agenda.taken(slot.provider_id, span, {slot.id})
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
    if longer or slot.held_by is not None:
        ends: dict[str, Any] = {"grid_end": slot.ungridded.end} if longer and not slot.made else {}
        save_detail(ctx, slot.id, **NOT_HELD, **ends)
    set_slot(ctx, slot, status=SlotStatus.BOOKED, held_until=None, **({"end_time": span.end} if longer else {}))
    if longer or slot.made:
        return cover(ctx, agenda, slot.provider_id, span, slot.id)
    return frozenset()
