"""The state machines bind the staff in plain SQL, and nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import product
from typing import Any

import pytest
from psycopg import Connection

from app.domain import states
from app.domain.enums import Role, SlotStatus, VisitStatus
from app.domain.permissions import ROLE_PERMISSIONS, Permission
from tests.database.triggers.base import Base, error_of, set_slot, set_visit, slot, visit

BAD = ("MH001", "BadTransition")
NOT_ALLOWED = ("MH003", "NotAllowed")
STAFF = {Role.MEDICAL_ASSISTANT, Role.PROVIDER, Role.ADMIN}


def _roles(permission: Permission) -> frozenset[str] | None:
    roles = {role for role in STAFF if permission in ROLE_PERMISSIONS[role]}
    return None if roles == STAFF else frozenset(roles)


def _steps(machine: Mapping[Any, Any]) -> set[tuple[str, str, frozenset[str] | None]]:
    return {(old.value, new.value, _roles(permission)) for (old, _), (new, permission) in machine.items()}


def test_the_tables_in_sql_are_those_of_the_domain(base: Base) -> None:
    rows = base.owner().execute("SELECT machine, old_state, new_state, roles FROM desktop.transitions()").fetchall()
    found: dict[str, set[tuple[str, str, frozenset[str] | None]]] = {}
    for machine, old, new, roles in rows:
        found.setdefault(machine, set()).add((old, new, None if roles is None else frozenset(roles)))
    assert found["visit"] == _steps(states.VISIT)
    assert found["request"] == _steps(states.REQUEST)
    assert found["telemed"] == {(old.value, new.value, None) for (old, _), new in states.TELEMED.items()}
    # Somebody's own hold becomes covered time when the booking goes to a longer slot made for it.
    assert found["slot"] == _steps(states.SLOT) | {("HELD", "BLOCKED", None)}
    assert len(rows) == sum(map(len, found.values()))


@pytest.mark.parametrize("person", ["MEDICAL_ASSISTANT", "PROVIDER", "ADMIN"])
def test_every_pair_of_visit_states(base: Base, person: str) -> None:
    backend, staff = base.backend(), base.staff(person)
    slot(backend, "s", "09:00", "09:20", status="BOOKED")
    visit(backend, "v", "s")
    allowed = {(old, new): permission for (old, _), (new, permission) in states.VISIT.items()}
    for old, new in product(VisitStatus, repeat=2):
        set_visit(backend, "v", old.value)
        permission = allowed.get((old, new))
        if old is new or (permission and permission in ROLE_PERMISSIONS[Role(person)]):
            assert set_visit(staff, "v", new.value) == 1
        else:
            assert error_of(partial(set_visit, staff, "v", new.value)) == (NOT_ALLOWED if permission else BAD)


@pytest.mark.parametrize("status", list(SlotStatus))
def test_every_pair_of_slot_states(base: Base, status: SlotStatus) -> None:
    backend, desk = base.backend(), base.staff()
    slot(backend, "s", "09:00", "09:20")
    allowed = {(old, new) for (old, _), (new, _) in states.SLOT.items()} | {(SlotStatus.HELD, SlotStatus.BLOCKED)}
    for new in SlotStatus:
        set_slot(backend, "s", "FREE")
        if status is SlotStatus.HELD:
            set_slot(desk, "s", "HELD", "5 min")
        else:
            set_slot(backend, "s", status.value)
        if status is new or (status, new) in allowed:
            assert set_slot(desk, "s", new.value, "5 min") == 1
        else:
            assert error_of(partial(set_slot, desk, "s", new.value, "5 min")) == BAD


def test_a_provider_treats_own_visits_only(base: Base) -> None:
    backend, provider = base.backend(), base.staff("PROVIDER")
    slot(backend, "s", "09:00", "09:20", provider="prov-2", status="BOOKED")
    visit(backend, "v", "s", provider="prov-2", status="CHECKED_IN")
    assert error_of(partial(set_visit, provider, "v", "IN_PROGRESS")) == NOT_ALLOWED
    set_visit(backend, "v", "IN_PROGRESS")
    assert error_of(partial(set_visit, provider, "v", "COMPLETED")) == NOT_ALLOWED
    assert set_visit(provider, "v", "CANCELLED") == 1


def test_setting_a_group_role_does_not_escape(base: Base) -> None:
    backend, desk = base.backend(), base.staff()
    slot(backend, "s", "09:00", "09:20", status="BOOKED")
    visit(backend, "v", "s", status="COMPLETED")
    desk.execute("SET ROLE mha_staff")
    assert error_of(partial(set_visit, desk, "v", "PLANNED"))[0] in {"MH001", "42501"}
    desk.execute("RESET ROLE")
    assert error_of(partial(desk.execute, "SET session_replication_role = replica"))[0] == "42501"


def _clinical(connection: Connection[Any]) -> None:
    connection.execute(
        """
        INSERT INTO public.lab_orders (id, patient_id, provider_id, tests, updated_at)
            VALUES ('lab', 'pat-1', 'prov-1', '{CBC}', now());
        INSERT INTO public.referrals (id, patient_id, provider_id, specialty, reason, updated_at)
            VALUES ('ref', 'pat-1', 'prov-1', 'Cardiology', '', now());
        INSERT INTO public.excuse_notes (id, patient_id, provider_id, type, start_date, end_date, reason, updated_at)
            VALUES ('note', 'pat-1', 'prov-1', 'WORK', '2026-01-01', '2026-01-05', 'flu', now());
        INSERT INTO public.alerts (id, patient_id, severity, type, title, body)
            VALUES ('info', 'pat-1', 'INFO', 'X', '', ''), ('bad', 'pat-1', 'CRITICAL', 'X', '', '');
        INSERT INTO public.visit_requests (id, patient_id, "requestType", "visitMode", reason_text, updated_at)
            VALUES ('req', 'pat-1', 'SCHEDULED', 'VIRTUAL', '', now());
        """
    )


def _move(connection: Connection[Any], table: str, row: str, status: str) -> int:
    return connection.execute(f"UPDATE public.{table} SET status = %s WHERE id = %s", (status, row)).rowcount


def test_clinical_documents_go_their_way_and_no_other(base: Base) -> None:
    _clinical(base.backend())
    provider, desk = base.staff("PROVIDER"), base.staff()
    assert error_of(partial(_move, provider, "lab_orders", "lab", "COMPLETED")) == BAD
    assert error_of(partial(_move, provider, "referrals", "ref", "ACCEPTED")) == BAD
    assert error_of(partial(_move, provider, "visit_requests", "req", "CONVERTED_TO_VISIT")) == BAD
    assert error_of(partial(_move, provider, "alerts", "bad", "SNOOZED")) == BAD
    assert _move(desk, "lab_orders", "lab", "IN_PROGRESS") == 1
    assert _move(provider, "lab_orders", "lab", "COMPLETED") == 1
    assert error_of(partial(_move, provider, "lab_orders", "lab", "ORDERED")) == BAD
    assert error_of(partial(_move, provider, "referrals", "ref", "SENT")) == ("MH001", "RecipientNeeded")
    provider.execute("UPDATE public.referrals SET referred_to = 'Dr Hill' WHERE id = 'ref'")
    for status in ("SENT", "ACCEPTED", "COMPLETED"):
        assert _move(provider, "referrals", "ref", status) == 1
    assert _move(desk, "alerts", "info", "DISMISSED") == 1
    assert error_of(partial(_move, provider, "alerts", "info", "ACTIVE")) == BAD
    assert _move(desk, "visit_requests", "req", "TRIAGED") == 1
    assert error_of(partial(_move, desk, "visit_requests", "req", "NEW")) == BAD


def test_nothing_is_born_finished(base: Base) -> None:
    _clinical(base.backend())
    provider = base.staff("PROVIDER")
    for statement in (
        (
            "INSERT INTO public.referrals (id, patient_id, provider_id, specialty, reason, status, updated_at) "
            "VALUES ('r2', 'pat-1', 'prov-1', 'X', '', 'COMPLETED', now())"
        ),
        (
            "INSERT INTO public.excuse_notes (id, patient_id, provider_id, type, start_date, end_date, reason, status, "
            "updated_at) VALUES ('n2', 'pat-1', 'prov-1', 'WORK', now(), now(), '', 'SENT', now())"
        ),
        (
            "INSERT INTO public.lab_orders (id, patient_id, provider_id, tests, status, updated_at) "
            "VALUES ('l2', 'pat-1', 'prov-1', '{A1C}', 'COMPLETED', now())"
        ),
    ):
        assert error_of(partial(provider.execute, statement)) == BAD


def test_a_note_that_was_sent_never_changes(base: Base) -> None:
    _clinical(base.backend())
    provider, backend = base.staff("PROVIDER"), base.backend()
    provider.execute("UPDATE public.excuse_notes SET reason = 'influenza' WHERE id = 'note'")
    provider.execute("UPDATE public.excuse_notes SET status = 'SENT', sent_at = now() WHERE id = 'note'")
    for change in ("reason = 'x'", "end_date = end_date + interval '1 day'", "sent_at = now()", "restrictions = 'x'"):
        statement = f"UPDATE public.excuse_notes SET {change} WHERE id = 'note'"
        assert error_of(partial(provider.execute, statement)) == ("MH003", "DocumentLocked")
    assert error_of(partial(_move, provider, "excuse_notes", "note", "DRAFT")) == BAD
    assert _move(provider, "excuse_notes", "note", "EXPIRED") == 1
    backend.execute("UPDATE public.excuse_notes SET reason = 'the backend is not bound' WHERE id = 'note'")


def test_a_note_expires_after_its_last_day_in_the_clinic(base: Base) -> None:
    """Clinic 1 is in New York: its day is still going on when UTC has the next."""
    backend, provider = base.backend(), base.staff("PROVIDER")
    _clinical(backend)
    backend.execute("UPDATE public.excuse_notes SET status = 'SENT', end_date = '2031-05-05'")
    owner = base.owner()

    def clock(instant: str) -> None:
        owner.execute(
            "UPDATE desktop.installation SET clock_offset_seconds = extract(epoch FROM %s::timestamp) "
            "- extract(epoch FROM now())",
            [instant],
        )

    clock("2031-05-06 03:59")
    assert error_of(partial(_move, provider, "excuse_notes", "note", "EXPIRED")) == BAD
    clock("2031-05-06 04:01")
    assert _move(provider, "excuse_notes", "note", "EXPIRED") == 1


def test_every_status_leaves_an_event_whoever_wrote_it(base: Base) -> None:
    backend, desk, owner = base.backend(), base.staff(), base.owner()
    slot(backend, "s", "09:00", "09:20", status="BOOKED")
    visit(backend, "v", "s")
    with desk.transaction():
        desk.execute("SELECT fresh FROM desktop.begin_command('c-2', 'CheckIn', 'ws', now()::timestamp)")
        set_visit(desk, "v", "CHECKED_IN")
    backend.execute("UPDATE public.visits SET reason_text = 'other' WHERE id = 'v'")
    owner.execute("INSERT INTO desktop.visit_detail (visit_id, cancel_reason, updated_at) VALUES ('v', 'ill', now())")
    backend.execute("UPDATE public.visits SET status = 'CANCELLED' WHERE id = 'v'")  # forgets updated_at
    events = owner.execute(
        "SELECT status, by_user, reason, command_id, at, id = desktop.visit_event_id(visit_id, status, at) "
        "FROM desktop.visit_event ORDER BY at"
    ).fetchall()
    assert [event[:4] for event in events] == [
        ("PLANNED", None, None, None),
        ("CHECKED_IN", "user-medical_assistant-clinic-1", None, "c-2"),
        ("CANCELLED", None, "ill", None),
    ]
    assert all(event[5] for event in events)
    assert events[0][4] < events[1][4] < events[2][4]
