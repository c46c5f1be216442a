"""How long the inboxes of requests, conversations, alerts, tasks, results and referrals take among 100,000 of each.

Run with ``python -m benchmarks.inboxes [--rows N] [--clinics 2]``. What the window asks, as staff, up to the frozen
page: the first page and the one after it, and the numbers in the rail. Beside the wall's milliseconds stand those of
the server's processor, which a busy machine stretches less, the trips and statements that crossed the wire, how many
rows the server read without an index, and for each inbox how much longer the first page takes than the same rows as
plain SQL by the owner. With a second clinic row-level security looks every patient up.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.queries.alerts import AlertBox, alert_page
from app.queries.core import Page, Reader
from app.queries.counts import rail_counts
from app.queries.labs import Which, results_to_review
from app.queries.messages import ThreadBox, thread_page, unread_counts
from app.queries.referrals import referral_list
from app.queries.requests import RequestBox, request_page
from app.queries.tasks import Inbox, task_inbox
from benchmarks.busy_clinic import BusyClinic, busy_clinic
from benchmarks.chart import provider
from benchmarks.inbox_rows import PLAIN, TABLES, fill
from tests.support.desk import Person
from tests.support.wire import Wire

ROUNDS = 9
_SCANNED = "SELECT coalesce(sum(seq_tup_read), 0)::bigint FROM pg_stat_user_tables WHERE relid = ANY (%s::regclass[])"


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


def _pid(session: Session, _reader: Reader) -> int:
    return int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())


def _told(session: Session, _reader: Reader) -> None:
    """Have the server's counters told now; otherwise it tells them once a second."""
    session.execute(text("SELECT pg_stat_force_next_flush()"))


@dataclass(frozen=True, slots=True)
class Bench:
    """Somebody of the staff, the same person behind a recorder, and the owner."""

    person: Person
    recorded: Person
    wire: Wire
    owner: psycopg.Connection

    def measure(self, what: str, question: Callable[..., Any], **said: Any) -> float:
        """Print what a question typically takes; return the milliseconds."""
        work = partial(self.person.ask, question, **said)
        pid = self.person.ask(_pid)
        work()
        rounds, server, own = 5, processor_ms(pid), time.process_time()
        for _ in range(rounds):
            work()
        server, own = (processor_ms(pid) - server) / rounds, (time.process_time() - own) * 1000 / rounds
        took = typical(work)
        trips, statements = self._crossed(question, **said)
        print(f"{what:28} {took:6.0f} ms; server {server:6.1f} ms, client {own:5.1f} ms of processor; "
              f"{trips} trips, {statements} statements; {self._unindexed(work):,} rows without an index",
              flush=True)  # fmt: skip
        return took

    def pages(self, what: str, page: Any, *, plain: str = "", **said: Any) -> None:
        """Measure the first page, beside plain SQL where that is named, and the one that follows it."""
        first: Page[Any] = self.person.ask(page, limit=50, **said)
        took = self.measure(what, page, limit=50, **said)
        if plain:
            self.beside(took, plain)
        if first.cursor is not None:
            self.measure(f"{what}, next", page, limit=50, cursor=first.cursor, **said)

    def beside(self, took: float, plain: str) -> None:
        """Print the ratio to the same rows as plain SQL."""
        bare = typical(lambda: self.owner.execute(PLAIN[plain].encode()).fetchall())
        print(f"{'':28} plain SQL {bare:.1f} ms: x{took / bare:.2f}", flush=True)

    def _crossed(self, question: Callable[..., Any], **said: Any) -> tuple[int, int]:
        self.recorded.ask(question, **said)
        self.wire.reset()
        self.recorded.ask(question, **said)
        return self.wire.trips, len(self.wire.statements)

    def _unindexed(self, work: Callable[[], object]) -> int:
        self.person.ask(_told)
        before = self._scanned()
        work()
        self.person.ask(_told)
        return self._scanned() - before

    def _scanned(self) -> int:
        self.owner.execute("SELECT pg_stat_force_next_flush()")  # what plain SQL read belongs to before
        row = self.owner.execute(_SCANNED, [list(TABLES)]).fetchone()
        return int(row[0]) if row is not None else 0


def inboxes(bench: Bench) -> None:
    """Open each inbox by each of its views."""
    for request_box in RequestBox:
        plain = "requests" if request_box is RequestBox.OPEN else ""
        bench.pages(f"requests {request_box.value}", request_page, plain=plain, box=request_box)
    for thread_box in ThreadBox:
        plain = "messages" if thread_box is ThreadBox.ALL else ""
        bench.pages(f"messages {thread_box.value}", thread_page, plain=plain, box=thread_box)
    for alert_box in AlertBox:
        plain = "alerts" if alert_box is AlertBox.ALL else ""
        bench.pages(f"alerts {alert_box.value}", alert_page, plain=plain, box=alert_box)
    for inbox in Inbox:
        bench.pages(f"tasks {inbox.value}", task_inbox, plain="tasks" if inbox is Inbox.ALL else "", inbox=inbox)
    for which in Which:
        took = bench.measure(f"results {which.value}", results_to_review, which=which)
        if which is Which.ALL:
            bench.beside(took, "results")
    bench.pages("referrals", referral_list, plain="referrals")
    bench.pages("referrals overdue", referral_list, overdue=True)
    bench.measure("unread", unread_counts)
    bench.measure("the rail's numbers", rail_counts)


def _measured(clinic: BusyClinic, rows: int, clinics: int) -> None:
    with ExitStack() as stack:
        url = clinic.server.owner_url(clinic.database)
        owner = stack.enter_context(psycopg.connect(url, autocommit=True))
        fill(owner, rows, clinics)
        print(f"{rows:,} of each, {clinics} clinic(s); process {os.getpid()}", flush=True)
        wire = stack.enter_context(Wire(clinic.server.folder / ".s.PGSQL.5432"))
        recorded = stack.enter_context(provider(clinic, wire))
        person = stack.enter_context(provider(clinic))
        inboxes(Bench(person, recorded, wire, owner))


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--clinics", type=int, choices=(1, 2), default=1)
    said = parser.parse_args()
    with busy_clinic() as clinic:
        _measured(clinic, said.rows, said.clinics)


if __name__ == "__main__":
    main()
