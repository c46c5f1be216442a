"""Messages between patients and staff, in the shared database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, CreatedAt, Id, parent
from app.db.types import Json


class MessageThread(Base):
    """A conversation about one patient; ``participants`` is a list of user ids, ``clinic_id`` may be missing."""

    __tablename__ = "message_threads"
    __table_args__ = (Index(None, "patient_id"), Index(None, "clinic_id"))

    id: Mapped[Id]
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    clinic_id: Mapped[str | None]
    participants: Mapped[Any] = mapped_column(Json, nullable=False)
    subject: Mapped[str | None]
    last_message_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]


class Message(Base):
    """One message; attachments are references only."""

    __tablename__ = "messages"
    __table_args__ = (Index(None, "thread_id", "created_at"), Index(None, "sender_id"))

    id: Mapped[Id]
    thread_id: Mapped[str] = mapped_column(parent("message_threads.id"))
    sender_id: Mapped[str]
    content: Mapped[str]
    attachments: Mapped[Any | None] = mapped_column(Json, nullable=True)
    read: Mapped[bool] = mapped_column(server_default=text("false"))
    read_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
