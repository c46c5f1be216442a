"""The pieces that flow down the pages: each knows its height, may be parted at a page's foot, and paints itself."""

from __future__ import annotations

from abc import ABC, abstractmethod

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from app.documents.qr import modules
from app.documents.text import INK, LINE, MUTED, TextBlock


class Piece(ABC):
    """Something on a page; sizes in points. ``keeps`` means that it isn't left alone at a page's foot."""

    keeps = False
    breaks = False
    """Whether a new page begins after it."""

    @property
    @abstractmethod
    def height(self) -> float:
        """Of the whole piece, the room below it included."""

    @property
    def least(self) -> float:
        """How much of it must fit before a page's foot."""
        return self.height

    @abstractmethod
    def paint(self, painter: QPainter, x: float, y: float) -> None:
        """Paint it with its upper left corner there."""

    def part(self, room: float) -> tuple[Piece | None, Piece]:  # noqa: ARG002 - for those that can be parted
        """Return what fits into ``room`` (None: nothing) and the rest."""
        return None, self


class GapPiece(Piece):
    """Empty room."""

    def __init__(self, points: float) -> None:
        self._points = points

    @property
    def height(self) -> float:
        """As given."""
        return self._points

    @property
    def least(self) -> float:
        """At a page's foot it may vanish."""
        return 0.0

    def paint(self, painter: QPainter, x: float, y: float) -> None:
        """Nothing to paint."""


class BreakPiece(GapPiece):
    """The end of a page."""

    breaks = True


class TextPiece(Piece):
    """A paragraph, or some of its lines; ``mark`` stands before the first one."""

    def __init__(
        self, block: TextBlock, gap: float, *, first: int = 0, last: int | None = None, keeps: bool = False,
        indent: float = 0.0, mark: TextBlock | None = None,
    ) -> None:  # fmt: skip
        self._block, self._gap, self._first = block, gap, first
        self._last = block.lines if last is None else last
        self.keeps, self._indent, self._mark = keeps, indent, mark

    @property
    def height(self) -> float:
        """Lines and the room below."""
        return (self._last - self._first) * self._block.line_height + self._gap

    @property
    def least(self) -> float:
        """Two lines, or all of a shorter one: no line stands alone."""
        return min(2, self._last - self._first) * self._block.line_height

    def part(self, room: float) -> tuple[Piece | None, Piece]:
        """Part it between lines, with at least two on either side."""
        total = self._last - self._first
        fits = min(int(room / self._block.line_height), total)
        if fits < total:
            fits = min(fits, total - 2)
        if fits < 2 and fits < total:
            return None, self
        middle = self._first + fits
        above = TextPiece(self._block, self._gap if fits == total else 0.0, first=self._first, last=middle,
                          indent=self._indent, mark=self._mark)  # fmt: skip
        return above, TextPiece(self._block, self._gap, first=middle, last=self._last, indent=self._indent)

    def paint(self, painter: QPainter, x: float, y: float) -> None:
        """Paint the lines."""
        if self._mark is not None:
            self._mark.paint(painter, x, y)
        self._block.paint(painter, x + self._indent, y, self._first, self._last)


class ColumnsPiece(Piece):
    """Texts side by side, each at its own place: (x, y, text)."""

    def __init__(self, placed: list[tuple[float, float, TextBlock]], height: float) -> None:
        self._placed, self._height = placed, height

    @property
    def height(self) -> float:
        """As laid out."""
        return self._height

    def paint(self, painter: QPainter, x: float, y: float) -> None:
        """Paint all texts."""
        for dx, dy, block in self._placed:
            block.paint(painter, x + dx, y + dy)


class PicturePiece(Piece):
    """A picture, never cut."""

    def __init__(self, image: QImage, width: float, height: float, caption: TextBlock | None) -> None:
        self._image, self._size, self._caption = image, (width, height), caption

    @property
    def height(self) -> float:
        """Picture, caption and room below."""
        return self._size[1] + (self._caption.height + 4 if self._caption else 0.0) + 8

    def paint(self, painter: QPainter, x: float, y: float) -> None:
        """Paint picture and caption."""
        painter.drawImage(QRectF(x, y, *self._size), self._image)
        if self._caption is not None:
            self._caption.paint(painter, x, y + self._size[1] + 4)


class SignaturePiece(Piece):
    """A line for ink, or how it was signed, and who it is."""

    def __init__(self, texts: list[TextBlock], *, line: bool, width: float) -> None:
        self._texts, self._line, self._width = texts, line, width

    @property
    def height(self) -> float:
        """With room for ink where there is a line."""
        return (44 if self._line else 10) + sum(text.height for text in self._texts) + 8

    def paint(self, painter: QPainter, x: float, y: float) -> None:
        """Paint the line and the names."""
        y += 40 if self._line else 10
        if self._line:
            painter.setPen(QPen(INK, 0.6))
            painter.drawLine(QPointF(x, y), QPointF(x + self._width, y))
            y += 4
        for text in self._texts:
            text.paint(painter, x, y)
            y += text.height


class QrPiece(Piece):
    """A QR code with its quiet zone, and words at its right; ``side`` in points."""

    def __init__(self, content: str, side: float, texts: list[TextBlock]) -> None:
        self._matrix, self._side, self._texts = modules(content), side, texts

    @property
    def height(self) -> float:
        """The taller of code and words."""
        return max(self._side, sum(text.height for text in self._texts)) + 8

    def paint(self, painter: QPainter, x: float, y: float) -> None:
        """Paint the dark modules as one shape: no hairlines between them on any device."""
        step = self._side / len(self._matrix)
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.WindingFill)
        for row, line in enumerate(self._matrix):
            for start, end in _runs(line):
                path.addRect(QRectF(x + start * step, y + row * step, (end - start) * step, step))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.fillPath(path, QColor("#000000"))
        painter.restore()
        top = y + max(0.0, (self._side - sum(text.height for text in self._texts)) / 2)
        for text in self._texts:
            text.paint(painter, x + self._side + 14, top)
            top += text.height


def _runs(line: tuple[bool, ...]) -> list[tuple[int, int]]:
    """Return where dark modules stand side by side."""
    found: list[tuple[int, int]] = []
    for at, dark in enumerate(line):
        if dark and found and found[-1][1] == at:
            found[-1] = (found[-1][0], at + 1)
        elif dark:
            found.append((at, at + 1))
    return found


class FramePiece(Piece):
    """A text in a frame of dashes (a mark) or of one fine line."""

    def __init__(self, placed: ColumnsPiece, width: float, *, dashed: bool) -> None:
        self._placed, self._width, self._dashed = placed, width, dashed

    @property
    def height(self) -> float:
        """With the padding and the room below."""
        return self._placed.height + 16 + 12

    def paint(self, painter: QPainter, x: float, y: float) -> None:
        """Paint frame and text."""
        style = Qt.PenStyle.DashLine if self._dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(MUTED if self._dashed else LINE, 1.0 if self._dashed else 0.75, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(x, y, self._width, self._placed.height + 16), 4, 4)
        self._placed.paint(painter, x + 12, y + 8)
