"""What of the clinic a workstation keeps for work without the server, and what it must ask the server for.

Slots and visits of 30 days back to 120 days ahead and all open ones, readings of 180 days, the rest whole. The one
place of the rule: the mirror is filled by it, and screens say by it what they don't show.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from app.domain.enums import VisitStatus
from app.kernel.i18n import t

BACK, AHEAD = timedelta(days=30), timedelta(days=120)
READINGS_BACK = timedelta(days=180)
OPEN_VISITS = frozenset({VisitStatus.PLANNED, VisitStatus.CHECKED_IN, VisitStatus.IN_PROGRESS})
"""Kept whatever their day."""


class Kept(StrEnum):
    """Which rows of a table are kept."""

    WHOLE = "WHOLE"
    CALENDAR = "CALENDAR"
    """By the day of the slot; also what belongs to an open visit."""
    READINGS = "READINGS"
    """By the time of measuring."""


_KEPT = {
    **dict.fromkeys(
        ("visit_slots", "slot_detail", "slot_lease", "visits", "visit_detail", "visit_event", "virtual_visit_sessions"),
        Kept.CALENDAR,
    ),
    **dict.fromkeys(("measurements", "vital_readings", "hrv_readings", "bmi_readings"), Kept.READINGS),
}


def kept(table: str) -> Kept:
    """Return how much of a mirrored table (its name without schema) a workstation keeps."""
    return _KEPT.get(table, Kept.WHOLE)


@dataclass(frozen=True, slots=True)
class MirrorWindow:
    """The days (UTC) that a workstation keeps: the calendar from ``first`` up to, not including, ``last``.

    Readings are kept from ``readings`` on.
    """

    first: date
    last: date
    readings: date

    @classmethod
    def on(cls, day: date) -> MirrorWindow:
        """The window that a mirror filled on this day (UTC) has."""
        return cls(day - BACK, day + AHEAD, day - READINGS_BACK)

    def holds(self, table: str, at: datetime) -> bool:
        """Tell whether rows of the table with this instant (aware) are here for sure, open visits or not."""
        match kept(table):
            case Kept.CALENDAR:
                return midnight(self.first) <= at < midnight(self.last)
            case Kept.READINGS:
                return at >= midnight(self.readings)
            case Kept.WHOLE:
                return True

    def missing(self, table: str, start: datetime, end: datetime) -> Missing | None:
        """Tell which part of a span [start, end) of a table needs the server; None when all of it is here."""
        how = kept(table)
        if how is Kept.WHOLE or start >= end:
            return None
        first = midnight(self.readings if how is Kept.READINGS else self.first)
        earlier = start < first
        later = how is Kept.CALENDAR and end > midnight(self.last)
        return Missing(earlier, later) if earlier or later else None


@dataclass(frozen=True, slots=True)
class Missing:
    """What needs the server: ``earlier`` than what is kept, ``later``, or both."""

    earlier: bool
    later: bool

    def note(self, table: str) -> str:
        """Say it under a list or board that shows rows of the table, in the person's language."""
        if kept(table) is Kept.READINGS:
            return t("Older readings need the server.")
        if self.earlier and self.later:
            return t("Older and later visits need the server.")
        return t("Older visits need the server.") if self.earlier else t("Later visits need the server.")


def midnight(day: date) -> datetime:
    """Return where a day begins in UTC."""
    return datetime.combine(day, time(), tzinfo=UTC)
