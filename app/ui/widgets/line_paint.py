"""Paints the lines of a ``LineList`` and their small trends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.line_model import Cell, Line, Spark
from app.ui.widgets.lists import ChipSpec, paint_chip
from app.ui.widgets.paint import box, draw_text, elided, text_width
from app.ui.widgets.text import key_text

PAD, GAP, ICON, SPARK = 16, 8, 16, 72
_LEAST_TITLE, _LEAST_SPARK = 100, 24
_GLYPH = 14
_BUTTON_PAD = 10


def columns_of(lines: Sequence[Line]) -> list[int]:
    """Return the widths of the columns at the right."""
    count = max((len(line.cells) for line in lines), default=0)
    widths = [0] * count
    for line in lines:
        for number, cell in enumerate(line.cells):
            widths[number] = max(widths[number], 0 if cell.wide else cell_width(cell))
    return widths


def cell_width(cell: Cell) -> int:
    """Return how wide a cell is by itself."""
    if cell.glyph:
        return _GLYPH
    return round(text_width(cell.text, cell.role, cell.strong)) + 1 if cell.text else 0


def button_width(line: Line) -> int:
    """Return how wide a line's button is; 0 without one."""
    if not line.button:
        return 0
    keys = round(text_width(key_text(line.keys), TypeRole.META)) + GAP if line.keys else 0
    return round(text_width(line.button, TypeRole.META)) + keys + 2 * _BUTTON_PAD


def paint_line(painter: QPainter, line: Line, area: QRectF, columns: Sequence[int], middle: float) -> None:
    """Paint a line's words, cells, trend and button into its inner area."""
    right = _cells(painter, line, area, columns) if line.cells else area.right()
    if line.button:
        right = _button(painter, line, area) - GAP
    if line.chip is not None and line.subtitle:
        width = _chip_width(line.chip)
        paint_chip(painter, line.chip, right - width, area.center().y() - 10)
        right -= width + GAP
    if line.spark is not None:
        width = min(SPARK, right - area.left() - _LEAST_TITLE - GAP)
        if width >= _LEAST_SPARK:
            paint_spark(painter, line.spark, QRectF(right - width, area.top() + 6, width, area.height() - 12))
            right -= width + GAP
    _words(painter, line, QRectF(area.left(), area.top(), right - area.left(), area.height()), middle)


def _cells(painter: QPainter, line: Line, area: QRectF, columns: Sequence[int]) -> float:
    theme, right, ends = Theme.current(), area.right(), area.right()
    cells = (*line.cells, *(Cell() for _ in range(len(columns) - len(line.cells))))
    for cell, width in reversed(list(zip(cells, columns, strict=True))):
        if cell.wide and cell.text:
            reach = max(width, cell_width(cell))
            ends = right - reach - GAP
        else:
            reach = width
        if not reach:
            continue
        color = theme.tone(cell.tone)
        if cell.glyph:
            paint_icon(painter, cell.glyph, color, round(right - _GLYPH), area.center().y() - _GLYPH / 2, _GLYPH)
        elif cell.text:
            align = Qt.AlignmentFlag.AlignLeft if cell.left else Qt.AlignmentFlag.AlignRight
            place = QRectF(right - reach, area.top(), reach, area.height())
            draw_text(painter, place, cell.text, cell.role, color, strong=cell.strong, align=align)
        right -= width + GAP if width else 0
    return min(right, ends)


def _button(painter: QPainter, line: Line, area: QRectF) -> float:
    theme, width = Theme.current(), button_width(line)
    frame = QRectF(area.right() - width, area.center().y() - 14, width, 28)
    box(painter, frame, theme.tokens.radius.control, theme.colors.surface, theme.colors.line)
    left = frame.left() + _BUTTON_PAD
    words = text_width(line.button, TypeRole.META)
    draw_text(painter, QRectF(left, frame.top(), words + 1, 28), line.button, TypeRole.META, theme.colors.text)
    if line.keys:
        rest = QRectF(left + words + GAP, frame.top(), frame.right() - left, 28)
        draw_text(painter, rest, key_text(line.keys), TypeRole.META, theme.colors.muted)
    return frame.left()


def _words(painter: QPainter, line: Line, area: QRectF, middle: float) -> None:
    theme, left = Theme.current(), area.left()
    if line.icon:
        paint_icon(
            painter, line.icon, theme.tone(line.icon_tone), round(left), round(area.center().y() - ICON / 2), ICON
        )
        left += ICON + GAP + 4
    first = QRectF(left, area.top(), area.right() - left, area.height())
    if line.subtitle:
        top = area.center().y() - 18
        first = QRectF(left, top, area.right() - left, 20)
        below = QRectF(left, top + 20, area.right() - left, 16)
        draw_text(painter, below, line.subtitle, TypeRole.META, theme.colors.muted)
    chip = _chip_beside(line, first.width())
    end = _title(painter, line, first, middle, _chip_width(chip) + GAP if chip else 0.0)
    if chip is not None:
        paint_chip(painter, chip, end + GAP, area.center().y() - 10)
    if line.middle:
        rest = QRectF(middle, area.top(), area.right() - middle, area.height())
        draw_text(painter, rest, line.middle, TypeRole.META, theme.colors.muted)


def _chip_beside(line: Line, width: float) -> ChipSpec | None:
    """The chip behind the words of a line; only its icon where the words would be cut for it."""
    if line.chip is None or line.subtitle:
        return None
    strong = text_width(line.strong, TypeRole.BODY, True) + 4 if line.strong else 0.0
    words = text_width(line.title, TypeRole.BODY) + strong
    fits = words + GAP + _chip_width(line.chip) <= width
    return line.chip if fits or not line.chip.icon else replace(line.chip, text="")


def _chip_width(chip: ChipSpec) -> float:
    return text_width(chip.text, TypeRole.META) + (16 if chip.icon else 0) + 14


def _title(painter: QPainter, line: Line, area: QRectF, middle: float, chip: float) -> float:
    """Paint the three words of the first line; the strong one is cut last. Returns where they end."""
    room = (middle - GAP if line.middle else area.right()) - area.left()
    strong = text_width(line.strong, TypeRole.BODY, True) if line.strong else 0.0
    title = elided(line.title, TypeRole.BODY, False, max(24.0, room - chip - (strong + 4 if strong else 0)))
    left, color = area.left() - 4, Theme.current().colors.text
    for text, weight in ((title, False), (line.strong, True), (line.rest, False)):
        left += 0 if text.startswith((",", ":")) else 4
        free = area.left() + room - chip - left
        if not text or free < 8:
            continue
        shown = elided(text, TypeRole.BODY, weight, free)
        draw_text(painter, QRectF(left, area.top(), free, area.height()), shown, TypeRole.BODY, color, strong=weight)
        left += text_width(shown, TypeRole.BODY, weight)
    return left


def paint_spark(painter: QPainter, spark: Spark, area: QRectF) -> None:
    """Paint a trend over its band: muted lines that end at gaps, the last point filled."""
    colors = Theme.current().colors
    known = [value for value in spark.values if value is not None]
    if not known:
        return
    limits = [limit for limit in (spark.low, spark.high) if limit is not None]
    low, high = spark.span()

    def y(value: float) -> float:
        return area.bottom() - (value - low) / (high - low) * area.height()

    if limits:
        top = y(spark.high) if spark.high is not None else area.top()
        bottom = y(spark.low) if spark.low is not None else area.bottom()
        painter.fillRect(QRectF(area.left(), top, area.width(), max(2.0, bottom - top)), colors.sunken)
    step = area.width() / max(1, len(spark.values) - 1)
    places = [None if v is None else QPointF(area.left() + n * step, y(v)) for n, v in enumerate(spark.values)]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colors.muted, 1.5))
    for one, other in pairwise(places):
        if one is not None and other is not None:
            painter.drawLine(one, other)
    painter.setPen(Qt.PenStyle.NoPen)
    lone = [p for n, p in enumerate(places) if p is not None and _alone(places, n)]
    last = next(p for p in reversed(places) if p is not None)
    painter.setBrush(colors.muted)
    for point in lone:
        painter.drawEllipse(point, 1.5, 1.5)
    painter.setBrush(Theme.current().tone(Tone.TEXT if spark.last_out else Tone.MUTED))
    painter.drawEllipse(last, 3.0, 3.0)


def _alone(places: Sequence[QPointF | None], n: int) -> bool:
    before = places[n - 1] if n > 0 else None
    after = places[n + 1] if n + 1 < len(places) else None
    return before is None and after is None
