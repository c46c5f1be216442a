"""Clinics, accounts, patients and providers of the shared database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, CreatedAt, Id, MidnightDate, Strings, parent, unique_index
from app.db.types import Json


class User(Base):
    """An account: patient or staff. ``patient_id`` and ``provider_id`` mirror the other side's ``user_id``."""

    __tablename__ = "users"
    __table_args__ = (
        unique_index("users", "email"),
        unique_index("users", "patient_id"),
        unique_index("users", "provider_id"),
    )

    id: Mapped[Id]
    email: Mapped[str]
    password_hash: Mapped[str] = mapped_column(deferred=True, deferred_raiseload=True)
    role: Mapped[str]
    clinic_id: Mapped[str | None] = mapped_column(parent("clinics.id", "SET NULL"))
    patient_id: Mapped[str | None]
    provider_id: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]


class Clinic(Base):
    """A clinic; its settings of ours are in ``desktop.clinic_settings``."""

    __tablename__ = "clinics"

    id: Mapped[Id]
    name: Mapped[str]
    branding_config: Mapped[Any | None] = mapped_column(Json, nullable=True)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]


class Patient(Base):
    """A patient's master data; the user row of the same person is required."""

    __tablename__ = "patients"
    __table_args__ = (unique_index("patients", "user_id"),)

    id: Mapped[Id]
    user_id: Mapped[str] = mapped_column(parent("users.id", "RESTRICT"))
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id", "RESTRICT"))
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    date_of_birth: Mapped[MidnightDate | None]
    height_cm: Mapped[float | None]
    demographics: Mapped[Any | None] = mapped_column(Json, nullable=True)
    flags: Mapped[Strings]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]


class Provider(Base):
    """Somebody who sees patients; may have an account."""

    __tablename__ = "providers"
    __table_args__ = (unique_index("providers", "user_id"),)

    id: Mapped[Id]
    name: Mapped[str]
    specialties: Mapped[Strings]
    telemed_enabled: Mapped[bool] = mapped_column("telemedEnabled", key="telemed_enabled", server_default=text("true"))
    user_id: Mapped[str | None] = mapped_column(parent("users.id", "SET NULL"))
    clinic_id: Mapped[str | None] = mapped_column(parent("clinics.id", "SET NULL"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]


class RefreshToken(Base):
    """A web or phone session of a user; the token itself is never read here."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        unique_index("refresh_tokens", "token"),
        Index(None, "user_id"),
        Index(None, "token"),
    )

    id: Mapped[Id]
    user_id: Mapped[str] = mapped_column(parent("users.id"))
    token: Mapped[str] = mapped_column(deferred=True, deferred_raiseload=True)
    expires_at: Mapped[datetime]
    created_at: Mapped[CreatedAt]


class WeeklySummary(Base):
    """A patient's week in figures; ``week_end`` is inclusive."""

    __tablename__ = "weekly_summaries"
    __table_args__ = (
        unique_index("weekly_summaries", "patient_id", "week_start"),
        Index(None, "patient_id", "week_start"),
    )

    id: Mapped[Id]
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    week_start: Mapped[MidnightDate]
    week_end: Mapped[MidnightDate]
    summary: Mapped[Any] = mapped_column(Json, nullable=False)
    created_at: Mapped[CreatedAt]
