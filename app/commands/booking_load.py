"""Everything that booking a slot has to know, in one statement that also locks the slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, ColumnElement, Select, and_, literal, null, or_, select, union_all

from app.commands.core import Context
from app.db.functions import db_now, plus_minutes
from app.db.models import (
    AppointmentType,
    ClinicSettings,
    DayClosure,
    Patient,
    PatientDetail,
    Provider,
    SlotDetail,
    Visit,
    VisitSlot,
)
from app.domain.agenda import Agenda, Closure, SlotState
from app.domain.enums import VisitStatus
from app.domain.slots import LONGEST_MINUTES
from app.domain.spans import Span
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.agenda import AnyRow, slot_columns, slot_state

_TARGET, _NEAR, _CLOSED, _OTHER = range(4)
_DAY_MINUTES = 14 * 60
"""How far from its start the rest of a slot's day can lie, whatever the zone makes of the day."""

_COUNTED = (VisitStatus.PLANNED, VisitStatus.CHECKED_IN, VisitStatus.IN_PROGRESS, VisitStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class OtherVisit:
    """A visit of the same day: of the same patient, or of somebody whose name may be mixed up."""

    visit_id: str
    patient_id: str
    provider_id: str
    span: Span
    status: VisitStatus
    first_name: str
    last_name: str
    born: date | None


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """What the statement found. `patient_known` is False when the patient isn't the clinic's."""

    slot: SlotState
    agenda: Agenda
    zone: ZoneInfo
    hold_minutes: int
    type_minutes: int | None
    patient_known: bool
    merged_into: str | None
    first_name: str
    last_name: str
    others: tuple[OtherVisit, ...]


def load_booking(
    ctx: Context, slot_id: str, minutes: int | None, *, patient_id: str | None = None, type_id: str | None = None
) -> BookingFacts:
    """Lock the slot and read what lies around it; refuses an unknown slot.

    `minutes` says how far around; without it as far as any booking may reach.
    """
    target = ctx.lock(select(*_target_columns()).where(VisitSlot.id == slot_id)).cte("target")
    # Locked as well: a plain read would still see who held the slot before the lock was waited for.
    detail = ctx.lock(select(SlotDetail).where(SlotDetail.slot_id == slot_id)).cte("detail")
    parts = [_target(target, detail, ctx, patient_id, type_id), _near(target, minutes or LONGEST_MINUTES)]
    parts.append(_closures(target, minutes or LONGEST_MINUTES))
    if patient_id is not None:
        parts.append(_same_day(target, ctx.actor.clinic_id))
    ctx.flush()
    rows = ctx.session.execute(union_all(*parts)).all()
    return _facts(rows, slot_id, ctx.occurred_at)


def _facts(rows: Sequence[AnyRow], slot_id: str, at: datetime) -> BookingFacts:
    found = next((row for row in rows if row.part == _TARGET), None)
    if found is None:
        raise Refused("NoSuchSlot", t("This slot no longer exists."), field="slotId", slotId=slot_id)
    slot = slot_state(found)
    near = tuple(slot_state(row) for row in rows if row.part == _NEAR)
    closures = tuple(
        Closure(row.slot_id, row.provider_id, Span(row.start_time, row.end_time), row.reason or "")
        for row in rows
        if row.part == _CLOSED
    )
    return BookingFacts(
        slot=slot,
        agenda=Agenda(found.now, at, (slot, *near), closures),
        zone=ZoneInfo(found.zone or "UTC"),
        hold_minutes=found.hold_minutes or 5,
        type_minutes=found.type_minutes,
        patient_known=found.patient_id is not None,
        merged_into=found.merged_into,
        first_name=found.first_name or "",
        last_name=found.last_name or "",
        others=tuple(_other(row) for row in rows if row.part == _OTHER),
    )


def _other(row: AnyRow) -> OtherVisit:
    span = Span(row.start_time, max(row.start_time, row.end_time))
    return OtherVisit(
        row.visit_id, row.patient_id, row.provider_id, span, row.visit_status,
        row.first_name or "", row.last_name or "", row.born,
    )  # fmt: skip


def _target_columns() -> tuple[Any, ...]:
    return (
        VisitSlot.id,
        VisitSlot.provider_id,
        VisitSlot.start_time,
        VisitSlot.end_time,
        VisitSlot.visit_mode,
        VisitSlot.status,
        VisitSlot.held_until,
        VisitSlot.updated_at,
    )


def _target(target: CTE, detail: CTE, ctx: Context, patient_id: str | None, type_id: str | None) -> Select[Any]:
    """The slot as it is after waiting for its lock, and what the clinic, the patient and the type say."""
    kind = select(AppointmentType.minutes).where(AppointmentType.id == type_id).scalar_subquery()
    settings = select(ClinicSettings).where(ClinicSettings.clinic_id == ctx.actor.clinic_id).subquery()
    c, d = target.c, detail.c
    return (
        select(
            literal(_TARGET).label("part"),
            c.id.label("slot_id"), c.provider_id, c.start_time, c.end_time, c.visit_mode, c.status, c.held_until,
            c.updated_at, d.origin, d.grid_end, d.reason, d.overbook, d.held_by, d.held_name, d.workstation,
            d.covered_by, d.batch_id, d.updated_at.label("held_since"), Visit.id.label("visit_id"),
            Visit.status.label("visit_status"), Patient.id.label("patient_id"), Patient.first_name,
            Patient.last_name, Patient.date_of_birth.label("born"), PatientDetail.merged_into,
            kind.label("type_minutes"), settings.c.timezone.label("zone"), settings.c.hold_minutes,
            db_now().label("now"),
        )
        .select_from(target)
        .outerjoin(detail, literal(value=True))
        .outerjoin(Visit, Visit.slot_id == c.id)
        .outerjoin(Patient, Patient.id == patient_id)
        .outerjoin(PatientDetail, PatientDetail.patient_id == patient_id)
        .outerjoin(settings, literal(value=True))
    )  # fmt: skip


def _nothing(count: int) -> tuple[ColumnElement[Any], ...]:
    return tuple(null() for _ in range(count))


def _near(target: CTE, minutes: int) -> Select[Any]:
    """The provider's other slots under the booking."""
    statement = select(literal(_NEAR), *slot_columns(), *_nothing(9)).select_from(VisitSlot)
    statement = statement.outerjoin(SlotDetail, SlotDetail.slot_id == VisitSlot.id)
    statement = statement.outerjoin(Visit, Visit.slot_id == VisitSlot.id)
    return statement.join(target, target.c.provider_id == VisitSlot.provider_id).where(
        VisitSlot.id != target.c.id,
        VisitSlot.start_time > plus_minutes(target.c.start_time, -3 * LONGEST_MINUTES),
        _before_end(VisitSlot.start_time, target, minutes),
        VisitSlot.end_time > target.c.start_time,
    )


def _closures(target: CTE, minutes: int) -> Select[Any]:
    here = and_(
        DayClosure.provider_id == target.c.provider_id,
        DayClosure.reopened_at.is_(None),
        _before_end(DayClosure.start_time, target, minutes),
        DayClosure.end_time > target.c.start_time,
    )
    columns = (DayClosure.id, DayClosure.provider_id, DayClosure.start_time, DayClosure.end_time)
    return select(literal(_CLOSED), *columns, *_nothing(6), DayClosure.reason, *_nothing(18)).join(target, here)


def _same_day(target: CTE, clinic_id: str) -> Select[Any]:
    """Visits of the clinic around the slot's day, for double bookings and namesakes."""
    mine = select(Provider.id).where(Provider.clinic_id == clinic_id)
    columns = (VisitSlot.id, VisitSlot.provider_id, VisitSlot.start_time, VisitSlot.end_time)
    visit = (Visit.id, Visit.status, Patient.id, Patient.first_name, Patient.last_name, Patient.date_of_birth)
    return (
        select(literal(_OTHER), *columns, *_nothing(14), *visit, *_nothing(5))
        .select_from(VisitSlot)
        .join(target, literal(value=True))
        .join(Visit, Visit.slot_id == VisitSlot.id)
        .join(Patient, Patient.id == Visit.patient_id)
        .where(
            VisitSlot.provider_id.in_(mine),
            VisitSlot.start_time > plus_minutes(target.c.start_time, -_DAY_MINUTES),
            VisitSlot.start_time < plus_minutes(target.c.start_time, _DAY_MINUTES),
            Visit.status.in_(_COUNTED),
        )
    )


def _before_end(column: Any, target: CTE, minutes: int) -> ColumnElement[bool]:
    """Before the end of the booking: `minutes` after the start, or the slot's own end where that is later."""
    return or_(column < target.c.end_time, column < plus_minutes(target.c.start_time, minutes))
