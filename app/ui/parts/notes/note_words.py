"""The words of notes on the screen: who wrote and signed what, and when."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate

from app.kernel.i18n import t
from app.queries.visit_notes import NoteView
from app.ui.parts.words import clock, day_short, locale


def day_of(at: datetime, zone: ZoneInfo, today: date) -> str:
    """Return "Today", "Wed 25 Nov", or "25 Nov 2024" of another year."""
    day = at.astimezone(zone).date()
    if day.year == today.year:
        return day_short(day, today)
    return locale().toString(QDate(day.year, day.month, day.day), "d MMM yyyy").replace(".", "")


def moment(at: datetime, zone: ZoneInfo, today: date) -> str:
    """Return "Today 10:42"."""
    return f"{day_of(at, zone, today)} {clock(at, zone)}"


def moment_inside(at: datetime, zone: ZoneInfo, today: date) -> str:
    """Return "today 10:42" as it stands inside a sentence."""
    day = t("today") if at.astimezone(zone).date() == today else day_of(at, zone, today)
    return f"{day} {clock(at, zone)}"


def signature(note: NoteView, zone: ZoneInfo, today: date) -> str:
    """Return who signed a note and when, or whose draft it is."""
    if note.signed and note.signed_at is not None:
        time = moment_inside(note.signed_at, zone, today)
        if note.elsewhere:
            return t("Signed elsewhere by {name}, {time}", name=note.signed_by or "?", time=time)
        return t("Signed by {name}, {time}", name=note.signed_by, time=time)
    return t("Draft of {name}, {time}", name=note.author, time=moment_inside(note.updated_at, zone, today))


def gist(note: NoteView, most: int = 90) -> str:
    """Return the first words that say what a note is about."""
    text = " ".join(next((note.parts[name] for name in ("assessment", "reason", "plan", "history", "findings")
                          if note.parts[name].strip()), "").split())  # fmt: skip
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
