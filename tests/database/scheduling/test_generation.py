"""Hours and the slots they make: idempotent, over clock changes, never touching what somebody has."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from app.commands import codec
from app.commands.availability import (
    AddAvailability,
    ChangeAvailability,
    PauseAvailability,
    RemoveAvailability,
)
from app.commands.blocking import BlockTime
from app.commands.booking import BookVisit
from app.commands.holds import HoldSlot, HoldTime
from app.commands.slots import GenerateSlots
from app.db.models import ClinicSettings, ProviderAvailability, ProviderSettings, SlotDetail, Visit, VisitSlot
from app.domain.enums import AvailabilityStatus, SlotOrigin, SlotStatus, VisitMode, VisitStatus
from app.kernel.errors import Conflict, Refused
from tests.support.desk import DAY, NOW, ZONE, Desk, Person, at

HERE, VIDEO = VisitMode.IN_PERSON, VisitMode.VIRTUAL
FREE, HELD, BOOKED, BLOCKED = SlotStatus.FREE, SlotStatus.HELD, SlotStatus.BOOKED, SlotStatus.BLOCKED


def add(person: Person, start: str, end: str, **more: Any) -> str:
    values: dict[str, Any] = {"provider_id": "p-okafor", **more}
    if "date" not in values:
        values.setdefault("day_of_week", 1)
    command = AddAvailability(start_time=time.fromisoformat(start), end_time=time.fromisoformat(end), **values)
    return str(person.run(command).result["availabilityId"])


def generate(desk: Desk, days: int = 1) -> dict[str, Any]:
    return dict(desk.desk.run(GenerateSlots(days=days)).result)


def starts(desk: Desk, *, mode: VisitMode = HERE, provider: str = "p-okafor") -> list[str]:
    rows = desk.rows(
        select(VisitSlot.start_time)
        .where(VisitSlot.visit_mode == mode, VisitSlot.provider_id == provider)
        .order_by(VisitSlot.start_time)
    )
    return [f"{row.start_time.astimezone(ZONE):%a %H:%M}" for row in rows]


def slot_at(desk: Desk, clock: str) -> str:
    row = desk.rows(select(VisitSlot.id).where(VisitSlot.start_time == at(clock)))[0]
    return str(row.id)


def test_hours_become_free_grid_slots_from_now_on(desk: Desk) -> None:
    add(desk.admin, "10:00", "12:00")
    add(desk.admin, "11:00", "11:40", visit_mode=VIDEO)
    assert generate(desk)["added"] == 5
    assert starts(desk) == ["Mon 11:00", "Mon 11:20", "Mon 11:40"]
    assert starts(desk, mode=VIDEO) == ["Mon 11:00", "Mon 11:20"]
    kinds = desk.rows(select(VisitSlot.status, SlotDetail.origin).join(SlotDetail, SlotDetail.slot_id == VisitSlot.id))
    assert {(row.status, row.origin) for row in kinds} == {(FREE, SlotOrigin.GRID)}


def test_a_second_run_adds_nothing(desk: Desk) -> None:
    add(desk.admin, "09:00", "17:00")
    assert generate(desk, 28)["added"] == 24 * 4 + 18
    assert generate(desk, 28) == {"added": 0, "removed": 0, "providers": 2}
    desk.pass_time(timedelta(days=7))
    assert generate(desk, 28)["added"] == 24


def test_the_horizon_is_the_clinics(desk: Desk) -> None:
    desk.write(update(ClinicSettings).values(horizon_days=14, slot_minutes=30))
    add(desk.admin, "14:00", "15:00")
    assert desk.desk.run(GenerateSlots()).result["added"] == 6


def test_a_providers_own_slot_length_counts(desk: Desk) -> None:
    desk.write(update(ProviderSettings).where(ProviderSettings.provider_id == "p-chen").values(slot_minutes=30))
    add(desk.admin, "14:00", "15:00")
    add(desk.admin, "14:00", "15:00", provider_id="p-chen")
    generate(desk)
    assert (len(starts(desk)), len(starts(desk, provider="p-chen"))) == (3, 2)


def test_a_day_on_which_the_clocks_change_has_the_right_number(desk: Desk) -> None:
    desk.clock.set(datetime(2026, 3, 28, 12, tzinfo=UTC))
    desk.set_database_clock()
    add(desk.admin, "01:00", "05:00", day_of_week=0)
    generate(desk, 8)
    local = [s.start_time.astimezone(ZONE) for s in desk.rows(select(VisitSlot.start_time))]
    spring = sorted(one for one in local if one.date() == date(2026, 3, 29))
    assert [f"{one:%H:%M}" for one in spring] == [
        "01:00", "01:20", "01:40", "03:00", "03:20", "03:40", "04:00", "04:20", "04:40",
    ]  # fmt: skip


def test_time_off_takes_free_slots_away_at_once_and_leaves_the_rest(desk: Desk) -> None:
    desk.write(update(ClinicSettings).values(horizon_days=6))
    add(desk.admin, "14:00", "16:00")
    generate(desk)
    booked, held = slot_at(desk, "14:20"), slot_at(desk, "14:40")
    desk.desk.run(BookVisit(slot_id=booked, patient_id="pat-lis", visit_mode=HERE))
    desk.desk.run(HoldSlot(slot_id=held))
    off = add(desk.admin, "14:00", "15:20", date=DAY, paused=True)
    assert starts(desk) == ["Mon 14:20", "Mon 14:40", "Mon 15:20", "Mon 15:40"]
    assert (desk.status(booked), desk.status(held)) == (BOOKED, HELD)
    desk.admin.run(RemoveAvailability(availability_id=off, generate=True))
    assert starts(desk) == [f"Mon 14:{m}" for m in ("00", "20", "40")] + [f"Mon 15:{m}" for m in ("00", "20", "40")]


def test_pausing_removes_only_future_free_slots(desk: Desk) -> None:
    desk.write(update(ClinicSettings).values(horizon_days=6))
    past = desk.slot("09:00")
    row = add(desk.admin, "14:00", "15:20")
    generate(desk)
    booked, blocked = slot_at(desk, "14:00"), slot_at(desk, "14:20")
    desk.desk.run(BookVisit(slot_id=booked, patient_id="pat-lis", visit_mode=HERE))
    desk.desk.run(BlockTime(provider_id="p-okafor", start=at("14:20"), end=at("14:40"), reason="Call"))
    outcome = desk.admin.run(PauseAvailability(availability_id=row))
    assert outcome.result["removed"] == 2
    assert {desk.status(one) for one in (past, booked, blocked)} == {FREE, BOOKED, BLOCKED}
    assert starts(desk) == ["Mon 09:00", "Mon 14:00", "Mon 14:20"]
    assert outcome.undo is not None
    desk.admin.run(outcome.undo)
    assert starts(desk) == ["Mon 09:00", "Mon 14:00", "Mon 14:20", "Mon 14:40", "Mon 15:00"]


def test_changed_hours_take_effect_and_can_be_taken_back(desk: Desk) -> None:
    row = add(desk.admin, "14:00", "15:00", generate=True)
    before = starts(desk)
    change = ChangeAvailability(
        availability_id=row, start_time=time(15), end_time=time(16), old_start=time(14), old_end=time(15), generate=True
    )
    outcome = desk.admin.run(change)
    assert {name[4:6] for name in starts(desk)} == {"15"}
    with pytest.raises(Conflict) as refused:
        desk.admin.run(change)
    assert refused.value.data["server"] == {"startTime": "15:00:00", "endTime": "16:00:00"}
    assert outcome.undo is not None
    desk.admin.run(outcome.undo)
    assert starts(desk) == before


def test_slots_of_other_programs_are_never_taken_away(desk: Desk) -> None:
    mine, other = desk.slot("15:00"), desk.slot("16:00", origin=None)
    with_visit = desk.slot("17:00")
    visit = desk.backend_visit(with_visit)
    desk.write(update(Visit).where(Visit.id == visit).values(status=VisitStatus.CANCELLED, updated_at=NOW))
    assert generate(desk)["removed"] == 1
    assert [desk.status(one) for one in (mine, other, with_visit)] == [None, FREE, FREE]
    desk.desk.run(HoldSlot(slot_id=other))
    desk.pass_time(timedelta(minutes=6))
    assert generate(desk)["removed"] == 0
    assert (desk.status(other), desk.detail(other).origin) == (FREE, SlotOrigin.ADOPTED)


def test_what_another_program_made_where_the_hours_ask_for_it_is_the_grids(desk: Desk) -> None:
    """At installation every slot is another program's: time off has to take them away like ours."""
    desk.write(update(ClinicSettings).values(horizon_days=6))
    theirs = [desk.slot(clock, origin=None) for clock in ("14:00", "14:20", "14:40")]
    noted, odd = desk.slot("15:00", origin=SlotOrigin.ADOPTED), desk.slot("15:20", 10, origin=None)
    visited = desk.slot("15:40", origin=None)
    desk.backend_visit(visited)
    add(desk.admin, "14:00", "16:00")
    assert generate(desk) == {"added": 0, "removed": 0, "providers": 2}
    kept = [desk.detail(one) for one in (odd, visited)]
    assert {desk.detail(one).origin for one in (*theirs, noted)} == {SlotOrigin.GRID}
    assert kept == [None, None], "they lie otherwise, or have a visit"
    add(desk.admin, "14:00", "16:00", date=DAY, paused=True)
    assert [desk.status(one) for one in (*theirs, noted)] == [None] * 4
    assert (desk.status(odd), desk.status(visited)) == (FREE, FREE)


def test_rows_as_the_backend_writes_them(desk: Desk) -> None:
    """Real dates in start_time, an end at midnight, a dated row with an hour in its date."""
    common = {"provider_id": "p-okafor", "visit_mode": HERE, "created_at": NOW, "updated_at": NOW}
    times = {"start_time": time(23), "end_time": time(0)}
    desk.write(
        insert(ProviderAvailability).values(
            id="a1", **common, **times, day_of_week=1, status=AvailabilityStatus.ACTIVE
        ),
        insert(ProviderAvailability).values(
            id="a2", **common, start_time=time(9), end_time=time(10), date=DAY + timedelta(days=1),
            status=AvailabilityStatus.ACTIVE,
        ),
    )  # fmt: skip
    if desk.online:
        with desk.session() as session:
            connection = session.connection()
            connection.exec_driver_sql(
                "UPDATE provider_availability SET start_time = '2026-01-15 23:00', end_time = '2026-01-16 00:00' "
                "WHERE id = 'a1'"
            )
            connection.exec_driver_sql(
                "UPDATE provider_availability SET date = date + interval '15 hours' WHERE id = 'a2'"
            )
    generate(desk, 2)
    assert starts(desk) == [
        "Mon 23:00", "Mon 23:20", "Mon 23:40", "Tue 09:00", "Tue 09:20", "Tue 09:40",
    ]  # fmt: skip


def test_an_inactive_provider_offers_nothing(desk: Desk) -> None:
    add(desk.admin, "14:00", "15:00")
    generate(desk)
    desk.write(update(ProviderSettings).where(ProviderSettings.provider_id == "p-okafor").values(active=False))
    assert generate(desk)["removed"] == 3


def test_generation_tidies_what_holds_and_other_programs_left(desk: Desk) -> None:
    slots = desk.slots("14:00", 3, origin=SlotOrigin.ADOPTED)
    visit = desk.desk.run(BookVisit(slot_id=slots[0], patient_id="pat-lis", visit_mode=HERE, minutes=40)).result
    made = desk.desk.run(HoldTime(provider_id="p-okafor", start=at("16:05"), minutes=20)).result["slotId"]
    desk.desk.run(HoldSlot(slot_id=slots[2]))
    desk.pass_time(timedelta(minutes=6))
    desk.write(
        update(Visit).where(Visit.id == visit["visitId"]).values(status=VisitStatus.CANCELLED, updated_at=NOW),
        update(VisitSlot).where(VisitSlot.id == slots[0]).values(status=FREE),
    )
    generate(desk)
    assert [desk.status(one) for one in slots] == [FREE, FREE, FREE]
    assert desk.status(made) is None


def test_a_provider_keeps_their_own_hours_and_an_admin_all(desk: Desk) -> None:
    own = add(desk.okafor, "14:00", "15:00")
    for person, allowed in ((desk.chen, False), (desk.desk, False), (desk.admin, True)):
        if allowed:
            person.run(PauseAvailability(availability_id=own))
            continue
        with pytest.raises(Refused) as refused:
            person.run(PauseAvailability(availability_id=own))
        assert refused.value.code == "NotAllowed"
        with pytest.raises(Refused) as refused:
            add(person, "14:00", "15:00")
        assert refused.value.code == "NotAllowed"


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"day_of_week": None}, "BadValue", "dayOfWeek"),
        ({"day_of_week": 1, "date": DAY}, "BadValue", "dayOfWeek"),
        ({"day_of_week": 7}, "BadValue", "dayOfWeek"),
        ({"provider_id": "p-nobody"}, "NoSuchProvider", "providerId"),
    ],
)
def test_impossible_hours_are_refused(desk: Desk, more: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        add(desk.admin, "14:00", "15:00", **more)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_time_that_the_clocks_skip_is_refused_on_its_date(desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        add(desk.admin, "02:30", "05:00", date=date(2027, 3, 28))
    assert (refused.value.code, refused.value.field) == ("NoSuchTime", "startTime")
    add(desk.admin, "02:30", "05:00", day_of_week=0)


def test_a_removed_row_is_gone_and_leaves_no_time_off_behind(desk: Desk) -> None:
    row = add(desk.admin, "14:00", "15:00", date=DAY, generate=True)
    outcome = desk.admin.run(RemoveAvailability(availability_id=row))
    assert starts(desk) == []
    assert desk.rows(select(ProviderAvailability.id).where(ProviderAvailability.id == row)) == []
    assert desk.rows(select(ProviderAvailability.id).where(ProviderAvailability.date < DAY)) == []
    assert outcome.undo is not None
    desk.admin.run(outcome.undo)
    assert len(starts(desk)) == 3


def test_hours_survive_the_journal() -> None:
    command = AddAvailability(provider_id="p", start_time=time(9), end_time=time(12), date=DAY, paused=True)
    assert codec.decode(codec.encode(command)) == command


def test_two_generations_at_once_make_every_slot_once(pg_desk: Desk) -> None:
    """On the server they wait for each other."""
    from concurrent.futures import ThreadPoolExecutor

    add(pg_desk.admin, "09:00", "17:00")
    people = [pg_desk.person("desk", f"ws-{n}") for n in range(4)]
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda person: person.run(GenerateSlots(days=30)).result["added"], people))
    for person in people:
        person.store.close()
    assert sorted(done) == [0, 0, 0, max(done)]
    total = pg_desk.rows(select(func.count(), func.count(VisitSlot.start_time.distinct())).select_from(VisitSlot))[0]
    assert total[0] == total[1] == max(done)
