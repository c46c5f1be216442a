"""Nobody passes for somebody else: names in rows, in the audit, and holds that a visit would take along."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from psycopg import sql

from app.domain.enums import Role
from tests.database.conftest import Secured
from tests.support.two_clinics import Row
from tests.support.walk import DENIED, Walk, attempt, insert, update

A = "clinicA~"
REFUSALS = (DENIED, "42P01", "42883", "42704", "0A000")
"""Not allowed, no such relation, function or object here, no such thing in this place."""

NAMES = (
    ("desktop.visit_detail", "booked_by", "MEDICAL_ASSISTANT"),
    ("desktop.task", "done_by", "MEDICAL_ASSISTANT"),
    ("desktop.alert_detail", "closed_by", "PROVIDER"),
    ("desktop.request_detail", "triaged_by", "MEDICAL_ASSISTANT"),
    ("desktop.request_detail", "proposed_by", "MEDICAL_ASSISTANT"),
    ("desktop.request_detail", "closed_by", "MEDICAL_ASSISTANT"),
    ("desktop.thread_detail", "closed_by", "MEDICAL_ASSISTANT"),
    ("desktop.lab_message", "handled_by", "PROVIDER"),
    ("desktop.referral_detail", "sent_by", "PROVIDER"),
    ("desktop.excuse_note_detail", "drafted_by", "MEDICAL_ASSISTANT"),
    ("desktop.excuse_note_detail", "signed_by", "PROVIDER"),
    ("desktop.excuse_note_detail", "withdrawn_by", "PROVIDER"),
)


@pytest.mark.parametrize(("table", "column", "role"), NAMES)
def test_nobody_writes_in_a_colleagues_name(walk: Walk, table: str, column: str, role: str) -> None:
    person = walk.connect(A, role)
    row = walk.clinics[A].new_row(walk.shape, table, role)
    mine = attempt(person, insert(table, {**row, column: f"{A}{role}"}))
    assert mine.state is None, mine
    colleague = attempt(person, insert(table, {**row, column: f"{A}ADMIN"}))
    assert colleague.state == DENIED, colleague
    empty = insert(table, {**row, column: None})
    key = walk.shape.keys[table][0]
    where = sql.SQL("{} = {}").format(sql.Identifier(key), sql.Literal(row[key]))
    if column in {"drafted_by"}:
        return  # never changed: no privilege
    changed = attempt(person, update(table, {column: f"{A}ADMIN"}, [], where), before=[empty])
    assert changed.state in (DENIED, "MH003"), changed
    kept = attempt(person, update(table, {column: f"{A}{role}"}, [], where), before=[empty])
    assert kept.state is None, kept


def test_on_behalf_of_in_the_audit_is_nobodys_word(walk: Walk) -> None:
    person = walk.connect(A, "ADMIN")
    with person.transaction(force_rollback=True):
        person.execute("SELECT set_config('mha.on_behalf_of', %s, true)", (f"{A}PROVIDER",))
        person.execute("SELECT set_config('mha.command', 'no-such-command', true)")
        person.execute("UPDATE public.patients SET first_name = 'Forged' WHERE id = %s", (f"{A}main~patients",))
        audited = person.execute(
            "SELECT user_id, on_behalf_of FROM desktop.audit "
            "WHERE xid = pg_current_xact_id() AND table_name = 'patients'"
        ).fetchall()
    assert audited == [(f"{A}ADMIN", None)]


def _slot(walk: Walk, role: str) -> Row:
    return walk.clinics[A].new_row(walk.shape, "public.visit_slots", role)


def test_a_visit_takes_no_slot_that_a_colleague_holds(walk: Walk, secured: Secured) -> None:
    server, database, _ = secured
    clinic = walk.clinics[A]
    holder, thief = walk.connect(A, Role.PROVIDER.value), walk.connect(A, Role.MEDICAL_ASSISTANT.value)
    slot = {**_slot(walk, "PROVIDER"), "status": "HELD"}
    visit = {**clinic.new_row(walk.shape, "public.visits", "MEDICAL_ASSISTANT"),
             "slot_id": slot["id"], "provider_id": slot["provider_id"]}  # fmt: skip
    until = datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=5)
    holder.execute(insert("public.visit_slots", {**slot, "held_until": until}))
    holder.commit()
    try:
        stolen = attempt(thief, insert("public.visits", visit))
        assert stolen.state == "MH002", stolen
        moved = sql.SQL("UPDATE public.visits SET slot_id = {}, provider_id = {} WHERE id = {}").format(
            sql.Literal(slot["id"]), sql.Literal(slot["provider_id"]), sql.Literal(f"{A}main~visits")
        )
        assert attempt(thief, moved).state == "MH002"
        assert attempt(holder, insert("public.visits", visit)).state is None
    finally:
        with server.admin(database) as superuser:
            superuser.execute("DELETE FROM public.visit_slots WHERE id = %s", (slot["id"],))


def test_statistics_and_names_of_the_server_stay_as_they_are(walk: Walk) -> None:
    person = walk.connect(A, "MEDICAL_ASSISTANT")
    for statement in (
        "SELECT setval('desktop.change_seq_seq', 1)",
        "SELECT * FROM pg_stat_statements",
        "SELECT pg_read_binary_file('pg_hba.conf')",
        "SELECT lo_import('/etc/passwd')",
        "COPY public.patients FROM '/etc/passwd'",
        "ALTER DATABASE postgres SET search_path = pg_temp",
        "ALTER ROLE ALL SET search_path = pg_temp",
        "ALTER ROLE mha_staff SET search_path = pg_temp",
        "CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION desktop.refuse_name()",
        "CREATE TRIGGER mine BEFORE INSERT ON public.patients EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE RULE mine AS ON SELECT TO public.patients DO INSTEAD NOTHING",
        "CREATE VIEW public.mine AS SELECT * FROM public.patients",
        "COMMENT ON ROLE mha_staff IS 'x'",
        "REASSIGN OWNED BY clinic_owner TO SESSION_USER",
        "IMPORT FOREIGN SCHEMA public FROM SERVER x INTO public",
        "CREATE CAST (text AS integer) WITH INOUT AS IMPLICIT",
        "CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p WITH (connect = false)",
        "SELECT desktop.refuse_name()",
    ):
        result = attempt(person, sql.SQL(statement))
        assert result.state in REFUSALS, (statement, result)
