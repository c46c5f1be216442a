"""Reports of a clinic: which there are, over which days, and what their columns are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.kernel.errors import Refused
from app.kernel.i18n import t

LONGEST_DAYS = 3 * 366


class ReportKind(StrEnum):
    """What is counted."""

    VISITS = "visits"
    MISSED = "missed"
    OVER_TIME = "over-time"
    SLOTS = "slots"
    WAITING = "waiting"
    OPEN = "open"


class PeriodKind(StrEnum):
    """A calendar period up to its end, or one's own days."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the clinic's wall, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    def check(self) -> None:
        """Refuse what makes no sense."""
        if self.last < self.first:
            raise Refused("BadPeriod", t("The last day is before the first."), field="to")
        if self.days > LONGEST_DAYS:
            raise Refused("BadPeriod", t("At most {n} days at once.", n=LONGEST_DAYS), field="from")


def period_of(kind: PeriodKind, day: date) -> Period:
    """Return the week (from Monday), month or quarter that a day lies in; CUSTOM is the day itself."""
    if kind is PeriodKind.WEEK:
        first = day - timedelta(days=day.weekday())
        return Period(first, first + timedelta(days=6))
    if kind is PeriodKind.CUSTOM:
        return Period(day, day)
    months = 1 if kind is PeriodKind.MONTH else 3
    first = day.replace(month=day.month - (day.month - 1) % months, day=1)
    number = first.month - 1 + months
    after = first.replace(year=first.year + number // 12, month=number % 12 + 1)
    return Period(first, after - timedelta(days=1))


def before(kind: PeriodKind, period: Period) -> Period:
    """Return the period before; of one's own days as many before them."""
    if kind is PeriodKind.CUSTOM:
        return Period(period.first - timedelta(days=period.days), period.first - timedelta(days=1))
    return period_of(kind, period.first - timedelta(days=1))


def after(kind: PeriodKind, period: Period) -> Period:
    """Return the period after."""
    if kind is PeriodKind.CUSTOM:
        return Period(period.last + timedelta(days=1), period.last + timedelta(days=period.days))
    return period_of(kind, period.last + timedelta(days=1))


COLUMNS: Mapping[ReportKind, tuple[str, ...]] = {
    ReportKind.VISITS: ("visits", "planned", "arrived", "inProgress", "completed", "cancelled", "didNotArrive",
                        "leftBeforeSeen"),
    ReportKind.MISSED: ("due", "didNotArrive", "leftBeforeSeen", "didNotArrivePercent", "leftBeforeSeenPercent",
                        "missedPercent"),
    ReportKind.OVER_TIME: ("visits", "completed", "toCome", "cancelled", "missed"),
    ReportKind.SLOTS: ("offeredMinutes", "bookedMinutes", "usedPercent"),
    ReportKind.WAITING: ("visits", "medianMinutes", "p90Minutes", "longestMinutes"),
    ReportKind.OPEN: ("open", "underOneDay", "underThreeDays", "underSevenDays", "older", "overdue"),
}  # fmt: skip
"""The figures of each report, as JSON and CSV name them."""


def column_word(key: str) -> str:
    """Return a figure's name for people."""
    return {
        "visits": t("Visits"), "planned": t("Planned"), "arrived": t("Arrived"), "inProgress": t("With provider"),
        "completed": t("Completed"), "cancelled": t("Cancelled"), "didNotArrive": t("Did not arrive"),
        "leftBeforeSeen": t("Left before seen"), "due": t("Were due"),
        "didNotArrivePercent": t("Did not arrive, %"), "leftBeforeSeenPercent": t("Left before seen, %"),
        "missedPercent": t("Missed together, %"), "missed": t("Missed"),
        "toCome": t("To come or under way"), "offeredMinutes": t("Offered, min"),
        "bookedMinutes": t("Booked, min"), "usedPercent": t("Used, %"), "medianMinutes": t("Median, min"),
        "p90Minutes": t("9 of 10 waited less, min"), "longestMinutes": t("Longest, min"), "open": t("All open"),
        "underOneDay": t("Under a day"), "underThreeDays": t("1 to 3 days"), "underSevenDays": t("3 to 7 days"),
        "older": t("Older"), "overdue": t("Overdue"),
    }[key]  # fmt: skip


def kind_word(kind: ReportKind) -> str:
    """Return a report's name for people."""
    return {
        ReportKind.VISITS: t("Visits"), ReportKind.MISSED: t("Missed visits"), ReportKind.OVER_TIME: t("Over time"),
        ReportKind.SLOTS: t("Use of times"), ReportKind.WAITING: t("Waiting times"), ReportKind.OPEN: t("Open loops"),
    }[kind]  # fmt: skip


OPEN_LOOPS = ("results", "referrals", "followUps", "noteDrafts", "excuseDrafts", "alerts")
"""What can stay open, in the order of the report."""


def loop_word(key: str) -> str:
    """Return the name of something that stays open."""
    return {
        "results": t("Results not signed"), "referrals": t("Referrals not accepted"),
        "followUps": t("Follow-ups not booked"), "noteDrafts": t("Visit notes not signed"),
        "excuseDrafts": t("Excuse notes not sent"), "alerts": t("Alerts not closed"),
    }[key]  # fmt: skip
