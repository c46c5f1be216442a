"""The inbox of conversations with patients: those with something unread first, then the latest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, false, func, literal, or_, select, true
from sqlalchemy.orm import Session, aliased

from app.db.models import Cover, Login, Message, MessageThread, Patient, ThreadDetail
from app.db.types import UtcDateTime
from app.domain.enums import Role
from app.domain.lifetime import Death, death_of
from app.domain.patients import display_name
from app.queries.chart_open import short
from app.queries.core import Page, Reader, instant, query, read_cursor
from app.queries.cover import covered_users, mine_or_covered

PAGE = 50
_latest: ColumnElement[datetime] = func.coalesce(MessageThread.last_message_at, MessageThread.created_at)
_WRITER = aliased(Patient)


class ThreadBox(StrEnum):
    """Which conversations."""

    MINE = "mine"
    """Given to me, to whom I stand in for, or to my roles; nobody's where one of us takes part."""
    UNASSIGNED = "unassigned"
    """Nobody's."""
    ALL = "all"
    DONE = "done"
    """Done with until somebody writes again."""
    EVERY = "every"
    """All, those that are done with too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRow:
    """A conversation in a list. ``last_text`` is the beginning of its last message; times aware UTC.

    ``unread`` counts what patients wrote and nobody has read; ``answered``: the last message is the staff's.
    """

    thread_id: str
    patient_id: str
    patient_name: str
    born: date | None
    subject: str
    last_at: datetime
    last_text: str
    answered: bool
    unread: int
    owner_user: str | None
    owner_name: str
    owner_role: Role | None
    done: bool
    death: Death | None = None
    """Set when the patient has died."""


@query(offline=True)
def thread_page(
    session: Session, reader: Reader, *, box: ThreadBox = ThreadBox.MINE, patient_id: str | None = None,
    cursor: str | None = None, limit: int = PAGE,
) -> Page[ThreadRow]:  # fmt: skip
    """Return a page of conversations (keyset: unread or not, time, id). One statement."""
    if reader.online and patient_id is None:
        picked = _server_page(reader, box, cursor, limit)
        unread = unread_by_thread(select(picked.c.id))
        has_unread = unread.c.n.is_not(None)
        found = thread_columns(reader, unread).join(picked, picked.c.id == MessageThread.id)
    else:
        unread = unread_by_thread(None if patient_id is None else _threads_of(patient_id))
        has_unread = unread.c.n.is_not(None)
        found = thread_columns(reader, unread).where(in_box(box, reader, has_unread))
        if patient_id is not None:
            found = found.where(MessageThread.patient_id == patient_id)
        if cursor:
            found = found.where(_after(cursor, has_unread))
    found = found.order_by(has_unread.desc(), _latest.desc(), MessageThread.id.desc()).limit(limit + 1)
    rows = session.execute(found).all()
    more = len(rows) > limit
    items = tuple(thread_row(row) for row in rows[:limit])
    return Page(items, more, _cursor(items[-1]) if more else None)


@query(offline=True)
def unread_counts(session: Session, reader: Reader) -> Mapping[str, int]:
    """Return how many conversations have something unread, by box (mine, unassigned, all). One statement."""
    if reader.online:
        call = func.desktop.threads_waiting(literal(reader.now, UtcDateTime()))
        waits = call.table_valued("mine", "unassigned", "every", "waiting")
        counted = session.execute(select(waits.c.mine, waits.c.unassigned, waits.c.every)).one()
        return {"mine": counted.mine, "unassigned": counted.unassigned, "all": counted.every}
    unread = unread_by_thread(None)
    boxes = (ThreadBox.MINE, ThreadBox.UNASSIGNED, ThreadBox.ALL)
    sums = [func.sum(_as_number(in_box(box, reader, literal(value=True)))).label(box.value) for box in boxes]
    found = (
        select(*sums)
        .select_from(unread)
        .join(MessageThread, MessageThread.id == unread.c.thread_id)
        .join(Patient, Patient.id == MessageThread.patient_id)
        .outerjoin(ThreadDetail, ThreadDetail.thread_id == MessageThread.id)
        .where(Patient.clinic_id == reader.clinic_id)
    )
    row = session.execute(found).one()
    return {box.value: int(value or 0) for box, value in zip(boxes, row, strict=True)}


def waiting_threads(reader: Reader) -> Any:
    """The number beside "Messages" in the rail, as a scalar: with something unread, mine or nobody's."""
    if reader.online:
        waits = func.desktop.threads_waiting(literal(reader.now, UtcDateTime()))
        return select(waits.table_valued("mine", "unassigned", "every", "waiting").c.waiting).scalar_subquery()
    unread = unread_by_thread(None)
    always = literal(value=True)
    mine, nobodys = (in_box(box, reader, always) for box in (ThreadBox.MINE, ThreadBox.UNASSIGNED))
    return (
        select(func.count())
        .select_from(unread)
        .join(MessageThread, MessageThread.id == unread.c.thread_id)
        .join(Patient, Patient.id == MessageThread.patient_id)
        .outerjoin(ThreadDetail, ThreadDetail.thread_id == MessageThread.id)
        .where(Patient.clinic_id == reader.clinic_id, or_(mine, nobodys))
        .scalar_subquery()
    )


def _as_number(condition: ColumnElement[bool]) -> Any:
    """The condition as 1 or 0, for sums on both databases."""
    return case((condition, 1), else_=0)


def _server_page(reader: Reader, box: ThreadBox, cursor: str | None, limit: int) -> Any:
    """Which conversations, by the server's function: row-level security would look every message's patient up."""
    after: list[Any] = []
    if cursor:
        unread, at, key = read_cursor(cursor, str, instant, str)
        after = [unread == "1", literal(at, UtcDateTime()), key]
    call = func.desktop.thread_ids(box.value, literal(reader.now, UtcDateTime()), limit + 1, *after)
    return select(call.table_valued("id").c.id).cte("page")  # asked once, though it is named twice


def _threads_of(patient_id: str) -> Select[str]:
    return select(MessageThread.id).where(MessageThread.patient_id == patient_id)


def unread_by_thread(threads: Select[str] | None) -> Any:
    """What patients wrote and nobody has read, by conversation: columns ``thread_id`` and ``n``.

    Whoever writes as a patient counts, so that what somebody wrote before their record was merged does too.
    """
    found = (
        select(Message.thread_id, func.count().label("n"))
        .join(_WRITER, _WRITER.user_id == Message.sender_id)
        .where(Message.read.is_(False))
        .group_by(Message.thread_id)
    )
    if threads is not None:
        found = found.where(Message.thread_id.in_(threads))
    return found.subquery("unread")


def thread_columns(reader: Reader, unread: Any) -> Any:
    """The columns of a ``ThreadRow`` of this clinic's patients."""
    last = select(short(Message.content)).where(Message.thread_id == MessageThread.id)
    last = last.order_by(Message.created_at.desc(), Message.id.desc()).limit(1).correlate(MessageThread)
    writer = select(_WRITER.id).join_from(Message, _WRITER, _WRITER.user_id == Message.sender_id, isouter=True)
    writer = writer.where(Message.thread_id == MessageThread.id)
    writer = writer.order_by(Message.created_at.desc(), Message.id.desc()).limit(1).correlate(MessageThread)
    return (
        select(
            MessageThread.id, MessageThread.patient_id, MessageThread.subject, _latest.label("last_at"),
            Patient.first_name, Patient.last_name, Patient.date_of_birth, Patient.demographics, Patient.flags,
            unread.c.n,
            ThreadDetail.owner_user, ThreadDetail.owner_role, ThreadDetail.closed_at,
            Login.display_name.label("owner_name"), last.scalar_subquery().label("last_text"),
            writer.scalar_subquery().label("by_patient"),
        )
        .select_from(MessageThread)
        .join(Patient, Patient.id == MessageThread.patient_id)
        .outerjoin(unread, unread.c.thread_id == MessageThread.id)
        .outerjoin(ThreadDetail, ThreadDetail.thread_id == MessageThread.id)
        .outerjoin(Login, Login.user_id == ThreadDetail.owner_user)
        .where(Patient.clinic_id == reader.clinic_id)
    )  # fmt: skip


def in_box(box: ThreadBox, reader: Reader, has_unread: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that a conversation is in a box; what has something unread is never done."""
    done = and_(ThreadDetail.closed_at.is_not(None), ThreadDetail.closed_at >= _latest, ~has_unread)
    if box is ThreadBox.DONE:
        return done
    if box is ThreadBox.EVERY:
        return true()
    nobodys = and_(ThreadDetail.owner_user.is_(None), ThreadDetail.owner_role.is_(None))
    if box is ThreadBox.ALL:
        return ~_true(done)
    if box is ThreadBox.UNASSIGNED:
        return and_(~_true(done), nobodys)
    given = or_(mine_or_covered(ThreadDetail.owner_user, reader), ThreadDetail.owner_role.in_(sorted(reader.roles)))
    return and_(~_true(done), or_(_true(given), and_(nobodys, _takes_part(reader))))


def _true(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """False instead of NULL where a conversation has no detail of ours."""
    return func.coalesce(condition, false())


def _takes_part(reader: Reader) -> ColumnElement[bool]:
    """Whether the reader, or somebody they stand in for, is among the participants (a list of user ids)."""
    listed = cast(MessageThread.participants, String)
    covered = select(Cover.id).where(
        Cover.for_user.in_(covered_users(reader)), Cover.clinic_id == reader.clinic_id,
        listed.like(literal('%"').concat(Cover.for_user).concat('"%')),
    )  # fmt: skip
    return or_(listed.contains(f'"{reader.user_id}"', autoescape=True), covered.exists())


def _after(cursor: str, has_unread: ColumnElement[bool]) -> ColumnElement[bool]:
    unread, when, key = read_cursor(cursor, str, instant, str)
    older = or_(_latest < when, and_(_latest == when, MessageThread.id < key))
    return or_(~has_unread, and_(has_unread, older)) if unread == "1" else and_(~has_unread, older)


def _cursor(row: ThreadRow) -> str:
    return f"{int(row.unread > 0)}|{row.last_at.isoformat()}|{row.thread_id}"


def thread_row(row: Any) -> ThreadRow:
    """Make the row of what ``thread_columns`` found."""
    return ThreadRow(
        thread_id=row.id, patient_id=row.patient_id, patient_name=display_name(row.first_name, row.last_name),
        born=row.date_of_birth, death=death_of(row.demographics, row.flags),
        subject=row.subject or "", last_at=row.last_at, last_text=row.last_text or "",
        answered=row.last_text is not None and row.by_patient is None, unread=int(row.n or 0),
        owner_user=row.owner_user, owner_name=row.owner_name or "", owner_role=row.owner_role,
        done=not row.n and row.closed_at is not None and row.closed_at >= row.last_at,
    )  # fmt: skip
