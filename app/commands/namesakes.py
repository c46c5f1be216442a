"""Two people with similar names on one day are easily mixed up: say so at booking, check-in and signing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from app.commands.core import Context
from app.commands.visit_rows import VisitState
from app.db.models import ClinicSettings, Patient, Provider, Visit, VisitSlot
from app.domain.namesakes import is_alike
from app.domain.states import LIVE_VISITS
from app.kernel.i18n import t

_DAY = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Coming:
    """Somebody who comes: their first and last name, and when (aware UTC)."""

    patient_id: str
    name: tuple[str, str]
    start: datetime


def similar_today(ctx: Context, visit: VisitState, start: datetime | None = None) -> tuple[str, ...]:
    """Warnings for people with similar names on the day of a visit, or on that of another `start`."""
    name = visit.first_name, visit.last_name
    return similar_names_of(ctx, [Coming(visit.patient_id, name, start or visit.slot.span.start)])


def similar_names_of(ctx: Context, people: Collection[Coming]) -> tuple[str, ...]:
    """Warnings for others with similar names whose visits are on the same day and not over. One statement.

    Who comes together is not warned of: a family is asked for its birth dates anyway.
    """
    zone = select(ClinicSettings.timezone).where(ClinicSettings.clinic_id == ctx.actor.clinic_id).scalar_subquery()
    statement = (
        select(Patient.first_name, Patient.last_name, VisitSlot.start_time, zone.label("zone"))
        .select_from(VisitSlot)
        .join(Visit, Visit.slot_id == VisitSlot.id)
        .join(Patient, Patient.id == Visit.patient_id)
        .where(
            VisitSlot.provider_id.in_(select(Provider.id).where(Provider.clinic_id == ctx.actor.clinic_id)),
            or_(*(VisitSlot.start_time.between(start - _DAY, start + _DAY) for start in {one.start for one in people})),
            Visit.patient_id.not_in({one.patient_id for one in people}),
            Visit.status.in_(sorted(LIVE_VISITS)),
        )
        .order_by(VisitSlot.start_time, Visit.id)
    )
    found: dict[str, None] = {}
    for row in ctx.all(statement):
        place = ZoneInfo(row.zone or "UTC")
        local = row.start_time.astimezone(place)
        other = row.first_name or "", row.last_name or ""
        days = {one.start.astimezone(place).date(): one.name for one in people if is_alike(one.name, other)}
        if local.date() in days:
            several = len({one.start.astimezone(place).date() for one in people}) > 1
            found[similar_name(other, local, dated=several)] = None
    return tuple(found)


def similar_name(name: tuple[str, str], local: datetime, *, dated: bool = False) -> str:
    """The warning of somebody with a similar name; `local` is when they come, on the clinic's wall.

    `dated` names the day too, where several days are spoken of.
    """
    shown, clock = " ".join(name).strip(), f"{local:%Y-%m-%d %H:%M}" if dated else f"{local:%H:%M}"
    return t("Similar name on this day: {name}, {time}. Ask for the birth date.", name=shown, time=clock)
