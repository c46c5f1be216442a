"""What waits in the demo this morning, for its sign-in page: read as the owner, before anybody signs in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import dict_row

# The day is the demo's own, in its zone; timestamps are UTC without a zone.
_FIGURES = """
WITH here AS (
    SELECT s.clinic_id, s.timezone, desktop.db_now() AS now,
           (date_trunc('day', desktop.db_now() AT TIME ZONE 'UTC' AT TIME ZONE s.timezone)
                AT TIME ZONE s.timezone) AT TIME ZONE 'UTC' AS day_start,
           ((date_trunc('day', desktop.db_now() AT TIME ZONE 'UTC' AT TIME ZONE s.timezone) + interval '1 day')
                AT TIME ZONE s.timezone) AT TIME ZONE 'UTC' AS day_end
    FROM desktop.clinic_settings s CROSS JOIN desktop.installation i WHERE i.is_demo LIMIT 1
), away AS (
    SELECT c.provider_id, c.start_time, c.end_time FROM desktop.day_closure c, here
    WHERE c.clinic_id = here.clinic_id AND c.reopened_at IS NULL
), booked AS (
    SELECT v.status, v.provider_id, l.start_time, u.email,
           EXISTS (SELECT FROM away a WHERE a.provider_id = v.provider_id
                   AND a.start_time < l.end_time AND a.end_time > l.start_time) AS to_move
    FROM public.visits v JOIN public.visit_slots l ON l.id = v.slot_id
    JOIN public.providers p ON p.id = v.provider_id LEFT JOIN public.users u ON u.id = p.user_id, here
    WHERE p.clinic_id = here.clinic_id AND l.start_time >= here.day_start AND l.start_time < here.day_end
), queue AS (
    SELECT w.arrived_at FROM desktop.walk_in w, here WHERE w.clinic_id = here.clinic_id AND w.status = 'WAITING'
), results AS (
    SELECT o.results FROM public.lab_orders o, here
    WHERE o.status = 'COMPLETED' AND o.completed_at > here.now - interval '3 days'
)
SELECT here.timezone, here.now,
    (SELECT count(*) FROM booked WHERE status = 'CHECKED_IN') AS arrived,
    (SELECT count(*) FROM queue) AS walk_ins,
    (SELECT extract(epoch FROM here.now - min(arrived_at)) FROM queue) AS longest,
    (SELECT min(start_time) FROM booked WHERE status = 'PLANNED' AND NOT to_move AND start_time >= here.now) AS next,
    (SELECT min(start_time) FROM booked
     WHERE status = 'PLANNED' AND NOT to_move AND start_time >= here.now AND email = %(provider)s) AS next_of,
    (SELECT count(*) FROM booked WHERE status IN ('PLANNED', 'CHECKED_IN') AND NOT to_move
     AND email = %(provider)s) AS left_of,
    (SELECT count(*) FROM booked WHERE status = 'PLANNED' AND to_move) AS to_move,
    (SELECT string_agg(DISTINCT p.name, ', ') FROM away a JOIN public.providers p ON p.id = a.provider_id
     WHERE a.start_time <= here.now AND a.end_time > here.now) AS absent,
    (SELECT count(*) FROM results) AS results,
    (SELECT count(*) FROM results r
     WHERE jsonb_path_exists(r.results, '$[*].flag ? (@ == "HH" || @ == "LL")')) AS critical,
    (SELECT count(*) FROM desktop.login l WHERE l.clinic_id = here.clinic_id AND l.disabled_at IS NULL) AS accounts
FROM here
"""


@dataclass(frozen=True, slots=True)
class DemoFigures:
    """The demo's morning in numbers; instants aware UTC, ``longest_wait`` in whole minutes.

    ``next_of_provider`` and ``left_of_provider`` belong to the provider that was asked for.
    """

    now: datetime
    zone: ZoneInfo
    arrived: int
    walk_ins: int
    longest_wait: int
    next: datetime | None
    next_of_provider: datetime | None
    left_of_provider: int
    to_move: int
    absent: str
    results: int
    critical: int
    accounts: int


def demo_figures(owner_url: str, provider_email: str = "") -> DemoFigures | None:
    """Return what waits in the demo now, by its own clock; None when there is no demo. One statement."""
    with psycopg.connect(owner_url, row_factory=dict_row) as raw:
        row = raw.execute(_FIGURES, {"provider": provider_email}).fetchone()
    return None if row is None else _figures(row)


def _figures(row: dict[str, Any]) -> DemoFigures:
    return DemoFigures(
        now=row["now"].replace(tzinfo=UTC), zone=ZoneInfo(row["timezone"]), arrived=row["arrived"],
        walk_ins=row["walk_ins"], longest_wait=int((row["longest"] or 0) // 60), next=_aware(row["next"]),
        next_of_provider=_aware(row["next_of"]), left_of_provider=row["left_of"], to_move=row["to_move"],
        absent=row["absent"] or "", results=row["results"], critical=row["critical"], accounts=row["accounts"],
    )  # fmt: skip


def _aware(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.replace(tzinfo=UTC)
