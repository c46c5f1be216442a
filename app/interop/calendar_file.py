"""iCalendar: a provider's visits for other calendars. Initials instead of names, and nothing of why they come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from app.kernel.i18n import t

PRODUCT = "-//MyHealthAlly//Clinic desktop//EN"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A visit: times aware; ``title`` is all that others' calendars may show."""

    id: str
    start: datetime
    end: datetime
    title: str
    virtual: bool = False
    cancelled: bool = False


def initials(name: str) -> str:
    """Return "A. K." for Anna Kowalska."""
    return " ".join(f"{part[0].upper()}." for part in name.replace("“", " ").replace("”", " ").split())


def calendar_text(name: str, entries: Iterable[CalendarEntry], zone: ZoneInfo, now: datetime) -> str:
    """Return the calendar (RFC 5545), in the clinic's zone with that zone's rules beside it."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for one in entries:
        event = Event()
        event.add("uid", f"{one.id}@myhealthally.invalid")
        event.add("dtstamp", now)
        event.add("dtstart", one.start.astimezone(zone))
        event.add("dtend", one.end.astimezone(zone))
        event.add("summary", one.title)
        event.add("class", "PRIVATE")
        event.add("status", "CANCELLED" if one.cancelled else "CONFIRMED")
        if one.virtual:
            event.add("location", t("Virtual"))
        calendar.add_component(event)
    calendar.add_missing_timezones()
    text: str = calendar.to_ical().decode("utf-8")
    return text
