"""Tables on paper: the head comes again on every page, figures stand in line at the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from app.documents.model import Cell, Table
from app.documents.pieces import GapPiece, Piece
from app.documents.text import INK, LINE, MUTED, TextBlock, shares

_PAD, _GUTTER, _SIZE = 4.0, 8.0, 9.0
Row = list[TextBlock]


class TablePiece(Piece):
    """Some rows of a table under their head. ``lines``: from which line on the first row is still to come."""

    def __init__(self, widths: Sequence[float], head: Row, rows: Sequence[Row], *, skipped: int = 0) -> None:
        self._widths, self._head, self._rows, self._skipped = widths, head, rows, skipped

    @property
    def height(self) -> float:
        """Head, rows and the room below."""
        return self._head_height + sum(self._row_height(at) for at in range(len(self._rows))) + 10

    @property
    def least(self) -> float:
        """The head and the first row, or two lines of a long one."""
        if not self._rows:
            return self._head_height
        return self._head_height + min(self._row_height(0), 3 * self._rows[0][0].line_height + 2 * _PAD)

    @property
    def _head_height(self) -> float:
        return max((cell.height for cell in self._head), default=0.0) + 2 * _PAD

    def _lines(self, at: int) -> int:
        return max(cell.lines for cell in self._rows[at]) - (self._skipped if at == 0 else 0)

    def _row_height(self, at: int) -> float:
        return self._lines(at) * self._rows[at][0].line_height + 2 * _PAD

    def part(self, room: float) -> tuple[Piece | None, Piece]:
        """Part it between rows; a row that is taller than what a page has is parted between its lines."""
        left, count = room - self._head_height, 0
        while count < len(self._rows) and self._row_height(count) <= left:
            left -= self._row_height(count)
            count += 1
        if count == len(self._rows):  # only the room below is too much: no head comes again over nothing
            return _Above(self._widths, self._head, self._rows, skipped=self._skipped), GapPiece(0)
        if count:
            rest = TablePiece(self._widths, self._head, self._rows[count:])
            return _Above(self._widths, self._head, self._rows[:count], skipped=self._skipped), rest
        lines = int((left - 2 * _PAD) / self._rows[0][0].line_height)
        if lines < 2:
            return None, self
        above = _Above(self._widths, self._head, self._rows[:1], skipped=self._skipped, shown=lines)
        return above, TablePiece(self._widths, self._head, self._rows, skipped=self._skipped + lines)

    def _shown(self, at: int) -> int:
        return self._lines(at)

    def paint(self, painter: QPainter, x: float, y: float) -> None:
        """Paint head, rows and the lines between."""
        width = sum(self._widths)
        self._cells(painter, self._head, x, y + _PAD, 0, 99)
        y += self._head_height
        painter.fillRect(QRectF(x, y - 0.9, width, 0.9), INK)
        for at, row in enumerate(self._rows):
            first = self._skipped if at == 0 else 0
            self._cells(painter, row, x, y + _PAD, first, first + self._shown(at))
            y += self._shown(at) * row[0].line_height + 2 * _PAD
            painter.fillRect(QRectF(x, y - 0.5, width, 0.5), LINE)

    def _cells(self, painter: QPainter, row: Row, x: float, y: float, first: int, last: int) -> None:
        for width, cell in zip(self._widths, row, strict=True):
            if first < cell.lines:
                cell.paint(painter, x, y, first, min(last, cell.lines))
            x += width


class _Above(TablePiece):
    """The part of a table that stays on a page; ``shown`` lines of its only row."""

    def __init__(
        self, widths: Sequence[float], head: Row, rows: Sequence[Row], *, skipped: int, shown: int | None = None
    ) -> None:
        super().__init__(widths, head, rows, skipped=skipped)
        self._only = shown

    @property
    def height(self) -> float:
        """Head and rows: the page ends below them."""
        return self._head_height + sum(
            self._shown(at) * row[0].line_height + 2 * _PAD for at, row in enumerate(self._rows)
        )

    def _shown(self, at: int) -> int:
        return self._lines(at) if self._only is None else self._only


def lay_table(table: Table, width: float) -> TablePiece:
    """Break a table's cells into lines."""
    widths = shares([column.share for column in table.columns], width)
    head = [
        TextBlock(column.title, room - _GUTTER, _SIZE, strong=True, color=MUTED, right=column.right, cell=True)
        for column, room in zip(table.columns, widths, strict=True)
    ]
    rows = [
        [_cell(cell, room, column.right) for cell, column, room in zip(row, table.columns, widths, strict=True)]
        for row in table.rows
    ]
    return TablePiece(widths, head, rows)


def _cell(cell: str | Cell, room: float, right: bool) -> TextBlock:
    found = cell if isinstance(cell, Cell) else Cell(cell)
    return TextBlock(
        found.text, room - _GUTTER, _SIZE, strong=found.strong, color=MUTED if found.muted else INK, right=right,
        cell=True,
    )  # fmt: skip
