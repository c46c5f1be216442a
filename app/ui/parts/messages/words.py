"""Conversations in words: whose, when, where a link leads."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.domain.messages import Attachment, record_link, safe_link
from app.kernel.i18n import t
from app.kernel.text import without_hidden
from app.queries.messages import ThreadRow
from app.ui.parts.patient_values import date_text
from app.ui.parts.words import clock, day_inside, day_plain, role_word


def owner_word(row: ThreadRow) -> str:
    """Return whose a conversation is; empty when it is nobody's."""
    if row.owner_user is not None:
        return row.owner_name or t("Somebody else")
    return role_word(row.owner_role) if row.owner_role is not None else ""


def time_word(at: datetime, zone: ZoneInfo, today: date) -> str:
    """Return the clock of today, else the day."""
    local = at.astimezone(zone)
    if local.date() == today:
        return clock(at, zone)
    return day_plain(local.date()) if local.year == today.year else date_text(local.date())


def receipt_word(read_at: datetime | None, zone: ZoneInfo, today: date) -> str:
    """Return since when the patient has read a message."""
    if read_at is None:
        return t("not read yet")
    day = read_at.astimezone(zone).date()
    word = day_inside(day, today) if day.year == today.year else date_text(day)
    return t("read {time}", time=f"{word} {clock(read_at, zone)}")


def size_word(size: int | None) -> str:
    """Return bytes as people say them; empty when unknown."""
    if size is None:
        return ""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1_000_000:.1f} MB"


def attachment_word(one: Attachment) -> str:
    """Return what an attachment is: its name, type and size, as its writer says; a paper's name alone."""
    name = _as_it_is(one.filename)[:80] or t("Attachment")
    if record_link(one.url) is not None or one.type == "link":
        return name
    return " · ".join(filter(None, (name, _as_it_is(one.type)[:60], size_word(one.size))))


def _as_it_is(text: str) -> str:
    """On one line and in its own order: a name that turns around can make a program look like a picture."""
    return " ".join(without_hidden(text).split())


def attachment_icon(one: Attachment) -> str:
    """Return the icon of what an attachment leads to: the patient's record, the web, nowhere."""
    link = record_link(one.url)
    if link is not None:
        return {"excuse_notes": "note", "referrals": "share", "lab_orders": "flask"}[link.table]
    return "link" if safe_link(one.url) is not None else "block"
