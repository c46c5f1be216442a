"""A request that is booked by hand in the calendar is answered by that visit."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtTest import QTest
from sqlalchemy import select

from app.db.models import RequestVisit, Visit
from app.domain.enums import RequestStatus, SeverityLevel
from app.ui.areas.requests.page import RequestsPage
from tests.support.desk import Desk
from tests.support.front_desk import Window
from tests.ui.areas.requests.test_requests import ALT, CTRL, ask_for, keys, page, stored

__all__ = ["page"]


def in_the_schedule(window: Window, board: RequestsPage) -> None:
    """Alt+T on the request that is chosen; waits for the booking form with the patient and a first other time."""
    window.wait(lambda: board.list.hasFocus() and board.current is not None)
    QTest.keyClick(board.list, Qt.Key.Key_T, ALT)
    window.wait(lambda: window.panel is not None and hasattr(window.panel, "form"))
    window.wait(lambda: window.panel.form.others.items() and window.panel.form.types)


def test_the_visit_that_is_booked_by_hand_answers_the_request(
    clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]
) -> None:
    ask_for(clinic, "asked", SeverityLevel.YELLOW, patient="roux", status=RequestStatus.TRIAGED)
    window, board = page()
    window.wait(lambda: keys(board) == ["asked"])
    in_the_schedule(window, board)
    panel = window.panel
    assert (panel.form.search.text(), panel.form.reason.text()) == ("Élodie Roux", "Reason of asked")
    panel.form.reason.setText("Dizzy")
    QTest.keyClick(panel, Qt.Key.Key_1, ALT)
    window.wait(panel._book.isEnabled)
    QTest.keyClick(panel, Qt.Key.Key_Return, CTRL)
    window.wait(lambda: stored(clinic, "asked").status is RequestStatus.CONVERTED_TO_VISIT)
    answered = select(RequestVisit.request_id, Visit.reason_text, Visit.slot_id, Visit.patient_id)
    rows = clinic.rows(answered.join(Visit, Visit.id == RequestVisit.visit_id))
    assert [tuple(row) for row in rows] == [("asked", "Dizzy", stored(clinic, "asked").proposed_slot_id, "pat-roux")]


def test_for_another_patient_the_request_stays_open(
    clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]
) -> None:
    ask_for(clinic, "asked", SeverityLevel.YELLOW, patient="roux", status=RequestStatus.TRIAGED)
    window, board = page()
    window.wait(lambda: keys(board) == ["asked"])
    in_the_schedule(window, board)
    panel = window.panel
    QTest.keyClick(panel, Qt.Key.Key_1, ALT)
    window.wait(panel._book.isEnabled)
    panel.form.search.clear()
    QTest.keyClicks(panel.form.search, "zygmunt lis")
    window.wait(lambda: panel.form.results.isVisible() and len(panel.form.results.items()) == 2)
    QTest.keyClick(panel.form.search, Qt.Key.Key_Return)
    window.wait(panel._book.isEnabled)
    QTest.keyClick(panel, Qt.Key.Key_Return, CTRL)
    window.wait(lambda: clinic.rows(select(Visit.patient_id)) == [("pat-lis",)])
    assert stored(clinic, "asked").status is RequestStatus.TRIAGED


def test_a_new_request_is_triaged_first(clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]) -> None:
    ask_for(clinic, "new")
    window, board = page()
    window.wait(lambda: keys(board) == ["new"] and board.list.hasFocus())
    QTest.keyClick(board.list, Qt.Key.Key_T, ALT)
    window.wait(board.detail.problem.isVisible)
    assert window.panel is None


def test_a_number_that_is_held_down_does_one_step_only(page: Callable[..., tuple[Window, RequestsPage]]) -> None:
    _, board = page()
    numbers = [one for one in board.findChildren(QShortcut) if one.key().toString().startswith("Alt+")]
    repeating = [one.key().toString() for one in numbers if one.autoRepeat() and one.key().toString()[-1].isdigit()]
    assert len(numbers) >= 9
    assert repeating == []
