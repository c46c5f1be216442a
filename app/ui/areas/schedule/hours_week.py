"""The opening hours of the week that the calendar shows: asked for once a week of dates, and again when they change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.domain.enums import VisitMode
from app.domain.spans import Span, merge
from app.kernel.errors import AppError
from app.queries.hours import opening_hours
from app.ui.areas.schedule.day_model import Hours
from app.ui.work import Lane, ShellApi

Found = Mapping[tuple[str, VisitMode], tuple[Span, ...]]


class WeekHours(QObject):
    """Knows one week; ``changed`` when its hours have come. Without an answer the calendar goes by the free times."""

    changed = Signal()

    def __init__(self, api: ShellApi, parent: QObject) -> None:
        super().__init__(parent)
        self._lane = Lane(self, api.workspace)
        self._monday: date | None = None
        self._asked: date | None = None
        self._hours: Hours | None = None

    def of(self, day: date) -> Hours | None:
        """The hours around a day by provider, in any mode; None while they aren't known."""
        return self._hours if self._monday == _monday(day) else None

    def forget(self) -> None:
        """Ask again at the next need; what is shown stays until then."""
        self._asked = None

    def want(self, day: date) -> None:
        """Ask for the week of a day, unless it has been asked for."""
        monday = _monday(day)
        if self._asked == monday:
            return
        self._asked = monday
        self._lane.ask(opening_hours, on_result=partial(self._take, monday), on_error=self._failed, first=monday,
                       last=monday + timedelta(days=6))  # fmt: skip

    def _take(self, monday: date, found: Found) -> None:
        by_provider: dict[str, list[Span]] = {}
        for (provider_id, _), spans in found.items():
            by_provider.setdefault(provider_id, []).extend(spans)
        hours = {provider_id: merge(spans) for provider_id, spans in by_provider.items()}
        if (monday, hours) != (self._monday, self._hours):
            self._monday, self._hours = monday, hours
            self.changed.emit()

    def _failed(self, _error: AppError) -> None:
        """The board's own question says so to the person; here it is only asked again later."""
        self._asked = None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
