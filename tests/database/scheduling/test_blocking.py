"""Blocked time and closed days: what is free goes, what is taken stays and is listed, all of it comes back."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.commands.availability import AddAvailability
from app.commands.blocking import BlockTime, UnblockTime
from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit
from app.commands.closing import CloseDay, ReopenDay
from app.commands.holds import HoldSlot, ReleaseHold
from app.commands.slots import GenerateSlots
from app.db.models import DayClosure, SlotDetail, VisitSlot
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode
from app.kernel.errors import Conflict, Refused
from tests.support.desk import DAY, Desk, at, free_slots

HERE, VIDEO = VisitMode.IN_PERSON, VisitMode.VIRTUAL
FREE, HELD, BOOKED, BLOCKED = SlotStatus.FREE, SlotStatus.HELD, SlotStatus.BOOKED, SlotStatus.BLOCKED


def book(desk: Desk, slot: str, patient: str = "lis", **more: Any) -> str:
    command = BookVisit(slot_id=slot, patient_id=f"pat-{patient}", visit_mode=HERE, **more)
    return str(desk.desk.run(command).result["visitId"])


def block(desk: Desk, start: str, end: str, **more: Any) -> dict[str, Any]:
    command = BlockTime(provider_id="p-okafor", start=at(start), end=at(end), reason="Meeting", **more)
    return dict(desk.desk.run(command).result)


def close(desk: Desk, start: str = "00:00", end: str = "23:59") -> dict[str, Any]:
    command = CloseDay(provider_id="p-okafor", start=at(start), end=at(end), reason="Off sick")
    return dict(desk.desk.run(command).result)


def made(desk: Desk) -> list[tuple[str, str]]:
    statement = select(VisitSlot.id).join(SlotDetail, SlotDetail.slot_id == VisitSlot.id)
    rows = desk.rows(statement.where(SlotDetail.origin == SlotOrigin.MADE).order_by(VisitSlot.start_time))
    return [desk.state(row.id)[1:] for row in rows]


def test_a_block_takes_free_slots_and_fills_gaps(desk: Desk) -> None:
    slots, later = desk.slots("14:00", 3), desk.slot("15:20")
    video, other = desk.slot("14:20", mode=VIDEO), desk.slot("14:20", provider="p-chen")
    result = block(desk, "14:20", "15:30")
    assert [desk.status(one) for one in (*slots, later, video, other)] == [FREE, *[BLOCKED] * 4, FREE]
    assert made(desk) == [("15:00", "15:20")]
    assert {desk.detail(one).reason for one in (slots[1], video, later)} == {"Meeting"}
    assert (result["blocked"], result["made"], result["visits"], result["holds"]) == (4, 1, [], [])


def test_visits_inside_stay_and_are_listed(desk: Desk) -> None:
    slots = desk.slots("14:00", 4)
    visit = book(desk, slots[1])
    result = block(desk, "14:00", "15:20")
    assert result["visits"] == [
        {
            "visitId": visit,
            "patientId": "pat-lis",
            "patientName": "Zygmunt Lis",
            "startTime": at("14:20").isoformat(),
        }
    ]
    assert [desk.status(one) for one in slots] == [BLOCKED, BOOKED, BLOCKED, BLOCKED]
    assert desk.visit(visit).status == "PLANNED"


def test_what_is_given_back_inside_a_block_stays_blocked(desk: Desk) -> None:
    slots = desk.slots("14:00", 5)
    visit = book(desk, slots[0], minutes=40)
    desk.desk2.run(HoldSlot(slot_id=slots[3]))
    result = block(desk, "14:00", "15:40")
    assert result["holds"] == [{"slotId": slots[3], "heldBy": "Alma Moreno"}]
    desk.desk.run(CancelVisit(visit_id=visit))
    desk.desk2.run(ReleaseHold(slot_id=slots[3]))
    assert [desk.status(one) for one in slots] == [BLOCKED] * 5
    assert {desk.detail(one).reason for one in slots} == {"Meeting"}
    desk.desk.run(UnblockTime(batch_id=result["batchId"]))
    assert free_slots(desk, slots) == slots


def test_a_block_is_given_back_whole_or_in_part(desk: Desk) -> None:
    slots = desk.slots("14:00", 3)
    outcome = desk.desk.run(BlockTime(provider_id="p-okafor", start=at("14:00"), end=at("15:20"), reason="Meeting"))
    desk.desk.run(UnblockTime(slot_ids=(slots[0],)))
    assert [desk.status(one) for one in slots] == [FREE, BLOCKED, BLOCKED]
    assert outcome.undo is not None
    back = desk.desk.run(outcome.undo)
    assert free_slots(desk, slots) == slots
    assert made(desk) == []
    assert back.undo is not None
    desk.desk.run(back.undo)
    assert [desk.status(one) for one in slots] == [FREE, BLOCKED, BLOCKED]
    assert {desk.detail(one).batch_id is None for one in slots} == {True, False}


def test_another_programs_block_is_given_back_by_its_slot(desk: Desk) -> None:
    slot = desk.slot("14:00", status=BLOCKED, origin=None)
    desk.desk.run(UnblockTime(slot_ids=(slot,)))
    assert desk.status(slot) is FREE
    assert desk.desk.run(UnblockTime(batch_id="nothing")).result == {"freed": 0}


@pytest.mark.parametrize(
    ("start", "end", "reason", "field"),
    [("15:00", "14:00", "x", "end"), ("15:00", "15:00", "x", "end"), ("14:00", "15:00", " ", "reason")],
)
def test_impossible_ranges_and_missing_reasons_are_refused(
    desk: Desk, start: str, end: str, reason: str, field: str
) -> None:
    for kind in (BlockTime, CloseDay):
        with pytest.raises(Refused) as refused:
            desk.desk.run(kind(provider_id="p-okafor", start=at(start), end=at(end), reason=reason))
        assert (refused.value.code, refused.value.field) == ("BadValue", field)


def test_an_unknown_provider_and_an_endless_block_are_refused(desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        desk.desk.run(BlockTime(provider_id="p-nobody", start=at("14:00"), end=at("15:00"), reason="x"))
    assert refused.value.code == "NoSuchProvider"
    end = at("14:00") + timedelta(days=63)
    with pytest.raises(Refused) as refused:
        desk.desk.run(BlockTime(provider_id="p-okafor", start=at("14:00"), end=end, reason="x"))
    assert refused.value.field == "end"


def test_a_block_over_days_is_cut_so_that_it_is_found_around_any_time(desk: Desk) -> None:
    end = at("14:00") + timedelta(days=3)
    desk.desk.run(BlockTime(provider_id="p-okafor", start=at("14:00"), end=end, reason="Course"))
    slot = desk.slot("12:00", day=DAY + timedelta(days=3))
    with pytest.raises(Refused, match="blocked: Course"):
        book(desk, slot)


def test_closing_a_day_leaves_nothing_to_book_and_lists_who_is_to_move(desk: Desk) -> None:
    slots = desk.slots("14:00", 5)
    video, other = desk.slot("14:40", mode=VIDEO), desk.slot("14:00", provider="p-chen")
    visit = book(desk, slots[0], minutes=40)
    desk.desk2.run(HoldSlot(slot_id=slots[4]))
    result = close(desk)
    assert [desk.status(one) for one in (*slots, video, other)] == [BOOKED, *[BLOCKED] * 5, FREE]
    assert (result["toMove"], [one["visitId"] for one in result["visits"]]) == (1, [visit])
    assert desk.visit(visit).status == "PLANNED"
    assert desk.detail(slots[4]).held_by is None
    with pytest.raises(Refused) as refused:
        desk.desk2.run(BookVisit(slot_id=slots[4], patient_id="pat-roux", visit_mode=HERE))
    assert (refused.value.code, refused.value.message) == ("TimeBlocked", "This time is blocked: Off sick.")
    desk.desk.run(CancelVisit(visit_id=visit))
    assert [desk.status(one) for one in slots] == [BLOCKED] * 5


def test_generation_does_not_revive_a_closed_day(desk: Desk) -> None:
    desk.admin.run(AddAvailability(provider_id="p-okafor", start_time=time(14), end_time=time(16), date=DAY))
    close(desk, "14:30", "15:00")
    assert desk.desk.run(GenerateSlots(days=1)).result["added"] == 4
    closure = desk.rows(select(DayClosure.id))[0].id
    reopened = desk.desk.run(ReopenDay(closure_id=closure))
    assert reopened.result["added"] == 2
    assert desk.desk.run(GenerateSlots(days=1)).result == {"added": 0, "removed": 0, "providers": 2}


def test_what_another_program_puts_into_a_closed_day_is_shut_too(desk: Desk) -> None:
    closed = desk.desk.run(CloseDay(provider_id="p-okafor", start=at("08:00"), end=at("18:00"), reason="ill"))
    slot, outside = desk.slot("14:00", origin=None), desk.slot("18:00", origin=None)
    desk.admin.run(GenerateSlots())
    assert (desk.status(slot), desk.status(outside)) == (BLOCKED, FREE)
    desk.desk.run(ReopenDay(closure_id=str(closed.result["closureId"])))
    assert desk.status(slot) is FREE


def test_reopening_a_day_frees_what_the_closure_blocked_and_nothing_else(desk: Desk) -> None:
    slots = desk.slots("14:00", 4)
    block(desk, "14:00", "14:20")
    result = close(desk)
    meeting = block(desk, "15:00", "15:20")
    desk.desk.run(ReopenDay(closure_id=result["closureId"]))
    assert [desk.status(one) for one in slots] == [BLOCKED, FREE, FREE, BLOCKED]
    desk.desk.run(UnblockTime(batch_id=meeting["batchId"]))
    assert desk.status(slots[3]) is FREE


def test_unblocking_inside_a_closed_day_leaves_it_closed(desk: Desk) -> None:
    slot = desk.slot("14:00")
    batch = block(desk, "14:00", "14:20")["batchId"]
    closure = close(desk)["closureId"]
    desk.desk.run(UnblockTime(batch_id=batch))
    assert desk.status(slot) is BLOCKED
    desk.desk.run(ReopenDay(closure_id=closure))
    assert desk.status(slot) is FREE


def test_closing_is_undone_and_done_again(desk: Desk) -> None:
    slot = desk.slot("14:00")
    outcome = desk.desk.run(CloseDay(provider_id="p-okafor", start=at("00:00"), end=at("23:59"), reason="Off sick"))
    assert outcome.undo is not None
    back = desk.desk.run(outcome.undo)
    assert desk.status(slot) is FREE
    assert desk.desk.run(outcome.undo).result["freed"] == 0
    assert back.undo is not None
    desk.desk.run(back.undo)
    assert desk.status(slot) is BLOCKED


def test_the_backend_cannot_book_a_closed_slot_unseen(desk: Desk) -> None:
    """A closed slot is BLOCKED in the shared table too, so that the phone app offers nothing."""
    slots = desk.slots("14:00", 3, origin=None)
    close(desk)
    statuses = desk.rows(select(VisitSlot.status).where(VisitSlot.id.in_(slots)))
    assert [row.status for row in statuses] == [BLOCKED] * 3


def test_a_free_slot_under_a_hold_of_a_closed_day_is_not_booked_by_its_holder(desk: Desk) -> None:
    slot = desk.slot("14:00")
    desk.desk2.run(HoldSlot(slot_id=slot))
    close(desk)
    with pytest.raises((Refused, Conflict)):
        desk.desk2.run(HoldSlot(slot_id=slot))


def test_days_in_the_past_close_too(desk: Desk) -> None:
    day = DAY - timedelta(days=1)
    slot = desk.slot("14:00", day=day)
    start = at("00:00", day)
    desk.desk.run(CloseDay(provider_id="p-okafor", start=start, end=start + timedelta(days=1), reason="Fire drill"))
    assert desk.status(slot) is BLOCKED
    assert date.fromisoformat("2026-05-03") == day
