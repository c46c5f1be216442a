"""A server that is there and does not do as it is asked: long waits for locks, statements broken off by somebody
else, no writing, sleepers thrown out, no connection left. Each has words for people, and nothing is half done."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.commands.holds import HoldSlot
from app.commands.stores import ServerStore
from app.db.errors import translate
from app.db.server import ServerDatabase
from app.domain.enums import SlotStatus
from app.kernel.errors import Conflict, Unavailable
from app.kernel.ids import new_uuid
from tests.support.clinics import PASSWORD
from tests.support.desk import Desk, Person, login_of
from tests.support.postgres import Server
from tests.support.waiting import eventually


@contextmanager
def somebody(desk: Desk, server: Server, *options: str) -> Iterator[Person]:
    """Dana at a desk whose connections have these settings of the server's."""
    with desk.session() as session:
        name = session.execute(text("SELECT current_database()")).scalar_one()
    conninfo = {"conninfo": server.url(name, login_of("desk").login, PASSWORD)}
    if options:
        conninfo["options"] = " ".join(f"-c {option}" for option in options)
    store = ServerStore(ServerDatabase(conninfo, pool_size=1))
    try:
        yield Person(desk, desk.desk.actor, store, "ws-rough")
    finally:
        store.close()


@contextmanager
def locked(desk: Desk, slot: str) -> Iterator[None]:
    """Somebody else has the slot's row, and takes their time."""
    with desk.session() as session:
        session.execute(text("SELECT id FROM visit_slots WHERE id = :id FOR UPDATE"), {"id": slot})
        yield


def applied(desk: Desk, command_id: str) -> int:
    found = desk.rows(text("SELECT count(*) FROM desktop.applied_command WHERE id = :id").bindparams(id=command_id))
    return int(found[0][0])


def test_who_waits_too_long_for_a_lock_is_told_and_may_ask_again(pg_desk: Desk, server: Server) -> None:
    (slot,) = pg_desk.slots("14:00", 1)
    key = new_uuid()
    with somebody(pg_desk, server, "lock_timeout=200ms") as dana:
        with locked(pg_desk, slot), pytest.raises(Conflict) as busy:
            dana.run(HoldSlot(slot_id=slot), command_id=key)
        assert busy.value.code == "Busy"
        assert applied(pg_desk, key) == 0
        dana.run(HoldSlot(slot_id=slot), command_id=key)
    assert applied(pg_desk, key) == 1
    assert pg_desk.status(slot) is SlotStatus.HELD


def test_a_command_that_somebody_broke_off_is_not_passed_over_in_silence(pg_desk: Desk, server: Server) -> None:
    (slot,) = pg_desk.slots("14:00", 1)
    with somebody(pg_desk, server) as dana, locked(pg_desk, slot):
        told = _in_a_thread(lambda: dana.run(HoldSlot(slot_id=slot)))
        _break_off(server)
        assert isinstance(told(), Conflict)


def test_a_question_that_somebody_else_broke_off_is_no_withdrawal(pg_desk: Desk, server: Server) -> None:
    with somebody(pg_desk, server) as dana:
        told = _in_a_thread(lambda: dana.store.read(lambda session: session.execute(text("SELECT pg_sleep(60)"))))
        _break_off(server)
        assert isinstance(told(), Conflict)


def _in_a_thread(work: Any) -> Any:
    """Start work; the function returned waits for what it raised."""
    heard: list[BaseException | None] = []

    def run() -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - it is what the test looks at
            heard.append(error)
        else:
            heard.append(None)

    thread = threading.Thread(target=run)
    thread.start()

    def wait() -> BaseException | None:
        thread.join()
        return heard[0]

    return wait


def _break_off(server: Server) -> None:
    """As an operator would: cancel the statement that Dana's connection is busy with."""
    busy = (
        "SELECT count(*) FILTER (WHERE pg_cancel_backend(pid)) FROM pg_stat_activity WHERE usename = %s "
        "AND state = 'active' AND (wait_event_type = 'Lock' OR wait_event = 'PgSleep')"
    )
    with server.admin() as operator:
        eventually(lambda: operator.execute(busy, (login_of("desk").login,)).fetchall()[0][0] > 0)


def test_a_server_that_takes_no_writes_counts_as_gone(pg_desk: Desk, server: Server) -> None:
    (slot,) = pg_desk.slots("14:00", 1)
    with somebody(pg_desk, server, "default_transaction_read_only=on") as dana, pytest.raises(Unavailable) as gone:
        dana.run(HoldSlot(slot_id=slot))
    assert not gone.value.outcome_unknown
    assert pg_desk.status(slot) is SlotStatus.FREE


def test_a_sleeper_is_thrown_out_and_comes_back(pg_desk: Desk, server: Server) -> None:
    with somebody(pg_desk, server, "idle_in_transaction_session_timeout=50ms") as dana:
        assert isinstance(dana.store, ServerStore)
        database = dana.store.database
        with pytest.raises(DBAPIError) as thrown:
            _sleep_in_a_transaction(pg_desk, database)
        assert isinstance(translate(thrown.value), Unavailable)
        assert dana.store.read(lambda session: session.execute(text("SELECT 7")).scalar_one()) == 7


def _sleep_in_a_transaction(desk: Desk, database: ServerDatabase) -> None:
    with database.transaction() as session:
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        gone = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid").bindparams(pid=pid)
        eventually(lambda: desk.rows(gone)[0][0] == 0)
        session.execute(text("SELECT 1"))


def test_no_connection_left_is_said_and_is_no_bug(
    pg_desk: Desk, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.db.server.POOL_SECONDS", 0.1)
    (slot,) = pg_desk.slots("14:00", 1)
    with somebody(pg_desk, server) as dana, ExitStack() as busy:
        assert isinstance(dana.store, ServerStore)
        for _ in range(2):
            busy.enter_context(dana.store.database.transaction())
        with pytest.raises(Unavailable):
            dana.store.read(lambda session: session.execute(text("SELECT 1")))
        with pytest.raises(Unavailable) as refused:
            dana.run(HoldSlot(slot_id=slot))
        assert not refused.value.outcome_unknown
