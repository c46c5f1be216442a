"""How long a chart of ten years takes to its first paint: 100,000 readings, 500 results, 300 visits.

Run with ``python -m benchmarks.chart``. *plain* are the same selects by the owner, whom row-level security lets
through, in one pipeline, without making anything of the rows; *chart* is what the window asks, as a provider, up to
the frozen results: header, then summary. The timeline's first page and a page in the middle of it are measured beside.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import text

from app.commands.stores import ServerStore
from app.db.server import ServerDatabase
from app.db.together import Together
from app.queries import chart, chart_summary, timeline
from benchmarks.busy_clinic import BusyClinic, busy_clinic
from tests.support.chart_rows import fill_chart
from tests.support.desk import NOW, Person
from tests.support.wire import Wire

ROUNDS = 30
PATIENT = "pat-lis"
_FILL = """
INSERT INTO measurements (id, patient_id, type, value, timestamp, source, created_at)
    SELECT 'mb' || n, :patient, 'BLOOD_PRESSURE',
           jsonb_build_object('systolic', 110 + n % 50, 'diastolic', 70 + n % 20),
           :now - n * interval '131 minutes', 'DEVICE', :now FROM generate_series(1, 40000) n;
INSERT INTO vital_readings (id, patient_id, timestamp, source, heart_rate, spo2, respiration, created_at)
    SELECT 'vb' || n, :patient, :now - n * interval '88 minutes', 'APPLE', 60 + n % 40, 97, 16, :now
    FROM generate_series(1, 60000) n;
INSERT INTO lab_orders (id, patient_id, provider_id, tests, status, ordered_at, completed_at, results, updated_at)
    SELECT 'lb' || n, :patient, 'p-okafor', '{CMP}', 'COMPLETED', :now - n * interval '7 days',
           :now - n * interval '7 days',
           jsonb_build_array(jsonb_build_object('name', 'Potassium', 'value', 4.0 + n % 9 / 10.0, 'unit', 'mmol/L')),
           :now FROM generate_series(1, 500) n;
INSERT INTO visit_slots (id, provider_id, start_time, end_time, visit_mode, status, updated_at)
    SELECT 'sb' || n, 'p-okafor', :now - n * interval '12 days' - interval '3 hours',
           :now - n * interval '12 days' - interval '160 minutes', 'IN_PERSON', 'BLOCKED', :now
    FROM generate_series(4, 303) n;
INSERT INTO visits (id, patient_id, provider_id, slot_id, visit_type, visit_mode, reason_text, status, updated_at)
    SELECT 'wb' || n, :patient, 'p-okafor', 'sb' || n, 'SCHEDULED', 'IN_PERSON', 'Follow-up', 'COMPLETED', :now
    FROM generate_series(4, 303) n;
ANALYZE;
"""


@dataclass(frozen=True, slots=True)
class Found:
    """Milliseconds by what was asked, and trips and statements of a first paint."""

    times: dict[str, float]
    trips: int
    statements: int


def typical(work: Callable[[], object]) -> float:
    """The lowest quarter of many runs in milliseconds: other programs on the machine only ever add to a time."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.quantiles(times, n=4)[0]


@contextmanager
def provider(clinic: BusyClinic, wire: Wire | None = None) -> Iterator[Person]:
    """Somebody who sees patients, behind a recorder if there is one."""
    person = clinic.desk.person("okafor", "ws-bench")
    person.store.close()
    url = clinic.staff_url("okafor")
    person.store = ServerStore(ServerDatabase({"conninfo": wire.through(url) if wire else url}, pool_size=1))
    try:
        yield person
    finally:
        person.store.close()


def first_paint(person: Person) -> Any:
    """What the window asks when a chart is opened."""
    person.ask(chart.chart_head, patient_id=PATIENT)
    return person.ask(chart_summary.chart_summary, patient_id=PATIENT)


def plain(person: Person, owner: psycopg.Connection) -> Callable[[], object]:
    """The same statements with the same values, without rights and without reading the rows."""
    asked: list[list[tuple[bytes, list[Any]]]] = []
    original = Together.rows

    def spy(self: Together, session: Any, **values: Any) -> Any:
        found = original(self, session, **values)
        asked.append([(one.text, one.values(values)) for one in self._compiled.values()])
        return found

    Together.rows = spy  # type: ignore[method-assign]
    try:
        first_paint(person)
    finally:
        Together.rows = original  # type: ignore[method-assign]

    def run() -> None:
        for statements in asked:
            with owner.pipeline():
                cursors = [psycopg.RawCursor(owner).execute(words, values) for words, values in statements]
            for cursor in cursors:
                cursor.fetchall()

    return run


def measure() -> Found:
    """Fill the chart and measure."""
    with busy_clinic() as clinic:
        fill_chart(clinic.desk, PATIENT)
        naive = NOW.replace(tzinfo=None)
        for statement in _FILL.strip().split(";\n"):
            words = text(statement.removesuffix(";"))
            known = {"patient": PATIENT, "now": naive}
            binds = {key: value for key, value in known.items() if f":{key}" in statement}
            clinic.desk.write(words.bindparams(**binds))
        times: dict[str, float] = {}
        with provider(clinic) as person, psycopg.connect(
            clinic.server.owner_url(clinic.database), autocommit=True
        ) as owner:  # fmt: skip
            assert len(first_paint(person).vitals) > 4
            times["plain"] = typical(plain(person, owner))
            times["chart"] = typical(lambda: first_paint(person))
            times["head"] = typical(lambda: person.ask(chart.chart_head, patient_id=PATIENT))
            page = person.ask(timeline.timeline, patient_id=PATIENT)
            times["timeline"] = typical(lambda: person.ask(timeline.timeline, patient_id=PATIENT))
            times["later page"] = typical(lambda: person.ask(timeline.timeline, patient_id=PATIENT, cursor=page.cursor))
            times["words"] = typical(lambda: person.ask(timeline.timeline, patient_id=PATIENT, text="follow"))
        with Wire(clinic.server.folder / ".s.PGSQL.5432") as wire, provider(clinic, wire) as person:
            first_paint(person)
            wire.reset()
            first_paint(person)
            return Found(times, wire.trips, len(wire.statements))


def main() -> None:
    """Print the result."""
    found = measure()
    print(f"plain selects              {found.times['plain']:7.1f} ms")
    for key, name in (("chart", "header and summary"), ("head", "header alone"), ("timeline", "timeline, first page"),
                      ("later page", "timeline, second page"), ("words", "timeline, words")):  # fmt: skip
        print(f"{name:26} {found.times[key]:7.1f} ms  x{found.times[key] / found.times['plain']:.2f}")
    print(f"first paint: {found.trips} trips, {found.statements} statements")


if __name__ == "__main__":
    main()
