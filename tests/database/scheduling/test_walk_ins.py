"""Walk-ins, the queue, families, the waiting list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from app.commands import codec
from app.commands.blocking import BlockTime
from app.commands.booking import BookVisit
from app.commands.booking_together import BookTogether, OneOfSeveral
from app.commands.cancelling import CancelVisit
from app.commands.holds import HoldSlot
from app.commands.visits import CheckIn, StartVisit
from app.commands.waiting_list import AddToWaitingList, SetWaitingStatus
from app.commands.walk_ins import AddWalkIn, BookWalkIn, PlaceWalkIn, WalkInLeft
from app.db.models import PatientDetail, Visit, WaitingListEntry, WalkIn
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode, WaitingStatus, WalkInStatus
from app.kernel.errors import Conflict, Refused
from tests.support.desk import DAY, NOW, Desk, at, free_slots

HERE = VisitMode.IN_PERSON
FREE, HELD, BOOKED, BLOCKED = SlotStatus.FREE, SlotStatus.HELD, SlotStatus.BOOKED, SlotStatus.BLOCKED


def book(desk: Desk, slot: str, patient: str = "lis", **more: Any) -> str:
    command = BookVisit(slot_id=slot, patient_id=f"pat-{patient}", visit_mode=HERE, **more)
    return str(desk.desk.run(command).result["visitId"])


def walk_in(desk: Desk, patient: str = "roux", **more: Any) -> dict[str, Any]:
    values = {"provider_id": "p-okafor", "reason_text": "Sore throat", **more}
    return dict(desk.desk.run(BookWalkIn(patient_id=f"pat-{patient}", **values)).result)


def test_a_walk_in_is_seen_now_where_the_provider_is_free(desk: Desk) -> None:
    slots = desk.slots("10:40", 3)
    result = walk_in(desk)
    assert (result["startTime"], result["status"]) == (at("10:42").isoformat(), "CHECKED_IN")
    visit = desk.visit(result["visitId"])
    assert (visit.visit_type, visit.status, visit.slot_id) == ("WALK_IN", "CHECKED_IN", result["slotId"])
    assert desk.state(result["slotId"]) == (BOOKED, "10:42", "11:02")
    assert desk.detail(result["slotId"]).origin is SlotOrigin.MADE
    assert [desk.status(one) for one in slots] == [BLOCKED, BLOCKED, FREE]


def test_a_walk_in_is_booked_for_no_time_that_is_over(desk: Desk) -> None:
    for start in (at("10:00"), at("10:00", DAY - timedelta(days=9))):
        with pytest.raises(Refused) as refused:
            walk_in(desk, start=start, overbook=True)
        assert (refused.value.code, refused.value.field) == ("SlotPast", "start")
    assert walk_in(desk, start=at("10:30"))["startTime"] == at("10:30").isoformat()


def test_a_walk_in_takes_the_next_gap_that_is_long_enough(desk: Desk) -> None:
    slots = desk.slots("10:40", 6)
    book(desk, slots[0])
    book(desk, slots[2], "brandt")
    desk.desk2.run(HoldSlot(slot_id=slots[3]))
    assert walk_in(desk)["startTime"] == at("11:00").isoformat()
    assert walk_in(desk, "horvath", minutes=30)["startTime"] == at("12:00").isoformat()


def test_gaps_outside_the_providers_hours_and_blocks_do_not_count(desk: Desk) -> None:
    slots = desk.slots("10:40", 2)
    later = desk.slots("13:00", 2)
    for slot in slots:
        book(desk, slot)
    desk.desk.run(BlockTime(provider_id="p-okafor", start=at("13:00"), end=at("13:20"), reason="Call"))
    assert walk_in(desk)["startTime"] == at("13:20").isoformat()
    assert desk.status(later[1]) is BLOCKED


def test_without_a_gap_the_person_chooses_to_overbook(desk: Desk) -> None:
    slot = desk.slot("10:40")
    book(desk, slot)
    with pytest.raises(Refused) as refused:
        walk_in(desk)
    assert (refused.value.code, refused.value.field) == ("NoGap", "overbook")
    result = walk_in(desk, overbook=True)
    assert result["startTime"] == at("10:42").isoformat()
    assert desk.detail(result["slotId"]).overbook is True
    with pytest.raises(Conflict, match="taken"):
        walk_in(desk, "brandt", start=at("10:50"))


def test_a_walk_in_may_be_expected_later_with_a_type(desk: Desk) -> None:
    desk.slots("15:00", 3)
    result = walk_in(desk, start=at("15:00"), appointment_type_id="t-40", arrived=False)
    assert (result["status"], desk.state(result["slotId"])) == ("PLANNED", (BOOKED, "15:00", "15:40"))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"provider_id": "p-nobody"}, "NoSuchProvider"),
        ({"patient": "nobody"}, "NoSuchPatient"),
        ({"patient": "brandt"}, "PatientMerged"),
        ({"minutes": 3}, "BadValue"),
    ],
)
def test_unknown_people_and_odd_lengths_are_refused(desk: Desk, more: dict[str, Any], code: str) -> None:
    merged = {"patient_id": "pat-brandt", "merged_into": "pat-lis", "updated_at": NOW}
    desk.write(insert(PatientDetail).values(**merged))
    with pytest.raises(Refused) as refused:
        walk_in(desk, **more)
    assert refused.value.code == code


def test_the_queue(desk: Desk) -> None:
    desk.slots("11:20", 2)
    waiting = desk.desk.run(AddWalkIn(patient_id="pat-roux", reason="Cut hand")).result["walkInId"]
    gone = desk.desk.run(AddWalkIn(patient_id="pat-brandt")).result["walkInId"]
    desk.pass_time(timedelta(minutes=12))
    left = desk.desk.run(WalkInLeft(walk_in_id=gone))
    placed = desk.desk2.run(PlaceWalkIn(walk_in_id=waiting, provider_id="p-okafor", start=at("11:20")))
    rows = {row.id: row for row in desk.rows(select(WalkIn.__table__))}
    assert (rows[waiting].status, rows[waiting].visit_id) == (WalkInStatus.PLACED, placed.result["visitId"])
    assert (rows[waiting].arrived_at, rows[gone].status) == (NOW, WalkInStatus.LEFT)
    assert desk.visit(placed.result["visitId"]).reason_text == "Cut hand"
    for command in (WalkInLeft(walk_in_id=waiting), PlaceWalkIn(walk_in_id=waiting, provider_id="p-okafor")):
        with pytest.raises(Conflict) as refused:
            desk.desk.run(command)
        assert refused.value.code == "StateChanged"
    assert left.undo is not None
    desk.desk.run(left.undo)
    assert desk.rows(select(WalkIn.status).where(WalkIn.id == gone))[0].status is WalkInStatus.WAITING


def test_undoing_a_booking_calls_off_nobody_who_is_being_seen(desk: Desk) -> None:
    slots = desk.slots("14:00", 2)
    waiting = desk.desk.run(AddWalkIn(patient_id="pat-brandt")).result["walkInId"]
    done = [
        (desk.desk.run(BookVisit(slot_id=slots[0], patient_id="pat-lis", visit_mode=HERE)), "PLANNED"),
        (desk.desk.run(together((slots[1], "kowalska"))), "PLANNED"),
        (desk.desk.run(BookWalkIn(provider_id="p-okafor", patient_id="pat-roux", start=at("11:00"))), "CHECKED_IN"),
        (desk.desk.run(PlaceWalkIn(walk_in_id=waiting, provider_id="p-okafor", start=at("11:20"))), "CHECKED_IN"),
    ]
    for outcome, status in done:
        first = outcome.result.get("visits", [outcome.result])[0]
        if status == "PLANNED":
            desk.desk2.run(CheckIn(visit_id=first["visitId"]))
        desk.okafor.run(StartVisit(visit_id=first["visitId"]))
        assert outcome.undo is not None
        with pytest.raises(Conflict) as late:
            desk.desk.run(outcome.undo)
        assert late.value.code == "StateChanged"
        assert desk.visit(first["visitId"]).status == "IN_PROGRESS"


def test_undoing_a_placement_puts_the_person_back_in_the_queue(desk: Desk) -> None:
    slots = desk.slots("11:20", 2)
    waiting = desk.desk.run(AddWalkIn(patient_id="pat-roux")).result["walkInId"]
    placed = desk.desk.run(PlaceWalkIn(walk_in_id=waiting, provider_id="p-okafor", start=at("11:20")))
    assert placed.undo is not None
    desk.desk.run(placed.undo)
    row = desk.rows(select(WalkIn.__table__))[0]
    assert (row.status, row.visit_id, row.arrived_at) == (WalkInStatus.WAITING, None, NOW)
    assert desk.visit(placed.result["visitId"]).status == "CANCELLED"
    assert free_slots(desk, slots) == slots


def together(*pairs: tuple[str, str], **more: Any) -> BookTogether:
    return BookTogether(visits=tuple(OneOfSeveral(slot, f"pat-{patient}", **more) for slot, patient in pairs))


def test_a_family_is_booked_one_after_the_other_and_side_by_side(desk: Desk) -> None:
    slots, other = desk.slots("14:00", 3), desk.slot("14:00", provider="p-chen")
    command = together((slots[0], "lis"), (slots[1], "roux"), (other, "brandt"))
    outcome = desk.desk.run(command)
    assert [one["slotId"] for one in outcome.result["visits"]] == [slots[0], slots[1], other]
    assert [desk.status(one) for one in (*slots, other)] == [BOOKED, BOOKED, FREE, BOOKED]
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert free_slots(desk, [*slots, other]) == [*slots, other]


def test_all_or_nothing(desk: Desk) -> None:
    slots = desk.slots("14:00", 4)
    book(desk, slots[1])
    with pytest.raises(Conflict) as lost:
        desk.desk.run(together((slots[0], "roux"), (slots[1], "brandt")))
    assert (lost.value.code, lost.value.data["index"]) == ("SlotTaken", 1)
    assert {one["id"] for one in lost.value.data["alternatives"]} == {slots[0], slots[2], slots[3]}
    assert desk.status(slots[0]) is FREE
    assert desk.rows(select(func.count()).select_from(Visit))[0][0] == 1


def test_one_of_the_family_may_not_grow_over_the_next(desk: Desk) -> None:
    slots = desk.slots("14:00", 4)
    with pytest.raises(Conflict, match="taken"):
        desk.desk.run(together((slots[0], "roux"), (slots[1], "brandt"), minutes=40))
    desk.desk.run(together((slots[0], "roux"), (slots[2], "brandt"), minutes=40))
    assert [desk.status(one) for one in slots] == [BOOKED, BLOCKED, BOOKED, BLOCKED]


def test_what_a_family_cannot_be(desk: Desk) -> None:
    desk.write(insert(PatientDetail).values(patient_id="pat-brandt", merged_into="pat-lis", updated_at=NOW))
    slots = desk.slots("14:00", 2)
    for command, code in (
        (BookTogether(visits=()), "BadValue"),
        (together((slots[0], "lis"), (slots[0], "roux")), "BadValue"),
        (together((slots[0], "lis"), (slots[1], "nobody")), "NoSuchPatient"),
        (together((slots[0], "lis"), (slots[1], "brandt")), "PatientMerged"),
        (together((slots[0], "lis"), ("nothing", "roux")), "NoSuchSlot"),
        (together((slots[0], "lis"), (desk.slot("09:00"), "roux")), "SlotPast"),
    ):
        with pytest.raises(Refused) as refused:
            desk.desk.run(command)
        assert refused.value.code == code
    assert free_slots(desk, slots) == slots


def test_a_family_survives_the_journal() -> None:
    command = together(("s1", "lis"), ("s2", "roux"), minutes=20)
    assert codec.decode(codec.encode(command)) == command


def test_the_waiting_list(desk: Desk) -> None:
    outcome = desk.desk.run(
        AddToWaitingList(
            patient_id="pat-lis", minutes=20, earliest=DAY, latest=DAY + timedelta(days=7), note="Mornings"
        )
    )
    entry = outcome.result["entryId"]
    offered = desk.desk.run(SetWaitingStatus(entry_id=entry, status=WaitingStatus.OFFERED))
    assert offered.undo == SetWaitingStatus(entry_id=entry, status=WaitingStatus.WAITING)
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    row = desk.rows(select(WaitingListEntry.__table__))[0]
    assert (row.status, row.note, row.created_by) == (WaitingStatus.REMOVED, "Mornings", "u-desk")
    for dates in ((DAY, DAY - timedelta(days=1)), (DAY, DAY + timedelta(days=400))):
        with pytest.raises(Refused) as refused:
            desk.desk.run(AddToWaitingList(patient_id="pat-lis", minutes=20, earliest=dates[0], latest=dates[1]))
        assert refused.value.field == "latest"


def test_cancelling_a_visit_booked_together_frees_its_own_slot_only(desk: Desk) -> None:
    slots = desk.slots("14:00", 2)
    outcome = desk.desk.run(together((slots[0], "lis"), (slots[1], "roux")))
    desk.desk.run(CancelVisit(visit_id=outcome.result["visits"][0]["visitId"]))
    assert free_slots(desk, slots) == [slots[0]]
