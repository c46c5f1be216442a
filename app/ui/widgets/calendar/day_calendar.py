"""The day calendar: columns of time, painted by hand, usable by mouse and by keyboard alone."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.ui.widgets.calendar.day_keys import KeyControl
from app.ui.widgets.calendar.day_mouse import MouseControl
from app.ui.widgets.calendar.day_surface import DaySurface
from app.ui.widgets.calendar.drag import DragKind
from app.ui.widgets.calendar.spoken import tooltip
from app.ui.widgets.calendar.tray import TrayBar


class DayCalendar(DaySurface):
    """Columns with visits, free times, holds and blocks.

    Give it a ``DayModel`` with ``set_model``; it never changes data itself, it asks with signals. Times in signals
    are minutes after midnight on the wall clock, ids are those of the model.
    """

    def __init__(self, *, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(name=name, parent=parent)
        self._mouse, self._keys = MouseControl(self), KeyControl(self)

    def set_tray(self, tray: TrayBar) -> None:
        """Connect the tray below the calendar: visits are dragged there and back."""
        self._tray = tray
        tray.taken.connect(self.begin_foreign)
        tray.dragged.connect(self._foreign_moved)
        tray.dropped.connect(self._foreign_dropped)

    def begin_keys(self, event_id: str, kind: DragKind) -> None:
        """Begin to move or stretch an event with the arrows, as M and L do, if it may be."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.focus_id(event_id):
            self._keys.begin(event_id, kind)

    def _foreign_moved(self, at: QPoint) -> None:
        self._mouse.foreign_moved(QPointF(self.viewport().mapFromGlobal(at)))

    def _foreign_dropped(self, at: QPoint) -> None:
        self._foreign_moved(at)
        if self._drag is not None:
            self.drop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hand keys to the keyboard control."""
        if self._keys.press(event):
            event.accept()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Put the keyboard somewhere."""
        super().focusInEvent(event)
        self._keys.focused(by_mouse=event.reason() == Qt.FocusReason.MouseFocusReason)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A keyboard move ends when the keyboard goes elsewhere."""
        super().focusOutEvent(event)
        if self._drag is not None and self._drag.keyboard and event.reason() != Qt.FocusReason.PopupFocusReason:
            self.cancel_drag()
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hand the mouse to its control."""
        self.shows_cursor = False
        self._mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Hand the mouse to its control."""
        self._mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Hand the mouse to its control."""
        self._mouse.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open what was clicked twice."""
        self._mouse.double_click(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the hover."""
        super().leaveEvent(event)
        self.set_hover(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with Ctrl, else scroll."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_step(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the item under the pointer, or under the keyboard."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self._cursor is not None:
            at = self.viewport().mapToGlobal(self.item_rect(self._cursor).center().toPoint())
            self.context_requested.emit(self._cursor, at)
            return
        item = self.item_at(QPointF(event.pos()))
        if item is not None:
            self.set_cursor_item(item, reveal=False)
            self.context_requested.emit(item, event.globalPos())

    def viewportEvent(self, event: QEvent) -> bool:
        """Show the whole of a visit as tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            item = self.item_at(QPointF(event.pos()))
            text = tooltip(self._model, item) if item is not None and self._drag is None else ""
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        return super().viewportEvent(event)
