"""Tasks: given to a person or to a role, tried, done, put off, given to somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import insert, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.task_rows import TaskRow, check_patient, check_text, check_user, load_task, task_gone, task_moved
from app.db.models import ContactAttempt, Task
from app.domain.enums import Role, TaskKind, TaskStatus
from app.domain.permissions import Permission
from app.domain.tasks import DEFAULT_ROLE, MOST_NOTE, MOST_TITLE, OWNER_ROLES
from app.domain.visits import ContactChannel, ContactResult
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.text import clean_optional, clean_text

SOURCES = ("visits", "lab_orders", "referrals", "excuse_notes", "message_threads", "alerts", "visit_note", "patients",
           "visit_requests", "care_plans")  # fmt: skip
"""Tables that a task may be about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTask(Command):
    """Something is to be done, by a person or by whoever has a role (else the role that the kind is usually for).

    Without a title it is called by its kind. ``due_on`` is a day of the clinic's calendar; ``window_days`` before or
    after it will do. The text never carries a result's values: the source (``source_table``, ``source_id``) is opened
    for them.
    """

    kind: TaskKind
    patient_id: str | None = None
    title: str = ""
    detail: str = ""
    owner_user: str | None = None
    owner_role: Role | None = None
    due_on: date | None = None
    window_days: int = 0
    visit_id: str | None = None
    source_table: str | None = None
    source_id: str | None = None
    payload: Mapping[str, Any] | None = None
    task_id: str = field(default_factory=new_uuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignTask(Command):
    """Give an open task to a person or to a role; ``old_user`` and ``old_role`` are the owner that was seen."""

    task_id: str
    owner_user: str | None = None
    owner_role: Role | None = None
    old_user: str | None = None
    old_role: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoTask(Command):
    """It is done; ``outcome`` says what came of it."""

    task_id: str
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTask(Command):
    """It isn't to be done any more."""

    task_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenTask(Command):
    """It is open again; ``expected`` is the state that was seen."""

    task_id: str
    expected: TaskStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class PostponeTask(Command):
    """Put an open task off (None: no day); ``old_due`` is the day that was seen."""

    task_id: str
    due_on: date | None
    old_due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteTaskAttempt(Command):
    """Somebody tried to reach the patient about an open task."""

    task_id: str
    result: ContactResult
    channel: ContactChannel = ContactChannel.PHONE
    note: str = ""
    contact_id: str = field(default_factory=new_uuid)


@handles(AddTask, permission=Permission.TASKS)
def add_task(cmd: AddTask, ctx: Context) -> Outcome:
    """Insert the task; the same id again is the same task."""
    if cmd.source_table is not None and cmd.source_table not in SOURCES:
        raise Refused("BadValue", t("A task can't be about this."), field="sourceTable")
    if not 0 <= cmd.window_days <= 366:
        raise Refused("BadValue", t("Enter 0 to 366 days."), field="windowDays")
    visit = cmd.visit_id
    if cmd.patient_id is not None:
        ongoing = check_patient(ctx, cmd.patient_id)
        visit = visit or (ongoing if cmd.source_table is None else None)  # what has a source belongs to that
    elif cmd.kind is not TaskKind.REVIEW:
        raise Refused("BadValue", t("Choose the patient that this is about."), field="patientId")
    user, role = _owner(ctx, cmd.owner_user, cmd.owner_role, cmd.kind)
    title = clean_text(cmd.title, "title", MOST_TITLE)
    detail = clean_text(cmd.detail, "detail", MOST_NOTE)
    check_text(ctx, cmd.source_table, cmd.source_id, title=title, detail=detail)
    ctx.emit(
        insert(Task).values(
            id=cmd.task_id, clinic_id=ctx.actor.clinic_id, patient_id=cmd.patient_id, visit_id=visit,
            kind=cmd.kind, title=title, detail=detail, owner_user=user, owner_role=role, due_on=cmd.due_on,
            window_days=cmd.window_days, source_table=cmd.source_table, source_id=cmd.source_id,
            status=TaskStatus.OPEN, payload=dict(cmd.payload) if cmd.payload else None,
            created_by=ctx.actor.user_id, created_at=ctx.occurred_at, updated_at=ctx.occurred_at,
        )
    )  # fmt: skip
    undo = CancelTask(task_id=cmd.task_id)
    return _outcome(cmd.task_id, cmd.patient_id, TaskStatus.OPEN, undo, t("the new task"))


@handles(AssignTask, permission=Permission.TASKS)
def assign_task(cmd: AssignTask, ctx: Context) -> Outcome:
    """Change the owner; somebody else's change in between conflicts."""
    task = _open(ctx, cmd.task_id)
    user, role = _owner(ctx, cmd.owner_user, cmd.owner_role, task.kind)
    if (task.owner_user, task.owner_role) == (user, role):
        return _outcome(task.id, task.patient_id, task.status)
    if (task.owner_user, task.owner_role) != (cmd.old_user, cmd.old_role):
        raise task_moved(task, "owner", {"ownerUser": task.owner_user, "ownerRole": task.owner_role})
    _set(ctx, task, owner_user=user, owner_role=role)
    undo = AssignTask(task_id=task.id, owner_user=task.owner_user, owner_role=task.owner_role, old_user=user,
                      old_role=role)  # fmt: skip
    return _outcome(task.id, task.patient_id, task.status, undo, t("the task's owner"))


@handles(DoTask, permission=Permission.TASKS)
def do_task(cmd: DoTask, ctx: Context) -> Outcome:
    """OPEN → DONE, with who and when."""
    return _end(ctx, cmd.task_id, TaskStatus.DONE, clean_optional(cmd.outcome, "outcome", MOST_NOTE), t("task done"))


@handles(CancelTask, permission=Permission.TASKS)
def cancel_task(cmd: CancelTask, ctx: Context) -> Outcome:
    """OPEN → CANCELLED, with who, when and why."""
    reason = clean_optional(cmd.reason, "reason", MOST_NOTE)
    return _end(ctx, cmd.task_id, TaskStatus.CANCELLED, reason, t("task cancelled"))


@handles(ReopenTask, permission=Permission.TASKS)
def reopen_task(cmd: ReopenTask, ctx: Context) -> Outcome:
    """DONE or CANCELLED → OPEN; one that is open already is fine."""
    task = load_task(ctx, cmd.task_id)
    if task.status is TaskStatus.OPEN:
        return _outcome(task.id, task.patient_id, task.status)
    if task.status is not cmd.expected:
        raise task_moved(task, "status", {"status": task.status.value})
    _set(ctx, task, status=TaskStatus.OPEN, outcome=None, done_by=None, done_at=None)
    return _outcome(task.id, task.patient_id, TaskStatus.OPEN)


@handles(PostponeTask, permission=Permission.TASKS)
def postpone_task(cmd: PostponeTask, ctx: Context) -> Outcome:
    """Change the day; somebody else's other day conflicts."""
    task = _open(ctx, cmd.task_id)
    if task.due_on == cmd.due_on:
        return _outcome(task.id, task.patient_id, task.status)
    if task.due_on != cmd.old_due:
        raise task_moved(task, "dueOn", {"dueOn": task.due_on.isoformat() if task.due_on else None})
    _set(ctx, task, due_on=cmd.due_on)
    undo = PostponeTask(task_id=task.id, due_on=task.due_on, old_due=cmd.due_on)
    return _outcome(task.id, task.patient_id, task.status, undo, t("the task's day"))


@handles(NoteTaskAttempt, permission=Permission.TASKS)
def note_task_attempt(cmd: NoteTaskAttempt, ctx: Context) -> Outcome:
    """Insert the attempt; the task stays open."""
    task = _open(ctx, cmd.task_id)
    if task.patient_id is None:
        raise Refused("NoPatient", t("This task is about no patient."), field="taskId")
    ctx.emit(
        insert(ContactAttempt).values(
            id=cmd.contact_id, clinic_id=ctx.actor.clinic_id, patient_id=task.patient_id, visit_id=task.visit_id,
            task_id=task.id, at=ctx.occurred_at, by_user=ctx.actor.user_id, channel=cmd.channel.value,
            outcome=cmd.result.value, note=clean_optional(cmd.note, "note", MOST_NOTE),
        )
    )  # fmt: skip
    changes = (Change("contact_attempt", cmd.contact_id), Change("task", task.id))
    return Outcome(result={"taskId": task.id, "contactId": cmd.contact_id}, changes=changes)


def _owner(ctx: Context, user: str | None, role: Role | None, kind: TaskKind) -> tuple[str | None, Role | None]:
    """The owner as it is kept: a person or a role, never both."""
    if user is not None and role is not None:
        raise Refused("BadValue", t("A task belongs to a person or to a role, not to both."), field="ownerRole")
    if user is not None:
        check_user(ctx, user, "ownerUser")
        return user, None
    if role is not None and role not in OWNER_ROLES:
        raise Refused("BadValue", t("A task can't belong to this role."), field="ownerRole")
    return None, role or DEFAULT_ROLE[kind]


def _open(ctx: Context, task_id: str) -> TaskRow:
    task = load_task(ctx, task_id)
    if task.status is not TaskStatus.OPEN:
        raise task_gone(task)
    return task


def _end(ctx: Context, task_id: str, status: TaskStatus, words: str | None, label: str) -> Outcome:
    task = load_task(ctx, task_id)
    if task.status is status:
        return _outcome(task.id, task.patient_id, status)
    if task.status is not TaskStatus.OPEN:
        raise task_gone(task)
    check_text(ctx, task.source_table, task.source_id, outcome=words or "")
    _set(ctx, task, status=status, outcome=words, done_by=ctx.actor.user_id, done_at=ctx.occurred_at)
    return _outcome(task.id, task.patient_id, status, ReopenTask(task_id=task.id, expected=status), label)


def _set(ctx: Context, task: TaskRow, **values: Any) -> None:
    ctx.emit(update(Task).where(Task.id == task.id).values(updated_at=ctx.stamp(task.updated_at), **values))


def _outcome(
    task_id: str, patient_id: str | None, status: TaskStatus, undo: Command | None = None, label: str = ""
) -> Outcome:
    result = {"taskId": task_id, "status": status.value, "patientId": patient_id}
    return Outcome(result=result, changes=(Change("task", task_id),), undo=undo, undo_label=label if undo else "")
