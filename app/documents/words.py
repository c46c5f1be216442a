"""Dates and times as they stand on paper, in the program's language and the clinic's zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QLocale

from app.kernel.i18n import language, t


def day(value: date) -> str:
    """Return "22 November 2026": no figures that could be read as another date."""
    locale = QLocale(QLocale.Language.Spanish if language() == "es" else QLocale.Language.English)
    form = "d 'de' MMMM 'de' yyyy" if language() == "es" else "d MMMM yyyy"
    return locale.toString(QDate(value.year, value.month, value.day), form)


def born(value: date | None) -> str:
    """Return "Born 14 March 1962", or that it isn't known."""
    return t("Birth date unknown") if value is None else t("Born {date}", date=day(value))


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Return "22 November 2026, 14:05" on the clinic's wall clock; ``at`` is aware."""
    local = at.astimezone(zone)
    return f"{day(local.date())}, {local:%H:%M}"
