"""A patient's weekly summaries, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import WeeklySummary
from app.domain.weekly import WeekFigures, read_week
from app.queries.core import Page, Reader, query

WEEKS = 26


@dataclass(frozen=True, slots=True)
class WeekRow:
    """One week, Monday to Sunday (both included)."""

    id: str
    first: date
    last: date
    figures: WeekFigures


@query(offline=True)
def weekly_summaries(
    session: Session, _reader: Reader, *, patient_id: str, cursor: str | None = None, limit: int = WEEKS
) -> Page[WeekRow]:
    """Return a page of weeks (keyset by the week's first day). One statement."""
    own = WeeklySummary
    found = select(own.id, own.week_start, own.week_end, own.summary).where(own.patient_id == patient_id)
    if cursor:
        found = found.where(own.week_start < date.fromisoformat(cursor))
    rows = session.execute(found.order_by(own.week_start.desc()).limit(limit + 1)).all()
    items = tuple(WeekRow(row.id, row.week_start, row.week_end, read_week(row.summary)) for row in rows[:limit])
    more = len(rows) > limit
    return Page(items, more, items[-1].first.isoformat() if more else None)
