"""A week of one provider: the day calendar with days as columns. Column ids are ISO dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from PySide6.QtCore import QLocale

from app.ui.widgets.calendar.model import DayColumn
from app.ui.widgets.names import naming_locale


def week_columns(
    days: Sequence[date], *, meta: Mapping[date, str] | None = None, closed: Mapping[date, str] | None = None
) -> tuple[DayColumn, ...]:
    """Return a column a day, named in the person's language; ``closed`` days carry their reason as chip."""
    locale, meta, closed = naming_locale(), meta or {}, closed or {}
    made: list[DayColumn] = []
    for day in days:
        short = locale.standaloneDayName(day.isoweekday(), QLocale.FormatType.ShortFormat)
        long = locale.standaloneDayName(day.isoweekday(), QLocale.FormatType.LongFormat)
        month = locale.standaloneMonthName(day.month, QLocale.FormatType.ShortFormat)
        column = DayColumn(
            id=day.isoformat(),
            title=f"{long[:1].upper()}{long[1:]} {day.day} {month}",
            short_title=f"{short[:1].upper()}{short[1:]} {day.day}",
            meta=meta.get(day, ""),
            short_meta=meta.get(day, ""),
            chip=closed.get(day, ""),
            chip_icon="block",
            closed=day in closed,
        )
        made.append(column)
    return tuple(made)


def day_of(column_id: str) -> date:
    """Return the day of a week's column."""
    return date.fromisoformat(column_id)
