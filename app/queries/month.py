"""The free capacity of each day of a month: what the overview paints."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from app.db.functions import db_now
from app.db.models import Provider, ProviderSettings, Visit, VisitSlot
from app.domain.enums import SlotStatus
from app.domain.states import CALLED_OFF, LIVE_VISITS
from app.queries.agenda import AnySelect
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

    A hold that ran out counts as free, as everywhere, and so does a booking that another program called off. What has
    begun, has a visit (of another program, on a slot that says FREE) or has a booking over it, can't be booked.
    """
    begin, _ = day_span(reader, first)
    _, end = day_span(reader, last)
    slots = _slots(reader, begin, end, provider_ids).subquery()
    later, before = slots.c.busy_before <= slots.c.start_time, slots.c.busy_after >= slots.c.end_time
    open_time = and_(or_(slots.c.busy_before.is_(None), later), or_(slots.c.busy_after.is_(None), before))
    bookable = and_(slots.c.free, slots.c.start_time > db_now(), open_time)
    statement = select(
        slots.c.start_time, func.count().label("total"), func.sum(case((bookable, 1), else_=0)).label("free")
    ).group_by(slots.c.start_time)
    counts: dict[date, list[int]] = {}
    for row in session.execute(statement).all():
        count = counts.setdefault(row.start_time.astimezone(reader.zone).date(), [0, 0])
        count[0] += int(row.free)
        count[1] += int(row.total)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(DayCapacity(day, *counts.get(day, (0, 0))) for day in days)


def _slots(reader: Reader, begin: datetime, end: datetime, provider_ids: Collection[str]) -> AnySelect:
    """The slots of the days, each with the end of what is booked up to it and the start of what is booked after."""
    slot = VisitSlot
    ran_out = and_(slot.status == SlotStatus.HELD, slot.held_until <= db_now())
    live = func.coalesce(Visit.status.in_(sorted(LIVE_VISITS)), false())
    called_off = and_(slot.status == SlotStatus.BOOKED, func.coalesce(Visit.status.in_(sorted(CALLED_OFF)), false()))
    free = and_(or_(slot.status == SlotStatus.FREE, ran_out, called_off), ~live)
    booked, held = slot.status == SlotStatus.BOOKED, slot.status == SlotStatus.HELD
    busy = or_(live, and_(booked, ~called_off), and_(held, ~ran_out))
    starts, ends = case((busy, slot.start_time)), case((busy, slot.end_time))
    statement = (
        select(
            slot.start_time,
            slot.end_time,
            free.label("free"),
            func.max(ends).over(partition_by=slot.provider_id, order_by=slot.start_time).label("busy_before"),
            func.min(starts).over(partition_by=slot.provider_id, order_by=slot.start_time.desc()).label("busy_after"),
        )
        .join(Provider, Provider.id == slot.provider_id)
        .outerjoin(ProviderSettings, ProviderSettings.provider_id == Provider.id)
        .outerjoin(Visit, Visit.slot_id == slot.id)
        .where(
            Provider.clinic_id == reader.clinic_id,
            slot.start_time >= begin,
            slot.start_time < end,
            slot.status != SlotStatus.BLOCKED,
        )
    )
    if provider_ids:
        return statement.where(Provider.id.in_(provider_ids))
    return statement.where(or_(ProviderSettings.active.is_(None), ProviderSettings.active))
