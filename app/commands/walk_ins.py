"""People who come without an appointment: seen now or in the next gap, or waiting in the queue until there is one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from app.commands.booking import booked, booking_undone, new_visit
from app.commands.cancelling import cancel_visit
from app.commands.clashes import clashes
from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.living import merged_record, no_such_patient
from app.commands.namesakes import Coming, similar_names_of
from app.commands.placing import Choice, check_not_over, check_open, checked_minutes, place_at
from app.commands.visit_rows import agenda_around
from app.db.models import (
    AppointmentType,
    ClinicSettings,
    Patient,
    PatientDetail,
    Provider,
    ProviderSettings,
    WalkIn,
)
from app.domain.agenda import next_gap
from app.domain.enums import VisitMode, VisitStatus, VisitType, WalkInStatus
from app.domain.permissions import Permission
from app.domain.spans import Span
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_cuid, new_uuid
from app.kernel.text import MAX_LONG, clean_text
from app.queries.agenda import AnyRow

_LOOK_AHEAD = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookWalkIn(Command):
    """Book somebody who is here: at `start`, unless that time is over, else now or in the provider's next gap today.

    `overbook` with a `start` (or now) goes over other bookings, `over_blocked` over blocked time. `arrived` False
    books them as expected rather than as waiting.
    """

    provider_id: str
    patient_id: str
    reason_text: str = ""
    visit_mode: VisitMode = VisitMode.IN_PERSON
    appointment_type_id: str | None = None
    minutes: int | None = None
    start: datetime | None = None
    overbook: bool = False
    over_blocked: bool = False
    arrived: bool = True
    visit_id: str = field(default_factory=new_cuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddWalkIn(Command):
    """Put somebody in the walk-in queue."""

    patient_id: str
    reason: str = ""
    provider_id: str | None = None
    walk_in_id: str = field(default_factory=new_uuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceWalkIn(Command):
    """Book somebody from the queue; like `BookWalkIn`."""

    walk_in_id: str
    provider_id: str
    visit_mode: VisitMode = VisitMode.IN_PERSON
    appointment_type_id: str | None = None
    minutes: int | None = None
    start: datetime | None = None
    overbook: bool = False
    over_blocked: bool = False
    visit_id: str = field(default_factory=new_cuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkInLeft(Command):
    """Somebody left the queue without being seen (or, with False, is back)."""

    walk_in_id: str
    left: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnToQueue(Command):
    """Take back a placement: the booking was a mistake, the person waits on."""

    walk_in_id: str


@handles(BookWalkIn, permission=Permission.BOOK)
def book_walk_in(cmd: BookWalkIn, ctx: Context) -> Outcome:
    """Make a slot and a WALK_IN visit on it."""
    return _place(cmd, ctx)


@handles(AddWalkIn, permission=Permission.BOOK)
def add_walk_in(cmd: AddWalkIn, ctx: Context) -> Outcome:
    """Insert the person into the queue."""
    at = ctx.occurred_at
    ctx.emit(
        insert(WalkIn).values(
            id=cmd.walk_in_id, clinic_id=ctx.actor.clinic_id, patient_id=cmd.patient_id,
            reason=clean_text(cmd.reason, "reason", MAX_LONG), arrived_at=at, status=WalkInStatus.WAITING,
            provider_id=cmd.provider_id, visit_id=None, created_by=ctx.actor.user_id, updated_at=at,
        )
    )  # fmt: skip
    return Outcome(
        result={"walkInId": cmd.walk_in_id},
        changes=(Change("walk_in", cmd.walk_in_id),),
        undo=WalkInLeft(walk_in_id=cmd.walk_in_id),
        undo_label=t("walk-in"),
    )


@handles(PlaceWalkIn, permission=Permission.BOOK)
def place_walk_in(cmd: PlaceWalkIn, ctx: Context) -> Outcome:
    """Book the person and take them off the queue."""
    row = _waiting(ctx, cmd.walk_in_id)
    booking = BookWalkIn(
        provider_id=cmd.provider_id, patient_id=row.patient_id, reason_text=row.reason, visit_mode=cmd.visit_mode,
        appointment_type_id=cmd.appointment_type_id, minutes=cmd.minutes, start=cmd.start, overbook=cmd.overbook,
        over_blocked=cmd.over_blocked, visit_id=cmd.visit_id,
    )  # fmt: skip
    outcome = _place(booking, ctx)
    placed = {"status": WalkInStatus.PLACED, "provider_id": cmd.provider_id, "visit_id": cmd.visit_id}
    _set(ctx, row, **placed)
    return Outcome(
        result={**outcome.result, "walkInId": row.id},
        changes=(*outcome.changes, Change("walk_in", row.id)),
        undo=ReturnToQueue(walk_in_id=row.id),
        undo_label=outcome.undo_label,
        warnings=outcome.warnings,
    )


@handles(ReturnToQueue, permission=Permission.BOOK)
def return_to_queue(cmd: ReturnToQueue, ctx: Context) -> Outcome:
    """Cancel the visit as a mistake, unless it has begun; PLACED → WAITING, with the time of arrival as it was."""
    row = _load(ctx, cmd.walk_in_id)
    if row.status is not WalkInStatus.PLACED or row.visit_id is None:
        raise _not_waiting()
    outcome = cancel_visit(booking_undone(row.visit_id, VisitStatus.CHECKED_IN), ctx)
    _set(ctx, row, status=WalkInStatus.WAITING, visit_id=None)
    return Outcome(
        result={"walkInId": row.id, "status": WalkInStatus.WAITING.value},
        changes=(*outcome.changes, Change("walk_in", row.id)),
    )


@handles(WalkInLeft, permission=Permission.BOOK)
def walk_in_left(cmd: WalkInLeft, ctx: Context) -> Outcome:
    """WAITING ⇄ LEFT."""
    wanted = WalkInStatus.LEFT if cmd.left else WalkInStatus.WAITING
    row = _load(ctx, cmd.walk_in_id)
    if row.status is not wanted:
        if row.status is WalkInStatus.PLACED:
            raise _not_waiting()
        _set(ctx, row, status=wanted)
    return Outcome(
        result={"walkInId": row.id, "status": wanted.value},
        changes=(Change("walk_in", row.id),),
        undo=WalkInLeft(walk_in_id=row.id, left=not cmd.left),
        undo_label=t("leaving the queue"),
    )


def _place(cmd: BookWalkIn, ctx: Context) -> Outcome:
    usual, name = _usual(ctx, cmd)
    minutes = checked_minutes(cmd.minutes if cmd.minutes is not None else usual)
    choice = Choice(overbook=cmd.overbook, over_blocked=cmd.over_blocked)
    start = cmd.start or ctx.occurred_at.replace(second=0, microsecond=0)
    wanted = Span(start, start + timedelta(minutes=minutes))
    check_not_over(ctx, wanted, "start")
    until = start + _LOOK_AHEAD
    around = (cmd.provider_id, Span(start, until + _LOOK_AHEAD))
    agenda = agenda_around(ctx, around, patient_ids=[cmd.patient_id])
    if cmd.start is None and not choice.overbook:
        gap = next_gap(agenda.open_to(ctx.workstation), cmd.provider_id, wanted, until)
        if gap is None:
            check_open(agenda, cmd.provider_id, wanted, choice)
            message = t(
                "There is no gap of {minutes} minutes today. Overbook, or choose another provider.", minutes=minutes
            )
            raise Refused("NoGap", message, field="overbook")
        wanted = gap
    alike = similar_names_of(ctx, [Coming(cmd.patient_id, name, wanted.start)]) if ctx.warns else ()
    place = place_at(ctx, agenda, cmd.provider_id, wanted, cmd.visit_mode, choice)
    status = VisitStatus.CHECKED_IN if cmd.arrived else VisitStatus.PLANNED
    new_visit(
        ctx, cmd.visit_id, place, cmd.patient_id, cmd.provider_id, mode=cmd.visit_mode, kind=VisitType.WALK_IN,
        reason=cmd.reason_text, type_id=cmd.appointment_type_id, minutes=minutes, status=status,
    )  # fmt: skip
    return Outcome(
        result=booked(cmd.visit_id, place, status),
        changes=(Change("visits", cmd.visit_id), Change("visit_slots", place.slot_id)),
        undo=booking_undone(cmd.visit_id, status),
        undo_label=t("walk-in"),
        warnings=(*clashes(agenda, cmd.patient_id, place.span, cmd.visit_id), *alike),
    )


def _usual(ctx: Context, cmd: BookWalkIn) -> tuple[int, tuple[str, str]]:
    """The visit's usual length (the type's, the provider's, the clinic's) and the patient; refuses unknown people."""
    kind = select(AppointmentType.minutes).where(AppointmentType.id == cmd.appointment_type_id).scalar_subquery()
    clinic = select(ClinicSettings.slot_minutes).where(ClinicSettings.clinic_id == ctx.actor.clinic_id)
    statement = (
        select(
            kind.label("type_minutes"), ProviderSettings.slot_minutes, clinic.scalar_subquery().label("clinic_minutes"),
            Patient.id.label("patient_id"), Patient.first_name, Patient.last_name, PatientDetail.merged_into,
        )
        .select_from(Provider)
        .outerjoin(ProviderSettings, ProviderSettings.provider_id == Provider.id)
        .outerjoin(Patient, Patient.id == cmd.patient_id)
        .outerjoin(PatientDetail, PatientDetail.patient_id == cmd.patient_id)
        .where(Provider.id == cmd.provider_id, Provider.clinic_id == ctx.actor.clinic_id)
    )  # fmt: skip
    row = ctx.first(statement)
    if row is None:
        raise Refused("NoSuchProvider", t("This provider is not known."), field="providerId")
    if row.patient_id is None:
        raise no_such_patient()
    if row.merged_into is not None:
        raise merged_record(row.merged_into)
    minutes = int(row.type_minutes or row.slot_minutes or row.clinic_minutes or 20)
    return minutes, (row.first_name or "", row.last_name or "")


def _load(ctx: Context, walk_in_id: str) -> AnyRow:
    columns = (WalkIn.id, WalkIn.patient_id, WalkIn.reason, WalkIn.status, WalkIn.visit_id, WalkIn.updated_at)
    row = ctx.first(ctx.lock(select(*columns).where(WalkIn.id == walk_in_id)))
    if row is None:
        raise Refused("NoSuchWalkIn", t("This person is not in the queue."), field="walkInId")
    return row


def _waiting(ctx: Context, walk_in_id: str) -> AnyRow:
    row = _load(ctx, walk_in_id)
    if row.status is not WalkInStatus.WAITING:
        raise _not_waiting()
    return row


def _not_waiting() -> Conflict:
    return Conflict("StateChanged", t("This person is not waiting any more."), field="walkInId")


def _set(ctx: Context, row: AnyRow, **values: object) -> None:
    statement = update(WalkIn).where(WalkIn.id == row.id)
    ctx.emit(statement.values(updated_at=ctx.stamp(row.updated_at), **values))
