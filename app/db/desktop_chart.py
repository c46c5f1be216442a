"""Ours, schema ``desktop``: what the chart has beside the shared tables: notes, tasks, reviews of results, papers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import DESKTOP, Base, Id, parent, unique_index
from app.db.types import Json, TextEnum
from app.domain.enums import (
    LabMessageState,
    NextStep,
    ReviewState,
    Role,
    TaskKind,
    TaskStatus,
    VisitNoteStatus,
)

_EMPTY = text("''")
_NO = text("false")


class VisitNote(Base):
    """What a provider wrote about a visit, or without one; signed it never changes."""

    __tablename__ = "visit_note"
    __table_args__ = (
        Index(None, "patient_id", "created_at"),
        Index(None, "visit_id"),
        Index(None, "author_id", "status"),
        Index(None, "clinic_id", "status"),
        {"schema": DESKTOP},
    )

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    visit_id: Mapped[str | None] = mapped_column(parent("visits.id"))
    provider_id: Mapped[str | None] = mapped_column(parent("providers.id"))
    author_id: Mapped[str]
    """The user who writes it."""
    status: Mapped[VisitNoteStatus] = mapped_column(TextEnum(VisitNoteStatus), server_default=text("'DRAFT'"))
    reason: Mapped[str] = mapped_column(server_default=_EMPTY)
    history: Mapped[str] = mapped_column(server_default=_EMPTY)
    findings: Mapped[str] = mapped_column(server_default=_EMPTY)
    assessment: Mapped[str] = mapped_column(server_default=_EMPTY)
    plan: Mapped[str] = mapped_column(server_default=_EMPTY)
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class VisitNoteAddendum(Base):
    """A dated addition to a signed note; never changed."""

    __tablename__ = "visit_note_addendum"
    __table_args__ = (Index(None, "note_id", "at"), Index(None, "clinic_id"), {"schema": DESKTOP})

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    note_id: Mapped[str] = mapped_column(parent("desktop.visit_note.id"))
    body: Mapped[str]
    by_user: Mapped[str]
    at: Mapped[datetime]


class Task(Base):
    """Something to be done, by a person or by whoever has a role. Its text never carries a result's values.

    ``due_on`` is a day on the clinic's wall, ``window_days`` how many days before or after it will do (a follow-up
    in 6 weeks ± 1 is due_on + 42, 7). ``source_table`` and ``source_id`` name what it is about.
    """

    __tablename__ = "task"
    __table_args__ = (
        Index(None, "clinic_id", "status", "due_on"),
        Index(None, "patient_id", "status"),
        Index(None, "owner_user", "status"),
        Index(None, "source_id"),
        {"schema": DESKTOP},
    )

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    patient_id: Mapped[str | None] = mapped_column(parent("patients.id"))
    visit_id: Mapped[str | None] = mapped_column(parent("visits.id"))
    kind: Mapped[TaskKind] = mapped_column(TextEnum(TaskKind))
    title: Mapped[str]
    detail: Mapped[str] = mapped_column(server_default=_EMPTY)
    owner_user: Mapped[str | None]
    owner_role: Mapped[Role | None] = mapped_column(TextEnum(Role))
    due_on: Mapped[date | None]
    due_at: Mapped[datetime | None]
    window_days: Mapped[int] = mapped_column(server_default=text("0"))
    source_table: Mapped[str | None]
    source_id: Mapped[str | None]
    status: Mapped[TaskStatus] = mapped_column(TextEnum(TaskStatus), server_default=text("'OPEN'"))
    outcome: Mapped[str | None]
    payload: Mapped[Any | None] = mapped_column(Json, nullable=True)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    done_by: Mapped[str | None]
    done_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class LabReview(Base):
    """Where the results of an order stand with the person who is to sign them. It carries no values."""

    __tablename__ = "lab_review"
    __table_args__ = (
        Index(None, "clinic_id", "state", "critical", "resulted_at"),
        Index(None, "patient_id", "state"),
        Index(None, "owner_user", "state"),
        {"schema": DESKTOP},
    )

    order_id: Mapped[str] = mapped_column(parent("lab_orders.id"), primary_key=True)
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    state: Mapped[ReviewState] = mapped_column(TextEnum(ReviewState), server_default=text("'WAITING'"))
    owner_user: Mapped[str | None]
    """Who is to sign: the ordering provider's user, until it is handed over."""
    resulted_at: Mapped[datetime]
    """When the latest result came in."""
    critical: Mapped[bool] = mapped_column(server_default=_NO)
    abnormal: Mapped[bool] = mapped_column(server_default=_NO)
    partial: Mapped[bool] = mapped_column(server_default=_NO)
    corrected: Mapped[bool] = mapped_column(server_default=_NO)
    history: Mapped[bool] = mapped_column(server_default=_NO)
    """Imported more than 14 days after it was observed: no alert, one batch to review."""
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None]
    next_step: Mapped[NextStep | None] = mapped_column(TextEnum(NextStep))
    released_text: Mapped[str] = mapped_column(server_default=_EMPTY)
    """What the front desk may say."""
    updated_at: Mapped[datetime]


class LabSignature(Base):
    """Somebody signed the results of an order as they were displayed; never changed."""

    __tablename__ = "lab_signature"
    __table_args__ = (Index(None, "order_id", "at"), Index(None, "clinic_id"), {"schema": DESKTOP})

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    order_id: Mapped[str] = mapped_column(parent("lab_orders.id"))
    by_user: Mapped[str]
    at: Mapped[datetime]
    for_user: Mapped[str | None]
    """Whose results they were, when signed for somebody else."""
    results_hash: Mapped[str]
    next_step: Mapped[NextStep] = mapped_column(TextEnum(NextStep))
    note: Mapped[str] = mapped_column(server_default=_EMPTY)


class LabResultHistory(Base):
    """An earlier version of a corrected result; ``item`` is it as it stood in ``lab_orders.results``."""

    __tablename__ = "lab_result_history"
    __table_args__ = (Index(None, "order_id", "replaced_at"), Index(None, "clinic_id"), {"schema": DESKTOP})

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    order_id: Mapped[str] = mapped_column(parent("lab_orders.id"))
    code: Mapped[str]
    item: Mapped[Any | None] = mapped_column(Json, nullable=True)
    reason: Mapped[str] = mapped_column(server_default=_EMPTY)
    replaced_at: Mapped[datetime]
    by_user: Mapped[str | None]


class LabOrderDetail(Base):
    """What an order says beside the shared row, and the numbers by which the laboratory knows it."""

    __tablename__ = "lab_order_detail"
    __table_args__ = (
        Index(None, "clinic_id", "placer_id"),
        Index(None, "clinic_id", "filler_id"),
        {"schema": DESKTOP},
    )

    order_id: Mapped[str] = mapped_column(parent("lab_orders.id"), primary_key=True)
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    priority: Mapped[str] = mapped_column(server_default=text("'ROUTINE'"))
    fasting: Mapped[bool] = mapped_column(server_default=_NO)
    diagnosis: Mapped[str] = mapped_column(server_default=_EMPTY)
    laboratory: Mapped[str] = mapped_column(server_default=_EMPTY)
    placer_id: Mapped[str | None]
    filler_id: Mapped[str | None]
    collected_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]
    repeat_of: Mapped[str | None]
    """The order that this one repeats."""
    updated_at: Mapped[datetime]


class LabMessage(Base):
    """An HL7 v2 message that a laboratory sent: read, or waiting for a person, or refused with the reason."""

    __tablename__ = "lab_message"
    __table_args__ = (
        unique_index("lab_message", "clinic_id", "content_hash"),
        Index(None, "clinic_id", "state", "received_at"),
        Index(None, "clinic_id", "sender", "control_id"),
        Index(None, "patient_id"),
        {"schema": DESKTOP, "info": {"server_only": True}},
    )

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    received_at: Mapped[datetime]
    source: Mapped[str]
    """The file's name and the message's number in it."""
    content_hash: Mapped[str]
    kind: Mapped[str]
    """As MSH-9 says: ``ORU^R01``."""
    sender: Mapped[str]
    control_id: Mapped[str]
    state: Mapped[LabMessageState] = mapped_column(TextEnum(LabMessageState))
    reason: Mapped[str] = mapped_column(server_default=_EMPTY)
    person: Mapped[Any | None] = mapped_column(Json, nullable=True)
    """Who the message is about: {name, birthDate, sex, ids}."""
    body: Mapped[str]
    patient_id: Mapped[str | None] = mapped_column(parent("patients.id"))
    order_ids: Mapped[Any | None] = mapped_column(Json, nullable=True)
    handled_by: Mapped[str | None]
    handled_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class OrderSet(Base):
    """Tests that are ordered together; ``tests`` is a list of {code, name}, the code LOINC where known."""

    __tablename__ = "order_set"
    __table_args__ = (Index(None, "clinic_id", "sort_order"), {"schema": DESKTOP})

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    name: Mapped[str]
    tests: Mapped[Any] = mapped_column(Json, nullable=False)
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    sort_order: Mapped[int] = mapped_column(server_default=text("0"))
    updated_at: Mapped[datetime]


class ReferralDetail(Base):
    """The letter of a referral, where it goes, and what came back; ``attachments`` is a list of {table, id}."""

    __tablename__ = "referral_detail"
    __table_args__ = (Index(None, "clinic_id"), {"schema": DESKTOP})

    referral_id: Mapped[str] = mapped_column(parent("referrals.id"), primary_key=True)
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    letter: Mapped[str] = mapped_column(server_default=_EMPTY)
    recipient: Mapped[Any | None] = mapped_column(Json, nullable=True)
    """{address, phone, fax, email}, each optional."""
    attachments: Mapped[Any | None] = mapped_column(Json, nullable=True)
    sent_by: Mapped[str | None]
    accepted_at: Mapped[datetime | None]
    appointment_on: Mapped[date | None]
    answer: Mapped[str] = mapped_column(server_default=_EMPTY)
    cancel_reason: Mapped[str | None]
    updated_at: Mapped[datetime]


class ExcuseNoteDetail(Base):
    """The verification code of an excuse note, what its paper says, and whether it was withdrawn."""

    __tablename__ = "excuse_note_detail"
    __table_args__ = (
        unique_index("excuse_note_detail", "code"),
        Index(None, "clinic_id"),
        {"schema": DESKTOP},
    )

    note_id: Mapped[str] = mapped_column(parent("excuse_notes.id"), primary_key=True)
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    code: Mapped[str]
    show_reason: Mapped[bool] = mapped_column(server_default=_NO)
    corrects: Mapped[str | None]
    """The note that this one was made from."""
    drafted_by: Mapped[str | None]
    signed_by: Mapped[str | None]
    signed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]
    withdrawn_reason: Mapped[str | None]
    updated_at: Mapped[datetime]


class Cover(Base):
    """Somebody stands in for somebody else from an instant until another; ``may_sign`` says for their results too."""

    __tablename__ = "cover"
    __table_args__ = (
        Index(None, "clinic_id", "ends_at"),
        Index(None, "by_user"),
        {"schema": DESKTOP},
    )

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    for_user: Mapped[str]
    by_user: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    may_sign: Mapped[bool] = mapped_column(server_default=_NO)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class CarePlanTemplate(Base):
    """Phases with tasks to begin a care plan from, in the shape of ``care_plans.phases``."""

    __tablename__ = "care_plan_template"
    __table_args__ = (Index(None, "clinic_id"), {"schema": DESKTOP})

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    name: Mapped[str]
    phases: Mapped[Any] = mapped_column(Json, nullable=False)
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    updated_at: Mapped[datetime]


class CareTaskMark(Base):
    """A task of a care plan was done, or not, on a day."""

    __tablename__ = "care_task_mark"
    __table_args__ = (
        unique_index("care_task_mark", "plan_id", "plan_task", "day"),
        Index(None, "patient_id", "day"),
        Index(None, "clinic_id"),
        {"schema": DESKTOP},
    )

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    plan_id: Mapped[str] = mapped_column(parent("care_plans.id"))
    plan_task: Mapped[str]
    """The ``id`` of the task in ``care_plans.phases``."""
    day: Mapped[date]
    done: Mapped[bool] = mapped_column(server_default=text("true"))
    by_user: Mapped[str]
    updated_at: Mapped[datetime]


class AlertDetail(Base):
    """Whose an alert is, until when it sleeps, and who closed it and why."""

    __tablename__ = "alert_detail"
    __table_args__ = (Index(None, "clinic_id"), Index(None, "owner_user"), {"schema": DESKTOP})

    alert_id: Mapped[str] = mapped_column(parent("alerts.id"), primary_key=True)
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    owner_user: Mapped[str | None]
    snoozed_until: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[str | None]
    updated_at: Mapped[datetime]
