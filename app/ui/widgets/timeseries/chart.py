"""The chart: lanes over time, with a cursor. It asks for nothing; it says what it shows and where its cursor is."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.ui.widgets.timeseries.canvas import TimeSeriesCanvas
from app.ui.widgets.timeseries.steering import Steering


class TimeSeriesChart(TimeSeriesCanvas):
    """Lanes of values over time.

    ``set_lanes`` gives the data, ``set_span`` what is shown of it, ``set_limits`` how far there is anything. The
    widget never changes data; ``span_changed`` asks for finer or farther points, ``cursor_changed`` (``CursorState``
    or None) lights up the table beside it. Arrows move the cursor from reading to reading, Shift+arrows pan,
    + and - zoom, Home and End go to the first and last reading, PgUp and PgDn a whole span.
    """

    def __init__(self, *, name: str, zone: ZoneInfo | None = None, parent: QWidget | None = None) -> None:
        super().__init__(name=name, zone=zone, parent=parent)
        self._steering = Steering(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor, pan and zoom."""
        if self._steering.key(event):
            event.accept()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Let the cursor follow the pointer, or the lanes follow a drag."""
        self._steering.moved(event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._steering.pressed(event.position())
        else:
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._steering.released()
        else:
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Come nearer to where the pointer is."""
        self._steering.zoom(0.5, event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer; sideways, or with Shift, pan."""
        if self._steering.wheel(event):
            event.accept()
        else:
            super().wheelEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Take the cursor away when the pointer leaves, unless the keyboard holds it."""
        super().leaveEvent(event)
        if not self.hasFocus():
            self.set_cursor(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show a cursor as soon as the keyboard is here."""
        super().focusInEvent(event)
        if self._cursor is None and event.reason() != Qt.FocusReason.MouseFocusReason:
            self._steering.to_last()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the cursor away with the keyboard, unless the pointer holds it; a menu or another window keeps it."""
        super().focusOutEvent(event)
        passing = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        if event.reason() not in passing and not self.underMouse():
            self.set_cursor(None)
