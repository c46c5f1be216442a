"""Ten rules over every patient of a large clinic, against a loop patient by patient; and a week's summaries.

Run with ``python -m benchmarks.rules [--patients N] [--readings N]``. *run* is what the window and ``rules run`` do:
evaluation, one execution row for each patient evaluated, and what is raised or held. *loop* asks for a patient's
readings and decides in Python, for a sample, and is reckoned up. Seconds are the wall's; beside them the processor's
seconds of the server's processes, which a busy machine stretches less.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from app.commands.rules import SaveRule
from app.domain.rule_trial import monday_of
from app.domain.rules import RuleAction, RuleMetric, RuleSeverity
from app.workspace.rule_runs import run_rules
from app.workspace.summaries import run_summaries
from app.workspace.workspace import Workspace
from benchmarks.large_clinic import CLINIC, bench_server
from tests.support.postgres import Server
from tests.support.signed_in import signed_in

SAMPLE = 300
_RULES: tuple[tuple[str, RuleMetric, int, dict[str, Any]], ...] = (
    ("systolic", RuleMetric.BP, 7, {"op": ">", "threshold": 179}),
    ("diastolic", RuleMetric.BP, 7, {"op": ">", "threshold": 109, "component": "diastolic"}),
    ("any systolic", RuleMetric.BP, 3, {"op": ">", "threshold": 189, "aggregate": "any"}),
    ("latest systolic", RuleMetric.BP, 14, {"op": "<", "threshold": 92, "aggregate": "latest"}),
    ("sugar", RuleMetric.GLUCOSE, 7, {"op": ">", "threshold": 290}),
    ("low sugar", RuleMetric.GLUCOSE, 14, {"op": "<", "threshold": 65, "aggregate": "any"}),
    ("sugar rises", RuleMetric.GLUCOSE, 30, {"op": "trendUp", "threshold": 400}),
    ("weight rises", RuleMetric.WEIGHT, 30, {"op": "trendUp", "threshold": 300}),
    ("little sleep", RuleMetric.SLEEP, 7, {"op": "<", "threshold": 2}),
    ("no weight", RuleMetric.WEIGHT, 14, {"op": "missing", "cohort": {"flags": ["RPM"]}}),
)
_FILL = """
INSERT INTO public.patients (id, user_id, clinic_id, first_name, last_name, date_of_birth, flags, created_at,
        updated_at)
    SELECT 'bench-' || n, 'bench-u' || n, %(clinic)s, 'B', 'No ' || n, '1960-01-01', CASE WHEN n %% 5 = 0 THEN '{RPM}'
           ELSE '{}' END::text[], now(), now() FROM generate_series(1, %(patients)s) n;
INSERT INTO public.measurements (id, patient_id, type, value, timestamp, source)
    SELECT 'bench-m' || n, 'bench-' || 1 + n %% %(patients)s,
           (ARRAY['BLOOD_PRESSURE', 'GLUCOSE', 'WEIGHT', 'SLEEP'])[1 + r.kind]::public."MeasurementType",
           CASE r.kind WHEN 0 THEN jsonb_build_object('systolic', 90 + r.v, 'diastolic', 60 + r.v / 2)
                WHEN 1 THEN to_jsonb(70 + 2 * r.v) WHEN 2 THEN to_jsonb(50 + r.v / 2.0)
                ELSE to_jsonb(2 + r.v / 14.0) END,
           %(now)s::timestamp - r.back * interval '1 day', 'DEVICE'
    FROM generate_series(1, %(readings)s) n
    CROSS JOIN LATERAL (SELECT n / %(patients)s %% 4 AS kind, (random() * 99)::integer AS v, random() * 40 AS back) r;
"""


def fill(server: Server, database: str, now: object, patients: int, readings: int) -> None:
    """Fill the tables without triggers."""
    with psycopg.connect(server.url(database), autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        kind = superuser.execute(
            "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'public.measurements'::regclass"
            " AND attname = 'type'"
        ).fetchall()[0][0]  # fmt: skip
        statement = _FILL.replace('public."MeasurementType"', str(kind))
        values = {"clinic": CLINIC, "patients": patients, "readings": readings, "now": now}
        for one in statement.strip().rstrip(";").split(";\n"):
            superuser.execute(one.encode(), values)
        superuser.execute("VACUUM ANALYZE public.measurements, public.patients")


def processor_seconds(postmaster: int) -> float:
    """Processor seconds of a server's processes, ended ones included."""
    found = 0.0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if file.parent.name == str(postmaster):
            found += sum(map(int, fields[11:15]))
        elif fields[1] == str(postmaster):
            found += sum(map(int, fields[11:13]))
    return found / os.sysconf("SC_CLK_TCK")


def postmaster_of(owner: psycopg.Connection) -> int:
    """The process that a connection's own one came from."""
    text = Path(f"/proc/{owner.info.backend_pid}/stat").read_text(encoding="utf-8")
    return int(text.rpartition(")")[2].split()[1])


def measured(postmaster: int, what: str, work: Callable[[], str]) -> None:
    """Do it and print what it took."""
    cpu, began = processor_seconds(postmaster), time.monotonic()
    said = work()
    took, spent = time.monotonic() - began, processor_seconds(postmaster) - cpu
    print(f"{what:10} {took:7.1f} s, server {spent:6.1f} s of processor; {said}", flush=True)


def loop(owner: psycopg.Connection, workspace: Workspace, patients: int) -> str:
    """Decide patient by patient, for a sample."""
    now = workspace.clock.now().replace(tzinfo=None)
    began = time.monotonic()
    kinds = {RuleMetric.BP: "BLOOD_PRESSURE", RuleMetric.GLUCOSE: "GLUCOSE", RuleMetric.WEIGHT: "WEIGHT",
             RuleMetric.SLEEP: "SLEEP"}  # fmt: skip
    for number in range(1, SAMPLE + 1):
        for name, metric, days, condition in _RULES:
            rows = owner.execute(
                "SELECT value, timestamp FROM public.measurements WHERE patient_id = %s AND type::text = %s"
                " AND timestamp > %s AND timestamp <= %s",
                [f"bench-{number}", kinds[metric], now - timedelta(days=days), now],
            ).fetchall()
            values = [value["systolic"] if isinstance(value, dict) else value for value, _ in rows]
            triggered = bool(values) and fmean(values) > condition.get("threshold", 0)
            owner.execute("INSERT INTO bench_execution VALUES (%s, %s, %s, %s)",
                          [name, f"bench-{number}", triggered, Jsonb({"readings": len(values)})])  # fmt: skip
    took = time.monotonic() - began
    return f"{took:.1f} s for {SAMPLE} patients: {took / SAMPLE * patients:,.0f} s for {patients:,}"


def main() -> None:
    """Fill, run, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--readings", type=int, default=5_000_000)
    said = parser.parse_args()
    with bench_server() as (server, database), signed_in(server, database, "ADMIN") as workspace:
        began = time.monotonic()
        fill(server, database, workspace.clock.now().replace(tzinfo=None), said.patients, said.readings)
        print(f"{said.patients:,} patients, {said.readings:,} readings; filled in {time.monotonic() - began:.0f} s",
              flush=True)  # fmt: skip
        for name, metric, days, condition in _RULES:
            workspace.execute(SaveRule(name=name, metric=metric, window_days=days, condition=condition, enabled=True,
                                       severity=RuleSeverity.INFO, action=RuleAction.ALERT))  # fmt: skip
        _measure(server, database, workspace, said.patients)


def _measure(server: Server, database: str, workspace: Workspace, patients: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def run() -> str:
        report = run_rules(workspace)
        assert report is not None
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        return f"{report.executions:,} executions, {report.triggered:,} found, client grew by {grown:.0f} MiB"

    def summaries() -> str:
        day = workspace.reader().today - timedelta(days=7)
        report = run_summaries(workspace, monday_of(day))
        return f"{report.written:,} summaries written"

    with psycopg.connect(server.owner_url(database), autocommit=True) as owner:
        postmaster = postmaster_of(owner)
        for what, work in (("run", run), ("run again", run), ("summaries", summaries), ("again", summaries)):
            measured(postmaster, what, work)
        owner.execute("CREATE TEMPORARY TABLE bench_execution (rule text, patient text, triggered bool, result jsonb)")
        measured(postmaster, "loop", lambda: loop(owner, workspace, patients))


if __name__ == "__main__":
    main()
