"""Fields for a date and a time: typed in any usual way, or picked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

from PySide6.QtCore import QLocale, QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from app.kernel.i18n import t
from app.ui.widgets.button import IconButton
from app.ui.widgets.dates import DateWords, read_date, read_time
from app.ui.widgets.inputs import LineEdit, set_invalid
from app.ui.widgets.layouts import column
from app.ui.widgets.mini_calendar import MiniCalendar
from app.ui.widgets.names import naming_locale


class DateOrder:
    """In which order a date in figures is read, in every field alike: ``clinic`` is set while somebody is signed in.

    Search and birth dates go by the clinic; a field that went by the computer would save another day for the same 3/8.
    """

    clinic = ""

    @classmethod
    def set_clinic(cls, *, month_first: bool) -> None:
        """Take the clinic's order; where it isn't month first, a computer's year first stays."""
        cls.clinic = "mdy" if month_first else "ymd" if _computers(QLocale()) == "ymd" else "dmy"


def _computers(locale: QLocale) -> str:
    figures = locale.dateFormat(QLocale.FormatType.ShortFormat).casefold()
    return "".join(sorted("dmy", key=figures.find))


def locale_words(locale: QLocale | None = None) -> DateWords:
    """Return the order of the clinic, else of the locale or the computer, and the months of the person's language."""
    names, locale = locale or naming_locale(), locale or QLocale()
    order = DateOrder.clinic or _computers(locale)
    months = [names.standaloneMonthName(number) for number in range(1, 13)]
    english = DateWords()
    usable = all(month[:1].isalpha() for month in months)
    return DateWords(
        order if order in {"dmy", "mdy", "ymd"} else english.order,
        months if usable else english.months,
        t("today"),
        t("tomorrow"),
        t("yesterday"),
    )


class DatePopup(QFrame):
    """A month that opens under a field or button; Esc closes it."""

    def __init__(self, day: date, today: date, picked: Callable[[date], None], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(t("Pick a day"))
        self.calendar = MiniCalendar(day, today)
        self.calendar.days.set_chosen(day)
        column(self.calendar, parent=self)
        self._picked = picked
        self.calendar.picked.connect(self._done)

    def open_below(self, anchor: QWidget) -> None:
        """Show the month under a widget and give it the keyboard."""
        self.adjustSize()
        self.move(anchor.mapToGlobal(QPoint(0, anchor.height() + 4)))
        self.show()
        self.calendar.setFocus(Qt.FocusReason.PopupFocusReason)

    def _done(self, day: date) -> None:
        self._picked(day)
        self.close()


class DateField(LineEdit):
    """A date. Alt+Down or the button opens the month; Up and Down change the day.

    ``changed`` carries a ``date`` or ``None``. ``past`` reads years of two figures as birth years.
    """

    changed = Signal(object)

    def __init__(
        self,
        value: date | None = None,
        *,
        name: str,
        today: Callable[[], date],
        past: bool = False,
        words: DateWords | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name=name, parent=parent)
        self._value: date | None = None
        self._today, self._past = today, past
        self._words = words or locale_words()
        self._button = IconButton("calendar", t("Pick a day"), small=True, parent=self)
        self._button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._button.clicked.connect(self.open_month)
        self.setTextMargins(0, 0, 28, 0)
        self.editingFinished.connect(self._take)
        self.set_value(value)

    @property
    def value(self) -> date | None:
        """The date, read from what is typed now; ``None`` when the field is empty or not a date."""
        if self._value is not None and self.text() == self._shown(self._value):
            return self._value
        return read_date(self.text(), self._today(), self._words, past=self._past)

    @property
    def is_wrong(self) -> bool:
        """Whether something is typed that is no date."""
        return bool(self.text().strip()) and self.value is None

    def set_value(self, value: date | None) -> None:
        """Show a date without a signal."""
        self._value = value
        self.setText(self._shown(value) if value else "")
        self.setCursorPosition(0)
        if self.hasFocus():
            self.selectAll()  # what is typed next takes its place
        set_invalid(self, False)

    @staticmethod
    def _shown(value: date) -> str:
        """Return the day with its month in letters: no one can mistake 3/4 for 4/3."""
        month = naming_locale().standaloneMonthName(value.month, QLocale.FormatType.ShortFormat).rstrip(".")
        return f"{value.day} {month} {value.year}"

    def setReadOnly(self, locked: bool) -> None:
        """A day that is only read has no month to pick another from."""
        super().setReadOnly(locked)
        self._button.setVisible(not locked)

    def open_month(self) -> None:
        """Open the month under the field."""
        if self.isReadOnly():
            return
        today = self._today()
        DatePopup(self._value or today, today, self._pick, self).open_below(self)

    def _pick(self, day: date) -> None:
        self.set_value(day)
        self.changed.emit(day)

    def _take(self) -> None:
        found = read_date(self.text(), self._today(), self._words, past=self._past)
        if found is None:
            wrong = bool(self.text().strip())
            set_invalid(self, wrong)
            if self._value is not None:
                self._value = None
                self.changed.emit(None)
            return
        differs = found != self._value
        self.set_value(found)
        if differs:
            self.changed.emit(found)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """What is typed takes the day's place, as after Tab, when a form begins with this field."""
        super().focusInEvent(event)
        if event.reason() is Qt.FocusReason.OtherFocusReason:
            self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the month with Alt+Down; step days with Up and Down."""
        if self.isReadOnly():
            super().keyPressEvent(event)
            return
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if event.key() == Qt.Key.Key_Down and alt:
            self.open_month()
        elif event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            self._take()
            base = self._value or self._today()
            self._pick(base + timedelta(days=1 if event.key() == Qt.Key.Key_Up else -1))
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the button at the right."""
        super().resizeEvent(event)
        self._button.move(self.width() - 30, (self.height() - 28) // 2)
        self.setTextMargins(0, 0, 28, 0)


class TimeField(LineEdit):
    """A wall-clock time; Up and Down step by ``step`` minutes. ``changed`` carries a ``time`` or ``None``."""

    changed = Signal(object)

    def __init__(self, value: time | None = None, *, name: str, step: int = 5, parent: QWidget | None = None) -> None:
        super().__init__(name=name, parent=parent)
        self._value: time | None = None
        self._step = step
        self.editingFinished.connect(self._take)
        self.set_value(value)

    @property
    def value(self) -> time | None:
        """The time, read from what is typed now; ``None`` when the field is empty or not a time."""
        return read_time(self.text())

    @property
    def is_wrong(self) -> bool:
        """Whether something is typed that is no time."""
        return bool(self.text().strip()) and self.value is None

    def set_value(self, value: time | None) -> None:
        """Show a time without a signal."""
        self._value = value
        self.setText(value.strftime("%H:%M") if value else "")
        set_invalid(self, False)

    def _take(self) -> None:
        found = read_time(self.text())
        if found is None and self.text().strip():
            set_invalid(self, True)
            if self._value is not None:
                self._value = None
                self.changed.emit(None)
            return
        differs = found != self._value
        self.set_value(found)
        if differs:
            self.changed.emit(found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step with Up and Down, within the day."""
        if event.key() not in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            super().keyPressEvent(event)
            return
        self._take()
        now = self._value or time(8)
        step = self._step if event.key() == Qt.Key.Key_Up else -self._step
        minutes = min(24 * 60 - 1, max(0, now.hour * 60 + now.minute + step))
        self.set_value(time(minutes // 60, minutes % 60))
        self.changed.emit(self._value)
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select all, so that typing replaces the time."""
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.MouseFocusReason:
            self.selectAll()
