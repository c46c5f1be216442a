"""A key that is held down: what the keyboard repeats takes no further step, but moves and types on."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.ui.widgets.inputs import LineEdit, TextArea
from app.ui.widgets.lists import ListCard, ListItem
from tests.ui.widgets.test_controls import show

Key = Qt.Key
NONE, ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ROWS = [ListItem(key=key, title=key) for key in "abcd"]


def repeated(widget: QWidget, key: Key, held: Qt.KeyboardModifier = NONE, text: str = "") -> bool:
    """Let the keyboard repeat a key where the focus is; True when no shortcut may take it."""
    override = QKeyEvent(QEvent.Type.ShortcutOverride, key, held, text, autorep=True)
    override.ignore()
    QApplication.sendEvent(widget, override)
    QApplication.sendEvent(widget, QKeyEvent(QEvent.Type.KeyPress, key, held, text, autorep=True))
    return override.isAccepted()


def focused(qtbot: QtBot, widget: QWidget) -> QWidget:
    window = show(qtbot, widget)
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus)
    return window


def test_enter_takes_one_row_and_arrows_go_on(qtbot: QtBot) -> None:
    rows = ListCard(name="Rows")
    rows.set_items(ROWS)
    chosen: list[str] = []
    rows.chosen.connect(chosen.append)
    _window = focused(qtbot, rows)
    repeated(rows, Key.Key_Down)
    assert rows.current_key == "b"
    for key in (Key.Key_Return, Key.Key_Enter):
        repeated(rows, key)
    assert chosen == [], "held down it would go through the whole list"


@pytest.mark.parametrize(
    ("key", "held"),
    [(Key.Key_D, CTRL), (Key.Key_1, ALT), (Key.Key_Return, CTRL), (Key.Key_Delete, NONE), (Key.Key_Z, CTRL)],
)
def test_no_shortcut_is_repeated(qtbot: QtBot, key: Key, held: Qt.KeyboardModifier) -> None:
    rows = ListCard(name="Rows")
    rows.set_items(ROWS)
    _window = focused(qtbot, rows)
    assert repeated(rows, key, held)
    assert not repeated(rows, Key.Key_Right, CTRL), "the day after, and the one after that"
    assert not repeated(rows, Key.Key_PageDown, CTRL)


def test_what_is_typed_goes_on(qtbot: QtBot) -> None:
    line, area = LineEdit(name="Line"), TextArea(name="Area")
    sent: list[bool] = []
    line.returnPressed.connect(lambda: sent.append(True))
    _window = show(qtbot, line, area)
    line.setFocus()
    qtbot.waitUntil(line.hasFocus)
    for key, text in ((Key.Key_A, "a"), (Key.Key_Space, " "), (Key.Key_B, "b"), (Key.Key_Return, "\r")):
        repeated(line, key, text=text)
    assert (line.text(), sent) == ("a b", [])
    repeated(line, Key.Key_Backspace)
    assert line.text() == "a "
    area.setFocus()
    qtbot.waitUntil(area.hasFocus)
    for key, text in ((Key.Key_A, "a"), (Key.Key_Return, "\r"), (Key.Key_B, "b")):
        repeated(area, key, text=text)
    assert area.toPlainText() == "a\nb"


def test_without_a_focus_the_window_is_watched(qtbot: QtBot) -> None:
    rows = ListCard(name="Rows")
    window = show(qtbot, rows)
    rows.setFocus()
    qtbot.waitUntil(rows.hasFocus)
    rows.clearFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is None and QApplication.activeWindow() is window)
    assert repeated(window, Key.Key_D, CTRL)


def test_a_repetition_that_looks_like_a_press_is_known_by_its_time(qtbot: QtBot) -> None:
    """As X11 tells it: let go and pressed in the same millisecond."""
    rows = ListCard(name="Rows")
    rows.set_items(ROWS)
    chosen: list[str] = []
    rows.chosen.connect(chosen.append)
    _window = focused(qtbot, rows)

    def send(kind: QEvent.Type, at: int, key: Qt.Key = Key.Key_Return) -> None:
        event = QKeyEvent(kind, key, NONE, "", autorep=False)
        event.setTimestamp(at)
        QApplication.sendEvent(rows, event)

    for at in (0, 0, 7000, 7040, 7080):
        send(QEvent.Type.KeyRelease, at)
        send(QEvent.Type.KeyPress, at)
    assert chosen == ["a", "a"], "where no time is told, each press counts"
    send(QEvent.Type.KeyRelease, 7200)
    send(QEvent.Type.KeyPress, 7300)
    assert len(chosen) == 3
    send(QEvent.Type.KeyRelease, 7400, Key.Key_Down)
    send(QEvent.Type.KeyPress, 7400)
    assert len(chosen) == 4, "two keys may meet in one millisecond"
