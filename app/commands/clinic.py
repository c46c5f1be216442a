"""Settings of the clinic: name, branding, time zone, appointment types, rooms, providers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.db.models import AppointmentType, Clinic, ClinicSettings, Provider, ProviderSettings, Room
from app.domain.enums import VisitMode
from app.domain.patients import clean_json
from app.domain.permissions import Permission
from app.domain.requests import LEAST_HOURS, MOST_HOURS
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.text import clean_text

_LIMITS: Mapping[str, tuple[int, int]] = {
    "slot_minutes": (5, 240),
    "horizon_days": (7, 730),
    "hold_minutes": (1, 15),
    "proposal_hours": (LEAST_HOURS, MOST_HOURS),
    "auto_lock_minutes": (1, 240),
    "late_after_minutes": (1, 240),
    "wait_warn_minutes": (1, 480),
    "wait_limit_minutes": (1, 480),
}
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeClinic(Command):
    """Change the clinic's name, branding (keys of ``branding_config``) or settings (columns of clinic_settings)."""

    name: str | None = None
    branding: Mapping[str, Any] | None = None
    settings: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveAppointmentType(Command):
    """Add or change a kind of appointment; ``visit_mode`` None means either."""

    type_id: str
    name: str
    short_name: str = ""
    minutes: int
    visit_mode: VisitMode | None = None
    color: str = "#3A5A78"
    active: bool = True
    sort_order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRoom(Command):
    """Add or change a room."""

    room_id: str
    name: str
    sort_order: int = 0
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveProvider(Command):
    """Add or change somebody who sees patients."""

    provider_id: str
    name: str
    specialties: tuple[str, ...] = ()
    telemed_enabled: bool = True
    short_name: str = ""
    slot_minutes: int | None = None
    sort_order: int = 0
    active: bool = True


def _whole(value: Any, field: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        message = t("Enter a whole number from {low} to {high}.", low=low, high=high)
        raise Refused("BadValue", message, field=field)
    return value


def clean_setting(name: str, value: Any) -> Any:
    """Check one column of clinic_settings."""
    if name in _LIMITS:
        return _whole(value, name, *_LIMITS[name])
    if name == "timezone":
        try:
            return ZoneInfo(str(value)).key
        except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
            raise Refused("BadValue", t("There is no time zone {name}.", name=value), field=name) from None
    if name == "room_url_template":
        return _room_template(value)
    if name == "settings":
        return clean_json(name, value)
    if name in ("locale", "phone_region"):
        return clean_text(str(value), name, 10, required=True)
    raise Refused("BadValue", t("There is no setting {name}.", name=name), field=name)


def _room_template(value: Any) -> str | None:
    template = clean_text(str(value or ""), "room_url_template", 300)
    if template and ("{room}" not in template or not template.startswith("https://")):
        raise Refused(
            "BadValue", t("The address starts with https:// and has {room} in it."), field="room_url_template"
        )
    return template or None


@handles(ChangeClinic, permission=Permission.CLINIC_SETTINGS)
def change_clinic(cmd: ChangeClinic, ctx: Context) -> Outcome:
    """Update clinics and clinic_settings."""
    clinic_id = ctx.actor.clinic_id
    row = ctx.first(
        ctx.lock(select(Clinic.name, Clinic.branding_config, Clinic.updated_at).where(Clinic.id == clinic_id))
    )
    if row is None:
        raise Conflict("Gone", t("This clinic is no longer there."))
    values: dict[str, Any] = {}
    if cmd.name is not None:
        values["name"] = clean_text(cmd.name, "name", 300, required=True)
    if cmd.branding is not None:
        before = row.branding_config if isinstance(row.branding_config, dict) else {}
        values["branding_config"] = before | clean_json("branding", cmd.branding)
    if values:
        ctx.emit(update(Clinic).where(Clinic.id == clinic_id).values(updated_at=ctx.stamp(row.updated_at), **values))
    if cmd.settings:
        checked = {name: clean_setting(name, value) for name, value in cmd.settings.items()}
        statement = update(ClinicSettings).where(ClinicSettings.clinic_id == clinic_id)
        ctx.emit(statement.values(updated_at=ctx.occurred_at, **checked))
    return Outcome(
        result={"clinicId": clinic_id},
        changes=(Change("clinics", clinic_id), Change("clinic_settings", clinic_id)),
    )


@handles(SaveAppointmentType, permission=Permission.CLINIC_SETTINGS)
def save_appointment_type(cmd: SaveAppointmentType, ctx: Context) -> Outcome:
    """Insert or update an appointment type."""
    name = clean_text(cmd.name, "name", 100, required=True)
    if not _COLOR.fullmatch(cmd.color):
        raise Refused("BadValue", t("A colour looks like #3A5A78."), field="color")
    values = {
        "clinic_id": ctx.actor.clinic_id, "name": name, "minutes": _whole(cmd.minutes, "minutes", 5, 480),
        "short_name": clean_text(cmd.short_name, "shortName", 20) or name[:12], "visit_mode": cmd.visit_mode,
        "color": cmd.color, "active": cmd.active, "sort_order": cmd.sort_order, "updated_at": ctx.occurred_at,
    }  # fmt: skip
    return _save(ctx, AppointmentType, AppointmentType.id, cmd.type_id, values, "appointment_type", "typeId")


@handles(SaveRoom, permission=Permission.CLINIC_SETTINGS)
def save_room(cmd: SaveRoom, ctx: Context) -> Outcome:
    """Insert or update a room."""
    name = clean_text(cmd.name, "name", 60, required=True)
    values = {
        "clinic_id": ctx.actor.clinic_id, "name": name, "sort_order": cmd.sort_order, "active": cmd.active,
    }  # fmt: skip
    return _save(ctx, Room, Room.id, cmd.room_id, values, "room", "roomId")


def _save(ctx: Context, model: Any, key: Any, row_id: str, values: dict[str, Any], table: str, result: str) -> Outcome:
    known = ctx.first(ctx.lock(select(key).where(key == row_id)))
    if known is None:
        ctx.emit(insert(model).values({key.key: row_id, **values}))
    else:
        # A row never moves to another clinic: nobody may even name that column in an update.
        changed = {name: value for name, value in values.items() if name != "clinic_id"}
        ctx.emit(update(model).where(key == row_id).values(changed))
    return Outcome(result={result: row_id}, changes=(Change(table, row_id),))


@handles(SaveProvider, permission=Permission.CLINIC_SETTINGS)
def save_provider(cmd: SaveProvider, ctx: Context) -> Outcome:
    """Insert or update a provider and what the clinic chose for them."""
    name = clean_text(cmd.name, "name", 200, required=True)
    specialties = tuple(filter(None, (clean_text(s, "specialties", 100) for s in cmd.specialties)))
    minutes = None if cmd.slot_minutes is None else _whole(cmd.slot_minutes, "slotMinutes", 5, 240)
    values: dict[str, Any] = {
        "name": name, "specialties": specialties, "telemed_enabled": cmd.telemed_enabled,
        "updated_at": ctx.occurred_at,
    }  # fmt: skip
    settings: dict[str, Any] = {
        "short_name": clean_text(cmd.short_name, "shortName", 40) or name, "slot_minutes": minutes,
        "sort_order": cmd.sort_order, "active": cmd.active, "updated_at": ctx.occurred_at,
    }  # fmt: skip
    known = ctx.first(
        ctx.lock(
            select(Provider.id, Provider.updated_at, ProviderSettings.provider_id)
            .outerjoin(ProviderSettings, ProviderSettings.provider_id == Provider.id)
            .where(Provider.id == cmd.provider_id),
            of=Provider,
        )
    )
    if known is None:
        ctx.emit(
            insert(Provider).values(
                id=cmd.provider_id, clinic_id=ctx.actor.clinic_id, created_at=ctx.occurred_at, **values
            )
        )
    else:
        values["updated_at"] = ctx.stamp(known.updated_at)
        ctx.emit(update(Provider).where(Provider.id == cmd.provider_id).values(**values))
    if known is None or known.provider_id is None:
        ctx.emit(insert(ProviderSettings).values(provider_id=cmd.provider_id, **settings))
    else:
        ctx.emit(update(ProviderSettings).where(ProviderSettings.provider_id == cmd.provider_id).values(**settings))
    return Outcome(
        result={"providerId": cmd.provider_id},
        changes=(Change("providers", cmd.provider_id), Change("provider_settings", cmd.provider_id)),
    )
