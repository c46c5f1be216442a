"""A double click never presses what its first half brought up: on a free time it had put people on the waiting list."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.ui.shell.shell import Shell
from app.ui.widgets.button import Button
from tests.ui.shell.fakes import areas

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def test_the_second_half_reaches_nothing_that_has_just_come_up(qtbot: QtBot, window_with: Callable[..., Shell]) -> None:
    window = window_with(*areas()).window
    opener, coming = Button("11:40"), Button("Only the waiting list")
    pressed: list[str] = []
    for button in (coming, opener):
        button.setParent(window)
        button.setGeometry(400, 300, 200, 32)

    def open_it() -> None:
        pressed.append("opener")
        opener.hide()
        coming.show()

    opener.clicked.connect(open_it)
    coming.clicked.connect(lambda: pressed.append("coming"))
    opener.show()
    opener.raise_()
    coming.hide()
    place = QPoint(450, 316)
    QTest.mouseDClick(window.windowHandle(), LEFT, NONE, place)
    qtbot.waitUntil(coming.isVisible)
    assert pressed == ["opener"]
    QTest.mouseClick(window.windowHandle(), LEFT, NONE, place, 1000)
    qtbot.waitUntil(lambda: pressed == ["opener", "coming"])


def test_a_double_click_on_one_thing_is_two_clicks(qtbot: QtBot, window_with: Callable[..., Shell]) -> None:
    window = window_with(*areas()).window
    button = Button("Next month")
    pressed: list[int] = []
    button.setParent(window)
    button.setGeometry(400, 300, 200, 32)
    button.clicked.connect(lambda: pressed.append(1))
    button.show()
    QTest.mouseDClick(window.windowHandle(), LEFT, NONE, QPoint(450, 316))
    qtbot.waitUntil(lambda: len(pressed) == 2)


def test_two_quick_clicks_on_two_things_are_both_meant(qtbot: QtBot, window_with: Callable[..., Shell]) -> None:
    window = window_with(*areas()).window
    pressed: list[str] = []
    for name, left in (("one", 400), ("other", 620)):
        button = Button(name)
        button.setParent(window)
        button.setGeometry(left, 300, 200, 32)
        button.clicked.connect(lambda *_, said=name: pressed.append(said))
        button.show()
    for left in (450, 670):
        QTest.mouseClick(window.windowHandle(), LEFT, NONE, QPoint(left, 316))
    qtbot.waitUntil(lambda: pressed == ["one", "other"])
