"""A report over time drawn: a column for each day or week, its parts on top of each other, lines with their numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter

from app.ui.parts.words import locale
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.paint import draw_text, text_width

HEIGHT = 208
"""Pixels of the drawing with the names below it."""
_LEFT, _FOOT, _TOP, _LINES = 40, 24, 10, 5
_WIDEST = 28.0
Paint = Callable[[QPainter, QRectF, int], None]
"""Fills a part of a column: which rectangle, and which part of the legend it is."""


def column_rects(area: QRect, count: int) -> list[QRect]:
    """Return the places of columns side by side, each with the space around it."""
    room = (area.width() - _LEFT) / max(1, count)
    return [
        QRectF(area.left() + _LEFT + place * room, area.top(), room, area.height()).toAlignedRect()
        for place in range(count)
    ]


def _step(most: float) -> int:
    """Return the distance of the lines: a round number, at most so many of them."""
    if most <= _LINES:
        return 1
    size = 1
    while True:
        for times in (1, 2, 5):
            if size * times * _LINES >= most:
                return size * times
        size *= 10


def paint_columns(
    painter: QPainter, area: QRect, names: Sequence[str], parts: Sequence[Sequence[float]], paint: Paint
) -> None:
    """Paint lines, columns and the names of as many as have room; the first part of each stands at the bottom."""
    c = Theme.current().colors
    most = max((sum(one) for one in parts), default=0.0)
    step = _step(most)
    lines = max(1, -(-int(most + 0.999) // step))
    base, height = area.bottom() - _FOOT, area.height() - _FOOT - _TOP
    for line in range(lines + 1):
        y = base - height * line / lines
        painter.fillRect(QRectF(area.left() + _LEFT, round(y), area.width() - _LEFT, 1), c.line)
        draw_text(painter, QRectF(area.left(), y - 8, _LEFT - 8, 16), locale().toString(line * step), TypeRole.META,
                  c.muted, align=Qt.AlignmentFlag.AlignRight)  # fmt: skip
    rects = column_rects(area, len(parts))
    for rect, figures in zip(rects, parts, strict=True):
        width, bottom = min(_WIDEST, rect.width() * 0.7), float(base)
        for place, figure in enumerate(figures):
            tall = figure * height / (lines * step)
            if tall >= 0.5:
                left = rect.left() + (rect.width() - width) / 2
                paint(painter, QRectF(left, bottom - tall, width, max(1.0, tall - 1)), place)
            bottom -= tall
    widest = max((text_width(name, TypeRole.META) for name in names), default=0) + 12
    every = max(1, -(-int(widest) * len(rects) // max(1, area.width() - _LEFT)))
    for rect, name in list(zip(rects, names, strict=True))[::every]:
        if rect.left() + widest <= area.right() + 12:
            draw_text(painter, QRectF(rect.left(), base + 6, widest, 16), name, TypeRole.META, c.muted)
