"""Who on the waiting list is offered a time that became free, and why in this order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from enum import StrEnum

from app.domain.enums import VisitMode
from app.domain.spans import Span


class Reason(StrEnum):
    """What speaks for an entry, strongest first."""

    ASKED_FOR_PROVIDER = "asked_for_provider"
    FITS_EXACTLY = "fits_exactly"
    WAITED_LONGEST = "waited_longest"
    ALREADY_ASKED = "already_asked"
    """Speaks against it: they declined a time today, so everybody else is asked before."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry: what the patient would take. `booked_for` is the start of the visit they have already, if any.

    `declined_today`: they were offered a time today and didn't want it.
    """

    id: str
    patient_id: str
    minutes: int
    earliest: date
    latest: date
    created_at: datetime
    provider_id: str | None = None
    mode: VisitMode | None = None
    time_from: time | None = None
    time_to: time | None = None
    booked_for: datetime | None = None
    declined_today: bool = False


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A time that can be booked."""

    provider_id: str
    mode: VisitMode
    span: Span


@dataclass(frozen=True, slots=True)
class Ranked:
    """An entry that suits a time, and what speaks for it."""

    entry: Waiting
    reasons: tuple[Reason, ...]


def rank(entries: Iterable[Waiting], free: FreeTime, zone: tzinfo) -> tuple[Ranked, ...]:
    """The entries that would take this time, best first.

    Those who asked for this very provider go before those who take anybody, those whose visit fills the time before
    shorter ones, and among equals whoever has waited longest. Who declined a time today comes after all others.
    """
    suited = sorted((one for one in entries if suits(one, free, zone)), key=lambda one: (one.created_at, one.id))
    longest = suited[0].id if suited else None
    ranked = [Ranked(one, _reasons(one, free, longest)) for one in suited]
    return tuple(sorted(ranked, key=lambda one: _order(one.entry, free)))


def suits(entry: Waiting, free: FreeTime, zone: tzinfo) -> bool:
    """True when the time is what the patient would take, and earlier than what they have."""
    start = free.span.start.astimezone(zone)
    clock = start.time().replace(tzinfo=None)
    return (
        entry.minutes <= free.span.minutes
        and entry.provider_id in {None, free.provider_id}
        and entry.mode in {None, free.mode}
        and entry.earliest <= start.date() <= entry.latest
        and (entry.time_from is None or clock >= entry.time_from)
        and (entry.time_to is None or clock < entry.time_to)
        and (entry.booked_for is None or free.span.start < entry.booked_for)
    )


def _order(entry: Waiting, free: FreeTime) -> tuple[bool, bool, int, datetime, str]:
    shorter = free.span.minutes - entry.minutes
    return entry.declined_today, entry.provider_id is None, shorter, entry.created_at, entry.id


def _reasons(entry: Waiting, free: FreeTime, longest: str | None) -> tuple[Reason, ...]:
    found = (
        (Reason.ASKED_FOR_PROVIDER, entry.provider_id == free.provider_id),
        (Reason.FITS_EXACTLY, entry.minutes == free.span.minutes),
        (Reason.WAITED_LONGEST, entry.id == longest),
        (Reason.ALREADY_ASKED, entry.declined_today),
    )
    return tuple(reason for reason, holds in found if holds)
