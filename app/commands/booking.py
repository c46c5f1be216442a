"""Booking a visit on a slot."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.commands.booking_load import Booking, BookingFacts, booking_question, load_booking
from app.commands.cancelling import CancelVisit
from app.commands.clashes import clashes
from app.commands.core import Change, Command, Context, Outcome, handles, on_conflict, opens_with
from app.commands.living import merged_record, no_such_patient
from app.commands.namesakes import similar_name
from app.commands.placing import Choice, Place, check_not_over, checked_minutes, place_on
from app.commands.slot_rows import new_slot, save_detail
from app.commands.task_rows import follow_up_booked
from app.commands.waiting_list import fulfil
from app.db.frozen import Question, table_of
from app.db.models import AppointmentType, VirtualVisitSession, Visit, VisitDetail
from app.domain.agenda import SlotState
from app.domain.enums import SlotOrigin, SlotStatus, TelemedStatus, VisitMode, VisitStatus, VisitType
from app.domain.namesakes import is_alike
from app.domain.permissions import Permission
from app.domain.visits import CancelKind
from app.kernel.errors import AppError, Conflict
from app.kernel.i18n import t
from app.kernel.ids import new_cuid
from app.kernel.text import MAX_LONG, clean_text
from app.queries.core import Reader
from app.queries.openings import offering, with_alternatives

_NEW_VISIT = insert(table_of(Visit))
_NEW_DETAIL = insert(table_of(VisitDetail))


@dataclass(frozen=True, slots=True, kw_only=True)
class BookVisit(Command):
    """Book a slot that is FREE, or held by the person, for a patient.

    `minutes` (else the appointment type's) may be more than the slot's: it is lengthened and covers what lies under
    it. `over_blocked` is the person's explicit choice to book over blocked time, `overbook` over other bookings too.
    `warn_of_names` False is for windows that have shown similar names before (`booking_advice`). `follow_up_of` is
    the visit at whose end this one was ordered: its task is done then.
    """

    slot_id: str
    patient_id: str
    visit_mode: VisitMode
    reason_text: str = ""
    visit_type: VisitType = VisitType.SCHEDULED
    appointment_type_id: str | None = None
    minutes: int | None = None
    overbook: bool = False
    over_blocked: bool = False
    warn_of_names: bool = True
    waiting_entry_id: str | None = None
    follow_up_of: str | None = None
    visit_id: str = field(default_factory=new_cuid)


@handles(BookVisit, permission=Permission.BOOK)
def book_visit(cmd: BookVisit, ctx: Context) -> Outcome:
    """One load, one flush: FREE or own HELD → BOOKED plus a visit, PLANNED.

    `certain` in the result: the slot was kept for this workstation, so the server will accept it too.
    """
    return book_on(cmd, ctx, facts_for(cmd, ctx))


def facts_for(cmd: BookVisit, ctx: Context) -> BookingFacts:
    """Lock the slot of a booking and read what decides about it; one that has a visit is refused without waiting."""
    return load_booking(ctx, _wanted(cmd, ctx))


@opens_with(BookVisit)
def _opening(cmd: BookVisit, ctx: Context) -> Question:
    return booking_question(ctx, _wanted(cmd, ctx))


def _wanted(cmd: BookVisit, ctx: Context) -> Booking:
    minutes = checked_minutes(cmd.minutes) if cmd.minutes is not None else None
    names = cmd.warn_of_names and ctx.warns
    return Booking(
        cmd.slot_id, minutes, cmd.patient_id, cmd.appointment_type_id, names=names, may_lose=not cmd.overbook
    )


def book_on(cmd: BookVisit, ctx: Context, facts: BookingFacts) -> Outcome:
    """Queue the booking on its slot as it was read."""
    minutes = cmd.minutes
    check_patient(facts)
    slot = facts.slot
    check_not_over(ctx, slot.span, "slotId")
    choice = Choice(overbook=cmd.overbook, over_blocked=cmd.over_blocked)
    try:
        place = place_on(ctx, facts.agenda, slot, minutes or facts.type_minutes, choice)
    except Conflict as error:
        raise offering(error, facts.beside) from None
    if place.slot_id == slot.id and slot.visit_id is not None:
        set_ended_aside(ctx, slot)
    new_visit(
        ctx, cmd.visit_id, place, cmd.patient_id, slot.provider_id, mode=cmd.visit_mode, kind=cmd.visit_type,
        reason=cmd.reason_text, type_id=cmd.appointment_type_id,
        minutes=minutes or facts.type_minutes,
    )  # fmt: skip
    waited = (*fulfil(ctx, cmd.waiting_entry_id), *_closed_follow_up(cmd, ctx))
    certain = slot.leased_to(ctx.workstation) and place.slot_id == slot.id and place.span == slot.span
    return Outcome(
        result={**booked(cmd.visit_id, place), **({"certain": True} if certain else {})},
        changes=(Change("visits", cmd.visit_id), Change("visit_slots", place.slot_id), *waited),
        undo=booking_undone(cmd.visit_id, VisitStatus.PLANNED, waits_again=cmd.waiting_entry_id),
        undo_label=t("booking"),
        warnings=warnings(facts, place, cmd),
    )


def _closed_follow_up(cmd: BookVisit, ctx: Context) -> tuple[Change, ...]:
    return follow_up_booked(ctx, cmd.follow_up_of, cmd.visit_id, cmd.patient_id)


@on_conflict(BookVisit)
def offer_others(cmd: BookVisit, error: AppError, session: Session, reader: Reader) -> AppError:
    """Name the nearest free times of the same provider and mode to whoever came second."""
    minutes = minutes_asked(session, cmd.minutes, cmd.appointment_type_id)
    return with_alternatives(error, session, reader, slot_id=cmd.slot_id, minutes=minutes)


def minutes_asked(session: Session, minutes: int | None, type_id: str | None) -> int | None:
    """Return how long a booking wants to be: as said, else as its type is; None for as long as the slot is."""
    if minutes is not None or type_id is None:
        return minutes
    return session.execute(select(AppointmentType.minutes).where(AppointmentType.id == type_id)).scalar()


def booking_undone(visit_id: str, status: VisitStatus, *, waits_again: str | None = None) -> CancelVisit:
    """What takes a booking back: only as long as the visit is as it was booked, never once somebody is being seen."""
    return CancelVisit(visit_id=visit_id, kind=CancelKind.MISTAKE, expected=status, waits_again=waits_again)


def booked(visit_id: str, place: Place, status: VisitStatus = VisitStatus.PLANNED) -> dict[str, str]:
    """The result of every command that books."""
    return {
        "visitId": visit_id,
        "slotId": place.slot_id,
        "status": status.value,
        "startTime": place.span.start.isoformat(),
    }


def check_patient(facts: BookingFacts) -> None:
    """Refuse a patient that the clinic doesn't have, or that was merged into another."""
    if not facts.patient_known:
        raise no_such_patient()
    if facts.merged_into is not None:
        raise merged_record(facts.merged_into)


def new_visit(
    ctx: Context, visit_id: str, place: Place, patient_id: str, provider_id: str, *, mode: VisitMode,
    kind: VisitType, reason: str, type_id: str | None, minutes: int | None,
    status: VisitStatus = VisitStatus.PLANNED,
) -> None:  # fmt: skip
    """Queue a visit with its detail, and its room when it is virtual (the backend makes its own)."""
    at = ctx.occurred_at
    visit = {
        "id": visit_id, "patient_id": patient_id, "provider_id": provider_id, "slot_id": place.slot_id,
        "visit_type": kind, "visit_mode": mode, "reason_text": clean_text(reason, "reason", MAX_LONG),
        "status": status, "created_at": at, "updated_at": at,
    }  # fmt: skip
    detail = {
        "visit_id": visit_id, "appointment_type_id": type_id, "minutes": minutes, "booked_by": ctx.actor.user_id,
        "updated_at": at,
    }  # fmt: skip
    ctx.emit_with(_NEW_VISIT, visit)
    ctx.emit_with(_NEW_DETAIL, detail)
    if mode is VisitMode.VIRTUAL:
        new_session(ctx, visit_id)


def new_session(ctx: Context, visit_id: str) -> None:
    """Queue the room of a virtual visit; its id is made here, since booking may be offline."""
    at = ctx.occurred_at
    ctx.emit(
        insert(VirtualVisitSession).values(
            id=ctx.ids.cuid(), visit_id=visit_id, room_id=ctx.ids.cuid(), status=TelemedStatus.NOT_STARTED,
            created_at=at, updated_at=at,
        )
    )  # fmt: skip


def set_ended_aside(ctx: Context, slot: SlotState) -> None:
    """Queue moving a visit that was called off elsewhere to a retired slot, so that its own can be booked."""
    copy_id = ctx.ids.cuid()
    save_detail(ctx, copy_id, origin=SlotOrigin.RETIRED, copied_from=slot.id)
    new_slot(ctx, copy_id, slot.provider_id, slot.span, slot.mode, SlotStatus.BLOCKED)
    ctx.emit(update(Visit).where(Visit.id == slot.visit_id).values(slot_id=copy_id, updated_at=ctx.occurred_at))


def warnings(facts: BookingFacts, place: Place, cmd: BookVisit) -> tuple[str, ...]:
    """What the person should know: the patient is elsewhere at that time, a similar name is there on that day."""
    zone = facts.agenda.zone
    day = place.span.start.astimezone(zone).date()
    texts = []
    for other in facts.namesakes:
        local = other.start.astimezone(zone)
        name = other.first_name, other.last_name
        if local.date() == day and is_alike((facts.first_name, facts.last_name), name):
            texts.append(similar_name(name, local))
    elsewhere = clashes(facts.agenda, cmd.patient_id, place.span, cmd.visit_id)
    return tuple(dict.fromkeys((*elsewhere, *texts)))
