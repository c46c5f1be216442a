"""The drafts of the person who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import Draft
from app.kernel.i18n import said
from app.queries.core import Reader, query

MOST = 50


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One draft; ``updated_at`` aware UTC."""

    id: str
    kind: str
    subject: str
    title: str
    fields: Mapping[str, Any]
    updated_at: datetime


@query(offline=True)
def my_drafts(session: Session, reader: Reader, *, kind: str = "") -> tuple[DraftRow, ...]:
    """Return one's own drafts, newest first, all kinds unless one is named; at most 50."""
    statement = (
        select(Draft.id, Draft.kind, Draft.subject, Draft.body, Draft.updated_at)
        .where(Draft.user_id == reader.user_id)
        .order_by(Draft.updated_at.desc(), Draft.id)
        .limit(MOST)
    )
    if kind:
        statement = statement.where(Draft.kind == kind)
    return tuple(
        DraftRow(row.id, row.kind, row.subject or "", said(row.body["title"]), row.body["fields"], row.updated_at)
        for row in session.execute(statement)
    )
