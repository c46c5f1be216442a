"""What the calendar shows beside its visits: the opening hours of a week, and how the calls about closed times go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import Clinic, Provider, ProviderAvailability
from app.domain.availability import Availability, open_spans
from app.domain.spans import Span, merge
from app.domain.wallclock import days_of
from app.queries.core import Reader, query
from app.queries.to_move import agreed_since_closing


@dataclass(frozen=True, slots=True)
class CalendarWeek:
    """``hours`` are the opening hours by provider, in any mode; who isn't in it has none in the range.

    ``agreed`` counts the patients of closed times in the range who have agreed to another time.
    """

    hours: Mapping[str, tuple[Span, ...]]
    agreed: int


@query(offline=True)
def calendar_week(session: Session, reader: Reader, *, first: date, last: date) -> CalendarWeek:
    """Return the days `first` to `last` of all providers. One statement."""
    rows = session.execute(_statement(reader, first, last)).all()
    found: dict[str, list[Span]] = {}
    known = [_availability(row) for row in rows if row.id is not None]
    for (provider_id, _), spans in open_spans(known, first, last, reader.zone).items():
        found.setdefault(provider_id, []).extend(spans)
    hours = {provider_id: merge(spans) for provider_id, spans in found.items()}
    return CalendarWeek(hours, int(rows[0].agreed or 0) if rows else 0)


def _statement(reader: Reader, first: date, last: date) -> Any:
    """The clinic stands first, so that there is a row when nobody has hours."""
    row = ProviderAvailability
    range_ = days_of(first, last, reader.zone)
    return (
        select(
            row.id, row.provider_id, row.date, row.day_of_week, row.start_time, row.end_time, row.visit_mode,
            row.status, agreed_since_closing(reader, range_.start, range_.end).label("agreed"),
        )
        .select_from(Clinic)
        .outerjoin(Provider, Provider.clinic_id == Clinic.id)
        .outerjoin(row, row.provider_id == Provider.id)
        .where(Clinic.id == reader.clinic_id)
    )  # fmt: skip


def _availability(row: Any) -> Availability:
    return Availability(
        id=row.id, provider_id=row.provider_id, mode=row.visit_mode, status=row.status, start=row.start_time,
        end=row.end_time, on=row.date, weekday=row.day_of_week,
    )  # fmt: skip
