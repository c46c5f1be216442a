"""Holds: a time kept for a person at a workstation while they book.

Whether a hold has run out is decided by the database's clock, never by a workstation's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands.booking_load import Booking, BookingFacts, booking_question, load_booking
from app.commands.core import Change, Command, Context, Outcome, handles, on_conflict, opens_with
from app.commands.placing import Choice, check_not_over, check_open, checked_minutes, give_up_leases, slot_taken
from app.commands.releasing import give_back
from app.commands.slot_rows import new_slot, save_detail, set_slot
from app.commands.visit_rows import agenda_around
from app.db.frozen import Question
from app.db.models import ClinicSettings
from app.domain.agenda import SlotState
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode
from app.domain.permissions import Permission
from app.domain.spans import Span
from app.kernel.errors import AppError, Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_cuid
from app.queries.core import Reader
from app.queries.openings import offering, with_alternatives

LONGEST_HOLD = timedelta(minutes=15)
"""However often a hold is renewed, it ends after this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldSlot(Command):
    """Hold a slot for this person at this workstation; one's own hold is renewed."""

    slot_id: str
    minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldTime(Command):
    """Hold a time that is no slot (a gap, off the grid): a slot is made for it and goes with the hold."""

    provider_id: str
    start: datetime
    minutes: int
    visit_mode: VisitMode = VisitMode.IN_PERSON
    over_blocked: bool = False
    slot_id: str = field(default_factory=new_cuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewHold(Command):
    """Keep one's hold while booking is open, up to 15 minutes after it began."""

    slot_id: str
    minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHold(Command):
    """Let a held slot go."""

    slot_id: str


@handles(HoldSlot, permission=Permission.BOOK)
def hold_slot(cmd: HoldSlot, ctx: Context) -> Outcome:
    """FREE (or a hold that ran out) → HELD."""
    facts = load_booking(ctx, _wanted(cmd))
    slot, agenda = facts.slot, facts.agenda
    if _mine(ctx, slot, agenda.now):
        return _renewed(ctx, facts, cmd.minutes)
    if slot.leased_to(ctx.workstation) and slot.span.end > ctx.occurred_at:
        return _kept(facts, cmd.minutes)
    check_not_over(ctx, slot.span, "slotId")
    check_open(agenda, slot.provider_id, slot.span)
    others = agenda.taken(slot.provider_id, slot.span, {slot.id})
    if not slot.vacant(agenda.now) or slot.status is SlotStatus.BOOKED or others:
        raise offering(slot_taken(slot if not slot.vacant(agenda.now) else next(iter(others), None)), facts.beside)
    until = agenda.now + _length(cmd.minutes, facts.hold_minutes)
    _hold(ctx, slot.id, agenda.now)
    set_slot(ctx, slot, status=SlotStatus.HELD, held_until=until)
    return _held(slot.id, until)


def _wanted(cmd: HoldSlot) -> Booking:
    return Booking(cmd.slot_id, may_lose=True)


@opens_with(HoldSlot)
def _opening(cmd: HoldSlot, ctx: Context) -> Question:
    return booking_question(ctx, _wanted(cmd))


@handles(HoldTime, permission=Permission.BOOK)
def hold_time(cmd: HoldTime, ctx: Context) -> Outcome:
    """Make a HELD slot where the provider is free."""
    span = Span(cmd.start, cmd.start + timedelta(minutes=checked_minutes(cmd.minutes)))
    check_not_over(ctx, span, "start")
    agenda = agenda_around(ctx, (cmd.provider_id, span))
    agenda = give_up_leases(ctx, agenda, cmd.provider_id, span)
    check_open(agenda, cmd.provider_id, span, Choice(over_blocked=cmd.over_blocked))
    others = agenda.taken(cmd.provider_id, span)
    if others:
        raise slot_taken(others[0])
    row = ctx.first(select(ClinicSettings.hold_minutes).where(ClinicSettings.clinic_id == ctx.actor.clinic_id))
    until = agenda.now + _length(None, row.hold_minutes if row is not None else 5)
    _hold(ctx, cmd.slot_id, agenda.now, origin=SlotOrigin.MADE)
    new_slot(ctx, cmd.slot_id, cmd.provider_id, span, cmd.visit_mode, SlotStatus.HELD, held_until=until)
    return _held(cmd.slot_id, until)


@handles(RenewHold, permission=Permission.BOOK)
def renew_hold(cmd: RenewHold, ctx: Context) -> Outcome:
    """Move the end of one's own hold; one that ran out is renewed as long as nobody else took the time."""
    facts = load_booking(ctx, Booking(cmd.slot_id))
    slot, agenda = facts.slot, facts.agenda
    if slot.leased_to(ctx.workstation):
        return _kept(facts, cmd.minutes)
    others = agenda.taken(slot.provider_id, slot.span, {slot.id})
    if slot.status is not SlotStatus.HELD or slot.held_by != ctx.actor.user_id or slot.live_visit or others:
        raise Conflict("HoldLost", t("You don't hold this time any more."), slotId=slot.id)
    return _renewed(ctx, facts, cmd.minutes)


@handles(ReleaseHold, permission=Permission.BOOK)
def release_hold(cmd: ReleaseHold, ctx: Context) -> Outcome:
    """HELD → FREE again, or gone when it was made for the hold; nothing when it isn't the person's any more."""
    facts = load_booking(ctx, Booking(cmd.slot_id))
    slot = facts.slot
    held = slot.status is SlotStatus.HELD and not slot.live_visit
    if held and (slot.held_by == ctx.actor.user_id or not slot.held(facts.agenda.now)):
        give_back(ctx, facts.agenda, slot)
    return Outcome(result={"slotId": cmd.slot_id}, changes=(Change("visit_slots", cmd.slot_id),))


@on_conflict(HoldSlot)
def offer_others(cmd: HoldSlot, error: AppError, session: Session, reader: Reader) -> AppError:
    """Name the nearest free times to whoever came second."""
    return with_alternatives(error, session, reader, slot_id=cmd.slot_id)


def _mine(ctx: Context, slot: SlotState, now: datetime) -> bool:
    here = slot.workstation in {None, ctx.workstation}
    return slot.held(now) and slot.held_by == ctx.actor.user_id and here and not slot.live_visit


def _length(minutes: int | None, usual: int) -> timedelta:
    length = timedelta(minutes=usual if minutes is None else minutes)
    if not timedelta(0) < length <= LONGEST_HOLD:
        raise Refused("BadValue", t("A hold lasts 1 to 15 minutes."), field="minutes")
    return length


def _renewed(ctx: Context, facts: BookingFacts, minutes: int | None) -> Outcome:
    slot, now = facts.slot, facts.agenda.now
    last = (slot.held_since or now) + LONGEST_HOLD
    until = min(now + _length(minutes, facts.hold_minutes), last)
    if until <= now:
        raise Conflict("HoldLost", t("A time is held for 15 minutes at most."), slotId=slot.id)
    set_slot(ctx, slot, status=SlotStatus.HELD, held_until=until)
    return _held(slot.id, until)


def _kept(facts: BookingFacts, minutes: int | None) -> Outcome:
    """A slot that is kept for this workstation stays so, whoever opens the booking: nothing changes."""
    until = facts.agenda.now + _length(minutes, facts.hold_minutes)
    return Outcome(result={"slotId": facts.slot.id, "heldUntil": until.isoformat(), "kept": True})


def _hold(ctx: Context, slot_id: str, since: datetime, *, origin: SlotOrigin | None = None) -> None:
    """Say who holds the slot; `updated_at` stays the moment at which the hold began."""
    save_detail(
        ctx, slot_id, origin=origin, held_by=ctx.actor.user_id, held_name=ctx.actor.name,
        workstation=ctx.workstation, updated_at=since,
    )  # fmt: skip


def _held(slot_id: str, until: datetime) -> Outcome:
    return Outcome(
        result={"slotId": slot_id, "heldUntil": until.isoformat()}, changes=(Change("visit_slots", slot_id),)
    )
