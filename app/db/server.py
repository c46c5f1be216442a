"""Connections to PostgreSQL as one person: a small pool, short transactions, autocommit reads."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

import psycopg
from sqlalchemy import create_engine, event, pool
from sqlalchemy.orm import Session

from app.db.cancel import CancelToken, Deadline
from app.db.errors import ConnectError, is_lost
from app.db.pipeline import raw_connection, roll_back
from app.db.timeline import TIMELINES, has_several_hosts

POOL_SIZE = 4
READ_SECONDS = 20.0
WRITE_SECONDS = 15.0
"""After this long without an answer the connection is given up, as for a frozen server."""
POOL_SECONDS = 10.0
"""So long a question waits for one of the connections when all are at work."""


class ServerDatabase:
    """One person's connections. ``conninfo`` are libpq parameters with the person's role and password.

    A function is asked for them when the first connection is opened (without a server they may not be known yet); what
    it raises, ``connect`` raises. ``revive`` is called when nobody answers: True when it brought the server back.
    """

    def __init__(
        self,
        conninfo: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
        *,
        pool_size: int = POOL_SIZE,
        revive: Callable[[], bool] = lambda: False,
    ) -> None:
        self._find = conninfo if callable(conninfo) else None
        self._revive = revive
        self._conninfo = {} if callable(conninfo) else dict(conninfo)
        self.engine = create_engine(
            "postgresql+psycopg://",
            creator=self.connect,
            poolclass=pool.QueuePool,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=POOL_SECONDS,
        )
        self._closed = self._cut = False
        self._open: WeakSet[psycopg.Connection] = WeakSet()
        event.listen(self.engine, "checkin", self._returned)
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    def connect(self) -> psycopg.Connection:
        """Open a connection of its own (the live listener keeps one); the caller closes it."""
        if self._cut:
            raise ConnectError("the connection has been cut here")
        if self._find is not None:
            self._conninfo, self._find = {**self._find(), **self._conninfo}, None
        try:
            raw = self._connected()
        except psycopg.OperationalError as error:
            raise ConnectError(str(error)) from error
        if has_several_hosts(self._conninfo):
            try:
                TIMELINES.check(raw)
            except psycopg.Error:
                raw.close()
                raise
        self._open.add(raw)
        return raw

    def _connected(self) -> psycopg.Connection:
        try:
            return psycopg.connect(**self._conninfo)
        except psycopg.OperationalError as error:
            if error.sqlstate is not None or not self._revive():  # with a state it was a server that answered
                raise
        return psycopg.connect(**self._conninfo)

    def cut(self, cut: bool) -> None:
        """Cut all connections as a broken cable would, until it is called with False (the demo's button)."""
        self._cut = cut
        if cut:
            self.hang_up()

    def hang_up(self) -> None:
        """End the sockets of all connections: whoever waits for an answer hears at once that none will come."""
        for raw in [*self._open]:
            with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(raw.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)
        self.engine.dispose()  # nobody is given one of them again

    def use_password(self, password: str) -> None:
        """Open later connections with another password (the person has just changed it)."""
        self._conninfo["password"] = password

    @property
    def password(self) -> str | None:
        """The password that connections are opened with; None where none is needed or it isn't known yet."""
        found = psycopg.conninfo.conninfo_to_dict(**self._conninfo).get("password")
        return None if found is None else str(found)

    @contextmanager
    def transaction(self, seconds: float | None = None) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on an error, given up after ``seconds``."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            connection = session.connection()
            with Deadline(raw_connection(connection), seconds or WRITE_SECONDS):
                try:
                    yield session
                    session.commit()
                except BaseException as error:
                    if is_lost(error):
                        connection.invalidate()
                    else:
                        roll_back(connection)
                    raise

    @contextmanager
    def reading(self, cancel: CancelToken | None = None) -> Iterator[Session]:
        """A session whose statements stand alone (autocommit)."""
        with Session(self._reading, expire_on_commit=False, autoflush=False) as session:
            connection = session.connection()
            raw = raw_connection(connection)
            if cancel is not None:
                cancel.attach(raw)
            try:
                with Deadline(raw, READ_SECONDS):
                    yield session
            except BaseException as error:
                if is_lost(error):
                    connection.invalidate()
                raise
            finally:
                if cancel is not None:
                    cancel.detach()
                    if cancel.cancelled:
                        # A withdrawal still on its way must not hit whoever uses this connection next.
                        connection.invalidate()

    def close(self) -> None:
        """End all connections of the pool; those still at work end when they come back."""
        self._closed = True
        self.engine.dispose()

    def _returned(self, _connection: object, record: pool.ConnectionPoolEntry) -> None:
        if self._closed:
            record.invalidate()
