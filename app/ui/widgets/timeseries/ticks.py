"""Where the time axis has its marks: at midnights, Mondays, first days of months, by the clinic's clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QLocale

from app.kernel.i18n import language
from app.ui.widgets.dates import add_months
from app.ui.widgets.timeseries.model import DAY_MS, instant, ms_of
from app.ui.widgets.timeseries.span import Span

_HOURS = (1, 2, 3, 6, 12)
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the time axis."""

    at: int
    text: str


def locale() -> QLocale:
    """Return Qt's locale for the language in use: Spanish as in the United States.

    A figure reads the same in both languages, as laboratories and devices there send it: 10.1, and 1,234 for thousands.
    """
    if language() == "es":
        return QLocale(QLocale.Language.Spanish, QLocale.Country.UnitedStates)
    return QLocale(QLocale.Language.English)


def day_text(day: date, form: str) -> str:
    """Return a date in one of Qt's forms ("d MMM"), without the points of abbreviations."""
    return locale().toString(QDate(day.year, day.month, day.day), form).replace(".", "")


def local(ms: float, zone: ZoneInfo) -> datetime:
    """Return the clinic's wall clock at an instant."""
    return instant(ms).astimezone(zone)


def time_ticks(span: Span, zone: ZoneInfo, most: int) -> tuple[Tick, ...]:
    """Return about ``most`` marks of a span at most; more, where there would be none (a week without its Monday)."""
    most = max(1, most)
    hours = next((step for step in _HOURS if span.width / (step * DAY_MS / 24) <= most), None)
    if hours is not None:
        return tuple(_hours(span, zone, hours))
    days = next((step for step in _DAYS if span.width / (step * DAY_MS) <= most), None)
    if days is not None:
        return tuple(_days(span, zone, days)) or tuple(_days(span, zone, 1))
    months = next((step for step in _MONTHS if span.width / (step * 30.4 * DAY_MS) <= most), _MONTHS[-1])
    return tuple(_months(span, zone, months)) or tuple(_months(span, zone, 1))


def _midnight(day: date, zone: ZoneInfo) -> int:
    return ms_of(datetime.combine(day, time(), tzinfo=zone).astimezone(UTC))


def _hours(span: Span, zone: ZoneInfo, step: int) -> Iterator[Tick]:
    day = local(span.start, zone).date()
    while (midnight := _midnight(day, zone)) < span.end:
        for hour in range(0, 24, step):
            at = ms_of(datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC))
            if span.start <= at < span.end:
                yield Tick(at, day_text(day, "d MMM") if at == midnight else f"{hour:02}:00")
        day += timedelta(days=1)


def _days(span: Span, zone: ZoneInfo, step: int) -> Iterator[Tick]:
    day = local(span.start, zone).date()
    if step >= 7:
        day -= timedelta(days=day.weekday())
    else:
        day -= timedelta(days=day.toordinal() % step)
    while (at := _midnight(day, zone)) < span.end:
        if at >= span.start:
            yield Tick(at, day_text(day, "d MMM"))
        day += timedelta(days=step)


def _months(span: Span, zone: ZoneInfo, step: int) -> Iterator[Tick]:
    day = local(span.start, zone).date().replace(day=1)
    count = day.year * 12 + day.month - 1
    day = add_months(day, -(count % step))
    while (at := _midnight(day, zone)) < span.end:
        if at >= span.start:
            yield Tick(at, day_text(day, "yyyy") if step >= 12 or day.month == 1 else day_text(day, "MMM"))
        day = add_months(day, step)
