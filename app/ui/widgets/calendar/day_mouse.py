"""The mouse in the calendar: click a free time, drag a visit, its lower edge, or a range of open time."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.ui.widgets.calendar.day_surface import DaySurface
from app.ui.widgets.calendar.drag import Drag, DragKind, moved_to
from app.ui.widgets.calendar.geometry import EDGE, HEAD
from app.ui.widgets.calendar.model import CalendarItem, ItemKind

_OPEN = {ItemKind.SLOT, ItemKind.GAP}
_NEAR_EDGE = 24
_SCROLL_MS = 40


@dataclass(frozen=True, slots=True)
class _Press:
    """Where a button went down, on what, and whether on the lower edge."""

    point: QPointF
    item: CalendarItem | None
    on_edge: bool


class MouseControl:
    """Turns mouse events into drags, ranges and requests."""

    def __init__(self, calendar: DaySurface) -> None:
        self._calendar = calendar
        self._press: _Press | None = None
        self._last = QPointF()
        self._free_only = False
        self._scroller = QTimer(calendar)
        self._scroller.setInterval(_SCROLL_MS)
        self._scroller.timeout.connect(self._scroll_on)

    def press(self, event: QMouseEvent) -> None:
        """Remember where the button went down."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        point = event.position()
        calendar = self._calendar
        if calendar.drag is not None:
            # A click finishes what the keyboard began.
            self._press = None
            calendar.drop()
            return
        calendar.set_range(None)
        item = calendar.item_at(point)
        self._press = _Press(point, item, self._on_edge(point, item))
        if item is not None:
            calendar.set_cursor_item(item, reveal=False)

    def move(self, event: QMouseEvent) -> None:
        """Drag, choose a range, or hover."""
        point = event.position()
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self._hover(point)
            return
        press = self._press
        if press is None:
            return
        started = self._calendar.drag is not None or self._calendar.selected_range is not None
        if not started and (point - press.point).manhattanLength() < QApplication.startDragDistance():
            return
        self._free_only = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        self._calendar.hint_tray(event.globalPosition().toPoint())
        self._drag_on(point)
        self._scroller.start()

    def release(self, event: QMouseEvent) -> None:
        """Drop, finish a range, or click."""
        press, self._press = self._press, None
        self._scroller.stop()
        calendar = self._calendar
        if event.button() != Qt.MouseButton.LeftButton or press is None:
            return
        if calendar.drag is not None:
            if not calendar.drop_into_tray(event.globalPosition().toPoint()):
                calendar.drop()
        elif calendar.selected_range is not None:
            chosen = calendar.selected_range
            calendar.set_range(None)
            calendar.range_selected.emit(*chosen)
        elif (event.position() - press.point).manhattanLength() < QApplication.startDragDistance():
            self._click(press)

    def double_click(self, event: QMouseEvent) -> None:
        """Open a visit, a block or a hold."""
        item = self._calendar.item_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and item is not None and item.kind not in _OPEN:
            self._press = None
            self._calendar.activate(item)

    def foreign_moved(self, point: QPointF) -> None:
        """Follow a visit that was taken from the tray."""
        calendar, drag = self._calendar, self._calendar.drag
        if drag is None or not drag.foreign:
            return
        geometry = calendar.geometry_now
        column = geometry.column(point.x()) if geometry.in_body(point) else -1
        by_mouse = Drag(drag.event, drag.kind, drag.column, drag.start, drag.end, foreign=True)
        calendar.set_drag(moved_to(by_mouse, calendar.model, column, geometry.minute(point.y())), point)

    def _on_edge(self, point: QPointF, item: CalendarItem | None) -> bool:
        if item is None or item.kind is not ItemKind.EVENT:
            return False
        event = self._calendar.event_by_id(item.id)
        rect = self._calendar.item_rect(item)
        return event is not None and event.movable and rect.bottom() - point.y() <= min(EDGE, rect.height() / 3)

    def _hover(self, point: QPointF) -> None:
        calendar = self._calendar
        item = calendar.item_at(point)
        calendar.set_hover(item)
        shape = Qt.CursorShape.ArrowCursor
        if self._on_edge(point, item):
            shape = Qt.CursorShape.SizeVerCursor
        elif item is not None and self._opens(item):
            shape = Qt.CursorShape.PointingHandCursor
        calendar.viewport().setCursor(shape)

    def _opens(self, item: CalendarItem) -> bool:
        """Whether a single click is enough: on a free time, and on one that is held for who sits here."""
        mine = (hold.mine for hold in self._calendar.model.holds if hold.id == item.id)
        return item.kind in _OPEN or (item.kind is ItemKind.HOLD and any(mine))

    def _click(self, press: _Press) -> None:
        calendar = self._calendar
        if press.item is not None and self._opens(press.item):
            calendar.activate(press.item)
        elif press.point.y() < HEAD:
            number = calendar.geometry_now.column(press.point.x())
            if number >= 0:
                calendar.column_activated.emit(calendar.model.columns[number].id)

    def _drag_on(self, point: QPointF) -> None:
        self._last = point
        calendar, press = self._calendar, self._press
        if press is None or press.item is None:
            return
        geometry = calendar.geometry_now
        if press.item.kind in _OPEN:
            self._choose_range(press.item, geometry.minute(point.y()))
            return
        drag = calendar.drag or self._begin(press)
        if drag is None:
            return
        # Above, below and beside the page there is no place to land.
        inside = geometry.in_body(point) or drag.kind is DragKind.RESIZE
        column = geometry.column(point.x()) if inside else -1
        moved = moved_to(drag, calendar.model, column, geometry.minute(point.y()), free_only=self._free_only)
        calendar.set_drag(moved, point)
        calendar.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def _begin(self, press: _Press) -> Drag | None:
        item = press.item
        event = self._calendar.event_by_id(item.id) if item is not None and item.kind is ItemKind.EVENT else None
        if event is None or not event.movable:
            return None
        kind = DragKind.RESIZE if press.on_edge else DragKind.MOVE
        grab = self._calendar.geometry_now.minute(press.point.y()) - event.start
        column = self._calendar.column_number(event.column_id)
        return Drag(event, kind, column, event.start, event.end, grab=grab)

    def _choose_range(self, origin: CalendarItem, minute: float) -> None:
        """Grow from the pressed time to the pointer, over open time only."""
        items = list(self._calendar.items(origin.column_id))
        if origin not in items:
            return
        low = high = items.index(origin)
        while high + 1 < len(items) and items[high].end < minute and self._joins(items[high], items[high + 1]):
            high += 1
        while low > 0 and items[low].start > minute and self._joins(items[low - 1], items[low]):
            low -= 1
        self._calendar.set_range((origin.column_id, items[low].start, items[high].end))

    @staticmethod
    def _joins(before: CalendarItem, after: CalendarItem) -> bool:
        return before.kind in _OPEN and after.kind in _OPEN and before.end == after.start

    def _scroll_on(self) -> None:
        """Scroll while a drag is held at the edge of the page."""
        calendar = self._calendar
        if calendar.drag is None and calendar.selected_range is None:
            self._scroller.stop()
            return
        body, point = calendar.geometry_now.body, self._last
        down = (point.y() > body.bottom() - _NEAR_EDGE) - (point.y() < body.top() + _NEAR_EDGE)
        across = (point.x() > body.right() - _NEAR_EDGE) - (point.x() < body.left() + _NEAR_EDGE)
        if down or across:
            calendar.verticalScrollBar().setValue(calendar.verticalScrollBar().value() + 12 * down)
            calendar.horizontalScrollBar().setValue(calendar.horizontalScrollBar().value() + 12 * across)
            self._drag_on(point)
