"""What each date of a series finds before it is booked or moved."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import insert, select

from app.commands.booking import BookVisit
from app.commands.closing import CloseDay
from app.commands.series import BookSeries, CancelSeries, SeriesVisit
from app.commands.slots import GenerateSlots
from app.db.models import ProviderAvailability, VisitSlot
from app.domain.enums import AvailabilityStatus, SlotStatus, VisitMode
from app.domain.series import Every, Rhythm
from app.queries.series import DateState, move_preview, series_of, series_preview
from tests.support.desk import DAY, NOW, ZONE, Desk, at

HERE = VisitMode.IN_PERSON
WEEK = timedelta(days=7)


def hours(desk: Desk, weekday: int) -> None:
    """Open from 9 to 17 on a weekday (0 is Sunday)."""
    desk.write(
        insert(ProviderAvailability).values(
            id=f"hours-{weekday}", provider_id="p-okafor", day_of_week=weekday, start_time=time(9), end_time=time(17),
            visit_mode=HERE, status=AvailabilityStatus.ACTIVE, created_at=NOW, updated_at=NOW,
        )
    )  # fmt: skip


def preview(desk: Desk, rhythm: Rhythm, clock: str = "14:00", day: date = DAY, **more: Any) -> list[Any]:
    return list(
        desk.desk.ask(
            series_preview, provider_id="p-okafor", mode=HERE, minutes=more.pop("minutes", 20), first=at(clock, day),
            rhythm=rhythm, **more,
        )
    )  # fmt: skip


def test_each_date_says_what_it_finds(desk: Desk) -> None:
    hours(desk, 1)
    free, taken = desk.slot("14:00"), desk.slot("14:00", day=DAY + WEEK)
    other = desk.slot("15:00", day=DAY + WEEK)
    desk.slot("14:00", day=DAY + 2 * WEEK)
    full = desk.slot("14:00", day=DAY + 3 * WEEK)
    for slot in (taken, full):
        desk.desk2.run(BookVisit(slot_id=slot, patient_id="pat-roux", visit_mode=HERE))
    closed = DAY + 2 * WEEK
    desk.desk.run(CloseDay(provider_id="p-okafor", start=at("00:00", closed), end=at("23:00", closed), reason="ill"))
    found = preview(desk, Rhythm(Every.WEEK, 1, 5))
    states = [one.state for one in found]
    assert states == [DateState.FREE, DateState.OTHER, DateState.CLOSED, DateState.FULL, DateState.AHEAD]
    assert found[0].slot_id == free
    assert [one.slot_id for one in found[1].others] == [other]


def test_slots_that_are_made_later_leave_the_series_its_time(desk: Desk) -> None:
    """A date ahead of the calendar is booked; then the calendar gets there."""
    hours(desk, 1)
    found = preview(desk, Rhythm(Every.WEEK, 1, 2))
    assert [one.state for one in found] == [DateState.AHEAD, DateState.AHEAD]
    visits = tuple(SeriesVisit(provider_id="p-okafor", start=one.wanted) for one in found)
    desk.desk.run(BookSeries(patient_id="pat-lis", visits=visits, minutes=20, visit_mode=HERE))
    desk.admin.run(GenerateSlots(days=10))
    starts = desk.rows(select(VisitSlot.start_time, VisitSlot.status).order_by(VisitSlot.start_time))
    offered = [row.start_time for row in starts if row.status is SlotStatus.FREE]
    assert offered
    assert not {one.wanted for one in found} & set(offered)
    assert [one.state for one in preview(desk, Rhythm(Every.WEEK, 1, 2))] == [DateState.OTHER, DateState.OTHER]


def test_a_time_outside_of_the_hours_is_closed(desk: Desk) -> None:
    hours(desk, 1)
    assert [one.state for one in preview(desk, Rhythm(Every.WEEK, 1, 2), "18:00")] == [DateState.CLOSED] * 2


def test_the_wall_clock_stays_over_the_change_of_time(desk: Desk) -> None:
    """Clocks go back on 25 October: 14:00 stays 14:00."""
    first = date(2026, 10, 19)
    found = preview(desk, Rhythm(Every.WEEK, 1, 2), day=first)
    assert [f"{one.wanted.astimezone(ZONE):%d %H:%M}" for one in found] == ["19 14:00", "26 14:00"]
    assert found[1].wanted - found[0].wanted == WEEK + timedelta(hours=1)


def test_another_visit_of_the_patient_is_named(desk: Desk) -> None:
    desk.slot("14:00")
    elsewhere = desk.slot("14:10", 20, "p-chen")
    desk.desk.run(BookVisit(slot_id=elsewhere, patient_id="pat-lis", visit_mode=HERE))
    found = preview(desk, Rhythm(Every.DAY, 1, 1), patient_id="pat-lis")
    assert (found[0].state, found[0].elsewhere) == (DateState.FREE, at("14:10"))


def test_moving_sees_its_own_times_as_free(desk: Desk) -> None:
    slots = [desk.slot("14:00", day=DAY + WEEK * n) for n in range(4)]
    outcome = desk.desk.run(
        BookSeries(
            patient_id="pat-lis", visits=tuple(SeriesVisit(slot_id=one) for one in slots[:3]), minutes=20,
            visit_mode=HERE,
        )
    )  # fmt: skip
    visits = [str(one["visitId"]) for one in outcome.result["visits"]]
    members = desk.desk.ask(series_of, visit_id=visits[1])
    assert [one.visit_id for one in members] == visits
    following = members[1:]
    found = desk.desk.ask(move_preview, members=following, provider_id="p-okafor", days=7, clock=time(14))
    assert [(one.state, one.slot_id) for one in found] == [(DateState.FREE, slots[2]), (DateState.FREE, slots[3])]
    assert [one.elsewhere for one in found] == [None, None]
    back = desk.desk.ask(move_preview, members=following, provider_id="p-okafor", days=-7, clock=time(14))
    assert [one.state for one in back] == [DateState.FULL, DateState.FREE]


def test_called_off_visits_belong_to_the_series_no_more(desk: Desk) -> None:
    slots = [desk.slot("14:00", day=DAY + WEEK * n) for n in range(2)]
    booked = BookSeries(
        patient_id="pat-lis", visits=tuple(SeriesVisit(slot_id=one) for one in slots), minutes=20, visit_mode=HERE
    )
    desk.desk.run(booked)
    first, second = (one.visit_id for one in booked.visits)
    desk.desk.run(CancelSeries(visit_ids=(second,)))
    assert [one.visit_id for one in desk.desk.ask(series_of, visit_id=first)] == [first]
    lone = desk.slot("16:00")
    alone = desk.desk.run(BookVisit(slot_id=lone, patient_id="pat-roux", visit_mode=HERE)).result["visitId"]
    assert desk.desk.ask(series_of, visit_id=str(alone)) == ()
