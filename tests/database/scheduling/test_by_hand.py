"""What the desk decides beside the usual way: a request booked in another mode; who is away just now."""

from __future__ import annotations

from app.commands.closing import CloseDay, ReopenDay
from app.commands.requests import ConvertRequest
from app.domain.enums import RequestStatus, VisitMode
from app.queries.today import today_board
from tests.database.scheduling.test_requests import TOMORROW, row, triaged
from tests.support.desk import Desk, at


def test_a_request_is_booked_in_the_mode_and_for_the_reason_that_the_desk_says(desk: Desk) -> None:
    triaged(desk)
    triaged(desk, "as-asked", patient="roux")
    one, two = desk.slot("14:20", day=TOMORROW), desk.slot("15:20", day=TOMORROW, mode=VisitMode.VIRTUAL)
    here = ConvertRequest(request_id="req", slot_id=one, visit_mode=VisitMode.IN_PERSON, reason_text="", minutes=20)
    desk.desk.run(here)
    asked = ConvertRequest(request_id="as-asked", slot_id=two)
    desk.desk.run(asked)
    said = [(desk.visit(one).visit_mode, desk.visit(one).reason_text) for one in (here.visit_id, asked.visit_id)]
    assert said == [(VisitMode.IN_PERSON, ""), (VisitMode.VIRTUAL, "Dizzy")]
    assert (row(desk).status, row(desk).proposed_slot_id) == (RequestStatus.CONVERTED_TO_VISIT, one)


def test_the_board_says_who_is_away_just_now(desk: Desk) -> None:
    sick = CloseDay(provider_id="p-okafor", start=at("08:00"), end=at("18:00"), reason="Sick")
    desk.desk.run(sick)
    desk.desk.run(CloseDay(provider_id="p-chen", start=at("16:00"), end=at("18:00"), reason="Course"))
    assert desk.desk.ask(today_board).away == {"p-okafor"}
    desk.desk.run(ReopenDay(closure_id=sick.closure_id))
    assert desk.desk.ask(today_board).away == frozenset()
