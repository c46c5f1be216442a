"""What stands at the head of every paper about a patient: clinic and patient, in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from app.db.models import Clinic, ClinicSettings, Patient, Visit, VisitSlot
from app.domain.demographics import read_demographics
from app.domain.enums import VisitStatus
from app.domain.patients import display_name
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.core import Reader, query

_CAME = (VisitStatus.IN_PROGRESS, VisitStatus.CHECKED_IN, VisitStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class PaperHead:
    """Clinic (its ``branding`` as it is kept) and patient. ``timezone`` is an IANA name, ``sex`` as it is kept."""

    patient_id: str
    patient_name: str
    born: date | None
    mrn: str
    phone: str
    address: str
    clinic_name: str
    branding: Mapping[str, Any]
    timezone: str
    locale: str
    phone_region: str
    sex: str = ""
    seen_by: str = ""
    """The provider of the visit that goes on, else of the latest one to which the patient came."""


@query(offline=True)
def paper_head(session: Session, reader: Reader, *, patient_id: str) -> PaperHead:
    """Return what the papers about a patient begin with; one statement. Raises ``Refused`` "NoPatient"."""
    row = session.execute(
        select(
            Patient.first_name, Patient.last_name, Patient.date_of_birth, Patient.demographics, Clinic.name,
            Clinic.branding_config, ClinicSettings.timezone, ClinicSettings.locale, ClinicSettings.phone_region,
            _seen_by(patient_id).label("seen_by"),
        )
        .join(Clinic, Clinic.id == Patient.clinic_id)
        .outerjoin(ClinicSettings, ClinicSettings.clinic_id == Clinic.id)
        .where(Patient.id == patient_id, Patient.clinic_id == reader.clinic_id)
    ).first()  # fmt: skip
    if row is None:
        raise Refused("NoPatient", t("There is no such patient here."), field="patientId")
    details = read_demographics(row.demographics)
    return PaperHead(
        patient_id=patient_id, patient_name=display_name(row.first_name, row.last_name), born=row.date_of_birth,
        mrn=details.mrn, phone=details.phone, address=details.address.one_line, clinic_name=row.name,
        branding=row.branding_config if isinstance(row.branding_config, dict) else {},
        timezone=row.timezone or reader.zone.key, locale=row.locale or "en", phone_region=row.phone_region or "US",
        sex=details.sex, seen_by=row.seen_by or "",
    )  # fmt: skip


def _seen_by(patient_id: str) -> Any:
    return (
        select(Visit.provider_id)
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .where(Visit.patient_id == patient_id, Visit.status.in_(_CAME))
        .order_by(case((Visit.status == VisitStatus.IN_PROGRESS, 0), else_=1), VisitSlot.start_time.desc(), Visit.id)
        .limit(1)
        .scalar_subquery()
    )
