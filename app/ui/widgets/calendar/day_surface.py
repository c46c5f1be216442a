"""What a day calendar shows over its page: the keyboard's place, a drag, a range; and what it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t
from app.ui.widgets.accessible import SpokenItem, announce_focus, install_accessible_items
from app.ui.widgets.calendar import overlay
from app.ui.widgets.calendar.day_page import DayPage
from app.ui.widgets.calendar.drag import Drag, DragKind, changes_nothing
from app.ui.widgets.calendar.landing import Landing
from app.ui.widgets.calendar.model import (
    CalendarItem,
    CheckDrop,
    DayEvent,
    DayModel,
    DropKind,
    DropVerdict,
    ItemKind,
    fine,
)
from app.ui.widgets.calendar.spoken import spoken
from app.ui.widgets.calendar.tray import TrayBar


class DaySurface(DayPage):
    """What mouse and keyboard steer; ``DayCalendar`` hands them their events."""

    slot_activated = Signal(str)
    event_activated = Signal(str)
    block_activated = Signal(str)
    hold_activated = Signal(str)
    range_selected = Signal(str, int, int)
    move_requested = Signal(str, str, int)
    resize_requested = Signal(str, int)
    tray_requested = Signal(str)
    tray_placed = Signal(str, str, int)
    drag_refused = Signal(str, str)
    drag_ended = Signal()
    context_requested = Signal(object, QPoint)
    cursor_changed = Signal(object)
    column_activated = Signal(str)

    def __init__(self, *, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        install_accessible_items()
        self.setAccessibleName(name or t("Calendar"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ownFocus", True)
        self._check: CheckDrop = fine
        self._cursor: CalendarItem | None = None
        self._drag: Drag | None = None
        self.landing = Landing(self.viewport())
        self._pointer = QPointF()
        self._hover: CalendarItem | None = None
        self._range: tuple[str, int, int] | None = None
        self._tray: TrayBar | None = None
        self.shows_cursor = True
        """Whether the keyboard's place is ringed: not while the mouse is at work."""

    def set_model(self, model: DayModel) -> None:
        """Show a day. Scroll place, cursor and a drag under way stay where they are."""
        super().set_model(model)
        if self._drag is not None:
            self._keep_drag(self._drag)
        self._cursor = self._find_again(self._cursor)
        self._hover = None

    def set_check_drop(self, check: CheckDrop) -> None:
        """Set what judges a drop while it is dragged; it must answer from memory."""
        self._check = check

    def _find_again(self, item: CalendarItem | None) -> CalendarItem | None:
        if item is None:
            return None
        same = next((other for other in self.ordered_items() if other.same(item)), None)
        # What is gone (booked, cancelled) leaves the cursor at its place and time.
        at = (other for other in self.items(item.column_id) if other.start <= item.start < other.end)
        return same or next(at, None)

    def _keep_drag(self, drag: Drag) -> None:
        event = drag.event if drag.foreign else self.event_by_id(drag.event.id)
        if event is None or not self._model.columns:
            self.cancel_drag()
        else:
            self._drag = replace(drag, event=event, column=min(drag.column, len(self._model.columns) - 1))

    @property
    def cursor_item(self) -> CalendarItem | None:
        """What the keyboard is on."""
        return self._cursor

    def set_cursor_item(self, item: CalendarItem | None, *, reveal: bool = True) -> None:
        """Put the keyboard on an item and bring it into view."""
        self._cursor = item
        if item is not None:
            if reveal:
                self.reveal(self.item_rect(item))
            spoken_now = self.ordered_items()
            if item in spoken_now:
                announce_focus(self, spoken_now.index(item))
        self.cursor_changed.emit(item)
        self.viewport().update()

    def focus_id(self, thing_id: str) -> bool:
        """Put the keyboard on the thing with an id; returns whether it is shown."""
        found = next((item for item in self.ordered_items() if item.id == thing_id and thing_id), None)
        if found is not None:
            self.set_cursor_item(found)
        return found is not None

    def spoken_items(self) -> Sequence[SpokenItem]:
        """Return all items as screen readers say them: "10:40 Zygmunt Lis, Echo, planned"."""
        now = self._clock()
        return [
            SpokenItem(
                spoken(self._model, item, now), self._widget_rect(item), item == self._cursor and self.hasFocus()
            )
            for item in self.ordered_items()
        ]

    def _widget_rect(self, item: CalendarItem) -> QRect:
        return self.item_rect(item).toRect().translated(self.viewport().pos())

    def activate(self, item: CalendarItem) -> None:
        """Do what Enter does: book a free time, open a visit, a block or a hold."""
        if item.kind is ItemKind.GAP:
            self.range_selected.emit(item.column_id, item.start, item.end)
            return
        signals = {
            ItemKind.SLOT: self.slot_activated,
            ItemKind.EVENT: self.event_activated,
            ItemKind.BLOCK: self.block_activated,
            ItemKind.HOLD: self.hold_activated,
        }
        signals[item.kind].emit(item.id)

    @property
    def drag(self) -> Drag | None:
        """The drag under way, by mouse or keyboard."""
        return self._drag

    def set_drag(self, drag: Drag, pointer: QPointF) -> None:
        """Begin a drag or move it on."""
        self.landing.cancel()
        self._drag, self._pointer = drag, pointer
        self._hover = None
        self.lift("" if drag.foreign else drag.event.id)
        self.viewport().update()

    def begin_foreign(self, event: DayEvent) -> None:
        """Begin to place a visit that isn't on this page, by keyboard or from the tray."""
        column = max(0, self.column_number(self._cursor.column_id)) if self._cursor else 0
        start = self._cursor.start if self._cursor else self._geometry.first
        length = event.end - event.start
        drag = Drag(event, DragKind.MOVE, column, start, start + length, keyboard=True, foreign=True)
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.set_drag(drag, self.target_rect(drag).topRight())

    def verdict(self) -> DropVerdict:
        """Return what the drag's target is worth."""
        drag = self._drag
        if drag is None:
            return DropVerdict()
        if drag.nowhere:
            return DropVerdict(DropKind.REFUSED, t("No free time in this column") if drag.free_only else "")
        if changes_nothing(drag, self._model):
            return DropVerdict(text=t("Where it was"))
        return self._check(drag.event, self._model.columns[drag.column].id, drag.start, drag.end)

    def drop(self) -> bool:
        """End the drag where it is; returns whether a change was asked for. A refused keyboard move goes on."""
        drag, verdict = self._drag, self.verdict()
        if drag is None:
            return False
        if verdict.kind is DropKind.REFUSED and not drag.nowhere:
            self.drag_refused.emit(drag.event.id, verdict.text)
            if drag.keyboard:
                return False
        useless = drag.nowhere or verdict.kind is DropKind.REFUSED or changes_nothing(drag, self._model)
        self.cancel_drag()
        if useless:
            return False
        self.landing.begin(self._drag_look(drag))
        column_id = self._model.columns[drag.column].id
        if drag.foreign:
            self.tray_placed.emit(drag.event.id, column_id, drag.start)
        elif drag.kind is DragKind.MOVE:
            self.move_requested.emit(drag.event.id, column_id, drag.start)
        else:
            self.resize_requested.emit(drag.event.id, drag.end)
        return True

    def drop_into_tray(self, at: QPoint) -> bool:
        """Put the dragged visit into the tray when the pointer (global) is over it."""
        drag, tray = self._drag, self._tray
        if drag is None or tray is None or drag.foreign or drag.kind is DragKind.RESIZE or not tray.is_under(at):
            return False
        self.cancel_drag()
        self.tray_requested.emit(drag.event.id)
        return True

    def cancel_drag(self) -> None:
        """Put everything back."""
        if self._drag is None:
            return
        self._drag = None
        self.lift("")
        if self._tray is not None:
            self._tray.set_wanted(False)
        self.viewport().update()
        self.drag_ended.emit()

    def hint_tray(self, at: QPoint) -> None:
        """Light the tray up while a visit is over it."""
        if self._tray is not None and self._drag is not None and not self._drag.foreign:
            self._tray.set_wanted(self._tray.is_under(at))

    @property
    def selected_range(self) -> tuple[str, int, int] | None:
        """The range of time that is being chosen: column id, start, end."""
        return self._range

    def set_range(self, chosen: tuple[str, int, int] | None) -> None:
        """Show a range of time; ``None`` takes it away."""
        self._range = chosen
        self.viewport().update()

    def set_hover(self, item: CalendarItem | None) -> None:
        """Show which free time is under the pointer."""
        if item == self._hover:
            return
        for changed in (self._hover, item):
            if changed is not None and self.column_number(changed.column_id) >= 0:
                self.viewport().update(self.item_rect(changed).toAlignedRect())
        self._hover = item

    def target_rect(self, drag: Drag) -> QRectF:
        """Return where a drag would land, in the viewport."""
        return self._geometry.slot(drag.column, drag.start, drag.end)

    def paint_over(self, painter: QPainter) -> None:
        """Paint hover, range, the keyboard's ring and a drag."""
        painter.save()
        painter.setClipRect(self._geometry.body)
        hover = self._hover
        if hover is not None and hover.kind in {ItemKind.SLOT, ItemKind.GAP} and self._drag is None:
            overlay.paint_hover(painter, self.item_rect(hover), hover.start)
        if self._range is not None:
            column_id, start, end = self._range
            rect = self._geometry.slot(self.column_number(column_id), start, end)
            overlay.paint_range(painter, rect, start, end)
        if self._cursor is not None and self.hasFocus() and self._drag is None and self.shows_cursor:
            overlay.paint_cursor(painter, self.item_rect(self._cursor))
        painter.restore()
        self._paint_drag(painter)

    def _paint_drag(self, painter: QPainter) -> None:
        scale = self.viewport().devicePixelRatioF()
        self.landing.paint(painter, scale)
        if self._drag is not None:
            overlay.paint_drag(painter, self._drag_look(self._drag), self._geometry, scale)

    def _drag_look(self, drag: Drag) -> overlay.DragLook:
        target = self.target_rect(drag)
        ghost = target
        if not drag.keyboard and drag.kind is DragKind.MOVE:
            top = self._pointer.y() - drag.grab * self._geometry.scale
            ghost = QRectF(self._pointer.x() - target.width() / 2, top, target.width(), target.height())
        minute = drag.end if drag.kind is DragKind.RESIZE else drag.start
        return overlay.DragLook(drag.event, target, ghost, minute, self._pointer, self.verdict(), drag.keyboard)
