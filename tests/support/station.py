"""An enrolled workstation under test: a store in a file, driven step by step without its thread."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from sqlalchemy import select, text

from app.commands.core import Command, Envelope, Outcome
from app.commands.registry import Actor, Change
from app.commands.stores import ServerStore
from app.db.base import Base
from app.db.local import LocalDatabase
from app.db.server import ServerDatabase
from app.domain.enums import Role
from app.kernel.clock import Clock
from app.kernel.ids import new_uuid
from app.queries.core import Reader
from app.sync import meta, overlay, tables
from app.sync.desk_sync import DeskSync
from app.sync.engine import Engine
from app.sync.feed import ServerFeed
from app.sync.mirrored import PERSONAL, mirrored_tables
from app.sync.model import SyncMode, SyncReport, SyncStatus
from app.sync.own import visible
from app.sync.place import Desk as Place
from app.sync.pull import Pulled, pull
from app.sync.routed import RoutedStore
from app.sync.scope import Window, condition
from app.workspace.versions import CLIENT_VERSION, SCHEMA_VERSION
from tests.support.clinics import PASSWORD
from tests.support.desk import CLINIC, PEOPLE, ZONE, login_of
from tests.support.mortal import Fate, opener
from tests.support.postgres import Server

R = TypeVar("R")
QUIET = {("workstation", "last_seen_at"), ("workstation", "generation")}
"""Signs of life: the feed doesn't tell them."""


def open_file(path: Path, clock: Clock, creator: Callable[[], Any] | None = None) -> LocalDatabase:
    """A store in a plain file, with journal and overlay."""
    plain = partial(sqlite3.connect, path, check_same_thread=False, timeout=10)
    database = LocalDatabase(clock, creator=creator or plain)
    database.create()
    with database.engine.begin() as connection:
        tables.metadata.create_all(connection)
        overlay.install(connection)
    return database


def actor_of(name: str) -> Actor:
    """One of the clinic's people."""
    _, shown, role, provider_id = next(one for one in PEOPLE if one[0] == name)
    return Actor(f"u-{name}", CLINIC, shown, login_of(name).email, frozenset({Role(role)}), provider_id)


@dataclass
class Station:
    """A workstation with somebody at it."""

    server: Server
    database: str
    name: str
    path: Path
    clock: Clock
    person: str = "dana"
    told: list[tuple[Change, ...] | None] = field(default_factory=list)
    through: Callable[[str], str] = str
    """Leads the way to the server through a recorder."""
    fate: Fate | None = None
    encrypted: Callable[[Path], Any] | None = None
    """Opens the file with its key, where it has one."""
    versions: tuple[int, int] = (SCHEMA_VERSION, CLIENT_VERSION)

    _remote: ServerDatabase | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.boot()

    def boot(self) -> None:
        """The program starts (again, after it was killed)."""
        file = self.path / f"{self.name}.db"
        creator = opener(file, self.fate) if self.fate is not None else None
        if self.encrypted is not None:
            creator = partial(self.encrypted, file)
        self.local = open_file(file, self.clock, creator)
        self.sit_down(self.person)

    def die(self) -> None:
        """The program was killed: what it had open is closed by the system."""
        self.engine.stop()
        self.remote.close()
        self.local.close()
        self.fate = Fate()

    def sit_down(self, person: str) -> None:
        """Somebody (else) signs in."""
        if self._remote is not None:
            self._remote.close()
        self.person, self.actor = person, actor_of(person)
        url = self.through(self.server.url(self.database, login_of(person).login, PASSWORD))
        self._remote = self.remote = ServerDatabase({"conninfo": url, "connect_timeout": 4}, pool_size=2)
        place = Place(self.name, self.name, self.versions)
        self.engine = Engine(self.local, ServerStore(self.remote), self.actor, place, self.clock, self.reader)
        self.engine.publish = self.told.append
        self.store = RoutedStore(ServerStore(self.remote), self.local, self.engine)

    def reader(self, online: bool) -> Reader:
        """Who asks."""
        who = self.actor
        return Reader(who.clinic_id, who.user_id, who.roles, who.provider_id, ZONE, self.clock.now(), online)

    def enrol(self) -> SyncReport:
        """An administrator lets the workstation in; it fetches everything."""
        self.admit()
        return self.engine.sync_now()

    def admit(self) -> None:
        """An administrator lets the workstation in."""
        url = self.server.url(self.database, login_of("admin").login, PASSWORD)
        with psycopg.connect(url, autocommit=True) as raw:
            call = "SELECT generation FROM desktop.enrol_workstation(%s, %s)"
            (row,) = raw.execute(call, (self.name, self.name)).fetchall()
        with self.local.applying() as session:
            meta.put(session.connection(), meta.GENERATION, row[0])

    @property
    def sync(self) -> DeskSync:
        """What window and command line use."""
        return DeskSync(self.engine)

    @contextmanager
    def feed(self) -> Iterator[ServerFeed]:
        """A connection of its own to the server, as the person."""
        with self.remote.connect() as raw:
            yield ServerFeed(raw, self.actor.roles)

    def told_online(self, seconds: float = 60.0) -> None:
        """Wait until the thread says that the server answers and nothing of this person waits."""
        there = threading.Event()

        def hear(status: SyncStatus) -> None:
            if status.mode is SyncMode.ONLINE and not status.waiting and self.engine.rounds > before:
                there.set()

        before = self.engine.rounds
        self.engine.changed.append(hear)
        self.engine.kick()
        assert there.wait(seconds), "it never came"
        self.engine.changed.remove(hear)

    def cut(self) -> None:
        """The cable breaks: noticed by whoever asks next."""
        self.remote.cut(True)

    def mend(self) -> SyncReport:
        """The cable is whole again, and what waits is sent."""
        self.remote.cut(False)
        return self.engine.sync_now()

    def run(self, command: Command, *, command_id: str | None = None) -> Outcome:
        """Give a command."""
        envelope = Envelope(command_id or new_uuid(), self.actor, self.name, self.clock.now(), command)
        return self.store.write(envelope, self.reader(self.store.online)).outcome

    def ask(self, function: Callable[..., R], **arguments: Any) -> R:
        """Ask a question that the store can answer too."""
        return self.store.ask(lambda session, online: function(session, self.reader(online), **arguments), offline=True)

    def rows(self, statement: Any) -> list[Any]:
        """Rows of the store."""
        with self.local.reading() as session:
            return list(session.execute(statement).all())

    def server_rows(self, statement: str) -> list[Any]:
        """Rows of the server, as it shows them to the person."""
        with self.remote.reading() as session:
            return list(session.execute(text(statement)).all())

    def count(self, table: str) -> int:
        """How many rows a table of the store has."""
        return int(self.rows(text(f"SELECT count(*) AS n FROM {table}"))[0].n)

    def pull(self, raw: psycopg.Connection) -> Pulled:
        """Fetch without sending."""
        return pull(self.local, ServerFeed(raw, self.actor.roles), self.actor)

    def close(self) -> None:
        """Hang up."""
        self.store.close()


def mirror_of(station: Station) -> dict[str, dict[str, Mapping[str, Any]]]:
    """All mirrored rows of a station by table and key, in Python's types."""
    with station.local.reading() as session:
        return _dump(session, station.actor.roles)


def server_as(station: Station) -> dict[str, dict[str, Mapping[str, Any]]]:
    """What the server shows the person at a station, in the same form."""
    with station.remote.reading() as session:
        return _dump(session, station.actor.roles)


def _dump(session: Any, roles: frozenset[Role]) -> dict[str, dict[str, Mapping[str, Any]]]:
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for name, table in mirrored_tables().items():
        mapped = next(one for one in Base.metadata.tables.values() if one.name == name)
        readable = table.columns_for(roles)
        wanted = [column for column in mapped.columns if column.name in readable]
        rows = session.execute(select(*wanted)).mappings().all()
        at = mapped.columns[table.key].key if table.key in mapped.columns else table.key
        found[name] = {str(row[at]): dict(row) for row in rows}
    return found


def _belong_here(station: Station, name: str) -> set[str]:
    """The keys of a table's rows that the server shows the person and that lie in the days that are kept."""
    table, scope = mirrored_tables()[name], condition(name)
    today = station.clock.now().date()
    statement = f'SELECT r."{table.key}" FROM {table.qualified} AS r' + (f" WHERE {scope}" if scope else "")
    with station.feed() as feed:
        return {row[0] for row in feed.ask(statement.encode(), Window.on(today).parameters(today))}


def _colleagues(station: Station, name: str) -> set[str]:
    """The keys of rows that are here for a colleague, and that the server wouldn't show the person."""
    table = mirrored_tables()[name]
    if table.entry.scope not in PERSONAL:
        return set()
    with station.local.reading() as session:
        connection = session.connection()
        every = connection.exec_driver_sql(f'SELECT "{table.key}" FROM "{name}"').scalars()
        return set(every) - visible(connection, table, station.actor)


def differences(station: Station) -> list[str]:
    """Where a station's mirror differs from what the server shows that person; days that aren't kept may lack."""
    here, there = mirror_of(station), server_as(station)
    found = []
    for name in there:
        only = here[name].keys() - there[name].keys() - _colleagues(station, name)
        found += [f"{name} {key}: only here" for key in only]
        missing = there[name].keys() - here[name].keys()
        missing &= _belong_here(station, name) if missing and condition(name) else missing
        found += [f"{name} {key}: only there" for key in missing]
        for key in here[name].keys() & there[name].keys():
            mine, theirs = here[name][key], there[name][key]
            found += [
                f"{name} {key}.{column}: {mine[column]!r} here, {theirs[column]!r} there"
                for column in theirs
                if mine[column] != theirs[column] and (name, column) not in QUIET
            ]
    return found
