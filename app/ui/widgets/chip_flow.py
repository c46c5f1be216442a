"""Chips side by side that go on in the next line where there is no room: allergies, flags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme.tokens import TypeRole
from app.ui.widgets.lists import ChipSpec, paint_chip
from app.ui.widgets.paint import text_width

_HEIGHT, _GAP, _BESIDE_TEXT = 20, 6, 30


class ChipFlow(QWidget):
    """Shows chips; a screen reader hears them as one text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chips: tuple[ChipSpec, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def chips(self) -> tuple[ChipSpec, ...]:
        """What is shown."""
        return self._chips

    def show_chips(self, chips: Sequence[ChipSpec]) -> None:
        """Show other chips; without any it takes no room."""
        self._chips = tuple(chips)
        self.setAccessibleName(", ".join(chip.text for chip in chips))
        self.setVisible(bool(chips))
        self.updateGeometry()
        self.update()

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

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the chips."""
        with QPainter(self) as painter:
            for chip, left, top in self._places(self.width()):
                paint_chip(painter, chip, left, top)
