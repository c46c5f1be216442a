"""A patient can be in one place at a time too: a second visit at the same time warns, it is never refused."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.commands.core import Context
from app.db.models import ClinicSettings, Visit, VisitSlot
from app.domain.spans import Span
from app.domain.states import LIVE_VISITS
from app.kernel.i18n import t


def clashes(ctx: Context, patient_id: str, span: Span, visit_id: str) -> tuple[str, ...]:
    """Warnings for the patient's other live visits that overlap `span`."""
    zone = select(ClinicSettings.timezone).where(ClinicSettings.clinic_id == ctx.actor.clinic_id).scalar_subquery()
    statement = (
        select(VisitSlot.start_time, zone.label("zone"))
        .join(Visit, Visit.slot_id == VisitSlot.id)
        .where(
            Visit.patient_id == patient_id,
            Visit.id != visit_id,
            Visit.status.in_(sorted(LIVE_VISITS)),
            VisitSlot.start_time < span.end,
            VisitSlot.end_time > span.start,
        )
    )
    return tuple(
        t(
            "This patient has another visit at {time}.",
            time=f"{row.start_time.astimezone(ZoneInfo(row.zone or 'UTC')):%H:%M}",
        )
        for row in ctx.all(statement)
    )
