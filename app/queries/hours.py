"""A provider's hours: the rows behind the slots, and the opening times that they make on given days."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import Provider, ProviderAvailability
from app.domain.availability import Availability, open_spans
from app.domain.enums import AvailabilityStatus, VisitMode
from app.domain.spans import Span, subtract
from app.domain.wallclock import days_of
from app.queries.core import Reader, query


@dataclass(frozen=True, slots=True)
class HoursRow:
    """A row of hours; times on the clinic's wall. ``weekday`` 0 is Sunday; with a ``day`` it is a one-day exception.

    ``usable`` is False for a row of another program that names no real day: it is shown and opens nothing.
    """

    id: str
    provider_id: str
    day: date | None
    weekday: int | None
    start: time
    end: time
    mode: VisitMode
    location: str
    paused: bool
    usable: bool

    @property
    def time_off(self) -> bool:
        """True for a one-day exception that takes time away."""
        return self.day is not None and self.paused


@query(offline=True)
def provider_hours(session: Session, reader: Reader, *, provider_id: str) -> tuple[HoursRow, ...]:
    """A provider's rows: the week from Monday on, then exceptions from today on by date. One statement."""
    rows = (_hours(row) for row in session.execute(_statement(reader, (provider_id,))).all())
    kept = [row for row in rows if row.day is None or row.day >= reader.today]
    return tuple(sorted(kept, key=_order))


@query(offline=True)
def opening_hours(
    session: Session, reader: Reader, *, first: date, last: date, provider_ids: Collection[str] = ()
) -> Mapping[tuple[str, VisitMode], tuple[Span, ...]]:
    """The opening times of the days `first` to `last` by provider and mode, time off taken out. One statement."""
    rows = [
        Availability(
            id=row.id, provider_id=row.provider_id, mode=row.visit_mode, status=row.status, start=row.start_time,
            end=row.end_time, on=row.date, weekday=row.day_of_week,
        )
        for row in session.execute(_statement(reader, provider_ids)).all()
    ]  # fmt: skip
    whole = days_of(first, last, reader.zone)
    outside = (Span(whole.start.replace(year=1970), whole.start), Span(whole.end, whole.end.replace(year=9998)))
    found = open_spans(rows, first, last, reader.zone)
    return {key: tuple(piece for span in spans for piece in subtract(span, outside)) for key, spans in found.items()}


def _statement(reader: Reader, provider_ids: Collection[str]) -> Any:
    row = ProviderAvailability
    columns = (row.id, row.provider_id, row.date, row.day_of_week, row.start_time, row.end_time)
    statement = select(*columns, row.visit_mode, row.location, row.status)
    statement = statement.join(Provider, Provider.id == row.provider_id).where(Provider.clinic_id == reader.clinic_id)
    return statement.where(row.provider_id.in_(provider_ids)) if provider_ids else statement


def _hours(row: Any) -> HoursRow:
    usable = row.date is not None or (row.day_of_week is not None and 0 <= row.day_of_week <= 6)
    return HoursRow(
        id=row.id, provider_id=row.provider_id, day=row.date, weekday=None if row.date is not None else row.day_of_week,
        start=row.start_time, end=row.end_time, mode=row.visit_mode, location=row.location or "",
        paused=row.status is AvailabilityStatus.PAUSED, usable=usable,
    )  # fmt: skip


def _order(row: HoursRow) -> tuple[date, int, time, str]:
    monday_first = (row.weekday - 1) % 7 if row.weekday is not None else 7
    return row.day or date.min, monday_first, row.start, row.id
