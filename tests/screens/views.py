"""The views that are drawn: how each is reached from the signed-in window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

Drive = Callable[[QWidget], None]


@dataclass(frozen=True, slots=True)
class View:
    """One picture: its name, whose window it is, and the keys that lead there."""

    name: str
    card: int
    drive: Drive


def keys(*sequence: str) -> Drive:
    """Press shortcuts, such as "Ctrl+2", one after the other."""

    def press(window: QWidget) -> None:
        for keys_ in sequence:
            *modifiers, letter = keys_.split("+")
            held = Qt.KeyboardModifier.NoModifier
            for modifier in modifiers:
                held |= _MODIFIERS[modifier]
            target = QApplication.focusWidget() or window
            QTest.keyClick(target, _key(letter), held)
            settle()

    return press


_MODIFIERS = {
    "Ctrl": Qt.KeyboardModifier.ControlModifier,
    "Shift": Qt.KeyboardModifier.ShiftModifier,
    "Alt": Qt.KeyboardModifier.AltModifier,
}


def _key(letter: str) -> Qt.Key:
    return getattr(Qt.Key, f"Key_{letter}")  # type: ignore[no-any-return]


def typed(first: str, text: str) -> Drive:
    """Press a shortcut, then type."""

    def drive(window: QWidget) -> None:
        keys(first)(window)
        for letter in text:
            QTest.keyClicks(QApplication.focusWidget() or window, letter)
        settle()

    return drive


def settle(milliseconds: int = 900) -> None:
    """Let answers come and the screen be drawn (QTest.qWait would hold the lock that the workers need)."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


VIEWS = (
    View("today", 1, keys("Ctrl+1")),
    View("schedule", 1, keys("Ctrl+2")),
    View("booking", 1, keys("Ctrl+2", "Ctrl+N", "Return")),
    View("next-available", 1, keys("Ctrl+2", "Ctrl+J")),
    View("to-move", 1, keys("Ctrl+2", "F9")),
    View("patients", 1, keys("Ctrl+3")),
    View("visits", 1, keys("Ctrl+4")),
    View("palette", 1, typed("Ctrl+K", "gonsales")),
    View("shortcuts", 1, keys("F1")),
    View("lock", 1, keys("Ctrl+L")),
    View("provider-today", 2, keys("Ctrl+1")),
    View("hours", 3, keys("Ctrl+2", "Alt+O")),
    View("hours-drawn", 3, keys("Ctrl+2", "Alt+Shift+O", "Shift+Down", "Shift+Down", "Return")),
    View("staff", 3, keys("Ctrl+8")),
    View("settings", 3, keys("Ctrl+9")),
)
