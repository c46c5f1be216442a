"""Ours, schema ``desktop``: what the shared tables of slots and visits leave open."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import TSRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import DESKTOP, Base, Id, parent
from app.db.types import Json, TextEnum
from app.domain.enums import FlowMark, SlotOrigin, VisitMode, VisitStatus, WaitingStatus, WalkInStatus


class SlotDetail(Base):
    """What a slot is: where it comes from, who holds it, why it is blocked.

    ``overbook`` is written through ``desktop.choose_overbook`` only. ``covered_by`` is the longer booking's
    slot, ``copied_from`` the slot a retired copy stands for, ``batch_id`` the block or closure it belongs to.
    ``grid_end`` is the generated end of a slot that was lengthened. The foreign key waits for the commit,
    so that slot and detail may come in either order.
    """

    __tablename__ = "slot_detail"
    __table_args__ = (
        Index(None, "covered_by"),
        Index(None, "copied_from"),
        Index(None, "batch_id"),
        Index(
            None,
            "freed_at",
            postgresql_where=text("freed_at IS NOT NULL"),
            sqlite_where=text("freed_at IS NOT NULL"),
        ),
        {"schema": DESKTOP},
    )

    slot_id: Mapped[str] = mapped_column(
        ForeignKey("visit_slots.id", ondelete="CASCADE", onupdate="CASCADE", deferrable=True, initially="DEFERRED"),
        primary_key=True,
    )
    origin: Mapped[SlotOrigin] = mapped_column(TextEnum(SlotOrigin))
    grid_end: Mapped[datetime | None]
    reason: Mapped[str | None]
    overbook: Mapped[bool] = mapped_column(server_default=text("false"))
    held_by: Mapped[str | None]
    held_name: Mapped[str | None]
    workstation: Mapped[str | None]
    covered_by: Mapped[str | None]
    copied_from: Mapped[str | None]
    batch_id: Mapped[str | None]
    updated_at: Mapped[datetime]
    freed_at: Mapped[datetime | None]
    """When a booking left it last, cancelled, moved or shortened."""


class SlotClaim(Base):
    """A provider's time that is taken, kept by a trigger for every HELD or BOOKED slot.

    The exclusion constraint ``no_double_booking`` on it (in the migrations) lets nobody book twice.
    """

    __tablename__ = "slot_claim"
    __table_args__ = (
        Index(
            "slot_claim_overbook_idx",
            "provider_id",
            "during",
            postgresql_using="gist",
            postgresql_where=text("overbook"),
        ),
        {"schema": DESKTOP, "info": {"server_only": True}},
    )

    slot_id: Mapped[str] = mapped_column(parent("visit_slots.id"), primary_key=True)
    provider_id: Mapped[str]
    during: Mapped[Range[datetime]] = mapped_column(TSRANGE)
    overbook: Mapped[bool]
    holder: Mapped[str | None]


class SlotLease(Base):
    """A free slot kept for a workstation, so that what it books there while offline is certain to be accepted.

    The slot is HELD without an end; the row goes when the slot is booked or given back.
    """

    __tablename__ = "slot_lease"
    __table_args__ = (Index(None, "workstation_id"), Index(None, "clinic_id"), {"schema": DESKTOP})

    slot_id: Mapped[str] = mapped_column(parent("visit_slots.id"), primary_key=True)
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    workstation_id: Mapped[str] = mapped_column(parent("desktop.workstation.id"))
    leased_at: Mapped[datetime]


class VisitDetail(Base):
    """What a visit has beside its shared row: type, length in minutes, room, flow, why it was cancelled."""

    __tablename__ = "visit_detail"
    __table_args__ = (
        Index(None, "appointment_type_id"),
        Index(
            None,
            "series_id",
            postgresql_where=text("series_id IS NOT NULL"),
            sqlite_where=text("series_id IS NOT NULL"),
        ),
        {"schema": DESKTOP},
    )

    visit_id: Mapped[str] = mapped_column(parent("visits.id"), primary_key=True)
    appointment_type_id: Mapped[str | None] = mapped_column(parent("desktop.appointment_type.id", "SET NULL"))
    minutes: Mapped[int | None]
    room: Mapped[str | None]
    flow: Mapped[FlowMark | None] = mapped_column(TextEnum(FlowMark))
    cancel_kind: Mapped[str | None]
    cancel_reason: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    booked_by: Mapped[str | None]
    follow_up: Mapped[Any | None] = mapped_column(Json, nullable=True)
    updated_at: Mapped[datetime]
    series_id: Mapped[str | None]
    """The same for all visits of a series."""


class VisitEvent(Base):
    """A change of a visit's status, written by triggers on both databases; ``at`` is the visit's ``updated_at``."""

    __tablename__ = "visit_event"
    __table_args__ = (Index(None, "visit_id", "at"), {"schema": DESKTOP})

    id: Mapped[Id]
    visit_id: Mapped[str] = mapped_column(parent("visits.id"))
    status: Mapped[VisitStatus] = mapped_column(TextEnum(VisitStatus))
    at: Mapped[datetime]
    by_user: Mapped[str | None]
    reason: Mapped[str | None]
    command_id: Mapped[str | None]


class DayClosure(Base):
    """A provider's time that was closed (illness); nothing in it stays bookable until it is reopened."""

    __tablename__ = "day_closure"
    __table_args__ = (
        Index(None, "provider_id", "start_time"),
        Index(None, "clinic_id", "start_time"),
        {"schema": DESKTOP},
    )

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    provider_id: Mapped[str] = mapped_column(parent("providers.id"))
    start_time: Mapped[datetime]
    end_time: Mapped[datetime]
    reason: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    reopened_at: Mapped[datetime | None]


class ContactAttempt(Base):
    """Somebody tried to reach a patient, about a visit or not."""

    __tablename__ = "contact_attempt"
    __table_args__ = (
        Index(None, "visit_id"),
        Index(None, "patient_id", "at"),
        Index(None, "clinic_id"),
        Index(None, "task_id"),
        {"schema": DESKTOP},
    )

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    visit_id: Mapped[str | None] = mapped_column(parent("visits.id"))
    at: Mapped[datetime]
    by_user: Mapped[str]
    channel: Mapped[str]
    outcome: Mapped[str]
    note: Mapped[str | None]
    task_id: Mapped[str | None] = mapped_column(parent("desktop.task.id"))


class WaitingListEntry(Base):
    """A patient who would come earlier; dates and times of day are on the clinic's wall."""

    __tablename__ = "waiting_list_entry"
    __table_args__ = (
        Index(None, "clinic_id", "status", "earliest"),
        Index(None, "patient_id"),
        Index(None, "provider_id"),
        Index(None, "appointment_type_id"),
        {"schema": DESKTOP},
    )

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    provider_id: Mapped[str | None] = mapped_column(parent("providers.id"))
    visit_mode: Mapped[VisitMode | None] = mapped_column(TextEnum(VisitMode))
    appointment_type_id: Mapped[str | None] = mapped_column(parent("desktop.appointment_type.id", "SET NULL"))
    minutes: Mapped[int]
    earliest: Mapped[date]
    latest: Mapped[date]
    time_from: Mapped[time | None]
    time_to: Mapped[time | None]
    note: Mapped[str] = mapped_column(server_default=text("''"))
    status: Mapped[WaitingStatus] = mapped_column(TextEnum(WaitingStatus), server_default=text("'WAITING'"))
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class WalkIn(Base):
    """Somebody who came without an appointment and waits to be placed."""

    __tablename__ = "walk_in"
    __table_args__ = (
        Index(None, "clinic_id", "status", "arrived_at"),
        Index(None, "patient_id"),
        Index(None, "provider_id"),
        Index(None, "visit_id"),
        {"schema": DESKTOP},
    )

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    reason: Mapped[str]
    arrived_at: Mapped[datetime]
    status: Mapped[WalkInStatus] = mapped_column(TextEnum(WalkInStatus), server_default=text("'WAITING'"))
    provider_id: Mapped[str | None] = mapped_column(parent("providers.id"))
    visit_id: Mapped[str | None] = mapped_column(parent("visits.id"))
    created_by: Mapped[str]
    updated_at: Mapped[datetime]


class RequestVisit(Base):
    """The visit that a visit request became."""

    __tablename__ = "request_visit"
    __table_args__ = (Index(None, "visit_id"), {"schema": DESKTOP})

    request_id: Mapped[str] = mapped_column(parent("visit_requests.id"), primary_key=True)
    visit_id: Mapped[str] = mapped_column(parent("visits.id"))
