"""Holds: for a person and workstation, by the database's clock, renewed up to 15 minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.commands.booking import BookVisit
from app.commands.holds import HoldSlot, HoldTime, ReleaseHold, RenewHold
from app.db.models import ClinicSettings, VisitSlot
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode
from app.kernel.errors import Conflict, Refused
from tests.support.desk import Desk, at

FREE, HELD, BOOKED, BLOCKED = SlotStatus.FREE, SlotStatus.HELD, SlotStatus.BOOKED, SlotStatus.BLOCKED


def until(desk: Desk, slot: str) -> float:
    """Minutes for which the slot is still held."""
    held = desk.rows(select(VisitSlot.held_until).where(VisitSlot.id == slot))[0].held_until
    return float((held - desk.clock.now()).total_seconds() / 60)


def test_a_hold_names_person_and_workstation_and_ends_by_itself(desk: Desk) -> None:
    slot = desk.slot("14:20")
    result = desk.desk.run(HoldSlot(slot_id=slot)).result
    detail = desk.detail(slot)
    assert (detail.held_by, detail.held_name, detail.workstation) == ("u-desk", "Dana Whitfield", "ws-desk")
    assert desk.status(slot) is HELD
    assert until(desk, slot) == pytest.approx(5, abs=0.5)
    stored = desk.rows(select(VisitSlot.held_until).where(VisitSlot.id == slot))[0].held_until
    assert datetime.fromisoformat(result["heldUntil"]) == stored


def test_the_clinic_says_how_long_a_hold_lasts(desk: Desk) -> None:
    desk.write(update(ClinicSettings).values(hold_minutes=9))
    slot = desk.slot("14:20")
    desk.desk.run(HoldSlot(slot_id=slot))
    assert until(desk, slot) == pytest.approx(9, abs=0.5)


def test_nobody_else_can_hold_it_and_hears_who_does(desk: Desk) -> None:
    slot, other = desk.slot("14:20"), desk.slot("15:00")
    desk.desk.run(HoldSlot(slot_id=slot))
    with pytest.raises(Conflict) as lost:
        desk.desk2.run(HoldSlot(slot_id=slot))
    assert (lost.value.code, lost.value.data["heldBy"]) == ("SlotTaken", "Dana Whitfield")
    assert [one["id"] for one in lost.value.data["alternatives"]] == [other]


def test_the_same_person_at_another_workstation_cannot_hold_it_twice(desk: Desk) -> None:
    slot = desk.slot("14:20")
    desk.desk.run(HoldSlot(slot_id=slot))
    elsewhere = desk.person("desk", "ws-other")
    with pytest.raises(Conflict, match="held by Dana Whitfield"):
        elsewhere.run(HoldSlot(slot_id=slot))
    elsewhere.store.close()


def test_a_hold_is_renewed_up_to_fifteen_minutes(desk: Desk) -> None:
    slot = desk.slot("14:20")
    desk.desk.run(HoldSlot(slot_id=slot))
    for _ in range(2):
        desk.pass_time(timedelta(minutes=4))
        desk.desk.run(RenewHold(slot_id=slot))
    assert until(desk, slot) == pytest.approx(5, abs=0.5)
    desk.pass_time(timedelta(minutes=4))
    desk.desk.run(RenewHold(slot_id=slot))
    assert until(desk, slot) == pytest.approx(3, abs=0.5)
    desk.pass_time(timedelta(minutes=4))
    with pytest.raises(Conflict) as lost:
        desk.desk.run(RenewHold(slot_id=slot))
    assert lost.value.code == "HoldLost"


def test_a_hold_that_ran_out_is_another_persons_at_once_and_can_be_booked_by_them(desk: Desk) -> None:
    slot = desk.slot("14:20")
    desk.desk.run(HoldSlot(slot_id=slot))
    desk.pass_time(timedelta(minutes=6))
    desk.desk2.run(HoldSlot(slot_id=slot))
    assert desk.detail(slot).held_by == "u-desk2"
    with pytest.raises(Conflict, match="don't hold"):
        desk.desk.run(RenewHold(slot_id=slot))
    desk.desk.run(ReleaseHold(slot_id=slot))  # no longer one's own: nothing happens
    assert desk.status(slot) is HELD
    desk.desk2.run(RenewHold(slot_id=slot))
    desk.desk2.run(BookVisit(slot_id=slot, patient_id="pat-lis", visit_mode=VisitMode.IN_PERSON))
    assert desk.status(slot) is BOOKED


def test_a_hold_that_ran_out_can_be_renewed_while_nobody_took_the_time(desk: Desk) -> None:
    slot, video = desk.slot("14:20"), desk.slot("14:20", mode=VisitMode.VIRTUAL)
    desk.desk.run(HoldSlot(slot_id=slot))
    desk.pass_time(timedelta(minutes=6))
    desk.desk.run(RenewHold(slot_id=slot))
    assert until(desk, slot) == pytest.approx(5, abs=0.5)
    desk.pass_time(timedelta(minutes=6))
    desk.desk2.run(HoldSlot(slot_id=video))
    with pytest.raises(Conflict, match="don't hold"):
        desk.desk.run(RenewHold(slot_id=slot))


def test_releasing_frees_the_slot(desk: Desk) -> None:
    slot = desk.slot("14:20")
    desk.desk.run(HoldSlot(slot_id=slot))
    desk.desk.run(ReleaseHold(slot_id=slot))
    assert desk.status(slot) is FREE
    assert desk.detail(slot).held_by is None
    desk.desk2.run(HoldSlot(slot_id=slot))


def test_releasing_a_slot_that_has_begun_leaves_it_to_be_booked(desk: Desk) -> None:
    slot = desk.slot("10:40")
    desk.desk.run(HoldSlot(slot_id=slot))
    desk.desk.run(ReleaseHold(slot_id=slot))
    assert (desk.status(slot), desk.detail(slot).origin) == (FREE, SlotOrigin.GRID)


def test_a_time_off_the_grid_is_held_with_a_slot_that_goes_with_the_hold(desk: Desk) -> None:
    desk.slot("14:20")
    slot = desk.desk.run(HoldTime(provider_id="p-okafor", start=at("13:05"), minutes=25)).result["slotId"]
    assert desk.state(slot) == (HELD, "13:05", "13:30")
    with pytest.raises(Conflict, match="held by Dana Whitfield"):
        desk.desk2.run(HoldTime(provider_id="p-okafor", start=at("13:20"), minutes=20))
    desk.desk.run(ReleaseHold(slot_id=slot))
    assert desk.status(slot) is None
    desk.desk2.run(HoldTime(provider_id="p-okafor", start=at("13:20"), minutes=20))


def test_booked_blocked_and_past_time_cannot_be_held(desk: Desk) -> None:
    booked, blocked, past = desk.slot("14:20"), desk.slot("15:00", status=BLOCKED), desk.slot("09:00")
    desk.desk.run(BookVisit(slot_id=booked, patient_id="pat-lis", visit_mode=VisitMode.IN_PERSON))
    with pytest.raises(Conflict, match="taken"):
        desk.desk.run(HoldSlot(slot_id=booked))
    with pytest.raises(Conflict, match="taken"):
        desk.desk.run(HoldTime(provider_id="p-okafor", start=at("14:30"), minutes=20))
    for slot, code in ((blocked, "TimeBlocked"), (past, "SlotPast")):
        with pytest.raises(Refused) as refused:
            desk.desk.run(HoldSlot(slot_id=slot))
        assert refused.value.code == code


@pytest.mark.parametrize("minutes", [0, -5, 16])
def test_a_hold_lasts_one_to_fifteen_minutes(desk: Desk, minutes: int) -> None:
    with pytest.raises(Refused) as refused:
        desk.desk.run(HoldSlot(slot_id=desk.slot("14:20"), minutes=minutes))
    assert (refused.value.code, refused.value.field) == ("BadValue", "minutes")
