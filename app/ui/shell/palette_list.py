"""The results of the palette: patients and actions in one list, painted, in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.paint import box, draw_text, text_width

Index = QModelIndex | QPersistentModelIndex
ENTRY_ROLE = Qt.ItemDataRole.UserRole + 1
ROW = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One result. ``detail`` follows the title; ``loud_detail`` sets it in text colour: look-alikes differ there."""

    key: str
    icon: str
    title: str
    run: Callable[[], object]
    detail: str = ""
    hint: str = ""
    loud_detail: bool = False
    enabled: bool = True


class EntryModel(QAbstractListModel):
    """The results in order. Actions come at once; patients are appended below, so nothing moves under the eye."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] = []

    @property
    def entries(self) -> Sequence[Entry]:
        """What is listed."""
        return tuple(self._entries)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """List these instead."""
        self.beginResetModel()
        self._entries = list(entries)
        self.endResetModel()

    def replace_tail(self, keep: int, entries: Sequence[Entry]) -> None:
        """Keep the first ``keep`` entries and list these after them."""
        if len(self._entries) > keep:
            self.beginRemoveRows(QModelIndex(), keep, len(self._entries) - 1)
            del self._entries[keep:]
            self.endRemoveRows()
        if entries:
            first = len(self._entries)
            self.beginInsertRows(QModelIndex(), first, first + len(entries) - 1)
            self._entries += entries
            self.endInsertRows()

    def entry(self, index: Index) -> Entry | None:
        """Return the entry of an index."""
        return self._entries[index.row()] if index.isValid() else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of results."""
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Answer from memory."""
        entry = self.entry(index)
        if entry is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (entry.title, entry.detail, entry.hint) if part)
        return entry if role == ENTRY_ROLE else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Grey out what makes no sense now."""
        entry = self.entry(index)
        if entry is None or not entry.enabled:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class EntryDelegate(QStyledItemDelegate):
    """Icon, title in weight 600 for patients, detail muted, shortcut at the right."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return a line's size."""
        return QSize(240, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one result."""
        entry = index.data(ENTRY_ROLE)
        rect: QRect = option.rect
        theme = Theme.current()
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            box(painter, QRectF(rect), theme.tokens.radius.control, theme.colors.selected)
            bar = theme.tokens.states.selected_bar
            box(painter, QRectF(rect.left(), rect.top() + 6, bar, rect.height() - 12), bar / 2, theme.colors.accent)
        if not entry.enabled:
            painter.setOpacity(theme.tokens.states.disabled)
        self._paint_entry(painter, QRectF(rect), entry)
        painter.restore()

    def _paint_entry(self, painter: QPainter, rect: QRectF, entry: Entry) -> None:
        c = Theme.current().colors
        paint_icon(painter, entry.icon or "right", c.muted, rect.left() + 12, rect.center().y() - 8, 16)
        left, right = rect.left() + 40, rect.right() - 12
        if entry.hint:
            width = text_width(entry.hint, TypeRole.META)
            area = QRectF(right - width, rect.top(), width + 1, rect.height())
            draw_text(painter, area, entry.hint, TypeRole.META, c.muted)
            right -= width + 12
        strong = bool(entry.detail)
        width = min(text_width(entry.title, TypeRole.BODY, strong), right - left)
        area = QRectF(left, rect.top(), width, rect.height())
        draw_text(painter, area, entry.title, TypeRole.BODY, c.text, strong=strong)
        left += width + 8
        if entry.detail and right > left:
            color = c.text if entry.loud_detail else c.muted
            area = QRectF(left, rect.top(), right - left, rect.height())
            draw_text(painter, area, entry.detail, TypeRole.META, color)
