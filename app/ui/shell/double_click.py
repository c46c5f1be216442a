"""A double click belongs to what was under its first click.

Where one click opens something (a free time, a row of a list), what comes up may lie under the pointer when the second
follows: it would press a button that nobody has seen yet.
"""

from __future__ import annotations

import weakref

from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QWidget


class DoubleClickGuard(QObject):
    """Swallows the second half of a double click that would reach another widget than the first."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._first: weakref.ref[QWidget] | None = None
        self._swallowing = False
        self._at, self._place = -(1 << 40), QPoint()

    def watch(self) -> None:
        """Begin, once the window is shown; again does no harm."""
        handle = self._window.windowHandle()
        if handle is not None:
            handle.removeEventFilter(self)
            handle.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Look at the window's own clicks, before Qt hands them to a widget."""
        if not isinstance(event, QMouseEvent):
            return False
        kind = event.type()
        if kind == QEvent.Type.MouseButtonRelease:
            swallowed, self._swallowing = self._swallowing, False
            return swallowed
        if kind == QEvent.Type.MouseButtonPress and not self._is_second(event):
            found = self._under(event)
            self._first, self._swallowing = weakref.ref(found) if found is not None else None, False
            self._at, self._place = event.timestamp(), event.position().toPoint()
        elif kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick) and not self._swallowing:
            first = self._first() if self._first is not None else None
            self._swallowing = self._under(event) is not first
        return self._swallowing

    def _is_second(self, event: QMouseEvent) -> bool:
        """Whether it follows the last press so soon and so near that it is half of a double click."""
        hints = QGuiApplication.styleHints()
        soon = 0 <= event.timestamp() - self._at <= hints.mouseDoubleClickInterval()
        near = (event.position().toPoint() - self._place).manhattanLength() <= 2 * hints.mouseDoubleClickDistance()
        return soon and near

    def _under(self, event: QMouseEvent) -> QWidget | None:
        return self._window.childAt(event.position().toPoint())
