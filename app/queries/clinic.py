"""What settings and staff screens show: the clinic, its people, types, rooms, accounts and their sessions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import (
    AppointmentType,
    Clinic,
    ClinicSettings,
    Login,
    Provider,
    ProviderSettings,
    RefreshToken,
    Room,
    SignInEvent,
    User,
)
from app.domain.enums import Role, VisitMode
from app.kernel.errors import Conflict
from app.kernel.i18n import t
from app.queries.core import Reader, query


@dataclass(frozen=True, slots=True)
class ClinicView:
    """The clinic and everything chosen for it. ``settings`` maps column names of clinic_settings."""

    id: str
    name: str
    branding: Mapping[str, Any]
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProviderView:
    """Somebody who sees patients; ``slot_minutes`` None means the clinic's."""

    id: str
    name: str
    short_name: str
    specialties: tuple[str, ...]
    telemed_enabled: bool
    slot_minutes: int | None
    active: bool
    sort_order: int
    user_id: str | None


@dataclass(frozen=True, slots=True)
class AppointmentTypeView:
    """A kind of appointment; ``mode`` None means either."""

    id: str
    name: str
    short_name: str
    minutes: int
    mode: VisitMode | None
    color: str
    active: bool
    sort_order: int


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room."""

    id: str
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class StaffView:
    """An account of the staff; times aware UTC, ``sessions`` counts web and phone sessions."""

    user_id: str
    email: str
    name: str
    roles: tuple[Role, ...]
    provider_id: str | None
    provider_name: str
    disabled_at: datetime | None
    last_sign_in: datetime | None
    sessions: int
    wrong_passwords: int = 0
    """How often somebody tried a wrong one before the sign-ins of the last seven days."""


_SETTINGS = (
    "timezone", "locale", "slot_minutes", "horizon_days", "hold_minutes", "proposal_hours", "auto_lock_minutes",
    "late_after_minutes", "wait_warn_minutes", "wait_limit_minutes", "phone_region", "room_url_template", "settings",
)  # fmt: skip


@query(offline=True)
def clinic_view(session: Session, reader: Reader) -> ClinicView:
    """Return the clinic of the person who asks."""
    columns = [getattr(ClinicSettings, name) for name in _SETTINGS]
    row = session.execute(
        select(Clinic.id, Clinic.name, Clinic.branding_config, *columns)
        .outerjoin(ClinicSettings, ClinicSettings.clinic_id == Clinic.id)
        .where(Clinic.id == reader.clinic_id)
    ).first()
    if row is None:
        raise Conflict("Gone", t("This clinic is no longer there."))
    branding = row.branding_config if isinstance(row.branding_config, dict) else {}
    return ClinicView(row.id, row.name, branding, {name: getattr(row, name) for name in _SETTINGS})


@query(offline=True)
def providers(session: Session, reader: Reader, *, inactive: bool = False) -> tuple[ProviderView, ...]:
    """Return the clinic's providers in the order of the calendar; inactive ones on request."""
    order = func.coalesce(ProviderSettings.sort_order, 999)
    rows = session.execute(
        select(
            Provider.id, Provider.name, Provider.specialties, Provider.telemed_enabled, Provider.user_id,
            ProviderSettings.short_name, ProviderSettings.slot_minutes, ProviderSettings.active,
            order.label("sort_order"),
        )
        .outerjoin(ProviderSettings, ProviderSettings.provider_id == Provider.id)
        .where(Provider.clinic_id == reader.clinic_id)
        .order_by(order, Provider.name, Provider.id)
    ).all()  # fmt: skip
    made = (
        ProviderView(
            id=row.id, name=row.name, short_name=row.short_name or row.name, specialties=tuple(row.specialties or ()),
            telemed_enabled=row.telemed_enabled, slot_minutes=row.slot_minutes,
            active=row.active is None or row.active, sort_order=row.sort_order, user_id=row.user_id,
        )
        for row in rows
    )  # fmt: skip
    return tuple(one for one in made if inactive or one.active)


@query(offline=True)
def appointment_types(session: Session, reader: Reader, *, inactive: bool = False) -> tuple[AppointmentTypeView, ...]:
    """Return the kinds of appointment, in their order."""
    return types_of(session.execute(types_select(reader.clinic_id)).all(), inactive=inactive)


def types_select(clinic: Any) -> Any:
    """Return the select of a clinic's kinds of appointment: an id, or a bound parameter."""
    return (
        select(
            AppointmentType.id, AppointmentType.name, AppointmentType.short_name, AppointmentType.minutes,
            AppointmentType.visit_mode, AppointmentType.color, AppointmentType.active, AppointmentType.sort_order,
        )
        .where(AppointmentType.clinic_id == clinic)
        .order_by(AppointmentType.sort_order, AppointmentType.name)
    )  # fmt: skip


def types_of(rows: Iterable[Any], *, inactive: bool = False) -> tuple[AppointmentTypeView, ...]:
    """Return the kinds in rows of that select."""
    made = (
        AppointmentTypeView(r.id, r.name, r.short_name, r.minutes, r.visit_mode, r.color, r.active, r.sort_order)
        for r in rows
    )
    return tuple(one for one in made if inactive or one.active)


@query(offline=True)
def rooms(session: Session, reader: Reader, *, inactive: bool = False) -> tuple[RoomView, ...]:
    """Return the clinic's rooms, in their order."""
    rows = session.execute(
        select(Room.id, Room.name, Room.active)
        .where(Room.clinic_id == reader.clinic_id)
        .order_by(Room.sort_order, Room.name)
    ).all()
    return tuple(RoomView(row.id, row.name, row.active) for row in rows if inactive or row.active)


@query(offline=False)
def staff(session: Session, reader: Reader) -> tuple[StaffView, ...]:
    """Return the clinic's accounts by name; disabled ones last."""
    sessions = select(func.count()).where(RefreshToken.user_id == Login.user_id).scalar_subquery()
    last = (
        select(func.max(SignInEvent.at))
        .where(SignInEvent.user_id == Login.user_id, SignInEvent.kind == "SIGN_IN")
        .scalar_subquery()
    )
    wrong = (
        select(func.coalesce(func.sum(SignInEvent.attempts), 0))
        .where(SignInEvent.user_id == Login.user_id, SignInEvent.at >= reader.now - timedelta(days=7))
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Login.user_id, Login.email, Login.display_name, Login.roles, Login.disabled_at,
            Provider.id.label("provider_id"), Provider.name.label("provider_name"),
            sessions.label("sessions"), last.label("last_sign_in"), wrong.label("wrong_passwords"),
        )
        .join(User, User.id == Login.user_id)
        .outerjoin(Provider, Provider.user_id == Login.user_id)
        .where(Login.clinic_id == reader.clinic_id)
        .order_by(Login.disabled_at.is_not(None), Login.display_name, Login.user_id)
    ).all()  # fmt: skip
    return tuple(
        StaffView(
            user_id=row.user_id, email=row.email, name=row.display_name,
            roles=tuple(Role(role) for role in row.roles), provider_id=row.provider_id,
            provider_name=row.provider_name or "", disabled_at=row.disabled_at, last_sign_in=row.last_sign_in,
            sessions=row.sessions, wrong_passwords=row.wrong_passwords,
        )
        for row in rows
    )  # fmt: skip
