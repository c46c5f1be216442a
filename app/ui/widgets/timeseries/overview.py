"""The strip under the chart: all readings from the first to the last, and a brush over what the chart shows."""

from __future__ import annotations

import itertools
from datetime import date
from zoneinfo import ZoneInfo

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.kernel.i18n import t
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.paint import box, draw_text, text_width
from app.ui.widgets.timeseries.frame import LEFT, RIGHT
from app.ui.widgets.timeseries.model import Lane, breaks
from app.ui.widgets.timeseries.span import SHORTEST, Span
from app.ui.widgets.timeseries.ticks import day_text, local, time_ticks

_HIGH = 30
_HANDLE = 7.0
_APART = 16.0
"""Pixels between the handles at least: a month of ten years would have them one on the other."""


class Overview(QWidget):
    """All of the time there are readings of; dragging the brush or its edges asks for another span."""

    span_wanted = Signal(object)

    def __init__(self, *, zone: ZoneInfo | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(t("All readings"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.zone = zone or ZoneInfo("UTC")
        self._lane: Lane | None = None
        self._whole = Span(0, 1)
        self._span = Span(0, 1)
        self._hint = ""
        self._grip: tuple[str, float, Span] | None = None

    def set_lane(self, lane: Lane | None, first: int, last: int) -> None:
        """Show one metric over all of its time."""
        self._lane = lane
        self._whole = Span(first, max(last, first + SHORTEST))
        self.update()

    def set_span(self, span: Span) -> None:
        """Show what the chart shows."""
        self._span = span
        self.update()

    def set_hint(self, text: str) -> None:
        """Show a short text under the strip at its right: keys, or that older readings need the server."""
        self._hint = text
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the strip with its labels."""
        return QSize(400, _HIGH + 22)

    def minimumSizeHint(self) -> QSize:
        """Return the height needed."""
        return QSize(200, _HIGH + 22)

    def _strip(self) -> QRectF:
        return QRectF(LEFT, 0, max(40.0, self.width() - LEFT - RIGHT), _HIGH)

    def _x(self, ms: float) -> float:
        strip = self._strip()
        return strip.left() + (ms - self._whole.start) / self._whole.width * strip.width()

    def _ms(self, x: float) -> float:
        strip = self._strip()
        return self._whole.start + (x - strip.left()) / strip.width() * self._whole.width

    def _brush(self) -> QRectF:
        strip = self._strip()
        left = min(max(self._x(self._span.start), strip.left()), strip.right() - 4)
        right = max(min(self._x(self._span.end), strip.right()), left + 4)
        return QRectF(left, strip.top(), right - left, strip.height())

    def _handles(self) -> tuple[float, float]:
        """Where the handles of the brush's edges stand: at them, or on either side of a brush too narrow for two."""
        brush = self._brush()
        beside = max(0.0, (_APART - brush.width()) / 2)
        return brush.left() - beside, brush.right() + beside

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the line of all readings, the years, the brush."""
        c = Theme.current().colors
        with QPainter(self) as painter:
            strip = self._strip()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            box(painter, strip, 4, c.sunken)
            self._labels(painter)
            brush = self._brush()
            box(painter, brush, min(4.0, brush.width() / 2 - 1), c.selected)
            if self._lane is not None and self._lane.points:
                self._line(painter, self._lane, strip)
            box(painter, brush, min(4.0, brush.width() / 2 - 1), None, c.accent)
            for x in self._handles():
                box(painter, QRectF(x - 3, strip.center().y() - 8, 6, 16), 3, c.surface, c.accent, width=1.5)

    def _labels(self, painter: QPainter) -> None:
        c, strip = Theme.current().colors, self._strip()
        since = t("since {month}", month=day_text(self._day(self._whole.start), "MMM yyyy"))
        draw_text(painter, QRectF(0, 0, LEFT - 8, 16), t("All readings"), TypeRole.META, c.muted)
        draw_text(painter, QRectF(0, 15, LEFT - 8, 16), since, TypeRole.META, c.muted)
        wide = text_width(self._hint, TypeRole.META)
        right = strip.right() - wide
        draw_text(painter, QRectF(right, _HIGH + 4, wide + 1, 16), self._hint, TypeRole.META, c.muted)
        last = 0.0
        for tick in time_ticks(self._whole, self.zone, 8):
            x, needed = self._x(tick.at), text_width(tick.text, TypeRole.META)
            if x >= max(strip.left(), last) and x + needed < right - 12:
                draw_text(painter, QRectF(x, _HIGH + 4, needed + 1, 16), tick.text, TypeRole.META, c.muted)
                last = x + needed + 16

    def _day(self, ms: float) -> date:
        return local(ms, self.zone).date()

    def _line(self, painter: QPainter, lane: Lane, strip: QRectF) -> None:
        low = min(point.mean for point in lane.points)
        high = max(point.mean for point in lane.points)
        room, ends = max(high - low, 1e-9), frozenset(breaks(lane.points, lane.bucket))
        lines: list[list[QPointF]] = [[]]
        for number, point in enumerate(lane.points):
            y = strip.bottom() - 6 - (point.mean - low) / room * (strip.height() - 12)
            lines[-1].append(QPointF(self._x(point.middle), y))
            if number in ends:
                lines.append([])
        painter.setPen(QPen(Theme.current().colors.muted, 1.25))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for line in lines:
            if len(line) == 1:
                painter.drawPoint(line[0])
            painter.drawLines([QLineF(one, other) for one, other in itertools.pairwise(line)])

    def _part(self, x: float) -> str:
        start, end = self._handles()
        reach = min(_HANDLE, (end - start) / 4)  # inwards; what is between them takes hold of the whole
        if start - _HANDLE <= x <= start + reach:
            return "start"
        if end - reach <= x <= end + _HANDLE:
            return "end"
        return "all" if start < x < end else ""

    def _reached(self, position: QPointF) -> bool:
        """Whether a place is the strip's: a handle may stand a little beyond its ends."""
        return self._strip().adjusted(-_APART, 0, _APART, 0).contains(position)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the brush or one of its edges; a press beside it brings it there."""
        x, part = event.position().x(), self._part(event.position().x())
        there = self._reached(event.position()) if part else self._strip().contains(event.position())
        if event.button() != Qt.MouseButton.LeftButton or not there:
            super().mousePressEvent(event)
            return
        if not part:
            half = self._span.width // 2
            middle = round(self._ms(x))
            self.span_wanted.emit(Span(middle - half, middle - half + self._span.width))
            part = "all"
        self._grip = (part, x, self._span)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, or show what can be dragged."""
        x = event.position().x()
        if self._grip is None:
            edge = self._part(x) in ("start", "end") and self._reached(event.position())
            self.setCursor(Qt.CursorShape.SizeHorCursor if edge else Qt.CursorShape.ArrowCursor)
            return
        part, from_x, span = self._grip
        by = round((x - from_x) / self._strip().width() * self._whole.width)
        if part == "all":
            wanted = span.shifted(by)
        elif part == "start":
            wanted = Span(min(span.start + by, span.end - SHORTEST), span.end)
        else:
            wanted = Span(span.start, max(span.end + by, span.start + SHORTEST))
        self.span_wanted.emit(wanted)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grip = None
        super().mouseReleaseEvent(event)
