"""The arrival board on a real database: every step by key, walk-ins, follow-ups, what a role may."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sqlalchemy import select

from app.commands.booking import BookVisit
from app.commands.patients import FieldChange
from app.commands.visit_notes import SignVisitNote, WriteVisitNote
from app.commands.visits import CheckIn, CompleteVisit, FollowUp, StartVisit
from app.commands.walk_ins import AddWalkIn
from app.db.models import Visit, VisitDetail, VisitSlot
from app.domain.enums import FlowMark, SeverityLevel, VisitMode, VisitStatus
from app.queries.today import RequestCard, today_board
from app.queries.visit_notes import visit_note
from app.ui.areas.chart.spec import SPEC as CHART
from app.ui.areas.today.lanes import ARRIVED, DONE, EXPECTED, WITH
from app.ui.areas.today.page import TodayPage
from app.ui.areas.today.side import FEWEST, TIMES
from app.ui.parts.notes.complete_panel import CompletePanel
from tests.support.desk import Desk
from tests.support.front_desk import Window, elsewhere


def book(clinic: Desk, patient: str, provider: str, clock: str) -> str:
    rows = clinic.rows(select(VisitSlot.id).where(VisitSlot.provider_id == provider))
    slot = next(row.id for row in rows if clinic.state(row.id)[1] == clock)
    command = BookVisit(slot_id=slot, patient_id=f"pat-{patient}", visit_mode=VisitMode.IN_PERSON)
    elsewhere(clinic.desk2.run, command)
    return command.visit_id


def ids(page: TodayPage, lane: str) -> list[str]:
    return [card.id for card in page.board.lane_view(lane).cards()]


def enter(page: TodayPage, visit_id: str) -> None:
    assert page.board.focus_card(visit_id)
    focus = page.window().focusWidget()
    assert focus is not None
    QTest.keyClick(focus, Qt.Key.Key_Return)


def status(clinic: Desk, visit_id: str) -> VisitStatus:
    return VisitStatus(clinic.visit(visit_id).status)


def test_the_desk_checks_in_with_enter_and_ctrl_z_takes_it_back(clinic: Desk, window: Callable[..., Window]) -> None:
    visit = book(clinic, "roux", "p-okafor", "11:00")
    desk = window("desk")
    page = desk.today
    desk.wait(lambda: ids(page, EXPECTED) == [visit])
    enter(page, visit)
    desk.wait(lambda: ids(page, ARRIVED) == [visit])
    assert status(clinic, visit) is VisitStatus.CHECKED_IN
    QTest.keyClick(page.board, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    desk.wait(lambda: ids(page, EXPECTED) == [visit])


def test_a_provider_starts_and_completes_their_own(clinic: Desk, window: Callable[..., Window]) -> None:
    visit = book(clinic, "roux", "p-okafor", "11:00")
    elsewhere(clinic.desk2.run, CheckIn(visit_id=visit))
    room = window("okafor")
    page = room.today
    room.wait(lambda: ids(page, ARRIVED) == [visit])
    page._action(visit, "ready")
    room.wait(lambda: page._card(visit).flow is FlowMark.READY)  # type: ignore[union-attr]
    enter(page, visit)
    room.wait(lambda: ids(page, WITH) == [visit])
    enter(page, visit)
    room.wait(lambda: isinstance(room.panel, CompletePanel) and room.panel.open_list.items())
    room.wait(room.panel.go.isEnabled)
    assert status(clinic, visit) is VisitStatus.IN_PROGRESS, "what is open is shown first"
    QTest.keyClick(room.panel.go, Qt.Key.Key_Return)
    room.wait(lambda: ids(page, DONE) == [visit])
    assert status(clinic, visit) is VisitStatus.COMPLETED


def test_a_visit_with_nothing_open_is_completed_in_one_key_and_its_chart_is_one_key_away(
    clinic: Desk, window: Callable[..., Window]
) -> None:
    visit = book(clinic, "roux", "p-okafor", "11:00")
    elsewhere(clinic.desk2.run, CheckIn(visit_id=visit))
    elsewhere(clinic.okafor.run, StartVisit(visit_id=visit))
    changes = (FieldChange("reason", "", "Cough"), FieldChange("plan", "", "Rest"))
    elsewhere(clinic.okafor.run, WriteVisitNote(visit_id=visit, changes=changes))
    note = elsewhere(lambda: clinic.okafor.ask(visit_note, visit_id=visit))
    assert note is not None
    elsewhere(clinic.okafor.run, SignVisitNote(note_id=note.id, content=note.content, identity=note.identity))
    room = window("okafor", more=(CHART,))
    page = room.today
    room.wait(lambda: ids(page, WITH) == [visit])
    assert page.board.focus_card(visit)
    QTest.keyClick(room.shell.window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    room.wait(lambda: room.shell.window.stack.current == "chart")
    QTest.keyClick(room.shell.window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    room.wait(page.isVisible)
    enter(page, visit)
    room.wait(lambda: ids(page, DONE) == [visit])
    assert room.panel is None


def test_the_desk_may_not_start_or_complete(clinic: Desk, window: Callable[..., Window]) -> None:
    visit = book(clinic, "roux", "p-okafor", "11:00")
    elsewhere(clinic.desk2.run, CheckIn(visit_id=visit))
    desk = window("desk")
    page = desk.today
    desk.wait(lambda: ids(page, ARRIVED) == [visit])
    card = page._card(visit)
    assert card is not None
    assert page._board_data is not None
    assert [step.key for step in page._maker(page._board_data).steps(card)] == ["room", "left"]


def test_did_not_arrive_and_left_are_counted_apart(clinic: Desk, window: Callable[..., Window]) -> None:
    absent, left = book(clinic, "roux", "p-okafor", "11:00"), book(clinic, "lis", "p-chen", "11:00")
    elsewhere(clinic.desk2.run, CheckIn(visit_id=left))
    desk = window("desk")
    page = desk.today
    desk.wait(lambda: ids(page, ARRIVED) == [left])
    page._action(absent, "absent")
    page._action(left, "left")
    desk.wait(lambda: status(clinic, absent) is VisitStatus.CANCELLED and status(clinic, left) is VisitStatus.NO_SHOW)
    desk.wait(lambda: page._board_data is not None and not ids(page, ARRIVED) and not ids(page, EXPECTED))
    assert page._board_data is not None
    figure = page._maker(page._board_data).figures()[4]
    assert (figure.value, figure.caption) == ("2", "Missed: 1 not here, 1 left")


def test_a_walk_in_is_placed_now_although_the_provider_is_busy(clinic: Desk, window: Callable[..., Window]) -> None:
    command = AddWalkIn(patient_id="pat-brandt", reason="Cut hand")
    elsewhere(clinic.desk2.run, command)
    desk = window("desk")
    page = desk.today
    desk.wait(lambda: page._board_data is not None and page._board_data.walk_ins)
    assert page._board_data is not None
    page.actor._place(page._board_data.walk_ins[0], "p-okafor", None)
    desk.wait(lambda: page._board_data is not None and not page._board_data.walk_ins)
    row = clinic.rows(select(Visit.status, VisitSlot.provider_id).join(VisitSlot, VisitSlot.id == Visit.slot_id))[0]
    assert tuple(row) == (VisitStatus.CHECKED_IN, "p-okafor")


def test_a_follow_up_stays_on_its_card_until_something_is_booked(clinic: Desk) -> None:
    visit = book(clinic, "roux", "p-okafor", "11:00")
    elsewhere(clinic.desk2.run, CheckIn(visit_id=visit))
    elsewhere(clinic.okafor.run, StartVisit(visit_id=visit))
    elsewhere(clinic.okafor.run, CompleteVisit(visit_id=visit, follow_up=FollowUp(weeks=6)))
    card = elsewhere(clinic.desk2.ask, today_board).cards[0]
    assert card.follow_up["weeks"] == 6
    assert clinic.rows(select(VisitDetail.follow_up).where(VisitDetail.visit_id == visit))[0][0]["weeks"] == 6


def test_a_step_of_another_desk_leaves_the_card_in_focus(clinic: Desk, window: Callable[..., Window]) -> None:
    mine, other = book(clinic, "roux", "p-okafor", "11:20"), book(clinic, "lis", "p-okafor", "11:00")
    desk = window("desk")
    page = desk.today
    desk.wait(lambda: len(ids(page, EXPECTED)) == 2)
    assert page.board.focus_card(mine)
    elsewhere(clinic.desk2.run, CheckIn(visit_id=other))
    desk.wait(lambda: ids(page, ARRIVED) == [other])
    assert page.board.current_card is not None
    assert page.board.current_card.id == mine


def test_in_a_low_window_fewer_free_times_are_shown_and_none_is_covered(
    clinic: Desk, window: Callable[..., Window]
) -> None:
    desk = window("desk")
    side = desk.today.side
    desk.wait(lambda: len(side.found) == TIMES)
    times, panel = side._times, side._time_panel

    def is_whole() -> bool:
        return panel.rect().contains(side._more.geometry()) and times.geometry().bottom() < side._more.geometry().top()

    desk.shell.window.resize(1280, 900)
    desk.wait(lambda: times.height() >= TIMES * times.row_height() and is_whole())
    now, video = clinic.clock.now(), VisitMode.VIRTUAL
    asked = [RequestCard(key, "pat-lis", "Zygmunt Lis", SeverityLevel.RED, video, "Cough", now) for key in "abcd"]
    side.show_requests(asked, now)
    desk.shell.window.resize(1280, 820)
    desk.wait(lambda: times.height() < TIMES * times.row_height() and is_whole())
    side.show_requests((), now)
    desk.wait(lambda: times.height() >= TIMES * times.row_height() and is_whole())
    desk.shell.window.resize(1280, 540)
    desk.wait(lambda: times.height() < TIMES * times.row_height() and is_whole())
    assert times.height() >= FEWEST * times.row_height()
