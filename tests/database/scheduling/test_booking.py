"""Booking: slots, lengths, holds, blocks, overlaps, warnings, replays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit
from app.commands.holds import HoldSlot, HoldTime
from app.commands.waiting_list import AddToWaitingList
from app.db.models import (
    PatientDetail,
    SlotDetail,
    VirtualVisitSession,
    Visit,
    VisitDetail,
    VisitSlot,
    WaitingListEntry,
)
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode, VisitStatus, WaitingStatus
from app.kernel.errors import Conflict, Refused
from app.kernel.ids import new_uuid
from tests.support.desk import DAY, Desk, Person, at, free_slots

HERE, VIDEO = VisitMode.IN_PERSON, VisitMode.VIRTUAL
FREE, HELD, BOOKED, BLOCKED = SlotStatus.FREE, SlotStatus.HELD, SlotStatus.BOOKED, SlotStatus.BLOCKED


def book(person: Person, slot: str, patient: str = "lis", **more: Any) -> dict[str, Any]:
    command = BookVisit(slot_id=slot, patient_id=f"pat-{patient}", visit_mode=more.pop("visit_mode", HERE), **more)
    return dict(person.run(command).result)


def test_booking_takes_the_slot_and_makes_a_planned_visit(desk: Desk) -> None:
    slot = desk.slot("14:20")
    result = book(desk.desk, slot, reason_text=" Dizzy ", appointment_type_id="t-20")
    assert desk.status(slot) is BOOKED
    visit = desk.visit(result["visitId"])
    assert (visit.slot_id, visit.provider_id, visit.status, visit.reason_text) == (slot, "p-okafor", "PLANNED", "Dizzy")
    assert result == {
        "visitId": visit.id,
        "slotId": slot,
        "status": "PLANNED",
        "startTime": at("14:20").isoformat(),
    }
    detail = desk.rows(select(VisitDetail.__table__).where(VisitDetail.visit_id == visit.id))[0]
    assert (detail.booked_by, detail.minutes, detail.appointment_type_id) == ("u-desk", 20, "t-20")


def test_a_repeated_command_books_once(desk: Desk) -> None:
    slot = desk.slot("14:20")
    command, command_id = BookVisit(slot_id=slot, patient_id="pat-lis", visit_mode=HERE), new_uuid()
    first = desk.desk.run(command, command_id=command_id)
    assert desk.desk.run(command, command_id=command_id).result == first.result
    assert desk.rows(select(func.count()).select_from(Visit))[0][0] == 1


def test_who_comes_second_is_told_with_the_three_nearest_alternatives(desk: Desk) -> None:
    slots = desk.slots("14:00", 6)
    desk.slot("14:40", mode=VIDEO)
    desk.slot("14:40", provider="p-chen")
    book(desk.desk, slots[2])
    with pytest.raises(Conflict) as lost:
        book(desk.desk2, slots[2], "roux")
    assert lost.value.code == "SlotTaken"
    offered = lost.value.data["alternatives"]
    assert [one["id"] for one in offered] == [slots[1], slots[3], slots[0]]
    assert offered[0] == {
        "id": slots[1],
        "startTime": at("14:20").isoformat(),
        "endTime": at("14:40").isoformat(),
        "providerId": "p-okafor",
        "providerName": "Dr Ngozi Okafor",
    }
    assert desk.rows(select(func.count()).select_from(Visit))[0][0] == 1


def test_overlapping_slots_of_a_provider_exclude_each_other(desk: Desk) -> None:
    here, video, other = desk.slot("14:20"), desk.slot("14:30", 30, mode=VIDEO), desk.slot("14:20", provider="p-chen")
    book(desk.desk, here)
    assert desk.status(video) is FREE  # offered in the other mode: the claim keeps it from being booked
    with pytest.raises(Conflict, match="taken"):
        book(desk.desk, video, "roux", visit_mode=VIDEO)
    book(desk.desk, other, "roux")


def test_a_longer_booking_lengthens_its_slot_and_covers_what_lies_under_it(desk: Desk) -> None:
    slots = desk.slots("14:00", 4)
    video = desk.slot("14:20", mode=VIDEO)
    result = book(desk.desk, slots[0], appointment_type_id="t-40")
    assert desk.state(slots[0]) == (BOOKED, "14:00", "14:40")
    assert desk.detail(slots[0]).grid_end == at("14:20")
    assert [desk.status(one) for one in (slots[1], video, slots[2])] == [BLOCKED, BLOCKED, FREE]
    assert {desk.detail(one).covered_by for one in (slots[1], video)} == {slots[0]}
    with pytest.raises(Conflict, match="taken"):
        book(desk.desk, slots[1], "roux")
    desk.desk.run(CancelVisit(visit_id=result["visitId"]))
    assert free_slots(desk, [*slots, video]) == [*slots, video]
    assert desk.state(slots[0]) == (FREE, "14:00", "14:20")
    assert {desk.detail(one).covered_by for one in slots} == {None}


def test_a_booking_may_not_grow_over_another(desk: Desk) -> None:
    slots = desk.slots("14:00", 3)
    book(desk.desk, slots[1])
    with pytest.raises(Conflict, match="taken"):
        book(desk.desk, slots[0], "roux", minutes=40)
    assert desk.state(slots[0]) == (FREE, "14:00", "14:20")


def test_ones_own_hold_is_booked_and_anothers_is_not(desk: Desk) -> None:
    slot = desk.slot("14:20")
    desk.desk.run(HoldSlot(slot_id=slot))
    with pytest.raises(Conflict) as lost:
        book(desk.desk2, slot)
    assert lost.value.data["heldBy"] == "Dana Whitfield"
    book(desk.desk, slot)
    assert desk.status(slot) is BOOKED
    detail = desk.detail(slot)
    assert (detail.held_by, detail.held_name, detail.workstation) == (None, None, None)


def test_a_hold_that_ran_out_counts_as_free_at_once(desk: Desk) -> None:
    slot = desk.slot("14:20")
    desk.desk.run(HoldSlot(slot_id=slot))
    desk.pass_time(timedelta(minutes=6))
    book(desk.desk2, slot)
    assert desk.status(slot) is BOOKED


def test_a_hold_that_ran_out_frees_overlapping_time_too(desk: Desk) -> None:
    here, video = desk.slot("14:20"), desk.slot("14:20", mode=VIDEO)
    desk.desk.run(HoldSlot(slot_id=here))
    with pytest.raises(Conflict, match="held by Dana Whitfield"):
        book(desk.desk2, video, visit_mode=VIDEO)
    desk.pass_time(timedelta(minutes=6))
    book(desk.desk2, video, visit_mode=VIDEO)


def test_a_made_hold_becomes_the_bookings_slot(desk: Desk) -> None:
    grid = desk.slot("14:20")
    held = desk.desk.run(HoldTime(provider_id="p-okafor", start=at("14:10"), minutes=20)).result["slotId"]
    book(desk.desk, held)
    assert desk.state(held) == (BOOKED, "14:10", "14:30")
    assert desk.detail(held).origin is SlotOrigin.MADE
    assert desk.detail(grid).covered_by == held


def test_blocked_time_is_refused_unless_the_person_chooses(desk: Desk) -> None:
    slot = desk.slot("14:20", status=BLOCKED)
    with pytest.raises(Refused) as refused:
        book(desk.desk, slot)
    assert (refused.value.code, refused.value.field) == ("TimeBlocked", "overbook")
    result = book(desk.desk, slot, over_blocked=True)
    assert result["slotId"] != slot
    assert desk.status(slot) is BLOCKED
    made = desk.detail(result["slotId"])
    assert (made.origin, made.overbook) == (SlotOrigin.MADE, False)


def test_overbooking_is_chosen_stored_and_goes_with_the_booking(desk: Desk) -> None:
    slot = desk.slot("14:20")
    book(desk.desk, slot)
    with pytest.raises(Conflict, match="taken"):
        book(desk.desk, slot, "roux", over_blocked=True)
    result = book(desk.desk, slot, "roux", overbook=True)
    made = desk.detail(result["slotId"])
    assert (made.origin, made.overbook) == (SlotOrigin.MADE, True)
    assert desk.state(result["slotId"]) == (BOOKED, "14:20", "14:40")
    desk.desk.run(CancelVisit(visit_id=result["visitId"]))
    assert desk.detail(result["slotId"]).origin is SlotOrigin.RETIRED
    assert desk.status(slot) is BOOKED


def test_overbooking_with_a_hold_of_ones_own_leaves_nothing_to_offer_under_it(desk: Desk) -> None:
    slots = desk.slots("14:00", 2)
    book(desk.desk, slots[1])
    desk.desk.run(HoldSlot(slot_id=slots[0]))
    result = book(desk.desk, slots[0], "roux", minutes=40, overbook=True)
    assert desk.status(slots[0]) is BLOCKED
    assert desk.detail(slots[0]).covered_by == result["slotId"]


def test_a_virtual_visit_gets_its_room_with_the_booking(desk: Desk) -> None:
    slot = desk.slot("14:20", mode=VIDEO)
    result = book(desk.desk, slot, visit_mode=VIDEO)
    session = desk.rows(select(VirtualVisitSession.__table__))[0]
    assert (session.visit_id, session.status) == (result["visitId"], "NOT_STARTED")
    assert session.room_id


def test_a_slot_whose_visit_the_backend_called_off_can_be_booked(desk: Desk) -> None:
    slot = desk.slot("14:20", origin=None)
    old = desk.backend_visit(slot, "brandt")
    with pytest.raises(Conflict, match="taken"):
        book(desk.desk, slot)
    desk.write(update(Visit).where(Visit.id == old).values(status=VisitStatus.CANCELLED, updated_at=at("10:45")))
    new = book(desk.desk, slot)
    assert desk.visit(new["visitId"]).slot_id == slot
    retired = desk.visit(old).slot_id
    assert retired != slot
    assert (desk.detail(retired).origin, desk.detail(retired).copied_from) == (SlotOrigin.RETIRED, slot)
    assert desk.state(retired) == (BLOCKED, "14:20", "14:40")


def test_a_patient_booked_twice_at_one_time_warns(desk: Desk) -> None:
    one, two = desk.slot("14:20"), desk.slot("14:30", provider="p-chen")
    book(desk.desk, one)
    outcome = desk.desk.run(BookVisit(slot_id=two, patient_id="pat-lis", visit_mode=HERE))
    assert outcome.warnings == ("This patient has another visit at 14:20.",)


def test_similar_names_on_one_day_warn(desk: Desk) -> None:
    one, two, other_day = desk.slot("14:20"), desk.slot("15:00"), desk.slot("15:00", day=DAY + timedelta(days=1))
    book(desk.desk, one, "kowalski")
    outcome = desk.desk.run(BookVisit(slot_id=two, patient_id="pat-kowalska", visit_mode=HERE))
    assert outcome.warnings == ("Similar name on this day: Anna Kowalski, 14:20. Ask for the birth date.",)
    assert desk.desk.run(BookVisit(slot_id=other_day, patient_id="pat-kowalska", visit_mode=HERE)).warnings == ()


def test_unknown_and_merged_patients_slots_and_lengths_are_refused(desk: Desk) -> None:
    slot = desk.slot("14:20")
    past = desk.slot("10:00")
    merged = {"patient_id": "pat-roux", "merged_into": "pat-lis", "updated_at": at("10:00")}
    desk.write(insert(PatientDetail).values(**merged))
    for patient, wanted, more, code, field in (
        ("nobody", slot, {}, "NoSuchPatient", "patientId"),
        ("roux", slot, {}, "PatientMerged", "patientId"),
        ("lis", "nothing", {}, "NoSuchSlot", "slotId"),
        ("lis", past, {}, "SlotPast", "slotId"),
        ("lis", slot, {"minutes": 4}, "BadValue", "minutes"),
        ("lis", slot, {"minutes": 481}, "BadValue", "minutes"),
        ("lis", slot, {"reason_text": "a\x00b"}, "BadValue", "reason"),
    ):
        with pytest.raises(Refused) as refused:
            book(desk.desk, wanted, patient, **more)
        assert (refused.value.code, refused.value.field) == (code, field)
    assert desk.status(slot) is FREE


def test_a_slot_that_has_begun_can_still_be_booked(desk: Desk) -> None:
    slot = desk.slot("10:40")
    book(desk.desk, slot)
    assert desk.status(slot) is BOOKED


def test_a_reversed_slot_of_another_program_harms_nobody(desk: Desk) -> None:
    slot, odd = desk.slot("14:20"), desk.slot("14:20", origin=None)
    desk.write(update(VisitSlot).where(VisitSlot.id == odd).values(end_time=at("14:00")))
    book(desk.desk, slot)


def test_undoing_a_booking_frees_the_slot_and_keeps_the_trace(desk: Desk) -> None:
    slot = desk.slot("14:20")
    outcome = desk.desk.run(BookVisit(slot_id=slot, patient_id="pat-lis", visit_mode=HERE))
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert desk.status(slot) is FREE
    visit_id = outcome.result["visitId"]
    kind = desk.rows(select(VisitDetail.cancel_kind).where(VisitDetail.visit_id == visit_id))[0].cancel_kind
    assert (desk.visit(visit_id).status, kind) == ("CANCELLED", "mistake")


def test_booking_fulfils_the_waiting_list_entry(desk: Desk) -> None:
    slot = desk.slot("14:20")
    waits = AddToWaitingList(patient_id="pat-lis", minutes=20, earliest=DAY, latest=DAY)
    entry = desk.desk.run(waits).result["entryId"]
    book(desk.desk, slot, waiting_entry_id=entry)
    row = desk.rows(select(WaitingListEntry.status).where(WaitingListEntry.id == entry))[0]
    assert row.status is WaitingStatus.BOOKED


def test_the_detail_of_a_plain_booking_is_left_alone(desk: Desk) -> None:
    """A booking on a free grid slot writes no detail of it: fewer rows, fewer trips, no lost marks."""
    slot = desk.slot("14:20", origin=None)
    book(desk.desk, slot)
    assert desk.rows(select(func.count()).select_from(SlotDetail))[0][0] == 0
