"""The numbers in the rail: what waits in each area."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import Provider, Visit, VisitSlot
from app.domain.enums import VisitStatus
from app.queries.core import Reader, query
from app.queries.day_board import day_span


@query(offline=True)
def rail_counts(session: Session, reader: Reader) -> Mapping[str, int]:
    """Return a number for each area that has one: Today, who has arrived and waits. One statement.

    It is the count of the board's column Arrived; visits and patients have none, their rows ask for nothing.
    """
    first, last = day_span(reader, reader.today)
    arrived = session.execute(
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
    ).scalar_one()
    return {"today": int(arrived)}
