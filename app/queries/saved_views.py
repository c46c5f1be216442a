"""The views that a person has saved, and those of the clinic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.db.models import SavedView
from app.queries.core import Reader, query


@dataclass(frozen=True, slots=True)
class SavedViewRow:
    """A named filter; ``own`` is False for the clinic's."""

    id: str
    name: str
    body: Mapping[str, Any]
    own: bool


@query(offline=True)
def saved_views(session: Session, reader: Reader, *, kind: str) -> tuple[SavedViewRow, ...]:
    """Return the views of a kind in their order: the person's, then the clinic's. One statement."""
    rows = session.execute(
        select(SavedView.id, SavedView.name, SavedView.body, SavedView.user_id)
        .where(
            SavedView.clinic_id == reader.clinic_id,
            SavedView.kind == kind,
            or_(SavedView.user_id == reader.user_id, SavedView.user_id.is_(None)),
        )
        .order_by(SavedView.user_id.is_(None), SavedView.sort_order, SavedView.updated_at, SavedView.id)
    ).all()
    return tuple(
        SavedViewRow(row.id, row.name, row.body if isinstance(row.body, dict) else {}, row.user_id is not None)
        for row in rows
    )
