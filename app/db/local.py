"""The workstation's own database: the same mapped classes on SQLite.

Tests run every handler here too. The encrypted store of an enrolled workstation is made of the
same parts with another ``creator``.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import cache, partial
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, create_engine, event, insert, pool, select
from sqlalchemy.orm import Session

from app.db import local_search, local_triggers
from app.db.base import Base
from app.db.local_state import OURS, SERVERS, Mode, State, begin, state_of
from app.db.models import AppliedCommand
from app.kernel.clock import Clock
from app.kernel.errors import Refused
from app.kernel.i18n import t

POOL_SIZE = 4
CACHE_KIB = 32_768
"""Pages that each connection keeps decrypted: reading one again costs a decryption."""
STATEMENTS = 1024
"""How many prepared statements the driver keeps for a connection. Once that many are kept, SQLCipher's driver lets
every new one push out the one before, for it never forgets what was used often: such a connection is closed when it
comes back. (The first 128, its own number, are used up by opening a store.)"""


class Person(Protocol):
    """What the store needs to know of who acts."""

    @property
    def user_id(self) -> str:
        """The person's users.id."""
        ...

    @property
    def clinic_id(self) -> str:
        """The person's clinic."""
        ...


class LocalDatabase:
    """A SQLite database with the program's tables; one writer at a time, readers beside it.

    ``creator`` opens a connection to a file, one per thread at work (``check_same_thread=False``); ``module`` is the
    driver it comes from, whose errors are wrapped. Without a creator the database is in memory, on one connection:
    there readers wait for the writer.
    """

    def __init__(self, clock: Clock, *, creator: Callable[[], Any] | None = None, module: Any = None) -> None:
        self._clock = clock
        self._in_file = creator is not None
        self._closed = False
        self._lock = threading.Lock()
        self._writing: int | None = None
        self._options: dict[str, Any] = {"creator": partial(self._opened, creator) if creator else _memory}
        if module is not None:
            self._options["module"] = module
        self.engine: Engine = self._make_engine(1)
        # Connections of their own for readers: switching one between the two makes it prepare its statements anew.
        self._reading_engine = self._make_engine(POOL_SIZE) if self._in_file else self.engine
        self._readers = self._reading_engine.execution_options(mha_mode=Mode.READ)
        self._appliers = self.engine.execution_options(mha_mode=Mode.APPLY)

    def _make_engine(self, size: int) -> Engine:
        pooled: dict[str, Any] = {"poolclass": pool.StaticPool}
        if self._in_file:
            pooled = {"poolclass": pool.QueuePool, "pool_size": size, "max_overflow": POOL_SIZE}
        engine = create_engine("sqlite://", **self._options, **pooled)
        event.listen(engine, "connect", self._prepare)
        event.listen(engine, "checkin", self._returned)
        event.listen(engine, "begin", begin)
        event.listen(engine, "before_cursor_execute", _count)
        return engine.execution_options(schema_translate_map={"desktop": None})

    def _opened(self, creator: Callable[[], Any]) -> Any:
        if self._closed:  # whoever still asks would make the file anew that was put aside
            raise Refused("StoreClosed", t("The offline data of this workstation are closed."), field="store")
        return creator()

    def create(self) -> None:
        """Make the tables and triggers that are missing."""
        with self._alone(), self.engine.begin() as connection:
            local_search.create_tables(connection)
            local_triggers.create_tables(connection)
            present = set(connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars())
            for name, statement in _mapped_tables():
                if name not in present:
                    connection.exec_driver_sql(statement)
            local_triggers.install(connection)

    def _prepare(self, connection: Any, record: pool.ConnectionPoolEntry) -> None:
        # SQLAlchemy's "begin" says BEGIN itself; the driver's own would come too late and always be deferred.
        connection.isolation_level = None
        if self._in_file:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute("PRAGMA foreign_keys = ON")
        state = record.info[State] = State()
        local_triggers.register_functions(
            connection,
            self._clock,
            lambda: state.user_id,
            command=lambda: state.command_id,
            tracks=lambda: state.tracks,
            entry=lambda: state.entry,
        )

    def _returned(self, _connection: object, record: pool.ConnectionPoolEntry) -> None:
        known: State | None = record.info.get(State)
        if self._closed or (self._in_file and known is not None and len(known.texts) >= STATEMENTS):
            record.invalidate()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait until no other thread of this process writes; a transaction inside another is a bug."""
        if self._writing == threading.get_ident():
            raise RuntimeError("this thread is in a transaction of the store already")
        with self._lock:
            self._writing = threading.get_ident()
            try:
                yield
            finally:
                self._writing = None

    @contextmanager
    def _write(self, engine: Engine, state: State) -> Iterator[Session]:
        with self._alone(), Session(engine, expire_on_commit=False, autoflush=False) as session:
            found = state_of(session.connection())
            found.take(state)
            try:
                yield session
                session.commit()
            finally:
                found.take(OURS)

    @contextmanager
    def transaction(
        self, user_id: str | None, *, command_id: str | None = None, entry: int | None = None
    ) -> Iterator[Session]:
        """One transaction on behalf of a person.

        ``command_id`` is what ``mha_command()`` gives to triggers; ``entry`` is the journal entry whose effects are
        an overlay over the server's rows (``mha_entry()``; None: the effects stay as they are).
        """
        with self._write(self.engine, State(user_id, command_id, tracks=True, entry=entry or 0)) as session:
            yield session

    @contextmanager
    def applying(self) -> Iterator[Session]:
        """One transaction for rows of the server.

        They come in any order, so foreign keys aren't checked; the events that triggers would write come with them.
        """
        with self._write(self._appliers, SERVERS) as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for questions on one state of the database, beside whoever writes; it cannot write."""
        alone = nullcontext() if self._in_file else self._alone()
        with alone, Session(self._readers, expire_on_commit=False, autoflush=False) as session:
            yield session
            session.rollback()

    def applied(self, session: Session, command_id: str) -> dict[str, Any] | None:
        """Return the kept outcome of a command that was applied here before."""
        row = session.execute(select(AppliedCommand.outcome).where(AppliedCommand.id == command_id)).first()
        return None if row is None else (row.outcome or {"result": {}})

    def keep(
        self,
        session: Session,
        command_id: str,
        person: Person,
        kind: str,
        workstation: str,
        occurred_at: datetime,
        outcome: Mapping[str, Any],
    ) -> None:
        """Keep a command's outcome beside its id."""
        session.execute(
            insert(AppliedCommand).values(
                id=command_id,
                clinic_id=person.clinic_id,
                user_id=person.user_id,
                kind=kind,
                workstation=workstation,
                occurred_at=occurred_at,
                applied_at=self._clock.now(),
                outcome=json.loads(json.dumps(outcome)),
            )
        )

    def close(self) -> None:
        """Close the connections; those still at work close when they come back."""
        self._closed = True
        self._reading_engine.dispose()
        self.engine.dispose()


@cache
def _mapped_tables() -> tuple[tuple[str, str], ...]:
    """Names and statements of the mapped tables and their indexes, as SQLite keeps them.

    Read from a database made for that once in a process: writing 70 tables' statements takes ten times what running
    them takes.
    """
    tables = [table for table in Base.metadata.tables.values() if not table.info.get("server_only")]
    scratch = create_engine("sqlite://", poolclass=pool.StaticPool)
    try:
        with scratch.execution_options(schema_translate_map={"desktop": None}).begin() as connection:
            local_search.create_tables(connection)
            Base.metadata.create_all(connection, tables=tables)
            made = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    finally:
        scratch.dispose()
    return tuple((str(name), str(statement)) for name, statement in made)


def _count(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    state_of(connection).texts.add(hash(statement))


def _memory() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
