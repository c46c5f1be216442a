"""Who may call which function. A function that staff may call is named here by whoever has thought about it."""

from __future__ import annotations

import pytest
from psycopg import sql

from tests.database.conftest import Secured
from tests.support.walk import DENIED, Walk, attempt

ALL_STAFF = {
    "acting_author", "alert_ids", "alerts_waiting",
    "audit_seal", "begin_command", "booking_facts", "choose_overbook", "db_now", "decide_held_message",
    "discard_command", "drop_bmi", "drop_care_plan", "drop_excuse_note",
    "email_in_use", "end_overbook", "end_sessions", "escalate_alerts", "feed_check", "file_lab_rows", "finish_command",
    "fold", "has_role", "lease_slots", "lock_lab_filing", "make_external_provider", "make_summaries", "my_clinic",
    "my_provider", "my_providers",
    "my_roles", "my_user", "nearest_free_slots", "note_access", "only_clinic", "patient_id_is_free",
    "record_access", "record_sign_in", "remove_free_slots", "reopen_alerts", "reopen_session", "request_ids",
    "restore_import",
    "requests_waiting", "return_leases", "rule_is_foreign", "rule_run_begin",
    "rule_run_end", "rule_run_one", "rules_due", "search_patients", "search_words", "set_staff_password", "slot_exists",
    "slot_is_foreign", "summaries_claim", "take_back_import", "task_frequencies", "thread_ids", "threads_waiting",
    "touch_workstation", "undo_request_step", "undo_visit_status", "upkeep",
    "which_applied", "workstation_contact", "workstation_key",
}  # fmt: skip
ADMINS = {
    "audit_of_patient", "audit_verify", "audit_verify_part", "correct_import", "create_staff", "disable_staff",
    "edit_staff", "enable_staff", "end_connections", "enrol_workstation", "import_history", "keep_workstation_key",
    "merge_patients",
    "reassign_open_items", "record_export", "refresh_search_names", "release_leases", "revoke_workstation",
    "rule_cohort_size", "rule_run_decide", "rule_try", "set_staff_roles", "unmerge_patients",
}  # fmt: skip

_RIGHTS = """
SELECT p.proname::text, g.rolname::text
FROM pg_proc p
CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
LEFT JOIN pg_roles g ON g.oid = x.grantee
WHERE p.pronamespace = 'desktop'::regnamespace AND x.privilege_type = 'EXECUTE'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
"""


def test_every_right_to_call_is_meant(secured: Secured) -> None:
    server, database, _ = secured
    with server.admin(database) as superuser:
        rights = superuser.execute(_RIGHTS).fetchall()
    granted: dict[str | None, set[str]] = {}
    for function, grantee in rights:
        granted.setdefault(grantee, set()).add(function)
    assert None not in granted, f"everybody may call {granted.get(None)}"
    assert granted["mha_staff"] == ALL_STAFF
    assert granted["mha_admin"] == ADMINS
    assert set(granted) <= {"mha_staff", "mha_admin", "mha_roleadmin", "clinic_owner"}


_UNPINNED = """
SELECT p.proname::text, coalesce(array_to_string(p.proconfig, ' '), '')
FROM pg_proc p WHERE p.pronamespace = 'desktop'::regnamespace AND p.prosecdef
  AND coalesce((SELECT c FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%'), '') !~ '^search_path=.*, pg_temp$'
"""


def test_functions_that_lend_rights_look_for_names_in_places_of_ours_only(secured: Secured) -> None:
    server, database, _ = secured
    with server.admin(database) as superuser:
        assert superuser.execute(_UNPINNED).fetchall() == []


_OPEN = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('public', 'desktop') AND (
    c.relkind = 'm' OR (c.relkind = 'v' AND NOT 'security_invoker=true' = ANY (coalesce(c.reloptions, '{}')))
    OR EXISTS (SELECT FROM aclexplode(c.relacl) x WHERE x.grantee = 0))
"""


def test_no_view_lends_its_owners_eyes_and_nothing_is_everybodys(secured: Secured) -> None:
    server, database, _ = secured
    with server.admin(database) as superuser:
        found = superuser.execute(_OPEN).fetchall()
        base = superuser.execute(
            "SELECT has_database_privilege('public', current_database(), p) FROM unnest(ARRAY['CONNECT', 'TEMP']) p"
        ).fetchall()
        schema = superuser.execute(
            "SELECT has_schema_privilege('public', 'desktop', 'USAGE'),"
            " has_schema_privilege('public', 'public', 'CREATE')"
        ).fetchone()
    assert found == []
    assert base == [(False,), (False,)]
    assert schema == (False, False)


@pytest.mark.parametrize("role", ["MEDICAL_ASSISTANT", "PROVIDER"])
def test_the_administrators_functions_refuse_everybody_else(walk: Walk, secured: Secured, role: str) -> None:
    server, database, _ = secured
    with server.admin(database) as superuser:
        calls = superuser.execute(
            "SELECT p.proname::text, p.oid::regprocedure::text, p.pronargs FROM pg_proc p"
            " WHERE p.pronamespace = 'desktop'::regnamespace AND p.proname = ANY (%s)",
            (sorted(ADMINS),),
        ).fetchall()
    assert len(calls) == len(ADMINS)
    for name, _signature, arguments in calls:
        nothing = sql.SQL(", ").join([sql.NULL] * arguments)
        call = sql.SQL("SELECT desktop.{}({})").format(sql.Identifier(name), nothing)
        assert attempt(walk.connect("clinicA~", role), call).state == DENIED, name


def test_the_owners_functions_refuse_administrators(walk: Walk) -> None:
    admin = walk.connect("clinicA~", "ADMIN")
    for call in (
        "bootstrap_clinic('x', 'x', 'UTC')",
        "bootstrap_admin('clinicA~clinic', 'x', 'x@x.example', 'x', 'v', 'b')",
        "bootstrap_staff('clinicB~clinic', 'x', 'x@x.example', 'x', '{ADMIN}', 'v', 'b')",
        "install_login('clinicB~clinic', 'x', 'x@x.example', 'x', '{ADMIN}', 'v', 'b', NULL, true)",
        "restore_login('admin@clinicb.example', 'v', 'b')",
        "restore_roles()",
        "make_role('mha_u_x', NULL)",
        "set_groups('mha_u_x', '{ADMIN}')",
        "adopt_restored()",
    ):
        assert attempt(admin, sql.SQL("SELECT desktop.{}").format(sql.SQL(call))).state == DENIED, call
