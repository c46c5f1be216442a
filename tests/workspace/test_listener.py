"""A window follows what others change, on a real server: from its sign-in on, and after its line was lost."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psycopg
import pytest

from app.db.server import ServerDatabase
from app.kernel.errors import AppError
from app.workspace import listener
from app.workspace.changes import ChangeSet
from app.workspace.signin import open_workspace
from app.workspace.workspace import Workspace
from tests.database.scheduling.conftest import desk_template
from tests.support.clinics import PASSWORD
from tests.support.desk import Desk, login_of, server_desk
from tests.support.postgres import Server
from tests.sync.conftest import clinic, clinic_name
from tests.sync.test_round_trip import book

__all__ = ["clinic", "clinic_name", "desk_template", "server_desk"]

LISTENS = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND usename = %s AND query LIKE '%%desktop.change%%'
"""


@dataclass
class Follower:
    """Somebody's workspace that follows the others; the way to the server has a gate."""

    workspace: Workspace
    gate: threading.Event = field(default_factory=threading.Event)
    heard: list[ChangeSet] = field(default_factory=list)
    states: list[tuple[bool, AppError | None]] = field(default_factory=list)
    _said: threading.Condition = field(default_factory=threading.Condition)

    def hear(self, changes: ChangeSet) -> None:
        with self._said:
            self.heard.append(changes)
            self._said.notify_all()

    def told(self, live: bool, error: AppError | None) -> None:
        with self._said:
            self.states.append((live, error))
            self._said.notify_all()

    def until(self, wanted: Callable[[], bool]) -> None:
        """Wait until what is heard makes it true."""
        with self._said:
            assert self._said.wait_for(wanted, 60.0), "it never came"

    def knows(self, visit_id: str) -> bool:
        """Whether a view of visits has been told to ask again, by this visit's name."""
        return any(visit_id in one.rows.get("visits", ()) for one in self.heard)


@pytest.fixture
def follower(server: Server, clinic: Desk, clinic_name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Follower]:
    """Signed in, and not yet connected to be told: the gate is closed."""
    monkeypatch.setattr(listener, "_RETRY_SECONDS", 0.05)
    url = server.url(clinic_name, login_of("desk").login, PASSWORD)
    who = Follower(open_workspace({"conninfo": url}, workstation="desk-1", clock=clinic.clock))
    connect = ServerDatabase.connect

    def through_gate(database: ServerDatabase) -> psycopg.Connection:
        if threading.current_thread().name == "live-listener":
            assert who.gate.wait(60.0)
        return connect(database)

    monkeypatch.setattr(ServerDatabase, "connect", through_gate)
    who.workspace.changed.subscribe(who.hear)
    who.workspace.live_changed.append(who.told)
    yield who
    who.gate.set()
    who.workspace.close()


def booked_by_another(clinic: Desk, slot_id: str) -> str:
    command = book(slot_id)
    clinic.okafor.run(command)
    assert command.visit_id
    return str(command.visit_id)


def backend_of_line(server: Server, name: str) -> int:
    """The server's process behind the connection that listens."""
    with psycopg.connect(server.owner_url(name), autocommit=True) as raw:
        ((pid,),) = raw.execute(LISTENS, (login_of("desk").login,)).fetchall()
    return int(pid)


def end_line(server: Server, name: str) -> None:
    """The administrator of the server ends the connection that listens."""
    with psycopg.connect(server.owner_url(name), autocommit=True) as raw:
        assert raw.execute("SELECT pg_terminate_backend(%s)", (backend_of_line(server, name),)).fetchall() == [(True,)]


def test_what_changed_between_sign_in_and_the_first_word_is_told(clinic: Desk, follower: Follower) -> None:
    follower.workspace.go_live()
    visit = booked_by_another(clinic, clinic.slots("11:00", 1)[0])
    follower.gate.set()
    follower.until(lambda: follower.knows(visit))


def test_a_lost_line_is_opened_again_and_nothing_that_happened_meanwhile_stays_unknown(
    server: Server, clinic: Desk, clinic_name: str, follower: Follower
) -> None:
    slots = clinic.slots("11:00", 3)
    follower.gate.set()
    follower.workspace.go_live()
    follower.until(lambda: follower.workspace.live)
    first = booked_by_another(clinic, slots[0])
    follower.until(lambda: follower.knows(first))

    follower.gate.clear()
    end_line(server, clinic_name)
    follower.until(lambda: not follower.workspace.live)
    assert follower.states[-1][1] is not None, "the reason is told"
    booked_by_another(clinic, slots[1])
    assert not any(one.everything for one in follower.heard)
    follower.gate.set()
    follower.until(lambda: any(one.everything for one in follower.heard))
    assert follower.workspace.live

    later = booked_by_another(clinic, slots[2])
    follower.until(lambda: follower.knows(later))


def test_a_frozen_line_is_given_up_and_opened_again(
    server: Server, clinic: Desk, clinic_name: str, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "POLL_SECONDS", 0.25)
    monkeypatch.setattr(listener, "ANSWER_SECONDS", 0.5)
    follower.gate.set()
    follower.workspace.go_live()
    follower.until(lambda: follower.workspace.live)
    frozen = backend_of_line(server, clinic_name)
    os.kill(frozen, signal.SIGSTOP)
    try:
        follower.until(lambda: tuple(live for live, _ in follower.states[-2:]) == (False, True))
        visit = booked_by_another(clinic, clinic.slots("11:00", 1)[0])
        follower.until(lambda: follower.knows(visit))
    finally:
        os.kill(frozen, signal.SIGCONT)


def test_a_transaction_that_stays_open_holds_nothing_up(
    server: Server, clinic: Desk, clinic_name: str, follower: Follower
) -> None:
    follower.gate.set()
    follower.workspace.go_live()
    follower.until(lambda: follower.workspace.live)
    with psycopg.connect(server.owner_url(clinic_name)) as idle:
        idle.execute("UPDATE public.patients SET first_name = 'Late' WHERE id = 'pat-roux'")
        visit = booked_by_another(clinic, clinic.slots("11:00", 1)[0])
        follower.until(lambda: follower.knows(visit))
        idle.commit()
    follower.until(lambda: any("pat-roux" in one.rows.get("patients", ()) for one in follower.heard))
