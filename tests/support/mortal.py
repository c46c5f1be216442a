"""SQLite connections that die in the middle of their work, as a process does that is killed with -9."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class Killed(BaseException):
    """The process is gone: nothing may be done after this but opening the file again."""


@dataclass
class Fate:
    """Counts statements and commits down to death; ``after``: the last commit still reaches the disk."""

    steps: int | None = None
    after: bool = False
    dead: bool = False

    def step(self) -> None:
        """Take a step, maybe the last one."""
        if self.dead:
            raise Killed
        if self.steps is None:
            return
        self.steps -= 1
        if self.steps <= 0:
            self.dead = True
            raise Killed

    def commit(self, really: Callable[[], None]) -> None:
        """Commit, and maybe die before or just after it."""
        if self.steps is not None and self.steps <= 1 and self.after and not self.dead:
            really()
        self.step()
        really()


class _Cursor(sqlite3.Cursor):
    def execute(self, *arguments: Any) -> Any:
        connection: Any = self.connection
        if not connection.fate.dead:  # what runs while the stack unwinds does nothing any more
            connection.fate.step()
        return super().execute(*arguments)

    def executemany(self, *arguments: Any) -> Any:
        connection: Any = self.connection
        connection.fate.step()
        return super().executemany(*arguments)


class _Connection(sqlite3.Connection):
    fate: Fate

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    def commit(self) -> None:
        self.fate.commit(super().commit)


def opener(path: Path, fate: Fate) -> Callable[[], sqlite3.Connection]:
    """Return what opens connections to a file under this fate."""

    def open_one() -> sqlite3.Connection:
        connection = sqlite3.connect(path, check_same_thread=False, timeout=10, factory=_Connection)
        connection.fate = fate
        connection.execute("PRAGMA synchronous = OFF")  # no power is lost in tests
        return connection

    return open_one
