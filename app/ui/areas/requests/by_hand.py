"""A request's visit is booked by hand in the calendar: from when, and what the calendar is told."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from app.queries.requests import RequestRow
from app.ui.work.places import NewBooking


def not_before(found: RequestRow, zone: ZoneInfo) -> datetime | None:
    """Return from when the patient wants to come, aware; None for as soon as there is time."""
    if found.window_start is not None:
        return found.window_start
    return datetime.combine(found.wanted, time(), zone) if found.wanted is not None else None


def booked_by_hand(found: RequestRow, zone: ZoneInfo, now: datetime) -> NewBooking:
    """Return the booking to begin: the visit that comes of it answers the request."""
    wanted = not_before(found, zone)
    return NewBooking(patient_id=found.patient_id, patient_name=found.patient_name, born=found.born,
                      at=wanted if wanted is not None and wanted > now else None,
                      visit_mode=found.mode.value, request_id=found.request_id, reason=found.reason)  # fmt: skip
