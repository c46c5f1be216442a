"""The visits of closed times that still need another one, with what was tried to reach their patients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from app.db.models import (
    AppointmentType,
    ContactAttempt,
    DayClosure,
    Patient,
    Provider,
    ProviderSettings,
    Visit,
    VisitDetail,
    VisitSlot,
)
from app.domain.demographics import read_demographics
from app.domain.enums import VisitMode, VisitStatus
from app.domain.patients import display_name
from app.domain.visits import ContactResult
from app.queries.core import Reader, query
from app.queries.day_board import day_span

MOST = 200


@dataclass(frozen=True, slots=True)
class ToMoveVisit:
    """A visit that can't take place as planned; ``attempts`` counts the calls, ``tried`` is the last one.

    ``agreed`` is the same on every line: how many patients have agreed to another time since the times were closed.
    """

    visit_id: str
    slot_id: str
    patient_id: str
    patient_name: str
    phone: str
    provider_id: str
    provider_short: str
    type_name: str
    mode: VisitMode
    start: datetime
    end: datetime
    reason: str
    attempts: int
    tried: datetime | None
    outcome: str
    agreed: int

    @property
    def minutes(self) -> int:
        """How long it is."""
        return int((self.end - self.start).total_seconds() // 60)


@query(offline=True)
def to_move(session: Session, reader: Reader, *, provider_id: str | None = None) -> tuple[ToMoveVisit, ...]:
    """Return the planned visits of today and later that lie in a closure, earliest first. One statement."""
    first, _ = day_span(reader, reader.today)
    tried = _tried(reader)
    last = select(ContactAttempt.outcome).where(ContactAttempt.visit_id == Visit.id)
    last = last.order_by(ContactAttempt.at.desc()).limit(1)
    statement = (
        select(
            Visit.id, Visit.slot_id, Visit.patient_id, Visit.provider_id, Visit.visit_mode, VisitSlot.start_time,
            VisitSlot.end_time, ProviderSettings.short_name, Provider.name.label("provider_name"),
            AppointmentType.name.label("type_name"), Patient.first_name, Patient.last_name, Patient.demographics,
            DayClosure.reason, tried.c.n, tried.c.at, last.scalar_subquery().label("outcome"),
            agreed_since_closing(reader, first).label("agreed"),
        )
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .join(Provider, Provider.id == Visit.provider_id)
        .join(DayClosure, DayClosure.provider_id == Visit.provider_id)
        .join(Patient, Patient.id == Visit.patient_id)
        .outerjoin(ProviderSettings, ProviderSettings.provider_id == Provider.id)
        .outerjoin(VisitDetail, VisitDetail.visit_id == Visit.id)
        .outerjoin(AppointmentType, AppointmentType.id == VisitDetail.appointment_type_id)
        .outerjoin(tried, tried.c.visit_id == Visit.id)
        .where(
            Provider.clinic_id == reader.clinic_id,
            DayClosure.reopened_at.is_(None),
            DayClosure.start_time < VisitSlot.end_time,
            DayClosure.end_time > VisitSlot.start_time,
            VisitSlot.start_time >= first,
            Visit.status == VisitStatus.PLANNED,
        )
        .order_by(VisitSlot.start_time, Visit.id)
        .limit(MOST)
    )  # fmt: skip
    if provider_id is not None:
        statement = statement.where(Visit.provider_id == provider_id)
    found: dict[str, ToMoveVisit] = {}
    for row in session.execute(statement).all():
        found.setdefault(row.id, _visit(row))
    return tuple(found.values())


def _tried(reader: Reader) -> Any:
    """How often each visit's patient was called, and when last."""
    tries = select(ContactAttempt.visit_id, func.count().label("n"), func.max(ContactAttempt.at).label("at"))
    return tries.where(ContactAttempt.clinic_id == reader.clinic_id).group_by(ContactAttempt.visit_id).subquery()


def agreed_since_closing(reader: Reader, first: datetime, last: datetime | None = None) -> Any:
    """How many visits' patients agreed to another time since the closures of a range (open ones) were made: a scalar.

    One whose move was taken back waits for a call again, whatever was said. It names no other table, so that a
    statement works it out once and not for every row.
    """
    closed = select(func.min(DayClosure.created_at)).where(
        DayClosure.clinic_id == reader.clinic_id, DayClosure.reopened_at.is_(None), DayClosure.end_time > first
    )
    if last is not None:
        closed = closed.where(DayClosure.start_time < last)
    visit, slot, still = aliased(Visit), aliased(VisitSlot), aliased(DayClosure)
    count = select(func.count(ContactAttempt.visit_id.distinct())).join(visit, visit.id == ContactAttempt.visit_id)
    count = count.join(slot, slot.id == visit.slot_id).where(
        ~exists().where(
            still.provider_id == visit.provider_id,
            still.reopened_at.is_(None),
            visit.status == VisitStatus.PLANNED,
            still.start_time < slot.end_time,
            still.end_time > slot.start_time,
        ),
        ContactAttempt.clinic_id == reader.clinic_id,
        ContactAttempt.outcome == ContactResult.AGREED.value,
        ContactAttempt.at >= closed.correlate(None).scalar_subquery(),
    )
    return count.correlate(None).scalar_subquery()


def _visit(row: Any) -> ToMoveVisit:
    details = read_demographics(row.demographics)
    return ToMoveVisit(
        visit_id=row.id, slot_id=row.slot_id, patient_id=row.patient_id,
        patient_name=display_name(row.first_name, row.last_name, details.preferred_name), phone=details.phone,
        provider_id=row.provider_id, provider_short=row.short_name or row.provider_name,
        type_name=row.type_name or "", mode=row.visit_mode, start=row.start_time, end=row.end_time,
        reason=row.reason or "", attempts=int(row.n or 0), tried=row.at, outcome=row.outcome or "",
        agreed=int(row.agreed or 0),
    )  # fmt: skip
