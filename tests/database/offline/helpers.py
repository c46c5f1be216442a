"""What the tests of working offline share: calls of the server's functions, and a day with free slots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg import Connection

from tests.database.triggers.base import DAY, Base, one

WORKSTATION = "desk-2"
BEGIN = "SELECT fresh, outcome FROM desktop.begin_command(%s, 'CheckIn', %s, '2031-05-05 09:00', %s)"
DISCARD = "SELECT desktop.discard_command(%s, 'CheckIn', 'desk-1', '2031-05-05 09:00', %s, %s)"


def now_is(base: Base, instant: str) -> None:
    """Put the database's clock to an instant (UTC)."""
    base.owner().execute(
        "UPDATE desktop.installation SET clock_offset_seconds ="
        " round(extract(epoch FROM %s::timestamp - (now() AT TIME ZONE 'UTC')))",
        (instant,),
    )


def begin(
    connection: Connection[Any], command_id: str, *, author: str | None = None, workstation: str = "desk-1"
) -> tuple[Any, ...]:
    """Begin a command; returns (fresh, outcome)."""
    return one(connection, BEGIN, (command_id, workstation, author))


def discard(connection: Connection[Any], command_id: str, author: str | None = None, reason: str = "twice") -> None:
    """Discard a command."""
    connection.execute(DISCARD, (command_id, author, reason))


def enrol(base: Base, workstation: str = WORKSTATION, name: str = "Desk 2", clinic: int = 1) -> int:
    """Enrol a workstation as the clinic's ADMIN; returns its generation."""
    row = one(
        base.staff("ADMIN", clinic), "SELECT generation FROM desktop.enrol_workstation(%s, %s)", (workstation, name)
    )
    return int(row[0])


def contact(connection: Connection[Any], generation: int, workstation: str = WORKSTATION) -> tuple[bool, bool]:
    """Say that a workstation is there; returns (revoked, old copy)."""
    statement: LiteralString = "SELECT revoked, old_copy FROM desktop.workstation_contact(%s, %s)"
    revoked, old_copy = one(connection, statement, (workstation, generation))
    return revoked, old_copy


def share(base: Base, rule: str) -> None:
    """Set the clinics' rule for leases, as JSON."""
    base.owner().execute(
        "UPDATE desktop.clinic_settings SET settings = jsonb_build_object('offlineLeases', %s::jsonb)", (rule,)
    )


def free_day(base: Base, count: int = 10, *, provider: str = "prov-1", day: str = DAY, mark: str = "s") -> list[str]:
    """Make slots of half an hour from 13:00 UTC on (9 in the clinic); returns their ids."""
    ids = [f"{mark}{provider[-1]}-{number:02}" for number in range(count)]
    with base.owner().cursor() as cursor:
        cursor.executemany(
            "INSERT INTO public.visit_slots (id, provider_id, start_time, end_time, visit_mode, status, updated_at)"
            " SELECT %s, %s, t, t + interval '30 minutes', 'IN_PERSON', 'FREE', '2031-01-01'"
            " FROM (SELECT %s::timestamp + interval '13 hours' + %s * interval '30 minutes') x(t)",
            [(slot_id, provider, day, number) for number, slot_id in enumerate(ids)],
        )
    return ids


def lease(connection: Connection[Any], workstation: str = WORKSTATION) -> list[str]:
    """Take and give back by the rule; returns the slots kept then, earliest first."""
    rows = connection.execute("SELECT slot_id FROM desktop.lease_slots(%s)", (workstation,)).fetchall()
    return [row[0] for row in rows]


def statuses(base: Base, ids: Sequence[str]) -> list[str]:
    """Return the statuses of slots, in the order given."""
    rows = dict(
        base.owner().execute("SELECT id, status::text FROM public.visit_slots WHERE id = ANY (%s)", (list(ids),))
    )
    return [rows[slot_id] for slot_id in ids]


def book(connection: Connection[Any], slot_id: str, workstation: str, visit_id: str = "v1") -> None:
    """Book a slot in plain SQL, as a command of a workstation would."""
    with connection.transaction():
        connection.execute("SELECT set_config('mha.workstation', %s, true)", (workstation,))
        connection.execute(
            "UPDATE public.visit_slots SET status = 'BOOKED', held_until = NULL, updated_at = now() WHERE id = %s",
            (slot_id,),
        )
        connection.execute(
            "INSERT INTO public.visits (id, patient_id, provider_id, slot_id, visit_type, visit_mode, reason_text,"
            " status, updated_at) SELECT %s, 'pat-1', provider_id, id, 'SCHEDULED', 'IN_PERSON', '', 'PLANNED', now()"
            " FROM public.visit_slots WHERE id = %s",
            (visit_id, slot_id),
        )
