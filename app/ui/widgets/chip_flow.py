"""Chips side by side that go on in the next line where there is no room: allergies, flags. Some of them open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.lists import ChipSpec, paint_chip
from app.ui.widgets.paint import text_width

_HEIGHT, _GAP, _BESIDE_TEXT = 20, 6, 30


class ChipFlow(QWidget):
    """Shows chips; a screen reader hears them as one text.

    Those with a key open something: by a click, or with the arrows and Enter when the keyboard is here.
    """

    chosen = Signal(str)
    """A chip was opened: its key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chips: tuple[ChipSpec, ...] = ()
        self._keys: tuple[str, ...] = ()
        self._current = 0
        self.setProperty("ownFocus", True)
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def chips(self) -> tuple[ChipSpec, ...]:
        """What is shown."""
        return self._chips

    def show_chips(self, chips: Sequence[ChipSpec], keys: Sequence[str] = ()) -> None:
        """Show other chips; without any it takes no room. ``keys``: what each opens, "" for nothing."""
        self._chips = tuple(chips)
        self._keys = tuple(keys) or ("",) * len(self._chips)
        opening = self._opening()
        self._current = self._current if self._current in opening else next(iter(opening), 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if opening else Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(", ".join(chip.text for chip in chips))
        self.setVisible(bool(chips))
        self.updateGeometry()
        self.update()

    def _opening(self) -> list[int]:
        return [number for number, key in enumerate(self._keys) if key]

    def _places(self, width: int) -> Iterator[tuple[ChipSpec, int, int]]:
        left = top = 0
        for chip in self._chips:
            size = self._width(chip)
            if left and left + size > width:
                left, top = 0, top + _HEIGHT + _GAP
            yield chip, left, top
            left += size + _GAP

    @staticmethod
    def _width(chip: ChipSpec) -> int:
        return round(text_width(chip.text, TypeRole.META)) + (_BESIDE_TEXT if chip.icon else 14) + 1

    def wide(self, chips: Sequence[ChipSpec]) -> int:
        """Return how many pixels some chips take on one line."""
        return sum(self._width(chip) + _GAP for chip in chips) - (_GAP if chips else 0)

    def hasHeightForWidth(self) -> bool:
        """Tell layouts that it grows downwards."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of its lines."""
        return max((top for _, _, top in self._places(width)), default=-_HEIGHT) + _HEIGHT

    def sizeHint(self) -> QSize:
        """Return the size on one line."""
        return QSize(sum(self._width(chip) + _GAP for chip in self._chips), _HEIGHT if self._chips else 0)

    def minimumSizeHint(self) -> QSize:
        """Return the width of the widest chip."""
        return QSize(max((self._width(chip) for chip in self._chips), default=0), _HEIGHT if self._chips else 0)

    def _at(self, x: float, y: float) -> int | None:
        """The number of the opening chip at a place."""
        for number, (chip, left, top) in enumerate(self._places(self.width())):
            if left <= x <= left + self._width(chip) and top <= y <= top + _HEIGHT and self._keys[number]:
                return number
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show by the cursor which chips open."""
        over = self._at(event.position().x(), event.position().y()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the chip under the pointer."""
        number = self._at(event.position().x(), event.position().y())
        if event.button() is Qt.MouseButton.LeftButton and number is not None:
            self._current = number
            self.chosen.emit(self._keys[number])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go along the opening chips, open one."""
        opening, step = self._opening(), {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()), 0)
        if opening and step:
            place = max(0, min(len(opening) - 1, opening.index(self._current) + step))
            self._current = opening[place]
            self.update()
        elif opening and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self._keys[self._current])
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the chips, and a ring around the one that Enter opens."""
        with QPainter(self) as painter:
            for number, (chip, left, top) in enumerate(self._places(self.width())):
                paint_chip(painter, chip, left, top)
                if number == self._current and self.hasFocus():
                    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                    painter.setPen(QPen(Theme.current().colors.accent, 2))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRoundedRect(QRectF(left + 1, top + 1, self._width(chip) - 2, _HEIGHT - 2), 9, 9)
