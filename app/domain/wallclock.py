"""Wall-clock times of a clinic's zone and the UTC instants that they mean, daylight saving included.

One rule serves all windows: *a wall-clock time means the first instant at which the clock shows it or later*. So a
time that the clock shows twice (autumn) is its first showing, a time that it never shows (spring) is the moment at
which the clock jumps past it, and later wall-clock times never mean earlier instants.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from app.domain.spans import Span
from app.kernel.errors import Refused
from app.kernel.i18n import t

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def instants_of(day: date, at: time, zone: tzinfo) -> tuple[datetime, ...]:
    """Every UTC instant at which the clock shows this: none in a gap, two in an overlap, else one.

    For what a person typed: none must be refused, two must be asked about.
    """
    wall = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    found = {_to_utc(wall.replace(fold=fold), zone) for fold in (0, 1)}
    return tuple(sorted(instant for instant in found if _shows(instant, wall, zone)))


def typed_instant(day: date, at: time, zone: tzinfo, field: str) -> datetime:
    """The UTC instant of a wall-clock time that a person typed, of two showings the first one.

    Refuses "NoSuchTime" one that the clock never shows on that day, naming ``field``.
    """
    showing = instants_of(day, at, zone)
    if not showing:
        text = t("The clocks change: there is no {time} on this day.", time=f"{at:%H:%M}")
        raise Refused("NoSuchTime", text, field=field)
    return showing[0]


def first_instant(day: date, at: time, zone: tzinfo) -> datetime:
    """The first UTC instant at which the clock shows `at` on `day`, or later."""
    showing = instants_of(day, at, zone)
    if showing:
        return showing[0]
    wall = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    return _jump(_to_utc(wall.replace(fold=1), zone), _to_utc(wall, zone), zone)


def window_of(day: date, start: time, end: time, zone: tzinfo) -> Span:
    """The span of a wall-clock window that begins on `day`; an end at or before the start is on the next day."""
    end_day = day if end > start else day + _DAY
    first = first_instant(day, start, zone)
    return Span(first, max(first, first_instant(end_day, end, zone)))


def day_of(day: date, zone: tzinfo) -> Span:
    """The span of a calendar day in the zone: 23, 24 or 25 hours, or whatever the zone makes of it."""
    return window_of(day, time(0), time(0), zone)


def days_of(first: date, last: date, zone: tzinfo) -> Span:
    """The span of the calendar days `first` to `last`, both included."""
    return Span(first_instant(first, time(0), zone), first_instant(last + _DAY, time(0), zone))


def local_date(instant: datetime, zone: tzinfo) -> date:
    """The calendar day on which an instant falls in the zone."""
    return instant.astimezone(zone).date()


def weekday_of(day: date) -> int:
    """Day of the week as the database counts it: 0 is Sunday."""
    return day.isoweekday() % 7


def _to_utc(wall: datetime, zone: tzinfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _shows(instant: datetime, wall: datetime, zone: tzinfo) -> bool:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0) == wall


def _jump(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """The instant in (low, high] at which the zone's offset changes, to the second."""
    before = low.astimezone(zone).utcoffset()
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0) if middle.microsecond else middle
        if middle <= low:
            break
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
