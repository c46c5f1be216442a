"""From times and columns to pixels and back. Pure arithmetic on frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from app.ui.widgets.calendar.arrange import Lane

GUTTER = 52
HEAD = 44
MIN_COLUMN = 92
INSET = 4
EDGE = 6


@dataclass(frozen=True, slots=True)
class Geometry:
    """The calendar's measures in viewport coordinates. ``scale`` is pixels a minute."""

    width: int
    height: int
    columns: int
    first: int
    last: int
    scale: float
    scroll_x: int = 0
    scroll_y: int = 0

    @property
    def column_width(self) -> float:
        """Width of a column: the room shared out, never below the minimum."""
        return max(float(MIN_COLUMN), (self.width - GUTTER) / max(1, self.columns))

    @property
    def content_width(self) -> int:
        """Width of all columns and the gutter."""
        return round(GUTTER + self.column_width * self.columns)

    @property
    def content_height(self) -> int:
        """Height of the day and the heads."""
        return round(HEAD + (self.last - self.first) * self.scale)

    @property
    def body(self) -> QRectF:
        """The part of the viewport under the heads and right of the gutter."""
        return QRectF(GUTTER, HEAD, max(0, self.width - GUTTER), max(0, self.height - HEAD))

    def x(self, column: int) -> float:
        """Return the left edge of a column."""
        return round(GUTTER + column * self.column_width) - self.scroll_x

    def y(self, minute: float) -> float:
        """Return the height of a minute."""
        return HEAD + (minute - self.first) * self.scale - self.scroll_y

    def minute(self, y: float) -> float:
        """Return the minute at a height, within the page."""
        return min(float(self.last), max(float(self.first), self.first + (y - HEAD + self.scroll_y) / self.scale))

    def column(self, x: float) -> int:
        """Return the number of the column at ``x``; -1 in the gutter or beside all columns."""
        if x < GUTTER:
            return -1
        number = int((x - GUTTER + self.scroll_x) // self.column_width)
        return number if 0 <= number < self.columns else -1

    def span(self, column: int, start: float, end: float) -> QRectF:
        """Return the whole width of a column from one minute to another."""
        left, right = self.x(column), self.x(column + 1)
        top, bottom = self.y(start), self.y(end)
        return QRectF(left + 1, top, right - left - 1, bottom - top)

    def slot(self, column: int, start: float, end: float, lane: Lane | None = None) -> QRectF:
        """Return the rectangle of a thing in a column: 4 px from its edges, 2 px between neighbours in time."""
        lane = lane or Lane()
        left, right = self.x(column) + 1 + INSET, self.x(column + 1) - INSET
        each = (right - left - 2 * (lane.count - 1)) / lane.count
        top = round(self.y(start)) + 1
        height = max(8, round(self.y(end)) - round(self.y(start)) - 2)
        return QRectF(round(left + lane.number * (each + 2)), top, round(each), height)

    def snap(self, minute: float, step: int) -> int:
        """Return the step of the grid that begins before a minute."""
        return int(minute // step) * step

    def in_body(self, point: QPointF) -> bool:
        """Return whether a point lies in the body."""
        return self.body.contains(point)
