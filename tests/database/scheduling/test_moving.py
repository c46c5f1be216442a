"""Moving and resizing: the visit and its history stay, old and new time change hands in one transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.commands.blocking import BlockTime
from app.commands.booking import BookVisit
from app.commands.booking_together import BookTogether, OneOfSeveral
from app.commands.closing import CloseDay
from app.commands.holds import HoldSlot
from app.commands.moving import MoveVisit, ResizeVisit
from app.commands.visits import CheckIn, ConfirmVisit, StartVisit
from app.db.models import VirtualVisitSession, VisitDetail
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode
from app.kernel.errors import Conflict, Refused
from tests.support.desk import DAY, Desk, at, free_slots

HERE, VIDEO = VisitMode.IN_PERSON, VisitMode.VIRTUAL
FREE, HELD, BOOKED, BLOCKED = SlotStatus.FREE, SlotStatus.HELD, SlotStatus.BOOKED, SlotStatus.BLOCKED


def book(desk: Desk, slot: str, patient: str = "lis", **more: Any) -> str:
    command = BookVisit(slot_id=slot, patient_id=f"pat-{patient}", visit_mode=more.pop("visit_mode", HERE), **more)
    return str(desk.desk.run(command).result["visitId"])


def test_a_visit_moves_to_another_slot_and_frees_the_old_one(desk: Desk) -> None:
    old, new = desk.slot("14:20"), desk.slot("15:00")
    visit = book(desk, old)
    before = desk.visit(visit)
    outcome = desk.desk.run(MoveVisit(visit_id=visit, slot_id=new))
    after = desk.visit(visit)
    assert (after.id, after.slot_id, after.status, after.created_at) == (visit, new, "PLANNED", before.created_at)
    assert after.updated_at > before.updated_at
    assert (desk.status(old), desk.status(new)) == (FREE, BOOKED)
    assert dict(outcome.result)["slotId"] == new
    book(desk, old, "roux")


def test_a_visit_goes_to_no_time_that_is_over_but_an_undo_puts_it_back(desk: Desk) -> None:
    """NOW is 10:42: a time under way may still be used, as in booking."""
    over, slot, running, later = (desk.slot(clock) for clock in ("10:00", "10:20", "10:40", "15:00"))
    visit = book(desk, running)
    for field, move in (
        ("slotId", MoveVisit(visit_id=visit, slot_id=over)),
        ("start", MoveVisit(visit_id=visit, provider_id="p-chen", start=at("10:00"), overbook=True)),
        ("start", MoveVisit(visit_id=visit, start=at("10:00", DAY - timedelta(days=30)), over_blocked=True)),
    ):
        with pytest.raises(Refused) as refused:
            desk.desk.run(move)
        assert (refused.value.code, refused.value.field) == ("SlotPast", field)
    assert (desk.visit(visit).slot_id, desk.status(slot)) == (running, FREE)
    moved = desk.desk.run(MoveVisit(visit_id=visit, slot_id=later))
    desk.pass_time(timedelta(minutes=30))
    assert moved.undo is not None
    desk.desk.run(moved.undo)
    assert desk.state(desk.visit(visit).slot_id) == (BOOKED, "10:40", "11:00"), "it is 11:12 by now"


def test_moving_to_another_provider_moves_the_provider_too(desk: Desk) -> None:
    old, new = desk.slot("14:20"), desk.slot("14:20", provider="p-chen")
    visit = book(desk, old)
    desk.desk.run(MoveVisit(visit_id=visit, slot_id=new))
    assert (desk.visit(visit).slot_id, desk.visit(visit).provider_id) == (new, "p-chen")


def test_a_long_visit_is_offered_times_that_it_fits_into(desk: Desk) -> None:
    visit = book(desk, desk.slot("12:00"), minutes=40)
    new, *_short = desk.slot("14:00"), desk.slot("14:40"), desk.slot("15:20")
    long = desk.slots("16:00", 2)
    desk.desk2.run(HoldSlot(slot_id=new))
    for move in (
        MoveVisit(visit_id=visit, slot_id=new),
        MoveVisit(visit_id=visit, provider_id="p-okafor", start=at("14:00")),
        BookTogether(visits=(OneOfSeveral(new, "pat-roux", minutes=40),)),
    ):
        with pytest.raises(Conflict) as lost:
            desk.desk.run(move)
        assert [one["id"] for one in lost.value.data["alternatives"]] == long[:1]


def test_a_held_target_is_taken_by_its_holder_only(desk: Desk) -> None:
    old, new, spare = desk.slot("14:20"), desk.slot("15:00"), desk.slot("15:20")
    visit = book(desk, old)
    desk.desk2.run(HoldSlot(slot_id=new))
    with pytest.raises(Conflict) as lost:
        desk.desk.run(MoveVisit(visit_id=visit, slot_id=new))
    assert [one["id"] for one in lost.value.data["alternatives"]] == [spare]
    assert (desk.visit(visit).slot_id, desk.status(old), desk.status(new)) == (old, BOOKED, HELD)
    desk.desk2.run(MoveVisit(visit_id=visit, slot_id=new))
    assert desk.detail(new).held_by is None


def test_a_long_visit_keeps_its_length_and_what_it_covered_comes_back(desk: Desk) -> None:
    slots = desk.slots("14:00", 6)
    visit = book(desk, slots[0], minutes=40)
    desk.desk.run(MoveVisit(visit_id=visit, slot_id=slots[3]))
    assert desk.state(slots[0]) == (FREE, "14:00", "14:20")
    assert desk.state(slots[3]) == (BOOKED, "15:00", "15:40")
    assert [desk.status(one) for one in slots] == [FREE, FREE, FREE, BOOKED, BLOCKED, FREE]


def test_a_long_visit_moves_onto_a_slot_that_it_covers_itself(desk: Desk) -> None:
    slots = desk.slots("14:00", 4)
    visit = book(desk, slots[0], minutes=40)
    desk.desk.run(MoveVisit(visit_id=visit, slot_id=slots[1]))
    assert [desk.status(one) for one in slots] == [FREE, BOOKED, BLOCKED, FREE]
    assert desk.state(slots[1]) == (BOOKED, "14:20", "15:00")
    assert [desk.detail(one).covered_by for one in slots] == [None, None, slots[1], None]


def test_a_drop_off_the_grid_makes_a_slot_and_covers_what_lies_under_it(desk: Desk) -> None:
    slots = desk.slots("14:00", 4)
    visit = book(desk, slots[0])
    made = desk.desk.run(MoveVisit(visit_id=visit, start=at("14:30"))).result["slotId"]
    assert desk.state(made) == (BOOKED, "14:30", "14:50")
    assert desk.detail(made).origin is SlotOrigin.MADE
    assert [desk.status(one) for one in slots] == [FREE, BLOCKED, BLOCKED, FREE]
    second = desk.desk.run(MoveVisit(visit_id=visit, start=at("14:35"))).result["slotId"]
    assert desk.status(made) is None
    assert {desk.detail(one).covered_by for one in slots[1:3]} == {second}
    desk.desk.run(MoveVisit(visit_id=visit, slot_id=slots[0]))
    assert desk.status(second) is None
    assert free_slots(desk, slots) == slots[1:]


def test_small_moves_may_overlap_the_old_time(desk: Desk) -> None:
    slot = desk.slot("14:00", 60)
    visit = book(desk, slot)
    made = desk.desk.run(MoveVisit(visit_id=visit, start=at("14:10"), minutes=60)).result["slotId"]
    assert desk.state(made) == (BOOKED, "14:10", "15:10")


def test_taken_and_blocked_time_needs_the_persons_choice(desk: Desk) -> None:
    slots = desk.slots("14:00", 3)
    visit, other = book(desk, slots[0]), book(desk, slots[1], "roux")
    desk.desk.run(BlockTime(provider_id="p-okafor", start=at("14:40"), end=at("15:30"), reason="Lunch"))
    for more, code in (({"slot_id": slots[1]}, "SlotTaken"), ({"start": at("15:00")}, "TimeBlocked")):
        with pytest.raises((Conflict, Refused)) as refused:
            desk.desk.run(MoveVisit(visit_id=visit, **more))
        assert refused.value.code == code
    lunch = desk.desk.run(MoveVisit(visit_id=visit, start=at("15:00"), over_blocked=True))
    assert desk.detail(lunch.result["slotId"]).overbook is False
    over = desk.desk.run(MoveVisit(visit_id=visit, slot_id=slots[1], overbook=True))
    assert desk.detail(over.result["slotId"]).overbook is True
    assert desk.visit(other).slot_id == slots[1]


def test_a_lost_off_grid_drop_names_the_nearest_free_times(desk: Desk) -> None:
    slots = desk.slots("14:00", 4)
    visit = book(desk, slots[0])
    book(desk, slots[2], "roux")
    with pytest.raises(Conflict) as lost:
        desk.desk.run(MoveVisit(visit_id=visit, start=at("14:45"), provider_id="p-okafor"))
    assert [one["id"] for one in lost.value.data["alternatives"]] == [slots[3], slots[1]]


def test_where_the_person_saw_it_is_checked(desk: Desk) -> None:
    slots = desk.slots("14:00", 3)
    visit = book(desk, slots[0])
    desk.desk2.run(MoveVisit(visit_id=visit, slot_id=slots[1]))
    with pytest.raises(Conflict) as refused:
        desk.desk.run(MoveVisit(visit_id=visit, slot_id=slots[2], from_slot_id=slots[0]))
    assert (refused.value.code, refused.value.data["server"]["slotId"]) == ("StateChanged", slots[1])


def test_a_visit_under_way_stays_where_it_is(desk: Desk) -> None:
    slots = desk.slots("10:40", 3)
    visit = book(desk, slots[0])
    desk.desk.run(CheckIn(visit_id=visit))
    desk.desk.run(MoveVisit(visit_id=visit, slot_id=slots[1]))
    desk.okafor.run(StartVisit(visit_id=visit))
    with pytest.raises(Refused) as refused:
        desk.desk.run(MoveVisit(visit_id=visit, slot_id=slots[2]))
    assert refused.value.code == "BadTransition"


@pytest.mark.parametrize("target", ["slot", "off the grid", "other provider"])
def test_undoing_a_move_puts_the_visit_back(desk: Desk, target: str) -> None:
    slots = desk.slots("14:00", 3)
    other = desk.slot("14:00", provider="p-chen")
    visit = book(desk, slots[0], minutes=40)
    moves: dict[str, dict[str, Any]] = {
        "slot": {"slot_id": slots[1]},
        "off the grid": {"start": at("16:10")},
        "other provider": {"slot_id": other},
    }
    outcome = desk.desk.run(MoveVisit(visit_id=visit, **moves[target]))
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert (desk.visit(visit).slot_id, desk.visit(visit).provider_id) == (slots[0], "p-okafor")
    assert desk.state(slots[0]) == (BOOKED, "14:00", "14:40")
    assert [desk.status(one) for one in (*slots, other)] == [BOOKED, BLOCKED, FREE, FREE]


def test_a_visit_leaves_a_closed_day_and_its_undo_goes_back_there(desk: Desk) -> None:
    slot, target = desk.slot("14:20"), desk.slot("14:20", provider="p-chen")
    visit = book(desk, slot)
    desk.desk.run(CloseDay(provider_id="p-okafor", start=at("00:00"), end=at("23:59"), reason="Off sick"))
    outcome = desk.desk.run(MoveVisit(visit_id=visit, slot_id=target))
    assert desk.status(slot) is BLOCKED
    assert desk.detail(slot).reason == "Off sick"
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert desk.visit(visit).provider_id == "p-okafor"
    assert desk.status(target) is FREE


def test_the_mode_changes_with_the_move_and_the_room_follows(desk: Desk) -> None:
    slots = desk.slots("14:00", 3)
    visit = book(desk, slots[0])
    desk.desk.run(MoveVisit(visit_id=visit, slot_id=slots[1], visit_mode=VIDEO))
    sessions = select(VirtualVisitSession.visit_id, VirtualVisitSession.status)
    assert [(row.visit_id, row.status) for row in desk.rows(sessions)] == [(visit, "NOT_STARTED")]
    moved = desk.desk.run(MoveVisit(visit_id=visit, slot_id=slots[2], visit_mode=HERE))
    assert [row.status for row in desk.rows(sessions)] == ["ENDED"]
    assert desk.visit(visit).visit_mode == "IN_PERSON"
    assert moved.undo is not None
    desk.desk.run(moved.undo)
    assert [row.status for row in desk.rows(sessions)] == ["NOT_STARTED"], "a visit has one room for good"


def test_what_the_patient_confirmed_is_open_again_after_a_move(desk: Desk) -> None:
    slots = desk.slots("14:00", 2)
    visit = book(desk, slots[0])
    desk.desk.run(ConfirmVisit(visit_id=visit))
    desk.desk.run(MoveVisit(visit_id=visit, slot_id=slots[1]))
    assert desk.rows(select(VisitDetail.confirmed_at).where(VisitDetail.visit_id == visit))[0].confirmed_at is None


def test_a_move_into_the_patients_other_visit_warns(desk: Desk) -> None:
    slots, other = desk.slots("14:00", 2), desk.slot("15:00", provider="p-chen")
    visit = book(desk, slots[0])
    book(desk, other)
    outcome = desk.desk.run(MoveVisit(visit_id=visit, start=at("15:05")))
    assert outcome.warnings == ("This patient has another visit at 15:00.",)


def test_a_visit_is_lengthened_and_shortened(desk: Desk) -> None:
    slots = desk.slots("14:00", 4)
    visit = book(desk, slots[0])
    longer = desk.desk.run(ResizeVisit(visit_id=visit, minutes=60))
    assert [desk.status(one) for one in slots] == [BOOKED, BLOCKED, BLOCKED, FREE]
    assert desk.detail(slots[0]).grid_end == at("14:20")
    desk.desk.run(ResizeVisit(visit_id=visit, minutes=30))
    assert [desk.status(one) for one in slots] == [BOOKED, BLOCKED, FREE, FREE]
    desk.desk.run(ResizeVisit(visit_id=visit, minutes=10))
    assert desk.state(slots[0]) == (BOOKED, "14:00", "14:10")
    assert [desk.status(one) for one in slots] == [BOOKED, FREE, FREE, FREE]
    desk.desk.run(ResizeVisit(visit_id=visit, minutes=20))
    assert desk.detail(slots[0]).grid_end is None
    assert longer.undo == ResizeVisit(visit_id=visit, minutes=20, over_blocked=True, was_overbooked=False)


def test_lengthening_over_another_booking_needs_the_persons_choice(desk: Desk) -> None:
    slots = desk.slots("14:00", 2)
    visit = book(desk, slots[0])
    book(desk, slots[1], "roux")
    with pytest.raises(Conflict, match="taken"):
        desk.desk.run(ResizeVisit(visit_id=visit, minutes=30))
    outcome = desk.desk.run(ResizeVisit(visit_id=visit, minutes=30, overbook=True))
    assert (desk.state(slots[0]), desk.detail(slots[0]).overbook) == ((BOOKED, "14:00", "14:30"), True)
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert desk.state(slots[0]) == (BOOKED, "14:00", "14:20")


@pytest.mark.parametrize("where", ["its slot", "its time"])
def test_a_drop_where_the_visit_is_changes_length_and_mode_only(desk: Desk, where: str) -> None:
    slots = desk.slots("14:00", 3)
    visit = book(desk, slots[0])
    target: dict[str, Any] = {"slot_id": slots[0]} if where == "its slot" else {"start": at("14:00")}
    assert desk.desk.run(MoveVisit(visit_id=visit, **target)).undo is None
    outcome = desk.desk.run(MoveVisit(visit_id=visit, minutes=40, visit_mode=VIDEO, **target))
    assert desk.state(slots[0]) == (BOOKED, "14:00", "14:40")
    assert [desk.status(one) for one in slots] == [BOOKED, BLOCKED, FREE]
    assert (desk.visit(visit).slot_id, desk.visit(visit).visit_mode) == (slots[0], "VIRTUAL")
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert (desk.state(slots[0]), desk.visit(visit).visit_mode) == ((BOOKED, "14:00", "14:20"), "IN_PERSON")
    assert free_slots(desk, slots) == slots[1:]
