"""A visit request's urgency, age and state on screen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.enums import RequestStatus, SeverityLevel
from app.domain.requests import QUEUE_ORDER
from app.kernel.i18n import t
from app.ui.parts.words import clock, day_within
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.lists import ChipSpec

SEVERITY_KEYS = tuple(QUEUE_ORDER)
"""In the order of their numbers: Alt+1 is the most urgent."""
_LOOKS: Mapping[SeverityLevel, tuple[str, StatusKind, bool]] = {
    SeverityLevel.RED: ("warn", StatusKind.CRITICAL, False),
    SeverityLevel.ORANGE: ("flag", StatusKind.ARRIVED, False),
    SeverityLevel.YELLOW: ("clock", StatusKind.ARRIVED, True),
    SeverityLevel.GREEN: ("check", StatusKind.DONE, False),
}


def severity_word(severity: SeverityLevel) -> str:
    """Return the word of an urgency."""
    words = {
        SeverityLevel.RED: t("Red"),
        SeverityLevel.ORANGE: t("Orange"),
        SeverityLevel.YELLOW: t("Yellow"),
        SeverityLevel.GREEN: t("Green"),
    }
    return words[severity]


def severity_chip(severity: SeverityLevel) -> ChipSpec:
    """Return the chip of an urgency; yellow is outlined amber."""
    icon, kind, outlined = _LOOKS[severity]
    return ChipSpec(severity_word(severity), icon, kind, outlined)


def state_word(status: RequestStatus) -> str:
    """Return the word of a request's state on screen."""
    words = {
        RequestStatus.NEW: t("New"),
        RequestStatus.TRIAGED: t("Triaged"),
        RequestStatus.AWAITING_PATIENT_CONFIRMATION: t("Waits for the patient"),
        RequestStatus.CONVERTED_TO_VISIT: t("Booked"),
        RequestStatus.CANCELLED: t("Cancelled"),
    }
    return words[status]


def ago(then: datetime, now: datetime) -> str:
    """Return "6 min", "2 h" or "3 d"."""
    minutes = max(0, int((now - then).total_seconds() // 60))
    if minutes < 60:
        return t("{n} min", n=minutes)
    return t("{n} h", n=minutes // 60) if minutes < 48 * 60 else t("{n} d", n=minutes // 1440)


def when(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return "14:20", or "Wed 25 Nov 14:20"."""
    local = at.astimezone(zone)
    text = clock(at, zone)
    return text if local.date() == now.astimezone(zone).date() else f"{day_within(local.date())} {text}"
