"""A patient's weekly summaries, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import WeeklySummary
from app.domain.weekly import WeekFigures, read_week
from app.queries.core import Page, Reader, query, read_cursor
from app.queries.merged import with_merged

WEEKS = 26


@dataclass(frozen=True, slots=True)
class WeekRow:
    """One week, Monday to Sunday (both included). ``merged``: it was made for a record that is part of this one now."""

    id: str
    first: date
    last: date
    figures: WeekFigures
    merged: bool = False


@query(offline=True)
def weekly_summaries(
    session: Session, _reader: Reader, *, patient_id: str, cursor: str | None = None, limit: int = WEEKS
) -> Page[WeekRow]:
    """Return a page of weeks (keyset by the week's first day). One statement.

    A week that a merged record has too comes twice, the patient's own first; so a page may be a little longer.
    """
    own, people = WeeklySummary, with_merged(patient_id)
    starts = select(own.week_start).where(own.patient_id.in_(people)).distinct()
    if cursor:
        starts = starts.where(own.week_start < read_cursor(cursor, date.fromisoformat)[0])
    page = starts.order_by(own.week_start.desc()).limit(limit + 1).subquery()
    found = select(own.id, own.week_start, own.week_end, own.summary, own.patient_id).where(
        own.patient_id.in_(people), own.week_start.in_(select(page.c.week_start))
    )
    rows = session.execute(found.order_by(own.week_start.desc(), own.patient_id != patient_id, own.id)).all()
    weeks = sorted({row.week_start for row in rows}, reverse=True)
    shown = set(weeks[:limit])
    items = tuple(_week(row, patient_id) for row in rows if row.week_start in shown)
    more = len(weeks) > limit
    return Page(items, more, items[-1].first.isoformat() if more else None)


def _week(row: Any, patient_id: str) -> WeekRow:
    merged = row.patient_id != patient_id
    return WeekRow(row.id, row.week_start, row.week_end, read_week(row.summary), merged)
