"""A month with the free capacity of each day; Enter or a click opens the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from PySide6.QtCore import QLocale, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.kernel.i18n import t
from app.ui.theme.focus import paint_ring
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.accessible import SpokenItem, announce_focus, install_accessible_items
from app.ui.widgets.dates import add_months
from app.ui.widgets.mini_calendar import long_date
from app.ui.widgets.names import naming_locale
from app.ui.widgets.paint import box, draw_text, hatch

HEAD = 32


@dataclass(frozen=True, slots=True)
class MonthDay:
    """One day: free and all minutes or slots, as the view counts them; ``note`` such as "Dr Wójcik off"."""

    day: date
    free: int = 0
    total: int = 0
    closed: bool = False
    note: str = ""


class MonthGrid(QWidget):
    """Six weeks around a month. ``day_activated`` carries the ``date``."""

    day_activated = Signal(object)
    cursor_changed = Signal(object)

    def __init__(self, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        install_accessible_items()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ownFocus", True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._month = date.min
        self._today = date.min
        self._days: dict[date, MonthDay] = {}
        self._cursor = date.min

    def set_month(self, month: date, days: Sequence[MonthDay], today: date) -> None:
        """Show the month of a day. The cursor stays where it is inside of it, else it goes to today or the first."""
        self._month, self._today = month.replace(day=1), today
        self._days = {day.day: day for day in days}
        if self._cursor.replace(day=1) != self._month:
            self._cursor = today if today.replace(day=1) == self._month else self._month
        self.update()

    def sizeHint(self) -> QSize:
        """Return a useful size."""
        return QSize(840, HEAD + 6 * 96)

    def first_cell(self) -> date:
        """Return the day in the top left corner."""
        return self._month - timedelta(days=(self._month.isoweekday() - QLocale().firstDayOfWeek().value) % 7)

    def cells(self) -> list[date]:
        """Return the 42 days that are shown."""
        if self._month == date.min:
            return []
        return [self.first_cell() + timedelta(days=number) for number in range(42)]

    def cell_rect(self, day: date) -> QRectF:
        """Return a day's rectangle."""
        week, weekday = divmod((day - self.first_cell()).days, 7)
        width, height = self.width() / 7, (self.height() - HEAD) / 6
        left, top = round(weekday * width), HEAD + round(week * height)
        return QRectF(left, top, round((weekday + 1) * width) - left, HEAD + round((week + 1) * height) - top)

    def spoken_items(self) -> Sequence[SpokenItem]:
        """Return the days as screen readers say them."""
        return [
            SpokenItem(self._spoken(day), self.cell_rect(day).toRect(), day == self._cursor and self.hasFocus())
            for day in self.cells()
        ]

    def _spoken(self, day: date) -> str:
        info = self._days.get(day)
        if info is None:
            return long_date(day)
        state = t("closed") if info.closed else t("{n} free of {total}", n=info.free, total=info.total)
        return ", ".join(part for part in (long_date(day), state, info.note) if part)

    def _go(self, day: date) -> None:
        self._cursor = day
        if day in self.cells():
            announce_focus(self, self.cells().index(day))
        self.cursor_changed.emit(day)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor or open the day; a view loads the month the cursor goes to."""
        key, day = Qt.Key(event.key()), self._cursor
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -7, Qt.Key.Key_Down: 7}
        if key in steps:
            self._go(day + timedelta(days=steps[key]))
        elif key in {Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}:
            self._go(add_months(day, -1 if key == Qt.Key.Key_PageUp else 1))
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.day_activated.emit(day)
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Put the cursor on a day."""
        found = next((day for day in self.cells() if self.cell_rect(day).contains(event.position())), None)
        if found is not None:
            self._go(found)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the day that was clicked."""
        if event.button() == Qt.MouseButton.LeftButton and self.cell_rect(self._cursor).contains(event.position()):
            self.day_activated.emit(self._cursor)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint weekdays, days and the keyboard's ring."""
        theme = Theme.current()
        with QPainter(self) as painter:
            box(painter, QRectF(self.rect()), theme.tokens.radius.panel, theme.colors.surface, theme.colors.line)
            locale = naming_locale()
            for day in self.cells()[:7]:
                name = locale.standaloneDayName(day.isoweekday(), QLocale.FormatType.ShortFormat)
                area = QRectF(self.cell_rect(day).left() + 12, 0, 100, HEAD)
                draw_text(painter, area, name, TypeRole.META, theme.colors.muted, strong=True)
            for day in self.cells():
                self._paint_day(painter, day)
            if self.hasFocus() and self._cursor in self.cells():
                area = self.cell_rect(self._cursor).adjusted(6, 6, -6, -6)
                paint_ring(painter, area, theme.tokens.radius.control, theme.colors.accent)

    def _paint_day(self, painter: QPainter, day: date) -> None:
        theme, info = Theme.current(), self._days.get(day)
        c, area = theme.colors, self.cell_rect(day)
        if info is not None and info.closed:
            brush = hatch(c.closed, c.hatch, self.devicePixelRatioF())
            painter.fillRect(area.adjusted(1, 1, -1, -1), brush)
        painter.fillRect(QRectF(area.left() + 1, area.top(), area.width() - 2, 1), c.line)
        if (day - self.first_cell()).days % 7:
            painter.fillRect(QRectF(area.left(), area.top(), 1, area.height()), c.line)
        inside = day.month == self._month.month
        color = c.text if inside else theme.tone(Tone.DISABLED)
        number = QRectF(area.left() + 12, area.top() + 8, 28, 20)
        if day == self._today:
            box(painter, number.adjusted(-4, -1, 0, 1), theme.tokens.radius.control, c.accent)
            color = c.on_accent
            number.translate(1, 0)
        draw_text(painter, number, str(day.day), TypeRole.BODY, color, strong=inside)
        past = day < self._today
        if info is not None and inside and (info.closed or not past):
            self._paint_capacity(painter, info, area)  # how full a day was helps nobody to book

    def _paint_capacity(self, painter: QPainter, info: MonthDay, area: QRectF) -> None:
        c = Theme.current().colors
        words = QRectF(area.left() + 12, area.bottom() - 40, area.width() - 24, 16)
        if info.note:
            note = QRectF(area.left() + 48, area.top() + 10, area.width() - 60, 16)
            draw_text(painter, note, info.note, TypeRole.META, c.muted, align=Qt.AlignmentFlag.AlignRight)
        if info.closed or not info.total:
            draw_text(painter, words, t("closed") if info.closed else "", TypeRole.META, c.muted)
            return
        color: QColor = c.text if info.free else c.muted
        text = t("{n} free", n=info.free) if info.free else t("full")
        draw_text(painter, words, text, TypeRole.META, color, strong=bool(info.free))
        bar = QRectF(area.left() + 12, area.bottom() - 18, area.width() - 24, 4)
        box(painter, bar, 2, c.line)
        taken = bar.width() * (1 - info.free / info.total)
        if taken > 0:
            box(painter, QRectF(bar.left(), bar.top(), max(4.0, taken), 4), 2, c.control_line)


def month_range(month: date) -> tuple[date, date]:
    """Return the first and last day that ``MonthGrid`` shows for a month, to load their capacity."""
    first = month.replace(day=1)
    start = first - timedelta(days=(first.isoweekday() - QLocale().firstDayOfWeek().value) % 7)
    return start, start + timedelta(days=41)
