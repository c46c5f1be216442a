"""Everything that is written is kept, by whom, and nobody changes it unseen."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from psycopg import Connection

from app.db.catalog import TABLES
from tests.database.triggers.base import BACKEND, Base, error_of, one, set_visit, slot, visit


def rows(connection: Connection[Any], table: str, row_id: str) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT op, who, user_id, clinic_id, workstation, command_id, before, after FROM desktop.audit "
        "WHERE table_name = %s AND row_id = %s ORDER BY seq",
        (table, row_id),
    ).fetchall()


def test_the_sql_catalog_is_the_programs(base: Base) -> None:
    found = base.owner().execute("SELECT * FROM desktop.table_catalog()").fetchall()
    assert {(s, t, scope, synced, audited, frozenset(secret)) for s, t, scope, synced, audited, secret in found} == {
        (entry.schema, entry.table, entry.scope.value, entry.synced, entry.audited, entry.secret_columns)
        for entry in TABLES.values()
    }
    assert len(found) == len(TABLES)


def test_who_did_what_where_and_under_which_command(base: Base) -> None:
    owner, desk, backend = base.owner(), base.staff(), base.backend()
    slot(backend, "s", "09:00", "09:20", status="BOOKED")
    visit(backend, "v", "s")
    with desk.transaction():
        desk.execute("SELECT desktop.begin_command('c1', 'CheckIn', 'desk-1', now()::timestamp)")
        set_visit(desk, "v", "CHECKED_IN")
    backend.execute("DELETE FROM public.visits WHERE id = 'v'")
    made, changed, deleted = rows(owner, "visits", "v")
    assert made[:6] == ("I", BACKEND, None, "clinic-1", None, None)
    assert made[6] is None
    assert made[7]["patient_id"] == "pat-1"
    login = desk.info.user
    assert changed[:6] == ("U", login, "user-medical_assistant-clinic-1", "clinic-1", "desk-1", "c1")
    assert (changed[6]["status"], changed[7]["status"]) == ("PLANNED", "CHECKED_IN")
    assert deleted[:2] == ("D", BACKEND)
    assert deleted[7] is None
    assert deleted[6]["status"] == "CHECKED_IN"


def test_settings_end_with_their_transaction(base: Base) -> None:
    owner, desk = base.owner(), base.staff()
    with desk.transaction():
        desk.execute("SELECT desktop.begin_command('c1', 'Edit', 'desk-1', now()::timestamp)")
    desk.execute("UPDATE public.patients SET first_name = 'New' WHERE id = 'pat-1'")
    assert rows(owner, "patients", "pat-1")[-1][4:6] == (None, None)


def test_nothing_secret_is_kept(base: Base) -> None:
    owner = base.owner()
    owner.execute("UPDATE public.users SET password_hash = 'hidden-word' WHERE id = 'user-pat-1'")
    owner.execute(
        "INSERT INTO public.refresh_tokens (id, user_id, token, expires_at) "
        "VALUES ('t', 'user-pat-1', 'hidden-word', now())"
    )
    owner.execute(
        "INSERT INTO public.device_connections (id, patient_id, provider, external_id, access_token, refresh_token, "
        "updated_at) VALUES ('d', 'pat-1', 'OURA', 'x', 'hidden-word', 'hidden-word', now())"
    )
    owner.execute("UPDATE public.device_connections SET access_token = 'hidden-word-2'")
    kept = owner.execute(
        "SELECT count(*) FROM desktop.audit WHERE concat(before, after) LIKE '%hidden-word%'"
    ).fetchone()
    assert kept == (0,)
    changed = rows(owner, "users", "user-pat-1")[-1]
    assert changed[0] == "U"
    assert "password_hash" not in changed[6]
    assert rows(owner, "device_connections", "d")[-1][0] == "U"  # that a token changed is known


def test_an_update_that_changes_nothing_leaves_nothing(base: Base) -> None:
    owner = base.owner()
    before = rows(owner, "patients", "pat-1")
    owner.execute("UPDATE public.patients SET first_name = first_name")
    assert rows(owner, "patients", "pat-1") == before


def test_a_new_key_is_the_old_ones_end(base: Base) -> None:
    owner = base.owner()
    slot(owner, "s", "09:00", "09:20")
    owner.execute("UPDATE public.visit_slots SET id = 's2' WHERE id = 's'")
    assert [row[0] for row in rows(owner, "visit_slots", "s")] == ["I", "D"]
    assert [row[0] for row in rows(owner, "visit_slots", "s2")] == ["I"]


def test_both_arms_of_an_upsert_and_a_cascade(base: Base) -> None:
    owner = base.owner()
    slot(owner, "s", "09:00", "09:20", status="BOOKED")
    visit(owner, "v", "s")
    owner.execute(
        "INSERT INTO public.visit_slots (id, provider_id, start_time, end_time, visit_mode, updated_at) VALUES "
        "('s', 'prov-1', now(), now(), 'VIRTUAL', now()), ('t', 'prov-1', now(), now(), 'VIRTUAL', now()) "
        "ON CONFLICT (id) DO UPDATE SET visit_mode = 'VIRTUAL'"
    )
    assert [row[0] for row in rows(owner, "visit_slots", "s")] == ["I", "U"]
    assert [row[0] for row in rows(owner, "visit_slots", "t")] == ["I"]
    owner.execute("DELETE FROM public.visit_slots WHERE id = 's'")
    assert [row[0] for row in rows(owner, "visits", "v")] == ["I", "D"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE desktop.audit SET who = 'somebody else'",
        "UPDATE desktop.audit SET before = NULL",
        "DELETE FROM desktop.audit",
        "TRUNCATE desktop.audit",
        "UPDATE desktop.audit SET chain_seq = NULL WHERE chain_seq IS NOT NULL",
    ],
)
def test_nobody_changes_the_audit_not_even_its_owner(base: Base, statement: str) -> None:
    owner = base.owner()
    owner.execute("SELECT desktop.audit_seal()")
    assert error_of(partial(owner.execute, statement)) == ("MH003", "DocumentLocked")
    assert error_of(partial(base.staff("ADMIN").execute, statement))[0] == "42501"


def seal(connection: Connection[Any]) -> int:
    row = connection.execute("SELECT desktop.audit_seal()").fetchone()
    assert row is not None
    return int(row[0])


def verify(connection: Connection[Any], anchor: str | None = None) -> tuple[Any, ...]:
    return one(connection, "SELECT ok, first_bad, problem, head, checked FROM desktop.audit_verify(%s)", [anchor])


def test_the_chain_follows_the_feeds_order_behind_those_still_writing(base: Base) -> None:
    owner, late = base.owner(), base.backend(autocommit=False)
    seal(owner)
    late.execute("UPDATE public.patients SET first_name = 'Late' WHERE id = 'pat-1'")
    owner.execute("UPDATE public.patients SET first_name = 'Early' WHERE id = 'pat-2'")
    assert seal(owner) == 0  # a transaction that began before may still come in
    late.commit()
    assert seal(owner) == 2
    order = owner.execute("SELECT xid::text::bigint, seq FROM desktop.audit ORDER BY chain_seq").fetchall()
    assert order == sorted(order)
    assert verify(owner)[0] is True
    assert verify(base.staff("ADMIN"))[0] is True
    assert error_of(partial(verify, base.staff()))[0] == "42501"


def _forge(connection: Connection[Any], statement: str) -> None:
    """What somebody with the owner's rights can do: take the guards off, write, put them on again."""
    connection.execute("ALTER TABLE desktop.audit DISABLE TRIGGER USER")
    connection.execute(statement)
    connection.execute("ALTER TABLE desktop.audit ENABLE TRIGGER USER")


@pytest.mark.parametrize(
    ("forgery", "problem"),
    [
        ('UPDATE desktop.audit SET after = after || \'{"first_name": "Forged"}\' WHERE chain_seq = 7', "changed"),
        ("UPDATE desktop.audit SET who = 'x' WHERE chain_seq = 7", "changed"),
        ("DELETE FROM desktop.audit WHERE chain_seq = 6", "missing"),
        (
            (
                "INSERT INTO desktop.audit (seq, at, xid, who, table_name, row_id, op) OVERRIDING SYSTEM VALUE "
                "SELECT -1, at, xid, 'x', 'patients', 'pat-1', 'D' FROM desktop.audit WHERE chain_seq = 7"
            ),
            "behind",
        ),
    ],
)
def test_a_forgery_is_found_and_named(base: Base, forgery: str, problem: str) -> None:
    owner = base.owner()
    seal(owner)
    row = owner.execute("SELECT seq FROM desktop.audit WHERE chain_seq = 7").fetchone()
    assert row is not None
    _forge(owner, forgery)
    ok, first_bad, words, *_ = verify(owner)
    assert ok is False
    assert problem in words
    assert first_bad == (-1 if problem == "behind" else row[0])


def test_a_cut_off_end_is_found_by_the_head_kept_outside(base: Base) -> None:
    owner = base.owner()
    seal(owner)
    head = verify(owner)[3]
    _forge(owner, "DELETE FROM desktop.audit WHERE chain_seq = (SELECT max(chain_seq) FROM desktop.audit)")
    assert verify(owner)[0] is True
    assert verify(owner, head)[:3] == (False, None, "the anchored row is missing")


def test_the_hash_does_not_depend_on_the_session(base: Base) -> None:
    owner = base.owner()
    seal(owner)
    for setting in (
        "TimeZone = 'Asia/Tokyo'",
        "DateStyle = 'German'",
        "extra_float_digits = 0",
        "bytea_output = 'escape'",
    ):
        owner.execute(f"SET {setting}")
    assert verify(owner)[0] is True


def test_after_a_restore_chain_and_feed_go_on(base: Base) -> None:
    """A dump brings transaction ids that this server has not reached yet."""
    owner = base.owner()
    seal(owner)
    owner.execute("UPDATE public.patients SET first_name = 'Unsealed' WHERE id = 'pat-1'")
    _forge(owner, "UPDATE desktop.audit SET xid = '99999999999' WHERE chain_seq IS NULL")
    owner.execute("UPDATE desktop.installation SET system_identifier = 'another server'")
    epoch = owner.execute("SELECT epoch FROM desktop.installation").fetchone()
    assert owner.execute("SELECT desktop.adopt_restored()").fetchone() == (True,)
    assert owner.execute("SELECT desktop.adopt_restored()").fetchone() == (False,)
    assert owner.execute("SELECT epoch FROM desktop.installation").fetchone() != epoch
    owner.execute("UPDATE public.patients SET first_name = 'After' WHERE id = 'pat-1'")
    assert verify(owner)[0] is True
    assert seal(owner) > 0
    assert verify(owner)[0] is True
