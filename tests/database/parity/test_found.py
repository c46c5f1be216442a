"""What the random machine found to differ between the two databases, as short as it gets."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit, MarkNoShow
from app.commands.closing import CloseDay
from app.commands.undoing import UndoVisitStatus
from app.commands.visits import CheckIn
from app.commands.walk_ins import BookWalkIn
from app.domain.enums import VisitMode, VisitStatus
from app.kernel.errors import Conflict
from tests.support.desk import at
from tests.support.twins import Twins


def book(slot_id: str, patient: str = "pat-lis", minutes: int | None = None, visit: str = "v-1") -> BookVisit:
    mode = VisitMode.IN_PERSON
    return BookVisit(slot_id=slot_id, patient_id=patient, visit_mode=mode, minutes=minutes, visit_id=visit)


def test_a_step_taken_back_in_the_moment_in_which_it_was_taken(twins: Twins) -> None:
    twins.desk.run(book(twins.slot("11:00"), minutes=40))
    twins.desk.run(CheckIn(visit_id="v-1"))
    twins.desk.run(MarkNoShow(visit_id="v-1"))
    twins.desk.run(UndoVisitStatus(visit_id="v-1", expected=VisitStatus.NO_SHOW))


def test_slots_that_were_changed_at_different_times_and_are_covered_again(twins: Twins) -> None:
    for clock in ("10:40", "11:00"):
        twins.slot(clock)
    virtual = twins.slot("11:00", 30, mode=VisitMode.VIRTUAL)
    walked_in = twins.desk.run(BookWalkIn(provider_id="p-okafor", patient_id="pat-roux", minutes=20, start=at("10:42")))
    visit = str(walked_in.result["visitId"])
    twins.pass_time(timedelta(minutes=2))
    twins.desk.run(MarkNoShow(visit_id=visit))
    twins.pass_time(timedelta(minutes=3))
    twins.desk2.run(book(virtual, "pat-brandt"))
    twins.desk2.run(CancelVisit(visit_id="v-1"))
    twins.desk.run(UndoVisitStatus(visit_id=visit, expected=VisitStatus.NO_SHOW))


def test_called_off_in_a_closed_hour_and_taken_back(twins: Twins) -> None:
    twins.desk.run(book(twins.slot("12:20")))
    twins.desk.run(CloseDay(provider_id="p-okafor", start=at("12:00"), end=at("13:00"), reason="Off sick"))
    twins.pass_time(timedelta(minutes=2))
    twins.desk.run(CancelVisit(visit_id="v-1"))
    twins.desk.run(UndoVisitStatus(visit_id="v-1", expected=VisitStatus.CANCELLED))


def test_an_overbooked_visit_taken_back_over_those_that_it_went_over(twins: Twins) -> None:
    twins.desk.run(book(twins.slot("10:40"), "pat-roux"))
    over = twins.desk.run(BookWalkIn(provider_id="p-okafor", patient_id="pat-lis", minutes=20, overbook=True))
    visit = str(over.result["visitId"])
    twins.desk.run(MarkNoShow(visit_id=visit))
    twins.desk.run(UndoVisitStatus(visit_id=visit, expected=VisitStatus.NO_SHOW))
    assert twins.visit(visit).status == VisitStatus.CHECKED_IN


@pytest.mark.parametrize(("minutes", "offered"), [(20, 3), (60, 2), (240, 0)])
def test_a_slot_that_was_booked_for_longer_offers_times_of_the_length_that_is_asked_for(
    twins: Twins, minutes: int, offered: int
) -> None:
    """The wish fitted the lengthened slot, the slots that were offered didn't fit the wish."""
    slots = twins.slots("11:00", 9)
    twins.desk.run(book(slots[0], "pat-roux", 60))
    with pytest.raises(Conflict) as caught:
        twins.desk.run(book(slots[0], minutes=minutes, visit="v-2"))
    found = caught.value.data["alternatives"]
    assert len(found) == offered, found
    ends = [(datetime.fromisoformat(one["startTime"]), datetime.fromisoformat(one["endTime"])) for one in found]
    assert all(end - start >= timedelta(minutes=minutes) for start, end in ends)
