"""The arrival board: who is expected, has arrived, is with a provider, is done; waits, walk-ins, requests."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Text, and_, case, cast, exists, func, literal, null, select, union_all
from sqlalchemy.orm import Session, aliased

from app.db.functions import db_now
from app.db.models import (
    AppointmentType,
    ClinicSettings,
    DayClosure,
    Patient,
    PatientDetail,
    Provider,
    ProviderSettings,
    SlotDetail,
    VirtualVisitSession,
    Visit,
    VisitDetail,
    VisitEvent,
    VisitRequest,
    VisitSlot,
    WalkIn,
)
from app.domain.demographics import read_demographics
from app.domain.enums import FlowMark, RequestStatus, SeverityLevel, TelemedStatus, VisitMode, VisitStatus, WalkInStatus
from app.domain.patients import display_name
from app.queries.core import Reader, query, within_kept_days
from app.queries.day_board import day_span
from app.queries.identity import identity_open

_MOST_REQUESTS = 50
_SEVERITY_ORDER = {SeverityLevel.RED: 0, SeverityLevel.ORANGE: 1, SeverityLevel.YELLOW: 2, SeverityLevel.GREEN: 3}
_OPEN_REQUESTS = (RequestStatus.NEW, RequestStatus.TRIAGED, RequestStatus.AWAITING_PATIENT_CONFIRMATION)


@dataclass(frozen=True, slots=True)
class BoardCard:
    """A visit of today. ``arrived``/``started``/``ended`` are when it came to that status (aware UTC)."""

    visit_id: str
    patient_id: str
    patient_name: str
    patient_born: date | None
    provider_id: str
    provider_short: str
    start: datetime
    end: datetime
    status: VisitStatus
    mode: VisitMode
    type_name: str
    type_short: str
    room: str | None
    flow: FlowMark | None
    phone: str
    language: str
    confirmed: bool
    identity_to_confirm: bool
    arrived: datetime | None
    started: datetime | None
    ended: datetime | None
    cancel_kind: str | None
    follow_up: Any
    """What the provider ordered, until a later visit is booked."""
    to_move: bool
    room_state: TelemedStatus | None = None
    """Where the room of a virtual visit stands; None for one at the clinic."""


@dataclass(frozen=True, slots=True)
class WalkInCard:
    """Somebody who came without an appointment and waits for a place."""

    id: str
    patient_id: str
    patient_name: str
    reason: str
    arrived: datetime
    provider_id: str | None


@dataclass(frozen=True, slots=True)
class RequestCard:
    """An open visit request, most severe first."""

    id: str
    patient_id: str
    patient_name: str
    severity: SeverityLevel
    mode: VisitMode
    reason: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """When a wait is coloured and somebody counts as late; minutes."""

    late: int = 10
    warn: int = 15
    limit: int = 30


@dataclass(frozen=True, slots=True)
class TodayBoard:
    """The board of a day; the cards are in order of their start. ``away`` are the providers who are closed just now."""

    day: date
    now: datetime
    cards: tuple[BoardCard, ...]
    walk_ins: tuple[WalkInCard, ...]
    requests: tuple[RequestCard, ...]
    limits: Limits
    away: frozenset[str] = frozenset()


_CARD, _WALK_IN, _REQUEST, _HEAD, _AWAY = range(5)


def _day_near(reader: Reader, values: Mapping[str, Any]) -> bool:
    day: date = values.get("day") or reader.today
    return within_kept_days(day, day, reader.today)


@query(offline=True, near=_day_near)
def today_board(session: Session, reader: Reader, *, day: date | None = None) -> TodayBoard:
    """Return the board of a day (today); one statement."""
    chosen = day or reader.today
    first, last = day_span(reader, chosen)
    cards = _cards(reader, first, last)
    others = (part(reader, cards.selected_columns.keys()) for part in (_walk_ins, _requests, _head, _away))
    rows: dict[int, list[Any]] = {_CARD: [], _WALK_IN: [], _REQUEST: [], _HEAD: [], _AWAY: []}
    for row in session.execute(union_all(cards, *others)).all():
        rows[row.part].append(row)
    head = next(iter(rows[_HEAD]), None)
    return TodayBoard(
        day=chosen,
        now=head.now if head else reader.now,
        cards=tuple(_card(row) for row in sorted(rows[_CARD], key=lambda row: (row.start_time, row.id))),
        walk_ins=tuple(_walk_in(row) for row in sorted(rows[_WALK_IN], key=lambda row: (row.arrived, row.id))),
        requests=tuple(_request(row) for row in sorted(rows[_REQUEST], key=_by_severity)),
        limits=Limits(head.late, head.warn, head.limit) if head else Limits(),
        away=frozenset(row.provider_id for row in rows[_AWAY]),
    )


def _came_to(status: VisitStatus) -> Any:
    """The last time the visit came to a status."""
    return (
        select(func.max(VisitEvent.at))
        .where(VisitEvent.visit_id == Visit.id, VisitEvent.status == status)
        .scalar_subquery()
    )


def _arrived() -> Any:
    """When the patient came: somebody from the walk-in queue has waited since before they were booked."""
    queued = select(WalkIn.arrived_at).where(WalkIn.visit_id == Visit.id).limit(1).scalar_subquery()
    return func.coalesce(queued, _came_to(VisitStatus.CHECKED_IN))


def _in_closure() -> Any:
    """Whether the visit's provider doesn't work then: somebody has to find another time."""
    return exists().where(
        DayClosure.provider_id == Visit.provider_id,
        DayClosure.start_time < VisitSlot.end_time,
        DayClosure.end_time > VisitSlot.start_time,
        DayClosure.reopened_at.is_(None),
    )


def _has_next() -> Any:
    """Whether a later visit has been booked since this one began: then the follow-up is booked."""
    later, slot = aliased(Visit), aliased(VisitSlot)
    planned = select(later.id).join(slot, slot.id == later.slot_id)
    planned = planned.where(
        later.patient_id == Visit.patient_id,
        later.status == VisitStatus.PLANNED,
        later.created_at >= VisitSlot.start_time,
        slot.start_time > VisitSlot.end_time,
    )
    return and_(VisitDetail.follow_up.is_not(None), planned.exists())


def _room_state() -> Any:
    """Where the room of a virtual visit stands."""
    session = select(VirtualVisitSession.status).where(VirtualVisitSession.visit_id == Visit.id)
    return session.where(Visit.visit_mode == VisitMode.VIRTUAL).limit(1).scalar_subquery()


def _typed_null(column: Any) -> Any:
    """A NULL of a column's type: the first part of a union decides what its columns are."""
    return cast(null(), column.type)


def _cards(reader: Reader, first: datetime, last: datetime) -> Any:
    """The visits of a span. Its columns are those of the whole union."""
    return (
        select(
            literal(_CARD).label("part"), Visit.id, Visit.status, Visit.visit_mode, Visit.patient_id, Visit.provider_id,
            VisitSlot.start_time, VisitSlot.end_time, ProviderSettings.short_name, Provider.name.label("provider_name"),
            AppointmentType.name.label("type_name"), AppointmentType.short_name.label("type_short"), VisitDetail.room,
            VisitDetail.flow, VisitDetail.confirmed_at, VisitDetail.cancel_kind, VisitDetail.follow_up,
            Patient.first_name, Patient.last_name, Patient.date_of_birth, Patient.demographics,
            identity_open(), _arrived().label("arrived"),
            _came_to(VisitStatus.IN_PROGRESS).label("started"), _came_to(VisitStatus.COMPLETED).label("ended"),
            _in_closure().label("to_move"), _has_next().label("has_next"),
            _room_state().label("room_state"),
            cast(null(), Text).label("reason"), _typed_null(VisitRequest.severity).label("severity"),
            _typed_null(VisitRequest.created_at).label("now"),
            _typed_null(ClinicSettings.late_after_minutes).label("late"),
            _typed_null(ClinicSettings.wait_warn_minutes).label("warn"),
            _typed_null(ClinicSettings.wait_limit_minutes).label("limit"),
        )
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .join(Provider, Provider.id == Visit.provider_id)
        .join(Patient, Patient.id == Visit.patient_id)
        .outerjoin(SlotDetail, SlotDetail.slot_id == VisitSlot.id)
        .outerjoin(ProviderSettings, ProviderSettings.provider_id == Provider.id)
        .outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id)
        .outerjoin(VisitDetail, VisitDetail.visit_id == Visit.id)
        .outerjoin(AppointmentType, AppointmentType.id == VisitDetail.appointment_type_id)
        .where(Provider.clinic_id == reader.clinic_id, VisitSlot.start_time >= first, VisitSlot.start_time < last)
    )  # fmt: skip


def _card(row: Any) -> BoardCard:
    details = read_demographics(row.demographics)
    return BoardCard(
        visit_id=row.id,
        patient_id=row.patient_id,
        patient_name=display_name(row.first_name, row.last_name, details.preferred_name),
        patient_born=row.date_of_birth,
        provider_id=row.provider_id,
        provider_short=row.short_name or row.provider_name,
        start=row.start_time,
        end=row.end_time,
        status=row.status,
        mode=row.visit_mode,
        type_name=row.type_name or "",
        type_short=row.type_short or row.type_name or "",
        room=row.room,
        flow=row.flow,
        phone=details.phone,
        language=details.language,
        confirmed=row.confirmed_at is not None,
        identity_to_confirm=bool(row.identity_to_confirm),
        arrived=row.arrived,
        started=row.started,
        ended=row.ended,
        cancel_kind=row.cancel_kind,
        follow_up=None if row.has_next else row.follow_up,
        to_move=bool(row.to_move) and row.status is VisitStatus.PLANNED,
        room_state=row.room_state,
    )


def _part(kind: int, names: Collection[str], columns: Mapping[str, Any]) -> Any:
    """A part of the union: its own columns, and nothing in the others."""
    known = {"part": literal(kind), **columns}
    return select(*(known.get(name, null()).label(name) for name in names))


def _walk_ins(reader: Reader, names: Collection[str]) -> Any:
    columns = {
        "id": WalkIn.id, "patient_id": WalkIn.patient_id, "provider_id": WalkIn.provider_id, "reason": WalkIn.reason,
        "arrived": WalkIn.arrived_at, "first_name": Patient.first_name, "last_name": Patient.last_name,
    }  # fmt: skip
    found = _part(_WALK_IN, names, columns).join_from(WalkIn, Patient, Patient.id == WalkIn.patient_id)
    return found.where(WalkIn.clinic_id == reader.clinic_id, WalkIn.status == WalkInStatus.WAITING)


def _walk_in(row: Any) -> WalkInCard:
    name = display_name(row.first_name, row.last_name)
    return WalkInCard(row.id, row.patient_id, name, row.reason, row.arrived, row.provider_id)


def _requests(reader: Reader, names: Collection[str]) -> Any:
    columns = {
        "id": VisitRequest.id, "patient_id": VisitRequest.patient_id, "visit_mode": VisitRequest.visit_mode,
        "reason": VisitRequest.reason_text, "severity": VisitRequest.severity, "arrived": VisitRequest.created_at,
        "first_name": Patient.first_name, "last_name": Patient.last_name,
    }  # fmt: skip
    worst_first = case(_SEVERITY_ORDER, value=VisitRequest.severity)
    found = (
        select(*(column.label(name) for name, column in columns.items()))
        .join(Patient, Patient.id == VisitRequest.patient_id)
        .where(Patient.clinic_id == reader.clinic_id, VisitRequest.status.in_(_OPEN_REQUESTS))
        .order_by(worst_first, VisitRequest.created_at, VisitRequest.id)
        .limit(_MOST_REQUESTS)
        .subquery()
    )
    return _part(_REQUEST, names, {name: found.c[name] for name in columns})


def _by_severity(row: Any) -> tuple[int, datetime, str]:
    return _SEVERITY_ORDER[row.severity], row.arrived, row.id


def _request(row: Any) -> RequestCard:
    name = display_name(row.first_name, row.last_name)
    return RequestCard(row.id, row.patient_id, name, row.severity, row.visit_mode, row.reason, row.arrived)


def _head(reader: Reader, names: Collection[str]) -> Any:
    """One row, whatever there is: the database's time and the clinic's limits."""
    columns = {
        "now": db_now(), "late": ClinicSettings.late_after_minutes, "warn": ClinicSettings.wait_warn_minutes,
        "limit": ClinicSettings.wait_limit_minutes,
    }  # fmt: skip
    return _part(_HEAD, names, columns).where(ClinicSettings.clinic_id == reader.clinic_id)


def _away(reader: Reader, names: Collection[str]) -> Any:
    """Whose day is closed at this moment, by whatever name."""
    found = _part(_AWAY, names, {"id": DayClosure.id, "provider_id": DayClosure.provider_id})
    return found.where(
        DayClosure.clinic_id == reader.clinic_id, DayClosure.reopened_at.is_(None),
        DayClosure.start_time <= reader.now, DayClosure.end_time > reader.now,
    )  # fmt: skip
