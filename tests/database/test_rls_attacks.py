"""What a person could try with their own password and psql: each attempt is refused or shows nothing."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from app.security.identity import login_role
from tests.database.conftest import Secured
from tests.support.secured import PASSWORD, email
from tests.support.two_clinics import Row, Shape
from tests.support.walk import DENIED, Walk, attempt, insert

A, B = "clinicA~", "clinicB~"

REFUSED = {
    "become an administrator": "SET ROLE mha_admin",
    "become the maker of roles": "SET ROLE mha_roleadmin",
    "become the owner": "SET ROLE clinic_owner",
    "become a superuser": "SET ROLE postgres",
    "change the session's user": "SET SESSION AUTHORIZATION clinic_owner",
    "join the administrators": "GRANT mha_admin TO SESSION_USER",
    "superuser by ALTER ROLE": "ALTER ROLE SESSION_USER SUPERUSER",
    "bypass by ALTER ROLE": "ALTER ROLE SESSION_USER BYPASSRLS",
    "makers' right by ALTER ROLE": "ALTER ROLE SESSION_USER CREATEROLE",
    "make a role": "CREATE ROLE mha_u_evil LOGIN",
    "another's password": "ALTER ROLE clinic_owner PASSWORD 'x'",
    "temporary function": "CREATE FUNCTION pg_temp.leak(text) RETURNS bool LANGUAGE sql AS 'SELECT true'",
    "temporary table": "CREATE TEMPORARY TABLE mine (x int)",
    "function in public": "CREATE FUNCTION public.leak(text) RETURNS bool LANGUAGE sql AS 'SELECT true'",
    "function in desktop": "CREATE FUNCTION desktop.leak(text) RETURNS bool LANGUAGE sql AS 'SELECT true'",
    "table in public": "CREATE TABLE public.mine (x int)",
    "schema of one's own": "CREATE SCHEMA mine",
    "an extension": "CREATE EXTENSION pg_prewarm",
    "no row-level security": "ALTER TABLE public.patients NO FORCE ROW LEVEL SECURITY",
    "drop a policy": "DROP POLICY staff_select ON public.patients",
    "a policy of one's own": "CREATE POLICY mine ON public.patients USING (true)",
    "disable a trigger": "ALTER TABLE public.visits DISABLE TRIGGER ALL",
    "replica mode": "SET session_replication_role = replica",
    "block everybody": "LOCK TABLE public.patients IN ACCESS EXCLUSIVE MODE",
    "read a file": "SELECT pg_read_file('/etc/passwd')",
    "run a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "passwords of the server": "SELECT * FROM pg_authid",
    "end another's session": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
    "the feed's triggers' own function": "SELECT desktop.make_role('mha_u_x', NULL)",
    "write the feed": "INSERT INTO desktop.change (table_name, row_id, op) VALUES ('visits', 'x', 'D')",
    "write the audit": "UPDATE desktop.audit SET who = 'someone'",
    "forget the audit": "DELETE FROM desktop.audit",
    "claim a slot away": "DELETE FROM desktop.slot_claim",
    "overbook by hand": "UPDATE desktop.slot_detail SET overbook = true",
    "move to another clinic": f"UPDATE desktop.login SET clinic_id = '{B}clinic'",
    "a new id": "UPDATE public.patients SET id = 'x'",
    "somebody else's patient": "UPDATE public.visits SET patient_id = 'x'",
}


@pytest.mark.parametrize("try_", REFUSED)
def test_an_assistant_is_refused(walk: Walk, try_: str) -> None:
    result = attempt(walk.connect(A, "MEDICAL_ASSISTANT"), sql.SQL(REFUSED[try_]))
    assert result.state == DENIED, result


@pytest.mark.parametrize("try_", [name for name in REFUSED if name not in ("become an administrator",)])
def test_an_administrator_is_refused_too(walk: Walk, try_: str) -> None:
    result = attempt(walk.connect(A, "ADMIN"), sql.SQL(REFUSED[try_]))
    assert result.state == DENIED, result


def _rows(connection: psycopg.Connection, question: str) -> list[tuple[object, ...]]:
    return connection.execute(question.encode()).fetchall()


def test_turning_row_security_off_shows_an_error_and_no_rows(walk: Walk) -> None:
    connection = walk.connect(A, "ADMIN")
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL row_security = off")
        assert attempt(connection, sql.SQL("SELECT id FROM public.patients")).state == DENIED


def test_a_role_that_one_may_take_changes_nothing(walk: Walk) -> None:
    connection = walk.connect(A, "MEDICAL_ASSISTANT")
    with connection.transaction(force_rollback=True):
        before = _rows(connection, "SELECT id FROM public.visits ORDER BY 1")
        connection.execute("SET LOCAL ROLE mha_assistant")
        assert _rows(connection, "SELECT id FROM public.visits ORDER BY 1") == before
        assert _rows(connection, "SELECT desktop.my_clinic()") == [(f"{A}clinic",)]
        assert attempt(connection, sql.SQL("SELECT password_hash FROM public.users")).state == DENIED


def test_settings_of_the_session_are_believed_by_nobody(walk: Walk) -> None:
    connection = walk.connect(A, "MEDICAL_ASSISTANT")
    with connection.transaction(force_rollback=True):
        for name in ("mha.user", "mha.clinic", "mha.actor", "mha.roles", "mha.overbook", "mha.command"):
            connection.execute("SELECT set_config(%s, %s, true)", (name, f"{B}ADMIN"))
        connection.execute("SELECT set_config('search_path', 'pg_temp, desktop, public', true)")
        me = _rows(connection, "SELECT desktop.my_user(), desktop.my_clinic(), desktop.has_role('ADMIN')")
        assert me == [(f"{A}MEDICAL_ASSISTANT", f"{A}clinic", False)]


def test_on_conflict_neither_changes_nor_tells_of_the_other_clinics_rows(walk: Walk, secured: Secured) -> None:
    connection = walk.connect(A, "MEDICAL_ASSISTANT")
    row = walk.clinics[A].new_row(walk.shape, "desktop.household", "MEDICAL_ASSISTANT")
    theirs = {**row, "id": f"{B}main~household"}
    change = sql.SQL("{} ON CONFLICT (id) DO UPDATE SET name = 'taken' RETURNING id").format(
        insert("desktop.household", theirs)
    )
    assert attempt(connection, change).state == DENIED
    quiet = attempt(connection, sql.SQL("{} ON CONFLICT DO NOTHING").format(insert("desktop.household", theirs)))
    assert (quiet.state, quiet.count) == (None, 0)
    slot = walk.clinics[A].new_row(walk.shape, "public.visit_slots", "MEDICAL_ASSISTANT")
    change = sql.SQL("{} ON CONFLICT (id) DO UPDATE SET status = 'BLOCKED'").format(
        insert("public.visit_slots", {**slot, "id": f"{B}main~visit_slots"})
    )
    assert attempt(connection, change).state == DENIED


def test_another_clinics_row_cannot_be_locked(walk: Walk) -> None:
    locked = attempt(
        walk.connect(A, "ADMIN"), sql.SQL("SELECT id FROM public.patients WHERE id LIKE 'clinicB%' FOR UPDATE")
    )
    assert (locked.state, locked.rows) == (None, [])


def test_errors_and_statistics_tell_nothing_of_other_clinics(walk: Walk) -> None:
    connection = walk.connect(A, "MEDICAL_ASSISTANT")
    cast = attempt(connection, sql.SQL("SELECT id FROM public.patients WHERE first_name::int = 1"))
    assert cast.state == "22P02"
    assert A in cast.text
    assert B not in cast.text
    assert _rows(connection, "SELECT 1 FROM pg_stats WHERE tablename IN ('patients', 'users', 'visits')") == []
    connection.rollback()


def test_bulk_copy_follows_the_policies(walk: Walk) -> None:
    connection = walk.connect(A, "ADMIN")
    with (
        connection.transaction(force_rollback=True),
        connection.cursor().copy("COPY (SELECT * FROM public.patients) TO STDOUT") as copy,
    ):
        assert B.encode() not in b"".join(bytes(part) for part in copy)
    assert attempt(connection, sql.SQL("COPY public.users TO STDOUT")).state == DENIED


def test_the_bell_tells_everybody_a_position_and_nothing_else(secured: Secured, walk: Walk) -> None:
    server, database, _ = secured
    with psycopg.connect(
        server.url(database, login_role(email(A, "MEDICAL_ASSISTANT")), PASSWORD), autocommit=True
    ) as listener:
        listener.execute("LISTEN mha_feed")
        listener.execute("LISTEN clinic_b")
        with psycopg.connect(server.url(database, login_role(email(B, "ADMIN")), PASSWORD), autocommit=True) as writer:
            writer.execute("UPDATE public.patients SET updated_at = updated_at + interval '1 ms'")
        heard = [note.payload for note in listener.notifies(timeout=5, stop_after=1)]
        assert len(heard) == 1
        assert not any(character.isalpha() for character in heard[0]), heard


def test_a_rule_becomes_its_makers_and_a_shared_one_stays_shared(walk: Walk, secured: Secured) -> None:
    server, database, _ = secured
    admin = walk.connect(A, "ADMIN")
    rule = walk.clinics[A].new_row(walk.shape, "public.clinical_rules", "ADMIN")
    with admin.transaction(force_rollback=True):
        admin.execute(insert("public.clinical_rules", rule))
        owner = _rows(admin, "SELECT clinic_id FROM desktop.rule_clinic WHERE rule_id LIKE '%new~%'")
        assert owner == [(f"{A}clinic",)]
    shared: Row = {**rule, "id": "shared-rule"}
    with server.admin(database) as superuser:
        superuser.execute(insert("public.clinical_rules", shared))
        try:
            for mark in (A, B):
                person = walk.connect(mark, "ADMIN")
                assert (
                    attempt(person, sql.SQL("SELECT 1 FROM public.clinical_rules WHERE id = 'shared-rule'")).count == 1
                )
                touch = sql.SQL("UPDATE public.clinical_rules SET enabled = false WHERE id = 'shared-rule'")
                assert attempt(person, touch).count == 0
                claim = insert("desktop.rule_clinic", {"rule_id": "shared-rule", "clinic_id": f"{mark}clinic"})
                assert attempt(person, claim).state == DENIED
        finally:
            superuser.execute("DELETE FROM public.clinical_rules WHERE id = 'shared-rule'")


def test_a_visit_stays_with_its_provider_and_its_beginning(walk: Walk) -> None:
    shape = Shape(walk.connect(A, "ADMIN"))
    clinic = walk.clinics[A]
    visit = clinic.new_row(shape, "public.visits", "MEDICAL_ASSISTANT")
    assistant, admin = walk.connect(A, "MEDICAL_ASSISTANT"), walk.connect(A, "ADMIN")
    assert attempt(assistant, insert("public.visits", visit)).state is None
    assert attempt(assistant, insert("public.visits", {**visit, "provider_id": clinic.provider})).state == DENIED
    history = insert("public.visits", {**visit, "status": "COMPLETED"})
    assert attempt(assistant, history).state == DENIED
    assert attempt(admin, history).state is None
    done = sql.SQL("UPDATE public.visits SET status = 'COMPLETED' WHERE id = {}").format(sql.Literal(f"{A}main~visits"))
    assert attempt(assistant, done).state in ("MH001", "MH003")


def test_only_providers_and_administrators_keep_hours_and_only_their_own(walk: Walk) -> None:
    clinic = walk.clinics[A]
    row = clinic.new_row(walk.shape, "public.provider_availability", "PROVIDER")
    colleague = {**row, "provider_id": f"{A}spare~providers"}
    assert attempt(walk.connect(A, "PROVIDER"), insert("public.provider_availability", row)).state is None
    assert attempt(walk.connect(A, "PROVIDER"), insert("public.provider_availability", colleague)).state == DENIED
    assert attempt(walk.connect(A, "ADMIN"), insert("public.provider_availability", colleague)).state is None


def test_assistants_follow_orders_but_never_send_or_sign(walk: Walk) -> None:
    assistant = walk.connect(A, "MEDICAL_ASSISTANT")
    for statement in (
        "UPDATE public.referrals SET status = 'CANCELLED', updated_at = updated_at",
        "UPDATE public.lab_orders SET status = 'CANCELLED'",
        "UPDATE public.lab_orders SET results = '{}'",
        "UPDATE public.excuse_notes SET status = 'SENT'",
        "UPDATE public.alerts SET status = 'RESOLVED'",
    ):
        result = attempt(assistant, sql.SQL(statement))
        assert result.state in (DENIED, "MH001", "MH003"), (statement, result)


def test_an_administrator_types_no_measurement(walk: Walk) -> None:
    clinic = walk.clinics[A]
    row = clinic.new_row(walk.shape, "public.measurements", "ADMIN")
    typed = insert("public.measurements", {**row, "source": "MANUAL"})
    assert attempt(walk.connect(A, "ADMIN"), typed).state == DENIED
    index = clinic.new_row(walk.shape, "public.bmi_readings", "ADMIN")
    assert attempt(walk.connect(A, "ADMIN"), insert("public.bmi_readings", index)).state == DENIED


@pytest.mark.parametrize(
    "change",
    [
        {"role": "ADMIN"},
        {"role": "PROVIDER"},
        {"password_hash": "$2b$12$" + "a" * 53},
        {"password_hash": ""},
        {"patient_id": f"{A}main~patients"},
        {"patient_id": f"{B}main~patients"},
        {"patient_id": None},
        {"provider_id": f"{A}own~providers"},
        {"clinic_id": None},
    ],
    ids=str,
)
def test_staff_make_no_account_that_could_sign_in_or_pass_for_another(walk: Walk, change: Row) -> None:
    row = walk.clinics[A].new_row(walk.shape, "public.users", "ADMIN")
    for role in ("MEDICAL_ASSISTANT", "PROVIDER", "ADMIN"):
        assert attempt(walk.connect(A, role), insert("public.users", {**row, **change})).state == DENIED


def test_the_e_mail_of_somebody_who_signs_in_is_not_the_desks_to_change(walk: Walk, secured: Secured) -> None:
    server, database, _ = secured
    assistant = walk.connect(A, "MEDICAL_ASSISTANT")
    patient = sql.SQL("UPDATE public.users SET email = 'new@x.example' WHERE id = {}").format(
        sql.Literal(f"{A}main~users")
    )
    assert attempt(assistant, patient).count == 1
    colleague = sql.SQL("UPDATE public.users SET email = 'evil@x.example' WHERE id = {}").format(
        sql.Literal(f"{A}ADMIN")
    )
    assert attempt(assistant, colleague).count == 0
    with server.admin(database) as superuser:
        superuser.execute(
            "UPDATE public.users SET password_hash = '$2b$10$' || repeat('a', 53) WHERE id = %s", (f"{A}main~users",)
        )
        try:
            assert attempt(assistant, patient).count == 0
        finally:
            superuser.execute("UPDATE public.users SET password_hash = '!' WHERE id = %s", (f"{A}main~users",))


def test_who_was_disabled_sees_nothing_and_calls_nothing(walk: Walk) -> None:
    for who, connection in walk.outsiders.items():
        assert attempt(connection, sql.SQL("SELECT desktop.my_clinic(), desktop.my_user()")).rows == [(None, None)], who
        for call in (
            "desktop.search_patients(ARRAY['clinica'], NULL, NULL, NULL, NULL, 10, 0)",
            "desktop.email_in_use('x')",
        ):
            result = attempt(connection, sql.SQL("SELECT {}").format(sql.SQL(call)))
            assert result.state is not None or result.rows in ([], [(False,)], [(None,)]), (who, call, result)
        for call in ("create_staff('u', 'a@b.c', 'n', '{ADMIN}', 'v', 'b')", "disable_staff('x')", "end_sessions('x')",
                     "edit_staff('x', 'a@b.c', 'n')",
                     "set_staff_password('x', 'v', 'b')", "record_access('x', 'OPEN')",
                     "record_sign_in('SIGN_IN', 'desk')"):  # fmt: skip
            result = attempt(connection, sql.SQL("SELECT desktop.{}").format(sql.SQL(call)))
            assert result.state == "MH003", (who, call, result)


def test_whoever_writes_plain_sql_holds_no_time_longer_than_the_window_does(walk: Walk) -> None:
    slot = {**walk.clinics[A].new_row(walk.shape, "public.visit_slots", "MEDICAL_ASSISTANT"), "id": f"{A}held"}
    held = insert("public.visit_slots", {**slot, "status": "HELD", "held_until": None})
    free = insert("public.visit_slots", {**slot, "status": "FREE", "held_until": None})
    soon = sql.SQL(
        "UPDATE public.visit_slots SET start_time = desktop.db_now(),"
        " end_time = desktop.db_now() + interval '20 minutes' WHERE id = {}"
    ).format(sql.Literal(slot["id"]))

    def hold(until: str) -> sql.Composed:
        text = sql.SQL("UPDATE public.visit_slots SET status = 'HELD', held_until = {} WHERE id = {}")
        return text.format(sql.SQL(until), sql.Literal(slot["id"]))

    for role in ("MEDICAL_ASSISTANT", "PROVIDER", "ADMIN"):
        desk = walk.connect(A, role)
        assert attempt(desk, held).text == "HoldTooLong"
        for until in ("NULL", "'infinity'", "desktop.db_now() + interval '17 minutes'"):
            tried = attempt(desk, hold(until), before=[free, soon])
            assert (tried.state, tried.text) == ("MH003", "HoldTooLong"), (role, until)
        assert attempt(desk, hold("desktop.db_now() + interval '15 minutes'"), before=[free, soon]).count == 1


def test_a_body_mass_index_goes_only_with_what_was_entered_in_error(walk: Walk) -> None:
    drop = sql.SQL("SELECT 1 WHERE desktop.drop_bmi(ARRAY[{}, {}]) = {}")
    mine, theirs = (sql.Literal(f"{clinic}main~bmi_readings") for clinic in (A, B))
    slip = sql.SQL("INSERT INTO public.measurements (id, patient_id, type, value, timestamp, source, metadata) SELECT "
                   "'slip', patient_id, 'WEIGHT', '80', timestamp, 'MANUAL', '{{\"retracted\": {{}}}}' "
                   "FROM public.bmi_readings WHERE id IN ({}, {})")  # fmt: skip
    for role in ("MEDICAL_ASSISTANT", "PROVIDER"):
        person = walk.connect(A, role)
        assert attempt(person, drop.format(mine, theirs, 0)).count == 1, "nothing was taken back"
        assert attempt(person, drop.format(mine, theirs, 1), before=[slip.format(mine, theirs)]).count == 1, role
    assert attempt(walk.connect(A, "ADMIN"), drop.format(mine, theirs, 0)).text == "NotAllowed"


def test_an_assistant_writes_no_problems_and_no_medicines_into_a_patients_details(walk: Walk) -> None:
    assistant, provider = walk.connect(A, "MEDICAL_ASSISTANT"), walk.connect(A, "PROVIDER")

    def details(value: str) -> sql.Composed:
        text = sql.SQL("UPDATE public.patients SET demographics = {} WHERE id = {}")
        return text.format(sql.SQL(value), sql.Literal(f"{A}main~patients"))

    clinical = ('{"conditions": []}', '{"medications": [1]}', '{"listsConfirmed": {"medications": {}}}')
    for one in clinical:
        tried = attempt(assistant, details(f"'{one}'"))
        assert (tried.state, tried.text) == ("MH003", "NotAllowed"), one
        assert attempt(provider, details(f"'{one}'")).count == 1
    for person in (assistant, provider, walk.connect(A, "ADMIN")):
        assert attempt(person, details("'[]'")).text == "BadValue"
        assert attempt(person, details("jsonb_build_object('phone', repeat('7', 1000001))")).text == "TooLong"
        assert attempt(person, details("""'{"phone": "2", "allergies": [{"display": "Latex"}]}'""")).count == 1
