"""The results of one order as a table: value, flag, its place in the range, and three earlier dates beside it.

A corrected value has the one it corrects directly under it, a text and the laboratory's note stand under theirs.
Colours: text for out of range, red only for critical.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyle, QStyleOptionViewItem, QWidget

from app.domain.lab_text import is_laboratory_reason, unit_text
from app.domain.labs import LabResult
from app.kernel.i18n import t, tn
from app.queries.labs_order import OrderResults, ResultLine
from app.ui.parts.lab_range import paint_range
from app.ui.parts.lab_text import Remark, is_long, name_lines, paint_remark, row_height, under_text
from app.ui.parts.lab_words import critical_sign, flag_text, past_day, range_text, value_text
from app.ui.parts.words import clock
from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, TypeRole
from app.ui.widgets.lists import ChipSpec, paint_chip
from app.ui.widgets.paint import draw_text, text_width
from app.ui.widgets.table import PADDING, CellDelegate, Table

Index = QModelIndex | QPersistentModelIndex
TEST, VALUE, UNIT, FLAG, BAR, RANGE, FIRST_DATE = range(7)
ROW_ROLE = Qt.ItemDataRole.UserRole + 21
_NO_PARENT = QModelIndex()
_NAMES, _DATE = 120, 68
_WIDTHS = ((VALUE, 64), (UNIT, 64), (FLAG, 16), (BAR, 100), (RANGE, 82))
_ROW, _TALL = 31, 44
"""Of a name in one line, and in two."""
_INSIDE = 2 * 8 + 1
"""Pixels that the delegate leaves at both sides of a cell's text."""
_CHIP = 86
"""What the mark of a critical value takes."""
_MOST = 150
"""Pixels that a column takes at most to show its widest text whole: a unit that is cut could be read as another."""
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Correction:
    """The row under a corrected value: what stood there before."""

    line: ResultLine


Row = ResultLine | Correction | Remark


def _is_line(row: Row) -> bool:
    return isinstance(row, ResultLine)


class ResultsModel(QAbstractTableModel):
    """The rows of one order, in memory."""

    def __init__(self, zone: ZoneInfo, parent: QWidget) -> None:
        super().__init__(parent)
        self._zone = zone
        self._order: OrderResults | None = None
        self._today = date.min
        self.rows: tuple[Row, ...] = ()

    def show_order(self, order: OrderResults | None, today: date) -> None:
        """Replace what is shown."""
        self.beginResetModel()
        self._order, self._today = order, today
        rows: list[Row] = []
        for line in order.lines if order else ():
            rows.append(line)
            if line.history:
                rows.append(Correction(line))
            if under_text(line.item):
                rows.append(Remark(line))
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        """Return the number of columns: six, and one for each earlier date."""
        return 0 if parent.isValid() else FIRST_DATE + len(self._order.dates if self._order else ())

    def headerData(self, section: int, across: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the heads: the present day above the values, the earlier ones at the right."""
        if across is not Qt.Orientation.Horizontal:
            return None
        right = section == VALUE or section >= FIRST_DATE
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if right else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if section >= FIRST_DATE:
            return past_day(self._order.dates[section - FIRST_DATE], self._today) if self._order else ""
        return (t("Test"), self._value_head(), t("Unit"), "", t("In its range"), t("Range"))[section]

    def _value_head(self) -> str:
        taken = self._order.taken_at if self._order else None
        return past_day(taken.astimezone(self._zone).date(), self._today) if taken else t("Value")

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, its row, or the whole row as a screen reader says it."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.spoken(row)
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(row, ResultLine):
            return row.item.name if index.column() == TEST else None
        if role == Qt.ItemDataRole.TextAlignmentRole and (index.column() == VALUE or index.column() >= FIRST_DATE):
            return _RIGHT
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, index.column())
        return None

    def _text(self, row: Row, column: int) -> str:
        if isinstance(row, Remark):
            return under_text(row.line.item) if column == TEST else ""
        if isinstance(row, Correction):
            return self.correction_text(row) if column == TEST else ""
        item = row.item
        if column == VALUE and is_long(item):
            return t("see below")
        if column >= FIRST_DATE:
            before = row.before[column - FIRST_DATE]
            return value_text(before) if before is not None else ""
        return (item.name, value_text(item), unit_text(item.unit), flag_text(item), "", range_text(item))[column]

    def correction_text(self, row: Correction) -> str:
        """Return what is said of the value that was corrected."""
        before, after, value = self.correction_parts(row)
        return f"{before} {value} {after}".strip()

    def correction_parts(self, row: Correction) -> tuple[str, str, str]:
        """Return the words before and after the earlier value, and the value itself (painted struck out)."""
        earlier = row.line.history[0]
        at = clock(earlier.replaced_at, self._zone)
        if earlier.replaced_at.astimezone(self._zone).date() != self._today:
            at = f"{past_day(earlier.replaced_at.astimezone(self._zone).date(), self._today)} {at}"
        if not earlier.item.final:
            return t("Until {time}, preliminary:", time=at), "", value_text(earlier.item)
        sent = is_laboratory_reason(earlier.reason)
        laboratory = self._order.laboratory if self._order else ""
        name = (laboratory or t("the laboratory")) if sent else earlier.by_name
        before = t("Corrected {time} by {name}.", time=at, name=name) if name else t("Corrected {time}.", time=at)
        reason = f"“{earlier.reason}”" if earlier.reason and not sent else ""
        return f"{before} " + t("Before:"), reason, value_text(earlier.item)

    def spoken(self, row: Row) -> str:
        """Return a row as a screen reader should say it."""
        if isinstance(row, Correction):
            return self.correction_text(row)
        if isinstance(row, Remark):
            return under_text(row.line.item)
        item = row.item
        limits = range_text(item)
        parts = [item.name, f"{value_text(item)} {unit_text(item.unit)}".strip(), flag_text(item)]
        parts.append(t("range {range}", range=limits) if limits else "")
        earlier = ", ".join(value_text(one) for one in row.before if one is not None)
        parts.append(t("before: {values}", values=earlier) if earlier else "")
        return ", ".join(part for part in parts if part)


class ResultsDelegate(CellDelegate):
    """Paints values (strong when abnormal), the critical chip, the range and corrections."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one cell."""
        row = index.data(ROW_ROLE)
        if isinstance(row, Correction):
            self._correction(painter, QRectF(option.rect), index, row)
            return
        if isinstance(row, Remark):
            paint_remark(painter, QRectF(option.rect), row)
            return
        if not isinstance(row, ResultLine):
            return
        painter.save()
        state: QStyle.StateFlag = option.state
        area = QRectF(option.rect)
        self._background(painter, area, state, index)
        inner = area.adjusted(8, 0, -8, -1)
        if index.column() == BAR:
            paint_range(painter, inner, row.item, row.before[0] if row.before else None)
        elif index.column() == FLAG and row.item.critical:
            chip = ChipSpec(t("Critical"), "warn", StatusKind.CRITICAL)
            paint_chip(painter, chip, inner.left(), inner.center().y() - 10)
        else:
            self._cell(painter, inner, index, row)
        painter.restore()

    def _cell(self, painter: QPainter, inner: QRectF, index: Index, row: ResultLine) -> None:
        c = Theme.current().colors
        column = index.column()
        shown = self._shown_item(row, column)
        abnormal = shown is not None and shown.abnormal
        strong = abnormal if column != TEST else row.item.critical
        muted = column in (UNIT, FLAG, RANGE) or (column >= FIRST_DATE and not abnormal)
        right = column == VALUE or column >= FIRST_DATE
        align = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        color = c.muted if muted else c.text
        if shown is not None and shown.critical:
            text, color = critical_sign(shown) + text, Theme.current().status(StatusKind.CRITICAL).text
        lines = name_lines(text, inner.width(), strong=strong) if column == TEST else (text,)
        high = min(inner.height() / len(lines), 19.0) if len(lines) > 1 else inner.height()
        top = inner.center().y() - high * len(lines) / 2
        for number, line in enumerate(lines):
            area = QRectF(inner.left(), top + number * high, inner.width(), high)
            draw_text(painter, area, line, TypeRole.BODY, color, strong=strong, align=align)

    @staticmethod
    def _shown_item(row: ResultLine, column: int) -> LabResult | None:
        if column == VALUE:
            return row.item
        return row.before[column - FIRST_DATE] if column >= FIRST_DATE else None

    @staticmethod
    def _correction(painter: QPainter, area: QRectF, index: Index, row: Correction) -> None:
        model = index.model()
        if not isinstance(model, ResultsModel):
            return
        theme = Theme.current()
        c = theme.colors
        painter.save()
        painter.fillRect(area, c.sunken)
        painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), c.line)
        before, after, value = model.correction_parts(row)
        left = area.left() + 8
        paint_icon(painter, "undo", c.muted, round(left), round(area.center().y() - 7), 14)
        left += 22
        for text, struck in ((before, False), (value, True), (after, False)):
            width = text_width(text, TypeRole.META)
            room = min(width + 1, max(0.0, area.right() - 8 - left))
            draw_text(painter, QRectF(left, area.top(), room, area.height()), text, TypeRole.META, c.muted)
            if struck:
                painter.fillRect(QRectF(left, area.center().y(), width, 1), c.muted)
            left += width + 6
        count = len(row.line.history)
        if count > 1:
            right = area.adjusted(0, 0, -12, 0)
            words = tn("History ({n})", "History ({n})", count)
            draw_text(painter, right, words, TypeRole.META, c.text, align=Qt.AlignmentFlag.AlignRight)
        painter.restore()


class ResultsTable(Table):
    """The table. Enter or a double click opens what more there is of a row; both signals carry its ``ResultLine``."""

    history_wanted = Signal(object)
    text_wanted = Signal(object)

    def __init__(self, zone: ZoneInfo, parent: QWidget | None = None) -> None:
        super().__init__(name=t("Results"), parent=parent)
        self.rows = ResultsModel(zone, self)
        self._wide = dict(_WIDTHS)
        self._tight: dict[int, int] = {}
        self.setModel(self.rows)
        self.setItemDelegate(ResultsDelegate(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.horizontalHeader().setStretchLastSection(False)
        self.chosen.connect(self._open)

    def show_order(self, order: OrderResults | None, today: date) -> None:
        """Show another order, or the same one anew: the row and the place stay then."""
        current, scroll = self.currentIndex().row(), self.verticalScrollBar().value()
        self.clearSpans()
        self.rows.show_order(order, today)
        dates = ((column, _DATE) for column in range(FIRST_DATE, self.rows.columnCount()))
        self._wide = {column: self._widest(column, least) for column, least in (*_WIDTHS, *dates)}
        self._tight = {column: self._tightest(column) for column in (VALUE, UNIT, FLAG, RANGE)}
        self._widths()
        for number, row in enumerate(self.rows.rows):
            if not _is_line(row):
                self.setSpan(number, 0, 1, self.rows.columnCount())
        if 0 <= current < self.rows.rowCount():
            self.setCurrentIndex(self.rows.index(current, 0))
            self.verticalScrollBar().setValue(scroll)

    def _widths(self) -> None:
        """Give the tests' names what is left; where that is little the bars go first, then the earliest dates."""
        header = self.horizontalHeader()
        header.setSectionResizeMode(TEST, QHeaderView.ResizeMode.Stretch)
        spare = self.viewport().width() - _NAMES
        fixed = {column: width for column, width in self._wide.items() if column < FIRST_DATE}
        least = sum(width for column, width in fixed.items() if column != BAR)
        if spare < least:
            fixed = {column: self._tight.get(column, width) for column, width in fixed.items()}
            least = sum(width for column, width in fixed.items() if column != BAR)
        spare -= least
        for column, width in fixed.items():
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width)
        for column in range(FIRST_DATE, self.rows.columnCount()):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            wide = self._wide.get(column, _DATE)
            header.resizeSection(column, wide)
            self.setColumnHidden(column, spare < wide)
            spare -= wide
        self.setColumnHidden(BAR, spare < self._wide[BAR])
        self._heights()

    def _heights(self) -> None:
        """Make room for what stands under a result, and for a name in two lines."""
        shown = (one for one in range(VALUE, self.rows.columnCount()) if not self.isColumnHidden(one))
        names = self.viewport().width() - sum(self.columnWidth(one) for one in shown) - _INSIDE
        for number, row in enumerate(self.rows.rows):
            high = _ROW
            if isinstance(row, Remark):
                high = row_height(row.line.item, self.viewport().width())
            elif isinstance(row, ResultLine):
                two = len(name_lines(row.item.name, names, strong=row.item.critical)) > 1
                high = _TALL if two else _ROW
            if self.rowHeight(number) != high:
                self.setRowHeight(number, high)

    def _tightest(self, column: int) -> int:
        """What a column can't do without: its widest value and what the delegate leaves around it."""
        texts = (self.rows.index(row, column).data() for row, one in enumerate(self.rows.rows) if _is_line(one))
        widest = max((text_width(str(text or ""), TypeRole.BODY, strong=column == VALUE) for text in texts), default=0)
        marked = column == FLAG and any(isinstance(one, ResultLine) and one.item.critical for one in self.rows.rows)
        sign = text_width("▲ ", TypeRole.BODY, strong=True) if column == VALUE else 0
        head = text_width(self.rows.headerData(column, Qt.Orientation.Horizontal) or "", TypeRole.META, strong=True)
        least = ceil(head) + 2 * PADDING if column == VALUE and head else _INSIDE
        return max(_CHIP if marked else least, min(_MOST, ceil(widest + sign) + _INSIDE)) if widest else least

    def _widest(self, column: int, least: int) -> int:
        texts = (self.rows.index(row, column).data() for row in range(self.rows.rowCount()))
        widest = max((text_width(str(text or ""), TypeRole.BODY) for text in texts), default=0)
        head = self.rows.headerData(column, Qt.Orientation.Horizontal) or ""
        least = max(least, ceil(text_width(head, TypeRole.META, strong=True)) + 2 * PADDING)
        marked = column == FLAG and any(isinstance(one, ResultLine) and one.item.critical for one in self.rows.rows)
        return max(_CHIP if marked else least, min(_MOST, ceil(widest) + 2 * PADDING))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many columns as there is room for."""
        super().resizeEvent(event)
        self._widths()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Ctrl+Enter to the page."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        row = index.data(ROW_ROLE)
        line = row if isinstance(row, ResultLine) else row.line
        if line.history and not isinstance(row, Remark):
            self.history_wanted.emit(line)
        elif under_text(line.item):
            self.text_wanted.emit(line)
