"""Hours of several weekdays in one step, what is left outside of them, and rows that were removed; on both stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.commands import codec
from app.commands.availability import (
    AddAvailability,
    AddHours,
    ChangeAvailability,
    PauseAvailability,
    RemoveAvailability,
    RemoveHours,
)
from app.commands.booking import BookVisit
from app.db.models import ClinicSettings, VisitSlot
from app.domain.enums import SlotStatus, VisitMode
from app.kernel.errors import Refused
from app.queries.hours import provider_hours
from tests.support.desk import DAY, ZONE, Desk, at

WORKDAYS = (1, 2, 3, 4, 5)


def weekly(desk: Desk, start: str = "14:00", end: str = "15:00", days: tuple[int, ...] = WORKDAYS) -> AddHours:
    desk.write(update(ClinicSettings).values(horizon_days=6))
    return AddHours(
        provider_id="p-okafor", days=days, start_time=time.fromisoformat(start), end_time=time.fromisoformat(end),
        generate=True,
    )  # fmt: skip


def starts(desk: Desk) -> list[str]:
    rows = desk.rows(select(VisitSlot.start_time).order_by(VisitSlot.start_time))
    return [f"{row.start_time.astimezone(ZONE):%a %H:%M}" for row in rows]


def book(desk: Desk, clock: str) -> str:
    slot_id = str(desk.rows(select(VisitSlot.id).where(VisitSlot.start_time == at(clock)))[0].id)
    desk.desk.run(BookVisit(slot_id=slot_id, patient_id="pat-lis", visit_mode=VisitMode.IN_PERSON))
    return slot_id


def test_five_weekdays_are_one_step_and_one_undo(desk: Desk) -> None:
    outcome = desk.admin.run(weekly(desk))
    assert outcome.result["added"] == 15
    assert len(desk.admin.ask(provider_hours, provider_id="p-okafor")) == 5
    assert outcome.undo is not None
    assert desk.admin.run(outcome.undo).result["removed"] == 15
    assert starts(desk) == []
    assert desk.admin.ask(provider_hours, provider_id="p-okafor") == ()


def test_a_day_named_twice_counts_once(desk: Desk) -> None:
    assert desk.okafor.run(weekly(desk, days=(1, 1))).result["added"] == 3


@pytest.mark.parametrize("days", [(), (7,)])
def test_weekdays_that_there_are_not(desk: Desk, days: tuple[int, ...]) -> None:
    with pytest.raises(Refused) as refused:
        desk.admin.run(weekly(desk, days=days))
    assert refused.value.field == "dayOfWeek"


def test_time_off_takes_both_modes_out_in_one_step(desk: Desk) -> None:
    both = (VisitMode.IN_PERSON, VisitMode.VIRTUAL)
    pattern = replace(weekly(desk, "14:00", "16:00", days=(1,)), modes=both)
    assert desk.okafor.run(pattern).result["added"] == 12
    off = AddHours(
        provider_id="p-okafor", start_time=time(15), end_time=time(17), date=DAY, modes=both, paused=True, generate=True
    )
    outcome = desk.okafor.run(off)
    assert (outcome.result["removed"], outcome.result["added"]) == (6, 0)
    assert outcome.undo is not None
    assert desk.okafor.run(outcome.undo).result["added"] == 6


@pytest.mark.parametrize("more", [{"paused": True}, {"date": DAY}, {"modes": ()}])
def test_what_makes_no_sense_together_is_refused(desk: Desk, more: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        desk.admin.run(replace(weekly(desk), **more))


def test_only_the_provider_and_an_admin_may(desk: Desk) -> None:
    for person in (desk.desk, desk.chen):
        with pytest.raises(Refused) as refused:
            person.run(weekly(desk))
        assert refused.value.code == "NotAllowed"


def test_booked_visits_that_a_change_leaves_outside_are_counted_and_kept(desk: Desk) -> None:
    added = desk.admin.run(weekly(desk, "14:00", "16:00", days=(1,)))
    early, late = book(desk, "14:00"), book(desk, "15:40")
    row_id = added.result["availabilityId"]
    change = ChangeAvailability(availability_id=row_id, start_time=time(15), end_time=time(16), generate=True)
    outcome = desk.admin.run(replace(change, location="Room 3"))
    assert (outcome.result["outside"], outcome.result["removed"]) == (1, 2)
    desk.admin.run(change)  # a change that says nothing of the place leaves it
    assert [one.location for one in desk.admin.ask(provider_hours, provider_id="p-okafor")] == ["Room 3"]
    off = AddAvailability(provider_id="p-okafor", start_time=time(15), end_time=time(17), date=DAY, paused=True)
    assert desk.admin.run(off).result["outside"] == 1, "the one that was outside already isn't counted again"
    assert [desk.status(one) for one in (early, late)] == [SlotStatus.BOOKED] * 2


def test_hours_in_the_other_mode_keep_a_visit_inside(desk: Desk) -> None:
    added = desk.admin.run(weekly(desk, "14:00", "15:00", days=(1,)))
    desk.admin.run(
        AddAvailability(
            provider_id="p-okafor", start_time=time(14), end_time=time(15), day_of_week=1, visit_mode=VisitMode.VIRTUAL
        )
    )
    book(desk, "14:20")
    assert desk.admin.run(PauseAvailability(availability_id=added.result["availabilityId"])).result["outside"] == 0


def test_a_removed_row_is_in_no_list_and_takes_no_more_changes(desk: Desk) -> None:
    desk.admin.run(weekly(desk, days=(1,)))
    (row,) = desk.admin.ask(provider_hours, provider_id="p-okafor")
    desk.admin.run(RemoveAvailability(availability_id=row.id, generate=True))
    assert desk.admin.ask(provider_hours, provider_id="p-okafor") == ()
    for command in (
        PauseAvailability(availability_id=row.id, paused=False),
        ChangeAvailability(availability_id=row.id, start_time=time(9), end_time=time(10)),
        RemoveAvailability(availability_id=row.id),
        RemoveHours(availability_ids=(row.id,)),
    ):
        with pytest.raises(Refused) as refused:
            desk.admin.run(command)
        assert refused.value.code == "NoSuchAvailability"


def test_an_exception_is_not_changed_to_a_time_that_the_clocks_skip(desk: Desk) -> None:
    sunday = date(2027, 3, 28)
    night = AddAvailability(provider_id="p-okafor", start_time=time(1), end_time=time(5), date=sunday)
    row_id = desk.admin.run(night).result["availabilityId"]
    with pytest.raises(Refused) as refused:
        desk.admin.run(ChangeAvailability(availability_id=row_id, start_time=time(2, 30), end_time=time(5)))
    assert (refused.value.code, refused.value.field) == ("NoSuchTime", "startTime")
    over = AddAvailability(
        provider_id="p-okafor", start_time=time(23), end_time=time(2, 30), date=sunday - timedelta(days=1)
    )
    with pytest.raises(Refused) as refused:
        desk.admin.run(over)
    assert refused.value.field == "endTime"


def test_the_new_commands_survive_the_journal() -> None:
    command = AddHours(provider_id="p", days=(1, 3), start_time=time(9), end_time=time(12))
    assert codec.decode(codec.encode(command)) == command
    assert codec.decode(codec.encode(RemoveHours(availability_ids=("a", "b")))) == RemoveHours(
        availability_ids=("a", "b")
    )
