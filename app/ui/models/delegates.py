"""How cells are painted: plain and strong text, status chips. They paint; models answer."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.ui.models.paged import STRONG_ROLE, TONE_ROLE, Index
from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, TypeRole

_PAD = 12
_CHIP_HEIGHT = 20
_CHIP_PAD = 8
_GLYPH = 12
_GAP = 4


class RowDelegate(QStyledItemDelegate):
    """Text on the row's ground: selection as accent at 10 % with a bar at the left, hover, one line below."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the compact row height."""
        return QSize(super().sizeHint(option, index).width(), Theme.current().tokens.row_compact)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint ground, then the cell's text elided to its width."""
        rect: QRect = option.rect
        painter.save()
        paint_ground(painter, option, index)
        painter.setFont(Theme.current().font(TypeRole.BODY, bool(index.data(STRONG_ROLE))))
        painter.setPen(Theme.current().colors.text)
        inner = rect.adjusted(_PAD, 0, -_PAD, 0)
        text = painter.fontMetrics().elidedText(_text(index), Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, _flags(index), text)
        painter.restore()


class ChipDelegate(RowDelegate):
    """A status as a chip: fill, glyph and word; a cell without a tone is plain text."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint ground, then the chip."""
        tone = index.data(TONE_ROLE)
        if tone is None:
            super().paint(painter, option, index)
            return
        rect: QRect = option.rect
        painter.save()
        paint_ground(painter, option, index)
        paint_chip(painter, rect.left() + _PAD, rect.center().y() + 1, _text(index), StatusKind(tone))
        painter.restore()


def paint_ground(painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
    """Paint what lies under a cell."""
    theme = Theme.current()
    rect: QRect = option.rect
    state: QStyle.StateFlag = option.state
    selected = bool(state & QStyle.StateFlag.State_Selected)
    if selected or state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(rect, theme.colors.selected if selected else theme.colors.hover)
    painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), theme.colors.line)
    if selected and index.column() == 0:
        bar = theme.tokens.states.selected_bar
        painter.fillRect(QRect(rect.left(), rect.top(), bar, rect.height() - 1), theme.colors.accent)


def paint_chip(painter: QPainter, left: int, middle: int, text: str, kind: StatusKind) -> int:
    """Paint a chip with its vertical middle at ``middle``; returns its width."""
    style = Theme.current().status(kind)
    font = Theme.current().font(TypeRole.META)
    width = 2 * _CHIP_PAD + _GLYPH + _GAP + QFontMetrics(font).horizontalAdvance(text)
    top = middle - _CHIP_HEIGHT // 2
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.fill)
    painter.drawRoundedRect(QRectF(left, top, width, _CHIP_HEIGHT), _CHIP_HEIGHT / 2, _CHIP_HEIGHT / 2)
    paint_icon(painter, style.icon, QColor(style.text), left + _CHIP_PAD, top + (_CHIP_HEIGHT - _GLYPH) / 2, _GLYPH)
    painter.setFont(font)
    painter.setPen(style.text)
    painter.drawText(
        QRect(left + _CHIP_PAD + _GLYPH + _GAP, top, width, _CHIP_HEIGHT), Qt.AlignmentFlag.AlignVCenter, text
    )
    return width


def _text(index: Index) -> str:
    return str(index.data(Qt.ItemDataRole.DisplayRole) or "")


def _flags(index: Index) -> int:
    return int(index.data(Qt.ItemDataRole.TextAlignmentRole) or Qt.AlignmentFlag.AlignVCenter)
