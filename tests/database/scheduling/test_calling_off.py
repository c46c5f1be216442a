"""Visits that don't take place, and taking that back: retired copies, freed slots, guards of the undo."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit, DidNotArrive, MarkNoShow
from app.commands.undoing import UndoVisitStatus
from app.commands.visits import CheckIn
from app.commands.walk_ins import BookWalkIn
from app.db.models import VirtualVisitSession, Visit, VisitDetail, VisitEvent
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode, VisitStatus
from app.domain.visits import CancelKind
from app.kernel.errors import AppError, Conflict
from tests.support.desk import Desk, at, free_slots

HERE, VIDEO = VisitMode.IN_PERSON, VisitMode.VIRTUAL
FREE, HELD, BOOKED, BLOCKED = SlotStatus.FREE, SlotStatus.HELD, SlotStatus.BOOKED, SlotStatus.BLOCKED


def book(desk: Desk, slot: str, patient: str = "lis", **more: Any) -> str:
    command = BookVisit(slot_id=slot, patient_id=f"pat-{patient}", visit_mode=more.pop("visit_mode", HERE), **more)
    return str(desk.desk.run(command).result["visitId"])


def reason(desk: Desk, visit: str) -> tuple[str | None, str | None]:
    row = desk.rows(select(VisitDetail.cancel_kind, VisitDetail.cancel_reason).where(VisitDetail.visit_id == visit))[0]
    return row.cancel_kind, row.cancel_reason


def test_a_cancelled_visit_moves_to_a_retired_copy_and_its_slot_is_free_again(desk: Desk) -> None:
    slot = desk.slot("14:20")
    visit = book(desk, slot)
    outcome = desk.desk.run(CancelVisit(visit_id=visit, kind=CancelKind.PATIENT, reason="Feels better"))
    retired = desk.visit(visit).slot_id
    assert desk.state(slot) == (FREE, "14:20", "14:40")
    assert desk.state(retired) == (BLOCKED, "14:20", "14:40")
    assert (desk.detail(retired).origin, desk.detail(retired).copied_from) == (SlotOrigin.RETIRED, slot)
    assert dict(outcome.result) == {"visitId": visit, "status": "CANCELLED", "slotId": retired}
    assert reason(desk, visit) == ("patient", "Feels better")
    events = desk.rows(select(VisitEvent.status, VisitEvent.reason).where(VisitEvent.visit_id == visit))
    assert {(event.status, event.reason) for event in events} == {("PLANNED", None), ("CANCELLED", "Feels better")}
    assert book(desk, slot, "roux")


def test_another_programs_slot_is_freed_alike(desk: Desk) -> None:
    slot = desk.slot("14:20", origin=None)
    visit = book(desk, slot)
    desk.desk.run(CancelVisit(visit_id=visit))
    assert desk.status(slot) is FREE
    assert desk.visit(visit).slot_id != slot


def test_a_slot_whose_time_has_come_is_not_offered_again_and_blocks_nobody(desk: Desk) -> None:
    slot = desk.slot("10:40")
    visit = book(desk, slot)
    desk.desk.run(CheckIn(visit_id=visit))
    desk.desk.run(MarkNoShow(visit_id=visit, reason="Could not wait"))
    assert desk.visit(visit).status == "NO_SHOW"
    assert desk.visit(visit).slot_id != slot
    assert desk.status(slot) is BLOCKED
    assert desk.detail(slot).origin is SlotOrigin.RETIRED
    walk_in = desk.desk.run(BookWalkIn(provider_id="p-okafor", patient_id="pat-roux", minutes=10))
    assert walk_in.result["startTime"] == at("10:42").isoformat()


def test_who_never_came_is_cancelled_with_that_reason(desk: Desk) -> None:
    visit = book(desk, desk.slot("10:40"))
    done = desk.desk.run(DidNotArrive(visit_id=visit))
    assert done.undo_label == "did not arrive"
    assert desk.visit(visit).status == "CANCELLED"
    assert reason(desk, visit) == ("did_not_arrive", "did not arrive")


def test_no_show_needs_an_arrival(desk: Desk) -> None:
    visit = book(desk, desk.slot("10:40"))
    with pytest.raises(Conflict) as refused:
        desk.desk.run(MarkNoShow(visit_id=visit))
    assert refused.value.code == "BadTransition"
    desk.desk.run(CheckIn(visit_id=visit))
    with pytest.raises(Conflict) as refused:
        desk.desk.run(DidNotArrive(visit_id=visit))
    assert (refused.value.code, refused.value.data["server"]["status"]) == ("StateChanged", "CHECKED_IN")


def test_cancelling_twice_is_success_and_changes_nothing(desk: Desk) -> None:
    slot = desk.slot("14:20")
    visit = book(desk, slot)
    desk.desk.run(CancelVisit(visit_id=visit, reason="Work"))
    retired = desk.visit(visit).slot_id
    desk.desk2.run(CancelVisit(visit_id=visit, reason="Other"))
    assert desk.visit(visit).slot_id == retired
    assert reason(desk, visit) == ("patient", "Work")


def test_a_made_slot_retires_in_place(desk: Desk) -> None:
    grid = desk.slots("11:00", 2)
    walk_in = desk.desk.run(BookWalkIn(provider_id="p-okafor", patient_id="pat-roux", start=at("11:10"))).result
    assert free_slots(desk, grid) == []
    desk.desk.run(CancelVisit(visit_id=walk_in["visitId"]))
    assert desk.visit(walk_in["visitId"]).slot_id == walk_in["slotId"]
    assert desk.detail(walk_in["slotId"]).origin is SlotOrigin.RETIRED
    assert free_slots(desk, grid) == grid


def test_the_session_ends_with_the_visit(desk: Desk) -> None:
    visit = book(desk, desk.slot("14:20", mode=VIDEO), visit_mode=VIDEO)
    desk.desk.run(CancelVisit(visit_id=visit))
    row = desk.rows(select(VirtualVisitSession.status, VirtualVisitSession.ended_at))[0]
    assert row.status == "ENDED"
    assert row.ended_at == desk.clock.now()


def test_undoing_a_cancellation_puts_everything_back(desk: Desk) -> None:
    slots = desk.slots("14:00", 3)
    visit = book(desk, slots[0], minutes=40, visit_mode=VIDEO)
    outcome = desk.desk.run(CancelVisit(visit_id=visit))
    assert free_slots(desk, slots) == slots
    retired = desk.visit(visit).slot_id
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert (desk.visit(visit).status, desk.visit(visit).slot_id) == ("PLANNED", slots[0])
    assert desk.state(slots[0]) == (BOOKED, "14:00", "14:40")
    assert desk.detail(slots[0]).grid_end == at("14:20")
    assert [desk.status(one) for one in slots] == [BOOKED, BLOCKED, FREE]
    assert desk.detail(slots[1]).covered_by == slots[0]
    assert desk.status(retired) is None
    assert reason(desk, visit) == (None, None)
    row = desk.rows(select(VirtualVisitSession.status, VirtualVisitSession.ended_at))[0]
    assert (row.status, row.ended_at) == ("NOT_STARTED", None)


def test_undoing_left_before_seen_gives_back_the_past_slot(desk: Desk) -> None:
    slot = desk.slot("10:40")
    visit = book(desk, slot)
    desk.desk.run(CheckIn(visit_id=visit))
    outcome = desk.desk.run(MarkNoShow(visit_id=visit))
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert (desk.visit(visit).status, desk.visit(visit).slot_id) == ("CHECKED_IN", slot)
    assert (desk.status(slot), desk.detail(slot).origin) == (BOOKED, SlotOrigin.GRID)


def test_undoing_a_cancelled_walk_in_uses_its_made_slot_again(desk: Desk) -> None:
    grid = desk.slots("11:00", 2)
    walk_in = desk.desk.run(BookWalkIn(provider_id="p-okafor", patient_id="pat-roux", start=at("11:10"))).result
    outcome = desk.desk.run(CancelVisit(visit_id=walk_in["visitId"]))
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert desk.state(walk_in["slotId"]) == (BOOKED, "11:10", "11:30")
    assert desk.detail(walk_in["slotId"]).origin is SlotOrigin.MADE
    assert free_slots(desk, grid) == []


def test_an_undo_is_refused_when_the_slot_has_gone(desk: Desk) -> None:
    slot = desk.slot("14:20")
    visit = book(desk, slot)
    outcome = desk.desk.run(CancelVisit(visit_id=visit))
    book(desk, slot, "roux")
    assert outcome.undo is not None
    with pytest.raises(Conflict) as refused:
        desk.desk.run(outcome.undo)
    assert refused.value.code == "SlotTaken"
    assert desk.visit(visit).status == "CANCELLED"


def test_only_ones_own_last_step_within_fifteen_minutes_is_undone(desk: Desk) -> None:
    visit = book(desk, desk.slot("10:40"))
    refusals: list[str] = []

    def undo(person: str, expected: VisitStatus) -> None:
        with pytest.raises(AppError) as refused:
            getattr(desk, person).run(UndoVisitStatus(visit_id=visit, expected=expected))
        refusals.append(refused.value.code)

    undo("desk", VisitStatus.PLANNED)
    desk.desk.run(CheckIn(visit_id=visit))
    undo("desk", VisitStatus.PLANNED)
    undo("desk2", VisitStatus.CHECKED_IN)
    desk.pass_time(timedelta(minutes=16))
    undo("desk", VisitStatus.CHECKED_IN)
    assert refusals == ["NothingToUndo", "StateChanged", "UndoNotYours", "UndoTooLate"]
    assert desk.visit(visit).status == "CHECKED_IN"


def test_an_undo_cannot_be_undone(desk: Desk) -> None:
    visit = book(desk, desk.slot("10:40"))
    done = desk.desk.run(CheckIn(visit_id=visit))
    assert done.undo is not None
    assert desk.desk.run(done.undo).undo is None
    assert desk.visit(visit).status == "PLANNED"
    with pytest.raises(AppError) as refused:
        desk.desk.run(UndoVisitStatus(visit_id=visit, expected=VisitStatus.PLANNED))
    assert refused.value.code == "NothingToUndo"


def test_a_visit_that_the_backend_called_off_is_left_alone(desk: Desk) -> None:
    slot = desk.slot("14:20")
    visit = book(desk, slot)
    desk.write(update(Visit).where(Visit.id == visit).values(status=VisitStatus.CANCELLED, updated_at=at("10:43")))
    desk.desk.run(CancelVisit(visit_id=visit))
    assert desk.visit(visit).slot_id == slot
