"""Hours drawn on the calendar, by mouse and by keyboard, and what the day view shows of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.ui.areas.schedule.hours_form import Kind
from app.ui.areas.schedule.hours_panel import HoursPanel
from app.ui.widgets.calendar.model import ItemKind
from tests.support.desk import DAY, Desk
from tests.support.front_desk import Window, spot
from tests.ui.areas.schedule.test_hours import ALT, hours, open_panel, rows_of, said, short_horizon, starts, undo
from tests.ui.widgets import mouse

__all__ = ["short_horizon"]
SHIFT = Qt.KeyboardModifier.ShiftModifier


def closed(desk: Window, provider: str = "p-okafor") -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in desk.schedule.calendar.model.closed if one.column_id == provider]


def draw(desk: Window) -> HoursPanel:
    panel = open_panel(desk)
    desk.wait(lambda: desk.schedule.presenter._hours.of(DAY) is not None)
    panel.draw.click()
    desk.wait(lambda: desk.schedule.calendar.model.everywhere)
    return panel


def test_a_range_drawn_outside_the_hours_adds_them_on_that_day(clinic: Desk, window: Callable[..., Window]) -> None:
    hours(clinic, "14:00", "16:00")
    desk = window("okafor")
    calendar = desk.schedule.calendar
    panel = draw(desk)
    assert not calendar.model.slots
    mouse.drag(
        calendar.viewport(), spot(calendar, "p-okafor", "17:00", into=4), spot(calendar, "p-okafor", "17:45", into=10)
    )
    desk.wait(panel.dirty)
    assert (panel.form.current_kind, panel.form.day.value) == (Kind.EXTRA, DAY)
    assert (panel.form.start.text(), panel.form.end.text()) == ("17:00", "18:00")
    assert calendar.selected_range == ("p-okafor", 1020, 1080), "what will be saved stays to be seen"
    QTest.keyClick(panel._save, Qt.Key.Key_Space)
    desk.wait(lambda: "Extra, Mon 4 May, 17:00–18:00, In person" in rows_of(panel))
    desk.wait(lambda: calendar.selected_range is None)
    assert starts(clinic)[-3:] == ["17:00", "17:20", "17:40"]
    undo(desk)
    desk.wait(lambda: "17:00" not in starts(clinic))


def test_a_range_drawn_before_the_hours_are_known_is_decided_when_they_are(
    clinic: Desk, window: Callable[..., Window]
) -> None:
    hours(clinic, "14:00", "16:00")
    desk = window("okafor")
    panel = draw(desk)
    known = desk.schedule.presenter._hours
    known._week = known._monday = None
    known.forget()
    desk.schedule.hours.drawn("p-okafor", 900, 960)
    desk.wait(panel.dirty)
    assert (panel.form.current_kind, panel.form.start.text()) == (Kind.OFF, "15:00"), "not extra hours inside of hours"


def test_a_range_drawn_inside_by_keyboard_is_time_off(clinic: Desk, window: Callable[..., Window]) -> None:
    hours(clinic, "14:00", "16:00")
    desk = window("okafor")
    page = desk.schedule
    desk.wait(lambda: (0, 840) not in closed(desk) and any(start == 960 for start, _ in closed(desk)))
    page.calendar.setFocus()
    QTest.keyClick(page.calendar, Qt.Key.Key_O, ALT | SHIFT)
    desk.wait(lambda: page.calendar.model.everywhere)
    panel = desk.panel
    items = page.calendar.items("p-okafor")
    page.calendar.set_cursor_item(next(one for one in items if one.kind is ItemKind.GAP and one.start == 900))
    page.calendar.setFocus()
    for _ in range(3):
        QTest.keyClick(page.calendar, Qt.Key.Key_Down, SHIFT)
    QTest.keyClick(page.calendar, Qt.Key.Key_Return)
    desk.wait(panel.dirty)
    assert panel.form.current_kind is Kind.OFF
    assert (panel.form.start.text(), panel.form.end.text()) == ("15:00", "16:00")
    QTest.keyClick(panel._save, Qt.Key.Key_Space)
    desk.wait(lambda: "15:00" not in starts(clinic) and "14:00" in starts(clinic))
    desk.wait(lambda: any(start == 900 for start, _ in closed(desk)))
    # The slots that the fixture made lie outside of all hours: they go too.
    assert "9 free times removed" in said(desk)
    QTest.keyClick(page.calendar, Qt.Key.Key_O, ALT | SHIFT)
    desk.wait(lambda: not page.calendar.model.everywhere)
    assert page.calendar.model.slots


def test_a_drawn_range_can_be_meant_for_every_week(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("admin")
    panel = draw(desk)
    desk.schedule.calendar.range_selected.emit("p-okafor", 18 * 60, 19 * 60)
    desk.wait(panel.dirty)
    panel.form.kind.set_current(Kind.WEEKLY.value)
    assert [day for day, box in panel.form.boxes.items() if box.isChecked()] == [1]
    panel.submit()
    desk.wait(lambda: rows_of(panel) == ["Monday, 18:00–19:00, In person"])
    assert starts(clinic)[-1] == "18:40"


def test_drawing_over_another_providers_column_is_refused_with_the_reason(window: Callable[..., Window]) -> None:
    desk = window("okafor")
    panel = draw(desk)
    desk.schedule.calendar.range_selected.emit("p-chen", 18 * 60, 19 * 60)
    desk.wait(lambda: "Only Dr Mei-Ling Chen and administrators change these hours." in said(desk))
    assert desk.panel is panel
    assert not panel.dirty()


def test_drawing_ends_with_its_panel(window: Callable[..., Window]) -> None:
    desk = window("okafor")
    page = desk.schedule
    panel = draw(desk)
    assert page._drawing.isVisible()
    panel.finished.emit()
    desk.wait(lambda: not page.calendar.model.everywhere)
    assert not page._drawing.isVisible()
    assert page.hours.panel is None


def test_the_week_is_drawn_on_too(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("okafor")
    page = desk.schedule
    panel = draw(desk)
    page.presenter.show_week_of("p-okafor")
    desk.wait(lambda: len(page.calendar.model.columns) == 5)
    tuesday = DAY + timedelta(days=1)
    page.calendar.range_selected.emit(tuesday.isoformat(), 600, 660)
    desk.wait(panel.dirty)
    assert panel.form.day.value == tuesday
    page.presenter.show_view("day")
    desk.wait(lambda: [one.id for one in page.calendar.model.columns] == ["p-chen", "p-okafor"])
    assert page.calendar.selected_range is None, "it was drawn on another page"
    panel.submit()
    desk.wait(lambda: starts(clinic, day=tuesday) == ["10:00", "10:20", "10:40"])
