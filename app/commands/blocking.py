"""Blocking a provider's time, with a reason, and giving it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.slot_rows import NOT_HELD, block_loose, lock_calendars, new_slot, remove_slots, save_details, set_slot
from app.commands.visit_rows import agenda_around
from app.db.models import Patient, Provider, SlotDetail, Visit, VisitSlot
from app.domain.agenda import Agenda, SlotState
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode
from app.domain.permissions import Permission
from app.domain.spans import Span, subtract
from app.domain.states import LIVE_VISITS
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.text import clean_text

LONGEST_BLOCK = timedelta(days=62)
_LONGEST_PIECE = timedelta(hours=12)
"""A made slot over a gap is no longer than this: whoever looks for slots around a time looks one day back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockTime(Command):
    """Block a range: FREE slots become BLOCKED, gaps get a made slot, visits inside stay and are listed."""

    provider_id: str
    start: datetime
    end: datetime
    reason: str
    batch_id: str = field(default_factory=new_uuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnblockTime(Command):
    """Give back what a block took: all of it (`batch_id`), or the slots named."""

    batch_id: str | None = None
    slot_ids: tuple[str, ...] = ()


@handles(BlockTime, permission=Permission.BOOK)
def block_time(cmd: BlockTime, ctx: Context) -> Outcome:
    """Block what is free; what is taken inside is marked, so that it becomes blocked once it is given back."""
    reason = clean_text(cmd.reason, "reason", 300, required=True)
    span = checked_range(ctx, cmd.provider_id, cmd.start, cmd.end)
    lock_calendars(ctx, [cmd.provider_id])
    agenda = agenda_around(ctx, (cmd.provider_id, span))
    inside = [slot for slot in agenda.slots if slot.span.overlaps(span) and not slot.hidden]
    loose = [slot for slot in inside if slot.vacant(agenda.now) and slot.status is not SlotStatus.BOOKED]
    block_loose(ctx, loose)
    # What a closure blocked is marked too: it stays blocked when the day is reopened.
    closures = {closure.id for closure in agenda.closures}
    loose_ids = {slot.id for slot in loose}
    marked = [slot.id for slot in inside if slot.id not in loose_ids and (not slot.shut or slot.batch_id in closures)]
    save_details(ctx, sorted(loose_ids), batch_id=cmd.batch_id, reason=reason, **NOT_HELD)
    save_details(ctx, marked, batch_id=cmd.batch_id, reason=reason)
    gaps = subtract(span, [slot.span for slot in inside])
    made = [_block_gap(ctx, cmd.provider_id, piece, reason, cmd.batch_id) for gap in gaps for piece in _pieces(gap)]
    taken = agenda.taken(cmd.provider_id, span)
    return Outcome(
        result={
            "batchId": cmd.batch_id,
            "blocked": len(loose),
            "made": len(made),
            "visits": visits_in(ctx, taken),
            "holds": [{"slotId": one.id, "heldBy": one.held_name} for one in taken if one.held(agenda.now)],
        },
        changes=(Change("visit_slots", ""), Change("slot_detail", "")),
        undo=UnblockTime(batch_id=cmd.batch_id),
        undo_label=t("blocking"),
    )


@handles(UnblockTime, permission=Permission.BOOK)
def unblock_time(cmd: UnblockTime, ctx: Context) -> Outcome:
    """BLOCKED → FREE, made ones go; nothing else in the batch is touched but its mark."""
    wanted = or_(SlotDetail.batch_id == cmd.batch_id if cmd.batch_id else False, VisitSlot.id.in_(cmd.slot_ids))
    columns = (VisitSlot.id, VisitSlot.provider_id, VisitSlot.start_time, VisitSlot.end_time, SlotDetail.reason)
    rows = ctx.all(select(*columns).outerjoin(SlotDetail, SlotDetail.slot_id == VisitSlot.id).where(wanted))
    if not rows:
        return Outcome(result={"freed": 0})
    spans = [(row.provider_id, Span(row.start_time, max(row.start_time, row.end_time))) for row in rows]
    lock_calendars(ctx, {provider_id for provider_id, _ in spans})
    whole = Span(min(span.start for _, span in spans), max(span.end for _, span in spans))
    agenda = agenda_around(ctx, *((provider_id, whole) for provider_id in {one for one, _ in spans}))
    ids = {row.id for row in rows}
    freed = give_back_blocked(ctx, agenda, [slot for slot in agenda.slots if slot.id in ids])
    again = BlockTime(
        provider_id=rows[0].provider_id, start=whole.start, end=whole.end, reason=rows[0].reason or t("Blocked"),
        batch_id=ctx.ids.uuid(),
    )  # fmt: skip
    return Outcome(
        result={"freed": freed},
        changes=(Change("visit_slots", ""), Change("slot_detail", "")),
        undo=again if len({provider_id for provider_id, _ in spans}) == 1 else None,
        undo_label=t("unblocking"),
    )


def give_back_blocked(ctx: Context, agenda: Agenda, slots: Iterable[SlotState]) -> int:
    """Queue freeing the blocked ones of these slots and unmarking the rest; returns how many became free.

    What lies in another closure, or under a booking that was made over the block, stays blocked for that.
    """
    unmark: list[str] = []
    gone: list[str] = []
    freed = 0
    for slot in slots:
        if not slot.shut:
            unmark.append(slot.id)
        elif slot.made:
            set_slot(ctx, slot, status=SlotStatus.FREE, held_until=None)
            gone.append(slot.id)
            freed += 1
        elif (closure := agenda.closure_of(slot)) is not None:
            save_details(ctx, [slot.id], batch_id=closure.id, reason=closure.reason)
        elif (coverer := agenda.coverer(slot)) is not None:
            save_details(ctx, [slot.id], batch_id=None, reason=None, covered_by=coverer.id)
        else:
            set_slot(ctx, slot, status=SlotStatus.FREE, held_until=None)
            unmark.append(slot.id)
            freed += 1
    save_details(ctx, unmark, batch_id=None, reason=None)
    remove_slots(ctx, gone)
    return freed


def checked_range(ctx: Context, provider_id: str, start: datetime, end: datetime) -> Span:
    """Return the span of a range that may be blocked or closed; refuse an empty, reversed or endless one."""
    if start >= end:
        raise Refused("BadValue", t("The end must be after the start."), field="end")
    if end - start > LONGEST_BLOCK:
        raise Refused("BadValue", t("Choose at most {days} days at once.", days=LONGEST_BLOCK.days), field="end")
    known = select(Provider.id).where(Provider.id == provider_id, Provider.clinic_id == ctx.actor.clinic_id)
    if ctx.first(known) is None:
        raise Refused("NoSuchProvider", t("This provider is not known."), field="providerId")
    return Span(start, end)


def visits_in(ctx: Context, slots: Iterable[SlotState]) -> list[dict[str, Any]]:
    """Who is booked on these slots, earliest first."""
    booked = {slot.visit_id: slot for slot in slots if slot.visit_id is not None and slot.visit_status in LIVE_VISITS}
    if not booked:
        return []
    names = select(Visit.id, Patient.id.label("patient_id"), Patient.first_name, Patient.last_name)
    rows = ctx.all(names.join(Patient, Patient.id == Visit.patient_id).where(Visit.id.in_(booked)))
    listed = [
        {
            "visitId": row.id,
            "patientId": row.patient_id,
            "patientName": f"{row.first_name or ''} {row.last_name or ''}".strip(),
            "startTime": booked[row.id].span.start.isoformat(),
        }
        for row in rows
    ]
    return sorted(listed, key=lambda one: (one["startTime"], one["visitId"]))


def _block_gap(ctx: Context, provider_id: str, span: Span, reason: str, batch_id: str) -> str:
    slot_id = ctx.ids.cuid()
    save_details(ctx, [slot_id], origin=SlotOrigin.MADE, reason=reason, batch_id=batch_id)
    new_slot(ctx, slot_id, provider_id, span, VisitMode.IN_PERSON, SlotStatus.BLOCKED)
    return slot_id


def _pieces(gap: Span) -> list[Span]:
    pieces, start = [], gap.start
    while start < gap.end:
        pieces.append(Span(start, min(gap.end, start + _LONGEST_PIECE)))
        start = pieces[-1].end
    return pieces
