"""The statements of the reports: PostgreSQL's own, under the person's row-level security."""

from __future__ import annotations

from sqlalchemy import Date, text

from app.domain.visits import DID_NOT_ARRIVE_REASON, CancelKind

_ABSENT = (
    f"v.status = 'CANCELLED' AND (d.cancel_kind = '{CancelKind.DID_NOT_ARRIVE.value}' "
    f"OR (d.cancel_kind IS NULL AND d.cancel_reason = '{DID_NOT_ARRIVE_REASON}'))"
)
_FROM = """
    FROM public.visits v
    JOIN public.visit_slots s ON s.id = v.slot_id AND s.start_time >= :start AND s.start_time < :until
    JOIN public.providers p ON p.id = s.provider_id AND p.clinic_id = :clinic
    LEFT JOIN desktop.visit_detail d ON d.visit_id = v.id
"""

VISITS = text(f"""
    SELECT p.id, p.name, count(*) AS visits,
        count(*) FILTER (WHERE v.status = 'PLANNED') AS planned,
        count(*) FILTER (WHERE v.status = 'CHECKED_IN') AS arrived,
        count(*) FILTER (WHERE v.status = 'IN_PROGRESS') AS in_progress,
        count(*) FILTER (WHERE v.status = 'COMPLETED') AS completed,
        count(*) FILTER (WHERE v.status = 'CANCELLED' AND ({_ABSENT}) IS NOT TRUE) AS cancelled,
        count(*) FILTER (WHERE {_ABSENT}) AS did_not_arrive,
        count(*) FILTER (WHERE v.status = 'NO_SHOW') AS left_before_seen
    {_FROM}
    GROUP BY p.id, p.name ORDER BY p.name, p.id
""")

OVER_TIME = text(f"""
    WITH counted AS (
        SELECT date_trunc(:step, s.start_time AT TIME ZONE 'UTC' AT TIME ZONE :zone)::date AS day, count(*) AS visits,
            count(*) FILTER (WHERE v.status = 'COMPLETED') AS completed,
            count(*) FILTER (WHERE v.status = 'CANCELLED' AND ({_ABSENT}) IS NOT TRUE) AS cancelled,
            count(*) FILTER (WHERE v.status = 'NO_SHOW' OR {_ABSENT}) AS missed
        {_FROM}
        GROUP BY 1
    )
    SELECT g.day::date AS day, coalesce(c.visits, 0) AS visits, coalesce(c.completed, 0) AS completed,
        coalesce(c.cancelled, 0) AS cancelled, coalesce(c.missed, 0) AS missed
    FROM generate_series(date_trunc(:step, CAST(:first AS timestamp)), CAST(:last AS timestamp),
                         CAST('1 ' || :step AS interval)) AS g(day)
    LEFT JOIN counted c ON c.day = g.day::date
    ORDER BY 1
""").columns(day=Date())  # noqa: S608 - constants of this file

# What the visit says counts before what the slot says: the backend's visits may lie on slots that say FREE, and those
# it called off on slots that say BOOKED. Times offered twice (virtual and in person at the same hour)
# and overbooked ones count once: a union of ranges.
SLOTS = text("""
    WITH spans AS (
        SELECT s.provider_id, tsrange(s.start_time, s.end_time) AS span,
            coalesce(v.status NOT IN ('CANCELLED', 'NO_SHOW'), s.status = 'BOOKED') AS booked
        FROM public.providers p
        JOIN public.visit_slots s ON s.provider_id = p.id AND s.start_time >= :start AND s.start_time < :until
        LEFT JOIN desktop.slot_detail d ON d.slot_id = s.id
        LEFT JOIN public.visits v ON v.slot_id = s.id
        WHERE p.clinic_id = :clinic AND s.status <> 'BLOCKED' AND s.end_time > s.start_time
          AND d.origin IS DISTINCT FROM 'retired' AND d.origin IS DISTINCT FROM 'history'
    ), unions AS (
        SELECT provider_id, range_agg(span) AS offered, range_agg(span) FILTER (WHERE booked) AS booked
        FROM spans GROUP BY provider_id
    )
    SELECT p.id, p.name, coalesce(o.minutes, 0) AS offered, coalesce(b.minutes, 0) AS booked
    FROM unions u JOIN public.providers p ON p.id = u.provider_id
    CROSS JOIN LATERAL (SELECT sum(extract(epoch FROM upper(r) - lower(r))) / 60 AS minutes FROM unnest(u.offered) r) o
    CROSS JOIN LATERAL (SELECT sum(extract(epoch FROM upper(r) - lower(r))) / 60 AS minutes FROM unnest(u.booked) r) b
    ORDER BY p.name, p.id
""")

# From the first arrival to the first beginning after it.
WAITING = text("""
    WITH waits AS (
        SELECT p.id, p.name, extract(epoch FROM begun.at - arrived.at) AS seconds
        FROM public.providers p
        JOIN public.visit_slots s ON s.provider_id = p.id AND s.start_time >= :start AND s.start_time < :until
        JOIN public.visits v ON v.slot_id = s.id
        CROSS JOIN LATERAL (SELECT min(e.at) AS at FROM desktop.visit_event e
                            WHERE e.visit_id = v.id AND e.status = 'CHECKED_IN') arrived
        CROSS JOIN LATERAL (SELECT min(e.at) AS at FROM desktop.visit_event e
                            WHERE e.visit_id = v.id AND e.status = 'IN_PROGRESS' AND e.at >= arrived.at) begun
        WHERE p.clinic_id = :clinic AND begun.at IS NOT NULL
    )
    SELECT id, name, count(*) AS visits, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) AS p90, max(seconds) AS longest
    FROM waits GROUP BY GROUPING SETS ((id, name), ()) HAVING count(*) > 0 ORDER BY name NULLS LAST, id
""")

LOOPS = text("""
    WITH loops AS (
        SELECT 'results' AS loop, r.resulted_at AS at, false AS late FROM desktop.lab_review r
        WHERE r.clinic_id = :clinic AND r.state = 'WAITING'
        UNION ALL SELECT 'referrals', coalesce(r.sent_at, r.created_at), false FROM public.providers p
        JOIN public.referrals r ON r.provider_id = p.id AND r.status IN ('PENDING', 'SENT') WHERE p.clinic_id = :clinic
        UNION ALL SELECT 'followUps', k.created_at, k.due_on < :today FROM desktop.task k
        WHERE k.clinic_id = :clinic AND k.status = 'OPEN' AND k.kind = 'BOOK_FOLLOW_UP'
        UNION ALL SELECT 'noteDrafts', n.created_at, false FROM desktop.visit_note n
        WHERE n.clinic_id = :clinic AND n.status = 'DRAFT'
        UNION ALL SELECT 'excuseDrafts', n.created_at, false FROM public.providers p
        JOIN public.excuse_notes n ON n.provider_id = p.id AND n.status = 'DRAFT' WHERE p.clinic_id = :clinic
        UNION ALL SELECT 'alerts', a.created_at, false FROM public.alerts a
        JOIN public.patients q ON q.id = a.patient_id AND q.clinic_id = :clinic WHERE a.status = 'ACTIVE'
    )
    SELECT k.loop, count(l.at) AS open,
        count(*) FILTER (WHERE l.at > CAST(:now AS timestamp) - interval '1 day') AS day,
        count(*) FILTER (WHERE l.at <= CAST(:now AS timestamp) - interval '1 day'
                         AND l.at > CAST(:now AS timestamp) - interval '3 days') AS three,
        count(*) FILTER (WHERE l.at <= CAST(:now AS timestamp) - interval '3 days'
                         AND l.at > CAST(:now AS timestamp) - interval '7 days') AS seven,
        count(*) FILTER (WHERE l.at <= CAST(:now AS timestamp) - interval '7 days') AS older,
        count(*) FILTER (WHERE l.late) AS overdue
    FROM unnest(ARRAY['results', 'referrals', 'followUps', 'noteDrafts', 'excuseDrafts', 'alerts']) k(loop)
    LEFT JOIN loops l ON l.loop = k.loop
    GROUP BY k.loop
""")
