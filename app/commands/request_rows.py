"""A visit request as commands find and leave it, and the time that is kept for its patient's answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.commands.booking_load import Booking, load_booking
from app.commands.core import Change, Context
from app.commands.releasing import give_back
from app.commands.slot_rows import save_detail, set_slot
from app.db.models import ClinicSettings, Login, RequestDetail, RequestVisit, Visit, VisitRequest, VisitSlot
from app.domain.agenda import SlotState
from app.domain.enums import RequestStatus, RequestType, SeverityLevel, SlotStatus, VisitMode
from app.domain.requests import PROPOSAL_HOURS, request_word
from app.domain.states import REQUEST, RequestAction
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.queries.requests import own_visit


@dataclass(frozen=True, slots=True)
class RequestState:
    """A request with its detail; the request's row is locked. ``ends_at``: until when the proposed slot is kept."""

    id: str
    patient_id: str
    kind: RequestType
    mode: VisitMode
    reason: str
    severity: SeverityLevel
    status: RequestStatus
    slot_id: str | None
    updated_at: datetime
    note: str
    owner: str | None
    ends_at: datetime | None
    detail_at: datetime | None
    last_by: str
    """Who did the last step, as far as it was done here."""
    visit_id: str | None
    booked_id: str | None
    """The patient's visit in the proposed time, which another program booked."""
    proposal_hours: int
    """How long the clinic lets a proposed time wait for the answer."""


def load_request(ctx: Context, request_id: str) -> RequestState:
    """Lock a request and read it; refuses an unknown one."""
    last = func.coalesce(RequestDetail.closed_by, RequestDetail.proposed_by, RequestDetail.triaged_by)
    chosen = select(ClinicSettings.proposal_hours).where(ClinicSettings.clinic_id == ctx.actor.clinic_id)
    hours = chosen.correlate(None).scalar_subquery()
    statement = (
        select(
            VisitRequest.patient_id, VisitRequest.request_type, VisitRequest.visit_mode, VisitRequest.reason_text,
            VisitRequest.severity, VisitRequest.status, VisitRequest.proposed_slot_id, VisitRequest.updated_at,
            RequestDetail.note, RequestDetail.owner_user, RequestDetail.proposal_ends_at,
            RequestDetail.updated_at.label("detail_at"), Login.display_name.label("last_by"), RequestVisit.visit_id,
            Visit.id.label("booked_id"), hours.label("proposal_hours"),
        )
        .select_from(VisitRequest)
        .outerjoin(RequestDetail, RequestDetail.request_id == VisitRequest.id)
        .outerjoin(Login, Login.user_id == last)
        .outerjoin(RequestVisit, RequestVisit.request_id == VisitRequest.id)
        .outerjoin(Visit, own_visit(Visit))
        .where(VisitRequest.id == request_id)
    )  # fmt: skip
    row = ctx.first(ctx.lock(statement, of=VisitRequest))
    if row is None:
        raise Refused("NoSuchRequest", t("This request is not known."), field="requestId")
    return RequestState(
        id=request_id, patient_id=row.patient_id, kind=row.request_type, mode=row.visit_mode, reason=row.reason_text,
        severity=row.severity, status=row.status, slot_id=row.proposed_slot_id, updated_at=row.updated_at,
        note=row.note or "", owner=row.owner_user, ends_at=row.proposal_ends_at, detail_at=row.detail_at,
        last_by=row.last_by or "", visit_id=row.visit_id, booked_id=row.booked_id,
        proposal_hours=row.proposal_hours or PROPOSAL_HOURS,
    )  # fmt: skip


def step(
    request: RequestState, action: RequestAction, expected: RequestStatus | None, *, again: bool = False
) -> RequestStatus:
    """The state after the action by the table; Conflict when somebody else was faster, Refused before triage.

    With ``again`` an action may be repeated in the state that it leads to (a renewal): the state stays.
    """
    if expected is not None and expected is not request.status:
        raise moved_on(request)
    found = REQUEST.get((request.status, action))
    if found is not None:
        return found[0]
    leads_here = any(to is request.status for (_, one), (to, _) in REQUEST.items() if one is action)
    if again and leads_here:
        return request.status
    if request.status is RequestStatus.NEW:
        raise Refused("BadTransition", t("Say first how urgent this request is."), field="status",
                      server={"requestId": request.id, "status": request.status.value})  # fmt: skip
    raise moved_on(request)


def moved_on(request: RequestState) -> Conflict:
    """What somebody else did with the request."""
    status = request_word(request.status)
    if request.last_by:
        message = t("This request is now: {status}, by {name}.", status=status, name=request.last_by)
    else:
        message = t("This request is now: {status}.", status=status)
    server = {
        "requestId": request.id, "status": request.status.value, "severity": request.severity.value,
        "proposedSlotId": request.slot_id, "visitId": request.visit_id, "by": request.last_by or None,
    }  # fmt: skip
    return Conflict("StateChanged", message, field="status", server=server)


def set_request(ctx: Context, request: RequestState, **values: Any) -> None:
    """Queue an update of the request's row; `updated_at` is set."""
    values["updated_at"] = ctx.stamp(request.updated_at)
    ctx.emit(update(VisitRequest).where(VisitRequest.id == request.id).values(**values))


def save_request_detail(ctx: Context, request: RequestState, **values: Any) -> None:
    """Queue setting fields of the request's detail; another program's request, which has none, gets one."""
    changed = {"updated_at": ctx.stamp(request.detail_at), **values}
    insert = postgresql.insert if ctx.online else sqlite.insert
    statement = insert(RequestDetail).values(request_id=request.id, clinic_id=ctx.actor.clinic_id, **changed)
    ctx.emit(statement.on_conflict_do_update(index_elements=[RequestDetail.request_id], set_=changed))


def kept_for(request: RequestState, slot: SlotState, now: datetime) -> bool:
    """Tell whether the slot is held for this request's patient.

    A time whose hold ran out may have been proposed to somebody else: then it ends at another moment. What another
    program proposed has no detail of ours, and nobody's name on it.
    """
    if request.status is not RequestStatus.AWAITING_PATIENT_CONFIRMATION or slot.id != request.slot_id:
        return False
    if not slot.held(now) or slot.live_visit or slot.leased:
        return False
    if request.ends_at is None:
        return slot.held_by is None and slot.held_name is None
    return slot.held_until == request.ends_at


def keep_for_answer(ctx: Context, slot: SlotState, until: datetime) -> None:
    """Queue holding a slot for a patient's answer.

    Nobody on the staff holds it: whoever talks to the patient may book it, and only for this patient.
    """
    save_detail(ctx, slot.id, held_by=None, held_name=ctx.actor.name, workstation=None, updated_at=ctx.occurred_at)
    set_slot(ctx, slot, status=SlotStatus.HELD, held_until=until)


def release_proposal(ctx: Context, request: RequestState) -> tuple[Change, ...]:
    """Queue freeing the time that is kept for the patient; call it before the request points elsewhere."""
    if request.slot_id is None or request.status is not RequestStatus.AWAITING_PATIENT_CONFIRMATION:
        return ()
    if ctx.first(select(VisitSlot.id).where(VisitSlot.id == request.slot_id)) is None:
        return ()
    facts = load_booking(ctx, Booking(request.slot_id))
    if not kept_for(request, facts.slot, facts.agenda.now):
        return ()
    give_back(ctx, facts.agenda, facts.slot)
    return (Change("visit_slots", request.slot_id),)
