"""What the tests of triggers share: who connects, and slots and visits in plain SQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, LiteralString, Self, TypeVar

import psycopg
from psycopg import Connection

from tests.support.clinics import staff_url
from tests.support.postgres import Server

T = TypeVar("T")
BACKEND = "clinic_backend"
"""A login with rights on the shared tables and none on ours, as a Node backend has."""

DAY = "2031-05-05"
SEED = """
UPDATE public.users SET role = role;
INSERT INTO public.providers (id, name, specialties, user_id, clinic_id, updated_at) VALUES
    ('prov-1', 'Dr One', '{}', 'user-provider-clinic-1', 'clinic-1', now()),
    ('prov-2', 'Dr Two', '{}', NULL, 'clinic-1', now()),
    ('prov-9', 'Dr Nine', '{}', 'user-provider-clinic-2', 'clinic-2', now());
INSERT INTO public.users (id, email, password_hash, role, clinic_id, updated_at)
    SELECT 'user-pat-' || n, 'patient-' || n || '@no-login.invalid', '!', 'PATIENT',
           CASE WHEN n < 9 THEN 'clinic-1' ELSE 'clinic-2' END, now() FROM generate_series(1, 9) n;
INSERT INTO public.patients (id, user_id, clinic_id, first_name, last_name, flags, updated_at)
    SELECT 'pat-' || n, 'user-pat-' || n, CASE WHEN n < 9 THEN 'clinic-1' ELSE 'clinic-2' END,
           'First' || n, 'Last' || n, '{}', now() FROM generate_series(1, 9) n;
"""


@dataclass
class Base:
    """One test's database; connections end with it."""

    server: Server
    name: str
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def connect(self, url: str, *, autocommit: bool = True) -> Connection[Any]:
        return self._stack.enter_context(psycopg.connect(url, autocommit=autocommit))

    def owner(self, *, autocommit: bool = True) -> Connection[Any]:
        return self.connect(self.server.owner_url(self.name), autocommit=autocommit)

    def backend(self, *, autocommit: bool = True) -> Connection[Any]:
        return self.connect(self.server.url(self.name, BACKEND), autocommit=autocommit)

    def staff(self, role: str = "MEDICAL_ASSISTANT", clinic: int = 1, *, autocommit: bool = True) -> Connection[Any]:
        return self.connect(staff_url(self.server, self.name, role, clinic), autocommit=autocommit)


def slot(
    connection: Connection[Any],
    slot_id: str,
    start: str,
    end: str,
    *,
    provider: str = "prov-1",
    status: str = "FREE",
    held_until: str | None = None,
) -> str:
    """Insert a slot on the day, from and to as HH:MM."""
    connection.execute(
        "INSERT INTO public.visit_slots (id, provider_id, start_time, end_time, visit_mode, status, held_until, "
        "updated_at) VALUES (%s, %s, %s, %s, 'IN_PERSON', %s, (now() AT TIME ZONE 'UTC') + %s::interval, now())",
        (slot_id, provider, f"{DAY} {start}", f"{DAY} {end}", status, held_until),
    )
    return slot_id


def visit(
    connection: Connection[Any],
    visit_id: str,
    slot_id: str,
    *,
    patient: str = "pat-1",
    provider: str = "prov-1",
    status: str = "PLANNED",
) -> str:
    """Insert a visit on a slot."""
    connection.execute(
        "INSERT INTO public.visits (id, patient_id, provider_id, slot_id, visit_type, visit_mode, reason_text, status, "
        "updated_at) VALUES (%s, %s, %s, %s, 'SCHEDULED', 'IN_PERSON', 'check', %s, now())",
        (visit_id, patient, provider, slot_id, status),
    )
    return visit_id


def set_slot(connection: Connection[Any], slot_id: str, status: str, held_for: str | None = None) -> int:
    """Set a slot's status; ``held_for`` is an interval from now."""
    return connection.execute(
        "UPDATE public.visit_slots SET status = %s, held_until = (now() AT TIME ZONE 'UTC') + %s::interval, "
        "updated_at = updated_at + interval '1 ms' WHERE id = %s",
        (status, held_for, slot_id),
    ).rowcount


def set_visit(connection: Connection[Any], visit_id: str, status: str) -> int:
    """Set a visit's status."""
    return connection.execute(
        "UPDATE public.visits SET status = %s, updated_at = greatest(now(), updated_at + interval '1 ms') "
        "WHERE id = %s",
        (status, visit_id),
    ).rowcount


def one(connection: Connection[Any], statement: LiteralString, values: Sequence[Any] = ()) -> tuple[Any, ...]:
    """Return the one row of a statement."""
    rows: list[tuple[Any, ...]] = connection.execute(statement, values).fetchall()
    assert len(rows) == 1
    return rows[0]


def claims(connection: Connection[Any]) -> dict[str, bool]:
    """Return the slots that claim time, and whether they overbook."""
    return dict(connection.execute("SELECT slot_id, overbook FROM desktop.slot_claim ORDER BY 1").fetchall())


def error_of(action: Callable[[], object]) -> tuple[str | None, str]:
    """Run what must fail; return its SQLSTATE and its constraint, or else its message."""
    try:
        action()
    except psycopg.Error as error:
        return error.sqlstate, error.diag.constraint_name or error.diag.message_primary or ""
    raise AssertionError("it did not fail")


TAKEN = ("23P01", "no_double_booking")


def race(workers: Sequence[Callable[[], T]]) -> list[T | psycopg.Error]:
    """Run all at once, each in a thread; return what each returned or the database error it met."""
    start = threading.Barrier(len(workers))
    results: list[T | psycopg.Error | None] = [None] * len(workers)
    bugs: list[BaseException] = []

    def run(place: int) -> None:
        start.wait()
        try:
            results[place] = workers[place]()
        except psycopg.Error as error:
            results[place] = error
        except BaseException as error:  # noqa: BLE001 - raised again below, where the test sees it
            bugs.append(error)

    threads = [threading.Thread(target=run, args=(place,), daemon=True) for place in range(len(workers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    if bugs:
        raise bugs[0]
    return [result for result in results if result is not None]
