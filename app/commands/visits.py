"""A visit's way through the clinic: arrive, be seen, be done; room and flow marks; confirmation by phone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from app.commands.core import Change, Command, Context, Outcome, handles, not_allowed
from app.commands.namesakes import similar_today
from app.commands.task_rows import order_follow_up
from app.commands.undoing import UndoVisitStatus
from app.commands.visit_rows import VisitState, check_step, end_session, load_visit, save_visit_detail, set_visit
from app.db.models import Room, VisitNote
from app.domain.enums import FlowMark, VisitNoteStatus, VisitStatus
from app.domain.permissions import Permission
from app.domain.states import LIVE_VISITS, VisitAction
from app.domain.visits import status_word
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.text import clean_optional


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn(Command):
    """The patient has arrived. `expected` is the status that the person saw."""

    visit_id: str
    expected: VisitStatus = VisitStatus.PLANNED
    room: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartVisit(Command):
    """The provider of the visit begins it."""

    visit_id: str
    expected: VisitStatus = VisitStatus.CHECKED_IN


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What the provider orders at the end: a visit in some weeks, give or take, with somebody."""

    weeks: int
    tolerance_weeks: int = 1
    provider_id: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteVisit(Command):
    """The provider of the visit ends it; a virtual one ends its session too.

    A follow-up that is ordered becomes a task of the front desk, listed until it is booked.
    """

    visit_id: str
    expected: VisitStatus = VisitStatus.IN_PROGRESS
    follow_up: FollowUp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFlow(Command):
    """Say where a patient is inside the clinic: in a room, ready for the provider, to check out.

    `undoes` is the mark that an undo takes back: one that somebody has changed since stays theirs.
    """

    visit_id: str
    flow: FlowMark | None = None
    undoes: FlowMark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRoom(Command):
    """Take a patient to a room (a name from the clinic's rooms or any text), or out of it with None.

    `undoes` is the room that an undo takes back: where somebody has taken the patient on since, they stay.
    """

    visit_id: str
    room: str | None = None
    undoes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmVisit(Command):
    """The patient said that they will come (or, with False, that was a mistake)."""

    visit_id: str
    confirmed: bool = True


@handles(CheckIn, permission=Permission.ADVANCE_VISIT)
def check_in(cmd: CheckIn, ctx: Context) -> Outcome:
    """PLANNED → CHECKED_IN; warns of a similar name on the same day."""
    visit = load_visit(ctx, cmd.visit_id)
    if visit.status is VisitStatus.CHECKED_IN:
        return Outcome(result=_result(visit, visit.status))
    warnings = similar_today(ctx, visit) if ctx.warns else ()
    room = clean_optional(cmd.room, "room", 100)
    outcome = _advance(ctx, visit, VisitAction.CHECK_IN, cmd.expected, t("check-in"), warnings)
    if room is not None:
        save_visit_detail(ctx, visit.id, room=room)
    return outcome


@handles(StartVisit, permission=Permission.TREAT_OWN_VISIT)
def start_visit(cmd: StartVisit, ctx: Context) -> Outcome:
    """CHECKED_IN → IN_PROGRESS, by the provider whose visit it is."""
    visit = _own_visit(ctx, cmd.visit_id)
    outcome = _advance(ctx, visit, VisitAction.START, cmd.expected, t("start of the visit"))
    if visit.flow is not None and visit.status is not VisitStatus.IN_PROGRESS:
        save_visit_detail(ctx, visit.id, flow=None)
    return outcome


@handles(CompleteVisit, permission=Permission.TREAT_OWN_VISIT)
def complete_visit(cmd: CompleteVisit, ctx: Context) -> Outcome:
    """IN_PROGRESS → COMPLETED, by the provider whose visit it is."""
    visit = _own_visit(ctx, cmd.visit_id)
    follow_up = _follow_up(cmd.follow_up, visit.provider_id)
    outcome = _advance(ctx, visit, VisitAction.COMPLETE, cmd.expected, t("end of the visit"))
    if visit.status is VisitStatus.COMPLETED:
        return outcome
    done: dict[str, Any] = {"flow": None, **({"follow_up": follow_up} if follow_up else {})}
    save_visit_detail(ctx, visit.id, **done)
    end_session(ctx, visit)
    outcome = replace(outcome, warnings=_unsigned(ctx, visit.id))
    if follow_up is None:
        return outcome
    task = order_follow_up(ctx, visit.id, visit.patient_id, follow_up)
    return replace(outcome, changes=(*outcome.changes, task))


def _unsigned(ctx: Context, visit_id: str) -> tuple[str, ...]:
    """What the provider should know, where somebody reads it: the visit ends, its note is still to be signed."""
    drafted = select(VisitNote.id).where(VisitNote.visit_id == visit_id, VisitNote.status == VisitNoteStatus.DRAFT)
    if not ctx.warns or ctx.first(drafted.limit(1)) is None:
        return ()
    return (t("The note of this visit isn't signed yet."),)


@handles(SetFlow, permission=Permission.ADVANCE_VISIT)
def set_flow(cmd: SetFlow, ctx: Context) -> Outcome:
    """Mark a patient who is in the clinic."""
    visit = _inside(ctx, cmd.visit_id)
    _check_mark(visit, cmd.undoes, visit.flow)
    save_visit_detail(ctx, visit.id, flow=cmd.flow)
    return _marked(visit, SetFlow(visit_id=visit.id, flow=visit.flow, undoes=cmd.flow))


@handles(SetRoom, permission=Permission.ADVANCE_VISIT)
def set_room(cmd: SetRoom, ctx: Context) -> Outcome:
    """Note the room of a patient who is in the clinic; a closed room is refused."""
    visit = _inside(ctx, cmd.visit_id)
    _check_mark(visit, cmd.undoes, visit.room)
    room = clean_optional(cmd.room, "room", 100)
    known = select(Room.active).where(Room.clinic_id == ctx.actor.clinic_id, Room.name == room)
    row = ctx.first(known) if room is not None else None
    if row is not None and not row.active:
        raise Refused("RoomClosed", t("{room} is not in use.", room=room), field="room")
    save_visit_detail(ctx, visit.id, room=room)
    return _marked(visit, SetRoom(visit_id=visit.id, room=visit.room, undoes=room))


@handles(ConfirmVisit, permission=Permission.ADVANCE_VISIT)
def confirm_visit(cmd: ConfirmVisit, ctx: Context) -> Outcome:
    """Note that a planned visit was confirmed; one that is so already keeps the moment at which it was."""
    visit = load_visit(ctx, cmd.visit_id)
    if visit.status is not VisitStatus.PLANNED:
        raise _wrong_status(visit)
    if visit.confirmed is cmd.confirmed:
        return Outcome(result=_result(visit, visit.status))
    save_visit_detail(ctx, visit.id, confirmed_at=ctx.occurred_at if cmd.confirmed else None)
    return _marked(visit, ConfirmVisit(visit_id=visit.id, confirmed=not cmd.confirmed))


def _advance(
    ctx: Context,
    visit: VisitState,
    action: VisitAction,
    expected: VisitStatus,
    label: str,
    warnings: tuple[str, ...] = (),
) -> Outcome:
    """Take one step of the machine; a target that is reached already is success."""
    if visit.status is _TARGETS[action]:
        return Outcome(result=_result(visit, visit.status))
    status = check_step(ctx, visit, action, expected)
    set_visit(ctx, visit, status=status)
    return Outcome(
        result=_result(visit, status),
        changes=(Change("visits", visit.id),),
        undo=UndoVisitStatus(visit_id=visit.id, expected=status),
        undo_label=label,
        warnings=warnings,
    )


_TARGETS = {
    VisitAction.CHECK_IN: VisitStatus.CHECKED_IN,
    VisitAction.START: VisitStatus.IN_PROGRESS,
    VisitAction.COMPLETE: VisitStatus.COMPLETED,
}


def _own_visit(ctx: Context, visit_id: str) -> VisitState:
    visit = load_visit(ctx, visit_id)
    if ctx.actor.provider_id is None or visit.provider_id != ctx.actor.provider_id:
        raise not_allowed()
    return visit


def _inside(ctx: Context, visit_id: str) -> VisitState:
    visit = load_visit(ctx, visit_id)
    if visit.status not in LIVE_VISITS or visit.status is VisitStatus.PLANNED:
        raise _wrong_status(visit)
    return visit


def _wrong_status(visit: VisitState) -> Conflict:
    status = status_word(visit.status)
    return Conflict("StateChanged", t("This visit is now: {status}.", status=status), field="status",
                    server={"visitId": visit.id, "status": visit.status.value})  # fmt: skip


def _follow_up(wanted: FollowUp | None, provider_id: str) -> dict[str, Any] | None:
    if wanted is None:
        return None
    if not 0 < wanted.weeks <= 520 or not 0 <= wanted.tolerance_weeks < 52:
        raise Refused("BadValue", t("Enter 1 to 520 weeks."), field="followUp")
    return {
        "weeks": wanted.weeks,
        "toleranceWeeks": wanted.tolerance_weeks,
        "providerId": wanted.provider_id or provider_id,
        "note": clean_optional(wanted.note, "followUp.note", 1000) or "",
    }


def _check_mark(visit: VisitState, undone: str | None, now: str | None) -> None:
    if undone is not None and undone != now:
        raise Conflict("StateChanged", t("Someone changed this in the meantime."), field="visitId",
                       server={"visitId": visit.id, "flow": visit.flow, "room": visit.room})  # fmt: skip


def _marked(visit: VisitState, undo: Command) -> Outcome:
    return Outcome(
        result=_result(visit, visit.status), changes=(Change("visits", visit.id),), undo=undo, undo_label=t("mark")
    )


def _result(visit: VisitState, status: VisitStatus) -> dict[str, str]:
    return {"visitId": visit.id, "status": status.value, "slotId": visit.slot.id}
