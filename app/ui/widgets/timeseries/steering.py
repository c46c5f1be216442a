"""What keys, wheel and drags do to the chart."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent

from app.ui.widgets.timeseries.canvas import TimeSeriesCanvas
from app.ui.widgets.timeseries.cursor import NEAR

ZOOM = 0.8
"""One step of + or of the wheel."""
_DRAG_FROM = 4.0
_NOTCH = 120


class Steering:
    """Turns what the person does into spans and cursor places."""

    def __init__(self, chart: TimeSeriesCanvas) -> None:
        self._chart = chart
        self._grip: QPointF | None = None
        self._dragging = False

    # keyboard

    def key(self, event: QKeyEvent) -> bool:
        """Handle a key; False when it isn't the chart's."""
        chart, key = self._chart, event.key()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return False
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            direction = 1 if key == Qt.Key.Key_Right else -1
            if shift:
                chart.move_to(chart.span.shifted(direction * chart.span.width // 10))
            else:
                self.step(direction)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(ZOOM)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.zoom(1 / ZOOM)
        elif key == Qt.Key.Key_Home:
            self._to(chart.limits[0])
        elif key == Qt.Key.Key_End:
            self._to(chart.limits[1])
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            by = chart.span.width if key == Qt.Key.Key_PageDown else -chart.span.width
            chart.move_to(chart.span.shifted(by))
        else:
            return False
        return True

    def step(self, direction: int) -> None:
        """Go to the next reading on that side; where none is loaded, pan."""
        chart = self._chart
        times = sorted({point.middle for lane in chart.lanes for point in lane.points})
        if not times:
            return
        at = chart.cursor_at
        if at is None:
            self.to_last()
            return
        place = bisect_right(times, at) if direction > 0 else bisect_left(times, at) - 1
        if 0 <= place < len(times):
            self._to(times[place])
        else:
            chart.move_to(chart.span.shifted(direction * chart.span.width // 4))

    def to_last(self) -> None:
        """Put the cursor on the last reading in view."""
        chart = self._chart
        times = [
            point.middle for lane in chart.lanes for point in lane.points if point.middle <= chart.span.end
        ]  # fmt: skip
        if times:
            chart.set_cursor(max(times), announce=True)

    def _to(self, at: int) -> None:
        chart = self._chart
        wanted = chart.span.around(at)
        if wanted != chart.span:
            chart.move_to(wanted)
        chart.set_cursor(at, announce=True)

    # mouse

    def zoom(self, factor: float, position: QPointF | None = None) -> None:
        """Zoom at a place of the widget, else at the cursor, else in the middle."""
        chart = self._chart
        at = chart.at(position) if position is not None else chart.cursor_at
        inside = at is not None and chart.span.start <= at <= chart.span.end
        chart.move_to(chart.span.zoomed(factor, at if inside else None))

    def wheel(self, event: QWheelEvent) -> bool:
        """Zoom with the wheel, pan with a sideways one or Shift; Ctrl is the whole chart's."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        turn = event.angleDelta()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        sideways = turn.x() or (turn.y() if shift else 0)
        chart = self._chart
        if sideways:
            chart.move_to(chart.span.shifted(round(-sideways / _NOTCH * chart.span.width / 10)))
        elif turn.y():
            self.zoom(ZOOM ** (turn.y() / _NOTCH), event.position())
        return True

    def snapped(self, at: int) -> int:
        """Return the nearest reading's instant where one is some pixels away, else the instant itself."""
        chart = self._chart
        within = round(NEAR / (chart.frame.right - chart.frame.left) * chart.span.width)
        near = [point for lane in chart.lanes if (point := lane.nearest(at, within)) is not None]
        return min((point.middle for point in near), key=lambda one: abs(one - at), default=at)

    def pressed(self, position: QPointF) -> None:
        """Take hold of the lanes."""
        self._grip, self._dragging = position, False

    def moved(self, position: QPointF) -> None:
        """Drag the lanes, or let the cursor follow."""
        chart, frame = self._chart, self._chart.frame
        if self._grip is not None:
            if not self._dragging and abs(position.x() - self._grip.x()) < _DRAG_FROM:
                return
            self._dragging = True
            chart.setCursor(Qt.CursorShape.ClosedHandCursor)
            by = (self._grip.x() - position.x()) / (frame.right - frame.left) * chart.span.width
            self._grip = position
            chart.move_to(chart.span.shifted(round(by)))
        elif frame.left <= position.x() <= frame.right:
            chart.set_cursor(self.snapped(chart.at(position)))
        elif not chart.hasFocus():
            chart.set_cursor(None)

    def released(self) -> None:
        """Let go."""
        self._grip, self._dragging = None, False
        self._chart.unsetCursor()
