"""Dates and times as they stand on paper, in the program's language and the clinic's zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QLocale

from app.kernel.i18n import language, t
from app.kernel.wall_clock import wall_clock


def day(value: date) -> str:
    """Return "22 November 2026": no figures that could be read as another date."""
    return _written(value, "d 'de' MMMM 'de' yyyy" if language() == "es" else "d MMMM yyyy")


def short_day(value: date) -> str:
    """Return "22 Nov 2026", for the narrow columns of tables."""
    return _written(value, "d MMM yyyy").replace(".", "")


def _written(value: date, form: str) -> str:
    locale = QLocale(QLocale.Language.Spanish if language() == "es" else QLocale.Language.English)
    return locale.toString(QDate(value.year, value.month, value.day), form)


def born(value: date | None) -> str:
    """Return "Born 14 March 1962", or that it isn't known."""
    return t("Birth date unknown") if value is None else t("Born {date}", date=day(value))


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Return "22 November 2026, 14:05" on the clinic's wall clock; ``at`` is aware."""
    return f"{day(at.astimezone(zone).date())}, {wall_clock(at, zone)}"


def signed_line(when: str, *, elsewhere: bool) -> str:
    """Return when something was signed; ``elsewhere``: in another program, and it came with imported records."""
    if elsewhere:
        return t("Signed elsewhere on {when}; it came with imported records", when=when)
    return t("Signed electronically on {when}", when=when)
