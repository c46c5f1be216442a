"""Numbers of a panel beside the board of requests: Alt and a number means what is numbered where the keyboard is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from sqlalchemy import insert, select

from app.commands.booking import BookVisit
from app.db.models import VisitRequest
from app.domain.enums import RequestStatus, RequestType, SeverityLevel, VisitMode
from app.ui.areas.requests.page import RequestsPage
from app.ui.areas.requests.spec import SPEC as REQUESTS
from app.ui.areas.schedule.booking_panel import BookingPanel
from tests.support.desk import NOW, Desk
from tests.support.front_desk import Window, elsewhere, pixel
from tests.ui.areas.schedule.test_booking import slot_at
from tests.ui.widgets import mouse


def severity(clinic: Desk) -> SeverityLevel:
    return SeverityLevel(clinic.rows(select(VisitRequest.severity))[0].severity)


@pytest.fixture
def desk(clinic: Desk, window: Callable[..., Window]) -> Window:
    """A new request waits; beside it a booking whose time somebody else took, so that three others are numbered."""
    values = {
        "id": "mild", "patient_id": "pat-lis", "request_type": RequestType.SCHEDULED, "reason_text": "Cough",
        "visit_mode": VisitMode.IN_PERSON, "severity": SeverityLevel.GREEN, "status": RequestStatus.NEW,
        "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    clinic.write(insert(VisitRequest).values(**values))
    made = window("desk", more=(REQUESTS,))
    made.sit_down()
    calendar = made.schedule.calendar
    taken, where = slot_at(clinic, "p-okafor", "11:20"), pixel(calendar, "p-okafor", "11:20")
    elsewhere(clinic.desk2.run, BookVisit(slot_id=taken, patient_id="pat-roux", visit_mode=VisitMode.IN_PERSON))
    QTest.mouseClick(calendar.viewport(), mouse.LEFT, mouse.PLAIN, where)
    made.wait(lambda: made.panel is not None and len(made.panel._others) == 3)
    board: RequestsPage = made.page("requests")
    made.wait(lambda: board.current is not None and board.detail.phone.text())
    return made


def press(made: Window, where: QWidget, key: Qt.Key) -> None:
    """Alt and a key where the keyboard is."""
    where.setFocus()
    made.wait(where.hasFocus)
    QTest.keyClick(where, key, Qt.KeyboardModifier.AltModifier)


def test_on_the_board_a_number_is_an_urgency(clinic: Desk, desk: Window) -> None:
    panel: BookingPanel = desk.panel
    press(desk, desk.page("requests").list, Qt.Key.Key_2)
    desk.wait(lambda: severity(clinic) is SeverityLevel.ORANGE)
    assert panel.state.until is None


def test_in_the_panel_a_number_is_a_time(clinic: Desk, desk: Window) -> None:
    panel: BookingPanel = desk.panel
    press(desk, panel.form.reason, Qt.Key.Key_2)
    desk.wait(lambda: panel.state.until is not None)
    assert severity(clinic) is SeverityLevel.GREEN


def test_once_the_panel_has_gone_the_board_has_its_numbers_again(clinic: Desk, desk: Window) -> None:
    board: RequestsPage = desk.page("requests")
    desk.panel.form.reason.setFocus()
    desk.wait(desk.panel.form.reason.hasFocus)
    desk.shell.window.panels.close_panel()
    press(desk, board.list, Qt.Key.Key_2)
    desk.wait(lambda: severity(clinic) is SeverityLevel.ORANGE)
