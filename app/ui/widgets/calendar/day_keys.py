"""The keyboard in the calendar: arrows go between things, Enter books or opens, M moves, L changes the length."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from app.ui.widgets.calendar.day_surface import DaySurface
from app.ui.widgets.calendar.drag import Drag, DragKind, stepped
from app.ui.widgets.calendar.model import CalendarItem, ItemKind

_ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_OPEN = {ItemKind.SLOT, ItemKind.GAP}


class KeyControl:
    """Turns keys into cursor moves, drags and requests."""

    def __init__(self, calendar: DaySurface) -> None:
        self._calendar = calendar
        # The time that sideways moves aim at, so that a row of long visits doesn't carry the cursor away.
        self._minute: int | None = None

    def focused(self, *, by_mouse: bool) -> None:
        """Put the cursor on what is near now, when it is nowhere."""
        self._calendar.shows_cursor = not by_mouse
        calendar = self._calendar
        items = calendar.ordered_items()
        if by_mouse or calendar.cursor_item is not None or not items:
            return
        now = calendar.model.now or calendar.geometry_now.first
        first = calendar.items(items[0].column_id)
        calendar.set_cursor_item(next((item for item in first if item.end > now), items[0]))

    def press(self, event: QKeyEvent) -> bool:
        """Handle a key; returns whether it meant something here."""
        key = Qt.Key(event.key())
        if self._calendar.drag is not None:
            return self._in_drag(key)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return self._zoom(key)
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return False
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in _ARROWS:
            self._calendar.shows_cursor = True
            across, down = _ARROWS[key]
            self._extend(down) if shift and down else self._go(across, down)
            return True
        return self._command(key)

    def _in_drag(self, key: Qt.Key) -> bool:
        calendar, drag = self._calendar, self._calendar.drag
        if drag is None:
            return False
        if key == Qt.Key.Key_Escape:
            calendar.cancel_drag()
        elif not drag.keyboard:
            return False
        elif key in _ENTER:
            self._drop(drag)
        elif key in _ARROWS:
            moved = stepped(drag, calendar.model, *_ARROWS[key])
            calendar.reveal(calendar.target_rect(moved))
            calendar.set_drag(moved, calendar.target_rect(moved).topRight())
        # Every other key waits: a move is finished with Enter or Esc.
        return True

    def _drop(self, drag: Drag) -> None:
        calendar = self._calendar
        column_id = calendar.model.columns[drag.column].id
        if calendar.drop():
            place = CalendarItem(ItemKind.EVENT, drag.event.id, column_id, drag.start, drag.end)
            calendar.set_cursor_item(place)

    def _zoom(self, key: Qt.Key) -> bool:
        if key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal}:
            self._calendar.zoom_step(1)
        elif key == Qt.Key.Key_Minus:
            self._calendar.zoom_step(-1)
        else:
            return False
        return True

    def _command(self, key: Qt.Key) -> bool:
        calendar, item = self._calendar, self._calendar.cursor_item
        if key == Qt.Key.Key_Escape and calendar.selected_range is not None:
            calendar.set_range(None)
            return True
        if item is None:
            return False
        if key in _ENTER:
            self._enter(item)
        elif key in {Qt.Key.Key_Home, Qt.Key.Key_End}:
            items = calendar.items(item.column_id)
            self._put(items[0] if key == Qt.Key.Key_Home else items[-1])
        elif key in {Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}:
            self._near(item.column_id, item.start + (-60 if key == Qt.Key.Key_PageUp else 60))
        elif key in {Qt.Key.Key_M, Qt.Key.Key_L}:
            return self._begin(item, DragKind.MOVE if key == Qt.Key.Key_M else DragKind.RESIZE)
        elif key == Qt.Key.Key_T and item.kind is ItemKind.EVENT:
            calendar.tray_requested.emit(item.id)
        else:
            return False
        return True

    def _enter(self, item: CalendarItem) -> None:
        chosen = self._calendar.selected_range
        if chosen is None:
            self._calendar.activate(item)
            return
        self._calendar.set_range(None)
        self._calendar.range_selected.emit(*chosen)

    def begin(self, event_id: str, kind: DragKind) -> None:
        """Begin to move or stretch the event under the cursor."""
        item = self._calendar.cursor_item
        if item is not None and item.id == event_id:
            self._begin(item, kind)

    def _begin(self, item: CalendarItem, kind: DragKind) -> bool:
        event = self._calendar.event_by_id(item.id) if item.kind is ItemKind.EVENT else None
        if event is None or not event.movable:
            return False
        column = self._calendar.column_number(item.column_id)
        drag = Drag(event, kind, column, event.start, event.end, keyboard=True)
        self._calendar.set_drag(drag, self._calendar.target_rect(drag).topRight())
        return True

    def _put(self, item: CalendarItem) -> None:
        self._minute = item.start
        self._calendar.set_cursor_item(item)

    def _near(self, column_id: str, minute: int) -> None:
        items = self._calendar.items(column_id)
        if items:
            self._put(min(items, key=lambda item: abs(item.start - minute)))

    def _go(self, across: int, down: int) -> None:
        calendar, item = self._calendar, self._calendar.cursor_item
        calendar.set_range(None)
        if item is None:
            self.focused(by_mouse=False)
        elif down:
            items = list(calendar.items(item.column_id))
            place = items.index(item) if item in items else -1
            self._put(items[min(len(items) - 1, max(0, place + down))])
        else:
            self._sideways(item, across)

    def _sideways(self, item: CalendarItem, across: int) -> None:
        calendar = self._calendar
        minute = self._minute if self._minute is not None else item.start
        number = calendar.column_number(item.column_id) + across
        while 0 <= number < len(calendar.model.columns):
            items = calendar.items(calendar.model.columns[number].id)
            if items:
                over = [other for other in items if other.start <= minute < other.end]
                nearest = min(items, key=lambda other: abs(other.start - minute))
                calendar.set_cursor_item(over[0] if over else nearest)
                self._minute = minute
                return
            number += across

    def _extend(self, down: int) -> None:
        calendar, item = self._calendar, self._calendar.cursor_item
        if item is None or item.kind not in _OPEN:
            return
        column_id, start, end = calendar.selected_range or (item.column_id, item.start, item.end)
        following = next((other for other in calendar.items(column_id) if other.start == end), None)
        if down > 0 and following is not None and following.kind in _OPEN:
            calendar.set_range((column_id, start, following.end))
        elif down < 0 and end > item.end:
            shorter = [other.start for other in calendar.items(column_id) if item.start < other.start < end]
            calendar.set_range((column_id, start, shorter[-1]) if shorter else None)
        calendar.reveal(calendar.item_rect(replace(item, end=(calendar.selected_range or (0, 0, item.end))[2])))
