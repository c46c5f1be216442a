"""The change feed names every row that was written, once its transaction is there, to the clinics it concerns."""

from __future__ import annotations

import random
import threading
from functools import partial
from typing import Any

import psycopg
import pytest
from psycopg import Connection, IsolationLevel

from app.db.catalog import TABLES
from tests.database.triggers.base import Base, error_of, race, slot, visit


def position(connection: Connection[Any]) -> int:
    row = connection.execute("SELECT coalesce(max(seq), 0) FROM desktop.change").fetchone()
    assert row is not None
    return int(row[0])


def since(connection: Connection[Any], seq: int) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT table_name, row_id, op, clinic_id FROM desktop.change WHERE seq > %s ORDER BY seq", [seq]
    ).fetchall()


class Reader:
    """The cursor of offline.md: the pair (xid, seq), advanced only to the oldest transaction still running."""

    def __init__(self, connection: Connection[Any]) -> None:
        connection.autocommit = False
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        self.connection = connection
        self.xid, self.seq = 0, 0
        self.seen: set[int] = set()

    def pull(self) -> None:
        rows = self.connection.execute(
            "SELECT xid::text::bigint, seq, pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM desktop.change "
            "WHERE xid >= %(xid)s::text::xid8 AND (xid, seq) > (%(xid)s::text::xid8, %(seq)s) ORDER BY xid, seq",
            {"xid": self.xid, "seq": self.seq},
        ).fetchall()
        self.connection.commit()
        self.seen |= {seq for _, seq, _ in rows}
        settled = [(xid, seq) for xid, seq, horizon in rows if xid < horizon]
        if settled:
            self.xid, self.seq = settled[-1]


class Naive(Reader):
    """A cursor of seq alone: what must not be used. It shows that the test below can fail."""

    def pull(self) -> None:
        rows = self.connection.execute("SELECT seq FROM desktop.change WHERE seq > %s", [self.seq]).fetchall()
        self.connection.commit()
        self.seen |= {seq for (seq,) in rows}
        self.seq = max([self.seq, *(seq for (seq,) in rows)])


def _write(connection: Connection[Any], number: int) -> int:
    """Short and long transactions with rollbacks and savepoints; returns how many rows were committed."""
    chance = random.Random(number)
    written = 0
    for turn in range(40):
        rows = 0
        for part in range(chance.randint(1, 3)):
            connection.execute(
                "INSERT INTO public.measurements (id, patient_id, type, value, timestamp, source) "
                "VALUES (%s, 'pat-1', 'STEPS', '1', now(), 'DEVICE')",
                [f"{number}-{turn}-{part}"],
            )
            rows += 1
            connection.execute("SELECT pg_sleep(%s)", [chance.choice([0, 0, 0.002, 0.01])])
        if chance.random() < 0.2:
            connection.rollback()
        else:
            connection.commit()
            written += rows
    return written


def test_transactions_that_commit_out_of_order_are_never_lost(base: Base) -> None:
    safe, naive = Reader(base.staff()), Naive(base.staff())
    start = position(base.owner())
    writers = [base.backend(autocommit=False) for _ in range(6)]
    stop = threading.Event()

    def read() -> int:
        while not stop.is_set():
            safe.pull()
            naive.pull()
        return 0

    reading = threading.Thread(target=read)
    reading.start()
    outcomes = race([partial(_write, connection, n) for n, connection in enumerate(writers)])
    stop.set()
    reading.join(60)
    safe.pull()
    naive.pull()
    rows = base.owner().execute("SELECT seq FROM desktop.change WHERE seq > %s", [start]).fetchall()
    truth = {seq for (seq,) in rows}
    assert len(truth) == sum(o for o in outcomes if isinstance(o, int))
    assert truth <= safe.seen
    assert truth - naive.seen, "this run had no transactions out of order; it proves nothing"


def test_the_cursor_waits_for_nobody_and_passes_nobody(base: Base) -> None:
    owner, late = base.owner(), base.backend(autocommit=False)
    reader = Reader(base.staff())
    reader.pull()
    late.execute("UPDATE public.patients SET first_name = 'Late' WHERE id = 'pat-1'")
    owner.execute("UPDATE public.patients SET first_name = 'Early' WHERE id = 'pat-2'")
    before = set(reader.seen)
    reader.pull()
    assert len(reader.seen - before) == 1  # what is committed is told at once
    reader.pull()
    late.commit()
    reader.pull()
    assert len(reader.seen - before) == 2


def test_every_synced_table_is_fed_and_every_audited_one_kept(base: Base) -> None:
    """From the catalog: each has the four triggers, enabled, and nothing is missing anywhere."""
    owner = base.owner()
    assert owner.execute("SELECT * FROM desktop.feed_check()").fetchall() == []
    found = owner.execute(
        "SELECT c.relname, array_agg(t.tgname::text ORDER BY 1) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE t.tgname LIKE 'mha\\_log\\_%' AND t.tgenabled = 'O' GROUP BY c.relname"
    ).fetchall()
    logged = {name for name, triggers in found if len(triggers) == 4}
    assert logged == {entry.table for entry in TABLES.values() if entry.synced or entry.audited}


@pytest.mark.parametrize(
    ("damage", "table", "problem"),
    [
        ("DROP TRIGGER mha_log_u ON public.patients", "patients", "trigger mha_log_u"),
        ("ALTER TABLE public.visits DISABLE TRIGGER mha_claim_u", "visits", "trigger mha_claim_u"),
        ("DROP TRIGGER mha_unread_i ON public.messages", "messages", "trigger mha_unread_i"),
        ("ALTER TABLE public.alerts DISABLE ROW LEVEL SECURITY", "alerts", "row-level security"),
        ("ALTER TABLE public.alerts NO FORCE ROW LEVEL SECURITY", "alerts", "row-level security"),
        ("DROP POLICY staff_select ON public.clinics", "clinics", "no policy"),
        ("DROP TABLE public.weekly_summaries", "weekly_summaries", "missing"),
        ("CREATE TABLE desktop.forgotten (id text)", "forgotten", "not in the catalog"),
    ],
)
def test_what_a_reset_drops_is_named(base: Base, damage: str, table: str, problem: str) -> None:
    owner = base.owner()
    owner.execute("DROP POLICY IF EXISTS staff_update ON public.clinics")
    owner.execute(damage)
    found = base.staff().execute("SELECT table_name, problem FROM desktop.feed_check()").fetchall()
    assert {name for name, _ in found} == {table}
    assert any(problem in words for _, words in found)


def test_rows_go_to_their_clinic_only(base: Base) -> None:
    owner = base.owner()
    start = position(owner)
    owner.execute("UPDATE public.patients SET first_name = 'x' WHERE id IN ('pat-1', 'pat-9')")
    slot(owner, "s9", "09:00", "09:20", provider="prov-9")
    assert set(since(owner, start)) == {
        ("patients", "pat-1", "U", "clinic-1"),
        ("patients", "pat-9", "U", "clinic-2"),
        ("visit_slots", "s9", "I", "clinic-2"),
    }
    assert {row[3] for row in since(base.staff(), start)} == {"clinic-1"}
    assert error_of(partial(base.staff("ADMIN").execute, "DELETE FROM desktop.change"))[0] == "42501"


def test_rows_deleted_along_have_no_clinic_and_go_to_all(base: Base) -> None:
    owner = base.owner()
    slot(owner, "s", "09:00", "09:20", provider="prov-2", status="BOOKED")
    visit(owner, "v", "s", provider="prov-2")
    start = position(owner)
    owner.execute("DELETE FROM public.providers WHERE id = 'prov-2'")
    found = since(owner, start)
    assert ("providers", "prov-2", "D", "clinic-1") in found
    assert ("visit_slots", "s", "D", None) in found
    assert ("visits", "v", "D", "clinic-1") in found
    assert ("visit_slots", "s", "D", None) in since(base.staff("ADMIN", 2), start)


def test_a_patient_who_changes_clinic_takes_the_rows_below_along(base: Base) -> None:
    owner = base.owner()
    slot(owner, "s", "09:00", "09:20", status="BOOKED")
    visit(owner, "v", "s")
    owner.execute("INSERT INTO desktop.visit_detail (visit_id, updated_at) VALUES ('v', now())")
    owner.execute(
        "INSERT INTO public.message_threads (id, patient_id, participants, updated_at) "
        "VALUES ('t', 'pat-1', '[]', now())"
    )
    owner.execute("INSERT INTO public.messages (id, thread_id, sender_id, content) VALUES ('m', 't', 'user-pat-1', '')")
    start = position(owner)
    owner.execute("UPDATE public.patients SET clinic_id = 'clinic-2' WHERE id = 'pat-1'")
    found = set(since(owner, start))
    for table, row in (("visits", "v"), ("visit_detail", "v"), ("message_threads", "t"), ("messages", "m")):
        assert {(table, row, "D", "clinic-1"), (table, row, "I", "clinic-2")} <= found
    assert {("patients", "pat-1", "D", "clinic-1"), ("patients", "pat-1", "U", "clinic-2")} <= found


def test_a_row_handed_to_another_clinics_patient_leaves_a_tombstone(base: Base) -> None:
    owner = base.owner()
    owner.execute(
        "INSERT INTO public.care_plans (id, patient_id, phases, updated_at) VALUES ('c', 'pat-1', '[]', now())"
    )
    start = position(owner)
    owner.execute("UPDATE public.care_plans SET patient_id = 'pat-9' WHERE id = 'c'")
    assert set(since(owner, start)) == {("care_plans", "c", "U", "clinic-2"), ("care_plans", "c", "D", "clinic-1")}


def test_truncate_begins_a_new_epoch(base: Base) -> None:
    owner = base.owner()
    slot(owner, "s", "09:00", "09:20", status="BOOKED")
    visit(owner, "v", "s")
    epoch = owner.execute("SELECT epoch FROM desktop.installation").fetchone()
    owner.execute("TRUNCATE public.visit_slots CASCADE")
    assert owner.execute("SELECT epoch FROM desktop.installation").fetchone() != epoch
    assert owner.execute("SELECT count(*) FROM desktop.slot_claim").fetchone() == (0,)
    assert error_of(partial(base.staff("ADMIN").execute, "TRUNCATE public.visits"))[0] == "42501"


def test_the_bell_rings_once_a_transaction_and_says_only_where(base: Base) -> None:
    listener, backend = base.staff(), base.backend()
    listener.execute("LISTEN mha_feed")
    with backend.transaction():
        backend.execute("UPDATE public.patients SET first_name = 'Ring' WHERE id = 'pat-1'")
        with backend.transaction():
            backend.execute("UPDATE public.patients SET first_name = 'Ring' WHERE id = 'pat-2'")
        slot(backend, "s", "09:00", "09:20")
        xid = backend.execute("SELECT pg_current_xact_id()::text").fetchone()
    backend.execute("UPDATE public.patients SET first_name = first_name")  # nothing changed: no bell
    rings = [n.payload for n in listener.notifies(timeout=0.5)]
    assert xid is not None
    assert rings == [xid[0]]


def test_pruning_moves_the_horizon_and_keeps_what_is_recent(base: Base) -> None:
    owner, admin = base.owner(), base.staff("ADMIN")
    total = owner.execute("SELECT count(*) FROM desktop.change").fetchone()
    assert total is not None
    assert owner.execute("SELECT desktop.prune('1 day')").fetchone() == (0,)
    owner.execute("UPDATE desktop.installation SET clock_offset_seconds = 3 * 86400")
    owner.execute("UPDATE public.patients SET first_name = 'Recent' WHERE id = 'pat-1'")
    assert error_of(partial(admin.execute, "SELECT desktop.prune('2 days')"))[0] == "42501", "it is every clinic's feed"
    assert owner.execute("SELECT desktop.prune('2 days')").fetchone() == total
    left = owner.execute("SELECT table_name, row_id, xid::text::bigint FROM desktop.change").fetchall()
    horizon = owner.execute("SELECT pruned_before FROM desktop.installation").fetchone()
    assert [row[:2] for row in left] == [("patients", "pat-1")]
    assert horizon is not None
    assert 0 < horizon[0] <= left[0][2]


def test_a_plan_made_for_one_row_still_serves_many(base: Base) -> None:
    """Eight single updates fix the plan of the trigger; the ninth statement has 20,000 rows."""
    owner = base.owner()
    owner.execute(
        "INSERT INTO public.measurements (id, patient_id, type, value, timestamp, source) "
        "SELECT 'm' || n, 'pat-1', 'STEPS', '1', now(), 'DEVICE' FROM generate_series(1, 20000) n"
    )
    for n in range(8):
        owner.execute(f"UPDATE public.measurements SET source = 'A' WHERE id = 'm{n + 1}'")
    start = position(owner)
    owner.execute("SET statement_timeout = '60s'")
    owner.execute("UPDATE public.measurements SET source = 'B'")
    assert len(since(owner, start)) == 20_000


def test_two_writers_of_new_names_do_not_wait_for_ever(base: Base) -> None:
    def register(connection: Connection[Any], number: int) -> int:
        for turn in range(20):
            names = ["Alpha", "Beta", "Gamma", "Delta"][:: 1 if number % 2 else -1]
            for name in names:
                connection.execute(
                    "UPDATE public.patients SET first_name = %s, last_name = %s WHERE id = %s",
                    (f"{name}{turn}", f"Other{number}", f"pat-{number}"),
                )
        return 1

    outcomes = race([partial(register, base.backend(), n) for n in range(1, 7)])
    assert not [o for o in outcomes if isinstance(o, psycopg.Error)]
