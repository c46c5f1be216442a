"""What a person has open at the end of the day: visits, notes, papers, results, tasks, forms, messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, String, and_, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from app.db.models import (
    Draft,
    ExcuseNote,
    LabOrder,
    LabReview,
    Message,
    MessageThread,
    Patient,
    Referral,
    Task,
    Visit,
    VisitNote,
    VisitSlot,
)
from app.domain.enums import (
    ExcuseNoteStatus,
    ReferralStatus,
    ReviewState,
    TaskKind,
    TaskStatus,
    VisitNoteStatus,
    VisitStatus,
)
from app.domain.patients import display_name
from app.domain.tasks import kind_word
from app.kernel.i18n import said
from app.queries.core import Reader, query
from app.queries.cover import mine_or_covered
from app.queries.day_board import day_span

MOST = 300


class OpenKind(StrEnum):
    """What is open, in the order in which it is shown."""

    VISIT = "visit"
    NOTE = "note"
    RESULT = "result"
    PAPER = "paper"
    REFERRAL = "referral"
    MESSAGE = "message"
    TASK = "task"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something open; ``at`` aware UTC is when it came up. ``urgent``: a critical result, an overdue task.

    ``id`` is the row's; ``visit_id`` its visit where it has one; ``form`` the kind of a form's draft.
    """

    kind: OpenKind
    id: str
    patient_id: str
    patient_name: str
    title: str
    at: datetime
    visit_id: str = ""
    form: str = ""
    urgent: bool = False


@query(offline=True)
def my_open_items(session: Session, reader: Reader) -> tuple[OpenItem, ...]:
    """Return everything that waits for the reader, kind by kind, oldest first. Three statements."""
    found = [*_rows(session, reader), *_messages(session, reader), *_forms(session, reader)]
    order = list(OpenKind)
    found.sort(key=lambda one: (order.index(one.kind), not one.urgent, one.at, one.id))
    return tuple(found)


def _rows(session: Session, reader: Reader) -> list[OpenItem]:
    parts = [_tasks(reader), _notes(reader), _results(reader)]
    if reader.provider_id is not None:
        parts += [_visits(reader), _papers(reader), _referrals(reader)]
    found = []
    limited = (part.limit(MOST).subquery() for part in parts)  # SQLite takes no limit inside a union
    for row in session.execute(union_all(*(select(*part.c) for part in limited))):
        kind = OpenKind(row.part)
        title = row.title or ", ".join(row.tests or ())
        if kind is OpenKind.TASK:
            title = title or kind_word(TaskKind(row.word))
        urgent = bool(row.urgent) or (row.due is not None and row.due < reader.today)
        found.append(OpenItem(kind, row.id, row.patient_id or "", display_name(row.first_name, row.last_name), title,
                              row.at, row.visit_id or "", urgent=urgent))  # fmt: skip
    return found


def _part(kind: OpenKind, ident: Any, patient: Any, at: Any, **columns: Any) -> Any:
    """One kind of open thing in the columns of all of them."""
    kinds: dict[str, Any] = {"title": String(), "word": String(), "visit_id": String(), "due": Date(),
                             "tests": LabOrder.tests.type}  # fmt: skip
    rest = (columns[name].label(name) if name in columns else cast(null(), type_).label(name)
            for name, type_ in kinds.items())  # fmt: skip
    urgent = columns.get("urgent", literal(value=False))
    return (
        select(
            literal(kind.value).label("part"), ident.label("id"), patient.label("patient_id"), at.label("at"),
            urgent.label("urgent"), *rest, Patient.first_name, Patient.last_name,
        )
        .outerjoin(Patient, Patient.id == patient)
    )  # fmt: skip


def _visits(reader: Reader) -> Any:
    """Today's visits and older ones that began and never ended."""
    _, end = day_span(reader, reader.today)
    begun = Visit.status.in_([VisitStatus.IN_PROGRESS, VisitStatus.CHECKED_IN])
    return (
        _part(OpenKind.VISIT, Visit.id, Visit.patient_id, VisitSlot.start_time, title=Visit.reason_text,
              visit_id=Visit.id, word=cast(Visit.status, String))
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .where(Visit.provider_id == reader.provider_id, begun, VisitSlot.start_time < end)
    )  # fmt: skip


def _notes(reader: Reader) -> Any:
    mine = VisitNote.author_id == reader.user_id
    if reader.provider_id is not None:
        mine = or_(mine, VisitNote.provider_id == reader.provider_id)
    return _part(OpenKind.NOTE, VisitNote.id, VisitNote.patient_id, VisitNote.created_at, title=VisitNote.reason,
                 visit_id=VisitNote.visit_id).where(
        VisitNote.clinic_id == reader.clinic_id, VisitNote.status == VisitNoteStatus.DRAFT, mine
    )  # fmt: skip


def _results(reader: Reader) -> Any:
    """Results to sign, by the tests that were ordered; their values are shown where they are signed."""
    return (
        _part(OpenKind.RESULT, LabReview.order_id, LabReview.patient_id, LabReview.resulted_at,
              urgent=LabReview.critical, visit_id=LabOrder.visit_id, tests=LabOrder.tests)
        .join(LabOrder, LabOrder.id == LabReview.order_id)
        .where(LabReview.clinic_id == reader.clinic_id, LabReview.state == ReviewState.WAITING)
        .where(mine_or_covered(LabReview.owner_user, reader))
    )  # fmt: skip


def _papers(reader: Reader) -> Any:
    return _part(OpenKind.PAPER, ExcuseNote.id, ExcuseNote.patient_id, ExcuseNote.created_at,
                 visit_id=ExcuseNote.visit_id).where(
        ExcuseNote.provider_id == reader.provider_id, ExcuseNote.status == ExcuseNoteStatus.DRAFT
    )  # fmt: skip


def _referrals(reader: Reader) -> Any:
    return _part(OpenKind.REFERRAL, Referral.id, Referral.patient_id, Referral.created_at, title=Referral.specialty,
                 visit_id=Referral.visit_id).where(
        Referral.provider_id == reader.provider_id, Referral.status == ReferralStatus.PENDING
    )  # fmt: skip


def _tasks(reader: Reader) -> Any:
    """What was given to the reader, or to those they stand in for: a role's tasks are everybody's, nobody's evening."""
    return _part(OpenKind.TASK, Task.id, Task.patient_id, Task.created_at, title=Task.title, visit_id=Task.visit_id,
                 word=cast(Task.kind, String), due=Task.due_on).where(
        Task.clinic_id == reader.clinic_id, Task.status == TaskStatus.OPEN,
        mine_or_covered(Task.owner_user, reader), or_(Task.due_on.is_(None), Task.due_on <= reader.today),
    )  # fmt: skip


def _messages(session: Session, reader: Reader) -> list[OpenItem]:
    """Threads with the reader in them in which the patient wrote something that nobody has read."""
    unread = (
        select(Message.thread_id, func.min(Message.created_at).label("at"), func.count().label("n"))
        .where(Message.read.is_(False))
        .group_by(Message.thread_id, Message.sender_id)
        .add_columns(Message.sender_id)
        .subquery()
    )
    rows = session.execute(
        select(
            MessageThread.id, MessageThread.patient_id, MessageThread.subject, MessageThread.participants,
            unread.c.at, Patient.first_name, Patient.last_name,
        )
        .join(Patient, Patient.id == MessageThread.patient_id)
        .join(unread, and_(unread.c.thread_id == MessageThread.id, unread.c.sender_id == Patient.user_id))
        .order_by(unread.c.at, MessageThread.id)
        .limit(MOST)
    )  # fmt: skip
    return [
        OpenItem(OpenKind.MESSAGE, row.id, row.patient_id, display_name(row.first_name, row.last_name),
                 row.subject or "", row.at)
        for row in rows
        if isinstance(row.participants, list) and reader.user_id in row.participants
    ]  # fmt: skip


def _forms(session: Session, reader: Reader) -> list[OpenItem]:
    """Forms that were begun and never sent."""
    rows = session.execute(
        select(Draft.id, Draft.kind, Draft.subject, Draft.body, Draft.updated_at)
        .where(Draft.user_id == reader.user_id)
        .order_by(Draft.updated_at, Draft.id)
        .limit(MOST)
    )
    found = []
    for row in rows:
        title = row.body.get("title", "") if isinstance(row.body, dict) else ""
        found.append(OpenItem(OpenKind.FORM, row.id, "", "", said(str(title)), row.updated_at, row.subject, row.kind))
    return found
