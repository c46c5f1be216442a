"""Visits as a list with filters, and one visit with its history."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.db.models import (
    AppointmentType,
    Login,
    Patient,
    Provider,
    ProviderSettings,
    SlotDetail,
    VirtualVisitSession,
    Visit,
    VisitDetail,
    VisitEvent,
    VisitSlot,
)
from app.domain.demographics import read_demographics
from app.domain.enums import FlowMark, SlotOrigin, TelemedStatus, VisitMode, VisitStatus, VisitType
from app.domain.patients import display_name
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.core import Page, Reader, instant, query, read_cursor
from app.queries.day_board import day_span

PAGE = 100


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit in a list; times aware UTC."""

    id: str
    patient_id: str
    patient_name: str
    patient_born: date | None
    provider_id: str
    provider_short: str
    slot_id: str
    start: datetime
    end: datetime
    status: VisitStatus
    mode: VisitMode
    visit_type: VisitType
    type_name: str
    reason: str
    cancel_kind: str | None
    cancel_reason: str | None
    retired: bool


@dataclass(frozen=True, slots=True)
class VisitStep:
    """When a visit came to a status, by whom, why."""

    status: VisitStatus
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class VisitView:
    """One visit with its history; ``room_address`` is where its virtual session takes place."""

    row: VisitRow
    phone: str
    room: str | None
    flow: FlowMark | None
    minutes: int | None
    confirmed_at: datetime | None
    follow_up: Any
    session_status: TelemedStatus | None
    session_room: str
    history: tuple[VisitStep, ...]
    updated_at: datetime


@query(offline=True)
def visit_list(
    session: Session,
    reader: Reader,
    *,
    first: date | None = None,
    last: date | None = None,
    status: Collection[VisitStatus] = (),
    provider_id: str | None = None,
    patient_id: str | None = None,
    mode: VisitMode | None = None,
    newest_first: bool = False,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[VisitRow]:
    """Return visits by start time, a page at a time; dates are the clinic's and inclusive. One statement."""
    statement = _rows().where(Provider.clinic_id == reader.clinic_id)
    if first is not None:
        statement = statement.where(VisitSlot.start_time >= day_span(reader, first)[0])
    if last is not None:
        statement = statement.where(VisitSlot.start_time < day_span(reader, last)[1])
    if status:
        statement = statement.where(Visit.status.in_(tuple(status)))
    for column, value in ((Visit.provider_id, provider_id), (Visit.patient_id, patient_id), (Visit.visit_mode, mode)):
        if value is not None:
            statement = statement.where(column == value)
    statement = _paged(statement, cursor, newest_first=newest_first).limit(limit + 1)
    rows = session.execute(statement).all()
    shown = tuple(_row(row) for row in rows[:limit])
    more = len(rows) > limit
    return Page(shown, more=more, cursor=f"{shown[-1].start.isoformat()}|{shown[-1].id}" if more else None)


def _paged(statement: Any, cursor: str | None, *, newest_first: bool) -> Any:
    start, key = VisitSlot.start_time, Visit.id
    order = (start.desc(), key.desc()) if newest_first else (start, key)
    if cursor:
        at, last_id = read_cursor(cursor, instant, str)
        beyond = start < at if newest_first else start > at
        beside = key < last_id if newest_first else key > last_id
        statement = statement.where(or_(beyond, and_(start == at, beside)))
    return statement.order_by(*order)


def _rows(*columns: Any) -> Any:
    return (
        select(
            Visit.id, Visit.patient_id, Visit.provider_id, Visit.slot_id, Visit.status, Visit.visit_mode,
            Visit.visit_type, Visit.reason_text, VisitSlot.start_time, VisitSlot.end_time, Patient.first_name,
            Patient.last_name, Patient.date_of_birth, Patient.demographics, Provider.name.label("provider_name"),
            ProviderSettings.short_name, AppointmentType.name.label("type_name"), VisitDetail.cancel_kind,
            VisitDetail.cancel_reason, SlotDetail.origin, *columns,
        )
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .join(Patient, Patient.id == Visit.patient_id)
        .join(Provider, Provider.id == Visit.provider_id)
        .outerjoin(ProviderSettings, ProviderSettings.provider_id == Provider.id)
        .outerjoin(SlotDetail, SlotDetail.slot_id == VisitSlot.id)
        .outerjoin(VisitDetail, VisitDetail.visit_id == Visit.id)
        .outerjoin(AppointmentType, AppointmentType.id == VisitDetail.appointment_type_id)
    )  # fmt: skip


def _row(row: Any) -> VisitRow:
    details = read_demographics(row.demographics)
    return VisitRow(
        id=row.id,
        patient_id=row.patient_id,
        patient_name=display_name(row.first_name, row.last_name, details.preferred_name),
        patient_born=row.date_of_birth,
        provider_id=row.provider_id,
        provider_short=row.short_name or row.provider_name,
        slot_id=row.slot_id,
        start=row.start_time,
        end=row.end_time,
        status=row.status,
        mode=row.visit_mode,
        visit_type=row.visit_type,
        type_name=row.type_name or "",
        reason=row.reason_text,
        cancel_kind=row.cancel_kind,
        cancel_reason=row.cancel_reason,
        retired=row.origin is SlotOrigin.RETIRED,
    )


@query(offline=True)
def visit_view(session: Session, reader: Reader, *, visit_id: str) -> VisitView:
    """Return one visit with its history; two statements. Raises ``Refused`` "NoVisit"."""
    statement = _rows(
        Visit.updated_at, VisitDetail.room, VisitDetail.flow, VisitDetail.minutes, VisitDetail.confirmed_at,
        VisitDetail.follow_up, VirtualVisitSession.status.label("session_status"),
        VirtualVisitSession.room_id.label("session_room"),
    ).outerjoin(VirtualVisitSession, VirtualVisitSession.visit_id == Visit.id)  # fmt: skip
    row = session.execute(statement.where(Visit.id == visit_id, Provider.clinic_id == reader.clinic_id)).first()
    if row is None:
        raise Refused("NoVisit", t("There is no such visit here."), field="visitId")
    steps = session.execute(
        select(VisitEvent.status, VisitEvent.at, VisitEvent.reason, Login.display_name)
        .outerjoin(Login, Login.user_id == VisitEvent.by_user)
        .where(VisitEvent.visit_id == visit_id)
        .order_by(VisitEvent.at, VisitEvent.id)
    ).all()
    return VisitView(
        row=_row(row),
        phone=read_demographics(row.demographics).phone,
        room=row.room,
        flow=row.flow,
        minutes=row.minutes,
        confirmed_at=row.confirmed_at,
        follow_up=row.follow_up,
        session_status=row.session_status,
        session_room=row.session_room or "",
        history=tuple(VisitStep(s.status, s.at, s.display_name or "", s.reason or "") for s in steps),
        updated_at=row.updated_at,
    )
