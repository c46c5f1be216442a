"""A provider's hours in words: weekdays, ranges, and what a change did to the free times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from app.domain.enums import VisitMode
from app.kernel.i18n import t, tn
from app.queries.hours import HoursRow
from app.ui.parts.words import day_plain, locale

WEEK = (1, 2, 3, 4, 5, 6, 0)
"""The weekdays as the database counts them (0 is Sunday), Monday first."""


def weekday_name(weekday: int, *, short: bool = False) -> str:
    """Return "Monday", or "Mon", in the person's language; 0 is Sunday."""
    form = locale().FormatType.ShortFormat if short else locale().FormatType.LongFormat
    name = locale().standaloneDayName(weekday or 7, form).replace(".", "")
    return name[:1].upper() + name[1:]


def days_text(days: Sequence[int]) -> str:
    """Return "Monday", or "Mon, Tue, Thu"."""
    if len(days) == 1:
        return weekday_name(days[0])
    return ", ".join(weekday_name(day, short=True) for day in WEEK if day in days)


def range_text(start: time, end: time) -> str:
    """Return "09:00–12:00"; says so when the end is on the next day."""
    text = f"{start:%H:%M}–{end:%H:%M}"
    return text if end > start else t("{times} (next day)", times=text)


def mode_text(modes: Sequence[VisitMode]) -> str:
    """Return how the visits take place."""
    if len(modes) > 1:
        return t("In person and virtual")
    return t("Virtual") if modes[0] is VisitMode.VIRTUAL else t("In person")


def day_text(row: HoursRow) -> str:
    """Return when a row counts: "Monday", or "Wed 25 Nov"."""
    if row.day is not None:
        return day_plain(row.day)
    return weekday_name(row.weekday) if row.weekday is not None and row.usable else t("No day")


def row_text(row: HoursRow) -> str:
    """Return a row in one line: "Monday 09:00–12:00"."""
    return f"{day_text(row)} {range_text(row.start, row.end)}"


def hours_on(day: date, start: time, end: time) -> str:
    """Return "Wed 25 Nov 09:00–12:00"."""
    return f"{day_plain(day)} {range_text(start, end)}"


def saved_text(what: str, result: Mapping[str, Any]) -> str:
    """Say what was saved and what became of the free times and of the visits that are booked."""
    added, removed, outside = (int(result.get(key, 0)) for key in ("added", "removed", "outside"))
    parts = [what]
    if added:
        parts.append(tn("{n} free time added", "{n} free times added", added))
    if removed:
        parts.append(tn("{n} free time removed", "{n} free times removed", removed))
    if outside:
        parts.append(tn("{n} booked visit is now outside the hours and was kept",
                        "{n} booked visits are now outside the hours and were kept", outside))  # fmt: skip
    if len(parts) == 1:
        parts.append(t("no free time changed"))
    return " · ".join(parts)
