"""Visit requests: their order in the queue, their words, and how long a proposed time is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain.enums import RequestStatus, SeverityLevel
from app.kernel.i18n import t

PROPOSAL_HOURS = 24
"""How long a proposed time waits for the patient's answer, unless the clinic has chosen otherwise."""
LEAST_HOURS, MOST_HOURS = 1, 336
BEFORE_START = timedelta(hours=2)
"""So long before it begins a proposed time is free again."""
QUEUE_ORDER = (SeverityLevel.RED, SeverityLevel.ORANGE, SeverityLevel.YELLOW, SeverityLevel.GREEN)
OPEN_REQUESTS = (RequestStatus.NEW, RequestStatus.TRIAGED, RequestStatus.AWAITING_PATIENT_CONFIRMATION)
MOST_NOTE = 2000


def proposal_end(now: datetime, start: datetime, hours: int) -> datetime:
    """Until when a time that begins at `start` is kept, `hours` at most; not after `now` when it begins too soon."""
    return min(now + timedelta(hours=hours), start - BEFORE_START)


def can_wait(now: datetime, start: datetime) -> bool:
    """Whether a time that begins at `start` can wait for an answer at all, however long the clinic lets it."""
    return start - BEFORE_START > now


def request_word(status: RequestStatus) -> str:
    """The state in a sentence, in the person's language."""
    words = {
        RequestStatus.NEW: t("new"),
        RequestStatus.TRIAGED: t("triaged"),
        RequestStatus.AWAITING_PATIENT_CONFIRMATION: t("waiting for the patient"),
        RequestStatus.CONVERTED_TO_VISIT: t("booked"),
        RequestStatus.CANCELLED: t("cancelled"),
    }
    return words[status]
