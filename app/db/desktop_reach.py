"""Ours, schema ``desktop``: what requests, conversations and rules have beside the shared tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import DESKTOP, Base, Id, parent, unique_index
from app.db.types import Json, TextEnum
from app.domain.enums import HeldMessageState, Role, RunRuleState, RunState

_EMPTY = text("''")
_SERVER_ONLY = {"schema": DESKTOP, "info": {"server_only": True}}


class RequestDetail(Base):
    """Who triaged a visit request and what they noted, whose it is, and the proposal that waits for the patient."""

    __tablename__ = "request_detail"
    __table_args__ = (Index(None, "clinic_id"), Index(None, "owner_user"), {"schema": DESKTOP})

    request_id: Mapped[str] = mapped_column(parent("visit_requests.id"), primary_key=True)
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    owner_user: Mapped[str | None]
    note: Mapped[str] = mapped_column(server_default=_EMPTY)
    triaged_by: Mapped[str | None]
    triaged_at: Mapped[datetime | None]
    proposed_by: Mapped[str | None]
    proposed_at: Mapped[datetime | None]
    proposal_ends_at: Mapped[datetime | None]
    """Until when the proposed slot is held."""
    closed_by: Mapped[str | None]
    close_reason: Mapped[str | None]
    updated_at: Mapped[datetime]


class ThreadDetail(Base):
    """Who looks after a conversation, and whether it is done with until the patient writes again."""

    __tablename__ = "thread_detail"
    __table_args__ = (Index(None, "clinic_id"), Index(None, "owner_user"), {"schema": DESKTOP})

    thread_id: Mapped[str] = mapped_column(parent("message_threads.id"), primary_key=True)
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    owner_user: Mapped[str | None]
    owner_role: Mapped[Role | None] = mapped_column(TextEnum(Role))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    updated_at: Mapped[datetime]


class MessageTemplate(Base):
    """A text to begin a message from, in one language; {name} and the like are filled in."""

    __tablename__ = "message_template"
    __table_args__ = (Index(None, "clinic_id"), {"schema": DESKTOP})

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    name: Mapped[str]
    body: Mapped[str]
    locale: Mapped[str] = mapped_column(server_default=text("'en'"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    sort_order: Mapped[int] = mapped_column(server_default=text("0"))
    updated_at: Mapped[datetime]


class RuleVersion(Base):
    """A rule as it stood from ``at`` on; ``body`` has its columns. Never changed."""

    __tablename__ = "rule_version"
    __table_args__ = (unique_index("rule_version", "rule_id", "number"), Index(None, "clinic_id"), _SERVER_ONLY)

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    rule_id: Mapped[str] = mapped_column(parent("clinical_rules.id"))
    number: Mapped[int]
    body: Mapped[Any] = mapped_column(Json, nullable=False)
    back_test: Mapped[Any | None] = mapped_column(Json, nullable=True)
    """What the back-test before enabling said."""
    by_user: Mapped[str]
    at: Mapped[datetime]


class RuleRun(Base):
    """One evaluation of a clinic's rules; ``scheduled_for`` is claimed once per clinic."""

    __tablename__ = "rule_run"
    __table_args__ = (
        unique_index("rule_run", "clinic_id", "scheduled_for"),
        Index(None, "clinic_id", "started_at"),
        _SERVER_ONLY,
    )

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    state: Mapped[RunState] = mapped_column(TextEnum(RunState), server_default=text("'RUNNING'"))
    run_at: Mapped[datetime]
    """The instant that the rules looked back from."""
    scheduled_for: Mapped[datetime | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    by_user: Mapped[str | None]
    patients: Mapped[int] = mapped_column(server_default=text("0"))
    figures: Mapped[Any | None] = mapped_column(Json, nullable=True)


class RuleRunRule(Base):
    """What one rule did in a run: counts, and whether its alerts were raised, held, dropped or withdrawn."""

    __tablename__ = "rule_run_rule"
    __table_args__ = (unique_index("rule_run_rule", "run_id", "rule_id"), Index(None, "clinic_id"), _SERVER_ONLY)

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    run_id: Mapped[str] = mapped_column(parent("desktop.rule_run.id"))
    rule_id: Mapped[str] = mapped_column(parent("clinical_rules.id"))
    version: Mapped[int] = mapped_column(server_default=text("0"))
    state: Mapped[RunRuleState] = mapped_column(TextEnum(RunRuleState))
    patients: Mapped[int] = mapped_column(server_default=text("0"))
    triggered: Mapped[int] = mapped_column(server_default=text("0"))
    raised: Mapped[int] = mapped_column(server_default=text("0"))
    unreadable: Mapped[int] = mapped_column(server_default=text("0"))
    limit_patients: Mapped[int] = mapped_column(server_default=text("0"))
    rows: Mapped[Any | None] = mapped_column(Json, nullable=True)
    """What it raised: {table: [ids]}, for withdrawing."""
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]


class UnreadMessage(Base):
    """What a patient wrote and nobody has read; kept by triggers."""

    __tablename__ = "unread_message"
    __table_args__ = (_SERVER_ONLY,)

    message_id: Mapped[str] = mapped_column(parent("messages.id"), primary_key=True)
    thread_id: Mapped[str]
    sender_id: Mapped[str]


class HeldMessage(Base):
    """A message that a rule would send to a patient; it waits for a person."""

    __tablename__ = "held_message"
    __table_args__ = (Index(None, "clinic_id", "state"), Index(None, "patient_id"), _SERVER_ONLY)

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    rule_id: Mapped[str | None] = mapped_column(parent("clinical_rules.id"))
    run_id: Mapped[str | None] = mapped_column(parent("desktop.rule_run.id"))
    subject: Mapped[str] = mapped_column(server_default=_EMPTY)
    body: Mapped[str]
    state: Mapped[HeldMessageState] = mapped_column(TextEnum(HeldMessageState), server_default=text("'WAITING'"))
    message_id: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
