"""Moving a visit to another time, provider or length. Its id and history stay; one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands.booking import new_session, set_ended_aside
from app.commands.clashes import clashes
from app.commands.core import Change, Command, Context, Outcome, handles, on_conflict
from app.commands.namesakes import similar_today
from app.commands.placing import (
    Choice,
    Place,
    check_not_over,
    check_open,
    checked_minutes,
    cover,
    place_at,
    place_on,
    slot_taken,
)
from app.commands.releasing import reopen, uncover, vacate
from app.commands.slot_rows import end_overbook, mark_overbooked, save_detail, set_slot
from app.commands.visit_rows import (
    VisitState,
    agenda_around,
    end_session,
    load_visit,
    reopen_session,
    save_visit_detail,
    set_visit,
)
from app.commands.waiting_list import fulfil, wait_again
from app.db.models import Provider, VirtualVisitSession, Visit, VisitDetail, VisitSlot
from app.domain.agenda import Agenda, SlotState
from app.domain.enums import SlotStatus, TelemedStatus, VisitMode, VisitStatus
from app.domain.permissions import Permission
from app.domain.spans import Span
from app.domain.visits import status_word
from app.kernel.errors import AppError, Conflict, Refused
from app.kernel.i18n import t
from app.queries.core import Reader
from app.queries.openings import around, with_alternatives

_MOVABLE = frozenset({VisitStatus.PLANNED, VisitStatus.CHECKED_IN})
_RESIZABLE = _MOVABLE | {VisitStatus.IN_PROGRESS}


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveVisit(Command):
    """Move a visit to a slot (`slot_id`), or to any time of a provider (`provider_id` and `start`, off the grid).

    `minutes` None keeps its length. `from_slot_id` is where the person saw it: if it has moved since, that is a
    conflict. `visit_mode` changes the mode too. `over_blocked` is the explicit choice to go over blocked time,
    `overbook` over other bookings too. An undo says by `was_overbooked` what the slot's mark was, and by
    `waits_again` whose entry on the waiting list counts again. A time that is over is no place to go to, except for
    an undo (`taking_back`): it puts the visit where it was.
    """

    visit_id: str
    slot_id: str | None = None
    provider_id: str | None = None
    start: datetime | None = None
    minutes: int | None = None
    visit_mode: VisitMode | None = None
    overbook: bool = False
    over_blocked: bool = False
    from_slot_id: str | None = None
    waiting_entry_id: str | None = None
    was_overbooked: bool | None = None
    waits_again: str | None = None
    taking_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResizeVisit(Command):
    """Change a visit's length, in minutes from its start; an undo says what the slot's overbook mark was."""

    visit_id: str
    minutes: int
    overbook: bool = False
    over_blocked: bool = False
    was_overbooked: bool | None = None


@handles(MoveVisit, permission=Permission.BOOK)
def move_visit(cmd: MoveVisit, ctx: Context) -> Outcome:
    """Vacate the old slot, take the new time, point the visit there, then let the old slot be booked again."""
    visit = load_visit(ctx, cmd.visit_id)
    _check_movable(cmd, visit)
    minutes = checked_minutes(cmd.minutes) if cmd.minutes is not None else visit.minutes or visit.slot.span.minutes
    provider_id, span = _target(cmd, ctx, visit, minutes)
    agenda = agenda_around(
        ctx, (visit.provider_id, visit.slot.span), (provider_id, span), patient_ids=[visit.patient_id]
    )
    old = agenda.slot(visit.slot.id) or visit.slot
    if cmd.slot_id in {None, old.id} and (provider_id, span.start) == (old.provider_id, old.span.start):
        return _stay(cmd, ctx, visit, agenda, old)
    if not cmd.taking_back:
        check_not_over(ctx, span, "slotId" if cmd.slot_id is not None else "start")
    alike = _alike(ctx, agenda, visit, span)
    after, freed = vacate(ctx, agenda, old)
    choice = Choice(overbook=cmd.overbook, over_blocked=cmd.over_blocked)
    fresh = after.slot(cmd.slot_id) if cmd.slot_id is not None else None
    if fresh is not None and not fresh.hidden:
        place = place_on(ctx, after, fresh, minutes, choice)
    else:
        place = place_at(ctx, after, provider_id, span, visit.slot.mode, choice)
    if fresh is not None and fresh.id == place.slot_id and fresh.visit_id is not None:
        set_ended_aside(ctx, fresh)
    mode = _mode(ctx, cmd, visit)
    set_visit(ctx, visit, slot_id=place.slot_id, provider_id=provider_id, **mode)
    save_visit_detail(ctx, visit.id, minutes=minutes, confirmed_at=None)
    if freed.id in place.covered:
        freed = replace(freed, status=SlotStatus.BLOCKED, covered_by=place.slot_id)
    reopen(ctx, old, freed)
    waited = (*fulfil(ctx, cmd.waiting_entry_id), *wait_again(ctx, cmd.waits_again))
    outcome = _moved(visit, old, place, (*clashes(agenda, visit.patient_id, place.span, visit.id), *alike))
    return _with_waiting(outcome, cmd.waiting_entry_id, waited)


def _alike(ctx: Context, agenda: Agenda, visit: VisitState, span: Span) -> tuple[str, ...]:
    """Warnings for similar names on another day; those of its own day were said at booking."""
    old, new = (at.astimezone(agenda.zone).date() for at in (visit.slot.span.start, span.start))
    return similar_today(ctx, visit, span.start) if ctx.warns and old != new else ()


def _stay(cmd: MoveVisit, ctx: Context, visit: VisitState, agenda: Agenda, slot: SlotState) -> Outcome:
    """The visit stays where it is: at most its length and mode change."""
    changed = _mode(ctx, cmd, visit)
    if changed:
        set_visit(ctx, visit, **changed)
    if cmd.minutes is None or cmd.minutes == slot.span.minutes:
        return Outcome(
            result=_result(visit, Place(slot.id, slot.span)),
            changes=(Change("visits", visit.id),) if changed else (),
            undo=MoveVisit(visit_id=visit.id, slot_id=slot.id, visit_mode=visit.mode) if changed else None,
            undo_label=t("moving"),
        )
    span = Span(slot.span.start, slot.span.start + timedelta(minutes=cmd.minutes))
    _resize(ctx, agenda, slot, span, Choice(overbook=cmd.overbook, over_blocked=cmd.over_blocked))
    _restore_mark(ctx, slot, cmd.was_overbooked)
    save_visit_detail(ctx, visit.id, minutes=cmd.minutes)
    return _moved(visit, slot, Place(slot.id, span), ())


@handles(ResizeVisit, permission=Permission.BOOK)
def resize_visit(cmd: ResizeVisit, ctx: Context) -> Outcome:
    """Lengthen or shorten the visit's slot; what it covers follows."""
    visit = load_visit(ctx, cmd.visit_id)
    if visit.status not in _RESIZABLE:
        raise _fixed(visit)
    span = Span(visit.slot.span.start, visit.slot.span.start + timedelta(minutes=checked_minutes(cmd.minutes)))
    agenda = agenda_around(ctx, (visit.provider_id, span), (visit.provider_id, visit.slot.span))
    slot = agenda.slot(visit.slot.id) or visit.slot
    _resize(ctx, agenda, slot, span, Choice(overbook=cmd.overbook, over_blocked=cmd.over_blocked))
    _restore_mark(ctx, slot, cmd.was_overbooked)
    save_visit_detail(ctx, visit.id, minutes=cmd.minutes)
    return Outcome(
        result=_result(visit, Place(slot.id, span)),
        changes=(Change("visits", visit.id), Change("visit_slots", slot.id)),
        undo=ResizeVisit(visit_id=visit.id, minutes=slot.span.minutes, overbook=slot.overbook, over_blocked=True,
                         was_overbooked=slot.overbook),
        undo_label=t("changing the length"),
    )  # fmt: skip


@on_conflict(MoveVisit)
def offer_others(cmd: MoveVisit, error: AppError, session: Session, reader: Reader) -> AppError:
    """Name the nearest free times to whoever came second: as long as the visit is, in its mode."""
    minutes, mode = _as_booked(cmd, session)
    if cmd.slot_id is not None:
        return with_alternatives(error, session, reader, slot_id=cmd.slot_id, minutes=minutes)
    if error.code != "SlotTaken" or cmd.provider_id is None or cmd.start is None:
        return error
    name = session.execute(select(Provider.name).where(Provider.id == cmd.provider_id)).scalar() or ""
    near = around(session, reader, provider_id=cmd.provider_id, name=name, start=cmd.start, mode=mode, minutes=minutes)
    others = [one.to_json() for one in near]
    return Conflict(error.code, error.message, field=error.field, **{**error.data, "alternatives": others})


def _as_booked(cmd: MoveVisit, session: Session) -> tuple[int | None, VisitMode]:
    """How long a visit is to be where it goes, and in which mode: as it is now unless the move says otherwise."""
    columns = select(VisitDetail.minutes, Visit.visit_mode, VisitSlot.start_time, VisitSlot.end_time)
    visits = columns.join(VisitSlot, VisitSlot.id == Visit.slot_id)
    visits = visits.outerjoin(VisitDetail, VisitDetail.visit_id == Visit.id)
    row = session.execute(visits.where(Visit.id == cmd.visit_id)).first()
    if row is None:
        return cmd.minutes, cmd.visit_mode or VisitMode.IN_PERSON
    span = Span(row.start_time, max(row.start_time, row.end_time))
    return cmd.minutes or row.minutes or span.minutes, cmd.visit_mode or row.visit_mode


def _check_movable(cmd: MoveVisit, visit: VisitState) -> None:
    if visit.status not in _MOVABLE:
        raise _fixed(visit)
    if cmd.from_slot_id is not None and cmd.from_slot_id != visit.slot.id:
        message = t("This visit has been moved in the meantime.")
        raise Conflict("StateChanged", message, server={"visitId": visit.id, "slotId": visit.slot.id})


def _fixed(visit: VisitState) -> Refused:
    message = t("A visit that is {status} stays where it is.", status=status_word(visit.status))
    return Refused("BadTransition", message, field="status", server={"visitId": visit.id, "status": visit.status.value})


def _target(cmd: MoveVisit, ctx: Context, visit: VisitState, minutes: int) -> tuple[str, Span]:
    """Provider and span to move to; a slot to move to is locked."""
    length = timedelta(minutes=minutes)
    if cmd.slot_id is None:
        if cmd.start is None:
            raise Refused("BadValue", t("Say where to move the visit."), field="slotId")
        return cmd.provider_id or visit.provider_id, Span(cmd.start, cmd.start + length)
    columns = (VisitSlot.provider_id, VisitSlot.start_time, VisitSlot.end_time)
    row = ctx.first(ctx.lock(select(*columns).where(VisitSlot.id == cmd.slot_id)))
    if row is None:
        raise Refused("NoSuchSlot", t("This slot no longer exists."), field="slotId")
    return row.provider_id, Span(row.start_time, max(row.end_time, row.start_time + length))


def _mode(ctx: Context, cmd: MoveVisit, visit: VisitState) -> dict[str, VisitMode]:
    """The visit's new mode with what belongs to it: a virtual one has a room, others have none that is open."""
    if cmd.visit_mode is None or cmd.visit_mode is visit.mode:
        return {}
    if cmd.visit_mode is VisitMode.IN_PERSON:
        end_session(ctx, visit)
        return {"visit_mode": cmd.visit_mode}
    columns = (VirtualVisitSession.status, VirtualVisitSession.updated_at)
    known = ctx.first(select(*columns).where(VirtualVisitSession.visit_id == visit.id))
    if known is None:
        new_session(ctx, visit.id)
    elif known.status is TelemedStatus.ENDED:
        reopen_session(ctx, visit.id, known.updated_at)
    return {"visit_mode": cmd.visit_mode}


def _resize(ctx: Context, agenda: Agenda, slot: SlotState, span: Span, choice: Choice) -> None:
    if span.end > slot.span.end:
        more = Span(slot.span.end, span.end)
        check_open(agenda, slot.provider_id, more, choice)
        others = agenda.taken(slot.provider_id, more, {slot.id})
        if others and not choice.overbook:
            raise slot_taken(others[0])
        if others:
            mark_overbooked(ctx, slot.id)
    grid_end = None if slot.made or span.end == slot.ungridded.end else slot.ungridded.end
    agenda = uncover(ctx, agenda, slot, span)
    set_slot(ctx, slot, end_time=span.end)
    save_detail(ctx, slot.id, grid_end=grid_end)
    if span.end > slot.ungridded.end or slot.made:
        cover(ctx, agenda, slot.provider_id, span, slot.id)


def _restore_mark(ctx: Context, slot: SlotState, was_overbooked: bool | None) -> None:
    """Queue taking the mark of an overlap away that an undone change put there; after the slot has its old length."""
    if was_overbooked is False and slot.overbook:
        end_overbook(ctx, slot.id)


def _with_waiting(outcome: Outcome, entry_id: str | None, waited: tuple[Change, ...]) -> Outcome:
    """The outcome of a move that gave somebody waiting an earlier time: its undo lets them wait again."""
    back = outcome.undo
    if entry_id is not None and isinstance(back, MoveVisit):
        back = replace(back, waits_again=entry_id)
    return replace(outcome, changes=(*outcome.changes, *waited), undo=back)


def _moved(visit: VisitState, old: SlotState, place: Place, warnings: tuple[str, ...]) -> Outcome:
    back = MoveVisit(
        visit_id=visit.id,
        slot_id=None if old.made else old.id,
        provider_id=visit.provider_id,
        start=old.span.start,
        minutes=old.span.minutes,
        visit_mode=visit.mode,
        overbook=old.overbook,
        over_blocked=True,
        from_slot_id=place.slot_id,
        was_overbooked=old.overbook,
        taking_back=True,
    )
    return Outcome(
        result=_result(visit, place),
        changes=(
            Change("visits", visit.id),
            Change("visit_slots", old.id),
            Change("visit_slots", place.slot_id),
        ),
        undo=back,
        undo_label=t("moving"),
        warnings=warnings,
    )


def _result(visit: VisitState, place: Place) -> dict[str, str]:
    return {
        "visitId": visit.id,
        "status": visit.status.value,
        "slotId": place.slot_id,
        "startTime": place.span.start.isoformat(),
    }
