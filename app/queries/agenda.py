"""Read slots with everything that decides whether they can be taken: one statement for any span."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Row, Select, or_, select
from sqlalchemy.orm import Session

from app.db.functions import db_now
from app.db.models import DayClosure, SlotDetail, Visit, VisitSlot
from app.domain.agenda import Agenda, Closure, SlotState
from app.domain.slots import LONGEST_MINUTES
from app.domain.spans import Span

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
AnySelect: TypeAlias = Select[*tuple[Any, ...]]

REACH = timedelta(minutes=LONGEST_MINUTES * 3)
"""No slot that we make is as long as this: the index on (provider, start) gets a lower bound from it."""


def slot_columns() -> tuple[Any, ...]:
    """The columns that `slot_state` reads; select them from `slots_with_details`."""
    return (
        VisitSlot.id.label("slot_id"),
        VisitSlot.provider_id,
        VisitSlot.start_time,
        VisitSlot.end_time,
        VisitSlot.visit_mode,
        VisitSlot.status,
        VisitSlot.held_until,
        VisitSlot.updated_at,
        SlotDetail.origin,
        SlotDetail.grid_end,
        SlotDetail.reason,
        SlotDetail.overbook,
        SlotDetail.held_by,
        SlotDetail.held_name,
        SlotDetail.workstation,
        SlotDetail.covered_by,
        SlotDetail.batch_id,
        SlotDetail.updated_at.label("held_since"),
        Visit.id.label("visit_id"),
        Visit.status.label("visit_status"),
    )


def slot_state(row: AnyRow) -> SlotState:
    """Build the value from a row that has `slot_columns`; a reversed slot of another program is taken as empty."""
    return SlotState(
        id=row.slot_id,
        provider_id=row.provider_id,
        span=Span(row.start_time, max(row.start_time, row.end_time)),
        mode=row.visit_mode,
        status=row.status,
        held_until=row.held_until,
        updated_at=row.updated_at,
        origin=row.origin,
        grid_end=row.grid_end,
        reason=row.reason,
        overbook=bool(row.overbook),
        held_by=row.held_by,
        held_name=row.held_name,
        workstation=row.workstation,
        covered_by=row.covered_by,
        batch_id=row.batch_id,
        held_since=row.held_since,
        visit_id=row.visit_id,
        visit_status=row.visit_status,
    )


def slots_with_details(*columns: ColumnElement[Any]) -> AnySelect:
    """Slots beside their detail and visit, with `slot_columns` and the columns given."""
    joined = select(*slot_columns(), *columns).select_from(VisitSlot)
    joined = joined.outerjoin(SlotDetail, SlotDetail.slot_id == VisitSlot.id)
    return joined.outerjoin(Visit, Visit.slot_id == VisitSlot.id)


def touching(provider_ids: Collection[str], span: Span) -> ColumnElement[bool]:
    """The slots of these providers that overlap a span."""
    return (
        VisitSlot.provider_id.in_(provider_ids)
        & (VisitSlot.start_time < span.end)
        & (VisitSlot.start_time > span.start - REACH)
        & (VisitSlot.end_time > span.start)
    )


def read_agenda(session: Session, provider_ids: Collection[str], spans: Collection[Span], at: datetime) -> Agenda:
    """The agenda of providers over some spans, for somebody who acts `at`. Two statements: slots and closures."""
    wanted = or_(*(touching(provider_ids, span) for span in spans))
    rows = session.execute(slots_with_details(db_now().label("now")).where(wanted)).all()
    closures = read_closures(session, provider_ids, spans)
    now = rows[0].now if rows else database_time(session)
    return Agenda(now, at, tuple(slot_state(row) for row in rows), closures)


def database_time(session: Session) -> datetime:
    """The database's present instant, aware UTC."""
    now: datetime = session.execute(select(db_now().label("now"))).scalar_one()
    return now


def read_closures(session: Session, provider_ids: Collection[str], spans: Collection[Span]) -> tuple[Closure, ...]:
    """The closures of these providers that overlap one of the spans and have not been reopened."""
    if not spans:
        return ()
    hit = or_(*((DayClosure.start_time < span.end) & (DayClosure.end_time > span.start) for span in spans))
    statement = select(
        DayClosure.id, DayClosure.provider_id, DayClosure.start_time, DayClosure.end_time, DayClosure.reason
    ).where(DayClosure.provider_id.in_(provider_ids), DayClosure.reopened_at.is_(None), hit)
    return tuple(
        Closure(row.id, row.provider_id, Span(row.start_time, row.end_time), row.reason)
        for row in session.execute(statement)
    )
