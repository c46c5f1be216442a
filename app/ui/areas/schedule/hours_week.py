"""What is beside the visits of the week shown: opening hours and calls. Asked for once a week of dates, and again
when it changes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.kernel.errors import AppError
from app.queries.calendar_week import CalendarWeek, calendar_week
from app.ui.areas.schedule.day_model import Hours
from app.ui.work import Lane, ShellApi


class WeekHours(QObject):
    """Knows one week; ``changed`` when it has come. Without an answer the calendar goes by the free times."""

    changed = Signal()

    def __init__(self, api: ShellApi, parent: QObject) -> None:
        super().__init__(parent)
        self._lane = Lane(self, api.workspace)
        self._monday: date | None = None
        self._asked: date | None = None
        self._week: CalendarWeek | None = None
        self._waiting: Callable[[], object] | None = None

    def of(self, day: date) -> Hours | None:
        """The hours around a day by provider, in any mode; None while they aren't known."""
        return self._week.hours if self._week is not None and self._monday == _monday(day) else None

    def agreed(self, day: date) -> int:
        """How many patients of the week's closed times have agreed to another one; 0 while it isn't known."""
        return self._week.agreed if self._week is not None and self._monday == _monday(day) else 0

    def forget(self) -> None:
        """Ask again at the next need; what is shown stays until then."""
        self._asked = None

    def want(self, day: date) -> None:
        """Ask for the week of a day, unless it has been asked for."""
        monday = _monday(day)
        if self._asked == monday:
            return
        self._asked = monday
        self._lane.ask(calendar_week, on_result=partial(self._take, monday), on_error=self._failed, first=monday,
                       last=monday + timedelta(days=6))  # fmt: skip

    def when_known(self, day: date, go_on: Callable[[], object]) -> None:
        """Call ``go_on`` when the week of a day is known, or can't be; what was wanted before is forgotten."""
        if self.of(day) is not None:
            go_on()
            return
        self._waiting = go_on
        self.want(day)

    def _go_on(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting()

    def _take(self, monday: date, found: CalendarWeek) -> None:
        if (monday, found) != (self._monday, self._week):
            self._monday, self._week = monday, found
            self.changed.emit()
        self._go_on()

    def _failed(self, _error: AppError) -> None:
        """The board's own question says so to the person; here it is only asked again later."""
        self._asked = None
        self._go_on()


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
