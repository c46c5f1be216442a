"""All results of a patient: tests down, dates across, the course of each test as a line beside its name."""

from __future__ import annotations

from datetime import date
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QScrollBar, QStyle, QStyleOptionViewItem, QWidget

from app.domain.lab_text import unit_text
from app.kernel.i18n import t
from app.queries.labs_grid import GridRow, LabGrid, Point
from app.ui.parts.lab_words import critical_sign, flag_text, past_day, range_text, value_text
from app.ui.parts.patient_values import date_text
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, TypeRole
from app.ui.widgets.paint import box, draw_text, text_width
from app.ui.widgets.row_focus import start_in_view
from app.ui.widgets.table import PADDING, CellDelegate, Table

Index = QModelIndex | QPersistentModelIndex
TEST, COURSE, FIRST_DATE = range(3)
GRID_ROW = Qt.ItemDataRole.UserRole + 31
_NAMES, _COURSE, _DATE = 190, 110, 78
"""Least widths in pixels."""
_POINTS = 24
"""How many of the latest values the line shows."""
_NO_PARENT = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class GridModel(QAbstractTableModel):
    """The grid in memory."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.grid: LabGrid | None = None
        self._heads: list[str] = []

    def show_grid(self, grid: LabGrid | None, today: date) -> None:
        """Replace what is shown."""
        self.beginResetModel()
        self.grid = grid
        dates = grid.dates if grid is not None else ()
        short = [past_day(day, today) for day in dates]
        self._heads = [
            text if short.count(text) == 1 else date_text(day) for text, day in zip(short, dates, strict=True)
        ]
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """Return the number of tests."""
        return 0 if parent.isValid() or self.grid is None else len(self.grid.rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        """Return two columns and one for each date."""
        return 0 if parent.isValid() else FIRST_DATE + len(self.grid.dates if self.grid else ())

    def headerData(self, section: int, across: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the heads."""
        if across is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section >= FIRST_DATE else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole and self.grid is not None and section >= FIRST_DATE:
            return date_text(self.grid.dates[section - FIRST_DATE])
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._heads[section - FIRST_DATE] if section >= FIRST_DATE else (t("Test"), t("Course"))[section]

    def row_at(self, row: int) -> GridRow | None:
        """Return a row of the grid."""
        return self.grid.rows[row] if self.grid is not None and 0 <= row < len(self.grid.rows) else None

    def point(self, index: Index) -> Point | None:
        """Return the value in a cell."""
        row = self.row_at(index.row())
        return row.cells[index.column() - FIRST_DATE] if row is not None and index.column() >= FIRST_DATE else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, its row, or what a screen reader says."""
        row = self.row_at(index.row()) if index.isValid() else None
        if row is None:
            return None
        point = self.point(index)
        if role == GRID_ROW:
            return row
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() >= FIRST_DATE:
            return _RIGHT
        if role == Qt.ItemDataRole.DisplayRole:
            if index.column() == TEST:
                return row.name
            return value_text(point.item) if point is not None else ""
        if role in {Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole}:
            return self._spoken(row, point)
        return None

    @staticmethod
    def _spoken(row: GridRow, point: Point | None) -> str:
        latest = row.points[-1].item
        limits = range_text(latest)
        head = f"{row.name}, {unit_text(row.unit)}".rstrip(", ")
        if point is None:
            return f"{head}, {limits}".rstrip(", ")
        said = (head, value_text(point.item), flag_text(point.item), limits)
        return ", ".join(part for part in said if part)


class GridDelegate(CellDelegate):
    """Paints values strong when out of range, red when critical, and the line of a test's course."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one cell."""
        row, model = index.data(GRID_ROW), index.model()
        if not isinstance(row, GridRow) or not isinstance(model, GridModel):
            return
        painter.save()
        state: QStyle.StateFlag = option.state
        area = QRectF(option.rect)
        self._background(painter, area, state, index)
        inner = area.adjusted(PADDING, 0, -PADDING, -1)
        if index.column() == TEST:
            self._name(painter, inner, row)
        elif index.column() == COURSE:
            paint_course(painter, inner.adjusted(0, 6, 0, -6), row)
        else:
            self._value(painter, inner, model.point(index))
            view = self.parent()
            if isinstance(view, QAbstractItemView) and view.hasFocus() and index == view.currentIndex():
                box(painter, area.adjusted(5, 7, -5, -8), 4, None, Theme.current().colors.accent)
        painter.restore()

    @staticmethod
    def _name(painter: QPainter, inner: QRectF, row: GridRow) -> None:
        c = Theme.current().colors
        draw_text(painter, QRectF(inner.left(), inner.top() + 3, inner.width(), 19), row.name, TypeRole.BODY, c.text)
        said = f"{range_text(row.points[-1].item)} {unit_text(row.unit)}".strip()
        below = QRectF(inner.left(), inner.top() + 21, inner.width(), 16)
        draw_text(painter, below, said, TypeRole.META, c.muted)

    @staticmethod
    def _value(painter: QPainter, inner: QRectF, point: Point | None) -> None:
        if point is None:
            return
        theme = Theme.current()
        item = point.item
        color = theme.status(StatusKind.CRITICAL).text if item.critical else theme.colors.text
        if not item.abnormal:
            color = theme.colors.muted
        text = critical_sign(item) + value_text(item)
        draw_text(painter, inner, text, TypeRole.BODY, color, strong=item.abnormal,
                  align=Qt.AlignmentFlag.AlignRight)  # fmt: skip


def paint_course(painter: QPainter, area: QRectF, row: GridRow) -> None:
    """Paint the latest values of a test as a line over its range; a text result or a single value has none."""
    points = [(point.at.timestamp(), point.item.number, point.item.critical) for point in row.points[-_POINTS:]]
    known = [(at, number, critical) for at, number, critical in points if number is not None]
    if len(known) < 2:
        return
    c = Theme.current().colors
    values = [number for _, number, _ in known] + [end for end in (row.low, row.high) if end is not None]
    low, high = min(values), max(values)
    span, first = (high - low) or 1.0, known[0][0]
    length = (known[-1][0] - first) or 1.0

    def place(at: float, number: float) -> QPointF:
        return QPointF(area.left() + (at - first) / length * (area.width() - 4) + 2,
                       area.bottom() - (number - low) / span * area.height())  # fmt: skip

    top = place(first, row.high if row.high is not None else high).y()
    bottom = place(first, row.low if row.low is not None else low).y()
    painter.fillRect(QRectF(area.left(), top, area.width(), max(1.0, bottom - top)), c.sunken)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(c.muted, 1.5))
    line = [place(at, number) for at, number, _ in known]
    painter.drawPolyline(QPolygonF(line))
    painter.setPen(Qt.PenStyle.NoPen)
    red = Theme.current().status(StatusKind.CRITICAL).text
    for spot, (_, _, critical) in zip(line, known, strict=True):
        if critical or spot is line[-1]:
            painter.setBrush(red if critical else c.text)
            painter.drawEllipse(spot, 2.5, 2.5)


class GridTable(Table):
    """The grid. ``order_wanted`` (Enter or a double click) carries the order's id of the value, or of the latest.

    The tests' names stay; ``dates`` moves only the dates beside them, a whole one at a time.
    """

    order_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(name=t("Results by date"), parent=parent)
        self.cells = GridModel(self)
        self.setModel(self.cells)
        self.setItemDelegate(GridDelegate(self))
        self.verticalHeader().setDefaultSectionSize(42)
        self.horizontalHeader().setStretchLastSection(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.dates = QScrollBar(Qt.Orientation.Horizontal)
        self.dates.setAccessibleName(t("Dates"))
        self.dates.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.dates.valueChanged.connect(self._fit)
        self.width_changed.connect(self._resized)
        self.doubleClicked.connect(self._open)

    def show_grid(self, grid: LabGrid | None, today: date) -> None:
        """Show another grid; the row under the keyboard stays by its test."""
        before = self.cells.row_at(self.currentIndex().row())
        self.cells.show_grid(grid, today)
        header = self.horizontalHeader()
        for column in range(self.cells.columnCount()):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        self.dates.setValue(0)
        self._fit()
        rows = grid.rows if grid is not None else ()
        for number, row in enumerate(rows):
            if before is not None and (row.key, row.unit) == (before.key, before.unit):
                self.setCurrentIndex(self.cells.index(number, 0))
        if self.hasFocus():
            start_in_view(self)

    def show_course(self, shown: bool) -> None:
        """Show the line of each test's course, or leave its room to the values."""
        self.setColumnHidden(COURSE, not shown)
        self._resized()

    def _resized(self) -> None:
        """Keep the value under the keyboard in view."""
        self._fit()
        at = self.currentIndex().column() - FIRST_DATE
        first, shown = self.dates.value(), self.dates.pageStep()
        if at >= 0 and not first <= at < first + shown:
            self.dates.setValue(at if at < first else at - shown + 1)

    def _fit(self) -> None:
        """Show as many dates as fit whole beside the names; what is left over goes to course and names."""
        every = self.cells.columnCount() - FIRST_DATE
        course = 0 if self.isColumnHidden(COURSE) else _COURSE
        room, wide = self.viewport().width() - _NAMES - course, self._date_width()
        fitting = min(every, max(1, room // wide))
        self.dates.setRange(0, max(0, every - fitting))
        self.dates.setPageStep(max(1, fitting))
        self.dates.setVisible(every > fitting)
        first = self.dates.value()
        header = self.horizontalHeader()
        for number in range(every):
            self.setColumnHidden(FIRST_DATE + number, not first <= number < first + fitting)
            header.resizeSection(FIRST_DATE + number, wide)
        spare = room - fitting * wide  # below 0 where not even one date fits beside the names
        longer = max(0, min(spare // 2, _COURSE)) if course else 0
        header.resizeSection(COURSE, _COURSE + longer)
        header.resizeSection(TEST, _NAMES + spare - longer)

    def _date_width(self) -> int:
        """What the widest of the dates needs."""
        heads = (str(self.cells.headerData(one, Qt.Orientation.Horizontal))
                 for one in range(FIRST_DATE, self.cells.columnCount()))  # fmt: skip
        return max(_DATE, *(round(text_width(head, TypeRole.META, True)) + 2 * PADDING + 2 for head in heads), 0)

    def _turn(self, dates: int) -> None:
        self.dates.setValue(self.dates.value() + dates)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right go on where the dates shown end; Home and End to the latest and the earliest."""
        at, key = self.currentIndex().column() - FIRST_DATE, event.key()
        last = self.dates.value() + self.dates.pageStep() - 1
        if key == Qt.Key.Key_End:
            self.dates.setValue(self.dates.maximum())
        elif key == Qt.Key.Key_Home:
            self.dates.setValue(0)
        elif key == Qt.Key.Key_Right and at >= last:
            self._turn(1)
        elif key == Qt.Key.Key_Left and 0 < at <= self.dates.value():
            self._turn(-1)
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Sideways, or with Shift, the dates move."""
        turn = event.angleDelta()
        sideways = turn.x() or (turn.y() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0)
        if sideways:
            self._turn(-1 if sideways > 0 else 1)
            event.accept()
        else:
            super().wheelEvent(event)

    def activate(self) -> None:
        """Open the order of the current value."""
        if self.currentIndex().isValid():
            self._open(self.currentIndex())

    def _open(self, index: QModelIndex) -> None:
        point, row = self.cells.point(index), self.cells.row_at(index.row())
        if point is None and row is not None:
            point = row.points[-1]
        if point is not None:
            self.order_wanted.emit(point.order_id)
