"""Everything that booking a slot has to know, in one trip that also locks the slot.

On the server it is the function ``desktop.booking_facts``: planning such a select under row-level security takes
longer than running it, and a lost race rolls the prepared ones back. The workstation's store has the select itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from app.commands.core import Context
from app.db.frozen import FrozenSelect, Question
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
from app.db.types import UtcDateTime
from app.domain.agenda import Agenda, Closure, Elsewhere, SlotState
from app.domain.enums import VisitStatus
from app.domain.slots import LONGEST_MINUTES
from app.domain.spans import Span
from app.domain.states import LIVE_VISITS
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.agenda import AnyRow, slot_columns, slot_state
from app.queries.openings import ALTERNATIVES, OpenTime, long_enough

_TARGET, _NEAR, _CLOSED, _ELSEWHERE, _NAMESAKE, _BESIDE = range(6)
_DAY_MINUTES = 14 * 60
"""How far from its start the rest of a slot's day can lie, whatever the zone makes of the day."""

_COUNTED = (VisitStatus.PLANNED, VisitStatus.CHECKED_IN, VisitStatus.IN_PROGRESS, VisitStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class Booking:
    """What is asked for. `minutes` None is the appointment type's length, without a type the slot's own.

    With `names` people of the same day whose names are alike are read too. With `may_lose` a slot that has a visit
    already is read without a lock, and without what only a booking needs: the caller refuses then.
    """

    slot_id: str
    minutes: int | None = None
    patient_id: str | None = None
    type_id: str | None = None
    names: bool = False
    may_lose: bool = False


@dataclass(frozen=True, slots=True)
class Namesake:
    """Somebody else's visit around the same day whose name may be alike; whether it is, is yet to be seen."""

    start: datetime
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """What the statement found. `patient_known` is False when the patient isn't the clinic's."""

    slot: SlotState
    agenda: Agenda
    hold_minutes: int
    type_minutes: int | None
    patient_known: bool
    merged_into: str | None
    first_name: str
    last_name: str
    namesakes: tuple[Namesake, ...]
    beside: tuple[OpenTime, ...]
    """What is free beside a slot that somebody else has (the server tells it along, for who comes second)."""


def load_booking(ctx: Context, wanted: Booking) -> BookingFacts:
    """Lock the slot and read what lies around it; refuses an unknown slot."""
    return _facts(ctx.rows(booking_question(ctx, wanted)), wanted, ctx.occurred_at)


def booking_question(ctx: Context, wanted: Booking) -> Question:
    """Return what is asked before a booking; on the server the answer comes with the slot's lock."""
    statement = _statement(online=ctx.online, patient=wanted.patient_id is not None, names=wanted.names)
    values: dict[str, Any] = {
        "slot_id": wanted.slot_id, "minutes": wanted.minutes, "patient_id": wanted.patient_id,
        "type_id": wanted.type_id,
    }  # fmt: skip
    server = {"names": wanted.names, "may_lose": wanted.may_lose, "now": ctx.occurred_at}
    own = server if ctx.online else {"clinic_id": ctx.actor.clinic_id}
    return Question(statement, {**values, **own})


_SLOT_ID: BindParameter[str] = bindparam("slot_id", type_=Text())
_PATIENT_ID: BindParameter[str] = bindparam("patient_id", type_=Text())
_TYPE_ID: BindParameter[str] = bindparam("type_id", type_=Text())
_CLINIC_ID: BindParameter[str] = bindparam("clinic_id", type_=Text())
_MINUTES: BindParameter[int] = bindparam("minutes", type_=Integer())


@cache
def _statement(*, online: bool, patient: bool, names: bool) -> FrozenSelect:
    slot = select(*_target_columns()).where(VisitSlot.id == _SLOT_ID).cte("target")
    detail = select(SlotDetail).where(SlotDetail.slot_id == _SLOT_ID).cte("detail")
    if online:
        return FrozenSelect.on_server(_FUNCTION, _target(slot, detail), bindparam("now", type_=UtcDateTime()))
    usual = select(AppointmentType.minutes).where(AppointmentType.id == _TYPE_ID).scalar_subquery()
    end = plus_minutes(_of(slot, slot.c.start_time), func.coalesce(_MINUTES, usual, 0))
    parts = [_target(slot, detail), _near(slot, end), _closures(slot, end)]
    if patient:
        parts.append(_elsewhere(slot, end))
    if patient and names:
        parts.append(_namesakes(slot))
    return FrozenSelect.on_store(union_all(*parts), direct=True)


_FUNCTION = "booking_facts(:slot_id, :now, :minutes, :patient_id, :type_id, :names, :may_lose)"


def _facts(rows: Sequence[AnyRow], wanted: Booking, at: datetime) -> BookingFacts:
    found = next((row for row in rows if row.part == _TARGET), None)
    if found is None:
        raise Refused("NoSuchSlot", t("This slot no longer exists."), field="slotId", slotId=wanted.slot_id)
    slot = slot_state(found)
    near = tuple(slot_state(row) for row in rows if row.part == _NEAR)
    closures = tuple(
        Closure(row.slot_id, row.provider_id, _span(row), row.reason or "") for row in rows if row.part == _CLOSED
    )
    elsewhere = tuple(Elsewhere(row.visit_id, row.patient_id, _span(row)) for row in rows if row.part == _ELSEWHERE)
    zone = ZoneInfo(found.zone or "UTC")
    return BookingFacts(
        slot=slot,
        agenda=Agenda(found.now, at, (slot, *near), closures, elsewhere, zone),
        hold_minutes=found.hold_minutes or 5,
        type_minutes=found.type_minutes,
        patient_known=found.patient_id is not None,
        merged_into=found.merged_into,
        first_name=found.first_name or "",
        last_name=found.last_name or "",
        namesakes=tuple(
            Namesake(row.start_time, row.first_name or "", row.last_name or "") for row in rows if row.part == _NAMESAKE
        ),
        beside=_beside(rows, wanted.minutes or found.type_minutes),
    )


def _beside(rows: Sequence[AnyRow], minutes: int | None) -> tuple[OpenTime, ...]:
    """The nearest three; none when they are too short for the wish: then `alternatives` looks the long way."""
    found = [row for row in rows if row.part == _BESIDE]
    found.sort(key=lambda row: (abs(row.start_time - row.held_until), row.start_time))
    near = tuple(
        OpenTime(row.slot_id, row.provider_id, row.first_name or "", row.start_time, row.end_time, row.visit_mode)
        for row in found[:ALTERNATIVES]
    )
    return near if long_enough(near, minutes) else ()


def _span(row: AnyRow) -> Span:
    return Span(row.start_time, max(row.start_time, row.end_time))


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


def _of(target: CTE, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column of the locked slot as one value: unlike a join it lets the index on (provider, start) do its work."""
    return select(column).select_from(target).scalar_subquery()


def _target(target: CTE, detail: CTE) -> Select[Any]:
    """The slot as it is after waiting for its lock, and what the clinic, the patient and the type say."""
    kind = select(AppointmentType.minutes).where(AppointmentType.id == _TYPE_ID).scalar_subquery()
    settings = select(ClinicSettings).where(ClinicSettings.clinic_id == _CLINIC_ID).subquery()
    merged = select(PatientDetail.merged_into).where(PatientDetail.patient_id == _PATIENT_ID).scalar_subquery()
    c, d = target.c, detail.c
    return (
        select(
            literal(_TARGET).label("part"),
            c.id.label("slot_id"), c.provider_id, c.start_time, c.end_time, c.visit_mode, c.status, c.held_until,
            c.updated_at, d.origin, d.grid_end, d.reason, d.overbook, d.held_by, d.held_name, d.workstation,
            d.covered_by, d.batch_id, d.updated_at.label("held_since"), Visit.id.label("visit_id"),
            Visit.status.label("visit_status"), Patient.id.label("patient_id"), Patient.first_name,
            Patient.last_name, merged.label("merged_into"), kind.label("type_minutes"),
            settings.c.timezone.label("zone"), settings.c.hold_minutes, db_now().label("now"),
        )
        .select_from(target)
        .outerjoin(detail, literal(value=True))
        .outerjoin(Visit, Visit.slot_id == c.id)
        .outerjoin(Patient, Patient.id == _PATIENT_ID)
        .outerjoin(settings, literal(value=True))
    )  # fmt: skip


def _nothing(count: int) -> tuple[ColumnElement[Any], ...]:
    return tuple(null() for _ in range(count))


def _under(target: CTE, end: ColumnElement[Any], starts: Any, ends: Any) -> ColumnElement[bool]:
    """What lies under the booking: up to `end`, or to the slot's own end where that is later."""
    before = or_(starts < end, starts < _of(target, target.c.end_time))
    return and_(before, ends > _of(target, target.c.start_time))


def _near(target: CTE, end: ColumnElement[Any]) -> Select[Any]:
    """The provider's other slots under the booking."""
    statement = select(literal(_NEAR), *slot_columns(), *_nothing(8)).select_from(VisitSlot)
    statement = statement.outerjoin(SlotDetail, SlotDetail.slot_id == VisitSlot.id)
    start = _of(target, target.c.start_time)
    return statement.outerjoin(Visit, Visit.slot_id == VisitSlot.id).where(
        VisitSlot.provider_id == _of(target, target.c.provider_id),
        VisitSlot.start_time > plus_minutes(start, -3 * LONGEST_MINUTES),
        VisitSlot.start_time < plus_minutes(start, 3 * LONGEST_MINUTES),
        VisitSlot.id != _of(target, target.c.id),
        _under(target, end, VisitSlot.start_time, VisitSlot.end_time),
    )


def _closures(target: CTE, end: ColumnElement[Any]) -> Select[Any]:
    columns = (DayClosure.id, DayClosure.provider_id, DayClosure.start_time, DayClosure.end_time)
    return select(literal(_CLOSED), *columns, *_nothing(6), DayClosure.reason, *_nothing(17)).where(
        DayClosure.provider_id == _of(target, target.c.provider_id),
        DayClosure.reopened_at.is_(None),
        _under(target, end, DayClosure.start_time, DayClosure.end_time),
    )


def _elsewhere(target: CTE, end: ColumnElement[Any]) -> Select[Any]:
    """The patient's other visits at the same time."""
    columns = (VisitSlot.id, VisitSlot.provider_id, VisitSlot.start_time, VisitSlot.end_time)
    visit = (Visit.id, Visit.status, Visit.patient_id)
    statement = select(literal(_ELSEWHERE), *columns, *_nothing(14), *visit, *_nothing(7))
    return statement.join(Visit, Visit.slot_id == VisitSlot.id).where(
        Visit.patient_id == _PATIENT_ID,
        or_(*(Visit.status == status for status in sorted(LIVE_VISITS))),
        _under(target, end, VisitSlot.start_time, VisitSlot.end_time),
    )


def _namesakes(target: CTE) -> Select[Any]:
    """Other people's visits around the slot's day whose first or last names begin alike."""
    start = _of(target, target.c.start_time)
    first = select(func.lower(func.substr(Patient.first_name, 1, 1))).where(Patient.id == _PATIENT_ID)
    last = select(func.lower(func.substr(Patient.last_name, 1, 1))).where(Patient.id == _PATIENT_ID)
    initials = (first.scalar_subquery(), last.scalar_subquery())
    columns = (VisitSlot.id, VisitSlot.provider_id, VisitSlot.start_time, VisitSlot.end_time)
    visit = (Visit.id, Visit.status, Patient.id, Patient.first_name, Patient.last_name)
    return (
        select(literal(_NAMESAKE), *columns, *_nothing(14), *visit, *_nothing(5))
        .select_from(VisitSlot)
        .join(Visit, Visit.slot_id == VisitSlot.id)
        .join(Patient, Patient.id == Visit.patient_id)
        .where(
            VisitSlot.provider_id.in_(select(Provider.id).where(Provider.clinic_id == _CLINIC_ID)),
            VisitSlot.start_time > plus_minutes(start, -_DAY_MINUTES),
            VisitSlot.start_time < plus_minutes(start, _DAY_MINUTES),
            or_(*(Visit.status == status for status in _COUNTED)),
            Visit.patient_id != _PATIENT_ID,
            or_(
                *(
                    func.lower(func.substr(name, 1, 1)) == initial
                    for name in (Patient.first_name, Patient.last_name)
                    for initial in initials
                )
            ),
        )
    )
