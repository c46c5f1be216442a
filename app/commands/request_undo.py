"""Taking back a step of a visit request: the only way back in its machine, with its guards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, literal, select

from app.commands.booking import booking_undone
from app.commands.booking_load import Booking, load_booking
from app.commands.cancelling import cancel_visit
from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.request_rows import (
    RequestState,
    keep_for_answer,
    load_request,
    moved_on,
    release_proposal,
    save_request_detail,
    set_request,
)
from app.commands.undoing import UNDO_WITHIN
from app.db.models import RequestDetail, RequestVisit
from app.db.types import UtcDateTime
from app.domain.enums import RequestStatus, SeverityLevel, VisitStatus
from app.domain.permissions import Permission
from app.domain.requests import proposal_end
from app.kernel.errors import Refused
from app.kernel.i18n import t

_FROM = {
    RequestStatus.TRIAGED: (RequestStatus.NEW,),
    RequestStatus.AWAITING_PATIENT_CONFIRMATION: (RequestStatus.TRIAGED,),
    RequestStatus.CONVERTED_TO_VISIT: (RequestStatus.TRIAGED, RequestStatus.AWAITING_PATIENT_CONFIRMATION),
}
"""Which steps may be taken back; calling a request off waits ten seconds instead."""
_FORGOTTEN = {
    RequestStatus.TRIAGED: ("triaged_by", "triaged_at"),
    RequestStatus.AWAITING_PATIENT_CONFIRMATION: ("proposed_by", "proposed_at", "proposal_ends_at"),
    RequestStatus.CONVERTED_TO_VISIT: ("closed_by",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoRequestStep(Command):
    """Go back to the state before the last step: one's own step, within 15 minutes, unchanged since.

    ``expected`` is the state that the step led to; ``before``, ``severity`` and ``slot_id`` are what stood there
    before it. ``visit_id`` is the visit that the step booked: it is called off as a mistake. The proposed time is kept
    for the patient's answer again until ``kept_until``, as long as it was (UTC; None where it wasn't).
    """

    request_id: str
    expected: RequestStatus
    before: RequestStatus
    severity: SeverityLevel
    slot_id: str | None = None
    visit_id: str | None = None
    kept_until: datetime | None = None


def undo_of(request: RequestState, status: RequestStatus, visit_id: str | None = None) -> UndoRequestStep | None:
    """Return what takes a step of a request back; None for one that left its state."""
    if request.status is status:
        return None
    return UndoRequestStep(request_id=request.id, expected=status, before=request.status, severity=request.severity,
                           slot_id=request.slot_id, visit_id=visit_id, kept_until=request.ends_at)  # fmt: skip


@handles(UndoRequestStep, permission=Permission.TRIAGE)
def undo_request_step(cmd: UndoRequestStep, ctx: Context) -> Outcome:
    """Free the time or call off the visit, then ask the server's guarded function; on the store do the same by hand."""
    request = load_request(ctx, cmd.request_id)
    if request.status is not cmd.expected:
        raise moved_on(request)
    if cmd.before not in _FROM.get(cmd.expected, ()) or (cmd.visit_id and cmd.visit_id != request.visit_id):
        raise Refused("NothingToUndo", t("There is nothing to undo here."))
    _check_own(ctx, request)
    changes = release_proposal(ctx, request)
    if cmd.visit_id is not None:
        changes += cancel_visit(booking_undone(cmd.visit_id, VisitStatus.PLANNED), ctx).changes
    _set_back(cmd, ctx, request)
    kept = _keep_again(cmd, ctx, request)
    save_request_detail(ctx, request, **dict.fromkeys(_FORGOTTEN[cmd.expected]), **kept)
    rows = [Change(table, request.id) for table in ("visit_requests", "request_detail", "request_visit")]
    return Outcome(result={"requestId": request.id, "status": cmd.before.value}, changes=(*rows, *changes))


def _set_back(cmd: UndoRequestStep, ctx: Context, request: RequestState) -> None:
    if ctx.online:
        at = literal(ctx.occurred_at, UtcDateTime())
        ctx.emit(select(func.desktop.undo_request_step(request.id, cmd.expected.value, cmd.before.value, at)))
        return
    ctx.emit(delete(RequestVisit).where(RequestVisit.request_id == request.id))
    set_request(ctx, request, status=cmd.before, severity=cmd.severity, proposed_slot_id=cmd.slot_id)


def _keep_again(cmd: UndoRequestStep, ctx: Context, request: RequestState) -> dict[str, datetime]:
    """Queue holding the proposed time once more where it still waits for the answer and nobody took it meanwhile."""
    if cmd.before is not RequestStatus.AWAITING_PATIENT_CONFIRMATION or cmd.kept_until is None or cmd.slot_id is None:
        return {}
    facts = load_booking(ctx, Booking(cmd.slot_id))  # as it is now that the visit has been called off
    slot, now = facts.slot, facts.agenda.now
    until = min(cmd.kept_until, proposal_end(now, slot.span.start, request.proposal_hours))
    if until <= now or not slot.vacant(now) or facts.agenda.taken(slot.provider_id, slot.span, {slot.id}):
        return {}
    keep_for_answer(ctx, slot, until)
    return {"proposal_ends_at": until}


def _check_own(ctx: Context, request: RequestState) -> None:
    """The person's own step, lately: for both databases; the server's function looks once more, in the audit."""
    columns = {
        RequestStatus.TRIAGED: (RequestDetail.triaged_by, RequestDetail.triaged_at),
        RequestStatus.AWAITING_PATIENT_CONFIRMATION: (RequestDetail.proposed_by, RequestDetail.proposed_at),
        RequestStatus.CONVERTED_TO_VISIT: (RequestDetail.closed_by, RequestDetail.updated_at),
    }[request.status]
    by, at = columns
    row = ctx.first(select(by.label("by"), at.label("at")).where(RequestDetail.request_id == request.id))
    if row is None or row.by != ctx.actor.user_id:
        raise Refused("UndoNotYours", t("Only the person who did this can undo it."))
    done: datetime | None = row.at
    if done is None or done < ctx.occurred_at - UNDO_WITHIN:
        raise Refused("UndoTooLate", t("Too much time has passed to undo this."))
