"""Dates and times as the clinic's people read them, in the program's language and the clinic's zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QLocale

from app.domain.enums import Role
from app.kernel.i18n import language, t
from app.kernel.wall_clock import wall_clock


def locale() -> QLocale:
    """Return Qt's locale for the language in use: Spanish as in the United States.

    A figure reads the same in both languages, as laboratories and devices there send it: 10.1, and 1,234 for thousands.
    """
    if language() == "es":
        return QLocale(QLocale.Language.Spanish, QLocale.Country.UnitedStates)
    return QLocale(QLocale.Language.English)


def day_title(day: date) -> str:
    """Return "Tuesday 24 November"."""
    text = locale().toString(QDate(day.year, day.month, day.day), "dddd d MMMM")
    return text[:1].upper() + text[1:]


def day_short(day: date, today: date) -> str:
    """Return "Today", or "Wed 25 Nov"."""
    if day == today:
        return t("Today")
    return day_within(day)


def day_inside(day: date, today: date) -> str:
    """Return "today", or "Wed 25 Nov", as it stands inside a sentence."""
    return t("today") if day == today else day_short(day, today)


def clock(at: datetime, zone: ZoneInfo) -> str:
    """Return "14:20" on the clinic's wall clock; an hour that comes twice says which it is."""
    return wall_clock(at, zone)


def birth(day: date | None) -> str:
    """Return "Born 14 Mar 1962", or that it is unknown."""
    if day is None:
        return t("Birth date unknown")
    return t("Born {date}", date=locale().toString(QDate(day.year, day.month, day.day), "d MMM yyyy").replace(".", ""))


def born_date(day: date | None) -> str:
    """Return "14 Mar 1962" under a heading that says what it is, or that it is unknown."""
    return (
        locale().toString(QDate(day.year, day.month, day.day), "d MMM yyyy").replace(".", "") if day else t("unknown")
    )


def in_sentence(text: str) -> str:
    """Return a text that began a line as it stands inside a sentence: only its first letter becomes small."""
    return text[:1].lower() + text[1:]


def month_title(day: date) -> str:
    """Return "November 2026"."""
    text = locale().toString(QDate(day.year, day.month, day.day), "MMMM yyyy")
    return text[:1].upper() + text[1:]


def short_name(name: str) -> str:
    """Return initial and surnames ("É. Roux"); scripts without capitals keep the name as it is written."""
    first, _, rest = name.partition(" ")
    if not rest:
        return name
    if first[0].lower() == first[0].upper():
        return first if rest.isascii() else name
    return f"{first[0]}. {rest}"


def day_plain(day: date) -> str:
    """Return "Wed 25 Nov", today too."""
    text = day_within(day)
    return text[:1].upper() + text[1:]


def day_within(day: date) -> str:
    """Return "Wed 25 Nov" as it stands inside a sentence: "mié 25 nov" in Spanish."""
    return locale().toString(QDate(day.year, day.month, day.day), "ddd d MMM").replace(".", "")


def day_month(day: date) -> str:
    """Return "25 Nov"."""
    return locale().toString(QDate(day.year, day.month, day.day), "d MMM").replace(".", "")


def week_title(first: date, last: date) -> str:
    """Return "23–27 Nov", or "30 Nov – 4 Dec" across months."""
    begin, end = day_month(first), day_month(last)
    return f"{first.day}–{end}" if first.month == last.month else f"{begin} – {end}"


def role_word(role: Role) -> str:
    """Return whom a role is: to them belongs a task or a conversation that is nobody's own."""
    return {
        Role.MEDICAL_ASSISTANT: t("Front desk"),
        Role.PROVIDER: t("Providers"),
        Role.ADMIN: t("Administrators"),
        Role.PATIENT: t("Patients"),
    }[role]
