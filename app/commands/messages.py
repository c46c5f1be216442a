"""Messages to patients: sent, read, given to somebody, done with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, or_, select, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.message_attachments import checked_attachments
from app.commands.message_rows import ThreadState, begin_thread, find_thread, load_thread, set_detail, write_message
from app.commands.task_rows import check_patient, check_user, load_task
from app.db.models import Message, Patient, Task
from app.domain.enums import Role, TaskStatus
from app.domain.messages import MOST_SUBJECT, MOST_TEXT, THREAD_ROLES, Attachment
from app.domain.permissions import Permission
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage(Command):
    """Write to a patient: into the conversation ``thread_id``, or a new one with ``patient_id``.

    ``subject`` is for a new one. ``task_id`` is the task that this carries out; it is done then. ``message_id`` and
    ``new_thread_id`` are the ids of what is made: the same message again is the same message.
    """

    text: str
    patient_id: str | None = None
    thread_id: str | None = None
    subject: str = ""
    attachments: Sequence[Attachment] = ()
    task_id: str | None = None
    message_id: str = field(default_factory=new_uuid)
    new_thread_id: str = field(default_factory=new_uuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkRead(Command):
    """The patient's messages of a conversation were read, up to the one that was displayed last."""

    thread_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignThread(Command):
    """Give a conversation to a person, a role, or nobody; ``old_user`` and ``old_role`` are the owner that was seen."""

    thread_id: str
    owner_user: str | None = None
    owner_role: Role | None = None
    old_user: str | None = None
    old_role: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseThread(Command):
    """A conversation is done with until somebody writes again; ``message_id`` is its last one that was displayed."""

    thread_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenThread(Command):
    """A conversation isn't done with after all."""

    thread_id: str


@handles(SendMessage, permission=Permission.MESSAGE)
def send_message(cmd: SendMessage, ctx: Context) -> Outcome:
    """Insert the message; what was done with is open again."""
    text = clean_text(cmd.text, "text", MOST_TEXT, required=True)
    subject = clean_text(cmd.subject, "subject", MOST_SUBJECT)
    if (cmd.patient_id is None) == (cmd.thread_id is None):
        raise Refused("BadValue", t("Say either which patient or which conversation."), field="patientId")
    if cmd.thread_id is not None:
        thread = load_thread(ctx, cmd.thread_id)
    else:
        thread = _begin(ctx, str(cmd.patient_id), cmd.new_thread_id, subject)
    attachments = checked_attachments(ctx, cmd.attachments, thread.patient_id)
    at = write_message(ctx, thread, cmd.message_id, text, attachments)
    changes = [Change("message_threads", thread.id), Change("messages", cmd.message_id)]
    if thread.closed_at is not None:
        set_detail(ctx, thread, closed_at=None, closed_by=None)
        changes.append(Change("thread_detail", thread.id))
    if cmd.task_id is not None:
        changes += _carry_out(ctx, cmd.task_id, thread.patient_id)
    result = {"threadId": thread.id, "messageId": cmd.message_id, "patientId": thread.patient_id, "at": at.isoformat()}
    return Outcome(result=result, changes=tuple(changes))


@handles(MarkRead, permission=Permission.MESSAGE)
def mark_read(cmd: MarkRead, ctx: Context) -> Outcome:
    """Set read and when; later messages, and those of the staff, stay as they are. Nothing to take back."""
    thread = load_thread(ctx, cmd.thread_id)
    shown = _shown(ctx, thread, cmd.message_id)
    upto = or_(Message.created_at < shown.created_at,
               and_(Message.created_at == shown.created_at, Message.id <= shown.id))  # fmt: skip
    rows = ctx.all(
        select(Message.id)
        .join(Patient, Patient.user_id == Message.sender_id)
        .where(Message.thread_id == thread.id, Message.read.is_(False), upto)
        .order_by(Message.created_at, Message.id)
    )
    ids = [row.id for row in rows]
    if ids:
        unread = update(Message).where(Message.id.in_(ids), Message.read.is_(False))
        ctx.emit(unread.values(read=True, read_at=ctx.occurred_at))
    result = {"threadId": thread.id, "read": len(ids)}
    return Outcome(result=result, changes=tuple(Change("messages", one) for one in ids))


@handles(AssignThread, permission=Permission.MESSAGE)
def assign_thread(cmd: AssignThread, ctx: Context) -> Outcome:
    """Keep whose it is; somebody else's change in between conflicts."""
    if cmd.owner_user is not None and cmd.owner_role is not None:
        raise Refused("BadValue", t("A conversation belongs to a person or to a role, not to both."), field="ownerRole")
    if cmd.owner_role is not None and cmd.owner_role not in THREAD_ROLES:
        raise Refused("BadValue", t("A conversation can't belong to this role."), field="ownerRole")
    thread = load_thread(ctx, cmd.thread_id)
    now, wanted = (thread.owner_user, thread.owner_role), (cmd.owner_user, cmd.owner_role)
    if now == wanted:
        return _detail_outcome(thread)
    if now != (cmd.old_user, cmd.old_role):
        message = t("Someone gave this conversation to somebody else.")
        server = {"ownerUser": thread.owner_user, "ownerRole": thread.owner_role}
        raise Conflict("StateChanged", message, field="ownerUser", server=server)
    if cmd.owner_user is not None:
        check_user(ctx, cmd.owner_user, "ownerUser")
    set_detail(ctx, thread, owner_user=cmd.owner_user, owner_role=cmd.owner_role)
    undo = AssignThread(thread_id=thread.id, owner_user=thread.owner_user, owner_role=thread.owner_role,
                        old_user=cmd.owner_user, old_role=cmd.owner_role)  # fmt: skip
    return _detail_outcome(thread, undo, t("giving the conversation away"))


@handles(CloseThread, permission=Permission.MESSAGE)
def close_thread(cmd: CloseThread, ctx: Context) -> Outcome:
    """Keep up to which message it is done with: whatever comes later opens it, whatever the clocks say."""
    thread = load_thread(ctx, cmd.thread_id)
    shown = _shown(ctx, thread, cmd.message_id)
    if shown.created_at < thread.at:
        return Outcome(result={"threadId": thread.id, "closed": False},
                       warnings=(t("Somebody wrote again in the meantime: the conversation stays open."),))  # fmt: skip
    if thread.closed:
        return _detail_outcome(thread, closed=True)
    set_detail(ctx, thread, closed_at=thread.at, closed_by=ctx.actor.user_id)
    return _detail_outcome(thread, ReopenThread(thread_id=thread.id), t("conversation done"), closed=True)


@handles(ReopenThread, permission=Permission.MESSAGE)
def reopen_thread(cmd: ReopenThread, ctx: Context) -> Outcome:
    """Open it; one that is open already is fine."""
    thread = load_thread(ctx, cmd.thread_id)
    if thread.closed_at is not None:
        set_detail(ctx, thread, closed_at=None, closed_by=None)
    return _detail_outcome(thread, closed=False)


def _begin(ctx: Context, patient_id: str, thread_id: str, subject: str) -> ThreadState:
    check_patient(ctx, patient_id)
    if find_thread(ctx, thread_id) is not None:
        raise Conflict("StateChanged", t("This conversation exists already."), field="newThreadId")
    return begin_thread(ctx, thread_id, patient_id, subject)


def _carry_out(ctx: Context, task_id: str, patient_id: str) -> list[Change]:
    """Queue that the task is done: the patient was written to. One that isn't open any more stays as it is."""
    task = load_task(ctx, task_id)
    if task.patient_id != patient_id:
        raise Refused("BadValue", t("This task is about somebody else."), field="taskId")
    if task.status is not TaskStatus.OPEN:
        return []
    done = {"status": TaskStatus.DONE, "done_by": ctx.actor.user_id, "done_at": ctx.occurred_at,
            "outcome": t("Message sent"), "updated_at": ctx.stamp(task.updated_at)}  # fmt: skip
    ctx.emit(update(Task).where(Task.id == task_id).values(**done))
    return [Change("task", task_id)]


def _shown(ctx: Context, thread: ThreadState, message_id: str) -> Any:
    wanted = select(Message.id, Message.created_at).where(Message.id == message_id, Message.thread_id == thread.id)
    row = ctx.first(wanted)
    if row is None:
        raise Refused("NoMessage", t("This message is not in this conversation."), field="messageId")
    return row


def _detail_outcome(
    thread: ThreadState, undo: Command | None = None, label: str = "", *, closed: bool | None = None
) -> Outcome:
    result = {"threadId": thread.id, "closed": thread.closed if closed is None else closed}
    return Outcome(result=result, changes=(Change("thread_detail", thread.id),), undo=undo, undo_label=label)
