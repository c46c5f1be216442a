"""The part of the hours panel that asks: which days, from when to when, in person or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.enums import VisitMode
from app.domain.wallclock import typed_instant
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.hours import HoursRow
from app.ui.areas.schedule.hours_words import WEEK, mode_text, weekday_name
from app.ui.parts.words import day_plain
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.date_fields import DateField, TimeField
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.widgets.layouts import STRETCH, row
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import Checkbox, SegmentedControl
from app.ui.work import ShellApi

STEP = 15
BOTH = "BOTH"


class Kind(StrEnum):
    """What is entered: hours of every week, hours more on one day, or time off on one day."""

    WEEKLY = "weekly"
    EXTRA = "extra"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Entered:
    """What stands in the form, checked. ``days`` (0 is Sunday) for every week, else ``day``."""

    kind: Kind
    days: tuple[int, ...]
    day: date | None
    start: time
    end: time
    modes: tuple[VisitMode, ...]
    location: str


class HoursForm(Form):
    """Asks for hours on the clinic's wall clock; ``touched`` tells that the person changed something."""

    touched = Signal()

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self.kind = SegmentedControl(
            [(Kind.WEEKLY.value, t("Every week")), (Kind.EXTRA.value, t("Extra hours")),
             (Kind.OFF.value, t("Time off"))], name=t("What to add"),
        )  # fmt: skip
        self.body.addWidget(self.kind)
        self.boxes = {day: Checkbox(weekday_name(day, short=True), name=weekday_name(day)) for day in WEEK}
        boxes = QWidget()
        row(*self.boxes.values(), STRETCH, gap=8, parent=boxes)
        self.day = DateField(name=t("Date"), today=lambda: api.workspace.reader().today)
        self.start, self.end = TimeField(name=t("From"), step=STEP), TimeField(name=t("To"), step=STEP)
        self.mode = Combo(name=t("Mode"))
        self.place = LineEdit(name=t("Location"), max_length=300)
        self._days = self.add("dayOfWeek", FormField(t("Days"), boxes))
        self._date = self.add("date", FormField(t("Date"), self.day))
        self.add_row(("startTime", FormField(t("From"), self.start)), ("endTime", FormField(t("To"), self.end)))
        self.note = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.body.addWidget(self.note)
        self._place = FormField(t("Location"), self.place, hint=t("optional"))
        self.add_row(("visitMode", FormField(t("Mode"), self.mode)), ("location", self._place))
        self._connect()
        self._locked = False
        self.clear()

    def _connect(self) -> None:
        self.kind.changed.connect(self._kind_changed)
        for box in self.boxes.values():
            box.toggled.connect(self._edited)
        for field in (self.start, self.end, self.day):
            field.textChanged.connect(self._edited)
        self.place.textEdited.connect(self._edited)

    def _edited(self, *_: object) -> None:
        self._days.set_error("")
        self._tell()
        self.touched.emit()

    @property
    def current_kind(self) -> Kind:
        """What is being entered."""
        return Kind(self.kind.current)

    def clear(self, kind: Kind | None = None, day: date | None = None) -> None:
        """Begin anew; the kind stays unless named."""
        self._lock(False)
        self._fill(kind or self.current_kind, (), day or self.day.value or self._api.workspace.reader().today)
        self.start.set_value(None)
        self.end.set_value(None)
        self.place.setText("")
        self.clear_errors()
        self._tell()

    def propose(self, kind: Kind, day: date, start: time, end: time) -> None:
        """Fill in a range that was drawn; the weekday is ticked too, for whoever means every week."""
        self.clear()
        self._fill(kind, (day.isoweekday() % 7,), day)
        self.start.set_value(start)
        self.end.set_value(end)
        self._tell()

    def edit(self, found: HoursRow) -> None:
        """Show a row to be changed: its day is fixed."""
        self.clear()
        kind = Kind.WEEKLY if found.day is None else (Kind.OFF if found.time_off else Kind.EXTRA)
        self._fill(kind, () if found.weekday is None else (found.weekday,), found.day)
        self._lock(True)
        self.mode.set_current(found.mode.value)
        self.start.set_value(found.start)
        self.end.set_value(found.end)
        self.place.setText(found.location)
        self._tell()

    def _fill(self, kind: Kind, days: tuple[int, ...], day: date | None) -> None:
        for number, box in self.boxes.items():
            box.setChecked(number in days)
        self.day.set_value(day)
        self.kind.set_current(kind.value)
        self._kind_changed(kind.value)

    def _lock(self, locked: bool) -> None:
        """A row that is changed keeps its days: take it away and add another one to move it."""
        self._locked = locked
        for widget in (self.kind, self.day, *self.boxes.values()):
            widget.setEnabled(not locked)
        self._kind_changed(self.kind.current)

    def _kind_changed(self, key: str) -> None:
        kind = Kind(key)
        self._days.setVisible(kind is Kind.WEEKLY)
        self._date.setVisible(kind is not Kind.WEEKLY)
        self._place.setVisible(kind is not Kind.OFF)
        modes = [(VisitMode.IN_PERSON.value, t("In person")), (VisitMode.VIRTUAL.value, t("Virtual"))]
        if not self._locked:
            modes.append((BOTH, mode_text(tuple(VisitMode))))
        self.mode.set_items(modes)
        if not self._locked:
            # Time off means all of a provider's visits unless somebody says otherwise.
            self.mode.set_current(BOTH if kind is Kind.OFF else VisitMode.IN_PERSON.value)
        self._tell()

    def _tell(self) -> None:
        """Say what an end that isn't after the start means."""
        start, end = self.start.value, self.end.value
        text = ""
        if start is not None and end is not None and end <= start:
            text = t("Goes past midnight: ends on the next day at {time}, after {hours}.", time=f"{end:%H:%M}",
                     hours=_length(start, end))  # fmt: skip
            if self.current_kind is not Kind.WEEKLY and self.day.value is not None:
                day = day_plain(self.day.value + timedelta(days=1))
                text = t("Goes past midnight: ends on {day} at {time}, after {hours}.", day=day, time=f"{end:%H:%M}",
                         hours=_length(start, end))  # fmt: skip
        self.note.setText(text)
        self.note.setVisible(bool(text))
        self.note.set_tone(Tone.WARN)

    def entered(self) -> Entered:
        """Return what stands here; refuses what makes no sense, naming the field."""
        kind = self.current_kind
        days = tuple(day for day, box in self.boxes.items() if box.isChecked()) if kind is Kind.WEEKLY else ()
        if kind is Kind.WEEKLY and not days:
            raise Refused("BadValue", t("Choose at least one day."), field="dayOfWeek")
        day = None if kind is Kind.WEEKLY else self._checked_day()
        start, end = self._checked_time(self.start, "startTime"), self._checked_time(self.end, "endTime")
        if day is not None:
            self._check_clock(day, start, "startTime")
            self._check_clock(day if end > start else day + timedelta(days=1), end, "endTime")
        modes = tuple(VisitMode) if self.mode.current == BOTH else (VisitMode(self.mode.current),)
        place = "" if kind is Kind.OFF else self.place.text().strip()
        return Entered(kind, days, day, start, end, modes, place)

    def _checked_day(self) -> date:
        day = self.day.value
        if day is None:
            raise Refused("BadValue", t("Enter a day."), field="date")
        if day < self._api.workspace.reader().today and not self._locked:
            raise Refused("BadValue", t("This day is over."), field="date")
        return day

    @staticmethod
    def _checked_time(field: TimeField, key: str) -> time:
        found = field.value
        if found is None:
            text = t("This is no time: {what}", what=field.text()) if field.is_wrong else t("Enter a time.")
            raise Refused("BadValue", text, field=key)
        return found

    def _check_clock(self, day: date, at: time, key: str) -> None:
        typed_instant(day, at, self._api.zone, key)


def _length(start: time, end: time) -> str:
    """Return "3 h" or "3 h 30 min" for a range past midnight, on a day of 24 hours."""
    day = date(2001, 1, 1)
    whole = datetime.combine(day + timedelta(days=1), end) - datetime.combine(day, start)
    hours, minutes = divmod(int(whole.total_seconds()) // 60, 60)
    return t("{n} h", n=hours) if not minutes else t("{n} h {m} min", n=hours, m=minutes)
