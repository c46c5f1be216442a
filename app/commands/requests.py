"""Visit requests: triaged, offered a time that waits for the patient's answer, booked, called off."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.commands.booking import BookVisit, book_on, facts_for
from app.commands.booking_load import Booking, BookingFacts, load_booking
from app.commands.core import Change, Command, Context, Outcome, handles, on_conflict
from app.commands.placing import check_not_over, check_open, give_up_leases, slot_taken
from app.commands.request_rows import (
    RequestState,
    keep_for_answer,
    kept_for,
    load_request,
    release_proposal,
    save_request_detail,
    set_request,
    step,
)
from app.commands.request_undo import undo_of
from app.commands.task_rows import check_user
from app.db.models import RequestVisit, VisitRequest
from app.domain.enums import RequestStatus, RequestType, SeverityLevel, SlotStatus, VisitMode, VisitType
from app.domain.permissions import Permission
from app.domain.requests import MOST_NOTE, proposal_end
from app.domain.states import RequestAction
from app.kernel.errors import AppError, Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_cuid
from app.kernel.text import MAX_LONG, clean_text
from app.queries.core import Reader
from app.queries.openings import offering, with_alternatives

_KINDS = {RequestType.SCHEDULED: VisitType.SCHEDULED, RequestType.WALK_IN: VisitType.WALK_IN}


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageRequest(Command):
    """Say how urgent a request is; with None note and owner stay, an empty owner is nobody.

    One that was triaged may be given another severity as long as it is open. ``expected`` is the state that was seen.
    """

    request_id: str
    severity: SeverityLevel
    note: str | None = None
    owner_user: str | None = None
    expected: RequestStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeSlot(Command):
    """Offer the patient a time and keep it for as long as the clinic lets it wait, until two hours before it begins.

    Again for one that waits already: the time is kept anew, or another one instead of it.
    """

    request_id: str
    slot_id: str
    expected: RequestStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertRequest(Command):
    """The patient agrees (or needs no asking): book the proposed slot, or the one given.

    Mode and reason are the request's where they are None.
    """

    request_id: str
    slot_id: str | None = None
    visit_mode: VisitMode | None = None
    reason_text: str | None = None
    appointment_type_id: str | None = None
    minutes: int | None = None
    overbook: bool = False
    over_blocked: bool = False
    warn_of_names: bool = True
    expected: RequestStatus | None = None
    visit_id: str = field(default_factory=new_cuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequest(Command):
    """No visit comes of it, and why; a time that was kept is free again."""

    request_id: str
    reason: str
    expected: RequestStatus | None = None


@handles(TriageRequest, permission=Permission.TRIAGE)
def triage_request(cmd: TriageRequest, ctx: Context) -> Outcome:
    """NEW → TRIAGED; another severity of an open one leaves its state."""
    request = load_request(ctx, cmd.request_id)
    fresh = request.status is RequestStatus.NEW
    waits = request.status is RequestStatus.AWAITING_PATIENT_CONFIRMATION
    status = request.status if waits and cmd.expected in (None, request.status) else step(
        request, RequestAction.TRIAGE, cmd.expected, again=True
    )  # fmt: skip
    note = clean_text(cmd.note, "note", MOST_NOTE) if cmd.note is not None else request.note
    owner = request.owner if cmd.owner_user is None else cmd.owner_user or None
    if owner is not None and owner != request.owner:
        check_user(ctx, owner, "ownerUser")
    set_request(ctx, request, status=status, severity=cmd.severity)
    save_request_detail(
        ctx, request, note=note, owner_user=owner, triaged_by=ctx.actor.user_id, triaged_at=ctx.occurred_at
    )
    before = TriageRequest(request_id=request.id, severity=request.severity, note=request.note,
                           owner_user=request.owner or "", expected=status)  # fmt: skip
    outcome = _outcome(request, status, severity=cmd.severity.value)
    undo = undo_of(request, status) if fresh else before
    return replace(outcome, undo=undo, undo_label=t("the request's severity"))


@handles(ProposeSlot, permission=Permission.TRIAGE)
def propose_slot(cmd: ProposeSlot, ctx: Context) -> Outcome:
    """TRIAGED → AWAITING_PATIENT_CONFIRMATION, and the slot HELD for nobody on the staff but for this answer."""
    request = load_request(ctx, cmd.request_id)
    status = step(request, RequestAction.PROPOSE, cmd.expected, again=True)
    _not_booked(request, cmd.slot_id)
    freed = release_proposal(ctx, request) if request.slot_id != cmd.slot_id else ()
    facts = load_booking(ctx, Booking(cmd.slot_id))
    until = _keep(ctx, request, facts)
    set_request(ctx, request, status=status, proposed_slot_id=cmd.slot_id)
    save_request_detail(
        ctx, request, proposed_by=ctx.actor.user_id, proposed_at=ctx.occurred_at, proposal_ends_at=until
    )
    outcome = _outcome(request, status, *freed, Change("visit_slots", cmd.slot_id), slotId=cmd.slot_id,
                       heldUntil=until.isoformat(), startTime=facts.slot.span.start.isoformat())  # fmt: skip
    if not freed or request.slot_id is None:
        return replace(outcome, undo=undo_of(request, status), undo_label=t("the proposal"))
    undo = ProposeSlot(request_id=request.id, slot_id=request.slot_id, expected=status)
    return replace(outcome, undo=undo, undo_label=t("the other proposal"))


@handles(ConvertRequest, permission=Permission.TRIAGE)
def convert_request(cmd: ConvertRequest, ctx: Context) -> Outcome:
    """TRIAGED or AWAITING_PATIENT_CONFIRMATION → CONVERTED_TO_VISIT, and the visit."""
    request = load_request(ctx, cmd.request_id)
    status = step(request, RequestAction.CONVERT, cmd.expected)
    ctx.require(Permission.BOOK)
    slot_id = cmd.slot_id or request.slot_id
    if slot_id is None:
        raise Refused("Required", t("Choose a time for this visit."), field="slotId")
    if request.booked_id is not None and slot_id == request.slot_id:
        return _booked_already(ctx, request, status, request.booked_id)
    _not_booked(request, slot_id)
    freed = release_proposal(ctx, request) if slot_id != request.slot_id else ()
    booking = BookVisit(
        slot_id=slot_id, patient_id=request.patient_id, visit_mode=cmd.visit_mode or request.mode,
        visit_type=_KINDS[request.kind], appointment_type_id=cmd.appointment_type_id, minutes=cmd.minutes,
        reason_text=request.reason[:MAX_LONG] if cmd.reason_text is None else cmd.reason_text,
        overbook=cmd.overbook, over_blocked=cmd.over_blocked, warn_of_names=cmd.warn_of_names, visit_id=cmd.visit_id,
    )  # fmt: skip
    made = book_on(booking, ctx, _as_own(ctx, request, facts_for(booking, ctx)))
    # The slot is taken while the request still waits: that is what lets the person take what a colleague proposed.
    set_request(ctx, request, status=status, proposed_slot_id=made.result["slotId"])
    save_request_detail(ctx, request, closed_by=ctx.actor.user_id, proposal_ends_at=None)
    ctx.emit(insert(RequestVisit).values(request_id=request.id, visit_id=cmd.visit_id))
    changes = (*freed, *made.changes, Change("request_visit", request.id))
    outcome = _outcome(request, status, *changes, visitId=cmd.visit_id, slotId=made.result["slotId"],
                       startTime=made.result["startTime"])  # fmt: skip
    return replace(outcome, warnings=made.warnings, undo=undo_of(request, status, cmd.visit_id),
                   undo_label=t("booking"))  # fmt: skip


def _not_booked(request: RequestState, slot_id: str) -> None:
    """Refuse another time where the patient has taken the proposed one: they would have two visits for one request."""
    if request.booked_id is not None and slot_id != request.slot_id:
        raise _has_booked(
            request, t("The patient has booked the proposed time. Close the request, then move that visit.")
        )


def _has_booked(request: RequestState, message: str) -> Conflict:
    server = {"requestId": request.id, "status": request.status.value, "visitId": request.booked_id}
    return Conflict("StateChanged", message, field="slotId", server=server)


def _booked_already(ctx: Context, request: RequestState, status: RequestStatus, visit_id: str) -> Outcome:
    """The patient confirmed in the phone app, and the backend wrote the visit: only the request is left."""
    set_request(ctx, request, status=status)
    save_request_detail(ctx, request, closed_by=ctx.actor.user_id, proposal_ends_at=None)
    ctx.emit(insert(RequestVisit).values(request_id=request.id, visit_id=visit_id))
    outcome = _outcome(request, status, Change("request_visit", request.id), visitId=visit_id,
                       slotId=request.slot_id or "")  # fmt: skip
    return replace(outcome, undo=undo_of(request, status), undo_label=t("closing the request"))


@handles(CancelRequest, permission=Permission.TRIAGE)
def cancel_request(cmd: CancelRequest, ctx: Context) -> Outcome:
    """Any open state → CANCELLED; one that is cancelled already is fine."""
    reason = clean_text(cmd.reason, "reason", MOST_NOTE)
    if not reason:
        raise Refused("Required", t("Say why no visit comes of this request."), field="reason")
    request = load_request(ctx, cmd.request_id)
    if request.status is RequestStatus.CANCELLED:
        return _outcome(request, request.status)
    status = step(request, RequestAction.CANCEL, cmd.expected)
    if request.booked_id is not None:
        raise _has_booked(
            request, t("The patient has booked the proposed time. Cancel that visit, or close the request.")
        )
    freed = release_proposal(ctx, request)
    set_request(ctx, request, status=status, proposed_slot_id=None)
    save_request_detail(ctx, request, closed_by=ctx.actor.user_id, close_reason=reason, proposal_ends_at=None)
    return _outcome(request, status, *freed)


@on_conflict(ProposeSlot)
def offer_to_propose(cmd: ProposeSlot, error: AppError, session: Session, reader: Reader) -> AppError:
    """Name the nearest free times to whoever came second."""
    return with_alternatives(error, session, reader, slot_id=cmd.slot_id)


@on_conflict(ConvertRequest)
def offer_to_convert(cmd: ConvertRequest, error: AppError, session: Session, reader: Reader) -> AppError:
    """The same where the proposed time is gone."""
    proposed = select(VisitRequest.proposed_slot_id).where(VisitRequest.id == cmd.request_id)
    slot_id = cmd.slot_id or session.execute(proposed).scalar()
    return with_alternatives(error, session, reader, slot_id=slot_id, minutes=cmd.minutes) if slot_id else error


def _keep(ctx: Context, request: RequestState, facts: BookingFacts) -> datetime:
    """Queue holding the slot for the patient; returns until when."""
    now = facts.agenda.now
    agenda = give_up_leases(ctx, facts.agenda, facts.slot.provider_id, facts.slot.span)
    slot = agenda.slot(facts.slot.id) or facts.slot
    check_not_over(ctx, slot.span, "slotId")
    until = proposal_end(now, slot.span.start, request.proposal_hours)
    if until <= now:
        message = t("This time begins too soon to wait for an answer. Call the patient and book it.")
        raise Refused("TooSoon", message, field="slotId")
    check_open(agenda, slot.provider_id, slot.span)
    others = agenda.taken(slot.provider_id, slot.span, {slot.id})
    own = slot.held(now) and slot.held_by == ctx.actor.user_id and not slot.live_visit
    free = own or kept_for(request, slot, now) or slot.vacant(now)
    if others or not free or slot.status is SlotStatus.BOOKED:
        raise offering(slot_taken(slot if not free else next(iter(others), None)), facts.beside)
    keep_for_answer(ctx, slot, until)
    return until


def _as_own(ctx: Context, request: RequestState, facts: BookingFacts) -> BookingFacts:
    """The slot as the person's own where it is kept for this request, whoever proposed it."""
    if not kept_for(request, facts.slot, facts.agenda.now):
        return facts
    slot = replace(facts.slot, held_by=ctx.actor.user_id)
    return replace(facts, slot=slot, agenda=facts.agenda.with_slots(slot))


def _outcome(request: RequestState, status: RequestStatus, *changes: Change, **more: str) -> Outcome:
    rows = (Change("visit_requests", request.id), Change("request_detail", request.id), *changes)
    return Outcome(result={"requestId": request.id, "status": status.value, **more}, changes=rows)
