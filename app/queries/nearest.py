"""The free slots nearest to a slot that was lost: one statement that stops as soon as it has found them.

On the server it is the function ``desktop.nearest_free_slots``, which plans once a session; the store has the select.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    exists,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.db.frozen import FrozenSelect
from app.db.functions import db_now, plus_minutes
from app.db.models import DayClosure, Provider, SlotDetail, Visit, VisitSlot
from app.db.types import UtcDateTime
from app.domain.enums import SlotOrigin, SlotStatus
from app.domain.slots import LONGEST_MINUTES
from app.domain.states import LIVE_VISITS
from app.queries.agenda import AnyRow

_SLOT_ID: BindParameter[str] = bindparam("slot_id", type_=Text())
_NOW: BindParameter[datetime] = bindparam("now", type_=UtcDateTime())
_COUNT: BindParameter[int] = bindparam("count", type_=Integer())


def nearest_rows(session: Session, *, online: bool, slot_id: str, now: datetime, count: int) -> list[AnyRow]:
    """Up to `count` free slots on either side of a slot, of its provider and mode, from `now` on."""
    return _statement(online=online).rows(session, slot_id=slot_id, now=now, count=count)


@cache
def _statement(*, online: bool) -> FrozenSelect:
    both = union_all(_side(later=True), _side(later=False))
    if online:
        return FrozenSelect.on_server("nearest_free_slots(:slot_id, :now, :count)", both, _NOW)
    return FrozenSelect.on_store(both)


def _wanted(column: Any) -> ColumnElement[Any]:
    lost = aliased(VisitSlot)
    return select(getattr(lost, column.key)).where(lost.id == _SLOT_ID).scalar_subquery()


def _side(*, later: bool) -> Select[Any]:
    """Free slots after the lost one, or before it, the nearest first."""
    start = _wanted(VisitSlot.start_time)
    order = VisitSlot.start_time if later else VisitSlot.start_time.desc()
    found = (
        select(
            VisitSlot.id, VisitSlot.start_time, VisitSlot.end_time, VisitSlot.visit_mode, VisitSlot.provider_id,
            Provider.name, start.label("wanted"),
        )
        .join(Provider, Provider.id == VisitSlot.provider_id)
        .where(
            VisitSlot.provider_id == _wanted(VisitSlot.provider_id),
            VisitSlot.start_time >= start if later else VisitSlot.start_time < start,
            VisitSlot.start_time >= _NOW,
            VisitSlot.visit_mode == _wanted(VisitSlot.visit_mode),
            VisitSlot.end_time > VisitSlot.start_time,
            VisitSlot.id != _SLOT_ID,
            _vacant(),
            ~_busy(),
            ~_closed(),
        )
        .order_by(order, VisitSlot.id)
        .limit(_COUNT)
        .subquery()
    )  # fmt: skip
    return select(found)


def likely_free() -> ColumnElement[bool]:
    """Whether a row of `VisitSlot` can probably be offered: cheap enough to count many slots with.

    It knows of closures and of bookings that began within two hours, not of holds, long bookings and other programs.
    """
    other = aliased(VisitSlot)
    booked = exists().where(
        other.provider_id == VisitSlot.provider_id,
        other.start_time > plus_minutes(VisitSlot.start_time, -120),
        other.start_time < VisitSlot.end_time,
        other.end_time > VisitSlot.start_time,
        other.status == SlotStatus.BOOKED,
    )
    return and_(VisitSlot.status == SlotStatus.FREE, ~booked, ~_closed())


def _live(slot_id: Any) -> ColumnElement[bool]:
    visit = aliased(Visit)
    return exists().where(visit.slot_id == slot_id, or_(*(visit.status == one for one in sorted(LIVE_VISITS))))


def _vacant() -> ColumnElement[bool]:
    """FREE or a hold that ran out, of the provider's hours, without a visit that has not ended."""
    own = aliased(SlotDetail)
    odd = or_(*(own.origin == one for one in (SlotOrigin.MADE, SlotOrigin.RETIRED, SlotOrigin.HISTORY)))
    ran_out = and_(VisitSlot.status == SlotStatus.HELD, VisitSlot.held_until <= db_now())
    return and_(
        or_(VisitSlot.status == SlotStatus.FREE, ran_out),
        ~_live(VisitSlot.id),
        ~exists().where(own.slot_id == VisitSlot.id, odd),
    )


def _busy() -> ColumnElement[bool]:
    """Another slot of the provider that takes or shuts some of the time."""
    other, detail = aliased(VisitSlot), aliased(SlotDetail)
    held = and_(other.status == SlotStatus.HELD, or_(other.held_until.is_(None), other.held_until > db_now()))
    hidden = or_(
        detail.covered_by.is_not(None), detail.origin == SlotOrigin.RETIRED, detail.origin == SlotOrigin.HISTORY
    )
    shut = and_(other.status == SlotStatus.BLOCKED, ~exists().where(detail.slot_id == other.id, hidden))
    loose = or_(other.status == SlotStatus.FREE, other.status == SlotStatus.HELD)
    return exists().where(
        other.provider_id == VisitSlot.provider_id,
        other.start_time > plus_minutes(VisitSlot.start_time, -3 * LONGEST_MINUTES),
        other.start_time < VisitSlot.end_time,
        other.end_time > VisitSlot.start_time,
        other.id != VisitSlot.id,
        or_(other.status == SlotStatus.BOOKED, held, shut, and_(loose, _live(other.id))),
    )


def _closed() -> ColumnElement[bool]:
    return exists().where(
        DayClosure.provider_id == VisitSlot.provider_id,
        DayClosure.reopened_at.is_(None),
        DayClosure.start_time < VisitSlot.end_time,
        DayClosure.end_time > VisitSlot.start_time,
    )
