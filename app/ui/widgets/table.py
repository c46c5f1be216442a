"""A flat table: 32 px rows, one line under each, no zebra, no grid; and the delegates that paint its cells."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.lists import ChipSpec, paint_chip
from app.ui.widgets.paint import draw_text
from app.ui.widgets.row_focus import paint_row_focus, start_in_view

Index = QModelIndex | QPersistentModelIndex
# What a model may answer beside DisplayRole, for our delegates.
STRONG_ROLE = Qt.ItemDataRole.UserRole + 11
MUTED_ROLE = Qt.ItemDataRole.UserRole + 12
CHIP_ROLE = Qt.ItemDataRole.UserRole + 13
PADDING = 12


class CellDelegate(QStyledItemDelegate):
    """Paints a cell: text (strong, muted, aligned as the model says) or a chip; selection as a tint with a bar."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one cell."""
        area = QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        painter.save()
        self._background(painter, area, state, index)
        chip = index.data(CHIP_ROLE)
        inner = area.adjusted(PADDING, 0, -PADDING, -1)
        if isinstance(chip, ChipSpec):
            paint_chip(painter, chip, inner.left(), inner.center().y() - 10)
        else:
            self._text(painter, inner, index)
        painter.restore()

    @staticmethod
    def _background(painter: QPainter, area: QRectF, state: QStyle.StateFlag, index: Index) -> None:
        theme = Theme.current()
        c = theme.colors
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, c.selected)
            if index.column() == 0:
                bar = theme.tokens.states.selected_bar
                painter.fillRect(QRectF(area.left(), area.top(), bar, area.height()), c.accent)
        painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), c.line)

    @staticmethod
    def _text(painter: QPainter, inner: QRectF, index: Index) -> None:
        c = Theme.current().colors
        shown = index.data(Qt.ItemDataRole.DisplayRole)
        text = "" if shown is None else str(shown)
        alignment = index.data(Qt.ItemDataRole.TextAlignmentRole)
        to_right = alignment is not None and bool(Qt.AlignmentFlag(alignment) & Qt.AlignmentFlag.AlignRight)
        align = Qt.AlignmentFlag.AlignRight if to_right else Qt.AlignmentFlag.AlignLeft
        color = c.muted if index.data(MUTED_ROLE) else c.text
        draw_text(painter, inner, text, TypeRole.BODY, color, strong=bool(index.data(STRONG_ROLE)), align=align)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the natural size, with our padding."""
        hint = super().sizeHint(option, index)
        return QSize(hint.width() + PADDING, Theme.current().tokens.row_compact)


class Header(QHeaderView):
    """The head of a table: meta size, weight 600, muted; a chevron where it is sorted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFont(Theme.current().font(TypeRole.META, True))
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setHighlightSections(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setStretchLastSection(True)


class Table(QTableView):
    """Rows to choose from. ``chosen`` (Enter, double click) carries the model index of the row's first column."""

    chosen = Signal(QModelIndex)
    width_changed = Signal(int)
    """How wide the rows are now, in pixels."""

    def __init__(self, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setHorizontalHeader(Header(self))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(Theme.current().tokens.row_compact)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setItemDelegate(CellDelegate(self))
        self.setShowGrid(False)
        self.setAlternatingRowColors(False)
        self.setWordWrap(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setProperty("ownFocus", True)
        self.doubleClicked.connect(lambda index: self.chosen.emit(index.siblingAtColumn(0)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the width that is there for columns."""
        super().resizeEvent(event)
        self.width_changed.emit(self.viewport().width())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Make a row current, so that the focus is seen."""
        super().focusInEvent(event)
        start_in_view(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows, then the focus ring of the current one."""
        super().paintEvent(event)
        paint_row_focus(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with Enter."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self.chosen.emit(self.currentIndex().siblingAtColumn(0))
            event.accept()
            return
        super().keyPressEvent(event)
