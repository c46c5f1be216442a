"""A clinic with very many patients, made by SQL: names as uneven as real ones, birth dates, phone numbers, MRNs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.support import clinics
from tests.support.postgres import Server, running_server

CLINIC = clinics.clinic_id(1)
_SYLLABLES = "ka ri no el ta mo sa vi ler dan mar jo ben su wi tor chen pa li gar osk ber yu ro dez hal win ste fro lu"

# How often a name occurs falls with its place in the list, as in life: a few are everywhere, most are rare.
_NAMES = """
CREATE TEMPORARY TABLE given ON COMMIT DROP AS SELECT i, initcap(s[1 + i %% 30] || s[1 + (i / 30) %% 30]
    || CASE WHEN i > 900 THEN s[1 + (i / 7) %% 30] ELSE '' END) AS name
    FROM generate_series(0, %(given)s - 1) i, (SELECT string_to_array(%(syllables)s, ' ') AS s) x;
CREATE TEMPORARY TABLE family ON COMMIT DROP AS SELECT i, initcap(s[1 + (i * 7) %% 30] || s[1 + (i / 30) %% 30]
    || s[1 + (i / 900) %% 30] || CASE WHEN i %% 3 = 0 THEN s[1 + (i / 11) %% 30] ELSE '' END) AS name
    FROM generate_series(0, %(family)s - 1) i, (SELECT string_to_array(%(syllables)s, ' ') AS s) x;
"""
_PEOPLE = """
CREATE TEMPORARY TABLE people ON COMMIT DROP AS
    SELECT n, floor(%(given)s * power(random(), 3))::int AS first, floor(%(family)s * power(random(), 3))::int AS last,
           date '1930-01-01' + floor(random() * 34000)::int AS born,
           lpad(floor(random() * 9999999999)::bigint::text, 10, '2') AS phone
    FROM generate_series(1, %(count)s) n;
INSERT INTO public.users (id, email, password_hash, role, clinic_id, updated_at)
    SELECT 'user-' || n, 'patient-' || n || '@no-login.invalid', '!', 'PATIENT', %(clinic)s, now() FROM people;
INSERT INTO public.patients (id, user_id, clinic_id, first_name, last_name, date_of_birth, demographics, flags,
        updated_at)
    SELECT 'patient-' || p.n, 'user-' || p.n, %(clinic)s, g.name, f.name, p.born,
           jsonb_build_object('mrn', 'MRN-' || lpad(p.n::text, 7, '0'), 'phones', jsonb_build_array(jsonb_build_object(
               'system', 'phone', 'use', 'mobile', 'value', '+1 ' || p.phone))), '{}', now()
    FROM people p JOIN given g ON g.i = p.first JOIN family f ON f.i = p.last;
"""


@contextmanager
def bench_server(version: str = "18") -> Iterator[tuple[Server, str]]:
    """Run a cluster of its own with a migrated database of two clinics; yields both."""
    with tempfile.TemporaryDirectory(prefix="mha-bench-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        with running_server(Path(folder) / "cluster", version) as server:
            yield server, clinics.make_template(server)


def seed_patients(owner: psycopg.Connection, count: int) -> None:
    """Insert ``count`` patients into clinic 1 and the rows that search reads.

    Audit and feed are left out, and the text indexes are built at the end: what is measured is reading.
    """
    values = {"count": count, "clinic": CLINIC, "syllables": _SYLLABLES,
              "given": 3_000, "family": max(1_000, min(60_000, count // 12))}  # fmt: skip
    with owner.transaction():
        for table in ("users", "patients"):
            owner.execute(f"ALTER TABLE public.{table} DISABLE TRIGGER USER")
        owner.execute("SELECT setseed(0.25)")
        for part in (_NAMES, _PEOPLE):
            for statement in filter(str.strip, part.split(";")):
                owner.execute(statement, values)
        for table in ("users", "patients"):
            owner.execute(f"ALTER TABLE public.{table} ENABLE TRIGGER USER")
    indexes = owner.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'desktop' AND indexdef LIKE '%USING gin%' "
        "AND tablename IN ('patient_search', 'search_name')"
    ).fetchall()
    for name, _ in indexes:
        owner.execute(f"DROP INDEX desktop.{name}")
    owner.execute("SELECT desktop.rebuild_search()")
    owner.execute("SELECT desktop.refresh_search_names()")
    owner.execute("SET search_path TO public, desktop")
    owner.execute("SET maintenance_work_mem = '512MB'")
    for _, definition in indexes:
        owner.execute(definition)
    owner.execute("RESET search_path")
    for table in ("public.users", "public.patients", "desktop.patient_search", "desktop.search_name"):
        owner.execute(f"VACUUM ANALYZE {table}")
