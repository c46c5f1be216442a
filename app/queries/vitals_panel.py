"""What stands beside the chart and in the entry form: body mass index and GLP-1, height, today's visits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import AppointmentType, BMIReading, ClinicSettings, Patient, Visit, VisitDetail, VisitSlot
from app.domain.demographics import CodedItem, read_demographics
from app.domain.enums import VisitStatus
from app.domain.patients import age_on
from app.domain.vitals_glp1 import (
    Condition,
    Eligibility,
    Glp1Rule,
    Progress,
    eligibility,
    glp1_rule,
    is_glp1_medicine,
    progress,
)
from app.domain.vitals_ranges import VitalRanges, vital_ranges
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.core import Reader, query
from app.queries.vitals_sql import live_bmi, union

MONTH = timedelta(days=30)
_OPEN = {VisitStatus.IN_PROGRESS: 0, VisitStatus.CHECKED_IN: 1, VisitStatus.PLANNED: 2, VisitStatus.COMPLETED: 3}


@dataclass(frozen=True, slots=True)
class BmiPoint:
    """A body mass index with what it came from; ``at`` aware UTC."""

    at: datetime
    weight_kg: float
    height_cm: float
    bmi: float


@dataclass(frozen=True, slots=True)
class Glp1Panel:
    """The latest and the first index, whether and why somebody is eligible, and how the weight went."""

    latest: BmiPoint | None
    first: BmiPoint | None
    verdict: Eligibility
    rule: Glp1Rule
    since_first: Progress | None
    last_month: Progress | None
    medicines: tuple[CodedItem, ...]


@dataclass(frozen=True, slots=True)
class VisitToday:
    """A visit of today that a measurement may belong to; ``start`` aware UTC."""

    id: str
    start: datetime
    status: VisitStatus
    type_name: str


@dataclass(frozen=True, slots=True)
class VitalsPanel:
    """What the vitals tab knows of the patient beside the readings. ``visits``: the likeliest one first."""

    patient_id: str
    height_cm: float | None
    born: date | None
    glp1: Glp1Panel
    ranges: VitalRanges
    visits: tuple[VisitToday, ...]


@query(offline=True)
def vitals_panel(session: Session, reader: Reader, *, patient_id: str) -> VitalsPanel:
    """Return body mass index, GLP-1, height and today's visits of a patient. Raises ``Refused`` "NoPatient"."""
    row = session.execute(
        select(Patient.height_cm, Patient.date_of_birth, Patient.demographics, ClinicSettings.settings)
        .outerjoin(ClinicSettings, ClinicSettings.clinic_id == Patient.clinic_id)
        .where(Patient.id == patient_id)
    ).first()
    if row is None:
        raise Refused("NoPatient", t("There is no such patient here."), field="patientId")
    details = read_demographics(row.demographics)
    conditions = tuple(Condition(one.display, one.code, one.active) for one in details.conditions.items)
    medicines = tuple(one for one in details.medications.active if is_glp1_medicine(one.display))
    age = age_on(row.date_of_birth, reader.today) if row.date_of_birth else None
    rule = glp1_rule(row.settings)
    latest, first, month = _points(session, reader, patient_id)
    panel = Glp1Panel(
        latest, first, eligibility(latest.bmi if latest else None, conditions, rule, age), rule,
        _progress(latest, first, reader), _progress(latest, month, reader), medicines,
    )  # fmt: skip
    ranges = vital_ranges(row.settings)
    visits = _visits(session, reader, patient_id)
    return VitalsPanel(patient_id, row.height_cm, row.date_of_birth, panel, ranges, visits)


def _progress(latest: BmiPoint | None, before: BmiPoint | None, reader: Reader) -> Progress | None:
    if latest is None or before is None or before.at >= latest.at:
        return None
    return progress(latest.weight_kg, before.weight_kg, before.at.astimezone(reader.zone).date())


def _points(
    session: Session, reader: Reader, patient_id: str
) -> tuple[BmiPoint | None, BmiPoint | None, BmiPoint | None]:
    """The latest reading, the first one, and the first of the last thirty days."""
    columns = (BMIReading.timestamp, BMIReading.weight_kg, BMIReading.height_cm, BMIReading.bmi)
    of_patient = select(*columns).where(BMIReading.patient_id == patient_id, BMIReading.bmi.between(3, 300), live_bmi())
    parts = [
        of_patient.order_by(BMIReading.timestamp.desc(), BMIReading.id.desc()).limit(1),
        of_patient.order_by(BMIReading.timestamp, BMIReading.id).limit(1),
        of_patient.where(BMIReading.timestamp >= reader.now.astimezone(UTC) - MONTH)
        .order_by(BMIReading.timestamp, BMIReading.id)
        .limit(1),
    ]
    rows: list[Any] = list(session.execute(union([select(*part.subquery().c) for part in parts])))
    found = sorted({BmiPoint(*row) for row in rows}, key=lambda one: one.at)
    if not found:
        return None, None, None
    recent = [one for one in found if one.at >= reader.now - MONTH]
    return found[-1], found[0], recent[0] if recent else None


def _visits(session: Session, reader: Reader, patient_id: str) -> tuple[VisitToday, ...]:
    begin = datetime.combine(reader.today, time(), tzinfo=reader.zone).astimezone(UTC)
    end = datetime.combine(reader.today + timedelta(days=1), time(), tzinfo=reader.zone).astimezone(UTC)
    rows = session.execute(
        select(Visit.id, VisitSlot.start_time, Visit.status, AppointmentType.name)
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .outerjoin(VisitDetail, VisitDetail.visit_id == Visit.id)
        .outerjoin(AppointmentType, AppointmentType.id == VisitDetail.appointment_type_id)
        .where(Visit.patient_id == patient_id, VisitSlot.start_time >= begin, VisitSlot.start_time < end)
        .order_by(VisitSlot.start_time, Visit.id)
    ).all()
    found = [VisitToday(row.id, row.start_time, row.status, row.name or "") for row in rows if row.status in _OPEN]
    return tuple(sorted(found, key=lambda one: (_OPEN[one.status], abs(one.start - reader.now))))
