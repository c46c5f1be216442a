"""How much somebody has open, for the ADMIN who disables their account."""

from __future__ import annotations

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.db.models import AlertDetail, ExcuseNote, LabReview, Provider, Task, VisitNote
from app.domain.enums import ExcuseNoteStatus, ReviewState, TaskStatus, VisitNoteStatus
from app.queries.core import Reader, query


@query(offline=False)
def open_count_of(session: Session, reader: Reader, *, user_id: str) -> int:
    """Return how many tasks, results, alerts and drafts are somebody's. One statement; accounts need the server."""
    provider = select(Provider.id).where(Provider.user_id == user_id, Provider.clinic_id == reader.clinic_id)
    theirs = provider.scalar_subquery()
    conditions = (
        and_(Task.clinic_id == reader.clinic_id, Task.owner_user == user_id, Task.status == TaskStatus.OPEN),
        and_(LabReview.clinic_id == reader.clinic_id, LabReview.owner_user == user_id,
             LabReview.state == ReviewState.WAITING),
        and_(AlertDetail.clinic_id == reader.clinic_id, AlertDetail.owner_user == user_id,
             AlertDetail.closed_at.is_(None)),
        and_(VisitNote.clinic_id == reader.clinic_id, VisitNote.status == VisitNoteStatus.DRAFT,
             or_(VisitNote.author_id == user_id, VisitNote.provider_id == theirs)),
        and_(ExcuseNote.status == ExcuseNoteStatus.DRAFT, ExcuseNote.provider_id == theirs),
    )  # fmt: skip
    tables = (Task, LabReview, AlertDetail, VisitNote, ExcuseNote)
    counts = [
        select(func.count()).select_from(table).where(condition).scalar_subquery()
        for table, condition in zip(tables, conditions, strict=True)
    ]
    return sum(int(count) for count in session.execute(select(*counts)).one())
