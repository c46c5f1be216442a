"""Several people at once, a family: one after the other or side by side, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands.booking import booked, minutes_asked, new_visit, set_ended_aside
from app.commands.cancelling import CancelVisit, cancel_visit
from app.commands.clashes import clashes
from app.commands.core import Change, Command, Context, Outcome, handles, on_conflict
from app.commands.living import merged_record, no_such_patient
from app.commands.namesakes import Coming, similar_names_of
from app.commands.placing import Choice, Place, checked_minutes, place_on, placed
from app.commands.visit_rows import agenda_around
from app.db.models import AppointmentType, Patient, PatientDetail, VisitSlot
from app.domain.agenda import Agenda
from app.domain.enums import VisitMode, VisitStatus, VisitType
from app.domain.permissions import Permission
from app.domain.slots import LONGEST_MINUTES
from app.domain.spans import Span
from app.domain.visits import CancelKind
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_cuid
from app.queries.core import Reader
from app.queries.openings import with_alternatives

MOST_AT_ONCE = 12


@dataclass(frozen=True, slots=True)
class OneOfSeveral:
    """One person of a family and the slot for them."""

    slot_id: str
    patient_id: str
    visit_mode: VisitMode = VisitMode.IN_PERSON
    reason_text: str = ""
    appointment_type_id: str | None = None
    minutes: int | None = None
    visit_id: str = field(default_factory=new_cuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookTogether(Command):
    """Book several people in one go: every one of them, or none."""

    visits: tuple[OneOfSeveral, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTogether(Command):
    """Call several visits off in one go; the undo of `BookTogether`."""

    visit_ids: tuple[str, ...]
    kind: CancelKind = CancelKind.MISTAKE


@handles(BookTogether, permission=Permission.BOOK)
def book_together(cmd: BookTogether, ctx: Context) -> Outcome:
    """Place one after the other on the agenda as the ones before leave it."""
    names = _checked(cmd, ctx)
    types = _type_minutes(cmd, ctx)
    agenda = _agenda(cmd, ctx)
    results: list[dict[str, Any]] = []
    alike = _alike(cmd, ctx, agenda, names) if ctx.warns else ()
    warnings: list[str] = []
    for index, one in enumerate(cmd.visits):
        place, agenda = _place(ctx, agenda, one, index, one.minutes or types.get(one.appointment_type_id or ""))
        results.append({**booked(one.visit_id, place), "patientId": one.patient_id})
        warnings.extend(clashes(agenda, one.patient_id, place.span, one.visit_id))
    changes = (Change("visits", one.visit_id) for one in cmd.visits)
    return Outcome(
        result={"visits": results},
        changes=(*changes, *(Change("visit_slots", result["slotId"]) for result in results)),
        undo=CancelTogether(visit_ids=tuple(one.visit_id for one in cmd.visits)),
        undo_label=t("booking"),
        warnings=tuple(dict.fromkeys((*warnings, *alike))),
    )


@handles(CancelTogether, permission=Permission.ADVANCE_VISIT)
def cancel_together(cmd: CancelTogether, ctx: Context) -> Outcome:
    """Cancel each; one that has come meanwhile keeps all of them."""
    planned = (CancelVisit(visit_id=one, kind=cmd.kind, expected=VisitStatus.PLANNED) for one in cmd.visit_ids)
    outcomes = [cancel_visit(one, ctx) for one in planned]
    return Outcome(
        result={"visits": [dict(outcome.result) for outcome in outcomes]},
        changes=tuple(change for outcome in outcomes for change in outcome.changes),
    )


@on_conflict(BookTogether)
def offer_others(cmd: BookTogether, error: AppError, session: Session, reader: Reader) -> AppError:
    """Name the nearest free times for the one whose slot was taken."""
    index = error.data.get("index")
    one = cmd.visits[index if isinstance(index, int) else 0]
    minutes = minutes_asked(session, one.minutes, one.appointment_type_id)
    return with_alternatives(error, session, reader, slot_id=one.slot_id, minutes=minutes)


def _checked(cmd: BookTogether, ctx: Context) -> dict[str, tuple[str, str]]:
    """Refuse what can't be; returns the names by patient."""
    if not 0 < len(cmd.visits) <= MOST_AT_ONCE:
        raise Refused("BadValue", t("Book 1 to {limit} people at once.", limit=MOST_AT_ONCE), field="visits")
    if len({one.slot_id for one in cmd.visits}) < len(cmd.visits):
        raise Refused("BadValue", t("Everybody needs a slot of their own."), field="visits")
    ids = {one.patient_id for one in cmd.visits}
    known = select(Patient.id, Patient.first_name, Patient.last_name, PatientDetail.merged_into)
    known = known.outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id).where(Patient.id.in_(ids))
    found = {row.id: row for row in ctx.all(known)}
    for index, one in enumerate(cmd.visits):
        field = f"visits[{index}].patientId"
        if one.patient_id not in found:
            raise no_such_patient(field)
        if (into := found[one.patient_id].merged_into) is not None:
            raise merged_record(into, field)
    return {row.id: (row.first_name or "", row.last_name or "") for row in found.values()}


def _alike(cmd: BookTogether, ctx: Context, agenda: Agenda, names: Mapping[str, tuple[str, str]]) -> tuple[str, ...]:
    """Warnings for others of that day whose names are like one of theirs."""
    slots = ((one.patient_id, agenda.slot(one.slot_id)) for one in cmd.visits)
    coming = [Coming(patient_id, names[patient_id], slot.span.start) for patient_id, slot in slots if slot is not None]
    return similar_names_of(ctx, coming)


def _type_minutes(cmd: BookTogether, ctx: Context) -> dict[str, int]:
    ids = {one.appointment_type_id for one in cmd.visits if one.appointment_type_id is not None}
    statement = select(AppointmentType.id, AppointmentType.minutes).where(AppointmentType.id.in_(ids))
    return {row.id: row.minutes for row in ctx.all(statement)} if ids else {}


def _agenda(cmd: BookTogether, ctx: Context) -> Agenda:
    """Lock the slots, in one order, and read what lies around them."""
    columns = (VisitSlot.id, VisitSlot.provider_id, VisitSlot.start_time, VisitSlot.end_time)
    wanted = select(*columns).where(VisitSlot.id.in_([one.slot_id for one in cmd.visits])).order_by(VisitSlot.id)
    rows = ctx.all(ctx.lock(wanted))
    missing = {one.slot_id for one in cmd.visits} - {row.id for row in rows}
    if missing:
        raise Refused("NoSuchSlot", t("This slot no longer exists."), field="visits", slotId=min(missing))
    start, end = min(row.start_time for row in rows), max(row.end_time for row in rows)
    longest = max((one.minutes or 0 for one in cmd.visits), default=0)
    reach = end + timedelta(minutes=max(longest, LONGEST_MINUTES))
    around = ((provider_id, Span(start, reach)) for provider_id in {row.provider_id for row in rows})
    return agenda_around(ctx, *around, patient_ids=[one.patient_id for one in cmd.visits])


def _place(ctx: Context, agenda: Agenda, one: OneOfSeveral, index: int, minutes: int | None) -> tuple[Place, Agenda]:
    slot = agenda.slot(one.slot_id)
    if slot is None:
        raise Refused("NoSuchSlot", t("This slot no longer exists."), field=f"visits[{index}].slotId")
    if slot.span.end <= ctx.occurred_at:
        raise Refused("SlotPast", t("This time is over."), field=f"visits[{index}].slotId")
    minutes = checked_minutes(minutes) if minutes is not None else None
    try:
        place = place_on(ctx, agenda, slot, minutes, Choice())
    except AppError as error:
        error.data = {**error.data, "index": index}
        raise
    if slot.visit_id is not None:
        set_ended_aside(ctx, slot)
    new_visit(
        ctx, one.visit_id, place, one.patient_id, slot.provider_id, mode=one.visit_mode, kind=VisitType.SCHEDULED,
        reason=one.reason_text, type_id=one.appointment_type_id, minutes=minutes,
    )  # fmt: skip
    return place, placed(agenda, slot, place)
