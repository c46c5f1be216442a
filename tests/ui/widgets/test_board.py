"""The arrival board and the month by keyboard and mouse."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.kernel.i18n import set_language
from app.ui.shell.wizard.provider_step import day_name
from app.ui.widgets.board.board import Board
from app.ui.widgets.board.model import BoardLane
from app.ui.widgets.calendar.month_grid import MonthDay, MonthGrid, month_range
from app.ui.widgets.calendar.week import day_of, week_columns
from app.ui.widgets.date_fields import DateField, locale_words
from tests.ui.widgets import mouse, samples
from tests.ui.widgets.gallery import TODAY

Key = Qt.Key


@pytest.fixture
def board(qtbot: QtBot) -> Board:
    """The sample board, shown, on its first card."""
    made = Board(name="Arrivals")
    made.resize(900, 600)
    qtbot.addWidget(made)
    made.set_lanes(samples.board())
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    made.focus_card("c0")
    return made


def current(board: Board) -> str:
    card = board.current_card
    return card.id if card is not None else ""


def press(key: Qt.Key) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key)


def lanes(**changes: BoardLane) -> list[BoardLane]:
    return [changes.get(lane.id.replace("with", "inside"), lane) for lane in samples.board()]


def test_arrows_go_between_cards_and_lanes(board: Board) -> None:
    seen = []
    for key in (Key.Key_Down, Key.Key_Down, Key.Key_Right, Key.Key_Right, Key.Key_Right, Key.Key_Left, Key.Key_End):
        press(key)
        seen.append(current(board))
    assert seen == ["c1", "c2", "c4", "c7", "c9", "c7", "c8"]


def test_enter_takes_the_next_step(board: Board, qtbot: QtBot) -> None:
    with qtbot.waitSignal(board.stepped) as signal:
        press(Key.Key_Return)
    assert signal.args == ["c0"]


def test_only_the_card_with_the_focus_shows_buttons(board: Board, qtbot: QtBot) -> None:
    expected, arrived = board.lane_view("expected"), board.lane_view("arrived")
    assert [button.text() for button in expected.buttons] == ["Check in", "Call"]
    assert expected.buttons[0].accessibleName() == "Check in, Aoife Ní Bhriain"
    press(Key.Key_Right)
    assert not expected.buttons
    assert len(arrived.buttons) == 2


def test_what_a_narrow_card_has_no_room_for_is_behind_one_more_button(board: Board, qtbot: QtBot) -> None:
    view = board.lane_view("expected")
    assert view.more_button is not None
    board.resize(1500, 600)
    qtbot.waitUntil(lambda: all(button.isVisible() for button in view.buttons))
    assert not view.more_button.isVisible()
    board.resize(760, 600)
    qtbot.waitUntil(lambda: not view.buttons[1].isVisible())
    assert view.buttons[0].isVisible()
    assert view.more_button.isVisible()
    assert view.more_button.accessibleName() == "More for Aoife Ní Bhriain"
    with qtbot.waitSignal(board.context_requested) as signal:
        QTest.mouseClick(view.more_button, Qt.MouseButton.LeftButton)
    assert signal.args[0] == "c0"


def test_the_buttons_are_reached_by_tab_and_work(board: Board, qtbot: QtBot) -> None:
    view = board.lane_view("expected")
    press(Key.Key_Tab)
    press(Key.Key_Tab)
    assert view.buttons[1].hasFocus()
    with qtbot.waitSignal(board.action_triggered) as signal:
        press(Key.Key_Space)
    assert signal.args == ["c0", "call"]
    assert view.hasFocus()
    press(Key.Key_Tab)
    assert view.buttons[0].hasFocus()
    press(Key.Key_Down)
    assert view.hasFocus()
    assert current(board) == "c1"


def test_a_card_that_left_gives_the_focus_to_the_next_at_its_place(board: Board) -> None:
    press(Key.Key_Down)
    expected = samples.board()[0]
    left = replace(expected, cards=(expected.cards[0], *expected.cards[2:]))
    board.set_lanes(lanes(expected=left))
    assert current(board) == "c2"
    board.set_lanes(lanes(expected=replace(expected, cards=())))
    assert current(board) == ""
    assert board.lane_view("expected").hasFocus()


def test_live_updates_never_move_the_focus(board: Board) -> None:
    press(Key.Key_Down)
    expected = samples.board()[0]
    board.set_lanes(lanes(expected=replace(expected, cards=(samples.card(20, "10:30", ()), *expected.cards))))
    assert current(board) == "c1"
    assert len(board.lane_view("expected").buttons) == 2


def test_clicks_select_and_open(board: Board, qtbot: QtBot) -> None:
    view = board.lane_view("arrived")
    middle = view.card_rect("c5").center().toPointF()
    with qtbot.waitSignal(board.opened) as signal:
        mouse.double_click(view.viewport(), middle)
    assert signal.args == ["c5"]
    assert view.current == "c5"


def test_the_card_aimed_at_is_taken_though_buttons_move_it(board: Board, qtbot: QtBot) -> None:
    """Another lane's card grows when that lane gets the focus; a real click lands after that."""
    view = board.lane_view("arrived")
    at = view.card_rect("c6").center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert view.hasFocus()
    assert current(board) == "c6"
    board.focus_card("c4")
    at = view.card_rect("c6").center()  # below the buttons of c4, which go away
    with qtbot.waitSignal(board.opened) as opened:
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert opened.args == ["c6"]
    with qtbot.waitSignal(board.opened) as opened:  # a button has come under the pointer meanwhile
        QTest.mouseDClick(view.buttons[0], Qt.MouseButton.LeftButton)
    assert opened.args == ["c6"]


def test_the_menu_key_asks_for_the_card(board: Board, qtbot: QtBot) -> None:
    from PySide6.QtGui import QContextMenuEvent

    view = board.lane_view("expected")
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, view.rect().center(), view.rect().center())
    with qtbot.waitSignal(board.context_requested) as signal:
        QApplication.sendEvent(view.viewport(), event)
    assert signal.args is not None
    assert signal.args[0] == "c0"


def test_the_last_lane_folds_where_it_is_narrow_and_opens_on_enter(board: Board) -> None:
    board.resize(640, 600)
    QApplication.processEvents()
    assert board.folded() == ("done",)
    board.unfold("done")
    assert board.folded() == ()
    board.resize(900, 600)
    QApplication.processEvents()
    board.resize(640, 600)
    QApplication.processEvents()
    assert board.folded() == ("done",)
    assert board.focus_card("c9")
    assert current(board) == "c9"
    assert not board.focus_card("nobody")


def test_screen_readers_hear_the_cards(board: Board) -> None:
    interface = QAccessible.queryAccessibleInterface(board.lane_view("expected"))
    assert interface.text(QAccessible.Text.Name) == "Expected, 30"
    first = interface.child(0)
    assert first.text(QAccessible.Text.Name) == "10:40 Aoife Ní Bhriain, BP check · Dr Okafor, 2 min late"
    assert interface.focusChild() == first


def test_a_long_lane_scrolls_to_the_card_with_the_focus(board: Board) -> None:
    expected = samples.board()[0]
    many = tuple(samples.card(100 + number, "11:00", ()) for number in range(30))
    board.set_lanes(lanes(expected=replace(expected, cards=many)))
    board.focus_card("c100")
    press(Key.Key_End)
    view = board.lane_view("expected")
    assert view.viewport().rect().contains(view.card_rect("c129"))


def test_a_month_is_walked_and_opened(qtbot: QtBot) -> None:
    grid = MonthGrid(name="Month")
    grid.resize(840, 600)
    qtbot.addWidget(grid)
    grid.set_month(TODAY, [MonthDay(TODAY, free=7, total=60), MonthDay(TODAY.replace(day=25), closed=True)], TODAY)
    with qtbot.waitExposed(grid):
        grid.show()
    grid.activateWindow()
    grid.setFocus()
    spoken = [item.name for item in grid.spoken_items()]
    assert any("7 free of 60" in name for name in spoken)
    assert any(name.endswith("closed") for name in spoken)
    assert sum(item.focused for item in grid.spoken_items()) == 1
    QTest.keyClick(grid, Key.Key_Right)
    QTest.keyClick(grid, Key.Key_Up)
    with qtbot.waitSignal(grid.day_activated) as signal:
        QTest.keyClick(grid, Key.Key_Return)
    assert signal.args == [TODAY.replace(day=18)]
    with qtbot.waitSignal(grid.day_activated) as signal:
        QTest.mouseClick(grid, mouse.LEFT, mouse.PLAIN, grid.cell_rect(TODAY).center().toPoint())
    assert signal.args == [TODAY]
    first, last = month_range(TODAY)
    assert (first, last) == (grid.cells()[0], grid.cells()[-1])


def test_a_week_names_its_days() -> None:
    columns = week_columns([TODAY], meta={TODAY: "4 free"}, closed={TODAY: "Day off"})
    assert day_of(columns[0].id) == TODAY
    assert columns[0].title == "Tuesday 24 Nov"
    assert (columns[0].closed, columns[0].chip) == (True, "Day off")


def test_days_and_months_speak_the_windows_language_not_the_computers(qtbot: QtBot) -> None:
    order = locale_words().order
    set_language("es")
    try:
        field = DateField(name="Fecha", today=lambda: TODAY)
        qtbot.addWidget(field)
        field.set_value(TODAY)
        assert week_columns([TODAY])[0].title == "Martes 24 nov"
        assert field.text() == "24 nov 2026"
        field.setText("3 marzo 2027")
        field.editingFinished.emit()
        assert field.value == date(2027, 3, 3)
        assert day_name(0) == "dom"
        assert locale_words().order == order, "the order of figures stays the computer's"
    finally:
        set_language("en")
