"""Similar names on one day are said however somebody is booked, on both databases."""

from __future__ import annotations

from datetime import timedelta

from app.commands.booking import BookVisit
from app.commands.booking_together import BookTogether, OneOfSeveral
from app.commands.core import Command
from app.commands.moving import MoveVisit
from app.commands.series import BookSeries, SeriesVisit
from app.commands.walk_ins import BookWalkIn
from app.domain.enums import VisitMode
from tests.support.desk import DAY, Desk

HERE = VisitMode.IN_PERSON
TOMORROW = DAY + timedelta(days=1)
KOWALSKA = "Similar name on this day: Anna Kowalska, {}. Ask for the birth date."


def test_similar_names_are_said_however_somebody_is_booked(desk: Desk) -> None:
    for day in (DAY, TOMORROW):
        first = BookVisit(slot_id=desk.slot("14:00", day=day), patient_id="pat-kowalska", visit_mode=HERE)
        desk.desk.run(first)
    slots = [desk.slot(clock, day=day) for day in (DAY, TOMORROW) for clock in ("15:00", "15:20", "15:40")]

    def warned(command: Command) -> tuple[str, ...]:
        return desk.desk.run(command).warnings

    family = (OneOfSeveral(slots[0], "pat-kowalski"), OneOfSeveral(slots[1], "pat-lis"))
    assert warned(BookTogether(visits=family)) == (KOWALSKA.format("14:00"),)
    assert warned(BookWalkIn(provider_id="p-okafor", patient_id="pat-kowalski")) == (KOWALSKA.format("14:00"),)
    dates = (SeriesVisit(slot_id=slots[2]), SeriesVisit(slot_id=slots[3]))
    assert warned(BookSeries(patient_id="pat-kowalski", visits=dates, minutes=20, visit_mode=HERE)) == (
        KOWALSKA.format("2026-05-04 14:00"), KOWALSKA.format("2026-05-05 14:00")
    )  # fmt: skip
    assert warned(MoveVisit(visit_id=dates[0].visit_id, slot_id=slots[4])) == (KOWALSKA.format("14:00"),)
    assert warned(MoveVisit(visit_id=dates[0].visit_id, slot_id=slots[5])) == (), "that day was spoken of already"
