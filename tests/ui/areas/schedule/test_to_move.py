"""The strip and the list of what has to be moved: who agreed, who is left, and what came of each call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.commands.closing import CloseDay
from app.domain.visits import ContactResult
from app.ui.widgets.toast import Toast
from tests.support.desk import DAY, Desk, at
from tests.support.front_desk import Window, elsewhere
from tests.ui.areas.schedule.test_calendar import book


def test_who_agreed_stands_beside_who_is_left(clinic: Desk, window: Callable[..., Window]) -> None:
    for patient, clock in (("roux", "11:00"), ("lis", "11:20")):
        book(clinic, patient, "p-okafor", clock)
    clinic.pass_time(timedelta(minutes=1))
    elsewhere(clinic.desk2.run, CloseDay(provider_id="p-okafor", start=at("00:00"), end=at("18:00"), reason="Off sick"))
    desk, other = window("desk"), window("chen")
    page, strip = desk.schedule, other.schedule
    desk.wait(lambda: page._to_move_chip.text() == "To move (2)")
    page.work_list()
    desk.wait(lambda: desk.panel is not None and len(desk.panel._waiting) == 2)
    assert desk.panel.meta() == "2 left"
    desk.wait(lambda: desk.panel._others)
    clinic.pass_time(timedelta(minutes=1))
    desk.panel._called(ContactResult.LEFT_MESSAGE)
    desk.wait(lambda: "Left a message · 1 call" in desk.panel._list.items()[0].spoken())
    assert "not called yet" in desk.panel._list.items()[1].spoken()
    desk.wait(lambda: desk.panel._others)
    desk.sit_down()
    QTest.keyClick(desk.panel, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    desk.wait(lambda: desk.panel.meta() == "1 left · 1 agreed")
    for one in (page, strip):
        desk.wait(lambda: one._to_move_chip.text() == "To move (1)")  # noqa: B023 - waited for at once
        desk.wait(lambda: "1 agreed to another time" in one._to_move_text.text())  # noqa: B023 - waited for at once
    desk.undo()
    desk.wait(lambda: desk.panel.meta() == "2 left")
    for one in (page, strip):
        desk.wait(lambda: one._to_move_chip.text() == "To move (2)")  # noqa: B023 - waited for at once
        desk.wait(lambda: "agreed" not in one._to_move_text.text())  # noqa: B023 - waited for at once


def test_who_is_moved_to_another_day_is_said_to_come_that_day(clinic: Desk, window: Callable[..., Window]) -> None:
    """The desk read "Moved to 09:00" and said so on the phone: it was on another day."""
    book(clinic, "roux", "p-okafor", "11:00")
    for provider in ("p-okafor", "p-chen"):
        elsewhere(clinic.desk2.run, CloseDay(provider_id=provider, start=at("00:00"), end=at("18:00"), reason="Snow"))
    clinic.slot("09:00", day=DAY + timedelta(days=2))
    desk = window("desk")
    desk.schedule.work_list()
    desk.wait(lambda: desk.panel is not None and desk.panel._others)
    desk.panel._move(0)
    desk.wait(lambda: any(one.isVisible() for one in desk.shell.window.findChildren(Toast)))
    said = [one.label.text() for one in desk.shell.window.findChildren(Toast) if one.isVisible()]
    assert said == ["Moved Élodie Roux to Wed 6 May 09:00"]
