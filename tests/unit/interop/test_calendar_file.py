"""A provider's visits as iCalendar: right over a change of the clock, and nobody's name in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar

from app.interop.calendar_file import CalendarEntry, calendar_text, initials

ZONE = ZoneInfo("Europe/Berlin")


def test_times_are_the_clinics_over_a_change_of_the_clock() -> None:
    starts = [datetime(2026, 10, 24, 8, tzinfo=UTC), datetime(2026, 10, 25, 8, tzinfo=UTC)]
    entries = [CalendarEntry(f"v{n}", at, at + timedelta(minutes=20), "A. K.") for n, at in enumerate(starts)]
    text = calendar_text("Dr Okafor", entries, ZONE, starts[0])
    found: Any = Calendar.from_ical(text)
    events = found.walk("VEVENT")
    assert [event["dtstart"].dt.astimezone(UTC) for event in events] == starts
    assert [f"{event['dtstart'].dt:%H:%M}" for event in events] == ["10:00", "09:00"]
    assert events[0]["dtstart"].params["TZID"] == "Europe/Berlin"
    assert len(found.walk("VTIMEZONE")) == 1


def test_initials_only() -> None:
    assert initials("Élodie “Lo” Roux") == "É. L. R."
    assert initials("") == ""
