"""A day of the clinic, or a week of one provider: columns, slots, visits, holds and closures in one statement."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.db.functions import db_now
from app.db.models import (
    AppointmentType,
    DayClosure,
    Patient,
    PatientDetail,
    Provider,
    ProviderSettings,
    SlotDetail,
    Visit,
    VisitDetail,
    VisitSlot,
)
from app.domain.demographics import read_demographics
from app.domain.enums import FlowMark, SlotOrigin, SlotStatus, VisitMode, VisitStatus, VisitType
from app.domain.patients import display_name
from app.domain.states import LIVE_VISITS
from app.queries.agenda import REACH
from app.queries.core import Reader, query, within_kept_days
from app.queries.identity import identity_open


@dataclass(frozen=True, slots=True)
class BoardVisit:
    """A visit on the calendar. ``to_move``: its provider was closed; ``series_id``: it is one of several."""

    id: str
    patient_id: str
    patient_name: str
    patient_born: date | None
    language: str
    phone: str
    status: VisitStatus
    mode: VisitMode
    visit_type: VisitType
    type_id: str | None
    type_name: str
    type_short: str
    type_color: str
    reason: str
    room: str | None
    flow: FlowMark | None
    confirmed: bool
    identity_to_confirm: bool
    to_move: bool
    follow_up: Any
    updated_at: datetime
    series_id: str | None = None


@dataclass(frozen=True, slots=True)
class BoardSlot:
    """A slot on the calendar; times aware UTC. ``held_*`` only while the hold hasn't expired.

    ``kept_for``: the name of the workstation (``workstation`` is its id) that a HELD slot is kept for in case it is
    offline; such a slot has no ``held_until``.
    """

    id: str
    start: datetime
    end: datetime
    mode: VisitMode
    status: SlotStatus
    origin: SlotOrigin | None
    reason: str
    overbook: bool
    held_by: str | None
    held_name: str
    held_until: datetime | None
    workstation: str | None
    covered_by: str | None
    batch_id: str | None
    visit: BoardVisit | None
    kept_for: str = ""


@dataclass(frozen=True, slots=True)
class BoardClosure:
    """A range in which a provider doesn't work."""

    id: str
    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """One provider and what stands in the range asked for, by start time."""

    provider_id: str
    name: str
    short_name: str
    specialties: tuple[str, ...]
    slots: tuple[BoardSlot, ...]
    closures: tuple[BoardClosure, ...]

    @property
    def free(self) -> int:
        """How many slots can be booked."""
        return sum(1 for slot in self.slots if slot.status is SlotStatus.FREE)

    @property
    def to_move(self) -> int:
        """How many visits wait for a new time."""
        return sum(1 for slot in self.slots if slot.visit is not None and slot.visit.to_move)


@dataclass(frozen=True, slots=True)
class DayBoard:
    """The columns of a range. ``now`` is the database's instant, ``first``/``last`` the range in UTC."""

    day: date
    first: datetime
    last: datetime
    now: datetime
    columns: tuple[BoardColumn, ...]


def day_span(reader: Reader, day: date, days: int = 1) -> tuple[datetime, datetime]:
    """Return the instants at which a day (or several) begins and ends in the clinic's zone."""
    first = datetime.combine(day, time(0), reader.zone)
    last = datetime.combine(day + timedelta(days=days), time(0), reader.zone)
    return first.astimezone(reader.now.tzinfo), last.astimezone(reader.now.tzinfo)


def _day_near(reader: Reader, values: Mapping[str, Any]) -> bool:
    day: date = values.get("day") or values["monday"]
    return within_kept_days(day, day + timedelta(days=7), reader.today)


@query(offline=True, near=_day_near)
def day_board(session: Session, reader: Reader, *, day: date, provider_ids: Collection[str] = ()) -> DayBoard:
    """Return a day with a column for each provider (all active ones unless named). One statement."""
    return _board(session, reader, day, 1, provider_ids)


@query(offline=True, near=_day_near)
def week_board(session: Session, reader: Reader, *, monday: date, provider_id: str) -> DayBoard:
    """Return seven days of one provider in a single column. One statement."""
    return _board(session, reader, monday, 7, (provider_id,))


def _board(session: Session, reader: Reader, day: date, days: int, provider_ids: Collection[str]) -> DayBoard:
    first, last = day_span(reader, day, days)
    rows = session.execute(_statement(reader, first, last, provider_ids)).all()
    now = rows[0].now if rows else reader.now
    columns = []
    for _, group in groupby(rows, key=lambda row: row.provider_id):
        columns.append(_column(list(group), now))
    return DayBoard(day, first, last, now, tuple(columns))


def _statement(reader: Reader, first: datetime, last: datetime, provider_ids: Collection[str]) -> Any:
    within = and_(
        VisitSlot.provider_id == Provider.id,
        VisitSlot.start_time > first - REACH,
        VisitSlot.start_time < last,
        VisitSlot.end_time > first,
    )
    closed = and_(
        DayClosure.provider_id == Provider.id,
        DayClosure.start_time < last,
        DayClosure.end_time > first,
        DayClosure.reopened_at.is_(None),
    )
    order = func.coalesce(ProviderSettings.sort_order, 999)
    statement = (
        select(*_columns())
        .select_from(Provider)
        .outerjoin(ProviderSettings, ProviderSettings.provider_id == Provider.id)
        .outerjoin(DayClosure, closed)
        .outerjoin(VisitSlot, within)
        .outerjoin(SlotDetail, SlotDetail.slot_id == VisitSlot.id)
        .outerjoin(Visit, Visit.slot_id == VisitSlot.id)
        .outerjoin(VisitDetail, VisitDetail.visit_id == Visit.id)
        .outerjoin(AppointmentType, AppointmentType.id == VisitDetail.appointment_type_id)
        .outerjoin(Patient, Patient.id == Visit.patient_id)
        .outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id)
        .where(Provider.clinic_id == reader.clinic_id)
        .order_by(order, Provider.name, Provider.id, VisitSlot.start_time, VisitSlot.id)
    )
    if provider_ids:
        return statement.where(Provider.id.in_(provider_ids))
    return statement.where(or_(ProviderSettings.active.is_(None), ProviderSettings.active))


def _columns() -> list[Any]:
    return [
        db_now().label("now"), Provider.id.label("provider_id"), Provider.name.label("provider_name"),
        Provider.specialties, ProviderSettings.short_name, DayClosure.id.label("closure_id"),
        DayClosure.start_time.label("closure_start"), DayClosure.end_time.label("closure_end"),
        DayClosure.reason.label("closure_reason"), VisitSlot.id.label("slot_id"), VisitSlot.start_time,
        VisitSlot.end_time, VisitSlot.visit_mode.label("slot_mode"), VisitSlot.status.label("slot_status"),
        VisitSlot.held_until, SlotDetail.origin, SlotDetail.reason.label("slot_reason"), SlotDetail.overbook,
        SlotDetail.held_by, SlotDetail.held_name, SlotDetail.workstation, SlotDetail.covered_by, SlotDetail.batch_id,
        Visit.id.label("visit_id"), Visit.status.label("visit_status"), Visit.visit_mode, Visit.visit_type,
        Visit.reason_text, Visit.updated_at.label("visit_updated"), VisitDetail.room, VisitDetail.flow,
        VisitDetail.confirmed_at, VisitDetail.follow_up, VisitDetail.series_id, AppointmentType.id.label("type_id"),
        AppointmentType.name.label("type_name"), AppointmentType.short_name.label("type_short"),
        AppointmentType.color, Patient.id.label("patient_id"), Patient.first_name, Patient.last_name,
        Patient.date_of_birth, Patient.demographics, identity_open(),
    ]  # fmt: skip


def _column(rows: list[Any], now: datetime) -> BoardColumn:
    head = rows[0]
    closures = {
        row.closure_id: BoardClosure(row.closure_id, row.closure_start, row.closure_end, row.closure_reason)
        for row in rows
        if row.closure_id is not None
    }
    slots: dict[str, BoardSlot] = {}
    for row in rows:
        if row.slot_id is not None and row.slot_id not in slots and row.origin is not SlotOrigin.RETIRED:
            slots[row.slot_id] = _slot(row, now, closures.values())
    return BoardColumn(
        provider_id=head.provider_id,
        name=head.provider_name,
        short_name=head.short_name or head.provider_name,
        specialties=tuple(head.specialties or ()),
        slots=tuple(_without_unbookable(list(slots.values()))),
        closures=tuple(closures.values()),
    )


def _without_unbookable(slots: list[BoardSlot]) -> Iterator[BoardSlot]:
    """Leave out free slots that something lies over (offered in the other mode), and what a lapsed hold was made of."""
    busy = [slot for slot in slots if slot.status is not SlotStatus.FREE and slot.covered_by is None]
    for slot in slots:
        free = slot.status is SlotStatus.FREE
        if free and slot.origin is SlotOrigin.MADE:
            continue
        if not free or not any(slot.start < other.end and other.start < slot.end for other in busy):
            yield slot


def _slot(row: Any, now: datetime, closures: Iterable[BoardClosure]) -> BoardSlot:
    held = row.slot_status is SlotStatus.HELD and (row.held_until is None or row.held_until > now)
    kept = held and row.held_until is None and row.held_by is None and row.workstation is not None
    live = row.visit_id is not None and row.visit_status in LIVE_VISITS
    shown = live or row.visit_status is VisitStatus.COMPLETED
    visit = _visit(row, now, closures) if shown else None
    return BoardSlot(
        id=row.slot_id,
        start=row.start_time,
        end=max(row.end_time, row.start_time),
        mode=row.slot_mode,
        status=_status(row.slot_status, held=held, with_visit=visit is not None),
        origin=row.origin,
        reason=row.slot_reason or "",
        overbook=bool(row.overbook),
        held_by=row.held_by if held else None,
        held_name=(row.held_name or "") if held else "",
        held_until=row.held_until if held else None,
        workstation=row.workstation if held else None,
        covered_by=row.covered_by,
        batch_id=row.batch_id,
        visit=visit,
        kept_for=(row.held_name or row.workstation) if kept else "",
    )


def _status(stored: SlotStatus, *, held: bool, with_visit: bool) -> SlotStatus:
    """An expired hold counts as free at once; so does a slot whose visit was called off by the backend."""
    if stored is SlotStatus.HELD:
        return SlotStatus.HELD if held else SlotStatus.FREE
    if stored is SlotStatus.BOOKED and not with_visit:
        return SlotStatus.FREE
    if stored is SlotStatus.FREE and with_visit:
        return SlotStatus.BOOKED
    return stored


def _visit(row: Any, now: datetime, closures: Iterable[BoardClosure]) -> BoardVisit:
    details = read_demographics(row.demographics)
    closed = any(c.start < row.end_time and row.start_time < c.end for c in closures)
    return BoardVisit(
        id=row.visit_id,
        patient_id=row.patient_id,
        patient_name=display_name(row.first_name, row.last_name, details.preferred_name),
        patient_born=row.date_of_birth,
        language=details.language,
        phone=details.phone,
        status=row.visit_status,
        mode=row.visit_mode,
        visit_type=row.visit_type,
        type_id=row.type_id,
        type_name=row.type_name or "",
        type_short=row.type_short or row.type_name or "",
        type_color=row.color or "",
        reason=row.reason_text,
        room=row.room,
        flow=row.flow,
        confirmed=row.confirmed_at is not None,
        identity_to_confirm=bool(row.identity_to_confirm),
        to_move=closed and row.visit_status is VisitStatus.PLANNED and row.end_time > now - timedelta(days=1),
        follow_up=row.follow_up,
        updated_at=row.visit_updated,
        series_id=row.series_id,
    )
