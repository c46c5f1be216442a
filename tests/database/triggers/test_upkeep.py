"""Upkeep: once a minute somebody's program seals what is settled, once a day it prunes the feed."""

from __future__ import annotations

from functools import partial
from typing import Any

from psycopg import Connection

from tests.database.triggers.base import Base, error_of, slot, visit


def upkeep(connection: Connection[Any]) -> tuple[int, int]:
    row = connection.execute("SELECT sealed, pruned FROM desktop.upkeep()").fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def later(owner: Connection[Any], seconds: int) -> None:
    owner.execute("UPDATE desktop.installation SET clock_offset_seconds = clock_offset_seconds + %s", [seconds])


def unsealed(owner: Connection[Any]) -> int:
    row = owner.execute("SELECT count(*) FROM desktop.audit WHERE chain_seq IS NULL").fetchone()
    assert row is not None
    return int(row[0])


def test_any_staff_seals_what_is_a_minute_old_and_only_the_first_of_them(base: Base) -> None:
    owner, desk, other = base.owner(), base.staff(), base.staff("PROVIDER")
    owner.execute("SELECT desktop.audit_seal()")
    owner.execute("UPDATE public.patients SET first_name = 'New' WHERE id = 'pat-1'")
    assert upkeep(desk) == (0, 0)  # the next minute's rows go together
    later(owner, 61)
    waiting = unsealed(owner)
    assert waiting > 0
    assert upkeep(desk) == (waiting, 0)
    assert upkeep(other) == (0, 0)
    assert unsealed(owner) == 0
    row = owner.execute("SELECT ok FROM desktop.audit_verify()").fetchone()
    assert row == (True,)


def test_upkeep_stays_behind_those_still_writing_and_waits_for_nobody(base: Base) -> None:
    owner, desk, other = base.owner(), base.staff(), base.staff("PROVIDER")
    late = base.backend(autocommit=False)
    owner.execute("SELECT desktop.audit_seal()")
    late.execute("UPDATE public.patients SET first_name = 'Late' WHERE id = 'pat-2'")
    later(owner, 61)
    assert upkeep(desk) == (0, 0)
    late.commit()
    other.autocommit = False
    assert upkeep(other)[0] > 0  # and is still at it
    later(owner, 61)
    later(owner, 61)
    desk.execute("SET statement_timeout = '20s'")
    assert upkeep(desk) == (0, 0)
    other.commit()
    assert upkeep(desk)[0] > 0


def test_the_feed_keeps_a_fortnight_and_is_pruned_once_a_day(base: Base) -> None:
    owner, desk = base.owner(), base.staff()
    owner.execute("UPDATE public.patients SET first_name = 'Old' WHERE id = 'pat-1'")
    later(owner, 14 * 86400 + 3600)
    assert upkeep(desk)[1] == 0  # not for a single hour
    later(owner, 86400)
    assert upkeep(desk)[1] > 0
    assert upkeep(desk)[1] == 0
    old = owner.execute(
        "SELECT count(*) FROM desktop.change WHERE at < desktop.db_now() - interval '14 days'"
    ).fetchone()
    assert old == (0,)


def test_who_is_nobody_keeps_nothing_up(base: Base) -> None:
    backend = base.backend()
    assert error_of(partial(backend.execute, "SELECT desktop.upkeep()"))[0] in {"42501", "MH003"}


def test_a_long_chain_is_checked_in_parts(base: Base) -> None:
    owner, admin = base.owner(), base.staff("ADMIN")
    owner.execute("UPDATE public.patients SET first_name = first_name || 'x'")
    owner.execute("SELECT desktop.audit_seal()")
    whole = owner.execute("SELECT ok, checked, head FROM desktop.audit_verify()").fetchone()
    assert whole is not None
    size = 3
    assert whole[1] > 2 * size
    place, head, checked = 0, None, 0
    while True:
        part = admin.execute(
            "SELECT checked, last, problem, head FROM desktop.audit_verify_part(%s, %s, %s)", [place, head, size]
        ).fetchone()
        assert part is not None
        assert part[2] is None
        checked, place, head = checked + part[0], part[1], part[3]
        if part[0] < size:
            break
    assert (True, checked, head) == whole
    wrong = admin.execute(
        "SELECT problem FROM desktop.audit_verify_part(%s, %s, %s)", [size, "00" * 32, size]
    ).fetchone()
    assert wrong == ("a row is missing before this one",)


def test_the_audit_answers_for_one_patient_by_index(base: Base) -> None:
    """Merged and moved rows, the rows of visits and the patient's own are found, sealed or not; other clinics' not."""
    owner, admin, desk = base.owner(), base.staff("ADMIN"), base.staff()
    owner.execute(
        "INSERT INTO desktop.audit (at, xid, who, clinic_id, table_name, row_id, op, after) "
        "SELECT now() - g * interval '1 minute', '3', 'x', 'clinic-1', 'measurements', 'm' || g, 'I', "
        "jsonb_build_object('patient_id', 'somebody-' || g) FROM generate_series(1, 5000) g"
    )
    owner.execute("SELECT desktop.audit_seal(100000)")
    visit(owner, "visit-1", slot(owner, "slot-1", "09:00", "09:20", status="BOOKED"), patient="pat-1")
    owner.execute(
        "INSERT INTO desktop.audit (at, xid, who, clinic_id, table_name, row_id, op, before, after) VALUES "
        "(now(), '3', 'x', 'clinic-1', 'alerts', 'kept', 'I', NULL, '{\"patient_id\": \"pat-x\"}'),"
        "(now(), '3', 'x', 'clinic-1', 'alerts', 'gone', 'D', '{\"patient_id\": \"pat-x\"}', NULL),"
        "(now(), '3', 'x', 'clinic-1', 'alerts', 'moved', 'U', '{\"patient_id\": \"pat-x\"}', '{}'),"
        "(now(), '3', 'x', 'clinic-1', 'patients', 'pat-x', 'D', '{}', NULL),"
        "(now(), '3', 'x', 'clinic-2', 'alerts', 'theirs', 'I', NULL, '{\"patient_id\": \"pat-x\"}'),"
        "(now(), '3', 'x', 'clinic-1', 'visit_note', 'note', 'I', NULL, '{\"visit_id\": \"visit-1\"}')"
    )
    owner.execute("ANALYZE desktop.audit")

    def found(patient: str) -> set[str]:
        rows = admin.execute(
            "SELECT a.row_id FROM desktop.audit a WHERE a.seq = ANY (ARRAY(SELECT desktop.audit_of_patient(%s)))",
            [patient],
        ).fetchall()
        return {row for (row,) in rows}

    for _ in ("not sealed yet", "sealed"):
        before = _scans(owner)
        assert found("pat-x") == {"gone", "kept", "moved", "pat-x"}
        assert found("pat-1") >= {"note", "visit-1"}
        admin.execute("SELECT pg_stat_force_next_flush()")
        admin.execute("SELECT 1")
        assert _scans(owner) == before
        owner.execute("SELECT desktop.audit_seal(100000)")
        owner.execute("ANALYZE desktop.audit")
    assert unsealed(owner) == 0
    assert error_of(partial(desk.execute, "SELECT desktop.audit_of_patient('pat-x')"))[0] == "42501"


def _scans(owner: Connection[Any]) -> tuple[int, int]:
    """How often the whole audit was read so far, as a table or by its time."""
    row = owner.execute(
        "SELECT (SELECT seq_scan FROM pg_stat_all_tables WHERE relid = 'desktop.audit'::regclass),"
        " (SELECT idx_scan FROM pg_stat_all_indexes WHERE indexrelid = 'desktop.audit_clinic_id_at_idx'::regclass)"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])
