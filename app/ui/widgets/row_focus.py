"""The focus of lists and tables: a ring inside the current row, in place of one around the whole view."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView

from app.ui.theme.theme import Theme


def start_in_view(view: QAbstractItemView) -> None:
    """Make the first row current when none is."""
    model = view.model()
    if model.rowCount() and not view.currentIndex().isValid():
        view.setCurrentIndex(model.index(0, 0))


def focus_rect(view: QAbstractItemView) -> QRect:
    """Return the current row in viewport coordinates, or the whole viewport when there is none."""
    index = view.currentIndex()
    whole = view.viewport().rect()
    if not index.isValid():
        return whole
    cell = view.visualRect(index)
    return QRect(0, cell.top(), whole.width(), cell.height())


def paint_row_focus(view: QAbstractItemView) -> None:
    """Paint the ring of a view that has the focus."""
    if not view.hasFocus():
        return
    theme = Theme.current()
    width = theme.tokens.focus_width
    with QPainter(view.viewport()) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colors.accent, width))
        inner = QRectF(focus_rect(view)).adjusted(width, width, -width, -width)
        painter.drawRoundedRect(inner, theme.tokens.radius.key, theme.tokens.radius.key)
