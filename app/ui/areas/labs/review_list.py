"""The list at the left: who, what was found, since when; critical ones first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.domain.enums import ReviewState
from app.kernel.i18n import t
from app.queries.labs import ReviewRow
from app.ui.parts.lab_words import gist_text, next_word, when_text
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, TypeRole
from app.ui.widgets.lists import ITEM_ROLE, ChipSpec, ListCard, ListItem, paint_chip
from app.ui.widgets.paint import draw_text, elided, text_width

ROW_HEIGHT = 58
_CHIP_PADDING = 14
_LEAST_ORDERED = 24
"""Pixels in which the beginning of what was ordered says something."""


class ReviewDelegate(QStyledItemDelegate):
    """Paints a row: the name and how old, a chip at the right; below what was found, its value strong."""

    def __init__(self, view: ReviewCard) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the height of two lines."""
        rect = QRectF(option.rect)
        return QSize(int(rect.width()), ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one row."""
        item = index.data(ITEM_ROLE)
        row = self._view.row_of(item.key) if isinstance(item, ListItem) else None
        if row is None:
            return
        area, theme = QRectF(option.rect), Theme.current()
        c = theme.colors
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, c.selected)
            painter.fillRect(QRectF(area.left(), area.top(), theme.tokens.states.selected_bar, area.height()), c.accent)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, c.hover)
        painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), c.line)
        inner = area.adjusted(16, 8, -16, -8)
        self._first(painter, QRectF(inner.left(), inner.top(), inner.width(), 20), row)
        self._second(painter, QRectF(inner.left(), inner.top() + 22, inner.width(), 20), row)
        painter.restore()

    def _first(self, painter: QPainter, line: QRectF, row: ReviewRow) -> None:
        c = Theme.current().colors
        chip = chip_of(row)
        right = line.right()
        if chip is not None:
            width = text_width(chip.text, TypeRole.META) + (16 if chip.icon else 0) + _CHIP_PADDING
            paint_chip(painter, chip, right - width, line.top())
            right -= width + 8
        age = t("{n} y", n=row.age) if row.age is not None else ""
        name_width = min(text_width(row.patient_name, TypeRole.BODY, True), right - line.left())
        area = QRectF(line.left(), line.top(), name_width + 1, line.height())
        draw_text(painter, area, row.patient_name, TypeRole.BODY, c.text, strong=True)
        left = line.left() + name_width + 8
        draw_text(painter, QRectF(left, line.top(), max(0.0, right - left), line.height()), age, TypeRole.BODY, c.muted)

    def _second(self, painter: QPainter, line: QRectF, row: ReviewRow) -> None:
        c = Theme.current().colors
        when = self._view.when(row)
        width = text_width(when, TypeRole.META)
        draw_text(painter, QRectF(line.right() - width, line.top(), width + 1, line.height()), when, TypeRole.META,
                  c.muted)  # fmt: skip
        left, right = line.left(), line.right() - width - 12
        before, value, after = self._view.gist(row)
        after_width = text_width(value, TypeRole.META, True) + text_width(after, TypeRole.META) + 10
        room = right - left - (after_width if value else 0)
        before = fitted(before, room) if value else before
        parts = (
            (before, False, room),
            (value, True, right),
            (after, False, right),
        )
        for text, strong, room in parts:
            wide = min(text_width(text, TypeRole.META, strong), max(0.0, room))
            area = QRectF(left, line.top(), min(wide + 1, max(0.0, right - left)), line.height())
            draw_text(painter, area, text, TypeRole.META, c.text if strong else c.muted, strong=strong)
            left += wide + 5


def fitted(before: str, room: float) -> str:
    """Return "CMP, A1C, Lip…: Potassium": what was ordered is cut, the name of the test beside its value is not."""
    ordered, sign, test = before.rpartition(": ")
    if not sign or text_width(before, TypeRole.META) <= room:
        return before
    left = room - text_width(sign + test, TypeRole.META)
    return elided(ordered, TypeRole.META, False, left) + sign + test if left > _LEAST_ORDERED else test


def chip_of(row: ReviewRow) -> ChipSpec | None:
    """Return what stands out: critical, corrected, partial, or for the desk what was released."""
    if row.state is ReviewState.SIGNED:
        return ChipSpec(next_word(row.next_step) if row.next_step else t("Signed"), "check", StatusKind.DONE)
    if row.critical:
        return ChipSpec(t("Critical"), "warn", StatusKind.CRITICAL)
    if row.corrected:  # what somebody signed or acted on is another value now; that some are to come can wait
        return ChipSpec(t("Corrected"), "undo")
    return ChipSpec(t("Partial"), "clock") if row.partial else None


class ReviewCard(ListCard):
    """The list; it keeps its row by the order's id."""

    def __init__(self, zone: ZoneInfo, parent: QWidget | None = None) -> None:
        super().__init__(name=t("Results to review"), fit=False, framed=False, parent=parent)
        self._rows: dict[str, ReviewRow] = {}
        self._zone, self._today = zone, date.min
        self.setItemDelegate(ReviewDelegate(self))

    def row_of(self, order_id: str) -> ReviewRow | None:
        """Return a row by its order."""
        return self._rows.get(order_id)

    def when(self, row: ReviewRow) -> str:
        """Return since when it waits."""
        return when_text(row.resulted_at, self._zone, self._today)

    def gist(self, row: ReviewRow) -> tuple[str, str, str]:
        """Return what is said of the results; for the desk whom they wait for, or the released words."""
        if row.gist is not None:
            return gist_text(row)
        if row.state is ReviewState.WAITING:
            return t("Waiting for {name}", name=row.owner_name or t("a provider")), "", ""
        return row.released_text or t("Signed, nothing to say"), "", ""

    def show_rows(self, rows: Sequence[ReviewRow], today: date) -> None:
        """Replace the rows; the current one stays."""
        self._rows = {row.order_id: row for row in rows}
        self._today = today
        self.set_items([self._item(row) for row in rows])

    def _item(self, row: ReviewRow) -> ListItem:
        chip = chip_of(row)
        return ListItem(key=row.order_id, title=row.patient_name, subtitle=" ".join(self.gist(row)).strip(),
                        meta=self.when(row), chip=chip)  # fmt: skip

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Ctrl+Enter to the page."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        super().keyPressEvent(event)
