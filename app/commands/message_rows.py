"""Read conversations and write messages, for the commands that do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from app.commands.core import Context
from app.commands.living import no_such_patient
from app.db.models import Message, MessageThread, Patient, ThreadDetail
from app.domain.enums import Role
from app.domain.messages import Attachment, with_participant
from app.kernel.errors import Refused
from app.kernel.i18n import t


@dataclass(frozen=True, slots=True)
class ThreadState:
    """A conversation as a command found it (its row is locked); ``latest`` is its last message's time."""

    id: str
    patient_id: str
    patient_user: str
    participants: Any
    at: datetime
    """When it last moved, as its row and its messages say."""
    latest: datetime | None
    updated_at: datetime
    detailed: bool
    owner_user: str | None
    owner_role: Role | None
    closed_at: datetime | None
    detail_at: datetime | None

    @property
    def closed(self) -> bool:
        """Whether it is done with: nothing was written since."""
        return self.closed_at is not None and self.closed_at >= self.at


def find_thread(ctx: Context, thread_id: str) -> ThreadState | None:
    """Lock and read a conversation; None when there is none (any more, or for this person)."""
    latest = select(func.max(Message.created_at)).where(Message.thread_id == MessageThread.id).scalar_subquery()
    statement = (
        select(
            MessageThread.id, MessageThread.patient_id, Patient.user_id, MessageThread.participants,
            MessageThread.last_message_at, MessageThread.created_at, MessageThread.updated_at,
            ThreadDetail.thread_id.label("known"), ThreadDetail.owner_user, ThreadDetail.owner_role,
            ThreadDetail.closed_at, ThreadDetail.updated_at.label("detail_at"), latest.label("latest"),
        )
        .join(Patient, Patient.id == MessageThread.patient_id)
        .outerjoin(ThreadDetail, ThreadDetail.thread_id == MessageThread.id)
        .where(MessageThread.id == thread_id)
    )  # fmt: skip
    row = ctx.first(ctx.lock(statement, of=MessageThread))
    if row is None:
        return None
    times = [one for one in (row.last_message_at, row.latest) if one is not None]
    return ThreadState(
        row.id, row.patient_id, row.user_id, row.participants, max(times, default=row.created_at), row.latest,
        row.updated_at, row.known is not None, row.owner_user, row.owner_role, row.closed_at, row.detail_at,
    )  # fmt: skip


def load_thread(ctx: Context, thread_id: str) -> ThreadState:
    """Lock and read a conversation. Refused "NoThread"."""
    thread = find_thread(ctx, thread_id)
    if thread is None:
        raise Refused("NoThread", t("This conversation is not known."), field="threadId")
    return thread


def set_detail(ctx: Context, thread: ThreadState, **values: Any) -> None:
    """Queue what is ours of a conversation."""
    if not thread.detailed:
        ctx.emit(insert(ThreadDetail).values(thread_id=thread.id, clinic_id=ctx.actor.clinic_id,
                                             updated_at=ctx.occurred_at, **values))  # fmt: skip
        return
    stamp = ctx.stamp(thread.detail_at)
    ctx.emit(update(ThreadDetail).where(ThreadDetail.thread_id == thread.id).values(updated_at=stamp, **values))


def begin_thread(ctx: Context, thread_id: str, patient_id: str, subject: str) -> ThreadState:
    """Queue a new conversation with a patient, as the backend makes them: patient and sender take part."""
    row = ctx.first(select(Patient.user_id).where(Patient.id == patient_id))
    if row is None:
        raise no_such_patient()
    participants = with_participant(None, row.user_id, ctx.actor.user_id)
    ctx.emit(
        insert(MessageThread).values(
            id=thread_id, patient_id=patient_id, clinic_id=ctx.actor.clinic_id, participants=participants,
            subject=subject or None, last_message_at=ctx.occurred_at, created_at=ctx.occurred_at,
            updated_at=ctx.occurred_at,
        )
    )  # fmt: skip
    return ThreadState(thread_id, patient_id, row.user_id, participants, ctx.occurred_at, None, ctx.occurred_at,
                       detailed=False, owner_user=None, owner_role=None, closed_at=None, detail_at=None)  # fmt: skip


def write_message(
    ctx: Context, thread: ThreadState, message_id: str, text: str, attachments: Sequence[Attachment] = ()
) -> datetime:
    """Queue a message in the person's own name, never before one that is there already; returns its time."""
    at = ctx.stamp(thread.latest)
    references = [{"type": one.type, "url": one.url, "filename": one.filename, "size": one.size} for one in attachments]
    ctx.emit(
        insert(Message).values(
            id=message_id, thread_id=thread.id, sender_id=ctx.actor.user_id, content=text,
            attachments=references or None, read=False, read_at=None, created_at=at,
        )
    )  # fmt: skip
    participants = with_participant(thread.participants, thread.patient_user, ctx.actor.user_id)
    ctx.emit(
        update(MessageThread)
        .where(MessageThread.id == thread.id)
        .values(participants=participants, last_message_at=max(at, thread.at), updated_at=ctx.stamp(thread.updated_at))
    )
    return at
