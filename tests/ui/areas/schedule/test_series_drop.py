"""A visit of a series that is dropped elsewhere: alone, with the following ones, or not at all; by key and by mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.support.desk import DAY, Desk
from tests.support.front_desk import Window
from tests.ui.areas.schedule.test_series import CTRL, WEEK, booked_series, visits

FIRST, SECOND, THIRD = DAY, DAY + WEEK, DAY + 2 * WEEK


def drop_later(desk: Window, visit_id: str) -> Any:
    """Move the visit two steps down by keyboard; returns the menu that asks."""
    calendar = desk.schedule.calendar
    desk.wait(lambda: calendar.focus_id(visit_id))
    for key in (Qt.Key.Key_M, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(calendar, key)
    desk.wait(lambda: desk.schedule.series_drops.menu is not None and desk.schedule.series_drops.menu.isVisible())
    return desk.schedule.series_drops.menu


def test_enter_moves_only_the_one(clinic: Desk, window: Callable[..., Window]) -> None:
    series = booked_series(clinic)
    desk = window("desk")
    menu = drop_later(desk, series.visits[0].visit_id)
    assert [action.text() for action in menu.actions() if action.text()] == [
        "Only this visit", "This and the 2 following visits", "Leave it where it was",
    ]  # fmt: skip
    QTest.keyClick(menu, Qt.Key.Key_Return)
    desk.wait(lambda: visits(clinic) == [(FIRST, "12:00"), (SECOND, "11:20"), (THIRD, "11:20")])


def test_the_following_go_along_after_a_look_at_their_dates(clinic: Desk, window: Callable[..., Window]) -> None:
    series = booked_series(clinic)
    desk = window("desk")
    menu = drop_later(desk, series.visits[0].visit_id)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(menu, key)
    desk.wait(lambda: hasattr(desk.panel, "scope") and desk.panel.this is not None)
    panel = desk.panel
    assert panel.scope.current == "following"
    desk.wait(lambda: [one.taken for one in panel.choices.choices()] == [True, True, True])
    QTest.keyClick(panel, Qt.Key.Key_Return, CTRL)
    desk.wait(lambda: visits(clinic) == [(FIRST, "12:00"), (SECOND, "12:00"), (THIRD, "12:00")])


def test_esc_leaves_all_of_them(clinic: Desk, window: Callable[..., Window]) -> None:
    series = booked_series(clinic)
    desk = window("desk")
    menu = drop_later(desk, series.visits[0].visit_id)
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    desk.wait(lambda: desk.schedule.series_drops.menu is None)
    assert visits(clinic) == [(day, "11:20") for day in (FIRST, SECOND, THIRD)]
    assert desk.panel is None


def test_the_last_one_is_not_asked_about(clinic: Desk, window: Callable[..., Window]) -> None:
    series = booked_series(clinic, 1)
    desk = window("desk")
    calendar = desk.schedule.calendar
    desk.wait(lambda: calendar.focus_id(series.visits[0].visit_id))
    for key in (Qt.Key.Key_M, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(calendar, key)
    desk.wait(lambda: visits(clinic) == [(FIRST, "12:00")])
    assert desk.schedule.series_drops.menu is None
