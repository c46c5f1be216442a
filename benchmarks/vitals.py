"""How long the chart's readings take, and how fluid panning and zooming are.

Run with ``python -m benchmarks.vitals [--minutes]``. *plain* is one good aggregate by the owner, whom row-level
security lets through, without looking at what the JSON holds; *chart* is what the window asks, as staff, up to the
frozen result: 100,000 readings of one patient in ten years. *frames* pans and zooms the widget offscreen, every frame
painted anew. ``--minutes`` adds ten years of minute readings (5.3 million rows) and asks for those too.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import psycopg
from PySide6.QtWidgets import QApplication

from app.domain.vitals_metrics import Metric
from app.queries.vitals import vital_extents, vital_page
from app.queries.vitals_series import SeriesSet, vital_series
from app.ui.areas.chart.vitals.lanes import lane_of
from app.ui.areas.chart.vitals.source import AROUND, COLUMNS
from app.ui.theme.theme import Appearance, Theme
from app.ui.widgets.timeseries.chart import TimeSeriesChart
from app.ui.widgets.timeseries.model import ms_of
from app.ui.widgets.timeseries.span import Span
from benchmarks.busy_clinic import busy_clinic
from tests.support.desk import NOW, Person

PATIENT, MINUTELY = "pat-lis", "pat-roux"
YEARS = timedelta(days=3650)
ROUNDS = 15
METRICS = (Metric.BLOOD_PRESSURE, Metric.GLUCOSE, Metric.WEIGHT, Metric.HRV)
TABLES = ("measurements", "vital_readings", "hrv_readings", "bmi_readings")
FILL = (
    """INSERT INTO measurements (id, patient_id, type, value, timestamp, source)
    SELECT gen_random_uuid(), %(patient)s, 'BLOOD_PRESSURE',
      jsonb_build_object('systolic', 120 + n %% 30, 'diastolic', 75 + n %% 15), %(first)s + n * %(years)s / 30000,
      'DEVICE'
    FROM generate_series(0, 29999) n""",
    """INSERT INTO measurements (id, patient_id, type, value, timestamp, source)
    SELECT gen_random_uuid(), %(patient)s, 'GLUCOSE', to_jsonb(90 + n %% 60), %(first)s + n * %(years)s / 20000,
      'DEVICE'
    FROM generate_series(0, 19999) n""",
    """INSERT INTO measurements (id, patient_id, type, value, timestamp, source)
    SELECT gen_random_uuid(), %(patient)s, 'WEIGHT', to_jsonb(80 + n %% 9), %(first)s + n * %(years)s / 10000, 'MANUAL'
    FROM generate_series(0, 9999) n""",
    """INSERT INTO bmi_readings (id, patient_id, timestamp, weight_kg, height_cm, bmi)
    SELECT 'b' || n, %(patient)s, %(first)s + n * %(years)s / 10000, 80 + n %% 9, 170, (80 + n %% 9) / 2.89
    FROM generate_series(0, 9999) n""",
    """INSERT INTO hrv_readings (id, patient_id, timestamp, source, rmssd_ms)
    SELECT 'h' || n, %(patient)s, %(first)s + n * %(years)s / 20000, 'OURA', 25 + n %% 40
    FROM generate_series(0, 19999) n""",
    """INSERT INTO vital_readings (id, patient_id, timestamp, source, systolic_bp, diastolic_bp, heart_rate)
    SELECT 'v' || n, %(patient)s, %(first)s + n * %(years)s / 10000, 'WITHINGS', 118 + n %% 20, 76 + n %% 9,
      60 + n %% 30
    FROM generate_series(0, 9999) n""",
)
FILL_MINUTES = """INSERT INTO vital_readings (id, patient_id, timestamp, source, heart_rate)
    SELECT 'm' || n, %(patient)s, %(first)s + n * interval '1 minute', 'FITBIT', 55 + n %% 40
    FROM generate_series(0, %(rows)s) n"""
PLAIN = """
SELECT metric, date_bin(%(width)s, at, %(first)s), min(at), max(at), count(*), min(a), max(a), avg(a), min(b), max(b),
       avg(b)
FROM (
    SELECT 1 metric, timestamp at, (value ->> 'systolic')::float8 a, (value ->> 'diastolic')::float8 b
    FROM measurements WHERE patient_id = %(patient)s AND type = 'BLOOD_PRESSURE'
      AND timestamp >= %(first)s AND timestamp < %(last)s
    UNION ALL SELECT 1, timestamp, systolic_bp, diastolic_bp FROM vital_readings
    WHERE patient_id = %(patient)s AND timestamp >= %(first)s AND timestamp < %(last)s
    UNION ALL SELECT 2, timestamp, value::float8, NULL FROM measurements
    WHERE patient_id = %(patient)s AND type = 'GLUCOSE' AND timestamp >= %(first)s AND timestamp < %(last)s
    UNION ALL SELECT 3, timestamp, value::float8, NULL FROM measurements
    WHERE patient_id = %(patient)s AND type = 'WEIGHT' AND timestamp >= %(first)s AND timestamp < %(last)s
    UNION ALL SELECT 4, timestamp, rmssd_ms, NULL FROM hrv_readings
    WHERE patient_id = %(patient)s AND timestamp >= %(first)s AND timestamp < %(last)s
) x GROUP BY 1, 2 ORDER BY 1, 2
"""
SPANS = {"ten years": YEARS, "a year": timedelta(days=365), "a month": timedelta(days=30)}


def typical(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The lowest quarter of many runs in milliseconds: other programs on the machine only ever add to a time."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.quantiles(times, n=4)[0]


def ask(person: Person, patient: str, metrics: Sequence[Metric], start: datetime, end: datetime) -> SeriesSet:
    """Ask as the tab does for a span on the screen: more on either side, two pixels a bucket."""
    spare = (end - start) * AROUND
    return person.ask(
        vital_series, patient_id=patient, metrics=metrics, start=start - spare, end=end + spare,
        buckets=round(COLUMNS * (1 + 2 * AROUND)),
    )  # fmt: skip


def fill(owner: psycopg.Connection, *, minutes: bool) -> None:
    """Put the readings in, past audit and feed: what is measured is reading."""
    first = (NOW - YEARS).replace(tzinfo=None)
    for table in TABLES:
        owner.execute(f"ALTER TABLE public.{table} DISABLE TRIGGER USER")
    for statement in FILL:
        owner.execute(statement, {"patient": PATIENT, "first": first, "years": YEARS})
    if minutes:
        owner.execute(FILL_MINUTES, {"patient": MINUTELY, "first": first, "rows": YEARS // timedelta(minutes=1)})
    for table in TABLES:
        owner.execute(f"ALTER TABLE public.{table} ENABLE TRIGGER USER")
        owner.execute(f"VACUUM ANALYZE public.{table}")


def _plain(owner: psycopg.Connection, values: Mapping[str, Any]) -> object:
    return owner.execute(PLAIN, values).fetchall()


def queries(person: Person, owner: psycopg.Connection) -> None:
    """Print the chart's questions beside plain SQL."""
    for name, span in SPANS.items():
        start = NOW - span
        spare = span * AROUND
        values = {
            "patient": PATIENT, "first": (start - spare).replace(tzinfo=None),
            "last": (NOW + spare).replace(tzinfo=None), "width": (span + 2 * spare) / (COLUMNS * (1 + 2 * AROUND)),
        }  # fmt: skip
        plain = typical(partial(_plain, owner, values))
        ours = typical(partial(ask, person, PATIENT, METRICS, start, NOW))
        print(f"chart, {name:10} plain {plain:7.1f} ms   chart {ours:7.1f} ms   x{ours / plain:.2f}")
    page = typical(lambda: person.ask(vital_page, patient_id=PATIENT, metrics=METRICS))
    extents = typical(lambda: person.ask(vital_extents, patient_id=PATIENT))
    print(f"first page of the table {page:7.1f} ms   which metrics there are {extents:7.1f} ms")


def frames(found: SeriesSet) -> float:
    """Return frames a second of processor time, panning and zooming with all lanes loaded; each is painted anew."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    Theme.current().install(app, Appearance.LIGHT)
    chart = TimeSeriesChart(name="Benchmark")
    chart.resize(860, 520)
    chart.set_lanes([lane_of(one, 170) for one in found.series])
    first, last = ms_of(found.start), ms_of(found.end)
    chart.set_limits(first, last)
    whole = Span(first, last).zoomed(1 / (1 + 2 * AROUND))
    chart.set_span(whole)
    chart.show()
    app.processEvents()
    count, started, burnt = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - started < 4:
        step = count % 40
        span = whole.shifted(whole.width * (step - 20) // 100) if step % 2 else whole.zoomed(0.7 + step / 60)
        chart.move_to(span)
        chart.set_cursor((span.start + span.end) // 2)
        chart.repaint()
        count += 1
    chart.close()
    print(f"  {count / (time.perf_counter() - started):.0f} by the wall clock")
    return count / (time.process_time() - burnt)


def main() -> None:
    """Measure and print."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", action="store_true")
    chosen = parser.parse_args()
    with busy_clinic() as clinic:
        person = clinic.desk.person("okafor", "ws-bench")
        with psycopg.connect(clinic.server.owner_url(clinic.database), autocommit=True) as owner:
            fill(owner, minutes=chosen.minutes)
            queries(person, owner)
        found = ask(person, PATIENT, METRICS, NOW - YEARS, NOW)
        print(f"frames, 4 lanes, 100,000 readings: {frames(found):.0f} a second")
        if chosen.minutes:
            for name, span in SPANS.items():
                took = typical(partial(ask, person, MINUTELY, (Metric.HEART_RATE,), NOW - span, NOW), 4)
                print(f"minute readings, {name:10} {took:7.1f} ms")
            minutely = ask(person, MINUTELY, (Metric.HEART_RATE,), NOW - YEARS, NOW)
            print(f"frames, ten years of minute readings: {frames(minutely):.0f} a second")
        person.store.close()


if __name__ == "__main__":
    main()
