"""Paints the cards of the board."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from app.ui.theme.focus import paint_ring
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.board.model import BoardCard
from app.ui.widgets.board.place import PAD_X, PAD_Y, Placed
from app.ui.widgets.lists import paint_chip
from app.ui.widgets.paint import box, draw_text, text_width

# Room for the focus ring around cards, at both sides of a lane.
RING = 4
RIGHT = Qt.AlignmentFlag.AlignRight


def paint_card(painter: QPainter, placed: Placed, area: QRectF, *, active: bool, ringed: bool) -> None:
    """Paint a card; ``active`` tints it, ``ringed`` draws the focus ring around it (inside of a joined row)."""
    theme = Theme.current()
    c, radius, card = theme.colors, theme.tokens.radius.panel, placed.card
    if placed.first and placed.last:
        border = c.control_line if card.dashed else c.line
        box(painter, area, radius, c.selected if active else c.surface, border, dashed=card.dashed)
    else:
        _paint_joined(painter, placed, area, active)
    if card.compact:
        _paint_compact(painter, card, area)
    else:
        _paint_full(painter, card, area, active)
    if ringed and card.compact:
        paint_ring(painter, area.adjusted(RING, RING, -RING, -RING), theme.tokens.radius.key, c.accent)
    elif ringed:
        paint_ring(painter, area, radius, c.accent)


def _paint_compact(painter: QPainter, card: BoardCard, area: QRectF) -> None:
    c = Theme.current().colors
    inner = area.adjusted(PAD_X, 0, -PAD_X, 0)
    width = text_width(card.time, TypeRole.BODY)
    draw_text(painter, inner.adjusted(0, 0, -width - 8, 0), card.name, TypeRole.BODY, c.text)
    draw_text(painter, inner, card.time, TypeRole.BODY, c.muted, align=RIGHT)


def _paint_full(painter: QPainter, card: BoardCard, area: QRectF, active: bool) -> None:
    c = Theme.current().colors
    line = QRectF(area.left() + PAD_X, area.top() + PAD_Y, area.width() - 2 * PAD_X, 20)
    width = text_width(card.time, TypeRole.BODY, True)
    draw_text(painter, line.adjusted(0, 0, -width - 8, 0), card.name, TypeRole.BODY, c.text, strong=True)
    draw_text(painter, line, card.time, TypeRole.BODY, c.text, strong=True, align=RIGHT)
    top = line.bottom()
    if card.detail:
        draw_text(painter, QRectF(line.left(), top, line.width(), 16), card.detail, TypeRole.META, c.muted)
        top += 16
    left = line.left()
    for chip in card.chips:
        room = text_width(chip.text, TypeRole.META) + (30 if chip.icon else 14)
        if left + room > line.right() + 4:
            break
        left += paint_chip(painter, chip, left, top + 4, tinted=active) + 4


def _paint_joined(painter: QPainter, placed: Placed, area: QRectF, active: bool) -> None:
    """Paint one row of a list of one-line cards: the frame is the list's, with lines between."""
    theme = Theme.current()
    c, radius = theme.colors, theme.tokens.radius.panel
    whole = QRectF(area)
    if not placed.first:
        whole.setTop(whole.top() - 2 * radius)
    if not placed.last:
        whole.setBottom(whole.bottom() + 2 * radius)
    painter.save()
    painter.setClipRect(area)
    box(painter, whole, radius, c.surface, c.line)
    if active:
        path = QPainterPath()
        path.addRoundedRect(whole.adjusted(1, 1, -1, -1), radius - 1, radius - 1)
        painter.fillPath(path, c.selected)
    if not placed.first:
        painter.fillRect(QRectF(area.left() + 1, area.top(), area.width() - 2, 1), c.line)
    painter.restore()
