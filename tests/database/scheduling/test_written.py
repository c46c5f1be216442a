"""Statements that go past SQLAlchemy do what it would have done, and end the transaction with their last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, bindparam, insert, select, text, update

from app.db.frozen import FrozenSelect, table_of
from app.db.models import Patient, VisitSlot
from app.db.pipeline import begin_with, run_all
from app.db.server import ServerDatabase
from app.db.written import written
from app.domain.enums import SlotStatus, VisitMode
from tests.support.clinics import PASSWORD
from tests.support.desk import Desk, login_of
from tests.support.postgres import Server

NEW_SLOT = insert(table_of(VisitSlot))
RENAME = update(table_of(Patient)).where(Patient.id == bindparam("row"))
BEGIN = "SELECT %(n)s::int + 1, 'x'"


@pytest.fixture
def server_db(server: Server, pg_desk: Desk) -> Any:
    """One of the desk's people, past commands."""
    name = pg_desk.rows(text("SELECT current_database()"))[0][0]
    database = ServerDatabase({"conninfo": server.url(name, login_of("desk").login, PASSWORD)}, pool_size=1)
    yield database
    database.close()


def a_slot(key: str, at: datetime) -> dict[str, Any]:
    return {"id": key, "provider_id": "p-okafor", "start_time": at, "end_time": at + timedelta(minutes=20),
            "visit_mode": VisitMode.VIRTUAL, "status": SlotStatus.BLOCKED, "held_until": None, "created_at": at,
            "updated_at": at}  # fmt: skip


def test_values_of_every_type_arrive_and_the_commit_with_them(pg_desk: Desk, server_db: ServerDatabase) -> None:
    at = datetime(2026, 5, 4, 15, 20, 0, 7000, tzinfo=UTC)
    flags = {"row": "pat-lis", "flags": ("VIP", "it's"), "demographics": {"mrn": "7", "notes": ["ü", None]}}
    with server_db.transaction() as session:
        assert [one.fetchall() for one in begin_with(session, (BEGIN, {"n": 41}), (BEGIN, {"n": 1}))] == [
            [(42, "x")],
            [(2, "x")],
        ]
        run_all(session, [(NEW_SLOT, a_slot("s-new", at)), (RENAME, flags)], commit=True)
        assert len(pg_desk.rows(text("SELECT 1 FROM visit_slots WHERE id = 's-new'"))) == 1, (
            "committed in the same trip"
        )
    (row,) = pg_desk.rows(select(table_of(VisitSlot)).where(VisitSlot.id == "s-new"))
    assert {key: getattr(row, key) for key in a_slot("s-new", at)} == a_slot("s-new", at)
    (patient,) = pg_desk.rows(select(Patient.flags, Patient.demographics).where(Patient.id == "pat-lis"))
    assert (tuple(patient.flags), patient.demographics) == (flags["flags"], flags["demographics"])


def test_nothing_is_committed_when_a_statement_fails(pg_desk: Desk, server_db: ServerDatabase) -> None:
    at = datetime(2026, 5, 4, 15, 20, tzinfo=UTC)
    twice = [(NEW_SLOT, a_slot(key, at + timedelta(hours=hour))) for hour, key in enumerate(("s-1", "s-2", "s-2"))]

    def send() -> None:
        with server_db.transaction() as session:
            begin_with(session, (BEGIN, {"n": 1}))
            run_all(session, twice, commit=True)

    with pytest.raises(psycopg.errors.UniqueViolation):
        send()
    assert pg_desk.rows(text("SELECT 1 FROM visit_slots WHERE id IN ('s-1', 's-2')")) == []
    with server_db.transaction() as session:
        (begun,) = begin_with(session, (BEGIN, {"n": 1}))
        assert begun.fetchall() == [(2, "x")], "the connection can be used again"


def test_what_is_made_anew_each_time_is_left_to_sqlalchemy(server_db: ServerDatabase) -> None:
    dialect = server_db.engine.dialect
    with_default = Table("t", MetaData(), Column("n", Integer), Column("made", Text, default=lambda: "now"))
    listed = update(table_of(Patient)).where(Patient.id.in_(bindparam("rows", expanding=True)))
    assert written(insert(with_default), {"n": 1}, dialect) is None
    assert written(listed, {"rows": ["a"], "flags": ()}, dialect) is None
    assert written(insert(with_default).returning(with_default.c.n), {"n": 1, "made": "x"}, dialect) is None
    ready = written(NEW_SLOT, {"id": "x", "status": SlotStatus.FREE}, dialect)
    assert ready is not None
    assert ready.values({"id": "x", "status": SlotStatus.FREE}) == {"id": "x", "status": "FREE"}
    assert written(NEW_SLOT, {"id": "y", "status": SlotStatus.HELD}, dialect) is ready, "built once"


def test_a_frozen_select_answers_the_same_either_way(pg_desk: Desk, server_db: ServerDatabase) -> None:
    slot = pg_desk.slot("14:00")
    like = select(VisitSlot.id, VisitSlot.status, VisitSlot.start_time).where(VisitSlot.id == bindparam("slot_id"))
    typed = text("SELECT id, status, start_time FROM visit_slots WHERE id = :slot_id").columns(
        VisitSlot.id, VisitSlot.status, VisitSlot.start_time
    )
    typed = typed.bindparams(bindparam("slot_id", type_=Text()))
    with server_db.reading() as session:
        direct, other = (FrozenSelect(typed, direct=way).rows(session, slot_id=slot) for way in (True, False))
        (plain,) = session.execute(like, {"slot_id": slot}).all()
    assert [tuple(row) for row in direct] == [tuple(row) for row in other] == [tuple(plain)]
    assert (direct[0].id, direct[0].status) == (slot, SlotStatus.FREE)
