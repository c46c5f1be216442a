"""Text of any script on paper: broken into lines once, alike for every device."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QTextLayout, QTextOption

from app.documents.fonts import paper_font

INK, MUTED, LINE = QColor("#16211D"), QColor("#55625C"), QColor("#C9D0CC")
UNITS = 8
"""Lines are broken at eight times the size: letters have whole sizes and no device rounds their widths."""
_LEADING = 1.38


def plain(text: str) -> str:
    """Return the text with its line ends as Qt wants them, without other control characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Co"))
    return "".join(kept).replace("\n", "\u2028").replace("\t", "    ")


class TextBlock:
    """A text broken into lines for a width in points. ``size`` in points; ``right`` for figures.

    A text that begins in a script written from right to left stands at the right, unless it is a table's ``cell``
    or ``ours``: a sentence of the program, in the program's direction.
    """

    def __init__(
        self, text: str, width: float, size: float = 10.0, *, strong: bool = False, color: QColor = INK,
        right: bool = False, cell: bool = False, ours: bool = False,
    ) -> None:  # fmt: skip
        self.text, self.width, self._color = text, width, color
        self.line_height = size * _LEADING
        shown = plain(text)
        self._layout = QTextLayout(shown, paper_font(round(size * UNITS), strong=strong))
        self._layout.setTextOption(_option(right or (not cell and not ours and from_right(shown)), ours=ours))
        self._layout.setCacheEnabled(True)
        self._layout.beginLayout()
        count = 0
        while (line := self._layout.createLine()).isValid():
            line.setLineWidth(width * UNITS)
            line.setPosition(QPointF(0, count * self.line_height * UNITS))
            count += 1
        self._layout.endLayout()
        self.lines = max(count, 1)

    @property
    def height(self) -> float:
        """Of all lines, in points."""
        return self.lines * self.line_height

    def paint(self, painter: QPainter, x: float, y: float, first: int = 0, last: int | None = None) -> None:
        """Paint the lines from ``first`` to before ``last``, the first of them at ``y``."""
        painter.save()
        painter.translate(x, y - first * self.line_height)
        painter.scale(1 / UNITS, 1 / UNITS)
        painter.setPen(self._color)
        for number in range(first, min(self._layout.lineCount(), self.lines if last is None else last)):
            line = self._layout.lineAt(number)
            # lines of all scripts stand on one grid: the room above is shared out evenly
            line.draw(painter, QPointF(0, (self.line_height * UNITS - line.height()) / 2))
        painter.restore()


def from_right(text: str) -> bool:
    """Tell whether a text begins in a script that is written from right to left."""
    kinds = (unicodedata.bidirectional(c) for c in text)
    return next((kind != "L" for kind in kinds if kind in ("L", "R", "AL")), False)


def _option(right: bool, *, ours: bool) -> QTextOption:
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    option = QTextOption(side | Qt.AlignmentFlag.AlignAbsolute)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    auto = Qt.LayoutDirection.LayoutDirectionAuto
    option.setTextDirection(Qt.LayoutDirection.LeftToRight if ours else auto)
    return option


def shares(widths: Sequence[float], room: float) -> list[float]:
    """Share ``room`` out in the ratio of ``widths``."""
    total = sum(widths) or 1.0
    return [room * width / total for width in widths]
