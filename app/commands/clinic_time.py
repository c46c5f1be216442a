"""The clinic's calendar, as commands need it."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.commands.core import Context
from app.db.models import ClinicSettings


def clinic_zone(ctx: Context) -> ZoneInfo:
    """Return the zone of the clinic's wall. One statement."""
    row = ctx.first(select(ClinicSettings.timezone).where(ClinicSettings.clinic_id == ctx.actor.clinic_id))
    return ZoneInfo(row.timezone if row is not None else "UTC")


def clinic_day(ctx: Context) -> date:
    """Return the date on the clinic's wall when the command was given. One statement."""
    return ctx.occurred_at.astimezone(clinic_zone(ctx)).date()
