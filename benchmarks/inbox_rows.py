"""Rows for the inboxes' benchmark, and each inbox's first page as plain SQL."""

from __future__ import annotations

import psycopg

from tests.support.desk import NOW

REQUESTS = """
INSERT INTO public.visit_requests (id, patient_id, "requestType", "visitMode", reason_text, severity, status,
        created_at, updated_at)
    SELECT 'bench-q' || n, 'bench-' || n %% 2000, 'SCHEDULED', 'IN_PERSON', 'Reason ' || n,
           (CASE WHEN n %% 50 = 0 THEN 'RED' WHEN n %% 9 = 0 THEN 'ORANGE' WHEN n %% 3 = 0 THEN 'YELLOW' ELSE 'GREEN'
            END)::public."SeverityLevel",
           (CASE n %% 5 WHEN 0 THEN 'CANCELLED' WHEN 1 THEN 'TRIAGED' WHEN 2 THEN 'AWAITING_PATIENT_CONFIRMATION'
            ELSE 'NEW' END)::public."RequestStatus", %(now)s - n * interval '20 seconds', %(now)s
    FROM generate_series(1, %(rows)s) n"""
THREADS = """
INSERT INTO public.message_threads (id, patient_id, clinic_id, participants, subject, last_message_at, created_at,
        updated_at)
    SELECT 'bench-t' || n, 'bench-' || n %% 2000, NULL, jsonb_build_array('bench-u' || n %% 2000,
           CASE n %% 3 WHEN 0 THEN 'u-okafor' WHEN 1 THEN 'u-chen' ELSE 'u-desk' END), 'Subject ' || n,
           %(now)s - n * interval '20 seconds', %(now)s - n * interval '30 seconds', %(now)s
    FROM generate_series(1, %(rows)s) n"""
MESSAGES = """
INSERT INTO public.messages (id, thread_id, sender_id, content, read, created_at)
    SELECT 'bench-m' || n || '-' || k, 'bench-t' || n,
           CASE WHEN k %% 2 = 0 THEN 'bench-u' || n %% 2000 ELSE 'u-desk' END, 'What was said ' || k,
           k < 4 OR n %% 20 > 0, %(now)s - n * interval '20 seconds' - (4 - k) * interval '1 hour'
    FROM generate_series(1, %(rows)s) n, generate_series(1, 4) k"""
UNREAD = """
INSERT INTO desktop.unread_message (message_id, thread_id, sender_id)
    SELECT m.id, m.thread_id, m.sender_id FROM public.messages m
    WHERE NOT m.read AND EXISTS (SELECT FROM public.patients p WHERE p.user_id = m.sender_id) ON CONFLICT DO NOTHING"""
DETAILS = """
INSERT INTO desktop.thread_detail (thread_id, clinic_id, owner_user, owner_role, closed_at, updated_at)
    SELECT 'bench-t' || n, 'clinic-1', CASE WHEN n %% 2 = 0 THEN 'u-okafor' END,
           CASE WHEN n %% 6 = 1 THEN 'PROVIDER' END, CASE WHEN n %% 5 = 0 THEN %(now)s::timestamp END, %(now)s
    FROM generate_series(1, %(rows)s) n WHERE n %% 3 = 0 OR n %% 6 = 1"""
ALERTS = """INSERT INTO public.alerts (id, patient_id, severity, type, title, body, payload, status, created_at)
    SELECT 'bench-a' || n, 'bench-' || n %% 2000,
      CASE WHEN n %% 50 = 0 THEN 'CRITICAL' WHEN n %% 3 = 0 THEN 'WARNING' ELSE 'INFO' END,
      'T' || n %% 7, 'Alert ' || n, 'Body', NULL, CASE WHEN n %% 4 = 0 THEN 'RESOLVED' ELSE 'ACTIVE' END,
      %(now)s - n * interval '20 seconds'
    FROM generate_series(1, %(rows)s) n"""
TASKS = """
INSERT INTO desktop.task (id, clinic_id, patient_id, kind, title, detail, owner_user, owner_role, due_on, window_days,
        status, created_at, created_by, updated_at)
    SELECT 'bench-k' || n, 'clinic-1', 'bench-' || n %% 2000,
           CASE n %% 3 WHEN 0 THEN 'CALL_BACK' WHEN 1 THEN 'BOOK_FOLLOW_UP' ELSE 'REVIEW' END, 'Task ' || n, '',
           CASE WHEN n %% 3 = 0 THEN 'u-okafor' WHEN n %% 3 = 1 THEN 'u-chen' END,
           CASE WHEN n %% 3 = 2 THEN 'PROVIDER' END, CASE WHEN n %% 4 > 0 THEN %(now)s::date + n %% 90 - 30 END, 0,
           CASE WHEN n %% 5 = 0 THEN 'DONE' ELSE 'OPEN' END, %(now)s - n * interval '20 seconds', 'u-desk', %(now)s
    FROM generate_series(1, %(rows)s) n"""
ORDERS = """
INSERT INTO public.lab_orders (id, patient_id, provider_id, tests, status, ordered_at, completed_at, results,
        updated_at)
    SELECT 'bench-o' || n, 'bench-' || n %% 2000, CASE WHEN n %% 2 = 0 THEN 'p-okafor' ELSE 'p-chen' END, '{CMP}',
           'COMPLETED', %(now)s - n * interval '20 seconds', %(now)s - n * interval '20 seconds',
           jsonb_build_array(jsonb_build_object('name', 'Potassium', 'value', 4.0, 'unit', 'mmol/L')), %(now)s
    FROM generate_series(1, %(rows)s) n"""
REVIEWS = """
INSERT INTO desktop.lab_review (order_id, clinic_id, patient_id, state, owner_user, resulted_at, critical, abnormal,
        updated_at)
    SELECT 'bench-o' || n, 'clinic-1', 'bench-' || n %% 2000, CASE WHEN n %% 4 = 0 THEN 'SIGNED' ELSE 'WAITING' END,
           CASE WHEN n %% 2 = 0 THEN 'u-okafor' ELSE 'u-chen' END, %(now)s - n * interval '20 seconds', n %% 500 = 1,
           n %% 20 = 1, %(now)s
    FROM generate_series(1, %(rows)s) n"""
REFERRALS = """
INSERT INTO public.referrals (id, patient_id, provider_id, specialty, reason, priority, status, sent_at, created_at,
        updated_at)
    SELECT 'bench-r' || n, 'bench-' || n %% 2000, CASE WHEN n %% 2 = 0 THEN 'p-okafor' ELSE 'p-chen' END, 'Cardiology',
           'Reason ' || n, (CASE n %% 40 WHEN 0 THEN 'STAT' WHEN 1 THEN 'URGENT' ELSE 'ROUTINE' END)
           ::public."ReferralPriority",
           (CASE n %% 5 WHEN 0 THEN 'PENDING' WHEN 1 THEN 'SENT' WHEN 2 THEN 'ACCEPTED' ELSE 'COMPLETED' END)
           ::public."ReferralStatus", CASE WHEN n %% 5 > 0 THEN %(now)s - n * interval '2 minutes' END,
           %(now)s - n * interval '2 minutes', %(now)s
    FROM generate_series(1, %(rows)s) n"""
SECOND = "INSERT INTO public.clinics (id, name, updated_at) VALUES ('clinic-2', 'Elsewhere', now())"


TABLES = ("public.visit_requests", "public.message_threads", "public.messages", "public.alerts",
          "desktop.thread_detail", "desktop.unread_message", "desktop.task", "public.lab_orders", "desktop.lab_review",
          "public.referrals")  # fmt: skip
_NAMES = "JOIN public.patients p ON p.id = x.patient_id"
PLAIN = {
    "requests": f"""SELECT x.*, p.first_name, p.last_name FROM public.visit_requests x {_NAMES}
        WHERE x.status IN ('NEW', 'TRIAGED', 'AWAITING_PATIENT_CONFIRMATION')
        ORDER BY x.severity DESC, x.created_at, x.id LIMIT 51""",
    "messages": f"""SELECT x.*, p.first_name, p.last_name, d.* FROM public.message_threads x {_NAMES}
        LEFT JOIN desktop.thread_detail d ON d.thread_id = x.id WHERE d.closed_at IS NULL
        ORDER BY x.last_message_at DESC, x.id DESC LIMIT 51""",
    "alerts": f"""SELECT x.*, p.first_name, p.last_name FROM public.alerts x {_NAMES} WHERE x.status = 'ACTIVE'
        ORDER BY array_position(ARRAY['CRITICAL', 'WARNING', 'INFO'], x.severity), x.created_at DESC, x.id LIMIT 51""",
    "tasks": f"""SELECT x.*, p.first_name, p.last_name FROM desktop.task x {_NAMES} WHERE x.status = 'OPEN'
        ORDER BY x.due_on, x.created_at, x.id LIMIT 51""",
    "results": f"""SELECT x.*, o.tests, o.results, p.first_name, p.last_name FROM desktop.lab_review x {_NAMES}
        JOIN public.lab_orders o ON o.id = x.order_id WHERE x.clinic_id = 'clinic-1' AND x.state = 'WAITING'
        ORDER BY x.critical DESC, x.resulted_at LIMIT 51""",
    "referrals": f"""SELECT x.*, p.first_name, p.last_name FROM public.referrals x {_NAMES}
        ORDER BY x.created_at DESC, x.id DESC LIMIT 51""",
}
"""By the owner, whom row-level security lets through; nothing is made of the rows."""


def fill(owner: psycopg.Connection, rows: int, clinics: int) -> None:
    """Fill the tables without triggers of ours."""
    values = {"rows": rows, "now": NOW.replace(tzinfo=None)}
    for table in TABLES:
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for statement in (REQUESTS, THREADS, MESSAGES, DETAILS, ALERTS, TASKS, ORDERS, REVIEWS, REFERRALS):
        owner.execute(statement.encode(), values)
    owner.execute(UNREAD)
    if clinics > 1:
        owner.execute(SECOND)
    for table in TABLES:
        owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        owner.execute(f"VACUUM ANALYZE {table}")
