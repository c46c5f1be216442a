"""The dates of a series before it is booked or moved: what each finds, and the choice for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t
from app.queries.openings import OpenTime
from app.queries.series import OTHER_TIMES, DateState, SeriesDate
from app.ui.parts.words import clock, day_plain, day_within
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ChipSpec, ListCard, ListItem
from app.ui.widgets.text import Label
from app.ui.work import ShellApi

_SHOWN = 8
_BOOKABLE = (DateState.FREE, DateState.AHEAD)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is taken on a date: a slot, or (``slot_id`` None) the instant itself; ``taken`` False leaves it out."""

    date: SeriesDate
    taken: bool
    slot_id: str | None = None
    start: datetime | None = None


class DateChoices(QWidget):
    """A list of dates. Enter goes to the other times of one, Alt and a number takes one of them, Alt+X leaves out."""

    changed = Signal()

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self.dates: tuple[SeriesDate, ...] = ()
        self._other: dict[int, OpenTime] = {}
        self._left_out: set[int] = set()
        self.list = ListCard(name=t("Dates"), max_rows=_SHOWN)
        self.others_title = Label("", role=TypeRole.META, strong=True)
        self.others = ListCard(name=t("Other times that day"), max_rows=OTHER_TIMES, by_click=True)
        self.skip = Button(t("Leave this date out"), keys="Alt+X", small=True)
        self.hint = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        column(self.list, row(self.skip, STRETCH), self.others_title, self.others, self.hint, gap=8, parent=self)
        self.list.current_changed.connect(self._show_others)
        self.list.chosen.connect(lambda _key: self.others.setFocus())
        self.others.chosen.connect(lambda key: self.take(int(key)))
        self.skip.clicked.connect(self.toggle)
        QShortcut(QKeySequence("Alt+X"), self, self.toggle)
        for number in range(OTHER_TIMES):
            QShortcut(QKeySequence(f"Alt+{number + 1}"), self, partial(self.take, number))

    def show_dates(self, dates: tuple[SeriesDate, ...]) -> None:
        """Show other dates; what was chosen for a day stays chosen while its day finds the same."""
        kept = {self.dates[n].day: other for n, other in self._other.items()}
        out = {self.dates[n].day for n in self._left_out}
        self.dates = dates
        self._other = {
            n: kept[one.day] for n, one in enumerate(dates) if one.day in kept and kept[one.day] in one.others
        }
        self._left_out = {n for n, one in enumerate(dates) if one.day in out}
        self._update()

    def choices(self) -> tuple[Choice, ...]:
        """Return what is taken on each date."""
        return tuple(self._choice(number) for number in range(len(self.dates)))

    def _choice(self, number: int) -> Choice:
        date, other = self.dates[number], self._other.get(number)
        if number in self._left_out:
            return Choice(date, taken=False)
        if other is not None:
            return Choice(date, True, other.slot_id, other.start)
        if date.state in _BOOKABLE:
            return Choice(date, True, date.slot_id, date.wanted)
        return Choice(date, taken=False)

    def toggle(self) -> None:
        """Leave the current date out, or take it again."""
        number = self._current()
        if number is not None:
            self._left_out ^= {number}
            self._update()

    def take(self, number: int) -> None:
        """Take another time on the current date; the same one again goes back to the time wanted."""
        current = self._current()
        if current is None or number >= len(self.dates[current].others):
            return
        other = self.dates[current].others[number]
        if self._other.get(current) == other and self.dates[current].state in _BOOKABLE:
            del self._other[current]
        else:
            self._other[current] = other
        self._left_out.discard(current)
        self._update()

    def _current(self) -> int | None:
        key = self.list.current_key
        return int(key) if key and int(key) < len(self.dates) else None

    def _update(self) -> None:
        self.list.set_items([self._item(number) for number in range(len(self.dates))])
        if self.dates and self._current() is None:
            open_ones = (number for number, one in enumerate(self.choices()) if not one.taken)
            self.list.set_current(str(next(open_ones, 0)))
        self._show_others("")
        self.setVisible(bool(self.dates))
        self.changed.emit()

    def _item(self, number: int) -> ListItem:
        choice, zone = self._choice(number), self._api.zone
        date = choice.date
        at = clock(choice.start or date.wanted, zone)
        chip = _chip(date, choice, number in self._left_out)
        about = ""
        if choice.taken and date.elsewhere is not None:
            about = t("This patient has another visit at {time}.", time=clock(date.elsewhere, zone))
        elif not choice.taken and number not in self._left_out and date.others:
            about = t("Choose one of the other times, or leave the date out.")
        return ListItem(key=str(number), lead=day_plain(date.day), title=at if choice.taken else f"({at})",
                        chip=chip, subtitle=about, title_strong=choice.taken, dashed=not choice.taken)  # fmt: skip

    def _show_others(self, _key: str) -> None:
        number = self._current()
        others = self.dates[number].others if number is not None else ()
        self.others.set_items(
            [
                ListItem(key=str(index), number=str(index + 1), title=clock(one.start, self._api.zone),
                         chip=ChipSpec(t("Chosen"), "check", StatusKind.DONE)
                         if number is not None and self._other.get(number) == one else None)
                for index, one in enumerate(others)
            ]
        )  # fmt: skip
        if number is not None:
            self.others_title.setText(t("Other times on {day}", day=day_within(self.dates[number].day)))
            self.skip.setText(t("Take this date again") if number in self._left_out else t("Leave this date out"))
        for widget in (self.others_title, self.others):
            widget.setVisible(bool(others))
        self.hint.setText(t("Enter goes to the other times, Alt and a number takes one.") if others else "")
        self.hint.setVisible(bool(others))


def _chip(date: SeriesDate, choice: Choice, left_out: bool) -> ChipSpec:
    """What a date finds, in a word."""
    if left_out:
        return ChipSpec(t("Left out"), "minus")
    if choice.taken and choice.start != date.wanted:
        return ChipSpec(t("Other time"), "swap", StatusKind.ARRIVED)
    words = {
        DateState.FREE: ChipSpec(t("Free"), "check", StatusKind.DONE),
        DateState.AHEAD: ChipSpec(t("Free, ahead of the calendar"), "check", StatusKind.PLANNED),
        DateState.OTHER: ChipSpec(t("Taken"), "warn", StatusKind.ARRIVED),
        DateState.FULL: ChipSpec(t("Full"), "close", StatusKind.CRITICAL),
        DateState.CLOSED: ChipSpec(t("Closed"), "block", StatusKind.CRITICAL),
        DateState.PAST: ChipSpec(t("Over"), "clock"),
    }
    return words[date.state]
