"""One conversation with its messages, what was sent, templates, and what rules would send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.db.models import (
    Clinic,
    ClinicalRule,
    HeldMessage,
    Login,
    Message,
    MessageTemplate,
    MessageThread,
    Patient,
)
from app.domain.enums import HeldMessageState
from app.domain.messages import MOST_TEXT, Attachment, outside_name, read_attachments, unreadable_attachments
from app.domain.patients import display_name
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.chart_open import short
from app.queries.core import Page, Reader, instant, query, read_cursor
from app.queries.messages import PAGE, ThreadRow, thread_columns, thread_row

_WRITER = aliased(Patient)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """One message; ``sender_name`` is empty when nobody here is known by that account. Times aware UTC.

    ``cut``: only the beginning is given of what other programs wrote at great length.
    """

    message_id: str
    sender_id: str
    sender_name: str
    from_patient: bool
    text: str
    cut: bool
    attachments: tuple[Attachment, ...]
    read: bool
    read_at: datetime | None
    created_at: datetime
    unreadable: int = 0
    """How many references can't be read."""


@dataclass(frozen=True, slots=True)
class ThreadView:
    """A conversation and its newest messages, newest first; ``messages`` pages on to older ones."""

    row: ThreadRow
    messages: Page[MessageRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRow:
    """A message that the reader sent; times aware UTC."""

    message_id: str
    thread_id: str
    patient_id: str
    patient_name: str
    subject: str
    text: str
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A text to begin a message from."""

    id: str
    name: str
    body: str
    locale: str
    active: bool
    sort_order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRow:
    """A message that a rule would send to a patient."""

    id: str
    patient_id: str
    patient_name: str
    rule_name: str
    subject: str
    body: str
    created_at: datetime


@query(offline=True)
def thread_view(
    session: Session, reader: Reader, *, thread_id: str, cursor: str | None = None, limit: int = PAGE
) -> ThreadView:
    """Return a conversation and a page of its messages. Refused "NoThread". Two statements."""
    unread = (
        select(Message.thread_id, func.count().label("n"))
        .join(_WRITER, _WRITER.user_id == Message.sender_id)
        .where(Message.thread_id == thread_id, Message.read.is_(False))
        .group_by(Message.thread_id)
        .subquery()
    )
    row = session.execute(thread_columns(reader, unread).where(MessageThread.id == thread_id)).first()
    if row is None:
        raise Refused("NoThread", t("This conversation is not known."), field="threadId")
    return ThreadView(thread_row(row), _messages(session, thread_id, cursor, limit))


def _messages(session: Session, thread_id: str, cursor: str | None, limit: int) -> Page[MessageRow]:
    found = (
        select(
            Message.id, Message.sender_id, func.substr(Message.content, 1, 2 * MOST_TEXT).label("content"),
            (func.length(Message.content) > 2 * MOST_TEXT).label("cut"), Message.attachments, Message.read,
            Message.read_at, Message.created_at, Login.display_name, _WRITER.id.label("writer"), _WRITER.first_name,
            _WRITER.last_name,
        )
        .outerjoin(Login, Login.user_id == Message.sender_id)
        .outerjoin(_WRITER, _WRITER.user_id == Message.sender_id)
        .where(Message.thread_id == thread_id)
    )  # fmt: skip
    if cursor:
        found = found.where(_before(cursor))
    rows = session.execute(found.order_by(Message.created_at.desc(), Message.id.desc()).limit(limit + 1)).all()
    more = len(rows) > limit
    return Page(tuple(_message(row) for row in rows[:limit]), more, _place(rows[limit - 1]) if more else None)


def _message(row: Any) -> MessageRow:
    writer = display_name(row.first_name, row.last_name) if row.writer is not None else ""
    return MessageRow(
        message_id=row.id, sender_id=row.sender_id,
        sender_name=row.display_name or writer or outside_name(row.sender_id),
        from_patient=row.writer is not None, text=row.content, cut=bool(row.cut),
        attachments=read_attachments(row.attachments), read=row.read, read_at=row.read_at, created_at=row.created_at,
        unreadable=unreadable_attachments(row.attachments),
    )  # fmt: skip


@query(offline=True)
def sent_messages(session: Session, reader: Reader, *, cursor: str | None = None, limit: int = PAGE) -> Page[SentRow]:
    """Return what the reader sent, newest first. One statement."""
    found = (
        select(
            Message.id, Message.thread_id, MessageThread.patient_id, MessageThread.subject,
            short(Message.content).label("content"), Message.created_at, Message.read, Message.read_at,
            Patient.first_name, Patient.last_name,
        )
        .join(MessageThread, MessageThread.id == Message.thread_id)
        .join(Patient, Patient.id == MessageThread.patient_id)
        .where(Message.sender_id == reader.user_id, Patient.clinic_id == reader.clinic_id)
    )  # fmt: skip
    if cursor:
        found = found.where(_before(cursor))
    rows = session.execute(found.order_by(Message.created_at.desc(), Message.id.desc()).limit(limit + 1)).all()
    more = len(rows) > limit
    items = tuple(
        SentRow(
            message_id=row.id, thread_id=row.thread_id, patient_id=row.patient_id, subject=row.subject or "",
            patient_name=display_name(row.first_name, row.last_name), text=row.content, created_at=row.created_at,
            read_at=(row.read_at or row.created_at) if row.read else None,
        )
        for row in rows[:limit]
    )  # fmt: skip
    return Page(items, more, _place(rows[limit - 1]) if more else None)


@query(offline=True)
def message_templates(session: Session, reader: Reader, *, every: bool = False) -> tuple[TemplateRow, ...]:
    """Return the clinic's templates that are offered, or all with ``every``. One statement."""
    own = MessageTemplate
    found = select(own.id, own.name, own.body, own.locale, own.active, own.sort_order)
    found = found.where(own.clinic_id == reader.clinic_id)
    if not every:
        found = found.where(own.active)
    rows = session.execute(found.order_by(own.sort_order, own.name, own.id).limit(500))
    return tuple(TemplateRow(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a new message goes to, and the clinic's name for templates."""

    patient_id: str
    name: str
    first_name: str
    clinic: str


@query(offline=True)
def recipient(session: Session, reader: Reader, *, patient_id: str) -> Recipient:
    """Return a patient as somebody to write to. Refused "NoSuchPatient". One statement."""
    row = session.execute(
        select(Patient.id, Patient.first_name, Patient.last_name, Clinic.name)
        .join(Clinic, Clinic.id == Patient.clinic_id)
        .where(Patient.id == patient_id, Patient.clinic_id == reader.clinic_id)
    ).first()
    if row is None:
        raise Refused("NoSuchPatient", t("This patient is not known."), field="patientId")
    name = display_name(row.first_name, row.last_name)
    return Recipient(row.id, name, row.first_name or name, row.name)


@query(offline=False)
def held_messages(session: Session, reader: Reader, *, limit: int = 200) -> tuple[HeldRow, ...]:
    """Return what rules would send and nobody has decided about, oldest first. One statement."""
    rows = session.execute(
        select(
            HeldMessage.id, HeldMessage.patient_id, Patient.first_name, Patient.last_name, HeldMessage.subject,
            HeldMessage.body, HeldMessage.created_at, ClinicalRule.name,
        )
        .join(Patient, Patient.id == HeldMessage.patient_id)
        .outerjoin(ClinicalRule, ClinicalRule.id == HeldMessage.rule_id)
        .where(HeldMessage.clinic_id == reader.clinic_id, HeldMessage.state == HeldMessageState.WAITING)
        .order_by(HeldMessage.created_at, HeldMessage.id)
        .limit(limit)
    )  # fmt: skip
    return tuple(
        HeldRow(
            id=row.id, patient_id=row.patient_id, patient_name=display_name(row.first_name, row.last_name),
            rule_name=row.name or "", subject=row.subject, body=row.body, created_at=row.created_at,
        )
        for row in rows
    )  # fmt: skip


def _before(cursor: str) -> Any:
    when, key = read_cursor(cursor, instant, str)
    return or_(Message.created_at < when, and_(Message.created_at == when, Message.id < key))


def _place(row: Any) -> str:
    return f"{row.created_at.isoformat()}|{row.id}"
