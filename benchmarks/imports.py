"""How fast FHIR files come in: reading, reading and writing, the same again, beside plain inserts of the same rows.

Run with ``python -m benchmarks.imports --patients 300``. The files are an NDJSON export (each patient with ten
encounters, twenty observations and five conditions). "Plain" writes the very rows that the import made into an equal
database with psycopg: as the same administrator, under the same row-level security and triggers, one statement a table
for every 250 rows; it reads no file, asks nothing and decides nothing.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from app.domain.import_plan import TABLES
from app.interop.fhir.files import FhirFiles, Setting
from app.workspace.imports import find_files, run_import
from app.workspace.signin import open_workspace
from benchmarks.large_clinic import bench_server
from tests.support import clinics
from tests.support.fhir import LOINC, ZONE, encounter, observation, patient
from tests.support.postgres import Server

ENCOUNTERS, CONDITIONS = 10, 5
KINDS = (("29463-7", "kg", 70), ("8302-2", "cm", 172), ("8867-4", "/min", 71), ("2339-0", "mg/dL", 96))
PLAIN_ROWS = 250
LOCKED = {"overbook", "merged_into", "merged_at"}
"""Columns that nobody writes in plain SQL; an import doesn't either."""


def people(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield resources with the file that each belongs to."""
    begun = datetime(2015, 1, 1, 9, tzinfo=UTC)
    yield (
        "Practitioner",
        {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Careful", "given": ["Adam"]}]},
    )
    for n in range(count):
        who = {"reference": f"Patient/p{n}"}
        name = [{"family": f"Family{n % 97}", "given": [f"Given{n % 89}"]}]
        born = f"{1930 + n % 80}-{1 + n % 12:02d}-{1 + n % 28:02d}"
        yield "Patient", patient(f"p{n}", name=name, birthDate=born)
        for v in range(ENCOUNTERS):
            at = begun + timedelta(days=37 * v, minutes=20 * n)
            period = {"start": at.isoformat(), "end": (at + timedelta(minutes=20)).isoformat()}
            held = [{"individual": {"reference": "Practitioner/d"}}]
            yield "Encounter", encounter(f"e{n}-{v}", subject=who, period=period, participant=held)
            for k, (code, unit, value) in enumerate(KINDS[: 2 + v % 3] if v % 2 else KINDS[:2]):
                visit = {"reference": f"Encounter/e{n}-{v}"}
                found = observation(
                    code, value + n % 9 + v / 10, unit, id=f"o{n}-{v}-{k}", subject=who, encounter=visit
                )
                yield "Observation", {**found, "effectiveDateTime": at.isoformat()}
        for c in range(CONDITIONS):
            coded = {"coding": [{"system": LOINC, "code": f"c{c}"}], "text": f"Condition {c}"}
            status = {"coding": [{"code": "active" if c else "resolved"}]}
            yield "Condition", {"resourceType": "Condition", "id": f"c{n}-{c}", "subject": who, "code": coded,
                                "clinicalStatus": status}  # fmt: skip


def write_files(folder: Path, count: int) -> int:
    """Write the export; return how many resources it has."""
    total = 0
    files = {kind: (folder / f"{kind}.ndjson").open("w", encoding="utf-8")
             for kind in ("Practitioner", "Patient", "Encounter", "Observation", "Condition")}  # fmt: skip
    for kind, found in people(count):
        files[kind].write(json.dumps(found) + "\n")
        total += 1
    for file in files.values():
        file.close()
    return total


def reading(folder: Path) -> float:
    """Return the seconds of reading and mapping everything, without a database."""
    start = time.perf_counter()
    sources, _ = find_files([folder])
    files = FhirFiles(sources, Setting(ZONE, datetime.now(UTC)))
    files.practitioners()
    for _ in files.patients():
        pass
    return time.perf_counter() - start


def importing(server: Server, database: str, folder: Path) -> float:
    """Return the seconds of an import as an administrator."""
    parameters = conninfo_to_dict(clinics.staff_url(server, database, "ADMIN"))
    with open_workspace(parameters, workstation="bench") as workspace:
        start = time.perf_counter()
        report = run_import(workspace, [folder])
        seconds = time.perf_counter() - start
    assert not report.tally.skipped, report.tally.skipped[:3]
    return seconds


def rows_of(server: Server, database: str) -> dict[str, list[Any]]:
    """Return everything that the import wrote, as JSON, by qualified table."""
    found: dict[str, list[Any]] = {}
    with server.admin(database) as connection:
        for table in TABLES:
            schema = connection.execute("SELECT to_regclass(%s)", (f"public.{table}",)).fetchone()
            name = f"{'public' if schema and schema[0] else 'desktop'}.{table}"
            where = "WHERE role = 'PATIENT'" if table == "users" else ""
            rows = connection.execute(f"SELECT to_jsonb(t) FROM {name} t {where}")
            found[name] = [row[0] for row in rows]
    return found


def plain(server: Server, database: str, rows: dict[str, list[Any]]) -> float:
    """Return the seconds of inserting the same rows with plain statements, in transactions of 250 rows."""
    statements: list[tuple[sql.Composed, str]] = []
    for name, found in rows.items():
        table = sql.Identifier(*name.split("."))
        keys = [key for key in (found[0] if found else {}) if key not in LOCKED]
        listed = sql.SQL(", ").join(map(sql.Identifier, keys))
        statement = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM jsonb_populate_recordset(NULL::{}, %s::jsonb)").format(
            table, listed, listed, table
        )
        parts = [found[at : at + PLAIN_ROWS] for at in range(0, len(found), PLAIN_ROWS)]
        statements.extend((statement, json.dumps(part)) for part in parts)
    with psycopg.connect(clinics.staff_url(server, database, "ADMIN")) as connection:
        connection.execute("SET CONSTRAINTS ALL DEFERRED")
        start = time.perf_counter()
        for statement, document in statements:
            connection.execute(statement, (document,))
        connection.commit()
        return time.perf_counter() - start


def main() -> None:
    """Print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=300)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mha-bench-files-") as name, bench_server() as (server, template):
        folder = Path(name)
        count = write_files(folder, arguments.patients)
        database, other = (server.create("imports", template=template) for _ in range(2))
        print(f"{count} resources of {arguments.patients} patients")
        read = reading(folder)
        first = importing(server, database, folder)
        highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        again = importing(server, database, folder)
        bare = plain(server, other, rows_of(server, database))
    for text, seconds in (
        ("read and map", read),
        ("import", first),
        ("the same again", again),
        ("plain inserts", bare),
    ):
        print(f"{text:16} {seconds:7.2f} s  {count / seconds:8.0f} resources/s")
    print(f"import / plain inserts  {first / bare:.2f}")
    print(f"memory at its highest   {highest} MB, the program and its libraries included")


if __name__ == "__main__":
    main()
