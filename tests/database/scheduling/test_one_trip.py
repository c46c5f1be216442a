"""Statements that leave in one piece: counted on the wire, with large ones, wrong ones and answers read early."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from app.db.one_trip import one_trip
from tests.support.postgres import Server
from tests.support.wire import Wire


@pytest.fixture
def raw(server: Server, empty_db: str, wire: Wire) -> Iterator[psycopg.Connection]:
    with psycopg.connect(wire.through(server.owner_url(empty_db))) as connection:
        wire.reset()
        yield connection


def test_the_transaction_begins_on_the_same_trip(raw: psycopg.Connection, wire: Wire) -> None:
    with one_trip(raw):
        first, second = raw.execute("SELECT %s::int", [1]), raw.execute("SELECT %s::int", [2])
    assert wire.trips == 1
    assert wire.statements == ["BEGIN", "SELECT $1::int", "SELECT $1::int"], "one BEGIN"
    assert [first.fetchall(), second.fetchall()] == [[(1,)], [(2,)]]
    assert raw.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS


def test_an_answer_can_be_read_before_the_end(raw: psycopg.Connection, wire: Wire) -> None:
    with one_trip(raw):
        first = raw.execute("SELECT 1")
        with one_trip(raw):
            second = raw.execute("SELECT 2")
        assert (first.fetchall(), second.fetchall()) == ([(1,)], [(2,)])
        third = raw.execute("SELECT 3")
    assert third.fetchall() == [(3,)]
    assert wire.trips == 2


def test_what_neither_side_can_take_at_once_gets_through(raw: psycopg.Connection) -> None:
    """Both ends' buffers are full: whoever only sends waits for ever for one who only answers."""
    large = "x" * 3_000_000
    with one_trip(raw):
        cursors = [raw.execute("SELECT %s::text", [large]) for _ in range(8)]
    assert [len(cursor.fetchall()[0][0]) for cursor in cursors] == [len(large)] * 8


def test_behind_an_error_nothing_is_done_and_the_connection_lives(raw: psycopg.Connection) -> None:
    raw.execute("CREATE TABLE t (n int)")
    raw.commit()

    def send() -> None:
        with one_trip(raw):
            raw.execute("INSERT INTO t VALUES (1)")
            raw.execute("SELECT 1 / 0")
            raw.execute("INSERT INTO t VALUES (2)")
            raw.execute("COMMIT")

    with pytest.raises(psycopg.errors.DivisionByZero):
        send()
    assert raw.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
    raw.rollback()
    assert raw.execute("SELECT count(*) FROM t").fetchall() == [(0,)]
    with raw.pipeline():
        assert raw.execute("SELECT 4").fetchall() == [(4,)]
