"""Tasks as the inboxes show them: mine and my role's, overdue first; those of one patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from app.db.models import ContactAttempt, LabReview, Login, Patient, Provider, Task, Visit, VisitSlot
from app.domain.demographics import read_demographics
from app.domain.enums import ReviewState, Role, TaskKind, TaskStatus, VisitStatus
from app.domain.lifetime import Death, death_of
from app.domain.patients import display_name
from app.domain.tasks import is_overdue
from app.domain.visits import ContactResult
from app.queries.core import Page, Reader, instant, query, read_cursor
from app.queries.cover import covered_users, mine_or_covered

PAGE = 100
_NEVER = date(9999, 12, 31)
_OWNER = aliased(Login)
_MAKER = aliased(Login)
_DOER = aliased(Login)


class Inbox(StrEnum):
    """Whose tasks are listed."""

    MINE = "mine"
    """Mine, of those I stand in for, and of my roles."""
    OWN = "own"
    """Only what was given to me, or to those I stand in for."""
    ALL = "all"
    """The clinic's."""
    ENDED = "ended"
    """Done and cancelled ones, latest first."""


@dataclass(frozen=True, slots=True)
class TaskItem:
    """A task with what is needed to do it. ``due_on`` is a day of the clinic; times aware UTC.

    ``released`` is what the desk may say about the result that it is about; ``next_visit`` the patient's next planned
    one, for follow-ups and visits to move. ``covered`` names whom the reader stands in for here.
    """

    id: str
    kind: TaskKind
    title: str
    detail: str
    status: TaskStatus
    patient_id: str | None
    patient_name: str
    patient_born: date | None
    phone: str
    owner_user: str | None
    owner_name: str
    owner_role: Role | None
    due_on: date | None
    window_days: int
    visit_id: str | None
    source_table: str | None
    source_id: str | None
    payload: Mapping[str, Any]
    created_by: str
    created_at: datetime
    outcome: str
    ended_by: str
    ended_at: datetime | None
    attempts: int
    tried_at: datetime | None
    tried: str
    released: str
    result_waits: bool
    next_visit: datetime | None
    next_provider: str
    covered: bool
    death: Death | None = None
    """Set when the patient has died."""

    def overdue(self, today: date) -> bool:
        """Tell whether it should have been done before today."""
        return is_overdue(self.status, self.due_on, today)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody tried to reach the patient about a task; ``at`` aware UTC."""

    id: str
    at: datetime
    by: str
    channel: str
    result: str
    note: str


@query(offline=True)
def task_inbox(
    session: Session,
    reader: Reader,
    *,
    inbox: Inbox = Inbox.MINE,
    kind: TaskKind | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[TaskItem]:
    """Return tasks of the clinic by day (those without one last), a page at a time. One statement."""
    if inbox is Inbox.ENDED:
        statement = _rows(reader)
        return _ended(session, statement if kind is None else statement.where(Task.kind == kind), cursor, limit)
    narrow = select(Task.id).where(Task.clinic_id == reader.clinic_id, Task.status == TaskStatus.OPEN)
    if kind is not None:
        narrow = narrow.where(Task.kind == kind)
    if inbox is Inbox.MINE:
        narrow = narrow.where(mine_condition(reader))
    elif inbox is Inbox.OWN:
        narrow = narrow.where(mine_or_covered(Task.owner_user, reader))
    if cursor:
        narrow = narrow.where(_after(cursor))
    # Which ones is decided by the index on the day; names and attempts are looked up for a page only.
    order = (Task.due_on.asc().nulls_last(), Task.created_at, Task.id)
    page = narrow.order_by(*order).limit(limit + 1).subquery()
    statement = _rows(reader).join(page, page.c.id == Task.id).order_by(*order)
    items = [_item(row) for row in session.execute(statement)]
    more, shown = len(items) > limit, tuple(items[:limit])
    end = shown[-1] if more else None
    place = f"{end.due_on or _NEVER}|{end.created_at.isoformat()}|{end.id}" if end is not None else None
    return Page(shown, more=more, cursor=place)


def _after(cursor: str) -> ColumnElement[bool]:
    """What follows a task in the order of days: one without a day comes last."""
    when, at, last = read_cursor(cursor, date.fromisoformat, instant, str)
    after = or_(Task.created_at > at, and_(Task.created_at == at, Task.id > last))
    if when == _NEVER:
        return and_(Task.due_on.is_(None), after)
    day = literal(when, Date())
    return or_(Task.due_on > day, Task.due_on.is_(None), and_(Task.due_on == day, after))


def _ended(session: Session, statement: Any, cursor: str | None, limit: int) -> Page[TaskItem]:
    statement = statement.where(Task.status != TaskStatus.OPEN)
    if cursor:
        at, last = read_cursor(cursor, instant, str)
        statement = statement.where(or_(Task.updated_at < at, and_(Task.updated_at == at, Task.id < last)))
    statement = statement.order_by(Task.updated_at.desc(), Task.id.desc()).limit(limit + 1)
    rows = session.execute(statement).all()
    more, rows = len(rows) > limit, rows[:limit]
    place = f"{rows[-1].updated_at.isoformat()}|{rows[-1].id}" if more else None
    return Page(tuple(_item(row) for row in rows), more=more, cursor=place)


@query(offline=True)
def tasks_of_patient(session: Session, reader: Reader, *, patient_id: str, ended: bool = False) -> tuple[TaskItem, ...]:
    """Return a patient's open tasks, soonest first (with ``ended`` the others too, after them). One statement."""
    statement = _rows(reader).where(Task.patient_id == patient_id)
    if not ended:
        statement = statement.where(Task.status == TaskStatus.OPEN)
    due = func.coalesce(Task.due_on, literal(_NEVER, Date()))
    statement = statement.order_by(Task.status != TaskStatus.OPEN, due, Task.created_at, Task.id).limit(PAGE)
    return tuple(_item(row) for row in session.execute(statement))


@query(offline=True)
def task_attempts(session: Session, _reader: Reader, *, task_id: str) -> tuple[Attempt, ...]:
    """Return what was tried about a task, latest first. One statement."""
    rows = session.execute(
        select(
            ContactAttempt.id, ContactAttempt.at, ContactAttempt.channel, ContactAttempt.outcome, ContactAttempt.note,
            Login.display_name,
        )
        .outerjoin(Login, Login.user_id == ContactAttempt.by_user)
        .where(ContactAttempt.task_id == task_id)
        .order_by(ContactAttempt.at.desc(), ContactAttempt.id)
        .limit(PAGE)
    )  # fmt: skip
    return tuple(Attempt(r.id, r.at, r.display_name or "", r.channel, r.outcome, r.note or "") for r in rows)


def mine_condition(reader: Reader) -> Any:
    """The condition that a task is the reader's: given to them, to whom they stand in for, or to one of their roles."""
    return or_(mine_or_covered(Task.owner_user, reader), Task.owner_role.in_(sorted(reader.roles)))


def waiting_tasks(reader: Reader) -> Any:
    """The number beside "Tasks" in the rail, as a scalar: the reader's open ones up to today, or without a day."""
    return (
        select(func.count())
        .select_from(Task)
        .where(
            Task.clinic_id == reader.clinic_id, Task.status == TaskStatus.OPEN, mine_condition(reader),
            or_(Task.due_on.is_(None), Task.due_on <= reader.today),
        )
        .scalar_subquery()
    )  # fmt: skip


def _rows(reader: Reader) -> Any:
    tried = select(ContactAttempt.task_id, func.count().label("n"), func.max(ContactAttempt.at).label("at"))
    counted = tried.where(ContactAttempt.task_id.is_not(None)).group_by(ContactAttempt.task_id).subquery()
    last = select(ContactAttempt.outcome).where(ContactAttempt.task_id == Task.id)
    last = last.order_by(ContactAttempt.at.desc(), ContactAttempt.id).limit(1)
    coming = (
        select(VisitSlot.start_time)
        .join(Visit, Visit.slot_id == VisitSlot.id)
        .where(Visit.patient_id == Task.patient_id, Visit.status == VisitStatus.PLANNED)
        .where(VisitSlot.start_time > reader.now)
        .order_by(VisitSlot.start_time, VisitSlot.id)
        .limit(1)
    )
    with_whom = coming.with_only_columns(Provider.name).join(Provider, Provider.id == VisitSlot.provider_id)
    return (
        select(
            Task.id, Task.kind, Task.title, Task.detail, Task.status, Task.patient_id, Patient.first_name,
            Patient.last_name, Patient.date_of_birth, Patient.demographics, Patient.flags, Task.owner_user,
            _OWNER.display_name.label("owner_name"), Task.owner_role, Task.due_on, Task.window_days, Task.visit_id,
            Task.source_table, Task.source_id, Task.payload, _MAKER.display_name.label("maker"), Task.created_at,
            Task.outcome, _DOER.display_name.label("doer"), Task.done_at, Task.updated_at, counted.c.n, counted.c.at,
            last.scalar_subquery().label("tried"), LabReview.released_text, LabReview.state,
            Task.owner_user.in_(covered_users(reader)).label("covered"),
            coming.scalar_subquery().label("coming"), with_whom.scalar_subquery().label("with_whom"),
        )
        .select_from(Task)
        .outerjoin(Patient, Patient.id == Task.patient_id)
        .outerjoin(_OWNER, _OWNER.user_id == Task.owner_user)
        .outerjoin(_MAKER, _MAKER.user_id == Task.created_by)
        .outerjoin(_DOER, _DOER.user_id == Task.done_by)
        .outerjoin(counted, counted.c.task_id == Task.id)
        .outerjoin(LabReview, and_(LabReview.order_id == Task.source_id, Task.source_table == "lab_orders"))
        .where(Task.clinic_id == reader.clinic_id)
    )  # fmt: skip


def _item(row: Any) -> TaskItem:
    details = read_demographics(row.demographics)
    known = row.patient_id is not None
    about_visits = row.kind in (TaskKind.BOOK_FOLLOW_UP, TaskKind.MOVE_VISIT)
    return TaskItem(
        id=row.id, kind=row.kind, title=row.title, detail=row.detail, status=row.status, patient_id=row.patient_id,
        patient_name=display_name(row.first_name, row.last_name, details.preferred_name) if known else "",
        patient_born=row.date_of_birth, death=death_of(details, row.flags),
        phone=details.phone if known else "", owner_user=row.owner_user,
        owner_name=row.owner_name or "", owner_role=row.owner_role, due_on=row.due_on, window_days=row.window_days,
        visit_id=row.visit_id, source_table=row.source_table, source_id=row.source_id,
        payload=row.payload if isinstance(row.payload, Mapping) else {}, created_by=row.maker or "",
        created_at=row.created_at, outcome=row.outcome or "", ended_by=row.doer or "", ended_at=row.done_at,
        attempts=int(row.n or 0), tried_at=row.at, tried=row.tried if row.tried in set(ContactResult) else "",
        released=row.released_text or "", result_waits=row.state is ReviewState.WAITING,
        next_visit=row.coming if about_visits else None, next_provider=(row.with_whom or "") if about_visits else "",
        covered=bool(row.covered),
    )  # fmt: skip
