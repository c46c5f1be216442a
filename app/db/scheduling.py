"""Availability, slots, visits and requests of the shared database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, CreatedAt, Id, MidnightDate, WallClock, parent, unique_index
from app.domain.enums import (
    AvailabilityStatus,
    RequestStatus,
    RequestType,
    SeverityLevel,
    SlotStatus,
    TelemedStatus,
    VisitMode,
    VisitStatus,
    VisitType,
)


class VisitRequest(Base):
    """A patient's wish for a visit. ``proposed_slot_id`` has no foreign key: the slot may be gone."""

    __tablename__ = "visit_requests"
    __table_args__ = (Index(None, "patient_id", "status"), Index(None, "status", "created_at"))

    id: Mapped[Id]
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    request_type: Mapped[RequestType] = mapped_column("requestType", key="request_type")
    visit_mode: Mapped[VisitMode] = mapped_column("visitMode", key="visit_mode")
    requested_date: Mapped[MidnightDate | None]
    window_start: Mapped[datetime | None]
    window_end: Mapped[datetime | None]
    reason_text: Mapped[str]
    reason_category: Mapped[str | None]
    severity: Mapped[SeverityLevel] = mapped_column(server_default=text("'GREEN'"))
    status: Mapped[RequestStatus] = mapped_column(server_default=text("'NEW'"))
    proposed_slot_id: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]


class VisitSlot(Base):
    """A span of a provider's time; what kind it is stands in ``desktop.slot_detail``."""

    __tablename__ = "visit_slots"
    __table_args__ = (
        Index(None, "provider_id", "start_time"),
        Index(None, "status", "start_time"),
        Index(None, "held_until"),
    )

    id: Mapped[Id]
    provider_id: Mapped[str] = mapped_column(parent("providers.id"))
    start_time: Mapped[datetime]
    end_time: Mapped[datetime]
    visit_mode: Mapped[VisitMode]
    status: Mapped[SlotStatus] = mapped_column(server_default=text("'FREE'"))
    held_until: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]


class Visit(Base):
    """A patient's visit on a slot, one visit a slot."""

    __tablename__ = "visits"
    __table_args__ = (
        unique_index("visits", "slot_id"),
        Index(None, "patient_id", "status"),
        Index(None, "provider_id", "status"),
        Index(None, "status", "created_at"),
    )

    id: Mapped[Id]
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    provider_id: Mapped[str] = mapped_column(parent("providers.id"))
    slot_id: Mapped[str] = mapped_column(parent("visit_slots.id"))
    visit_type: Mapped[VisitType]
    visit_mode: Mapped[VisitMode]
    reason_text: Mapped[str]
    status: Mapped[VisitStatus] = mapped_column(server_default=text("'PLANNED'"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]


class VirtualVisitSession(Base):
    """The room of a virtual visit and who joined it when."""

    __tablename__ = "virtual_visit_sessions"
    __table_args__ = (unique_index("virtual_visit_sessions", "visit_id"), Index(None, "room_id"), Index(None, "status"))

    id: Mapped[Id]
    visit_id: Mapped[str] = mapped_column(parent("visits.id"))
    room_id: Mapped[str]
    status: Mapped[TelemedStatus] = mapped_column(server_default=text("'NOT_STARTED'"))
    patient_joined_at: Mapped[datetime | None]
    provider_joined_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]


class ProviderAvailability(Base):
    """When a provider can be booked: on a date, or on a day of the week (0 is Sunday)."""

    __tablename__ = "provider_availability"
    __table_args__ = (Index(None, "provider_id", "status"),)

    id: Mapped[Id]
    provider_id: Mapped[str] = mapped_column(parent("providers.id"))
    date: Mapped[MidnightDate | None]
    day_of_week: Mapped[int | None]
    start_time: Mapped[WallClock]
    end_time: Mapped[WallClock]
    visit_mode: Mapped[VisitMode]
    location: Mapped[str | None]
    status: Mapped[AvailabilityStatus] = mapped_column(server_default=text("'ACTIVE'"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]
