"""Taking back a visit's last status: the only way back in the state machine, with its guards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import column, delete, func, select, table, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.placing import slot_taken
from app.commands.slot_rows import block_loose, save_detail, set_slot
from app.commands.visit_rows import VisitState, agenda_around, load_visit, save_visit_detail, set_visit
from app.db.functions import db_now
from app.db.models import SlotDetail, VirtualVisitSession, VisitEvent, VisitSlot
from app.domain.agenda import SlotState
from app.domain.enums import SlotOrigin, SlotStatus, TelemedStatus, VisitMode, VisitStatus
from app.domain.permissions import Permission
from app.domain.states import VISIT
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t

UNDO_WITHIN = timedelta(minutes=15)
_STEP = table("step_before", *map(column, ("command_id", "visit_id", "cancel_kind", "cancel_reason", "flow", "room")))
"""What the store's triggers keep of a step."""
_CALLED_OFF = frozenset({VisitStatus.CANCELLED, VisitStatus.NO_SHOW})


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoVisitStatus(Command):
    """Go back to the status before the last step: one's own step, within 15 minutes, unchanged since.

    `expected` is the status that the person sees. A called-off visit gets its slot back if it is still free.
    """

    visit_id: str
    expected: VisitStatus


@handles(UndoVisitStatus, permission=Permission.ADVANCE_VISIT)
def undo_visit_status(cmd: UndoVisitStatus, ctx: Context) -> Outcome:
    """Ask the server's guarded function; on the store do the same by hand."""
    if ctx.online:
        function = func.desktop.undo_visit_status(cmd.visit_id, cmd.expected.value)
        row = ctx.first(select(function.label("status")))
        restored = VisitStatus(row.status) if row is not None else cmd.expected
    else:
        restored = _undo_on_store(cmd, ctx)
    return Outcome(
        result={"visitId": cmd.visit_id, "status": restored.value},
        changes=(Change("visits", cmd.visit_id), Change("visit_slots", ""), Change("slot_detail", "")),
    )


def _undo_on_store(cmd: UndoVisitStatus, ctx: Context) -> VisitStatus:
    visit = load_visit(ctx, cmd.visit_id)
    if visit.status is not cmd.expected:
        raise Conflict("StateChanged", t("Someone changed this in the meantime."), field="status")
    before, command_id = _status_before(ctx, visit)
    if visit.status in _CALLED_OFF:
        _take_slot_back(ctx, visit, before)
    else:
        set_visit(ctx, visit, status=before)
    _restore_detail(ctx, visit, command_id)
    if visit.mode is VisitMode.VIRTUAL and visit.status not in {VisitStatus.CHECKED_IN, VisitStatus.IN_PROGRESS}:
        _reopen_session(ctx, visit)
    return before


def _restore_detail(ctx: Context, visit: VisitState, command_id: str | None) -> None:
    """Room, flow and why it was called off, as they were; of a step made elsewhere only the server knows them."""
    kept = select(_STEP.c.cancel_kind, _STEP.c.cancel_reason, _STEP.c.flow, _STEP.c.room)
    row = ctx.first(kept.where(_STEP.c.command_id == command_id, _STEP.c.visit_id == visit.id))
    if row is not None:
        kind, reason, flow, room = row
        save_visit_detail(ctx, visit.id, cancel_kind=kind, cancel_reason=reason, flow=flow, room=room)
    elif visit.status in _CALLED_OFF:
        save_visit_detail(ctx, visit.id, cancel_kind=None, cancel_reason=None)


def _status_before(ctx: Context, visit: VisitState) -> tuple[VisitStatus, str | None]:
    """The status before the last step and the command that made it, if this person may take that step back."""
    events = select(VisitEvent.status, VisitEvent.by_user, VisitEvent.at, VisitEvent.command_id, db_now().label("now"))
    rows = ctx.all(events.where(VisitEvent.visit_id == visit.id).order_by(VisitEvent.at.desc()).limit(2))
    steps = {(old, new) for (old, _), (new, _) in VISIT.items()}
    if len(rows) < 2 or (rows[1].status, rows[0].status) not in steps or rows[0].status is not visit.status:
        raise Refused("NothingToUndo", t("There is nothing to undo here."))
    if rows[0].by_user != ctx.actor.user_id:
        raise Refused("UndoNotYours", t("Only the person who did this can undo it."))
    if rows[0].at < rows[0].now - UNDO_WITHIN:
        raise Refused("UndoTooLate", t("Too much time has passed to undo this."))
    return VisitStatus(rows[1].status), rows[0].command_id


def _take_slot_back(ctx: Context, visit: VisitState, before: VisitStatus) -> None:
    """Put the visit back on the slot that its retired one stands for, as long and as covering as it was."""
    retired = visit.slot
    row = ctx.first(select(SlotDetail.copied_from).where(SlotDetail.slot_id == retired.id))
    original_id = row.copied_from if row is not None and row.copied_from is not None else retired.id
    agenda = agenda_around(ctx, (visit.provider_id, retired.span))
    slot = agenda.slot(original_id)
    # Who chose to overbook did so for this booking, whatever came since.
    taken = () if retired.overbook else agenda.taken(visit.provider_id, retired.span, {original_id})
    if slot is None or taken or slot.claims(agenda.now) or slot.visit_id not in {None, visit.id}:
        raise slot_taken(taken[0] if taken else slot)
    _book_again(ctx, slot, retired)
    cover_it = slot.id == retired.id or retired.span != slot.span
    if cover_it:
        _cover_again(ctx, agenda.coverable(visit.provider_id, retired.span, {slot.id}), slot.id)
    set_visit(ctx, visit, status=before, slot_id=slot.id)
    if slot.id != retired.id:
        ctx.emit(delete(VisitSlot).where(VisitSlot.id == retired.id))


def _cover_again(ctx: Context, under: Iterable[SlotState], slot_id: str) -> None:
    """Each slot by itself, as the server does it: no slot's time of change depends on another's."""
    for one in under:
        block_loose(ctx, [one])
        save_detail(ctx, one.id, covered_by=slot_id)


def _book_again(ctx: Context, slot: SlotState, retired: SlotState) -> None:
    in_place = slot.id == retired.id
    longer = {} if in_place or retired.span == slot.span else {"grid_end": slot.ungridded.end}
    out_of_sight = SlotOrigin.GRID if slot.origin is SlotOrigin.RETIRED else None
    origin = SlotOrigin.MADE if in_place else out_of_sight
    save_detail(ctx, slot.id, origin=origin, **longer)
    set_slot(ctx, replace(slot, span=retired.span), status=SlotStatus.BOOKED, end_time=retired.span.end)


def _reopen_session(ctx: Context, visit: VisitState) -> None:
    joined = select(VirtualVisitSession.patient_joined_at, VirtualVisitSession.provider_joined_at)
    row = ctx.first(joined.where(VirtualVisitSession.visit_id == visit.id))
    if row is not None:
        sides = [row.patient_joined_at, row.provider_joined_at]
        states = (TelemedStatus.NOT_STARTED, TelemedStatus.WAITING, TelemedStatus.ACTIVE)
        status = states[sum(one is not None for one in sides)]
        statement = update(VirtualVisitSession).where(VirtualVisitSession.visit_id == visit.id)
        ctx.emit(statement.values(status=status, ended_at=None, updated_at=ctx.occurred_at))
