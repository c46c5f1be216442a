"""How long the inboxes of requests, conversations and alerts take to open among 100,000 of each.

Run with ``python -m benchmarks.inboxes [--rows N] [--clinics 2]``. What the window asks, as staff, up to the frozen
page: the first page and the one after it, and the numbers in the rail. Beside the wall's milliseconds stand those of
the server's processor, which a busy machine stretches less. With a second clinic row-level security looks every
patient up.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.queries.alerts import AlertBox, alert_page
from app.queries.core import Page, Reader
from app.queries.counts import rail_counts
from app.queries.messages import ThreadBox, thread_page, unread_counts
from app.queries.requests import RequestBox, request_page
from benchmarks.busy_clinic import busy_clinic
from tests.support.desk import NOW, Person

ROUNDS = 9
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
SECOND = "INSERT INTO public.clinics (id, name, updated_at) VALUES ('clinic-2', 'Elsewhere', now())"


def fill(owner: psycopg.Connection, rows: int, clinics: int) -> None:
    """Fill the tables without triggers of ours."""
    tables = ("public.visit_requests", "public.message_threads", "public.messages", "public.alerts",
              "desktop.thread_detail", "desktop.unread_message")  # fmt: skip
    values = {"rows": rows, "now": NOW.replace(tzinfo=None)}
    for table in tables:
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for statement in (REQUESTS, THREADS, MESSAGES, DETAILS, ALERTS):
        owner.execute(statement.encode(), values)
    owner.execute(UNREAD)
    if clinics > 1:
        owner.execute(SECOND)
    for table in tables:
        owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        owner.execute(f"VACUUM ANALYZE {table}")


def processor_ms(backend: int) -> float:
    """Milliseconds of processor that a server's process has used."""
    fields = Path(f"/proc/{backend}/schedstat").read_text(encoding="utf-8").split()
    return int(fields[0]) / 1e6 if fields else 0.0


def typical(work: Callable[[], object]) -> float:
    """The lowest quarter of many runs in milliseconds: other programs on the machine only ever add to a time."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.quantiles(times, n=4)[0]


def measured(person: Person, what: str, work: Callable[[], object]) -> None:
    """Print what a question typically takes: on the wall, and of the server's and our own processor."""

    def backend(session: Session, _reader: Reader) -> int:
        return int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())

    pid = person.ask(backend)
    work()
    rounds, server, own = 5, processor_ms(pid), time.process_time()
    for _ in range(rounds):
        work()
    server, own = (processor_ms(pid) - server) / rounds, (time.process_time() - own) * 1000 / rounds
    print(f"{what:28} {typical(work):6.0f} ms; server {server:6.1f} ms, client {own:5.1f} ms of processor", flush=True)


def pages(person: Person, what: str, page: Any, **said: Any) -> None:
    """Measure the first page and the one that follows it."""
    first: Page[Any] = person.ask(page, limit=50, **said)
    measured(person, what, partial(person.ask, page, limit=50, **said))
    if first.cursor is not None:
        measured(person, f"{what}, next", partial(person.ask, page, limit=50, cursor=first.cursor, **said))


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--clinics", type=int, choices=(1, 2), default=1)
    said = parser.parse_args()
    with busy_clinic() as clinic:
        with psycopg.connect(clinic.server.owner_url(clinic.database), autocommit=True) as owner:
            fill(owner, said.rows, said.clinics)
        print(f"{said.rows:,} of each, {said.clinics} clinic(s); process {os.getpid()}", flush=True)
        person = clinic.desk.person("okafor", "ws-bench")
        for request_box in RequestBox:
            pages(person, f"requests {request_box.value}", request_page, box=request_box)
        for thread_box in ThreadBox:
            pages(person, f"messages {thread_box.value}", thread_page, box=thread_box)
        for alert_box in AlertBox:
            pages(person, f"alerts {alert_box.value}", alert_page, box=alert_box)
        measured(person, "unread", partial(person.ask, unread_counts))
        measured(person, "the rail's numbers", partial(person.ask, rail_counts))
        person.store.close()


if __name__ == "__main__":
    main()
