"""The line goes dead in every way a line can: noticed in time, and work goes on."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.commands.booking import BookVisit
from app.domain.enums import VisitMode
from app.kernel.errors import Refused, Unavailable
from app.kernel.ids import new_cuid
from app.queries.patients import search_patients
from app.sync import engine, feed
from app.sync.model import SyncMode, SyncStatus
from tests.support.clinics import PASSWORD
from tests.support.desk import Desk, login_of
from tests.support.postgres import Server
from tests.support.station import Station, differences

Enter = Callable[..., Station]


class Waiter:
    """Waits for states without asking again and again."""

    def __init__(self, here: Station) -> None:
        self._here = here
        self._changed = threading.Condition()
        self.heard = 0
        here.engine.changed.append(self._hear)

    def _hear(self, _: SyncStatus) -> None:
        with self._changed:
            self.heard += 1
            self._changed.notify_all()

    def until(self, wanted: Callable[[SyncStatus], bool], seconds: float = 30.0) -> SyncStatus:
        with self._changed:
            assert self._changed.wait_for(lambda: wanted(self._here.engine.status()), seconds), "it never came"
        return self._here.engine.status()


def online(status: SyncStatus) -> bool:
    return status.mode is SyncMode.ONLINE


def offline(status: SyncStatus) -> bool:
    return status.mode is SyncMode.OFFLINE


def settled(status: SyncStatus) -> bool:
    return status.mode is SyncMode.ONLINE and not status.waiting


def book(slot_id: str) -> BookVisit:
    return BookVisit(visit_id=new_cuid(), slot_id=slot_id, patient_id="pat-lis", visit_mode=VisitMode.IN_PERSON)


@pytest.fixture
def live(station: Enter) -> Iterator[tuple[Station, Waiter]]:
    here = station()
    waiter = Waiter(here)
    here.engine.start()
    waiter.until(lambda status: waiter.heard > 0 and online(status))  # by the thread itself
    yield here, waiter
    here.engine.stop()


def test_a_cut_line_is_noticed_by_itself_and_mended_by_itself(clinic: Desk, live: tuple[Station, Waiter]) -> None:
    here, waiter = live
    slot = clinic.slots("11:00", 1)[0]
    here.engine.sync_now()
    here.cut()
    waiter.until(offline)
    here.run(book(slot))
    assert here.ask(search_patients, text="Lis").items
    here.remote.cut(False)
    here.engine.kick()
    waiter.until(settled)
    assert str(clinic.status(slot)) == "BOOKED"
    assert differences(here) == []


def test_a_full_disk_is_said_and_work_goes_on_once_there_is_room(
    clinic: Desk, live: tuple[Station, Waiter], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that sends and fetches must outlive it: it would never come back, and nobody would be told."""
    here, waiter = live
    first, second, third = clinic.slots("11:00", 3)
    here.engine.sync_now()
    write, server = here.store.server.write, here.store.server

    def full(*_: object) -> None:
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("database or disk is full"))

    def written_and_full(*arguments: Any) -> Any:
        monkeypatch.setattr(here.local, "_write", full)
        return write(*arguments)

    with monkeypatch.context() as at_the_server:
        at_the_server.setattr(server, "write", written_and_full)
        assert here.run(book(first)).result["slotId"] == first, "the server has it: that is what the person is told"
    with pytest.raises(Unavailable) as caught:
        here.run(book(second))
    assert caught.value.code == "DiskFull"
    here.engine.kick()
    waiter.until(lambda status: status.disk_full)
    assert here.ask(search_patients, text="Lis").items
    monkeypatch.undo()
    waiter.until(settled)
    here.run(book(third))
    here.engine.sync_now()
    assert [str(clinic.status(slot)) for slot in (first, second, third)] == ["BOOKED", "FREE", "BOOKED"]
    assert differences(here) == []


@pytest.mark.parametrize("ended", [True, False], ids=["sessions end", "sessions stay"])
def test_a_disabled_account_is_out_and_the_store_answers_it_neither(
    clinic: Desk, live: tuple[Station, Waiter], *, ended: bool
) -> None:
    here, waiter = live
    call = "SELECT desktop.{}_staff('u-desk')"
    disable = "UPDATE desktop.login SET disabled_at = now() WHERE user_id = 'u-desk'"
    on_server(here, call.format("disable") if ended else disable, as_owner=not ended)
    here.engine.kick()
    waiter.until(lambda _: here.engine.shut_out is not None)
    for act in (lambda: here.ask(search_patients, text="Lis"), lambda: here.run(book("any"))):
        with pytest.raises(Refused, match=r"account|password"):
            act()
    on_server(here, call.format("enable"))
    waiter.until(online)
    assert here.ask(search_patients, text="Lis").items


def on_server(here: Station, statement: str, *, as_owner: bool = False) -> None:
    """Do something as an ADMIN, or as the owner of the database."""
    login = login_of("admin").login
    server, name = here.server, here.database
    url = server.owner_url(name) if as_owner else server.url(name, login, PASSWORD)
    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute(statement.encode())


def frozen_backends(server: Server) -> list[psutil.Process]:
    """The server's processes that serve people, and the one that would let them in again."""
    postmaster = psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))
    return [postmaster, *(one for one in postmaster.children() if " mha_u_" in " ".join(one.cmdline()))]


def test_a_frozen_server_is_given_up_in_time(
    server: Server, clinic: Desk, live: tuple[Station, Waiter], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, waiter = live
    monkeypatch.setattr(engine, "PING_SECONDS", 0.4)
    for module in (engine, feed):
        monkeypatch.setattr(module, "ANSWER_SECONDS", 1.0)
    frozen = frozen_backends(server)
    assert len(frozen) > 1
    for process in frozen:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        waiter.until(offline)
        assert here.ask(search_patients, text="Lis").items, "the store answers at once"
    finally:
        for process in frozen:
            os.kill(process.pid, signal.SIGCONT)
    waiter.until(online)


def test_another_desks_change_comes_while_nobody_asks(clinic: Desk, live: tuple[Station, Waiter]) -> None:
    here, _ = live
    told = threading.Event()
    seen: list[Any] = []

    def hear(changes: Any) -> None:
        seen.append(changes)
        if changes and any(change.table == "visits" for change in changes):
            told.set()

    here.engine.publish = hear
    clinic.okafor.run(book(clinic.slots("11:00", 1)[0]))
    assert told.wait(20)
    assert here.count("visits") == 1


def test_without_the_bell_it_is_looked_for_now_and_then(
    clinic: Desk, live: tuple[Station, Waiter], monkeypatch: pytest.MonkeyPatch
) -> None:
    """NOTIFY is a hint: what it never told comes all the same."""
    here, _ = live
    deaf = threading.Event()

    def silent(_: psycopg.Connection, *, timeout: float, stop_after: int) -> Iterator[psycopg.Notify]:
        deaf.wait(timeout / 10 if stop_after else timeout)
        return iter(())

    monkeypatch.setattr(psycopg.Connection, "notifies", silent)
    monkeypatch.setattr(engine, "POLL_SECONDS", 1.0)
    told = threading.Event()

    def hear(changes: Any) -> None:
        if changes and any(change.table == "visits" for change in changes):
            told.set()

    here.engine.publish = hear
    clinic.okafor.run(book(clinic.slots("11:00", 1)[0]))
    assert told.wait(30)


def test_a_workstation_that_stays_connected_is_heard_from_now_and_then(
    clinic: Desk, live: tuple[Station, Waiter], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, _ = live
    seen = "SELECT generation FROM desktop.workstation WHERE id = 'ws-1'"
    (before,) = clinic.rows(text(seen))
    beaten = threading.Event()
    monkeypatch.setattr(engine, "PING_SECONDS", 0.2)
    monkeypatch.setattr(engine, "BEAT_SECONDS", 0.0)
    beats = iter(range(3))
    here.engine.beat = lambda: beaten.set() if next(beats, None) is None else None
    assert beaten.wait(30)
    (after,) = clinic.rows(text(seen))
    assert after.generation >= before.generation + 2
