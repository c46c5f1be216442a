"""Closing a provider's time (illness): nothing in it can be booked, by anybody; its visits are to be moved."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select, update

from app.commands.blocking import checked_range, give_back_blocked, visits_in
from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.slot_rows import NOT_HELD, lock_calendars, save_details, set_slot
from app.commands.slots import regenerate
from app.commands.visit_rows import agenda_around
from app.db.models import DayClosure
from app.domain.enums import SlotStatus
from app.domain.permissions import Permission
from app.domain.spans import Span
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDay(Command):
    """Close a provider's time from `start` to `end` (a day, or part of one, or several)."""

    provider_id: str
    start: datetime
    end: datetime
    reason: str
    closure_id: str = field(default_factory=new_uuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenDay(Command):
    """Open a closed time again: what the closure blocked is free, and slots are generated as if it had never been."""

    closure_id: str


@handles(CloseDay, permission=Permission.BOOK)
def close_day(cmd: CloseDay, ctx: Context) -> Outcome:
    """FREE and HELD slots become BLOCKED; visits stay PLANNED and are listed to be moved.

    What is kept for a workstation stays so until that is heard from: it may have booked it already, offline.
    """
    reason = clean_text(cmd.reason, "reason", 300, required=True)
    span = checked_range(ctx, cmd.provider_id, cmd.start, cmd.end)
    lock_calendars(ctx, [cmd.provider_id])
    # The closure goes first: it is what allows ending the holds of others.
    ctx.emit(
        insert(DayClosure).values(
            id=cmd.closure_id, clinic_id=ctx.actor.clinic_id, provider_id=cmd.provider_id, start_time=span.start,
            end_time=span.end, reason=reason, created_by=ctx.actor.user_id, created_at=ctx.occurred_at,
            reopened_at=None,
        )
    )  # fmt: skip
    agenda = agenda_around(ctx, (cmd.provider_id, span))
    inside = [slot for slot in agenda.slots if slot.span.overlaps(span) and not slot.hidden and not slot.live_visit]
    loose = [slot for slot in inside if slot.status in {SlotStatus.FREE, SlotStatus.HELD} and not slot.leased]
    for slot in loose:
        set_slot(ctx, slot, status=SlotStatus.BLOCKED, held_until=None)
    covered = [slot for slot in inside if slot.covered_by is not None]
    mark = [slot.id for slot in (*loose, *covered)]
    save_details(ctx, mark, batch_id=cmd.closure_id, reason=reason, **NOT_HELD)
    to_move = visits_in(ctx, agenda.taken(cmd.provider_id, span))
    return Outcome(
        result={"closureId": cmd.closure_id, "blocked": len(loose), "toMove": len(to_move), "visits": to_move},
        changes=(Change("day_closure", cmd.closure_id), Change("visit_slots", ""), Change("slot_detail", "")),
        undo=ReopenDay(closure_id=cmd.closure_id),
        undo_label=t("closing"),
    )


@handles(ReopenDay, permission=Permission.BOOK)
def reopen_day(cmd: ReopenDay, ctx: Context) -> Outcome:
    """Mark the closure as reopened and give back what it blocked."""
    row = ctx.first(select(DayClosure.__table__).where(DayClosure.id == cmd.closure_id))
    if row is None:
        raise Refused("NoSuchClosure", t("This closure is not known."), field="closureId")
    if row.reopened_at is not None:
        return Outcome(result={"closureId": cmd.closure_id, "freed": 0})
    lock_calendars(ctx, [row.provider_id])
    ctx.emit(update(DayClosure).where(DayClosure.id == cmd.closure_id).values(reopened_at=ctx.occurred_at))
    agenda = agenda_around(ctx, (row.provider_id, Span(row.start_time, row.end_time)))
    freed = give_back_blocked(ctx, agenda, [slot for slot in agenda.slots if slot.batch_id == cmd.closure_id])
    added = regenerate(ctx, [row.provider_id], add=True).added
    again = CloseDay(
        provider_id=row.provider_id, start=row.start_time, end=row.end_time, reason=row.reason,
        closure_id=ctx.ids.uuid(),
    )  # fmt: skip
    return Outcome(
        result={"closureId": cmd.closure_id, "freed": freed, "added": added},
        changes=(Change("day_closure", cmd.closure_id), Change("visit_slots", ""), Change("slot_detail", "")),
        undo=again,
        undo_label=t("reopening"),
    )
