"""The numbers in the rail: what waits in each area."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import Provider, Visit, VisitSlot, WalkIn
from app.domain.enums import VisitStatus, WalkInStatus
from app.queries.core import Reader, query
from app.queries.day_board import day_span

TABLES = frozenset({"visits", "walk_in"})
"""Tables whose changes change the numbers."""


@query(offline=True)
def rail_counts(session: Session, reader: Reader) -> Mapping[str, int]:
    """Return a number for each area that has one: Today, who is here and waits for somebody. One statement.

    Visits and patients have none: their rows ask for nothing.
    """
    first, last = day_span(reader, reader.today)
    arrived = (
        select(func.count())
        .select_from(Visit)
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .join(Provider, Provider.id == Visit.provider_id)
        .where(
            Provider.clinic_id == reader.clinic_id,
            Visit.status == VisitStatus.CHECKED_IN,
            VisitSlot.start_time >= first,
            VisitSlot.start_time < last,
        )
        .scalar_subquery()
    )
    walk_ins = (
        select(func.count())
        .select_from(WalkIn)
        .where(WalkIn.clinic_id == reader.clinic_id, WalkIn.status == WalkInStatus.WAITING)
        .scalar_subquery()
    )
    return {"today": int(session.execute(select(arrived + walk_ins)).scalar_one())}
