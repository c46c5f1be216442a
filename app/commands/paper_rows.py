"""What referrals and excuse notes share: whom they are about, who answers for them, in which visit they were made."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.commands.core import Context
from app.db.models import ClinicSettings, Patient, PatientDetail, Provider, Visit
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t


def check_about(ctx: Context, patient_id: str, provider_id: str | None, visit_id: str | None) -> str:
    """Return the provider who answers for it (the person's own where none is named). One statement.

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
    return provider


def clinic_day(ctx: Context) -> date:
    """Return the date on the clinic's wall when the command was given. One statement."""
    row = ctx.first(select(ClinicSettings.timezone).where(ClinicSettings.clinic_id == ctx.actor.clinic_id))
    zone = ZoneInfo(row.timezone if row is not None else "UTC")
    return ctx.occurred_at.astimezone(zone).date()
