"""A month to pick a day from; every key works: arrows, Page Up and Down, Home, End, Enter."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import QDate, QLocale, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from app.kernel.i18n import t
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import IconButton
from app.ui.widgets.dates import add_months
from app.ui.widgets.layouts import column, row
from app.ui.widgets.names import naming_locale
from app.ui.widgets.paint import box, draw_text
from app.ui.widgets.text import Label

CELL = 32


def long_date(day: date) -> str:
    """Return a day in the person's language with its weekday, as screen readers should say it."""
    return naming_locale().toString(QDate(day.year, day.month, day.day), QLocale.FormatType.LongFormat)


class MonthDays(QWidget):
    """The six weeks of a month, painted; the day under the keyboard cursor is its value."""

    picked = Signal(object)
    cursor_moved = Signal(object)

    def __init__(self, day: date, today: date, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._day, self._today = day, today
        self._chosen: date | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(QSize(CELL * 7, CELL * 6 + 20))
        self._announce()

    @property
    def day(self) -> date:
        """The day under the cursor."""
        return self._day

    def set_day(self, day: date) -> None:
        """Move the cursor."""
        if day == self._day:
            return
        self._day = day
        self._announce()
        self.cursor_moved.emit(day)
        self.update()

    def set_chosen(self, day: date | None) -> None:
        """Mark the day that is chosen in the view."""
        self._chosen = day
        self.update()

    def _announce(self) -> None:
        self.setAccessibleName(long_date(self._day))

    def first_cell(self) -> date:
        """Return the day in the top left corner."""
        first = self._day.replace(day=1)
        start = QLocale().firstDayOfWeek().value
        return first - timedelta(days=(first.isoweekday() - start) % 7)

    def cell(self, day: date) -> QRectF:
        """Return a day's square, in this widget's coordinates."""
        week, column_number = divmod((day - self.first_cell()).days, 7)
        return QRectF(column_number * CELL, 20 + week * CELL, CELL, CELL)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor or pick the day."""
        key, day = Qt.Key(event.key()), self._day
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -7, Qt.Key.Key_Down: 7}
        months = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
        if key in steps:
            self.set_day(day + timedelta(days=steps[key]))
        elif key in months:
            self.set_day(add_months(day, months[key]))
        elif key == Qt.Key.Key_Home:
            self.set_day(day.replace(day=1))
        elif key == Qt.Key.Key_End:
            self.set_day(add_months(day.replace(day=1), 1) - timedelta(days=1))
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.picked.emit(day)
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the day under the pointer."""
        position = event.position()
        column_number, week = int(position.x() // CELL), int((position.y() - 20) // CELL)
        if event.button() == Qt.MouseButton.LeftButton and position.y() >= 20 and 0 <= column_number < 7 and week < 6:
            day = self.first_cell() + timedelta(days=week * 7 + column_number)
            self.set_day(day)
            self.picked.emit(day)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint weekday heads and days."""
        theme = Theme.current()
        with QPainter(self) as painter:
            locale, middle = naming_locale(), Qt.AlignmentFlag.AlignHCenter
            first = self.first_cell()
            for number in range(7):
                name = locale.standaloneDayName(
                    (first + timedelta(days=number)).isoweekday(), QLocale.FormatType.NarrowFormat
                )
                draw_text(
                    painter, QRectF(number * CELL, 0, CELL, 16), name, TypeRole.META, theme.colors.muted, align=middle
                )
            for number in range(42):
                self._paint_day(painter, first + timedelta(days=number))

    def _paint_day(self, painter: QPainter, day: date) -> None:
        theme = Theme.current()
        c, cell = theme.colors, self.cell(day).adjusted(2, 2, -2, -2)
        color = c.text if day.month == self._day.month else theme.tone(Tone.DISABLED)
        if day == self._chosen:
            box(painter, cell, theme.tokens.radius.control, c.accent)
            color = c.on_accent
        elif day == self._today:
            box(painter, cell, theme.tokens.radius.control, None, c.control_line)
        strong = day in {self._chosen, self._today}
        draw_text(painter, cell, str(day.day), TypeRole.BODY, color, strong=strong, align=Qt.AlignmentFlag.AlignHCenter)
        if day == self._day and self.hasFocus():
            box(painter, cell.adjusted(-1, -1, 1, 1), theme.tokens.radius.control + 1, None, c.accent, width=2)


class MiniCalendar(QFrame):
    """A month with name and arrows. ``picked`` carries the chosen ``date``, ``month_shown`` the first of a month."""

    picked = Signal(object)
    month_shown = Signal(object)

    def __init__(self, day: date, today: date, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.days = MonthDays(day, today)
        self.days.setProperty("ownFocus", True)
        self.title = Label("", strong=True)
        self._before = IconButton("left", t("Previous month"), small=True)
        self._after = IconButton("right", t("Next month"), small=True)
        self._before.clicked.connect(lambda: self.days.set_day(add_months(self.days.day, -1)))
        self._after.clicked.connect(lambda: self.days.set_day(add_months(self.days.day, 1)))
        head = row(self.title, self._before, self._after, gap=4, margins=(8, 0, 0, 0))
        head.setStretch(0, 1)
        column(head, self.days, gap=4, margins=(8, 8, 8, 8), parent=self)
        self.setFocusProxy(self.days)
        self._month = day.replace(day=1)
        self.days.picked.connect(self.picked)
        self.days.cursor_moved.connect(self._follow)
        self._name()

    def set_day(self, day: date) -> None:
        """Show and mark a day."""
        self.days.set_day(day)
        self.days.set_chosen(day)

    def _follow(self, day: date) -> None:
        if day.replace(day=1) != self._month:
            self._month = day.replace(day=1)
            self._name()
            self.month_shown.emit(self._month)

    def _name(self) -> None:
        month = naming_locale().standaloneMonthName(self._month.month)
        self.title.setText(f"{month[:1].upper()}{month[1:]} {self._month.year}")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the surface."""
        theme = Theme.current()
        c = theme.colors
        box(QPainter(self), QRectF(self.rect()), theme.tokens.radius.panel, c.surface, c.line)
