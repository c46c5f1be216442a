"""Series: all dates or none, the wall clock over the change of time, this / following / all, and their undo."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit
from app.commands.core import Outcome
from app.commands.moving import ResizeVisit
from app.commands.series import BookSeries, CancelSeries, MoveSeries, SeriesMove, SeriesVisit
from app.db.models import Visit, VisitDetail, VisitSlot
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode, VisitStatus
from app.kernel.errors import Conflict, Refused
from tests.support.desk import DAY, ZONE, Desk, at, free_slots

HERE = VisitMode.IN_PERSON
WEEK = timedelta(days=7)


def weekly(desk: Desk, clock: str, number: int) -> list[str]:
    return [desk.slot(clock, day=DAY + WEEK * n) for n in range(number)]


def book(desk: Desk, slots: list[str], minutes: int = 20, **more: object) -> Outcome:
    visits = tuple(SeriesVisit(slot_id=slot) for slot in slots)
    return desk.desk.run(
        BookSeries(patient_id="pat-lis", visits=visits, minutes=minutes, visit_mode=HERE, **more)  # type: ignore[arg-type]
    )


def ids(outcome: Outcome) -> list[str]:
    return [str(one["visitId"]) for one in outcome.result["visits"]]


def status(desk: Desk, visit_ids: list[str]) -> list[VisitStatus]:
    rows = {row.id: row.status for row in desk.rows(select(Visit.id, Visit.status))}
    return [rows[one] for one in visit_ids]


def places(desk: Desk, visit_ids: list[str]) -> list[tuple[date, str]]:
    found = select(Visit.id, VisitSlot.start_time).join(VisitSlot, VisitSlot.id == Visit.slot_id)
    rows = {row.id: row.start_time.astimezone(ZONE) for row in desk.rows(found)}
    return [(rows[one].date(), f"{rows[one]:%H:%M}") for one in visit_ids]


def test_a_series_is_booked_in_one_go_and_its_visits_know_each_other(desk: Desk) -> None:
    slots = weekly(desk, "14:00", 3)
    outcome = book(desk, slots)
    assert [desk.status(one) for one in slots] == [SlotStatus.BOOKED] * 3
    linked = desk.rows(select(VisitDetail.series_id, VisitDetail.minutes))
    assert {row.series_id for row in linked} == {outcome.result["seriesId"]}
    assert len(linked) == 3
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert [desk.status(one) for one in slots] == [SlotStatus.FREE] * 3
    assert set(status(desk, ids(outcome))) == {VisitStatus.CANCELLED}


def test_a_date_that_is_taken_keeps_all_of_them(desk: Desk) -> None:
    slots = weekly(desk, "14:00", 3)
    desk.desk2.run(BookVisit(slot_id=slots[1], patient_id="pat-roux", visit_mode=HERE))
    with pytest.raises(Conflict) as lost:
        book(desk, slots)
    assert (lost.value.code, lost.value.data["index"]) == ("SlotTaken", 1)
    assert desk.status(slots[0]) is SlotStatus.FREE
    assert len(desk.rows(select(Visit.id))) == 1


def test_a_date_without_slots_gets_a_time_of_its_own(desk: Desk) -> None:
    slot = desk.slot("14:00")
    later = SeriesVisit(provider_id="p-okafor", start=at("14:00", DAY + 20 * WEEK))
    outcome = desk.desk.run(
        BookSeries(
            patient_id="pat-lis", visits=(SeriesVisit(slot_id=slot), later), minutes=20, visit_mode=HERE
        )
    )  # fmt: skip
    assert places(desk, ids(outcome)) == [(DAY, "14:00"), (DAY + 20 * WEEK, "14:00")]
    made = desk.rows(select(Visit.slot_id).where(Visit.id == later.visit_id))[0].slot_id
    assert desk.detail(made).origin is SlotOrigin.MADE


def test_two_dates_of_a_series_may_not_meet(desk: Desk) -> None:
    slots = desk.slots("14:00", 2)
    loose = SeriesVisit(provider_id="p-okafor", start=at("14:10"))
    for second in (SeriesVisit(slot_id=slots[1]), loose):
        dates = (SeriesVisit(slot_id=slots[0]), second)
        with pytest.raises(Conflict) as lost:
            desk.desk.run(BookSeries(patient_id="pat-lis", visits=dates, minutes=40, visit_mode=HERE))
        assert (lost.value.code, lost.value.data["index"]) == ("SlotTaken", 1)
    assert free_slots(desk, slots) == slots


def test_a_date_needs_a_time_that_is_not_over(desk: Desk) -> None:
    past = SeriesVisit(provider_id="p-okafor", start=at("08:00"))
    with pytest.raises(Refused) as refused:
        desk.desk.run(BookSeries(patient_id="pat-lis", visits=(past,), minutes=20, visit_mode=HERE))
    assert refused.value.code == "SlotPast"
    now = SeriesVisit(provider_id="p-okafor", start=desk.clock.now())
    with pytest.raises(Refused) as begun:
        desk.desk.run(BookSeries(patient_id="pat-lis", visits=(now,), minutes=20, visit_mode=HERE))
    assert begun.value.code == "SlotPast"
    with pytest.raises(Refused) as nobody:
        desk.desk.run(BookSeries(patient_id="nobody", visits=(past,), minutes=20, visit_mode=HERE))
    assert nobody.value.code == "NoSuchPatient"


def test_following_visits_move_onto_each_others_times_and_back(desk: Desk) -> None:
    """A week later: each goes where the next one was, which therefore has to leave first."""
    slots = weekly(desk, "14:00", 4)
    visits = ids(book(desk, slots[:3]))
    moves = tuple(
        SeriesMove(visit_id=visits[n], slot_id=slots[n + 1], from_slot_id=slots[n], minutes=20) for n in (2, 1, 0)
    )
    outcome = desk.desk.run(MoveSeries(moves=moves))
    assert places(desk, visits) == [(DAY + WEEK * n, "14:00") for n in (1, 2, 3)]
    assert [desk.status(one) for one in slots] == [SlotStatus.FREE, *[SlotStatus.BOOKED] * 3]
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert places(desk, visits) == [(DAY + WEEK * n, "14:00") for n in (0, 1, 2)]
    assert [desk.status(one) for one in slots] == [*[SlotStatus.BOOKED] * 3, SlotStatus.FREE]


def test_one_that_cannot_move_keeps_all_where_they_are(desk: Desk) -> None:
    slots, others = weekly(desk, "14:00", 2), weekly(desk, "15:00", 2)
    visits = ids(book(desk, slots))
    desk.desk2.run(BookVisit(slot_id=others[1], patient_id="pat-roux", visit_mode=HERE))
    with pytest.raises(Conflict) as lost:
        desk.desk.run(
            MoveSeries(moves=tuple(SeriesMove(visit_id=v, slot_id=s) for v, s in zip(visits, others, strict=True)))
        )
    assert lost.value.data["index"] == 1
    assert places(desk, visits) == [(DAY, "14:00"), (DAY + WEEK, "14:00")]


def test_following_are_called_off_and_planned_again(desk: Desk) -> None:
    slots = weekly(desk, "14:00", 3)
    visits = ids(book(desk, slots))
    outcome = desk.desk.run(CancelSeries(visit_ids=tuple(visits[1:]), reason="moves away"))
    assert status(desk, visits) == [VisitStatus.PLANNED, VisitStatus.CANCELLED, VisitStatus.CANCELLED]
    assert [desk.status(one) for one in slots] == [SlotStatus.BOOKED, SlotStatus.FREE, SlotStatus.FREE]
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert status(desk, visits) == [VisitStatus.PLANNED] * 3
    assert [desk.status(one) for one in slots] == [SlotStatus.BOOKED] * 3


def test_planning_again_leaves_what_a_colleague_had_called_off(desk: Desk) -> None:
    visits = ids(book(desk, weekly(desk, "14:00", 3)))
    desk.desk2.run(CancelVisit(visit_id=visits[0]))
    outcome = desk.desk.run(CancelSeries(visit_ids=tuple(visits)))
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert status(desk, visits) == [VisitStatus.CANCELLED, VisitStatus.PLANNED, VisitStatus.PLANNED]
    desk.desk.run(CancelVisit(visit_id=visits[1]))
    desk.desk.run(CancelVisit(visit_id=visits[2]))
    assert desk.desk.run(CancelSeries(visit_ids=tuple(visits))).undo is None


def test_undoing_a_length_takes_the_overbook_mark_away_again(desk: Desk) -> None:
    first, second = desk.slots("14:00", 2)
    visit = str(desk.desk.run(BookVisit(slot_id=first, patient_id="pat-lis", visit_mode=HERE)).result["visitId"])
    desk.desk.run(BookVisit(slot_id=second, patient_id="pat-roux", visit_mode=HERE))
    outcome = desk.desk.run(ResizeVisit(visit_id=visit, minutes=40, overbook=True))
    assert desk.detail(first).overbook
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert not desk.detail(first).overbook
    assert desk.state(first) == (SlotStatus.BOOKED, "14:00", "14:20")


def test_undoing_a_length_keeps_a_mark_that_was_there(desk: Desk) -> None:
    first, second = desk.slots("14:00", 2)
    desk.desk.run(BookVisit(slot_id=first, patient_id="pat-lis", visit_mode=HERE))
    over = BookVisit(slot_id=first, patient_id="pat-roux", visit_mode=HERE, overbook=True)
    done = desk.desk.run(over).result
    longer = desk.desk.run(ResizeVisit(visit_id=str(done["visitId"]), minutes=40, overbook=True))
    assert longer.undo is not None
    desk.desk.run(longer.undo)
    assert desk.detail(str(done["slotId"])).overbook
    assert desk.status(second) is SlotStatus.FREE
