"""The readings beside the chart, the newest first: those under the chart's cursor are lit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.domain.vitals_metrics import Metric, Origin, metric_title, place_word, value_text
from app.domain.vitals_ranges import VitalRanges
from app.kernel.i18n import t
from app.queries.vitals import ReadingRow
from app.ui.parts.link_state import not_yet
from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.paint import box, draw_text, text_width
from app.ui.widgets.row_focus import paint_row_focus, start_in_view
from app.ui.widgets.timeseries.model import ms_of
from app.ui.widgets.timeseries.ticks import day_text

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
LIT_ROLE = Qt.ItemDataRole.UserRole + 2
DAY_ROLE = Qt.ItemDataRole.UserRole + 3
_SIGN = 12
_PADDING = 16
_DAY, _WITH_YEAR = 50, 76
"""Of the day, in pixels."""
_ICONS: Mapping[Origin, str] = {Origin.DEVICE: "watch", Origin.DERIVED: "watch"}
"""What somebody typed has none."""
Lit = tuple[frozenset[str], tuple[tuple[str, int, int], ...]]
NOTHING_LIT: Lit = (frozenset(), ())


def origin_text(origin: Origin) -> str:
    """Say where a reading comes from."""
    return {Origin.DEVICE: t("device"), Origin.TYPED: t("typed"), Origin.DERIVED: t("derived")}[origin]


class ReadingsModel(QAbstractListModel):
    """Rows of readings; asks for more when the end is near."""

    wanted = Signal()

    def __init__(
        self,
        zone: Callable[[], ZoneInfo],
        parent: QObject | None = None,
        *,
        unsent: Callable[[str], bool] = lambda _: False,
        this_year: Callable[[], int],
    ) -> None:
        super().__init__(parent)
        self.zone, self.unsent, self._this_year = zone, unsent, this_year
        self._rows: list[ReadingRow] = []
        self._lit: Lit = NOTHING_LIT
        self._more = False
        self._asking = False
        self.ranges = VitalRanges()

    @property
    def rows(self) -> tuple[ReadingRow, ...]:
        """The rows that are here."""
        return tuple(self._rows)

    def set_rows(self, rows: tuple[ReadingRow, ...], *, more: bool) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows, self._more, self._asking = list(rows), more, False
        self.endResetModel()

    def add_rows(self, rows: tuple[ReadingRow, ...], *, more: bool) -> None:
        """Show older rows below."""
        self._more, self._asking = more, False
        if rows:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(rows) - 1)
            self._rows.extend(rows)
            self.endInsertRows()

    def set_ranges(self, ranges: VitalRanges) -> None:
        """Take the clinic's ranges."""
        if ranges != self.ranges:
            self.ranges = ranges
            if self._rows:
                self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def place(self, row: ReadingRow) -> int:
        """Return where a reading lies, -2 to 2."""
        return 0 if row.value is None else self.ranges.place(row.metric, row.value, row.second)

    def set_lit(self, lit: Lit) -> None:
        """Light up the rows under the chart's cursor: by id, or by metric and time for buckets."""
        if lit != self._lit:
            self._lit = lit
            if self._rows:
                self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1), [LIT_ROLE])

    def lit(self) -> list[int]:
        """Return the numbers of the lit rows, from above."""
        return [number for number, row in enumerate(self._rows) if self._is_lit(row)]

    def _is_lit(self, row: ReadingRow) -> bool:
        ids, spans = self._lit
        if row.id in ids:
            return True
        at = ms_of(row.at)
        return any(key == row.metric.value and start <= at <= end for key, start, end in spans)

    def day(self, number: int) -> date:
        """Return a row's day at the clinic."""
        return self._rows[number].at.astimezone(self.zone()).date()

    def older_years(self) -> bool:
        """Whether days need their year: the oldest row that is here isn't of this one."""
        return bool(self._rows) and self.day(len(self._rows) - 1).year != self._this_year()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of rows that are here."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a row, its sentence, its day where it is the first of it."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == LIT_ROLE:
            return self._is_lit(row)
        if role == DAY_ROLE:
            day = self.day(index.row())
            first = index.row() == 0 or self.day(index.row() - 1) != day
            return day_text(day, "d MMM yyyy" if self.older_years() else "d MMM") if first else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return not_yet() if self.unsent(row.id) else None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.sentence(index.row())
        return None

    def sentence(self, number: int) -> str:
        """Return a row in words, for screen readers."""
        row = self._rows[number]
        when = f"{day_text(self.day(number), 'd MMM yyyy')} {row.at.astimezone(self.zone()):%H:%M}"
        said = f"{when}, {row_title(row)} {row_value(row, self.place(row))}, {origin_text(row.origin)}"
        return f"{said}, {not_yet()}" if self.unsent(row.id) else said

    def canFetchMore(self, parent: Index) -> bool:
        """Tell whether older rows can be asked for."""
        return not parent.isValid() and self._more and not self._asking

    def fetchMore(self, parent: Index) -> None:
        """Ask for older rows."""
        del parent
        self._asking = True
        self.wanted.emit()


def row_title(row: ReadingRow) -> str:
    """Return what was measured; a derived value says so."""
    if row.metric is Metric.HRV:
        return t("HRV, derived") if row.origin is Origin.DERIVED else t("HRV")
    return metric_title(row.metric)


def row_value(row: ReadingRow, place: int) -> str:
    """Return the value, or that it can't be read; with the word for where it lies outside."""
    if row.value is None:
        return t("unreadable value")
    text = value_text(row.metric, row.value, row.second)
    return f"{text} {place_word(place)}" if place else text


class ReadingDelegate(QStyledItemDelegate):
    """Paints a row: day, time, metric, value (600 outside the range), source."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        row, model = index.data(ROW_ROLE), index.model()
        if not isinstance(row, ReadingRow) or not isinstance(model, ReadingsModel):
            return
        theme, area = Theme.current(), QRectF(option.rect)
        c = theme.colors
        state: QStyle.StateFlag = option.state
        painter.save()
        if index.data(LIT_ROLE) or state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, c.selected)
        painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), c.line)
        if model.unsent(row.id):
            box(painter, area.adjusted(4, 2, -4, -3), theme.tokens.radius.control, None, c.muted, dashed=True)
        inner = area.adjusted(_PADDING, 0, -_PADDING, -1)
        day, clock = str(index.data(DAY_ROLE)), f"{row.at.astimezone(model.zone()):%H:%M}"
        wide = _WITH_YEAR if model.older_years() else _DAY
        draw_text(painter, QRectF(inner.left(), inner.top(), wide, inner.height()), day, TypeRole.BODY, c.text)
        at = QRectF(inner.left() + wide + 2, inner.top(), 40, inner.height())
        draw_text(painter, at, clock, TypeRole.BODY, c.muted)
        self._values(painter, row, model.place(row), inner.adjusted(wide + 46, 0, -24, 0))
        if row.origin in _ICONS:
            paint_icon(painter, _ICONS[row.origin], c.muted, inner.right() - 16, inner.center().y() - 8, 16)
        painter.restore()

    @staticmethod
    def _values(painter: QPainter, row: ReadingRow, place: int, inner: QRectF) -> None:
        c, red = Theme.current().colors, Theme.current().tone(Tone.CRITICAL)
        outside, critical = place != 0, abs(place) == 2
        text = t("unreadable value") if row.value is None else value_text(row.metric, row.value, row.second)
        value_width = text_width(text, TypeRole.BODY, outside) + 6
        room = inner.width() - value_width - (_SIGN if critical else 0)
        title = QRectF(inner.left(), inner.top(), room, inner.height())
        draw_text(painter, title, row_title(row), TypeRole.BODY, c.text)
        value = QRectF(inner.right() - value_width, inner.top(), value_width, inner.height())
        color = c.muted if row.value is None else red if critical else c.text
        if critical:  # colour alone would be no sign
            paint_icon(painter, "warn", red, value.left() - _SIGN, inner.center().y() - _SIGN / 2, _SIGN)
        draw_text(painter, value, text, TypeRole.BODY, color, strong=outside, align=Qt.AlignmentFlag.AlignRight)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return a compact row."""
        del option, index
        return QSize(260, Theme.current().tokens.row_compact)


class ReadingsList(QListView):
    """The list of readings; ``chosen`` (click, Enter) carries a row, ``retract_wanted`` (Del) one to take back."""

    chosen = Signal(object)
    retract_wanted = Signal(object)

    def __init__(self, model: ReadingsModel) -> None:
        super().__init__()
        self.setAccessibleName(t("Readings"))
        self.setModel(model)
        self.setItemDelegate(ReadingDelegate(self))
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setProperty("ownFocus", True)
        self.clicked.connect(lambda index: self.chosen.emit(index.data(ROW_ROLE)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with Enter, take back with Del."""
        row = self.currentIndex().data(ROW_ROLE)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row is not None:
            self.chosen.emit(row)
        elif event.key() == Qt.Key.Key_Delete and row is not None:
            self.retract_wanted.emit(row)
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Make a row current, so that the focus is seen."""
        super().focusInEvent(event)
        start_in_view(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows, then the ring of the current one."""
        super().paintEvent(event)
        paint_row_focus(self)
