"""The numbers in the rail: what waits in each area."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import Provider, Visit, VisitSlot
from app.domain.enums import ReferralPriority, VisitStatus
from app.queries.alerts import waiting_alerts
from app.queries.core import Reader, query
from app.queries.day_board import day_span
from app.queries.excuse_notes import waiting_notes
from app.queries.labs import waiting_results
from app.queries.messages import waiting_threads
from app.queries.referrals import late_referrals, waiting_days
from app.queries.requests import waiting_requests
from app.queries.rules import waiting_parts
from app.queries.tasks import waiting_tasks


@query(offline=True)
def rail_counts(session: Session, reader: Reader) -> Mapping[str, int]:
    """Return a number for each area that has one: arrived, tasks due, results, alerts, requests, overdue referrals,
    drafts of notes, parts of runs that are held.

    The first is the count of the board's column Arrived; visits and patients have none, their rows ask for nothing.
    Two statements: the clinic's days for referrals, and all numbers.
    """
    row = session.execute(counting(reader, waiting_days(session, reader))).one()
    return {"today": int(row.arrived), "tasks": int(row.tasks), "labs": int(row.labs), "alerts": int(row.alerts),
            "requests": int(row.requests), "messages": int(row.messages),
            "referrals": int(row.referrals), "notes": int(row.notes), "rules": int(row.rules)}  # fmt: skip


def counting(reader: Reader, days: Mapping[ReferralPriority, int]) -> Any:
    """Return the statement; ``days``: how long a referral may wait.

    The tables that move its numbers are `app.domain.rail.COUNTED_TABLES`.
    """
    return select(
        _arrived(reader).label("arrived"), waiting_tasks(reader).label("tasks"),
        waiting_results(reader).label("labs"), waiting_alerts(reader).label("alerts"),
        waiting_requests(reader).label("requests"), waiting_threads(reader).label("messages"),
        late_referrals(reader, days).label("referrals"), waiting_notes(reader).label("notes"),
        waiting_parts(reader).label("rules"),
    )  # fmt: skip


def _arrived(reader: Reader) -> Any:
    first, last = day_span(reader, reader.today)
    return (
        select(func.count())
        .select_from(Visit)
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .join(Provider, Provider.id == Visit.provider_id)
        .where(
            Provider.clinic_id == reader.clinic_id,
            Visit.status == VisitStatus.CHECKED_IN,
            VisitSlot.start_time >= first,
            VisitSlot.start_time < last,
        )
        .scalar_subquery()
    )
