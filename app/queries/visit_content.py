"""What was done in one visit: orders, papers, referrals and measurements, and what of it is still open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import String, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from app.db.models import (
    Draft,
    ExcuseNote,
    LabOrder,
    Measurement,
    Patient,
    Provider,
    Referral,
    Task,
    Visit,
    VisitSlot,
)
from app.domain.enums import (
    ExcuseNoteStatus,
    LabOrderStatus,
    ReferralStatus,
    VisitMode,
    VisitStatus,
)
from app.domain.lifetime import Death, death_of
from app.domain.namesakes import is_alike
from app.domain.patients import display_name
from app.domain.states import LIVE_VISITS
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.core import Reader, query

MOST = 300
_DAY = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Ordered:
    """A lab order of the visit: its tests and where it stands, never values."""

    id: str
    tests: tuple[str, ...]
    status: LabOrderStatus
    at: datetime


@dataclass(frozen=True, slots=True)
class Referred:
    """A referral of the visit."""

    id: str
    specialty: str
    to: str
    status: ReferralStatus
    at: datetime


@dataclass(frozen=True, slots=True)
class Excused:
    """An excuse note of the visit; ``first`` and ``last`` are dates, both inclusive."""

    id: str
    first: date
    last: date
    status: ExcuseNoteStatus


@dataclass(frozen=True, slots=True)
class Measured:
    """Something measured in the visit; ``value`` as it is kept, in its type's own unit."""

    id: str
    kind: str
    value: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class VisitContent:
    """A visit and everything that names it. ``alike``: who else of that day could be mistaken for the patient."""

    visit_id: str
    patient_id: str
    patient_name: str
    first_name: str
    last_name: str
    patient_born: date | None
    provider_id: str
    provider_name: str
    status: VisitStatus
    mode: VisitMode
    reason: str
    start: datetime
    end: datetime
    orders: tuple[Ordered, ...]
    referrals: tuple[Referred, ...]
    papers: tuple[Excused, ...]
    measured: tuple[Measured, ...]
    tasks: int
    drafts: tuple[str, ...]
    alike: tuple[str, ...]
    death: Death | None = None
    """Set when the patient has died."""


@query(offline=True)
def visit_content(session: Session, reader: Reader, *, visit_id: str) -> VisitContent:
    """Return a visit with what was done in it. Three statements. Raises ``Refused`` "NoVisit"."""
    row = session.execute(
        select(
            Visit.patient_id, Visit.provider_id, Visit.status, Visit.visit_mode, Visit.reason_text,
            VisitSlot.start_time, VisitSlot.end_time, Patient.first_name, Patient.last_name, Patient.date_of_birth,
            Patient.demographics, Patient.flags, Provider.name,
        )
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .join(Provider, Provider.id == Visit.provider_id)
        .join(Patient, Patient.id == Visit.patient_id)
        .where(Visit.id == visit_id, Provider.clinic_id == reader.clinic_id)
    ).first()  # fmt: skip
    if row is None:
        raise Refused("NoVisit", t("There is no such visit here."), field="visitId")
    parts = _parts(session, reader, visit_id, row)
    return VisitContent(
        visit_id=visit_id, patient_id=row.patient_id, patient_name=display_name(row.first_name, row.last_name),
        first_name=row.first_name or "", last_name=row.last_name or "",
        patient_born=row.date_of_birth, death=death_of(row.demographics, row.flags),
        provider_id=row.provider_id, provider_name=row.name, status=row.status,
        mode=row.visit_mode, reason=row.reason_text or "", start=row.start_time, end=row.end_time,
        orders=tuple(parts["orders"]), referrals=tuple(parts["referrals"]), papers=tuple(parts["papers"]),
        measured=tuple(parts["measured"]), tasks=len(parts["tasks"]), drafts=tuple(parts["drafts"]),
        alike=_alike(session, reader, row),
    )  # fmt: skip


_ORDER, _REFERRAL, _PAPER, _MEASURED, _TASK, _DRAFT = range(6)


def _parts(session: Session, reader: Reader, visit_id: str, visit: Any) -> dict[str, list[Any]]:
    """Everything that names the visit, kind by kind; one's own unfinished forms about it too. One statement."""
    found: dict[str, list[Any]] = {
        name: [] for name in ("orders", "referrals", "papers", "measured", "tasks", "drafts")
    }
    for row in session.execute(union_all(*_selects(reader, visit_id, visit)).limit(MOST)):
        if row.part == _ORDER:
            found["orders"].append(Ordered(row.id, row.tests or (), LabOrderStatus(row.word), row.at))
        elif row.part == _REFERRAL:
            found["referrals"].append(Referred(row.id, row.title, row.more or "", ReferralStatus(row.word), row.at))
        elif row.part == _PAPER:
            found["papers"].append(Excused(row.id, row.first, row.last, ExcuseNoteStatus(row.word)))
        elif row.part == _MEASURED:
            found["measured"].append(Measured(row.id, row.title, row.value, row.at))
        else:
            found["tasks" if row.part == _TASK else "drafts"].append(row.title)
    for name in ("orders", "referrals", "measured"):
        found[name].sort(key=lambda one: (one.at, one.id))
    found["papers"].sort(key=lambda one: (one.first, one.id))
    return found


def _selects(reader: Reader, visit_id: str, visit: Any) -> tuple[Any, ...]:
    def line(part: int, ident: Any, **columns: Any) -> Any:
        kinds = {
            "title": String(), "more": String(), "word": String(), "at": LabOrder.ordered_at.type,
            "tests": LabOrder.tests.type, "first": ExcuseNote.start_date.type, "last": ExcuseNote.end_date.type,
            "value": Measurement.value.type,
        }  # fmt: skip
        rest = (columns[name].label(name) if name in columns else cast(null(), kind).label(name)
                for name, kind in kinds.items())  # fmt: skip
        return select(literal(part).label("part"), ident.label("id"), *rest)

    taken = func.jsonb_extract_path_text(Measurement.metadata_, "visitId") if reader.online else func.json_extract(
        Measurement.metadata_, "$.visitId"
    )  # fmt: skip
    near = Measurement.timestamp.between(visit.start_time - _DAY, visit.end_time + timedelta(hours=36))
    return (
        line(_ORDER, LabOrder.id, tests=LabOrder.tests, word=cast(LabOrder.status, String), at=LabOrder.ordered_at)
        .where(LabOrder.patient_id == visit.patient_id, LabOrder.visit_id == visit_id),
        line(_REFERRAL, Referral.id, title=Referral.specialty, more=Referral.referred_to,
             word=cast(Referral.status, String), at=Referral.created_at)
        .where(Referral.patient_id == visit.patient_id, Referral.visit_id == visit_id),
        line(_PAPER, ExcuseNote.id, first=ExcuseNote.start_date, last=ExcuseNote.end_date,
             word=cast(ExcuseNote.status, String))
        .where(ExcuseNote.patient_id == visit.patient_id, ExcuseNote.visit_id == visit_id),
        line(_MEASURED, Measurement.id, title=Measurement.type, value=Measurement.value, at=Measurement.timestamp)
        .where(Measurement.patient_id == visit.patient_id, near, taken == visit_id),
        line(_TASK, Task.id, title=Task.title)
        .where(Task.patient_id == visit.patient_id, Task.visit_id == visit_id, Task.status == "OPEN"),
        line(_DRAFT, Draft.id, title=Draft.kind)
        .where(Draft.user_id == reader.user_id, Draft.subject.in_([visit_id, visit.patient_id])),
    )  # fmt: skip


def _alike(session: Session, reader: Reader, visit: Any) -> tuple[str, ...]:
    """Names of others on that day who could be meant. One statement."""
    rows = session.execute(
        select(Patient.first_name, Patient.last_name, VisitSlot.start_time)
        .select_from(VisitSlot)
        .join(Visit, Visit.slot_id == VisitSlot.id)
        .join(Patient, Patient.id == Visit.patient_id)
        .join(Provider, Provider.id == VisitSlot.provider_id)
        .where(
            Provider.clinic_id == reader.clinic_id, Visit.patient_id != visit.patient_id,
            VisitSlot.start_time.between(visit.start_time - _DAY, visit.start_time + _DAY),
            Visit.status.in_(sorted({*LIVE_VISITS, VisitStatus.COMPLETED})),
        )
    )  # fmt: skip
    mine = visit.first_name or "", visit.last_name or ""
    found: Mapping[str, None] = {
        display_name(row.first_name, row.last_name): None
        for row in rows
        if _day(row.start_time, reader.zone) == _day(visit.start_time, reader.zone)
        and is_alike(mine, (row.first_name or "", row.last_name or ""))
    }
    return tuple(sorted(found))


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
