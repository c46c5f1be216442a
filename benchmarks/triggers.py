"""What audit, feed, claims and search cost a writer: the same statements with our triggers and without them.

Run with ``python -m benchmarks.triggers``. Single rows are committed one by one to a disk that is waited for (fsync);
bulk is one statement. With and without take turns, so that other programs disturb both alike. A third turn of one
measurement shows the least that any feed and audit cost: a trigger that writes one row each, and one that writes the
feed's alone (decisions/0009).
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import psycopg

from benchmarks.large_clinic import CLINIC, bench_server

SETUP = """
INSERT INTO public.providers (id, name, specialties, clinic_id, updated_at)
    SELECT 'doc-' || n, 'Doctor', '{}', 'clinic-1', now() FROM generate_series(0, 19) n;
INSERT INTO public.users (id, email, password_hash, role, clinic_id, updated_at)
    SELECT 'u-' || n, 'p-' || n || '@no-login.invalid', '!', 'PATIENT', 'clinic-1', now()
    FROM generate_series(1, 400000) n;
INSERT INTO public.patients (id, user_id, clinic_id, first_name, last_name, flags, updated_at)
    SELECT 'pat-' || n, 'u-' || n, 'clinic-1', 'First' || n, 'Last' || n % 500, '{}', now()
    FROM generate_series(1, 1000) n;
INSERT INTO public.message_threads (id, patient_id, participants, created_at, updated_at)
    SELECT 't-' || n, 'pat-' || n, '[]', now(), now() FROM generate_series(1, 1000) n;
"""
TABLES = ("measurements", "patients", "visit_slots", "visits", "messages")
SINGLE = {
    "measurement": "INSERT INTO public.measurements (id, patient_id, type, value, timestamp, source) "
    "VALUES ('m-' || {n}, 'pat-' || (1 + {n} % 1000), 'STEPS', '100', now(), 'DEVICE')",
    "patient's name": "UPDATE public.patients SET first_name = 'New' || {n}, updated_at = now() "
    "WHERE id = 'pat-' || (1 + {n} % 1000)",
    "patient's message": "INSERT INTO public.messages (id, thread_id, sender_id, content, read, created_at) "
    "VALUES ('w-' || {n}, 't-' || (1 + {n} % 1000), 'u-' || (1 + {n} % 1000), 'Good morning', false, now())",
    "message that was read": "UPDATE public.messages SET read = true, read_at = now() WHERE id = 'w-' || {n}",
    "free slot": "INSERT INTO public.visit_slots (id, provider_id, start_time, end_time, visit_mode, updated_at) "
    "VALUES ('f-' || {n}, 'doc-' || ({n} % 20), now() + {n} * interval '20 min', "
    "now() + ({n} + 1) * interval '20 min', 'IN_PERSON', now())",
    "booked slot": "INSERT INTO public.visit_slots (id, provider_id, start_time, end_time, visit_mode, status, "
    "updated_at) VALUES ('b-' || {n}, 'doc-' || ({n} % 20), now() + {n} * interval '20 min', "
    "now() + ({n} + 1) * interval '20 min', 'IN_PERSON', 'BOOKED', now())",
}
LEAST = """
CREATE SCHEMA bench;
CREATE TABLE bench.change (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, xid xid8 NOT NULL, clinic_id text,
    table_name text, row_id text, op "char");
CREATE INDEX ON bench.change (xid, seq);
CREATE TABLE bench.audit (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, xid xid8 NOT NULL, who name,
    clinic_id text, table_name text, row_id text, op "char", after jsonb);
CREATE FUNCTION bench.feed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO bench.change (xid, clinic_id, table_name, row_id, op)
    SELECT pg_current_xact_id(), (SELECT p.clinic_id FROM public.patients p WHERE p.id = n.patient_id),
           'measurements', n.id, 'I' FROM new_rows n;
    RETURN NULL; END $$;
CREATE FUNCTION bench.feed_and_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO bench.change (xid, clinic_id, table_name, row_id, op)
    SELECT pg_current_xact_id(), (SELECT p.clinic_id FROM public.patients p WHERE p.id = n.patient_id),
           'measurements', n.id, 'I' FROM new_rows n;
    INSERT INTO bench.audit (xid, who, clinic_id, table_name, row_id, op, after)
    SELECT pg_current_xact_id(), session_user, (SELECT p.clinic_id FROM public.patients p WHERE p.id = n.patient_id),
           'measurements', n.id, 'I', to_jsonb(n) FROM new_rows n;
    RETURN NULL; END $$;
"""
BULK = {
    "measurements": "INSERT INTO public.measurements (id, patient_id, type, value, timestamp, source) "
    "SELECT 'bm-' || {n} || '-' || i, 'pat-' || (1 + i % 1000), 'STEPS', '100', now(), 'DEVICE' "
    "FROM generate_series(1, {rows}) i",
    "measurements changed": "UPDATE public.measurements SET source = 'S' || {n} WHERE id LIKE 'bm-0-%'",
    "patients": "INSERT INTO public.patients (id, user_id, clinic_id, first_name, last_name, flags, updated_at) "
    "SELECT 'bp-' || {n} || '-' || i, 'u-' || (2000 + {n} * {rows} + i), 'clinic-1', 'First' || i % 3000, "
    "'Last' || i % 9000, '{{}}', now() FROM generate_series(1, {rows}) i",
    "free slots": "INSERT INTO public.visit_slots (id, provider_id, start_time, end_time, visit_mode, updated_at) "
    "SELECT 'bs-' || {n} || '-' || i, 'doc-' || (i % 20), now() + i * interval '20 min', "
    "now() + i * interval '20 min', 'IN_PERSON', now() FROM generate_series(1, {rows}) i",
}


def numbered(statement: str, rows: int, number: int) -> bytes:
    """A statement of a round: its number makes the ids."""
    return statement.format(n=number, rows=rows).encode()


def triggers(owner: psycopg.Connection, state: str, which: str = "USER") -> None:
    for table in TABLES if which == "USER" else TABLES[:1]:
        owner.execute(f"ALTER TABLE public.{table} {state} TRIGGER {which}".encode())


def typical(times: list[float]) -> float:
    """The lowest quarter of many runs: other programs on the machine only ever add to a time."""
    return statistics.quantiles(times, n=4)[0]


def seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def least(owner: psycopg.Connection, writer: psycopg.Connection, rows: int) -> None:
    """Print what one measurement costs with the simplest triggers there are in place of ours."""
    owner.execute(LEAST)
    for number, function in enumerate(("feed", "feed_and_audit"), start=1):
        owner.execute(
            "CREATE OR REPLACE TRIGGER least AFTER INSERT ON public.measurements REFERENCING NEW TABLE AS new_rows "
            f"FOR EACH STATEMENT EXECUTE FUNCTION bench.{function}()".encode()
        )
        triggers(owner, "DISABLE")
        one = partial(later, SINGLE["measurement"], rows, number * 1_000_000)
        compare(f"  the least: {function.replace('_', ' ')}", owner, writer, one, 10, 50, which="least")
    owner.execute("DROP TRIGGER least ON public.measurements")
    triggers(owner, "ENABLE")


def later(statement: str, rows: int, first: int, number: int) -> bytes:
    """A statement of a round whose numbers nobody has used."""
    return numbered(statement, rows, first + number)


def compare(
    name: str,
    owner: psycopg.Connection,
    writer: psycopg.Connection,
    statement: Callable[[int], bytes],
    rounds: int,
    each: int,
    which: str = "USER",
) -> None:
    """Run the rounds in turns, with and without the triggers ``which``; print what one statement takes, the ratio."""
    times: dict[str, list[float]] = {"DISABLE": [], "ENABLE": []}
    number = 0
    for turn in range(rounds * 2):
        state = ("DISABLE", "ENABLE")[turn % 2]
        triggers(owner, state, which)
        for _ in range(each):
            times[state].append(seconds(partial(writer.execute, statement(number))))
            number += 1
    triggers(owner, "ENABLE", which)
    without, with_them = (typical(times[state]) * 1000 for state in ("DISABLE", "ENABLE"))
    print(f"{name:32}{without:12.2f}{with_them:12.2f}{with_them / without:8.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="rows of a bulk statement")
    parser.add_argument("--server", default="18", help="PostgreSQL version")
    options = parser.parse_args()
    with bench_server(options.server) as (server, database):
        with server.admin() as admin:
            for setting in ("fsync = on", "synchronous_commit = on", "full_page_writes = on"):
                admin.execute(f"ALTER SYSTEM SET {setting}")
            admin.execute("SELECT pg_reload_conf()")
        with (
            psycopg.connect(server.owner_url(database), autocommit=True) as owner,
            psycopg.connect(server.owner_url(database), autocommit=True) as writer,
        ):
            owner.execute("ALTER TABLE public.users DISABLE TRIGGER USER")
            owner.execute(SETUP.replace("clinic-1", CLINIC))
            owner.execute("VACUUM ANALYZE")
            print(f"PostgreSQL {options.server}, milliseconds {'without':>24}{'with':>12}{'ratio':>8}")
            for name, one in SINGLE.items():
                compare(f"commit of one {name}", owner, writer, partial(numbered, one, options.rows), 10, 50)
                if name == "measurement":
                    least(owner, writer, options.rows)
            for name, many in BULK.items():
                compare(f"{options.rows} {name}", owner, writer, partial(numbered, many, options.rows), 4, 1)


if __name__ == "__main__":
    main()
