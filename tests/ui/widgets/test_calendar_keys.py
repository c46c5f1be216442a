"""The calendar by keyboard alone, and what screen readers are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.ui.theme.theme import Theme
from app.ui.widgets.calendar.day_calendar import DayCalendar
from app.ui.widgets.calendar.model import DropKind, DropVerdict, EventLook, ItemKind
from app.ui.widgets.calendar.overlay import countdown, hold_text
from tests.ui.widgets import samples
from tests.ui.widgets.conftest import small_day, visit

Key = Qt.Key


def press(calendar: DayCalendar, *keys: Qt.Key, shift: bool = False, ctrl: bool = False) -> None:
    held = Qt.KeyboardModifier.NoModifier
    if shift:
        held |= Qt.KeyboardModifier.ShiftModifier
    if ctrl:
        held |= Qt.KeyboardModifier.ControlModifier
    for key in keys:
        QTest.keyClick(calendar, key, held)


def cursor(calendar: DayCalendar) -> tuple[str, str, int]:
    item = calendar.cursor_item
    assert item is not None
    return item.kind.value, item.column_id, item.start


def is_dragging(calendar: DayCalendar) -> bool:
    return calendar.drag is not None


def test_the_keyboard_starts_near_now(calendar: DayCalendar) -> None:
    assert cursor(calendar) == ("slot", "a", 600)


def test_arrows_walk_down_a_column_in_time(calendar: DayCalendar) -> None:
    calendar.focus_id("v1")
    seen = []
    for _ in range(6):
        seen.append(cursor(calendar))
        press(calendar, Key.Key_Down)
    assert seen == [
        ("event", "a", 540),
        ("slot", "a", 580),
        ("slot", "a", 600),
        ("gap", "a", 620),
        ("gap", "a", 640),
        ("block", "a", 660),
    ]
    press(calendar, Key.Key_Down, Key.Key_Down)
    assert cursor(calendar) == ("block", "a", 660)
    press(calendar, Key.Key_Home)
    assert cursor(calendar) == ("gap", "a", 480)


def test_arrows_go_sideways_at_the_same_time_and_skip_closed_hours(calendar: DayCalendar) -> None:
    calendar.focus_id("s1")
    press(calendar, Key.Key_Right)
    assert cursor(calendar) == ("gap", "b", 580)
    press(calendar, Key.Key_Left)
    assert cursor(calendar) == ("slot", "a", 580)
    press(calendar, Key.Key_Home, Key.Key_Right)
    assert cursor(calendar) == ("slot", "b", 540), "the closed morning has nothing to stand on: the nearest is first"
    press(calendar, Key.Key_Left)
    assert cursor(calendar) == ("gap", "a", 480), "the way back ends where it began"


def test_enter_books_opens_and_chooses_open_time(calendar: DayCalendar, qtbot: QtBot) -> None:
    calendar.focus_id("s3")
    with qtbot.waitSignal(calendar.slot_activated) as slot:
        press(calendar, Key.Key_Return)
    assert slot.args == ["s3"]
    calendar.focus_id("v2")
    with qtbot.waitSignal(calendar.event_activated) as event:
        press(calendar, Key.Key_Enter)
    assert event.args == ["v2"]
    calendar.focus_id("l1")
    with qtbot.waitSignal(calendar.block_activated) as block:
        press(calendar, Key.Key_Return)
    assert block.args == ["l1"]
    calendar.focus_id("h1")
    with qtbot.waitSignal(calendar.hold_activated) as hold:
        press(calendar, Key.Key_Return)
    assert hold.args == ["h1"]
    calendar.focus_id("s2")
    press(calendar, Key.Key_Down)
    with qtbot.waitSignal(calendar.range_selected) as gap:
        press(calendar, Key.Key_Return)
    assert gap.args == ["a", 620, 640]


def test_m_moves_with_arrows_and_enter(calendar: DayCalendar, qtbot: QtBot) -> None:
    calendar.focus_id("v1")
    press(calendar, Key.Key_M, Key.Key_Right, Key.Key_Down, Key.Key_Down)
    with qtbot.waitSignal(calendar.move_requested) as signal:
        press(calendar, Key.Key_Return)
    assert signal.args == ["v1", "b", 580]
    assert cursor(calendar) == ("event", "b", 580)


def test_nothing_changes_before_enter(calendar: DayCalendar, qtbot: QtBot) -> None:
    calendar.focus_id("v1")
    with qtbot.assertNotEmitted(calendar.move_requested), qtbot.assertNotEmitted(calendar.tray_requested):
        press(calendar, Key.Key_M, Key.Key_Down, Key.Key_T, Key.Key_X, Key.Key_Escape)
    assert not is_dragging(calendar)
    assert cursor(calendar) == ("event", "a", 540)


def test_a_refused_place_keeps_the_move_going(calendar: DayCalendar, qtbot: QtBot) -> None:
    def only_a(_event: object, column: str, _start: int, _end: int) -> DropVerdict:
        return DropVerdict(DropKind.OK if column == "a" else DropKind.REFUSED, "closed")

    calendar.set_check_drop(only_a)
    calendar.focus_id("v1")
    press(calendar, Key.Key_M, Key.Key_Right)
    with qtbot.assertNotEmitted(calendar.move_requested), qtbot.waitSignal(calendar.drag_refused):
        press(calendar, Key.Key_Return)
    assert is_dragging(calendar)
    press(calendar, Key.Key_Left, Key.Key_Down)
    with qtbot.waitSignal(calendar.move_requested) as signal:
        press(calendar, Key.Key_Return)
    assert signal.args == ["v1", "a", 560]


def test_l_changes_the_length(calendar: DayCalendar, qtbot: QtBot) -> None:
    calendar.focus_id("v1")
    press(calendar, Key.Key_L, Key.Key_Down)
    with qtbot.waitSignal(calendar.resize_requested) as signal:
        press(calendar, Key.Key_Return)
    assert signal.args == ["v1", 600]


def test_t_asks_for_the_tray(calendar: DayCalendar, qtbot: QtBot) -> None:
    calendar.focus_id("v1")
    with qtbot.waitSignal(calendar.tray_requested) as signal:
        press(calendar, Key.Key_T)
    assert signal.args == ["v1"]


def test_shift_chooses_a_range_of_open_time(calendar: DayCalendar, qtbot: QtBot) -> None:
    calendar.focus_id("s1")
    press(calendar, Key.Key_Down, Key.Key_Down, Key.Key_Down, Key.Key_Down, shift=True)
    assert calendar.selected_range == ("a", 580, 660), "it ends where lunch begins"
    press(calendar, Key.Key_Up, shift=True)
    with qtbot.waitSignal(calendar.range_selected) as signal:
        press(calendar, Key.Key_Return)
    assert signal.args == ["a", 580, 640]
    press(calendar, Key.Key_Down, shift=True)
    press(calendar, Key.Key_Escape)
    assert calendar.selected_range is None


def test_zoom_by_keyboard(calendar: DayCalendar) -> None:
    press(calendar, Key.Key_Plus, ctrl=True)
    assert calendar.zoom == 32
    press(calendar, Key.Key_Minus, Key.Key_Minus, ctrl=True)
    assert calendar.zoom == 20


def test_the_cursor_is_brought_into_view(calendar: DayCalendar) -> None:
    calendar.set_zoom(72)
    calendar.focus_id("l1")
    item = calendar.cursor_item
    assert item is not None
    body = calendar.geometry_now.body
    assert body.top() <= calendar.item_rect(item).top() <= body.bottom()


def test_tab_leaves_the_calendar(calendar: DayCalendar) -> None:
    from PySide6.QtWidgets import QApplication, QLineEdit

    field = QLineEdit(calendar)
    field.setGeometry(0, 380, 50, 20)
    field.show()
    press(calendar, Key.Key_Tab)
    assert QApplication.focusWidget() is field


def test_live_updates_leave_the_cursor_where_it_is(calendar: DayCalendar) -> None:
    calendar.focus_id("s2")
    day = small_day()
    calendar.set_model(replace(day, events=(*day.events, visit("v9", "a", 600, 620)), slots=day.slots[:1]))
    assert cursor(calendar) == ("event", "a", 600), "what took the place has the cursor"
    moved = replace(small_day().events[0], column_id="b", start=690, end=710)
    calendar.focus_id("v1")
    calendar.set_model(replace(small_day(), events=(moved,)))
    assert cursor(calendar) == ("event", "b", 690), "the same visit keeps the cursor when it moves"


def test_the_ring_is_painted_around_the_item_with_the_keyboard(calendar: DayCalendar) -> None:
    calendar.focus_id("s3")
    item = calendar.cursor_item
    assert item is not None
    rect: QRect = calendar.item_rect(item).toRect()
    image = calendar.viewport().grab().toImage()
    accent = Theme.current().colors.accent.name()
    around = {image.pixelColor(rect.center().x(), rect.top() - offset).name() for offset in (0, 1, 2, 3)}
    assert accent in around


def test_screen_readers_hear_every_item(calendar: DayCalendar) -> None:
    calendar.focus_id("v2")
    interface = QAccessible.queryAccessibleInterface(calendar)
    assert interface.role() == QAccessible.Role.List
    assert interface.text(QAccessible.Text.Name) == "Tuesday"
    names = [interface.child(number).text(QAccessible.Text.Name) for number in range(len(calendar.ordered_items()))]
    assert "09:00 Anna Kowalska, Echo, planned" in names
    assert "10:40 Zygmunt Lis, Echo, planned" in names
    assert "09:40 free, 20 minutes" in names
    assert "11:00 to 12:00 Lunch, blocked" in names
    assert "09:20 held by A. Moreno 0:00" in names
    at = names.index("10:40 Zygmunt Lis, Echo, planned")
    child = interface.child(at)
    assert interface.focusChild() == child
    assert child.parent() == interface
    assert interface.indexOfChild(child) == at
    event = calendar.cursor_item
    assert event is not None
    corner = calendar.viewport().mapToGlobal(calendar.item_rect(event).toRect().topLeft())
    assert child.rect().topLeft() == corner


def test_items_to_move_say_so(calendar: DayCalendar) -> None:
    day = small_day()
    calendar.set_model(replace(day, events=(replace(day.events[0], look=EventLook.TO_MOVE),)))
    assert any(item.name == "09:00 Anna Kowalska, Echo, to move" for item in calendar.spoken_items())


def test_interfaces_end_with_their_calendar(qtbot: QtBot) -> None:
    import gc

    from PySide6.QtWidgets import QApplication

    for _ in range(5):
        made = DayCalendar(name="Short")
        made.set_model(small_day())
        interface = QAccessible.queryAccessibleInterface(made)
        child = interface.child(0)
        assert child.isValid()
        made.deleteLater()
        del interface, child, made
        QApplication.processEvents()
        gc.collect()


@pytest.mark.parametrize(
    ("seconds", "expected"), [(252, "4:12"), (60, "1:00"), (59, "0:59"), (0, "0:00"), (-1, ""), (None, "")]
)
def test_a_hold_counts_down(seconds: int | None, expected: str) -> None:
    expires = None if seconds is None else samples.NOW + timedelta(seconds=seconds)
    hold = replace(small_day().holds[0], expires=expires)
    assert countdown(hold, samples.NOW) == expected


def test_holds_say_whose_they_are() -> None:
    hold = replace(small_day().holds[0], expires=samples.NOW + timedelta(seconds=252))
    assert hold_text(hold, samples.NOW) == "held by A. Moreno 4:12"
    assert hold_text(hold, samples.NOW, narrow=True) == "A. Moreno 4:12"
    assert hold_text(replace(hold, mine=True), samples.NOW) == "held for you 4:12"
    assert hold_text(replace(hold, mine=True, name="Anna Kowalska"), samples.NOW) == "Anna Kowalska"


def test_items_of_a_closed_column_are_only_its_visits(calendar: DayCalendar) -> None:
    day = small_day()
    shut = tuple(replace(column, closed=column.id == "b") for column in day.columns)
    calendar.set_model(replace(day, columns=shut, slots=(), holds=()))
    assert [item.kind for item in calendar.items("b")] == [ItemKind.EVENT]
