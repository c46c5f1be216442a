"""Which days a series of appointments falls on: every so many days, weeks or months, from a first day on."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import count, islice, takewhile

from app.kernel.errors import Refused
from app.kernel.i18n import t

MOST_VISITS = 52
"""A series is booked for about a year ahead, not for life."""
MOST_STEPS = 52
_WEEK = 7
_LAST_WEEKS = 5
"""The fifth Tuesday of a month means the last one: not every month has five."""


class Every(StrEnum):
    """What the steps of a series are counted in."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Scope(StrEnum):
    """Which visits of a series a change is for."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Every ``step`` days, weeks or months: ``times`` visits, or as many as fit up to ``until`` (included).

    Weeks keep the first day's weekday; months keep its weekday and which one of the month it is (the second Tuesday;
    a fifth one is the month's last).
    """

    every: Every
    step: int = 1
    times: int | None = None
    until: date | None = None

    def days(self, first: date) -> tuple[date, ...]:
        """The days, the first one included; refuses a rhythm without an end, or one with too many days."""
        if not 1 <= self.step <= MOST_STEPS:
            raise Refused("BadValue", t("Enter 1 to {limit}.", limit=MOST_STEPS), field="step")
        if self.times is None and self.until is None:
            raise Refused("BadValue", t("Say how often, or until when."), field="times")
        if self.times is not None and not 1 <= self.times <= MOST_VISITS:
            raise Refused("BadValue", t("Enter 1 to {limit}.", limit=MOST_VISITS), field="times")
        last = self.until or date.max
        if last < first:
            raise Refused("BadValue", t("The last day is before the first one."), field="until")
        days = tuple(islice(takewhile(lambda day: day <= last, self._from(first)), (self.times or MOST_VISITS) + 1))
        if self.times is not None:
            return days[: self.times]
        if len(days) > MOST_VISITS:
            raise Refused("BadValue", t("These are more than {limit} visits.", limit=MOST_VISITS), field="until")
        return days

    def _from(self, first: date) -> Iterator[date]:
        if self.every is Every.MONTH:
            for number in count():
                yield same_weekday(first, number * self.step)
        days = self.step * (_WEEK if self.every is Every.WEEK else 1)
        for number in count():
            yield first + timedelta(days=days * number)


def same_weekday(day: date, months: int) -> date:
    """The day some months on that is the same weekday of its month: the second Tuesday stays the second one."""
    number = (day.day - 1) // _WEEK + 1
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    found = first + timedelta(days=(day.weekday() - first.weekday()) % _WEEK + (number - 1) * _WEEK)
    if number == _LAST_WEEKS and (found.month != first.month or found.day > monthrange(year, month + 1)[1]):
        return found - timedelta(days=_WEEK)
    return found
