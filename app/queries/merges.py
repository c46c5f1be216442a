"""What a merge would move, and which merges there were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from app.db.models import (
    Alert,
    BMIReading,
    CarePlan,
    DeviceConnection,
    ExcuseNote,
    HRVReading,
    LabOrder,
    Login,
    Measurement,
    MessageThread,
    Patient,
    PatientDetail,
    PatientMerge,
    PatientMergeRow,
    Referral,
    User,
    Visit,
    VisitRequest,
    VitalReading,
    WaitingListEntry,
    WeeklySummary,
)
from app.domain.demographics import read_demographics
from app.domain.patient_merge import fields_of
from app.domain.patients import NO_LOGIN_DOMAIN, display_name
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.core import Reader, query

_COUNTED: Mapping[str, Any] = {
    model.__tablename__: model.patient_id
    for model in (
        Visit, VisitRequest, Measurement, VitalReading, HRVReading, BMIReading, LabOrder, Referral, ExcuseNote,
        MessageThread, Alert, CarePlan, WaitingListEntry, DeviceConnection, WeeklySummary,
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MergeSide:
    """One of two records that may become one. ``rows`` counts what belongs to it by table, without empty ones."""

    id: str
    name: str
    fields: Mapping[str, Any]
    flags: tuple[str, ...]
    login_email: str | None
    merged_into: str | None
    created_at: datetime
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PastMerge:
    """A patient that is part of another one since ``merged_at`` (aware UTC). ``later`` of their rows followed since."""

    dropped_id: str
    name: str
    merged_at: datetime
    merged_by: str
    later: int


@query(offline=False)
def merge_sides(session: Session, reader: Reader, *, one: str, other: str) -> tuple[MergeSide, MergeSide]:
    """Return both records as a merge sees them; two statements. Raises ``Refused`` "NoPatient"."""
    people = session.execute(
        select(
            Patient.id, Patient.first_name, Patient.last_name, Patient.date_of_birth, Patient.height_cm,
            Patient.demographics, Patient.flags, Patient.created_at, User.email, PatientDetail.merged_into,
        )
        .join(User, User.id == Patient.user_id)
        .outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id)
        .where(Patient.id.in_([one, other]), Patient.clinic_id == reader.clinic_id)
    ).all()  # fmt: skip
    counts = [
        select(literal(table).label("name"), column.label("patient_id"), func.count().label("rows"))
        .where(column.in_([one, other]))
        .group_by(column)
        for table, column in _COUNTED.items()
    ]
    rows: dict[str, dict[str, int]] = {}
    for name, patient_id, number in session.execute(union_all(*counts)).all():
        rows.setdefault(patient_id, {})[name] = number
    sides = {row.id: _side(row, rows.get(row.id, {})) for row in people}
    if one not in sides or other not in sides:
        raise Refused("NoPatient", t("There is no such patient here."), field="patientId")
    return sides[one], sides[other]


def _side(row: Any, rows: Mapping[str, int]) -> MergeSide:
    details = read_demographics(row.demographics)
    return MergeSide(
        id=row.id,
        name=display_name(row.first_name, row.last_name, details.preferred_name),
        fields=fields_of(row.first_name, row.last_name, row.date_of_birth, row.height_cm, row.demographics),
        flags=tuple(row.flags or ()),
        login_email=None if row.email.endswith("@" + NO_LOGIN_DOMAIN) else row.email,
        merged_into=row.merged_into,
        created_at=row.created_at,
        rows=rows,
    )


@query(offline=False)
def merges_into(session: Session, reader: Reader, *, patient_id: str) -> tuple[PastMerge, ...]:
    """Return who is part of this patient now, newest first. Only an ADMIN sees any."""
    followed = (
        select(func.count())
        .select_from(PatientMergeRow)
        .where(PatientMergeRow.merge_id == PatientMerge.id, PatientMergeRow.followed)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            PatientMerge.dropped_id, PatientMerge.merged_at, Patient.first_name, Patient.last_name,
            func.coalesce(Login.display_name, "").label("who"), followed.label("later"),
        )
        .join(Patient, Patient.id == PatientMerge.dropped_id)
        .outerjoin(Login, Login.user_id == PatientMerge.merged_by)
        .where(
            PatientMerge.kept_id == patient_id,
            PatientMerge.undone_at.is_(None),
            PatientMerge.clinic_id == reader.clinic_id,
        )
        .order_by(PatientMerge.merged_at.desc(), PatientMerge.id)
    ).all()  # fmt: skip
    return tuple(
        PastMerge(row.dropped_id, display_name(row.first_name, row.last_name), row.merged_at, row.who, row.later)
        for row in rows
    )
