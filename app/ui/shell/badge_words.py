"""The connection badge of an enrolled workstation in words: the most urgent thing first."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.kernel.i18n import t, tn
from app.ui.theme.tokens import StatusKind
from app.workspace.sync_state import SyncMode, SyncStatus


@dataclass(frozen=True, slots=True)
class BadgeWords:
    """Text, glyph and colour of the badge."""

    text: str
    icon: str
    kind: StatusKind


def badge_words(status: SyncStatus, zone: ZoneInfo | None) -> BadgeWords:
    """Return what the badge says; times are wall-clock in ``zone`` (the computer's without one)."""
    if status.mode is SyncMode.HELD:
        return BadgeWords(_held(status), "pause", StatusKind.CRITICAL)
    if status.mode is SyncMode.SENDING:
        text = t("Sending {n} of {all}", n=status.sent + 1, all=status.total)
        return BadgeWords(text, "send", StatusKind.PLANNED)
    if status.mode is SyncMode.OFFLINE and status.disk_full:
        return BadgeWords(t("Disk full"), "warn", StatusKind.CRITICAL)
    if status.mode is SyncMode.OFFLINE:
        return BadgeWords(_offline(status, zone), "offline", StatusKind.ARRIVED)
    if status.attention:
        text = tn("{n} needs attention", "{n} need attention", status.attention)
        return BadgeWords(text, "warn", StatusKind.ARRIVED)
    return BadgeWords(t("Online, slow line") if status.slow else t("Online"), "cloud", StatusKind.DONE)


def _held(status: SyncStatus) -> str:
    if status.unknown:
        return t("Held: an administrator is needed")
    if status.server_old:
        return t("Held: the server needs an update")
    return t("Out of service") if status.revoked else t("Held: install the update")


def _offline(status: SyncStatus, zone: ZoneInfo | None) -> str:
    at = status.since
    since = t("Offline since {time}", time=f"{at.astimezone(zone):%H:%M}") if at is not None else t("Offline")
    waiting = tn("{n} waiting", "{n} waiting", status.done_here) if status.done_here else ""
    return ", ".join(part for part in (since, waiting) if part)
