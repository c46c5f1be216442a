"""Read slots with everything that decides whether they can be taken: one statement for any providers and spans."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, Text, cast, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from app.db.functions import db_now
from app.db.models import ClinicSettings, DayClosure, SlotDetail, Visit, VisitSlot
from app.domain.agenda import Agenda, Closure, Elsewhere, SlotState
from app.domain.slots import LONGEST_MINUTES
from app.domain.spans import Span
from app.domain.states import LIVE_VISITS

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
AnySelect: TypeAlias = Select[*tuple[Any, ...]]

REACH = timedelta(minutes=LONGEST_MINUTES * 3)
"""No slot that we make is as long as this: the index on (provider, start) gets a lower bound from it."""

_SLOT, _CLOSURE, _ELSEWHERE, _HEAD = range(4)


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
        span=_span(row),
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
    """The columns given, of slots beside their detail and visit."""
    joined = select(*columns).select_from(VisitSlot)
    joined = joined.outerjoin(SlotDetail, SlotDetail.slot_id == VisitSlot.id)
    return joined.outerjoin(Visit, Visit.slot_id == VisitSlot.id)


def read_agenda(
    session: Session,
    clinic_id: str,
    provider_ids: Collection[str],
    spans: Collection[Span],
    at: datetime,
    *,
    patient_ids: Collection[str] = (),
    light: bool = False,
) -> Agenda:
    """The agenda of providers over some spans, for somebody who acts `at`. One statement.

    With `patient_ids` it knows where else these patients are expected in these spans. `light` is for looking for free
    time in many slots: without who holds what, and why something is blocked.
    """
    parts = [_slots(provider_ids, spans, light=light), _closures(provider_ids, spans), _head(clinic_id)]
    if patient_ids:
        parts.append(_elsewhere(patient_ids, spans))
    return _agenda(session.execute(union_all(*parts)).all(), at)


def _agenda(rows: Sequence[AnyRow], at: datetime) -> Agenda:
    head = next(row for row in rows if row.part == _HEAD)
    return Agenda(
        now=head.now,
        at=at,
        slots=tuple(slot_state(row) for row in rows if row.part == _SLOT),
        closures=tuple(
            Closure(row.slot_id, row.provider_id, _span(row), row.reason or "") for row in rows if row.part == _CLOSURE
        ),
        elsewhere=tuple(Elsewhere(row.visit_id, row.patient_id, _span(row)) for row in rows if row.part == _ELSEWHERE),
        zone=ZoneInfo(head.zone or "UTC"),
    )


def _span(row: AnyRow) -> Span:
    return Span(row.start_time, max(row.start_time, row.end_time))


def _overlapping(start: Any, end: Any, spans: Collection[Span]) -> ColumnElement[bool]:
    return or_(*((start < span.end) & (end > span.start) for span in spans))


def _nothing(count: int) -> tuple[ColumnElement[Any], ...]:
    return tuple(null() for _ in range(count))


_HEAVY = {"grid_end", "reason", "overbook", "held_by", "held_name", "workstation", "batch_id", "held_since", "visit_id"}
"""What decides nothing about whether a slot is free."""


def _slots(provider_ids: Collection[str], spans: Collection[Span], *, light: bool) -> AnySelect:
    """Typed columns: the other parts of the union follow them."""
    columns = [null().label(one.key) if light and one.key in _HEAVY else one for one in slot_columns()]
    patient_id, zone = cast(null(), Text).label("patient_id"), cast(null(), Text).label("zone")
    part, now = literal(_SLOT).label("part"), db_now().label("now")
    statement = slots_with_details(part, *columns, patient_id, now, zone)
    return statement.where(
        VisitSlot.provider_id.in_(provider_ids),
        or_(*(VisitSlot.start_time.between(span.start - REACH, span.end) for span in spans)),
        _overlapping(VisitSlot.start_time, VisitSlot.end_time, spans),
    )


def _closures(provider_ids: Collection[str], spans: Collection[Span]) -> AnySelect:
    columns = (DayClosure.id, DayClosure.provider_id, DayClosure.start_time, DayClosure.end_time)
    return select(literal(_CLOSURE), *columns, *_nothing(6), DayClosure.reason, *_nothing(12)).where(
        DayClosure.provider_id.in_(provider_ids),
        DayClosure.reopened_at.is_(None),
        _overlapping(DayClosure.start_time, DayClosure.end_time, spans),
    )


def _elsewhere(patient_ids: Collection[str], spans: Collection[Span]) -> AnySelect:
    columns = (VisitSlot.id, VisitSlot.provider_id, VisitSlot.start_time, VisitSlot.end_time)
    visit = (Visit.id, Visit.status, Visit.patient_id)
    statement = select(literal(_ELSEWHERE), *columns, *_nothing(14), *visit, *_nothing(2))
    return statement.join(Visit, Visit.slot_id == VisitSlot.id).where(
        Visit.patient_id.in_(patient_ids),
        Visit.status.in_(sorted(LIVE_VISITS)),
        _overlapping(VisitSlot.start_time, VisitSlot.end_time, spans),
    )


def _head(clinic_id: str) -> AnySelect:
    """One row, whatever there is: the database's time and the clinic's zone."""
    zone = select(ClinicSettings.timezone).where(ClinicSettings.clinic_id == clinic_id).scalar_subquery()
    return select(literal(_HEAD), *_nothing(21), db_now(), zone)
