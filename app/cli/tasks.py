"""``tasks …``, ``cover …`` and ``open-items``: what is to be done, by whom, and who stands in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from app.cli.verbs import verb
from app.commands.cover import EndCover, ReassignOpenItems, SetCover
from app.commands.tasks import AddTask, AssignTask, CancelTask, DoTask, NoteTaskAttempt, PostponeTask, ReopenTask
from app.domain.enums import Role, TaskKind
from app.domain.visits import ContactChannel, ContactResult
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.cover import covers
from app.queries.open_items import my_open_items
from app.queries.tasks import Inbox, TaskItem, task_inbox, tasks_of_patient
from app.workspace.workspace import Workspace


@verb("tasks list")
def tasks_list(
    ws: Workspace,
    inbox: Inbox = Inbox.MINE,
    kind: TaskKind | None = None,
    patient: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> dict[str, Any]:
    """List tasks, overdue first: mine and my role's, own, all, or ended; or those of a patient."""
    if patient is not None:
        found = ws.ask(tasks_of_patient, patient_id=patient, ended=inbox is Inbox.ENDED)
        return {"items": [_task(ws, one) for one in found], "more": False}
    page = ws.ask(task_inbox, inbox=inbox, kind=kind, limit=limit, cursor=cursor)
    return {"items": [_task(ws, one) for one in page.items], "more": page.more, "cursor": page.cursor}


def _task(ws: Workspace, one: TaskItem) -> dict[str, Any]:
    return {
        "id": one.id, "kind": one.kind.value, "title": one.title, "patientId": one.patient_id,
        "patientName": one.patient_name, "phone": one.phone, "ownerUser": one.owner_user, "ownerName": one.owner_name,
        "ownerRole": one.owner_role.value if one.owner_role else None,
        "dueOn": one.due_on.isoformat() if one.due_on else None, "windowDays": one.window_days,
        "overdue": one.overdue(ws.reader().today), "status": one.status.value, "detail": one.detail,
        "outcome": one.outcome, "attempts": one.attempts, "released": one.released, "visitId": one.visit_id,
        "sourceTable": one.source_table, "sourceId": one.source_id,
    }  # fmt: skip


@verb("tasks add", positional=("kind",))
def tasks_add(
    ws: Workspace,
    kind: TaskKind,
    patient: str | None = None,
    title: str = "",
    detail: str = "",
    to: str | None = None,
    role: Role | None = None,
    due: date | None = None,
    window_days: int = 0,
    visit: str | None = None,
) -> dict[str, Any]:
    """Give a task to a person (--to USER) or a role (--role)."""
    command = AddTask(kind=kind, patient_id=patient, title=title, detail=detail, owner_user=to, owner_role=role,
                      due_on=due, window_days=window_days, visit_id=visit)  # fmt: skip
    return dict(ws.execute(command).result)


@verb("tasks do", positional=("task",))
def tasks_do(ws: Workspace, task: str, outcome: str = "") -> dict[str, Any]:
    """Say that a task is done, and what came of it."""
    return dict(ws.execute(DoTask(task_id=task, outcome=outcome)).result)


@verb("tasks cancel", positional=("task",))
def tasks_cancel(ws: Workspace, task: str, reason: str = "") -> dict[str, Any]:
    """Say that a task isn't to be done any more."""
    return dict(ws.execute(CancelTask(task_id=task, reason=reason)).result)


@verb("tasks give", positional=("task",))
def tasks_give(ws: Workspace, task: str, to: str | None = None, role: Role | None = None) -> dict[str, Any]:
    """Give an open task to a person (--to USER) or a role (--role)."""
    found = _find(ws, task)
    command = AssignTask(task_id=task, owner_user=to, owner_role=role, old_user=found.owner_user,
                         old_role=found.owner_role)  # fmt: skip
    return dict(ws.execute(command).result)


@verb("tasks later", positional=("task", "due"))
def tasks_later(ws: Workspace, task: str, due: date) -> dict[str, Any]:
    """Put an open task off to another day."""
    return dict(ws.execute(PostponeTask(task_id=task, due_on=due, old_due=_find(ws, task).due_on)).result)


@verb("tasks tried", positional=("task", "result"))
def tasks_tried(
    ws: Workspace, task: str, result: ContactResult, channel: ContactChannel = ContactChannel.PHONE, note: str = ""
) -> dict[str, Any]:
    """Note that somebody tried to reach the patient about a task."""
    return dict(ws.execute(NoteTaskAttempt(task_id=task, result=result, channel=channel, note=note)).result)


@verb("tasks reopen", positional=("task",))
def tasks_reopen(ws: Workspace, task: str) -> dict[str, Any]:
    """Say that a task that was done or cancelled is to be done after all."""
    found = _find(ws, task, Inbox.ENDED)
    return dict(ws.execute(ReopenTask(task_id=task, expected=found.status)).result)


def _find(ws: Workspace, task: str, inbox: Inbox = Inbox.ALL) -> TaskItem:
    cursor: str | None = None
    while True:
        page = ws.ask(task_inbox, inbox=inbox, cursor=cursor, limit=500)
        for one in page.items:
            if one.id == task:
                return one
        if not page.more:
            raise Refused("NoSuchTask", t("This task is not known."), field="task")
        cursor = page.cursor


@verb("open-items")
def open_items(ws: Workspace) -> dict[str, Any]:
    """List everything that waits for the person: visits, notes, results, papers, messages, tasks, forms."""
    items = [
        {"kind": one.kind.value, "id": one.id, "patientId": one.patient_id or None, "patientName": one.patient_name,
         "title": one.title, "at": one.at.isoformat(), "urgent": one.urgent, "visitId": one.visit_id or None}
        for one in ws.ask(my_open_items)
    ]  # fmt: skip
    return {"items": items, "more": False}


@verb("cover list")
def cover_list(ws: Workspace) -> dict[str, Any]:
    """List who stands in for whom, now or later."""
    items = [
        {"id": one.id, "forUser": one.for_user, "forName": one.for_name, "byUser": one.by_user, "byName": one.by_name,
         "startsAt": one.starts_at.isoformat(), "endsAt": one.ends_at.isoformat(), "maySign": one.may_sign}
        for one in ws.ask(covers)
    ]  # fmt: skip
    return {"items": items, "more": False}


@verb("cover set", positional=("for_user", "by_user"), names={"start": "--from", "end": "--to"})
def cover_set(
    ws: Workspace, for_user: str, by_user: str, start: datetime, end: datetime, sign: bool = False
) -> dict[str, Any]:
    """Let BY_USER stand in for FOR_USER between two instants; with --sign for their results too."""
    command = SetCover(for_user=for_user, by_user=by_user, starts_at=start, ends_at=end, may_sign=sign)
    return dict(ws.execute(command).result)


@verb("cover end", positional=("cover",))
def cover_end(ws: Workspace, cover: str) -> dict[str, Any]:
    """End a cover now."""
    return dict(ws.execute(EndCover(cover_id=cover)).result)


@verb("staff reassign", positional=("from_user", "to_user"))
def reassign(ws: Workspace, from_user: str, to_user: str) -> dict[str, Any]:
    """Give everything that one person has open to another: tasks, results, alerts, drafts."""
    return dict(ws.execute(ReassignOpenItems(from_user=from_user, to_user=to_user)).result)
