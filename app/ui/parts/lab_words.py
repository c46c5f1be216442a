"""Results in words: values, units, ranges, flags and days, as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.domain.enums import LabOrderStatus, NextStep
from app.domain.lab_codes import find_panel
from app.domain.lab_text import number_text
from app.domain.labs import CANCELLED, LabResult
from app.kernel.i18n import t, tn
from app.queries.labs import ReviewRow
from app.ui.parts.words import clock, day_short, locale


def value_text(item: LabResult) -> str:
    """Return the value; a dash where nothing was measured."""
    if isinstance(item.value, str):
        return item.value.replace("\n", " ") or "–"
    return number_text(item.value)


def critical_sign(item: LabResult) -> str:
    """Return what stands before a critical value, beside its colour: ▲ too high, ▼ too low; "" for every other."""
    return {"HH": "▲ ", "LL": "▼ "}.get(item.flag, "") if item.critical else ""


def range_text(item: LabResult) -> str:
    """Return "3.5–5.1", "≥ 60", "≤ 199" or nothing."""
    low, high = item.low, item.high
    if low is not None and high is not None:
        return f"{number_text(low)}–{number_text(high)}"
    if low is not None:
        return f"≥ {number_text(low)}"
    return f"≤ {number_text(high)}" if high is not None else ""


def flag_text(item: LabResult) -> str:
    """Return what a flag means; empty for a value in range."""
    if item.void:
        return t("no result") if item.status == CANCELLED else t("withdrawn")
    words = {"H": t("high"), "L": t("low"), "HH": t("critical"), "LL": t("critical"), "A": t("abnormal")}
    word = words.get(item.flag, "")
    return word if item.final else ", ".join(filter(None, (word, t("preliminary"))))


def tests_text(tests: Sequence[str]) -> str:
    """Return the names of tests, panels in full."""
    panels = (find_panel(name) for name in tests)
    return ", ".join(t(panel.name) if panel else name for name, panel in zip(tests, panels, strict=True))


def gist_text(row: ReviewRow) -> tuple[str, str, str]:
    """Return what a line of the list says of its results: before the value, the value (strong), after it."""
    title = ", ".join(row.tests)
    gist = row.gist
    if gist is None:
        return title, "", ""
    if gist.readable == 0:
        return f"{title}: " + t("can’t be read"), "", ""
    lead = gist.lead
    if lead is None:
        if row.partial and gist.to_read:
            return f"{title}: " + t("{n} of {all} tests so far", n=gist.readable, all=gist.wanted), "", ""
        if row.partial:
            return f"{title}: " + t("{n} of {all} tests, in range so far", n=gist.readable, all=gist.wanted), "", ""
        if gist.to_read:
            read = t("to read") if gist.to_read == gist.readable else t("in range, {n} to read", n=gist.to_read)
            return f"{title}: {read}", "", ""
        return f"{title}: " + t("all in range"), "", ""
    after = flag_text(lead)
    if gist.more_abnormal:
        after += ", " + tn("{n} more", "{n} more", gist.more_abnormal)
    return f"{title}: {lead.name}", value_text(lead), after


def when_text(at: datetime, zone: ZoneInfo, today: date) -> str:
    """Return "09:52" for today, "Tue" within the last week, else "12 Feb" or "Nov 2024"."""
    day = at.astimezone(zone).date()
    return clock(at, zone) if day == today else past_day(day, today)


def past_day(day: date, today: date) -> str:
    """Return a past day as short as it can be told apart."""
    from PySide6.QtCore import QDate

    form = "ddd" if 0 < (today - day).days < 7 else "d MMM" if day.year == today.year else "MMM yyyy"
    if day == today:
        return day_short(day, today)
    return locale().toString(QDate(day.year, day.month, day.day), form).replace(".", "")


def order_word(status: LabOrderStatus) -> str:
    """Return where an order stands."""
    words = {
        LabOrderStatus.ORDERED: t("Ordered"),
        LabOrderStatus.IN_PROGRESS: t("Under way"),
        LabOrderStatus.COMPLETED: t("Results are in"),
        LabOrderStatus.CANCELLED: t("Cancelled"),
    }
    return words[status]


def next_word(step: NextStep) -> str:
    """Return what happens after a signature."""
    words = {
        NextStep.NOTHING: t("Nothing"),
        NextStep.MESSAGE: t("Message"),
        NextStep.CALL: t("Call"),
        NextStep.VISIT: t("Visit"),
        NextStep.REPEAT: t("Repeat"),
    }
    return words[step]
