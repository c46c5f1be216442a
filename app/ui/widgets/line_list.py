"""A short list painted as a whole: one stop of the Tab key, arrows go along, Enter or a click opens a line."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.accessible import SpokenItem, announce_focus, install_accessible_items
from app.ui.widgets.line_model import Line
from app.ui.widgets.line_paint import PAD, columns_of, paint_line
from app.ui.widgets.paint import box, text_width

ONE, TWO = 28, 44
_MIDDLE_MOST = 0.42
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class LineList(QWidget):
    """Shows lines; keeps its line by key when others are put in."""

    chosen = Signal(str)
    """A line was opened: its key."""

    def __init__(self, name: str, *, opens: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[Line, ...] = ()
        self._columns: list[int] = []
        self._current, self._hover = 0, -1
        self._opens = opens
        self._name = name
        install_accessible_items()
        self.setAccessibleName(name)
        self.setProperty("ownFocus", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines shown."""
        return self._lines

    @property
    def current(self) -> str:
        """The key of the line that the keyboard is on; empty without lines."""
        return self._lines[self._current].key if self._current < len(self._lines) else ""

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show other lines; the keyboard stays on its line as long as that is there."""
        if tuple(lines) == self._lines:
            return
        before = self.current
        self._lines = tuple(lines)
        self._columns = columns_of(lines)
        keys = [line.key for line in lines]
        self._current = keys.index(before) if before in keys else min(self._current, max(0, len(keys) - 1))
        self._hover = -1
        self.updateGeometry()
        self.update()

    def go_to(self, key: str) -> bool:
        """Put the keyboard on a line; False when it isn't there."""
        keys = [line.key for line in self._lines]
        if key not in keys:
            return False
        self._go(keys.index(key))
        return True

    # -- geometry ------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Return the height of all lines."""
        return QSize(240, sum(_height(line) for line in self._lines))

    def minimumSizeHint(self) -> QSize:
        """Return the height of all lines, however narrow."""
        return QSize(120, self.sizeHint().height())

    def line_rect(self, number: int) -> QRect:
        """Return a line's place in this widget."""
        top = sum(_height(line) for line in self._lines[:number])
        return QRect(0, top, self.width(), _height(self._lines[number]))

    def _at(self, point: QPoint) -> int:
        return next((n for n in range(len(self._lines)) if self.line_rect(n).contains(point)), -1)

    def _middle(self) -> float:
        """Where the middle words begin: after the longest title, but not beyond a part of the width."""
        longest = max((text_width(line.title, TypeRole.BODY) for line in self._lines if line.middle), default=0.0)
        return PAD + min(longest + 12, (self.width() - 2 * PAD) * _MIDDLE_MOST)

    # -- painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the lines, and the ring around the one with the keyboard."""
        theme, middle = Theme.current(), self._middle()
        with QPainter(self) as painter:
            for number, line in enumerate(self._lines):
                rect = QRectF(self.line_rect(number))
                if number == self._hover and self._opens:
                    painter.fillRect(rect, theme.colors.hover)
                if number:
                    painter.fillRect(QRectF(PAD, rect.top(), rect.width() - 2 * PAD, 1), theme.colors.line)
                if line.dashed:
                    box(painter, rect.adjusted(6, 2, -6, -2), 6, None, theme.colors.control_line, dashed=True)
                paint_line(painter, line, rect.adjusted(PAD, 0, -PAD, 0), self._columns, middle)
            if self.hasFocus() and self._lines:
                self._ring(painter)

    def _ring(self, painter: QPainter) -> None:
        theme = Theme.current()
        width = theme.tokens.focus_width
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colors.accent, width))
        inner = QRectF(self.line_rect(self._current)).adjusted(6, 2, -6, -2)
        painter.drawRoundedRect(inner, theme.tokens.radius.key, theme.tokens.radius.key)

    # -- keyboard and mouse --------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go along with the arrows; open with Enter."""
        key, last = Qt.Key(event.key()), len(self._lines) - 1
        steps = {Qt.Key.Key_Up: self._current - 1, Qt.Key.Key_Down: self._current + 1, Qt.Key.Key_Home: 0,
                 Qt.Key.Key_End: last}  # fmt: skip
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key in steps and 0 <= steps[key] <= last:
            self._go(steps[key])
        elif key in _ENTER and self._opens and self._lines and not event.isAutoRepeat():
            self.chosen.emit(self.current)
        else:
            super().keyPressEvent(event)

    def _go(self, number: int) -> None:
        self._current = number
        announce_focus(self, number)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Put the keyboard on the line under the pointer."""
        number = self._at(event.position().toPoint())
        if number >= 0:
            self._go(number)
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the line under the pointer."""
        number = self._at(event.position().toPoint())
        if number >= 0 and self._opens and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self._lines[number].key)
        super().mouseReleaseEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show which line is under the pointer."""
        self._hover_on(self._at(event.position().toPoint()))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """End the hover state."""
        self._hover_on(-1)
        super().leaveEvent(event)

    def _hover_on(self, number: int) -> None:
        if number != self._hover:
            self._hover = number
            pointing = number >= 0 and self._opens
            self.setCursor(Qt.CursorShape.PointingHandCursor if pointing else Qt.CursorShape.ArrowCursor)
            self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say which line the keyboard is on."""
        super().focusInEvent(event)
        announce_focus(self, self._current)

    def event(self, event: QEvent) -> bool:
        """Show a line's whole text as its tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self._at(event.pos())
            words = self._lines[number].spoken() if number >= 0 else ""
            QToolTip.showText(event.globalPos(), f"<p>{escape(words)}</p>" if words else "", self)
            return True
        return super().event(event)

    def spoken_items(self) -> Sequence[SpokenItem]:
        """Return the lines as screen readers say them."""
        return [
            SpokenItem(line.spoken(), self.line_rect(number), self.hasFocus() and number == self._current)
            for number, line in enumerate(self._lines)
        ]


def _height(line: Line) -> int:
    return TWO if line.subtitle else ONE
