"""What referrals and excuse notes share: whom they are about, who answers for them, in which visit they were made."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ScalarSelect, select

from app.commands.core import Context
from app.db.models import Patient, PatientDetail, Provider, Visit
from app.domain.enums import VisitStatus
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t


def ongoing_visit(patient_id: str, provider_id: str) -> ScalarSelect[Any]:
    """Return the visit that goes on between the two: what is ordered and written meanwhile belongs to it."""
    own = select(Visit.id).where(Visit.patient_id == patient_id, Visit.provider_id == provider_id)
    going_on = own.where(Visit.status == VisitStatus.IN_PROGRESS)
    return going_on.order_by(Visit.created_at.desc(), Visit.id).limit(1).scalar_subquery()


def check_about(ctx: Context, patient_id: str, provider_id: str | None, visit_id: str | None) -> tuple[str, str | None]:
    """Return the provider who answers for it (the person's own where none is named), and the visit: the one named,
    else the one that goes on with that provider. One statement.

    Refuses an unknown patient, provider or visit; raises ``Conflict`` "Merged" for a patient who is part of another.
    """
    provider = provider_id or ctx.actor.provider_id
    if provider is None:
        raise Refused("BadValue", t("Choose the provider who signs it."), field="providerId")
    row = ctx.first(
        select(
            Patient.id,
            select(PatientDetail.merged_into).where(PatientDetail.patient_id == patient_id).scalar_subquery()
            .label("merged"),
            select(Provider.id).where(Provider.id == provider, Provider.clinic_id == ctx.actor.clinic_id)
            .scalar_subquery().label("provider"),
            select(Visit.patient_id).where(Visit.id == visit_id).scalar_subquery().label("visitor"),
            ongoing_visit(patient_id, provider).label("ongoing"),
        ).where(Patient.id == patient_id)
    )  # fmt: skip
    if row is None:
        raise Refused("NoPatient", t("There is no such patient here."), field="patientId")
    if row.merged is not None:
        raise Conflict("Merged", t("This patient was merged into another one."), into=row.merged, field="patientId")
    if row.provider is None:
        raise Refused("BadValue", t("There is no such provider here."), field="providerId")
    if visit_id is not None and row.visitor != patient_id:
        raise Refused("BadValue", t("This visit is not the patient's."), field="visitId")
    return provider, visit_id or row.ongoing
