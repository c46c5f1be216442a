"""What is measured, ordered and written for a patient, in the shared database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, CreatedAt, Id, MidnightDate, Strings, current_instant, parent, unique_index
from app.db.types import Json
from app.domain.enums import (
    DeviceProvider,
    ExcuseNoteStatus,
    ExcuseNoteType,
    HRVContext,
    LabOrderStatus,
    ReferralPriority,
    ReferralStatus,
)


class Measurement(Base):
    """One measured value in its type's own unit; ``metadata_`` is the column ``metadata``."""

    __tablename__ = "measurements"
    __table_args__ = (Index(None, "patient_id", "timestamp"), Index(None, "patient_id", "type", "timestamp"))

    id: Mapped[Id]
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    type: Mapped[str]
    value: Mapped[Any] = mapped_column(Json, nullable=False)
    timestamp: Mapped[datetime]
    source: Mapped[str]
    metadata_: Mapped[Any | None] = mapped_column("metadata", Json, key="metadata_", nullable=True)
    created_at: Mapped[CreatedAt]


class CarePlan(Base):
    """A patient's plan: phases with their tasks."""

    __tablename__ = "care_plans"

    id: Mapped[Id]
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    phases: Mapped[Any] = mapped_column(Json, nullable=False)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]


class Alert(Base):
    """Something about a patient that wants attention. ``severity`` is INFO, WARNING or CRITICAL."""

    __tablename__ = "alerts"
    __table_args__ = (Index(None, "patient_id", "status"), Index(None, "status", "created_at"))

    id: Mapped[Id]
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    severity: Mapped[str]
    type: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    payload: Mapped[Any | None] = mapped_column(Json, nullable=True)
    status: Mapped[str] = mapped_column(server_default=text("'ACTIVE'"))
    created_at: Mapped[CreatedAt]
    resolved_at: Mapped[datetime | None]


class DeviceConnection(Base):
    """A patient's link to a device cloud; the tokens are the backend's and never read here."""

    __tablename__ = "device_connections"
    __table_args__ = (
        unique_index("device_connections", "patient_id", "provider", "external_id"),
        Index(None, "patient_id"),
        Index(None, "provider", "external_id"),
    )

    id: Mapped[Id]
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    provider: Mapped[DeviceProvider]
    external_id: Mapped[str]
    access_token: Mapped[str] = mapped_column(deferred=True, deferred_raiseload=True)
    refresh_token: Mapped[str | None] = mapped_column(deferred=True, deferred_raiseload=True)
    expires_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]


class VitalReading(Base):
    """Vital signs from a device: beats and breaths per minute, SpO2 in percent, pressure in mmHg."""

    __tablename__ = "vital_readings"
    __table_args__ = (Index(None, "patient_id", "timestamp"), Index(None, "patient_id", "source", "timestamp"))

    id: Mapped[Id]
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    timestamp: Mapped[datetime]
    source: Mapped[DeviceProvider]
    heart_rate: Mapped[int | None]
    spo2: Mapped[int | None]
    respiration: Mapped[int | None]
    systolic_bp: Mapped[int | None]
    diastolic_bp: Mapped[int | None]
    created_at: Mapped[CreatedAt]


class HRVReading(Base):
    """Heart-rate variability in milliseconds."""

    __tablename__ = "hrv_readings"
    __table_args__ = (Index(None, "patient_id", "timestamp"), Index(None, "patient_id", "source", "timestamp"))

    id: Mapped[Id]
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    timestamp: Mapped[datetime]
    source: Mapped[DeviceProvider]
    rmssd_ms: Mapped[float]
    sdnn_ms: Mapped[float | None]
    context: Mapped[HRVContext] = mapped_column(server_default=text("'UNKNOWN'"))
    created_at: Mapped[CreatedAt]


class BMIReading(Base):
    """A body mass index in kg/m² with the weight (kg) and height (cm) it came from."""

    __tablename__ = "bmi_readings"
    __table_args__ = (Index(None, "patient_id", "timestamp"),)

    id: Mapped[Id]
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    timestamp: Mapped[datetime] = mapped_column(server_default=current_instant())
    weight_kg: Mapped[float]
    height_cm: Mapped[float]
    bmi: Mapped[float]
    created_at: Mapped[CreatedAt]


class LabOrder(Base):
    """A laboratory order; ``results`` is a list of observations once it comes back."""

    __tablename__ = "lab_orders"
    __table_args__ = (
        Index(None, "patient_id", "status"),
        Index(None, "provider_id", "status"),
        Index(None, "status", "ordered_at"),
    )

    id: Mapped[Id]
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    visit_id: Mapped[str | None] = mapped_column(parent("visits.id", "SET NULL"))
    provider_id: Mapped[str]
    tests: Mapped[Strings]
    notes: Mapped[str | None]
    status: Mapped[LabOrderStatus] = mapped_column(server_default=text("'ORDERED'"))
    ordered_at: Mapped[datetime] = mapped_column(server_default=current_instant())
    completed_at: Mapped[datetime | None]
    results: Mapped[Any | None] = mapped_column(Json, nullable=True)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]


class Referral(Base):
    """A patient sent on to somebody else."""

    __tablename__ = "referrals"
    __table_args__ = (
        Index(None, "patient_id", "status"),
        Index(None, "provider_id", "status"),
        Index(None, "status", "created_at"),
    )

    id: Mapped[Id]
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    visit_id: Mapped[str | None] = mapped_column(parent("visits.id", "SET NULL"))
    provider_id: Mapped[str]
    specialty: Mapped[str]
    reason: Mapped[str]
    priority: Mapped[ReferralPriority] = mapped_column(server_default=text("'ROUTINE'"))
    status: Mapped[ReferralStatus] = mapped_column(server_default=text("'PENDING'"))
    referred_to: Mapped[str | None]
    notes: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]


class ExcuseNote(Base):
    """A note for work or school; ``end_date`` is inclusive."""

    __tablename__ = "excuse_notes"
    __table_args__ = (
        Index(None, "patient_id", "status"),
        Index(None, "provider_id", "status"),
        Index(None, "status", "created_at"),
    )

    id: Mapped[Id]
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    visit_id: Mapped[str | None] = mapped_column(parent("visits.id", "SET NULL"))
    provider_id: Mapped[str]
    type: Mapped[ExcuseNoteType]
    start_date: Mapped[MidnightDate]
    end_date: Mapped[MidnightDate]
    reason: Mapped[str]
    restrictions: Mapped[str | None]
    status: Mapped[ExcuseNoteStatus] = mapped_column(server_default=text("'DRAFT'"))
    sent_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]
