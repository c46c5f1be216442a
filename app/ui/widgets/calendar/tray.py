"""The tray below the calendar: visits wait here while one goes to another date."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QSizePolicy, QWidget

from app.kernel.i18n import t
from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.calendar.model import DayEvent
from app.ui.widgets.calendar.tiles import TileKey, tile
from app.ui.widgets.chip import Icon
from app.ui.widgets.layouts import row
from app.ui.widgets.paint import box, draw_text, text_width
from app.ui.widgets.text import Label

MAX_WIDTH = 216
WAY_OUT = 28
"""Width of the cross at a card's right end, as high as the card."""


@dataclass(frozen=True, slots=True)
class TrayItem:
    """A visit in the tray. ``event`` is what would be placed; its length is the difference of its times."""

    event: DayEvent
    detail: str = ""


class TrayCard(QWidget):
    """One visit in the tray: drag it into the calendar, or Enter and place it with the arrows.

    Its cross, T or Delete takes it out again: it stays where it always was (``returned``: the visit's id).
    """

    taken = Signal(object)
    returned = Signal(str)
    dragged = Signal(QPoint)
    dropped = Signal(QPoint)

    def __init__(self, item: TrayItem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.item = item
        self._pressed: QPoint | None = None
        self._dragging = False
        self.setAccessibleName(f"{item.event.name}, {self._detail()}")
        self.setAccessibleDescription(t("Enter places it, Delete takes it out of the tray."))
        self.setToolTip(t("Drag it to its new time, or Enter. Delete takes it out of the tray."))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def _detail(self) -> str:
        event = self.item.event
        return self.item.detail or f"{event.type} · {event.end - event.start} min"

    def sizeHint(self) -> QSize:
        """Return the size: the longer line, 36 px high."""
        name = text_width(self.item.event.name, TypeRole.META, True)
        detail = text_width(self._detail(), TypeRole.META)
        return QSize(min(MAX_WIDTH, math.ceil(max(name, detail)) + 22 + WAY_OUT), 36)

    def _on_cross(self, at: QPoint) -> bool:
        return at.x() >= self.width() - WAY_OUT

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the card like its event."""
        theme = Theme.current()
        with QPainter(self) as painter:
            scale = self.devicePixelRatioF()
            status = self.item.event.status
            key = TileKey("event", self.width(), self.height(), status, (), 0, theme.mode, scale)
            painter.drawPixmap(0, 0, tile(key))
            color = theme.status(status).text
            paint_icon(painter, "close", color, self.width() - WAY_OUT + 8, 12, 12)
            area = QRectF(14, 2, self.width() - 22 - WAY_OUT, 16)
            draw_text(painter, area, self.item.event.name, TypeRole.META, color, strong=True)
            draw_text(painter, area.translated(0, 16), self._detail(), TypeRole.META, color)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the card."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Carry it into the calendar."""
        if self._pressed is None:
            cross = self._on_cross(event.position().toPoint())
            self.setCursor(Qt.CursorShape.PointingHandCursor if cross else Qt.CursorShape.OpenHandCursor)
            return
        far = (event.position().toPoint() - self._pressed).manhattanLength() >= QApplication.startDragDistance()
        if not self._dragging and far:
            self._dragging = True
            self.taken.emit(self.item.event)
        if self._dragging:
            self.dragged.emit(event.globalPosition().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let it go; pressed and let go on the cross, it leaves the tray."""
        pressed, dragging = self._pressed, self._dragging
        self._dragging, self._pressed = False, None
        if dragging:
            self.dropped.emit(event.globalPosition().toPoint())
        elif pressed is not None and self._on_cross(pressed) and self._on_cross(event.position().toPoint()):
            self.returned.emit(self.item.event.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Place it by keyboard, or take it out again."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.taken.emit(self.item.event)
            event.accept()
            return
        if event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_T}:
            event.accept()
            self.returned.emit(self.item.event.id)
            return
        super().keyPressEvent(event)


class Legend(QWidget):
    """The status glyphs with their words."""

    def __init__(self, entries: Sequence[tuple[StatusKind, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = tuple(entries)
        self.setAccessibleName(", ".join(word for _kind, word in entries))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size of all entries on one line."""
        return QSize(math.ceil(sum(text_width(word, TypeRole.META) + 28 for _kind, word in self._entries)), 16)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint glyphs and words."""
        theme, left = Theme.current(), 0.0
        with QPainter(self) as painter:
            for kind, word in self._entries:
                paint_icon(painter, theme.status(kind).icon, theme.colors.muted, round(left), 2, 12)
                width = text_width(word, TypeRole.META)
                draw_text(painter, QRectF(left + 16, 0, width + 1, 16), word, TypeRole.META, theme.colors.muted)
                left += width + 28


class TrayBar(QFrame):
    """The tray. ``DayCalendar.set_tray`` connects it: ``taken``, ``dragged`` and ``dropped`` are for the calendar.

    ``returned`` carries the id of a visit that was taken out again.
    """

    taken = Signal(object)
    returned = Signal(str)
    dragged = Signal(QPoint)
    dropped = Signal(QPoint)

    def __init__(self, *, legend: Sequence[tuple[StatusKind, str]] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(44)
        self._wanted = False
        self._items: tuple[TrayItem, ...] | None = None
        self._title = Label("", strong=True)
        self._hint = Label("", role=TypeRole.META, tone=Tone.MUTED, elide=True)
        self._cards: QHBoxLayout = row(gap=12)
        self._layout: QHBoxLayout = row(Icon("tray", size=20), self._title, gap=12, margins=(12, 4, 8, 4), parent=self)
        self._layout.addLayout(self._cards)
        self._layout.addWidget(self._hint, 1)
        if legend:
            self._layout.addWidget(Legend(legend))
        self.set_items(())

    def set_items(self, items: Sequence[TrayItem]) -> None:
        """Show the visits that wait. The same ones again leave the cards alone: one of them may be on its way."""
        if tuple(items) == self._items:
            return
        self._items = tuple(items)
        while (child := self._cards.takeAt(0)) is not None:
            widget = child.widget()
            if widget is not None:
                widget.deleteLater()
        for item in items:
            card = TrayCard(item)
            card.taken.connect(self.taken)
            card.dragged.connect(self.dragged)
            card.dropped.connect(self.dropped)
            card.returned.connect(self.returned)
            self._cards.addWidget(card)
        self._title.setText(t("Tray ({n})", n=len(items)))
        empty = t("Drag a visit here, or press T, to move it to another date.")
        self._hint.setText(t("Go to another date, then drag from here.") if items else empty)
        self.setAccessibleName(t("Tray ({n})", n=len(items)))

    def cards(self) -> list[TrayCard]:
        """Return the cards from left to right."""
        items = (self._cards.itemAt(number) for number in range(self._cards.count()))
        found = (item.widget() for item in items if item is not None)
        return [card for card in found if isinstance(card, TrayCard)]

    def is_under(self, at: QPoint) -> bool:
        """Return whether a point of the screen is over the tray."""
        return QRect(self.mapToGlobal(QPoint(0, 0)), self.size()).contains(at)

    def set_wanted(self, wanted: bool) -> None:
        """Light up while a visit is over the tray."""
        if wanted != self._wanted:
            self._wanted = wanted
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the dashed frame."""
        theme = Theme.current()
        c = theme.colors
        fill, line = (c.selected, c.accent) if self._wanted else (None, c.control_line)
        box(QPainter(self), QRectF(self.rect()), theme.tokens.radius.panel, fill, line, dashed=True)
