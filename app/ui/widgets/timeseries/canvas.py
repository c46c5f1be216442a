"""Lanes over time, with a cursor: what is shown, where, and how it is painted and spoken."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.kernel.i18n import t
from app.ui.theme.theme import Theme
from app.ui.widgets.accessible import SpokenItem, announce_focus, install_accessible_items
from app.ui.widgets.timeseries.cursor import CursorState, Reading, readings_at, spoken_cursor
from app.ui.widgets.timeseries.frame import Frame, arrange, wanted_height
from app.ui.widgets.timeseries.marks import paint_lane
from app.ui.widgets.timeseries.model import Lane
from app.ui.widgets.timeseries.overlay import cursor_label, paint_axis, paint_cursor, paint_gutter, paint_waiting
from app.ui.widgets.timeseries.span import Span
from app.ui.widgets.timeseries.ticks import time_ticks

_TICK_ROOM = 90


class TimeSeriesCanvas(QWidget):
    """What ``TimeSeriesChart`` steers. ``span_changed`` and ``cursor_changed`` say where it stands."""

    span_changed = Signal(object)
    cursor_changed = Signal(object)

    def __init__(self, *, name: str, zone: ZoneInfo | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        install_accessible_items()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.zone = zone or ZoneInfo("UTC")
        self._lanes: tuple[Lane, ...] = ()
        self._frame = arrange((), 600, 300)
        self._span = Span(0, 30 * 86_400_000)
        self._limits = (0, 0)
        self._cursor: int | None = None
        self._readings: tuple[Reading, ...] = ()
        self._waiting: Span | None = None
        self._picture: QPixmap | None = None
        Theme.current().changed.connect(self._repaint_all)

    # what is shown

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The lanes shown."""
        return self._lanes

    @property
    def span(self) -> Span:
        """The stretch of time shown."""
        return self._span

    @property
    def frame(self) -> Frame:
        """Where everything lies."""
        return self._frame

    @property
    def limits(self) -> tuple[int, int]:
        """From when to when there are readings."""
        return self._limits

    @property
    def cursor_at(self) -> int | None:
        """The cursor's instant; None without one."""
        return self._cursor

    def set_lanes(self, lanes: Sequence[Lane]) -> None:
        """Show lanes; span and cursor stay."""
        self._lanes = tuple(lanes)
        self.setMinimumHeight(wanted_height(self._lanes))
        self._arrange()

    def set_limits(self, first: int, last: int) -> None:
        """Say from when to when there is anything to see."""
        self._limits = (first, last)

    def set_span(self, span: Span) -> None:
        """Show another stretch of time, without a signal."""
        if span != self._span:
            self._span = span
            self._repaint_all()
            self._read()

    def move_to(self, span: Span) -> None:
        """Show another stretch as the person asked: kept near the readings, and told."""
        self.set_span(span.within(*self._limits))
        self.span_changed.emit(self._span)

    def set_waiting(self, loaded: Span | None) -> None:
        """Say that what lies outside of ``loaded`` is still to come; None: everything that there is is shown."""
        self._waiting = loaded
        self.update()

    def set_cursor(self, at: int | None, *, announce: bool = False) -> None:
        """Put the cursor on an instant, or take it away."""
        if at == self._cursor and not announce:
            return
        self._cursor = at
        self._read()
        self.update()
        state = self.cursor_state()
        self.setAccessibleDescription("" if state is None else spoken_cursor(state, self.zone))
        self.cursor_changed.emit(state)
        if announce and state is not None:
            announce_focus(self, 0)

    def cursor_state(self) -> CursorState | None:
        """Return what is under the cursor; None without one."""
        return None if self._cursor is None else CursorState(self._cursor, self._readings)

    def spoken_items(self) -> Sequence[SpokenItem]:
        """Return what screen readers find: the cursor's values, then each lane's."""
        state, whole = self.cursor_state(), self.rect()
        items = [] if state is None else [SpokenItem(spoken_cursor(state, self.zone), whole, focused=self.hasFocus())]
        for placed, reading in zip(self._frame.lanes, self._readings, strict=False):
            value = t("no readings") if reading.point is None else reading.lane.text(reading.point)
            area = QRect(0, round(placed.top), self.width(), round(placed.height))
            items.append(SpokenItem(f"{placed.lane.title} {value} {placed.lane.unit}".strip(), area))
        return items

    def picture(self, scale: float = 2.0) -> QPixmap:
        """Return the chart as a picture for a file: without cursor or focus, light whatever the window's look."""
        image = QPixmap(round(self.width() * scale), round(self.height() * scale))
        image.setDevicePixelRatio(scale)
        with Theme.current().as_on_paper(), QPainter(image) as painter:
            painter.fillRect(self.rect(), Theme.current().colors.surface)
            self._paint_still(painter, scale)
            readings = readings_at(self._lanes, None, self._frame, self._span, self.zone)
            self._paint_over(painter, None, readings)
        return image

    def sizeHint(self) -> QSize:
        """Return a size at which four lanes are at ease."""
        return QSize(760, max(420, wanted_height(self._lanes)))

    # painting

    def _arrange(self) -> None:
        self._frame = arrange(self._lanes, self.width(), self.height())
        self._repaint_all()
        self._read()

    def _read(self) -> None:
        at, span = self._cursor, self._span
        seen = at if at is not None and span.start <= at <= span.end else None
        self._readings = readings_at(self._lanes, seen, self._frame, span, self.zone)

    def _repaint_all(self) -> None:
        self._picture = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the lanes out anew."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the lanes (kept until they change), then what moves."""
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatio() != ratio:
            picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            picture.setDevicePixelRatio(ratio)
            picture.fill(Theme.current().colors.surface)
            with QPainter(picture) as painter:
                self._paint_still(painter, ratio)
            self._picture = picture
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._picture)
            self._paint_over(painter, self._cursor, self._readings)

    def _paint_still(self, painter: QPainter, ratio: float) -> None:
        above = None
        for placed in self._frame.lanes:
            paint_lane(painter, placed, self._frame, self._span, ratio, above)
            above = placed

    def _paint_over(self, painter: QPainter, cursor: int | None, readings: Sequence[Reading]) -> None:
        frame, span = self._frame, self._span
        for placed, reading in zip(frame.lanes, readings, strict=False):
            paint_gutter(painter, placed, reading, self.zone, cursor)
        if self._waiting is not None:
            paint_waiting(painter, frame, span, self._waiting)
        shown = cursor is not None and span.start <= cursor <= span.end
        hidden = cursor_label(frame, span, cursor, self.zone)[0] if shown and cursor is not None else None
        most = int((frame.right - frame.left) / _TICK_ROOM)
        paint_axis(painter, frame, span, time_ticks(span, self.zone, most), hidden)
        if shown and cursor is not None:
            paint_cursor(painter, frame, span, cursor, self.zone, readings)

    def at(self, position: QPointF) -> int:
        """Return the instant under a place of the widget."""
        return self._frame.ms(position.x(), self._span)
