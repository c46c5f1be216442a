"""Visits that don't take place: cancelled, did not arrive, left before being seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.releasing import retire
from app.commands.task_rows import follow_up_lost
from app.commands.undoing import UndoVisitStatus
from app.commands.visit_rows import (
    VisitState,
    agenda_around,
    check_step,
    end_session,
    load_visit,
    save_visit_detail,
    set_visit,
)
from app.commands.waiting_list import wait_again
from app.domain.enums import VisitStatus
from app.domain.permissions import Permission
from app.domain.states import VisitAction
from app.domain.visits import DID_NOT_ARRIVE_REASON, CancelKind
from app.kernel.i18n import t
from app.kernel.text import MAX_LONG, clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelVisit(Command):
    """Call a visit off. Its slot becomes free again if it lies in the future; the visit keeps a retired one.

    `waits_again` is the entry on the waiting list that the booking fulfilled, when this is the booking's undo.
    """

    visit_id: str
    kind: CancelKind = CancelKind.PATIENT
    reason: str = ""
    expected: VisitStatus | None = None
    waits_again: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DidNotArrive(Command):
    """The patient never came: CANCELLED, with the reason that figures count apart."""

    visit_id: str
    expected: VisitStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkNoShow(Command):
    """The patient came and left before being seen (NO_SHOW)."""

    visit_id: str
    reason: str = ""
    expected: VisitStatus | None = None


@handles(CancelVisit, permission=Permission.ADVANCE_VISIT)
def cancel_visit(cmd: CancelVisit, ctx: Context) -> Outcome:
    """PLANNED, CHECKED_IN or IN_PROGRESS → CANCELLED."""
    reason = clean_text(cmd.reason, "reason", MAX_LONG)
    outcome = _call_off(ctx, cmd.visit_id, VisitAction.CANCEL, cmd.expected, cmd.kind, reason)
    return replace(outcome, changes=(*outcome.changes, *wait_again(ctx, cmd.waits_again)))


@handles(DidNotArrive, permission=Permission.ADVANCE_VISIT)
def did_not_arrive(cmd: DidNotArrive, ctx: Context) -> Outcome:
    """PLANNED → CANCELLED with the reason "did not arrive"."""
    expected = cmd.expected or VisitStatus.PLANNED
    return _call_off(ctx, cmd.visit_id, VisitAction.CANCEL, expected, CancelKind.DID_NOT_ARRIVE, DID_NOT_ARRIVE_REASON)


@handles(MarkNoShow, permission=Permission.ADVANCE_VISIT)
def mark_no_show(cmd: MarkNoShow, ctx: Context) -> Outcome:
    """CHECKED_IN → NO_SHOW."""
    reason = clean_text(cmd.reason, "reason", MAX_LONG)
    return _call_off(ctx, cmd.visit_id, VisitAction.LEFT_BEFORE_SEEN, cmd.expected, CancelKind.LEFT_BEFORE_SEEN, reason)


def _call_off(
    ctx: Context, visit_id: str, action: VisitAction, expected: VisitStatus | None, kind: CancelKind, reason: str
) -> Outcome:
    visit = load_visit(ctx, visit_id)
    target = VisitStatus.NO_SHOW if action is VisitAction.LEFT_BEFORE_SEEN else VisitStatus.CANCELLED
    if visit.status is target:
        return Outcome(result=_result(visit, target, visit.slot.id))
    status = check_step(ctx, visit, action, expected)
    agenda = agenda_around(ctx, (visit.provider_id, visit.slot.span))
    # The reason goes first: the trigger that logs the new status copies it.
    save_visit_detail(ctx, visit.id, cancel_kind=kind.value, cancel_reason=reason or None, flow=None)
    retired: list[str] = []

    def point_visit(slot_id: str) -> None:
        retired.append(slot_id)
        set_visit(ctx, visit, status=status, slot_id=slot_id)

    retire(ctx, agenda, visit.slot, point_visit)
    end_session(ctx, visit)
    follow_up_lost(ctx, visit.id)
    return Outcome(
        result=_result(visit, status, retired[0]),
        changes=(Change("visits", visit.id), Change("visit_slots", visit.slot.id)),
        undo=UndoVisitStatus(visit_id=visit.id, expected=status),
        undo_label=_undo_label(status, kind),
    )


def _undo_label(status: VisitStatus, kind: CancelKind) -> str:
    if status is VisitStatus.NO_SHOW:
        return t("left before seen")
    return t("did not arrive") if kind is CancelKind.DID_NOT_ARRIVE else t("cancelling")


def _result(visit: VisitState, status: VisitStatus, slot_id: str) -> dict[str, str]:
    return {"visitId": visit.id, "status": status.value, "slotId": slot_id}
