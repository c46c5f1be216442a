"""The room of a virtual visit in the visit's panel and on the board: joined by key, live, only https is opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from sqlalchemy import select, update

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit
from app.db.models import ClinicSettings, VirtualVisitSession
from app.domain.enums import TelemedStatus, VisitMode
from app.ui.parts.video_room import open_room
from app.ui.parts.visit_panel import VisitPanel
from tests.support.desk import NOW, Desk
from tests.support.front_desk import Window, elsewhere


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where the browser was sent; no browser is started."""
    found: list[str] = []

    def note(url: QUrl) -> bool:
        found.append(url.toString())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", note)
    return found


def booked(clinic: Desk) -> str:
    """A virtual visit with Dr Okafor later today."""
    clinic.write(update(ClinicSettings).values(room_url_template="https://meet.example.org/{room}"))
    slot = clinic.slot("15:00", mode=VisitMode.VIRTUAL)
    made = clinic.desk.run(BookVisit(slot_id=slot, patient_id="pat-lis", visit_mode=VisitMode.VIRTUAL))
    return str(made.result["visitId"])


def session_of(clinic: Desk, visit: str) -> Any:
    return clinic.rows(select(VirtualVisitSession.__table__).where(VirtualVisitSession.visit_id == visit))[0]


def test_the_provider_joins_by_key_and_sees_the_patient_come(
    clinic: Desk, window: Callable[..., Window], opened: list[str]
) -> None:
    visit = booked(clinic)
    made = window("okafor")
    made.sit_down()
    panel = VisitPanel(made.today.api, visit)
    made.today.api.show_panel(panel)
    made.wait(panel.room.join.isVisible)
    assert panel.room.state.text() == "Nobody has joined"
    panel.room.join.setFocus()
    QTest.keyClick(panel.room.join, Qt.Key.Key_J, Qt.KeyboardModifier.AltModifier)
    room = session_of(clinic, visit).room_id
    made.wait(lambda: opened == [f"https://meet.example.org/{room}"])
    made.wait(lambda: panel.room.state.text() == "Waiting for the patient")
    assert "Provider joined" in panel.room.times.text()
    joined = update(VirtualVisitSession).values(
        status=TelemedStatus.ACTIVE, patient_joined_at=NOW, updated_at=NOW + timedelta(hours=1)
    )
    elsewhere(clinic.write, joined)
    made.wait(lambda: panel.room.state.text() == "Both are in the room")
    assert "Patient joined 10:42" in panel.room.times.text()
    elsewhere(clinic.desk.run, CancelVisit(visit_id=visit))
    made.wait(lambda: panel.room.state.text() == "The room is closed")
    assert not panel.room.join.isVisible()
    assert opened == [f"https://meet.example.org/{room}"]


def test_the_board_shows_the_room_and_its_provider_joins_there(
    clinic: Desk, window: Callable[..., Window], opened: list[str]
) -> None:
    visit = booked(clinic)
    made = window("okafor")
    today = made.today

    def state() -> TelemedStatus | None:
        cards = today._board_data.cards if today._board_data is not None else ()
        return next((card.room_state for card in cards if card.visit_id == visit), None)

    made.wait(lambda: state() is TelemedStatus.NOT_STARTED)
    today.board.action_triggered.emit(visit, "join")
    made.wait(lambda: len(opened) == 1)
    made.wait(lambda: state() is TelemedStatus.WAITING)


def test_the_desk_sees_the_room_and_has_no_way_in(
    clinic: Desk, window: Callable[..., Window], opened: list[str]
) -> None:
    visit = booked(clinic)
    made = window("desk")
    panel = VisitPanel(made.today.api, visit)
    made.today.api.show_panel(panel)
    made.wait(panel.room.isVisible)
    panel.room.enter()
    assert not panel.room.join.isVisible()
    assert opened == []


@pytest.mark.parametrize("address", ["http://meet.example.org/x", "file:///etc/passwd", "https://a@b.example/", ""])
def test_nothing_else_is_opened(address: str, opened: list[str]) -> None:
    assert not open_room(address)
    assert opened == []
