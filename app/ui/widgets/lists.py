"""Lists of a few lines each: search results, requests, free times. A model, a view and a delegate that paints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem
from PySide6.QtWidgets import QWidget as _Widget

from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, TypeRole
from app.ui.widgets.paint import box, draw_text, text_width
from app.ui.widgets.row_focus import paint_row_focus, start_in_view

Index = QModelIndex | QPersistentModelIndex
ITEM_ROLE = Qt.ItemDataRole.UserRole + 1
_NO_PARENT = QModelIndex()


@dataclass(frozen=True, slots=True)
class ChipSpec:
    """A chip inside a painted row."""

    text: str
    icon: str = ""
    kind: StatusKind | None = None
    outlined: bool = False


_DATE = 84
"""Pixels of a date with its year: one that is cut could be any day's."""


@dataclass(frozen=True, slots=True)
class ListItem:
    """One row: ``lead`` and ``title`` on the first line, ``subtitle`` on the second, meta text at the right.

    ``title_strong`` for people's names; ``subtitle_text`` puts the second line into the text colour, for birth dates
    that tell people apart; ``number`` frames a digit before the row (an alternative).
    """

    key: str
    title: str
    subtitle: str = ""
    lead: str = ""
    meta: str = ""
    sub_meta: str = ""
    icon: str = ""
    after_icon: str = ""
    chip: ChipSpec | None = None
    number: str = ""
    title_strong: bool = True
    subtitle_text: bool = False
    dashed: bool = False

    def spoken(self) -> str:
        """Return the row as a screen reader should say it."""
        parts = (self.number, self.chip.text if self.chip else "", self.lead, self.title, self.subtitle, self.meta)
        return ", ".join(part for part in (*parts, self.sub_meta) if part)


def paint_chip(
    painter: QPainter, chip: ChipSpec, left: float, top: float, height: float = 20, *, tinted: bool = False
) -> float:
    """Paint a chip and return its width; on a ``tinted`` (selected) ground a plain one is as light as the surface."""
    theme = Theme.current()
    style = theme.status(chip.kind) if chip.kind else None
    color = style.text if style else theme.colors.muted
    plain = theme.colors.surface if tinted else theme.status(StatusKind.HELD).fill
    fill = style.fill if style else plain
    icon = 16 if chip.icon else 0
    width = text_width(chip.text, TypeRole.META) + icon + 14
    area = QRectF(left, top, width, height)
    box(painter, area, theme.tokens.radius.chip, None if chip.outlined else fill, color if chip.outlined else None)
    if chip.icon:
        paint_icon(painter, chip.icon, color, round(left + 7), round(top + (height - 12) / 2), 12)
    draw_text(painter, QRectF(left + 7 + icon, top, width, height), chip.text, TypeRole.META, color)
    return width


def meta_room(item: ListItem, width: float) -> float:
    """How much of a first line the meta text may take: a date whole; more leaves the name its place, to a third."""
    chip = text_width(item.chip.text, TypeRole.META) + 38 if item.chip else 0
    before = (24 if item.number else 0) + (24 if item.icon else 0) + chip
    lead = text_width(item.lead, TypeRole.BODY, True) + 8 if item.lead else 0
    title = text_width(item.title, TypeRole.BODY, item.title_strong)
    wide = text_width(item.meta, TypeRole.META)
    least = width / 2 if wide <= _DATE else width / 3
    return min(wide, max(width - before - lead - title - 8, least))


class ListModel(QAbstractListModel):
    """The rows in memory; replaced whole, so that the view keeps its current row by key."""

    def __init__(self) -> None:
        super().__init__()
        self._items: tuple[ListItem, ...] = ()

    def items(self) -> tuple[ListItem, ...]:
        """Return the rows."""
        return self._items

    def set_items(self, items: Sequence[ListItem]) -> None:
        """Replace the rows."""
        self.beginResetModel()
        self._items = tuple(items)
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the row's text, its spoken form or the row itself."""
        if not index.isValid() or index.row() >= len(self._items):
            return None
        item = self._items[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return item.title
        if role in {Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole}:
            return item.spoken()
        return item if role == ITEM_ROLE else None


class ListDelegate(QStyledItemDelegate):
    """Paints a row: selection with a 3 px bar, a line between rows, no zebra."""

    def __init__(self, row_height: int, parent: QListView) -> None:
        super().__init__(parent)
        self._height = row_height

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height: one line or two."""
        item = index.data(ITEM_ROLE)
        two = isinstance(item, ListItem) and bool(item.subtitle)
        rect: QRectF = QRectF(option.rect)
        return QSize(int(rect.width()), max(self._height, 52 if two else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        item = index.data(ITEM_ROLE)
        if not isinstance(item, ListItem):
            return
        area = QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        theme = Theme.current()
        c = theme.colors
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        self._clip_corners(painter)
        if selected:
            painter.fillRect(area, c.selected)
            painter.fillRect(QRectF(area.left(), area.top(), theme.tokens.states.selected_bar, area.height()), c.accent)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, c.hover)
        framed = self._is_framed()
        if index.row() > 0 or not framed:
            painter.fillRect(QRectF(area.left(), area.top(), area.width(), 1), c.line)
        padding = 12 if framed else theme.tokens.panel_padding
        inner = area.adjusted(padding, 0, -padding, 0)
        if item.subtitle:
            top = inner.top() + (inner.height() - 38) / 2
            self._first_line(painter, item, QRectF(inner.left(), top, inner.width(), 20))
            self._second_line(painter, item, QRectF(inner.left(), top + 21, inner.width(), 17))
        else:
            self._first_line(painter, item, inner)
        painter.restore()

    def _is_framed(self) -> bool:
        view = self.parent()
        return isinstance(view, ListCard) and view.is_framed

    def _clip_corners(self, painter: QPainter) -> None:
        view = self.parent()
        if isinstance(view, ListCard) and view.is_framed:
            path = QPainterPath()
            radius = Theme.current().tokens.radius.control - 1
            path.addRoundedRect(QRectF(view.viewport().rect()), radius, radius)
            painter.setClipPath(path)

    def _first_line(self, painter: QPainter, item: ListItem, line: QRectF) -> None:
        c = Theme.current().colors
        left, right = line.left(), line.right()
        if item.meta:
            width = meta_room(item, line.width())
            draw_text(
                painter, QRectF(right - width, line.top(), width, line.height()), item.meta, TypeRole.META, c.muted
            )
            right -= width + 8
        if item.number:
            square = QRectF(left, line.center().y() - 8, 16, 16)
            box(painter, square, 4, None, c.control_line)
            middle = Qt.AlignmentFlag.AlignHCenter
            draw_text(painter, square, item.number, TypeRole.META, c.muted, strong=True, align=middle)
            left += 24
        if item.icon:
            paint_icon(painter, item.icon, c.muted, round(left), round(line.center().y() - 8), 16)
            left += 24
        if item.chip:
            left += paint_chip(painter, item.chip, left, line.center().y() - 10) + 8
        if item.lead:
            width = text_width(item.lead, TypeRole.BODY, True)
            draw_text(
                painter, QRectF(left, line.top(), width, line.height()), item.lead, TypeRole.BODY, c.text, strong=True
            )
            left += width + 8
        strong = item.title_strong
        area = QRectF(left, line.top(), right - left, line.height())
        draw_text(painter, area, item.title, TypeRole.BODY, c.text, strong=strong)
        if item.after_icon:
            left += min(text_width(item.title, TypeRole.BODY, strong), area.width()) + 8
            paint_icon(painter, item.after_icon, c.muted, round(left), round(line.center().y() - 8), 16)

    def _second_line(self, painter: QPainter, item: ListItem, line: QRectF) -> None:
        c = Theme.current().colors
        right = line.right()
        if item.sub_meta:
            width = text_width(item.sub_meta, TypeRole.META)
            area = QRectF(right - width, line.top(), width, line.height())
            draw_text(painter, area, item.sub_meta, TypeRole.META, c.muted)
            right -= width + 8
        color = c.text if item.subtitle_text else c.muted
        area = QRectF(line.left(), line.top(), right - line.left(), line.height())
        draw_text(painter, area, item.subtitle, TypeRole.META, color)


class ListCard(QListView):
    """A framed list. ``chosen`` (Enter, double click) and ``current_changed`` carry the row's key.

    Replacing the items keeps the current row by its key and never takes the focus. ``fit`` makes the list as high as
    its rows, up to ``max_rows``. ``framed=False`` leaves the frame to the panel around it. ``by_click`` lets one click
    choose, for results and offers.
    """

    chosen = Signal(str)
    current_changed = Signal(str)

    def __init__(
        self,
        *,
        name: str,
        row_height: int = 36,
        fit: bool = True,
        max_rows: int = 8,
        framed: bool = True,
        by_click: bool = False,
        parent: _Widget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._fit, self._max_rows, self._framed = fit, max_rows, framed
        self._source = ListModel()
        self.setModel(self._source)
        self.setItemDelegate(ListDelegate(row_height, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setUniformItemSizes(False)
        self.setProperty("framed", framed)
        self.setProperty("ownFocus", True)
        (self.clicked if by_click else self.activated).connect(self._chose)
        self.selectionModel().currentChanged.connect(self._moved)

    @property
    def is_framed(self) -> bool:
        """Whether the list has a line around it."""
        return self._framed

    def items(self) -> tuple[ListItem, ...]:
        """Return the rows."""
        return self._source.items()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Make a row current, so that the focus is seen."""
        super().focusInEvent(event)
        start_in_view(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows, then the focus ring of the current one."""
        super().paintEvent(event)
        paint_row_focus(self)

    def set_items(self, items: Sequence[ListItem]) -> None:
        """Replace the rows; the current one stays current where its key still exists."""
        key = self.current_key
        self._source.set_items(items)
        keys = [item.key for item in items]
        if key in keys:
            self.setCurrentIndex(self._source.index(keys.index(key)))
        if self._fit:
            self._fit_height()

    def row_height(self) -> int:
        """The height of the first row; of a row with one line while there is none."""
        return self.itemDelegate().sizeHint(QStyleOptionViewItem(), self._source.index(0)).height()

    def set_max_rows(self, rows: int) -> None:
        """Show at most so many rows at once; the others are scrolled to."""
        if rows != self._max_rows:
            self._max_rows = rows
            self._fit_height()

    @property
    def current_key(self) -> str:
        """The key of the current row, or an empty text."""
        item = self.currentIndex().data(ITEM_ROLE) if self.currentIndex().isValid() else None
        return item.key if isinstance(item, ListItem) else ""

    def set_current(self, key: str) -> None:
        """Make a row current; an unknown key does nothing."""
        keys = [item.key for item in self._source.items()]
        if key in keys:
            self.setCurrentIndex(self._source.index(keys.index(key)))

    def _fit_height(self) -> None:
        option = QStyleOptionViewItem()
        shown = min(self._source.rowCount(), self._max_rows)
        delegate = self.itemDelegate()
        heights = (delegate.sizeHint(option, self._source.index(number)).height() for number in range(shown))
        self.setFixedHeight(sum(heights) + 2)

    def _chose(self, index: QModelIndex) -> None:
        item = index.data(ITEM_ROLE)
        if isinstance(item, ListItem):
            self.chosen.emit(item.key)

    def _moved(self, now: QModelIndex, _before: QModelIndex) -> None:
        item = now.data(ITEM_ROLE) if now.isValid() else None
        if isinstance(item, ListItem):
            self.current_changed.emit(item.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with Enter on every platform."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self._chose(self.currentIndex())
            event.accept()
            return
        super().keyPressEvent(event)
