"""The free capacity of each day of a month: what the overview paints."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.db.functions import db_now
from app.db.models import Provider, ProviderSettings, VisitSlot
from app.domain.enums import SlotStatus
from app.queries.core import Reader, query
from app.queries.day_board import day_span


@dataclass(frozen=True, slots=True)
class DayCapacity:
    """A day on the clinic's wall: how many slots can still be booked, and how many there are (blocked ones apart)."""

    day: date
    free: int
    total: int


@query(offline=True)
def month_capacity(
    session: Session, reader: Reader, *, first: date, last: date, provider_ids: Collection[str] = ()
) -> tuple[DayCapacity, ...]:
    """Return every day from ``first`` to ``last``. One statement, grouped by start so that it grows with the days only.

    A hold that ran out counts as free, as everywhere; what has begun can't be booked any more.
    """
    begin, _ = day_span(reader, first)
    _, end = day_span(reader, last)
    ran_out = and_(VisitSlot.status == SlotStatus.HELD, VisitSlot.held_until <= db_now())
    bookable = and_(or_(VisitSlot.status == SlotStatus.FREE, ran_out), VisitSlot.start_time > db_now())
    statement = (
        select(VisitSlot.start_time, func.count().label("total"), func.sum(case((bookable, 1), else_=0)).label("free"))
        .join(Provider, Provider.id == VisitSlot.provider_id)
        .outerjoin(ProviderSettings, ProviderSettings.provider_id == Provider.id)
        .where(
            Provider.clinic_id == reader.clinic_id,
            VisitSlot.start_time >= begin,
            VisitSlot.start_time < end,
            VisitSlot.status != SlotStatus.BLOCKED,
        )
        .group_by(VisitSlot.start_time)
    )
    if provider_ids:
        statement = statement.where(Provider.id.in_(provider_ids))
    else:
        statement = statement.where(or_(ProviderSettings.active.is_(None), ProviderSettings.active))
    counts: dict[date, list[int]] = {}
    for row in session.execute(statement).all():
        count = counts.setdefault(row.start_time.astimezone(reader.zone).date(), [0, 0])
        count[0] += int(row.free)
        count[1] += int(row.total)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(DayCapacity(day, *counts.get(day, (0, 0))) for day in days)
