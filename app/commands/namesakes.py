"""Two people with similar names on one day are easily mixed up: say so at check-in."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.commands.core import Context
from app.commands.visit_rows import VisitState
from app.db.models import ClinicSettings, Patient, Provider, Visit, VisitSlot
from app.domain.namesakes import is_alike
from app.domain.states import LIVE_VISITS
from app.kernel.i18n import t

_DAY = timedelta(hours=14)


def similar_today(ctx: Context, visit: VisitState) -> tuple[str, ...]:
    """Warnings for people with similar names whose visits are on the same day and not over."""
    zone = select(ClinicSettings.timezone).where(ClinicSettings.clinic_id == ctx.actor.clinic_id).scalar_subquery()
    start = visit.slot.span.start
    statement = (
        select(Patient.first_name, Patient.last_name, VisitSlot.start_time, zone.label("zone"))
        .select_from(VisitSlot)
        .join(Visit, Visit.slot_id == VisitSlot.id)
        .join(Patient, Patient.id == Visit.patient_id)
        .where(
            VisitSlot.provider_id.in_(select(Provider.id).where(Provider.clinic_id == ctx.actor.clinic_id)),
            VisitSlot.start_time.between(start - _DAY, start + _DAY),
            Visit.patient_id != visit.patient_id,
            Visit.status.in_(sorted(LIVE_VISITS)),
        )
        .order_by(VisitSlot.start_time)
    )
    texts = []
    for row in ctx.all(statement):
        place = ZoneInfo(row.zone or "UTC")
        local = row.start_time.astimezone(place)
        other = row.first_name or "", row.last_name or ""
        same_day = local.date() == start.astimezone(place).date()
        if same_day and is_alike((visit.first_name, visit.last_name), other):
            name = " ".join(other).strip()
            texts.append(
                t("Similar name on this day: {name}, {time}. Ask for the birth date.", name=name, time=f"{local:%H:%M}")
            )
    return tuple(texts)
