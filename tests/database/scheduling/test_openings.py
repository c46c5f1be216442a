"""Looking for time: what may be offered, in which order, and never what somebody has."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from app.commands.blocking import BlockTime
from app.commands.booking import BookVisit
from app.commands.closing import CloseDay
from app.commands.holds import HoldSlot, HoldTime
from app.commands.stores import ServerStore
from app.db.models import Provider, ProviderSettings, VisitSlot
from app.domain.enums import SlotStatus, VisitMode, VisitStatus
from app.queries.openings import OpenTime, alternatives, next_available
from tests.support.desk import DAY, Desk, at

HERE, VIDEO = VisitMode.IN_PERSON, VisitMode.VIRTUAL


def book(desk: Desk, slot: str, patient: str = "lis", **more: Any) -> str:
    command = BookVisit(slot_id=slot, patient_id=f"pat-{patient}", visit_mode=HERE, **more)
    return str(desk.desk.run(command).result["visitId"])


def ids(found: tuple[OpenTime, ...]) -> list[str]:
    return [one.slot_id for one in found]


def test_the_next_free_times_come_in_order_of_start(desk: Desk) -> None:
    late, early, other = desk.slot("15:00"), desk.slot("14:00"), desk.slot("14:20", provider="p-chen")
    desk.slot("10:40")  # has begun
    desk.slot("09:00")
    found = desk.desk.ask(next_available)
    assert ids(found) == [early, other, late]
    assert found[1] == OpenTime(other, "p-chen", "Dr Mei-Ling Chen", at("14:20"), at("14:40"), HERE)
    assert ids(desk.desk.ask(next_available, count=2)) == [early, other]
    assert ids(desk.desk.ask(next_available, provider_ids=["p-okafor"])) == [early, late]
    assert ids(desk.desk.ask(next_available, after=at("14:10"))) == [other, late]


def test_taken_held_blocked_and_covered_time_is_not_offered(desk: Desk) -> None:
    slots = desk.slots("14:00", 6)
    free = desk.slot("16:20")
    book(desk, slots[0], minutes=40)
    desk.desk2.run(HoldSlot(slot_id=slots[2]))
    desk.desk.run(BlockTime(provider_id="p-okafor", start=at("15:00"), end=at("15:20"), reason="Call"))
    desk.desk.run(HoldTime(provider_id="p-okafor", start=at("15:30"), minutes=30))
    assert ids(desk.desk.ask(next_available)) == [free]


def test_a_hold_that_ran_out_is_offered_unless_it_was_made(desk: Desk) -> None:
    slot = desk.slot("14:00")
    desk.desk.run(HoldSlot(slot_id=slot))
    desk.desk.run(HoldTime(provider_id="p-okafor", start=at("12:10"), minutes=20))
    assert desk.desk.ask(next_available) == ()
    desk.pass_time(timedelta(minutes=6))
    assert ids(desk.desk.ask(next_available)) == [slot]


def test_two_overlapping_times_of_one_provider_are_never_offered(desk: Desk) -> None:
    here, video = desk.slot("14:00"), desk.slot("14:00", mode=VIDEO)
    later_video = desk.slot("14:10", 30, mode=VIDEO)
    assert ids(desk.desk.ask(next_available)) == [here]
    assert ids(desk.desk.ask(next_available, mode=VIDEO)) == [video]
    book(desk, here)
    assert desk.desk.ask(next_available) == ()
    assert later_video not in ids(desk.desk.ask(next_available, mode=VIDEO))


def test_a_longer_visit_needs_free_slots_in_a_row(desk: Desk) -> None:
    slots = desk.slots("14:00", 4)
    gap = desk.slots("16:00", 2)
    assert ids(desk.desk.ask(next_available, minutes=40)) == [slots[0], slots[2], gap[0]]
    book(desk, slots[1])
    found = desk.desk.ask(next_available, minutes=40)
    assert ids(found) == [slots[2], gap[0]]
    assert (found[0].start, found[0].end) == (at("14:40"), at("15:20"))
    assert ids(desk.desk.ask(next_available, minutes=60)) == []


def test_days_and_times_of_day_are_the_clinics(desk: Desk) -> None:
    monday, tuesday = desk.slot("14:00"), desk.slot("14:00", day=DAY + timedelta(days=1))
    morning = desk.slot("08:20", day=DAY + timedelta(days=1))
    assert ids(desk.desk.ask(next_available, weekdays=[2])) == [morning, tuesday]
    assert ids(desk.desk.ask(next_available, time_from=time(9))) == [monday, tuesday]
    assert ids(desk.desk.ask(next_available, time_to=time(9))) == [morning]


def test_specialties_and_inactive_providers(desk: Desk) -> None:
    okafor, chen = desk.slot("14:00"), desk.slot("14:00", provider="p-chen")
    desk.write(update(Provider).where(Provider.id == "p-chen").values(specialties=("Pediatrics",)))
    assert ids(desk.desk.ask(next_available, specialty=" pediatrics ")) == [chen]
    desk.write(update(ProviderSettings).where(ProviderSettings.provider_id == "p-chen").values(active=False))
    assert ids(desk.desk.ask(next_available)) == [okafor]


def test_the_first_opening_of_each_day(desk: Desk) -> None:
    firsts = [desk.slot("14:00", day=DAY + timedelta(days=n)) for n in (0, 1, 4)]
    for n in (0, 1, 4):
        desk.slot("15:00", day=DAY + timedelta(days=n))
    assert ids(desk.desk.ask(next_available, each_day=True)) == firsts
    assert ids(desk.desk.ask(next_available, each_day=True, count=2)) == firsts[:2]


def test_times_are_found_up_to_the_horizon(desk: Desk) -> None:
    far = desk.slot("14:00", day=DAY + timedelta(days=80))
    desk.slot("14:00", day=DAY + timedelta(days=95))
    assert ids(desk.desk.ask(next_available)) == [far]


def test_closed_time_is_not_offered(desk: Desk) -> None:
    slot, later = desk.slot("14:00"), desk.slot("17:00")
    desk.desk.run(CloseDay(provider_id="p-okafor", start=at("14:00"), end=at("15:00"), reason="Off sick"))
    desk.write(update(VisitSlot).where(VisitSlot.id == slot).values(status=SlotStatus.FREE))
    assert ids(desk.desk.ask(next_available)) == [later]
    assert ids(desk.desk.ask(alternatives, slot_id=later)) == []


def test_a_slot_with_a_live_visit_of_the_backend_is_not_offered(desk: Desk) -> None:
    slots = desk.slots("14:00", 3)
    desk.backend_visit(slots[0])
    ended = desk.backend_visit(slots[1], "brandt", VisitStatus.CANCELLED)
    assert ended
    assert ids(desk.desk.ask(next_available)) == slots[1:]


def test_alternatives_are_the_nearest_of_the_same_provider_and_mode(desk: Desk) -> None:
    slots = desk.slots("13:00", 8)
    desk.slot("14:40", mode=VIDEO)
    desk.slot("14:40", provider="p-chen")
    far = desk.slot("14:00", day=DAY + timedelta(days=3))
    lost = slots[4]
    book(desk, lost)
    desk.desk2.run(HoldSlot(slot_id=slots[5]))
    desk.desk.run(BlockTime(provider_id="p-okafor", start=at("14:00"), end=at("14:20"), reason="Call"))
    assert ids(desk.desk.ask(alternatives, slot_id=lost)) == [slots[2], slots[6], slots[1]]
    assert ids(desk.desk.ask(alternatives, slot_id=lost, count=9)) == [
        slots[2], slots[6], slots[1], slots[7], slots[0], far,
    ]  # fmt: skip
    assert ids(desk.desk.ask(alternatives, slot_id=lost, minutes=40)) == [slots[6], slots[1]]
    assert desk.desk.ask(alternatives, slot_id="nothing") == ()


@pytest.mark.parametrize("minutes", [None, 20])
def test_both_ways_of_finding_alternatives_agree(desk: Desk, minutes: int | None) -> None:
    """The statement that stops early and the search through the agenda."""
    slots = desk.slots("13:00", 12)
    made = desk.desk.run(HoldTime(provider_id="p-okafor", start=at("17:30"), minutes=20)).result["slotId"]
    for number in (1, 4, 5, 8):
        book(desk, slots[number])
    desk.pass_time(timedelta(minutes=6))
    found = ids(desk.desk.ask(alternatives, slot_id=slots[5], minutes=minutes, count=20))
    assert found == [slots[6], slots[3], slots[7], slots[2], slots[9], slots[0], slots[10], slots[11]]
    assert made not in found


def counted(desk: Desk, **wish: Any) -> tuple[list[str], int]:
    """What is found, and in how many statements."""
    store = desk.desk.store
    assert isinstance(store, ServerStore)
    seen: list[str] = []

    def note(*args: Any) -> None:
        seen.append(args[2])

    event.listen(store.database.engine, "before_cursor_execute", note)
    found = ids(desk.desk.ask(next_available, **wish))
    event.remove(store.database.engine, "before_cursor_execute", note)
    return found, len(seen)


def test_the_search_takes_two_trips_however_far_the_free_times_are(pg_desk: Desk) -> None:
    near = pg_desk.slots("14:00", 5)
    assert counted(pg_desk, count=3) == (near[:3], 2)
    assert counted(pg_desk, count=3, minutes=20) == (near[:3], 2)
    spread = [pg_desk.slot("14:00", provider="p-chen", day=DAY + timedelta(days=n)) for n in range(1, 80, 6)]
    assert counted(pg_desk, count=8) == (near + spread[:3], 2)
    assert counted(pg_desk, count=30) == (near + spread, 2)
    assert counted(pg_desk, count=30, minutes=20) == (near + spread, 2)


def test_near_time_that_is_full_or_shut_costs_no_trip(pg_desk: Desk) -> None:
    """Free slots in closed time, or under somebody's booking, don't count as found."""
    shut = pg_desk.slots("13:00", 12, "p-chen")
    pg_desk.desk.run(CloseDay(provider_id="p-chen", start=at("12:00"), end=at("18:00"), reason="Off sick"))
    pg_desk.write(update(VisitSlot).where(VisitSlot.id.in_(shut)).values(status=SlotStatus.FREE))
    pg_desk.slots("14:00", 6)
    video = pg_desk.slot("14:00", minutes=120, mode=VIDEO)
    pg_desk.desk.run(BookVisit(slot_id=video, patient_id="pat-roux", visit_mode=VIDEO))
    later = [pg_desk.slot("14:00", day=DAY + timedelta(days=n)) for n in (20, 21, 22)]
    assert counted(pg_desk, count=2) == (later[:2], 2)


@pytest.mark.parametrize("wish", [{"weekdays": [2]}, {"time_from": time(9), "time_to": time(10)}, {"each_day": True}])
def test_no_search_takes_more_than_three_trips(pg_desk: Desk, wish: dict[str, Any]) -> None:
    found = [pg_desk.slot("09:00", day=DAY + timedelta(days=n)) for n in range(8, 85, 7)]
    assert counted(pg_desk, count=20, **wish) == (found, 3)
    assert counted(pg_desk, count=1, **wish) == (found[:1], 2)


def test_with_a_least_the_far_time_is_left_unread(pg_desk: Desk) -> None:
    """Time that another program took looks free from afar: one that is left will do, none won't."""
    seen = pg_desk.slots("14:00", 4)
    far = pg_desk.slot("14:00", day=DAY + timedelta(days=30))
    for slot in seen[1:]:
        pg_desk.backend_visit(slot)
    assert counted(pg_desk, count=2, least=1) == (seen[:1], 2)
    assert counted(pg_desk, count=2) == ([seen[0], far], 3)
    pg_desk.backend_visit(seen[0])
    assert counted(pg_desk, count=2, least=1) == ([far], 3)
