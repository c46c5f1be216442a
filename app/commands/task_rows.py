"""Read and check tasks for the commands that change them; the task of a follow-up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import insert, null, select, update

from app.commands.clinic_time import clinic_day
from app.commands.core import Change, Context
from app.commands.living import merged_meanwhile, no_such_patient
from app.commands.paper_rows import ongoing_visit
from app.db.models import LabOrder, Login, Patient, PatientDetail, Task
from app.domain.enums import Role, TaskKind, TaskStatus
from app.domain.tasks import status_word, values_in
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as a command found it (its row is locked); ``due_on`` is a day of the clinic's calendar."""

    id: str
    patient_id: str | None
    visit_id: str | None
    kind: TaskKind
    owner_user: str | None
    owner_role: Role | None
    due_on: date | None
    source_table: str | None
    source_id: str | None
    status: TaskStatus
    updated_at: datetime


def load_task(ctx: Context, task_id: str) -> TaskRow:
    """Lock and read a task; refuses an unknown one."""
    statement = select(
        Task.id, Task.patient_id, Task.visit_id, Task.kind, Task.owner_user, Task.owner_role, Task.due_on,
        Task.source_table, Task.source_id, Task.status, Task.updated_at,
    ).where(Task.id == task_id)  # fmt: skip
    row = ctx.first(ctx.lock(statement))
    if row is None:
        raise Refused("NoSuchTask", t("This task is not known."), field="taskId")
    return TaskRow(*row)


def task_gone(task: TaskRow) -> Conflict:
    """The conflict for a task that isn't open any more."""
    message = t("This task is now: {status}.", status=status_word(task.status))
    return Conflict("StateChanged", message, field="status", server={"taskId": task.id, "status": task.status.value})


def task_moved(task: TaskRow, field: str, server: dict[str, Any]) -> Conflict:
    """The conflict for a task that somebody else changed."""
    return Conflict("StateChanged", t("Someone changed this task in the meantime."), field=field,
                    server={"taskId": task.id, **server})  # fmt: skip


def check_user(ctx: Context, user_id: str, field: str) -> None:
    """Refuse somebody who isn't on the clinic's staff, or whose account is disabled."""
    wanted = select(Login.disabled_at).where(Login.user_id == user_id, Login.clinic_id == ctx.actor.clinic_id)
    row = ctx.first(wanted)
    if row is None:
        raise Refused("NoSuchPerson", t("This person isn't on the staff."), field=field)
    if row.disabled_at is not None:
        raise Refused("AccountDisabled", t("This person's account is disabled."), field=field)


def check_patient(ctx: Context, patient_id: str) -> str | None:
    """Return the patient's visit that goes on with the person, if one does.

    Refuse an unknown patient; Conflict "Merged" for one who is part of another record.
    """
    merged = select(PatientDetail.merged_into).where(PatientDetail.patient_id == Patient.id).scalar_subquery()
    ongoing = ongoing_visit(patient_id, ctx.actor.provider_id) if ctx.actor.provider_id else null()
    row = ctx.first(select(Patient.id, merged.label("into"), ongoing.label("ongoing")).where(Patient.id == patient_id))
    if row is None:
        raise no_such_patient()
    if row.into is not None:
        raise merged_meanwhile(row.into)
    visit: str | None = row.ongoing
    return visit


def check_text(ctx: Context, source_table: str | None, source_id: str | None, **texts: str) -> None:
    """Refuse a text that carries a value of the results it is about: the desk reads tasks, never values.

    Who may not read the values can't know them, so nothing is looked up for them.
    """
    if source_table != "lab_orders" or source_id is None or not ctx.actor.roles & {Role.PROVIDER, Role.ADMIN}:
        return
    row = ctx.first(select(LabOrder.results).where(LabOrder.id == source_id))
    for name, text in texts.items():
        if row is not None and values_in(text, row.results):
            message = t("This text has a value of the result in it. Tasks are read by the front desk too.")
            raise Refused("ValuesInText", message, field=name)


def follow_up_task_id(visit_id: str) -> str:
    """Return the id that the task "book the follow-up" of a visit always has."""
    return str(uuid5(NAMESPACE_OID, f"follow-up\0{visit_id}"))


def order_follow_up(ctx: Context, visit_id: str, patient_id: str, follow_up: dict[str, Any]) -> Change:
    """Queue the task that stays listed until the follow-up is booked; ordered anew it is open again.

    ``follow_up`` is in the shape of ``visit_detail.follow_up``.
    """
    task_id = follow_up_task_id(visit_id)
    row = ctx.first(select(Task.updated_at).where(Task.id == task_id))
    values = {
        "due_on": clinic_day(ctx) + timedelta(weeks=follow_up["weeks"]),
        "window_days": 7 * int(follow_up["toleranceWeeks"]),
        "detail": follow_up["note"],
        "status": TaskStatus.OPEN,
        "payload": {"providerId": follow_up["providerId"], "weeks": follow_up["weeks"]},
    }
    if row is None:
        ctx.emit(
            insert(Task).values(
                id=task_id, clinic_id=ctx.actor.clinic_id, patient_id=patient_id, visit_id=visit_id,
                kind=TaskKind.BOOK_FOLLOW_UP, title="",
                owner_role=Role.MEDICAL_ASSISTANT, created_by=ctx.actor.user_id, created_at=ctx.occurred_at,
                updated_at=ctx.occurred_at, **values,
            )
        )  # fmt: skip
    else:
        again = {"outcome": None, "done_by": None, "done_at": None, "source_table": None, "source_id": None}
        ctx.emit(update(Task).where(Task.id == task_id).values(updated_at=ctx.stamp(row.updated_at), **values, **again))
    return Change("task", task_id)


def follow_up_booked(ctx: Context, visit_id: str | None, booked_id: str, patient_id: str) -> tuple[Change, ...]:
    """Queue closing the task of a visit's follow-up, which is booked now; it keeps which visit that is.

    A form that was begun for one patient and booked for another closes nothing.
    """
    if visit_id is None:
        return ()
    task_id = follow_up_task_id(visit_id)
    ctx.emit(
        update(Task)
        .where(Task.id == task_id, Task.status == TaskStatus.OPEN, Task.patient_id == patient_id)
        .values(
            status=TaskStatus.DONE, done_by=ctx.actor.user_id, done_at=ctx.occurred_at,
            source_table="visits", source_id=booked_id, updated_at=ctx.occurred_at,
        )
    )  # fmt: skip
    return (Change("task", task_id),)


def follow_up_lost(ctx: Context, booked_id: str) -> None:
    """Queue opening a follow-up's task again: the visit that it was booked as was called off."""
    ctx.emit(
        update(Task)
        .where(
            Task.source_id == booked_id, Task.source_table == "visits", Task.kind == TaskKind.BOOK_FOLLOW_UP,
            Task.status == TaskStatus.DONE,
        )
        .values(
            status=TaskStatus.OPEN, outcome=None, done_by=None, done_at=None, source_table=None, source_id=None,
            updated_at=ctx.occurred_at,
        )
    )  # fmt: skip
