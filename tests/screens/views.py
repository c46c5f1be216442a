"""The views that are drawn: how each is reached from the signed-in window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.domain.enums import SlotStatus
from app.ui.widgets.calendar.day_calendar import DayCalendar

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


def chain(*steps: Drive) -> Drive:
    """Do one after the other."""

    def drive(window: QWidget) -> None:
        for step in steps:
            step(window)

    return drive


def draw_hours(window: QWidget) -> None:
    """Begin to draw hours, then choose a time late in the first column, as a drag there does."""
    keys("Ctrl+2", "Alt+Shift+O")(window)
    calendar = next(one for one in window.findChildren(DayCalendar) if one.isVisible())
    calendar.scroll_to_minute(17 * 60)
    calendar.range_selected.emit(calendar.model.columns[0].id, 17 * 60 + 30, 19 * 60)


def settle(milliseconds: int = 900) -> None:
    """Let answers come and the screen be drawn (QTest.qWait would hold the lock that the workers need)."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def here(do: Callable[[Any], None]) -> Drive:
    """Do something with the schedule page, then let it be seen."""

    def drive(window: QWidget) -> None:
        do(window.stack.page("schedule"))  # type: ignore[attr-defined]
        settle()

    return drive


def tick_family(page: Any) -> None:
    """Let everybody of the household come along."""
    panel = page.window().panels.current
    for line in panel.people.lines:
        line.coming.setChecked(True)


def free_a_time(page: Any) -> None:
    """Say that free times of the afternoon became free just now, as when a visit was called off."""
    slots = [slot for sheet in page.presenter.sheets for slot in sheet.slots if slot.visit is None]
    free = [slot.id for slot in slots if slot.status is SlotStatus.FREE and slot.start > page.api.now()]
    page.joint.offers.saw(free[:6])


VIEWS = (
    View("today", 1, keys("Ctrl+1")),
    View("schedule", 1, keys("Ctrl+2")),
    View("booking", 1, keys("Ctrl+2", "Ctrl+N", "Return")),
    View("next-available", 1, keys("Ctrl+2", "Ctrl+J")),
    View("to-move", 1, keys("Ctrl+2", "F9")),
    View("family", 1, chain(keys("Ctrl+2"), typed("Ctrl+Shift+F", "elena gut"), keys("Return"), here(tick_family))),
    View("series", 1, chain(keys("Ctrl+2"), typed("Ctrl+Shift+S", "elena gut"), keys("Return"))),
    View("waiting", 1, keys("Ctrl+2", "Ctrl+Shift+W")),
    View("offer", 1, chain(keys("Ctrl+2"), here(free_a_time), keys("Ctrl+Shift+O"))),
    View("patients", 1, keys("Ctrl+3")),
    View("visits", 1, keys("Ctrl+4")),
    View("palette", 1, typed("Ctrl+K", "gonsales")),
    View("shortcuts", 1, keys("F1")),
    View("provider-today", 2, keys("Ctrl+1")),
    View("chart", 2, chain(typed("Ctrl+K", "gonzalez nun"), keys("Return"))),
    View("chart-timeline", 2, chain(typed("Ctrl+K", "gonzalez nun"), keys("Return", "Ctrl+PageDown"))),
    View("hours", 3, keys("Ctrl+2", "Alt+O")),
    View("hours-drawn", 3, draw_hours),
    View("staff", 3, keys("Ctrl+8")),
    View("settings", 3, keys("Ctrl+9")),
)

LAST = (View("lock", 1, keys("Ctrl+L")),)
"""What nothing can follow."""
