"""Ours, schema ``desktop``: the installation, a clinic's settings, staff accounts and workstations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import DESKTOP, Base, Id, parent, unique_index
from app.db.types import Json, StringList, TextEnum
from app.domain.enums import VisitMode


class Installation(Base):
    """One row: which schema this database has, and which history the change feed belongs to.

    ``epoch`` changes when the feed starts anew; ``pruned_before`` is the transaction id below which it has
    been pruned; ``clock_offset_seconds`` moves the clock of a demo.
    """

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("one", name="one"), {"schema": DESKTOP})

    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    schema_version: Mapped[int]
    min_client: Mapped[int]
    epoch: Mapped[str]
    system_identifier: Mapped[str]
    pruned_before: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    clock_offset_seconds: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    is_demo: Mapped[bool] = mapped_column(server_default=text("false"))
    scripts_hash: Mapped[str]


class ClinicSettings(Base):
    """What a clinic has chosen; ``timezone`` is an IANA name, lengths in minutes, hours or days."""

    __tablename__ = "clinic_settings"
    __table_args__ = ({"schema": DESKTOP},)

    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"), primary_key=True)
    timezone: Mapped[str]
    locale: Mapped[str] = mapped_column(server_default=text("'en'"))
    slot_minutes: Mapped[int] = mapped_column(server_default=text("20"))
    horizon_days: Mapped[int] = mapped_column(server_default=text("90"))
    hold_minutes: Mapped[int] = mapped_column(server_default=text("5"))
    auto_lock_minutes: Mapped[int] = mapped_column(server_default=text("5"))
    late_after_minutes: Mapped[int] = mapped_column(server_default=text("10"))
    wait_warn_minutes: Mapped[int] = mapped_column(server_default=text("15"))
    wait_limit_minutes: Mapped[int] = mapped_column(server_default=text("30"))
    phone_region: Mapped[str] = mapped_column(server_default=text("'US'"))
    room_url_template: Mapped[str | None]
    settings: Mapped[Any] = mapped_column(Json, nullable=False, server_default=text("'{}'"))
    updated_at: Mapped[datetime]
    proposal_hours: Mapped[int] = mapped_column(server_default=text("24"))


class Login(Base):
    """A staff member's login role and what it may do; written by the account functions only."""

    __tablename__ = "login"
    __table_args__ = (
        unique_index("login", "user_id"),
        Index(None, "clinic_id"),
        {"schema": DESKTOP},
    )

    rolname: Mapped[Id]
    user_id: Mapped[str] = mapped_column(parent("users.id"))
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    email: Mapped[str]
    display_name: Mapped[str]
    roles: Mapped[tuple[str, ...]] = mapped_column(StringList, nullable=False)
    disabled_at: Mapped[datetime | None]
    must_change_password: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SignInEvent(Base):
    """Somebody signed in, out or failed to; ``attempts`` counts failures before it."""

    __tablename__ = "sign_in_event"
    __table_args__ = (Index(None, "clinic_id", "at"), {"schema": DESKTOP})

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    user_id: Mapped[str | None]
    workstation: Mapped[str]
    at: Mapped[datetime]
    kind: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))


class Workstation(Base):
    """A machine that people of the clinic work at.

    ``renamed_at``: an ADMIN chose the name. ``enrolled_at`` None: it can't work offline. ``generation`` counts its
    contacts; a smaller one came from an old copy of its store, noticed at ``old_copy_at``. ``kept_key``: the store's
    key, sealed with a secret that only the workstation has; read through ``desktop.workstation_key`` alone.
    """

    __tablename__ = "workstation"
    __table_args__ = (Index(None, "clinic_id"), {"schema": DESKTOP})

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    name: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    renamed_at: Mapped[datetime | None]
    enrolled_at: Mapped[datetime | None]
    enrolled_by: Mapped[str | None]
    generation: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    old_copy_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    kept_key: Mapped[str | None] = mapped_column(deferred=True, deferred_raiseload=True)


class AppointmentType(Base):
    """A kind of appointment: its length in minutes, its mode (None: either) and colour."""

    __tablename__ = "appointment_type"
    __table_args__ = (Index(None, "clinic_id"), {"schema": DESKTOP})

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    name: Mapped[str]
    short_name: Mapped[str]
    minutes: Mapped[int]
    visit_mode: Mapped[VisitMode | None] = mapped_column(TextEnum(VisitMode))
    color: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    sort_order: Mapped[int] = mapped_column(server_default=text("0"))
    updated_at: Mapped[datetime]


class ProviderSettings(Base):
    """What the clinic has chosen for one provider; ``slot_minutes`` None: the clinic's."""

    __tablename__ = "provider_settings"
    __table_args__ = ({"schema": DESKTOP},)

    provider_id: Mapped[str] = mapped_column(parent("providers.id"), primary_key=True)
    slot_minutes: Mapped[int | None]
    short_name: Mapped[str]
    sort_order: Mapped[int] = mapped_column(server_default=text("0"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    updated_at: Mapped[datetime]


class Room(Base):
    """A room that a patient can be taken to."""

    __tablename__ = "room"
    __table_args__ = (Index(None, "clinic_id"), {"schema": DESKTOP})

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    name: Mapped[str]
    sort_order: Mapped[int] = mapped_column(server_default=text("0"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class RuleClinic(Base):
    """Whose a clinical rule is; a rule without a row here is shared and read-only."""

    __tablename__ = "rule_clinic"
    __table_args__ = (Index(None, "clinic_id"), {"schema": DESKTOP})

    rule_id: Mapped[str] = mapped_column(parent("clinical_rules.id"), primary_key=True)
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))


class AccountLog(Base):
    """What was done to staff accounts, by whom; it outlives the accounts, so it has no foreign key."""

    __tablename__ = "account_log"
    __table_args__ = (Index(None, "clinic_id", "at"), {"schema": DESKTOP, "info": {"server_only": True}})

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    by_role: Mapped[str]
    clinic_id: Mapped[str | None]
    what: Mapped[str]
    target: Mapped[str | None]
