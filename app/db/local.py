"""The workstation's own database: the same mapped classes on SQLite.

Tests run every handler here too. The encrypted store of an enrolled workstation is made of the
same parts with another ``creator``.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, create_engine, event, insert, pool, select
from sqlalchemy.orm import Session

from app.db import local_triggers
from app.db.base import Base
from app.db.models import AppliedCommand
from app.kernel.clock import Clock


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
    """A SQLite database with the program's tables; one writer at a time."""

    def __init__(self, clock: Clock, *, creator: Callable[[], Any] | None = None, module: Any = None) -> None:
        self._clock = clock
        self._user_id: str | None = None
        options: dict[str, Any] = {"creator": creator or _memory, "poolclass": pool.StaticPool}
        if module is not None:
            options["module"] = module
        engine = create_engine("sqlite://", **options)
        event.listen(engine, "connect", self._prepare)
        event.listen(engine, "begin", _begin_immediate)
        self.engine: Engine = engine.execution_options(schema_translate_map={"desktop": None})

    def create(self) -> None:
        """Make the tables and triggers that are missing."""
        tables = [table for table in Base.metadata.tables.values() if not table.info.get("server_only")]
        with self.engine.begin() as connection:
            Base.metadata.create_all(connection, tables=tables)
            local_triggers.install(connection)

    def _prepare(self, connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        local_triggers.register_functions(connection, self._clock, lambda: self._user_id)

    @contextmanager
    def transaction(self, user_id: str | None) -> Iterator[Session]:
        """One transaction on behalf of a person."""
        self._user_id = user_id
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for questions; nothing it does is kept."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
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
        """Close the connection."""
        self.engine.dispose()


def _memory() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)


def _begin_immediate(connection: Connection) -> None:
    # A writer that starts reading would otherwise fail when it first writes, instead of waiting.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
