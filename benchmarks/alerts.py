"""How long the inbox of alerts takes to open among 100,000 of them.

Run with ``python -m benchmarks.alerts [--alerts N]``. *plain* is one good statement by the owner, whom row-level
security lets through: the page's rows with patient and owner. *inbox* is what the window asks, as staff, up to the
frozen page: a statement for the clinic's limits and one for the page, whatever box and however many alerts.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import psycopg
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.queries.alerts import AlertBox, AlertRow, alert_counts, alert_page
from app.queries.core import Page, Reader
from benchmarks.busy_clinic import busy_clinic
from tests.support.desk import NOW, Person

ROUNDS = 9
FILL = """INSERT INTO public.alerts (id, patient_id, severity, type, title, body, payload, status, created_at)
    SELECT 'bench-a' || n, 'bench-' || n %% 2000,
      CASE WHEN n %% 50 = 0 THEN 'CRITICAL' WHEN n %% 3 = 0 THEN 'WARNING' ELSE 'INFO' END,
      'T' || n %% 7, 'Alert ' || n, 'Body', NULL, CASE WHEN n %% 4 = 0 THEN 'RESOLVED' ELSE 'ACTIVE' END,
      %(now)s - n * interval '20 seconds'
    FROM generate_series(1, %(alerts)s) n"""
PLAIN = """SELECT a.id, a.severity, a.type, a.title, a.body, a.payload, a.created_at, p.first_name, p.last_name,
      p.date_of_birth, d.owner_user, d.snoozed_until, l.display_name
    FROM alerts a JOIN patients p ON p.id = a.patient_id LEFT JOIN desktop.alert_detail d ON d.alert_id = a.id
    LEFT JOIN desktop.login l ON l.user_id = d.owner_user
    WHERE a.status = 'ACTIVE' AND (d.snoozed_until IS NULL OR d.snoozed_until <= %(now)s)
    ORDER BY CASE a.severity WHEN 'CRITICAL' THEN 0 WHEN 'WARNING' THEN 1 ELSE 2 END, a.created_at, a.id LIMIT 101"""


def typical(work: Callable[[], object]) -> float:
    """The lowest quarter of many runs in milliseconds: other programs on the machine only ever add to a time."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.quantiles(times, n=4)[0]


def statements(person: Person, box: AlertBox) -> int:
    """How many statements a page takes."""
    seen: list[str] = []

    def note(*given: object) -> None:
        seen.append(str(given[2]))

    def ask(session: Session, reader: Reader) -> Page[AlertRow]:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        try:
            return alert_page(session, reader, box=box, limit=100)
        finally:
            event.remove(engine, "before_cursor_execute", note)

    person.ask(ask)
    return len(seen)


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--alerts", type=int, default=100_000)
    alerts = parser.parse_args().alerts
    with busy_clinic() as clinic:
        person = clinic.desk.person("okafor", "ws-bench")
        with psycopg.connect(clinic.server.owner_url(clinic.database), autocommit=True) as owner:
            _fill(owner, alerts)
            plain = typical(lambda: owner.execute(PLAIN, {"now": NOW.replace(tzinfo=None)}).fetchall())
        print(f"{alerts} alerts; plain page {plain:.0f} ms")
        for box in AlertBox:
            took, count = typical(partial(person.ask, alert_page, box=box, limit=100)), statements(person, box)
            print(f"inbox {box.value:7} {took:6.0f} ms, {count} statements, x{took / plain:.2f}")
        print(f"the rail's number {typical(partial(person.ask, alert_counts)):.0f} ms")
        person.store.close()


def _fill(owner: psycopg.Connection, alerts: int) -> None:
    owner.execute("ALTER TABLE public.alerts DISABLE TRIGGER USER")
    owner.execute(FILL, {"alerts": alerts, "now": NOW.replace(tzinfo=None)})
    owner.execute("ALTER TABLE public.alerts ENABLE TRIGGER USER")
    owner.execute("VACUUM ANALYZE public.alerts")


if __name__ == "__main__":
    main()
