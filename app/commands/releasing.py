"""Take a booking's time back: free its slot and what it covered, or retire the slot with the visit on it.

Each step returns the agenda as it will be, so that a command that frees and books in one go decides on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from app.commands.core import Context
from app.commands.slot_rows import NOT_HELD, new_slot, remove_slots, save_detail, save_details, set_slot, unblock
from app.domain.agenda import Agenda, SlotState
from app.domain.enums import SlotOrigin, SlotStatus
from app.domain.spans import Span


def uncover(ctx: Context, agenda: Agenda, slot: SlotState, kept: Span | None = None) -> Agenda:
    """Queue giving back the future slots that `slot` covered and, keeping only `kept`, no longer does."""
    loose = [one for one in agenda.uncovered(slot.id, kept) if one.span.start >= agenda.at]
    after = [_uncovered(ctx, agenda, one, slot.id) for one in loose]
    free = [one for one in after if one.status is SlotStatus.FREE]
    unblock(ctx, [one for one in loose if any(one.id == other.id for other in free)])
    left: dict[str, Any] = {"freed_at": ctx.occurred_at} if slot.status is SlotStatus.BOOKED else {}
    save_details(ctx, [one.id for one in free], covered_by=None, **left)
    return agenda.with_slots(*(replace(one, updated_at=ctx.stamp(one.updated_at)) for one in after))


def _uncovered(ctx: Context, agenda: Agenda, slot: SlotState, coverer_id: str) -> SlotState:
    """What becomes of a covered slot; what keeps it blocked is queued here."""
    coverer = agenda.coverer(slot, {coverer_id})
    if coverer is not None:
        save_detail(ctx, slot.id, covered_by=coverer.id)
        return replace(slot, covered_by=coverer.id)
    if slot.batch_id is not None:
        save_detail(ctx, slot.id, covered_by=None)
        return replace(slot, covered_by=None)
    closure = agenda.closure_of(slot)
    if closure is not None:
        save_detail(ctx, slot.id, covered_by=None, batch_id=closure.id, reason=closure.reason)
        return replace(slot, covered_by=None, batch_id=closure.id, reason=closure.reason)
    return replace(slot, covered_by=None, status=SlotStatus.FREE)


def give_back(ctx: Context, agenda: Agenda, slot: SlotState) -> Agenda:
    """Queue freeing a slot that nobody needs any more, with its generated end, and what it covered.

    One under a block or closure stays blocked, a made slot goes, and one whose visit had its time is put out of
    sight. No live visit may point at the slot any more: a slot that says FREE would still count as taken.
    """
    agenda = uncover(ctx, agenda, slot).without(slot.id)
    freed = _freed(agenda, slot)
    set_slot(ctx, slot, status=freed.status, held_until=None, end_time=freed.span.end)
    _settle(ctx, slot, freed)
    return agenda if slot.made else agenda.with_slots(replace(freed, updated_at=ctx.stamp(slot.updated_at)))


def vacate(ctx: Context, agenda: Agenda, slot: SlotState) -> tuple[Agenda, SlotState]:
    """The first half of `give_back` for a visit that moves: the time is claimed no more, but not offered either.

    Once the visit points elsewhere, `reopen` does the rest with the state that is returned.
    """
    agenda = uncover(ctx, agenda, slot).without(slot.id)
    freed = replace(_freed(agenda, slot), updated_at=ctx.stamp(slot.updated_at))
    set_slot(ctx, slot, status=SlotStatus.BLOCKED, held_until=None, end_time=freed.span.end)
    return agenda if slot.made else agenda.with_slots(freed), freed


def reopen(ctx: Context, slot: SlotState, freed: SlotState) -> None:
    """The second half of `give_back`: `freed` is what `vacate` made of `slot`."""
    if freed.status is SlotStatus.FREE:
        set_slot(ctx, freed, status=SlotStatus.FREE)
    _settle(ctx, slot, freed)


def _freed(agenda: Agenda, slot: SlotState) -> SlotState:
    """What becomes of the slot: FREE, or BLOCKED with what keeps it so."""
    bare = replace(
        slot, span=slot.ungridded, grid_end=None, held_by=None, held_until=None, visit_id=None, visit_status=None
    )
    blocked = replace(bare, status=SlotStatus.BLOCKED)
    coverer, closure = agenda.coverer(bare), agenda.closure_of(bare)
    if slot.made:
        return replace(bare, status=SlotStatus.FREE)
    if slot.batch_id is not None:
        return blocked
    if closure is not None:
        return replace(blocked, batch_id=closure.id, reason=closure.reason)
    if coverer is not None:
        return replace(blocked, covered_by=coverer.id)
    if slot.status is SlotStatus.BOOKED and slot.span.start < agenda.at:
        # Another program's slot has no detail to say so; it stays blocked in sight.
        return replace(blocked, origin=SlotOrigin.RETIRED if slot.origin is not None else None)
    return replace(bare, status=SlotStatus.FREE)


def _settle(ctx: Context, slot: SlotState, freed: SlotState) -> None:
    if slot.made:
        remove_slots(ctx, [slot.id])
        return
    left = slot.status is SlotStatus.BOOKED and freed.status is SlotStatus.FREE
    if left or slot.origin is not None or freed.covered_by is not None or freed.batch_id is not None:
        kept: dict[str, Any] = {"covered_by": freed.covered_by, "batch_id": freed.batch_id, "reason": freed.reason}
        if left:
            kept["freed_at"] = ctx.occurred_at
        save_detail(ctx, slot.id, origin=freed.origin, grid_end=None, **NOT_HELD, **kept)


def retire(ctx: Context, agenda: Agenda, slot: SlotState, point_visit: Callable[[str], None]) -> Agenda:
    """Queue setting a called-off visit aside; `point_visit` queues the visit's own update, with its retired slot.

    A made slot retires in place; a slot of the grid gets a retired copy and is given back.
    """
    if slot.made:
        after = uncover(ctx, agenda, slot).without(slot.id)
        set_slot(ctx, slot, status=SlotStatus.BLOCKED, held_until=None)
        save_detail(ctx, slot.id, origin=SlotOrigin.RETIRED, **NOT_HELD)
        point_visit(slot.id)
        return after
    copy_id = ctx.ids.cuid()
    save_detail(ctx, copy_id, origin=SlotOrigin.RETIRED, copied_from=slot.id)
    new_slot(ctx, copy_id, slot.provider_id, slot.span, slot.mode, SlotStatus.BLOCKED)
    point_visit(copy_id)
    return give_back(ctx, agenda, slot)
