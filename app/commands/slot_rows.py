"""Statements on slots and their details, said once; every one is queued and travels with the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Text, and_, bindparam, delete, exists, func, insert, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.commands.core import Context
from app.db.frozen import table_of
from app.db.functions import db_now
from app.db.models import SlotDetail, Visit, VisitRequest, VisitSlot
from app.db.types import UtcDateTime
from app.domain.agenda import SlotState
from app.domain.enums import RequestStatus, SlotOrigin, SlotStatus, VisitMode
from app.domain.spans import Span

NOT_HELD: Mapping[str, Any] = {"held_by": None, "held_name": None, "workstation": None}
"""What a slot's detail says when nobody holds it."""


_SLOTS = table_of(VisitSlot)
_SET_SLOT = update(_SLOTS).where(_SLOTS.c.id == bindparam("row"))
_NEW_SLOT = insert(_SLOTS)


def set_slot(ctx: Context, slot: SlotState, **values: Any) -> None:
    """Queue an update of a slot's row; `updated_at` is set."""
    ctx.emit_with(_SET_SLOT, {"row": slot.id, "updated_at": ctx.stamp(slot.updated_at), **values})


def new_slot(
    ctx: Context, slot_id: str, provider_id: str, span: Span, mode: VisitMode, status: SlotStatus, **values: Any
) -> None:
    """Queue a new slot; its detail should be queued before it, so that triggers know what it is."""
    row = {
        "id": slot_id, "provider_id": provider_id, "start_time": span.start, "end_time": span.end,
        "visit_mode": mode, "status": status, "created_at": ctx.occurred_at, "updated_at": ctx.occurred_at, **values,
    }  # fmt: skip
    ctx.emit_with(_NEW_SLOT, row)


def save_detail(ctx: Context, slot_id: str, *, origin: SlotOrigin | None = None, **values: Any) -> None:
    """Queue setting fields of a slot's detail; another program's slot, which has none, gets one."""
    save_details(ctx, [slot_id], origin=origin, **values)


def save_details(ctx: Context, slot_ids: Iterable[str], *, origin: SlotOrigin | None = None, **values: Any) -> None:
    """Queue the same fields for several slots."""
    changed = {"updated_at": ctx.occurred_at, **values, **({"origin": origin} if origin else {})}
    rows = [{"origin": SlotOrigin.ADOPTED, **changed, "slot_id": slot_id} for slot_id in slot_ids]
    if not rows:
        return
    if ctx.online:
        on_server = postgresql.insert(SlotDetail).values(rows)
        ctx.emit(on_server.on_conflict_do_update(index_elements=[SlotDetail.slot_id], set_=changed))
    else:
        on_store = sqlite.insert(SlotDetail).values(rows)
        ctx.emit(on_store.on_conflict_do_update(index_elements=[SlotDetail.slot_id], set_=changed))


def mark_overbooked(ctx: Context, slot_id: str, origin: SlotOrigin | None = None) -> None:
    """Queue the explicit choice to overlap another booking, before the slot does; `origin` None stays what it is."""
    if ctx.online:
        ctx.call("choose_overbook", slot_id, origin.value if origin else None, None)
    else:
        save_detail(ctx, slot_id, origin=origin, overbook=True)


def end_overbook(ctx: Context, slot_id: str) -> None:
    """Queue taking the mark away from a slot that overlaps nobody any more; the claims refuse it where it does."""
    if ctx.online:
        ctx.call("end_overbook", slot_id)
    else:
        save_detail(ctx, slot_id, overbook=False)


def block_loose(ctx: Context, slots: Collection[SlotState]) -> None:
    """Queue BLOCKED for slots that are FREE or whose hold has run out, whatever happened since they were read."""
    if not slots:
        return
    ran_out = and_(VisitSlot.status == SlotStatus.HELD, VisitSlot.held_until <= db_now())
    statement = update(VisitSlot).where(
        VisitSlot.id.in_([slot.id for slot in slots]), or_(VisitSlot.status == SlotStatus.FREE, ran_out)
    )
    ctx.emit(statement.values(status=SlotStatus.BLOCKED, held_until=None, updated_at=_latest(ctx, slots)))


def unblock(ctx: Context, slots: Collection[SlotState]) -> None:
    """Queue FREE for slots that are BLOCKED."""
    if not slots:
        return
    statement = update(VisitSlot).where(
        VisitSlot.id.in_([slot.id for slot in slots]), VisitSlot.status == SlotStatus.BLOCKED
    )
    ctx.emit(statement.values(status=SlotStatus.FREE, held_until=None, updated_at=_latest(ctx, slots)))


def remove_slots(ctx: Context, slot_ids: Collection[str]) -> None:
    """Queue the removal of slots that are FREE, have no visit and aren't proposed; others are left alone."""
    if not slot_ids:
        return
    if ctx.online:
        ctx.emit(select(func.desktop.remove_free_slots(literal(sorted(slot_ids), ARRAY(Text)))))
    else:
        free = VisitSlot.id.in_(slot_ids), VisitSlot.status == SlotStatus.FREE
        visited = exists().where(Visit.slot_id == VisitSlot.id)
        proposed = exists().where(
            VisitRequest.proposed_slot_id == VisitSlot.id,
            VisitRequest.status == RequestStatus.AWAITING_PATIENT_CONFIRMATION,
        )
        ctx.emit(delete(VisitSlot).where(*free, ~visited, ~proposed))


def take_over(ctx: Context, slot_ids: Collection[str]) -> None:
    """Queue noting that FREE slots of another program are the grid's now."""
    insert_new = postgresql.insert if ctx.online else sqlite.insert
    found = select(VisitSlot.id, literal(SlotOrigin.GRID.value), literal(ctx.occurred_at, UtcDateTime()))
    found = found.where(VisitSlot.id.in_(slot_ids), VisitSlot.status == SlotStatus.FREE)
    noted = insert_new(SlotDetail).from_select(["slot_id", "origin", "updated_at"], found)
    changed = {"origin": SlotOrigin.GRID, "updated_at": ctx.occurred_at}
    others = SlotDetail.origin == SlotOrigin.ADOPTED
    ctx.emit(noted.on_conflict_do_update(index_elements=[SlotDetail.slot_id], set_=changed, where=others))


def lock_calendars(ctx: Context, provider_ids: Iterable[str]) -> None:
    """Queue waiting for others who are rewriting the calendars of these providers; held until the commit."""
    if ctx.online:
        for provider_id in sorted(set(provider_ids)):
            key = func.hashtextextended(f"calendar:{provider_id}", 0)
            ctx.emit(select(func.pg_advisory_xact_lock(key)))


def _latest(ctx: Context, slots: Collection[SlotState]) -> datetime:
    return max(ctx.stamp(slot.updated_at) for slot in slots)
