"""What one connection to the store is about: who acts, for which command, and how its transaction begins."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, cast

from sqlalchemy import Connection


class Mode(Enum):
    """What a transaction is for: the engine's execution option ``mha_mode``."""

    READ = "READ"
    WRITE = "WRITE"
    APPLY = "APPLY"
    """Rows of the server, in whatever order they come: foreign keys aren't checked."""


@dataclass(slots=True)
class State:
    """What the SQL functions mha_user(), mha_command(), mha_tracks() and mha_entry() tell on one connection."""

    user_id: str | None = None
    command_id: str | None = None
    tracks: bool = True
    entry: int = 0
    mode: Mode | None = None
    """What the connection is set up for at present."""
    texts: set[int] = field(default_factory=set)
    """Hashes of the different statements that the connection has prepared."""

    def take(self, other: State) -> None:
        """Become like another."""
        self.user_id, self.command_id = other.user_id, other.command_id
        self.tracks, self.entry = other.tracks, other.entry


OURS = State()
"""Nobody in particular writes; triggers work."""
SERVERS = State(tracks=False)
"""Rows of the server are written."""


def state_of(connection: Connection) -> State:
    """Return the state that a connection's SQL functions read."""
    return cast(State, connection.info[State])


def begin(connection: Connection) -> None:
    """Begin a transaction as its mode wants; for SQLAlchemy's event of that name."""
    mode = connection.get_execution_options().get("mha_mode", Mode.WRITE)
    state = state_of(connection)
    if state.mode is not mode:  # these pragmas make SQLite prepare every statement of the connection anew
        driver: Any = connection.connection.driver_connection
        # Foreign keys cannot be switched within a transaction.
        driver.execute(f"PRAGMA foreign_keys = {'OFF' if mode is Mode.APPLY else 'ON'}")
        driver.execute(f"PRAGMA query_only = {'ON' if mode is Mode.READ else 'OFF'}")
        state.mode = mode
    # A writer that begins with reading would fail when it first writes, instead of waiting; a reader takes no lock.
    connection.exec_driver_sql("BEGIN" if mode is Mode.READ else "BEGIN IMMEDIATE")
