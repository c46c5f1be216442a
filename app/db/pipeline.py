"""Send several statements in one network trip (psycopg's pipeline); one by one on SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString, TypeAlias

import psycopg
from psycopg.pq import PipelineStatus, TransactionStatus
from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.db.one_trip import one_trip
from app.db.store_driver import STORE, run_on_store
from app.db.written import written


def raw_connection(connection: Connection) -> psycopg.Connection | None:
    """Return psycopg's connection behind SQLAlchemy's, or None on SQLite."""
    driver = connection.connection.driver_connection
    return driver if isinstance(driver, psycopg.Connection) else None


Queued: TypeAlias = tuple[Executable, Mapping[str, Any] | None]
"""A statement, and values for its parameters or columns where it was built without."""


def run_all(session: Session, statements: Sequence[Queued], *, commit: bool = False) -> None:
    """Execute statements whose answers nobody reads, in order.

    On PostgreSQL they travel in one trip; the first error is raised when the trip ends, as a
    psycopg error without SQLAlchemy's wrapping. With ``commit`` the transaction ends there in the same trip: a
    statement that fails keeps the server from doing what comes behind it. (On SQLite the caller commits.)
    """
    connection = session.connection()
    raw = raw_connection(connection)
    if raw is None:
        _run_on_store(connection, statements)
        return
    if len(statements) == 1 and not commit:
        for statement, values in statements:
            connection.execute(statement, values)
        return
    with forgetting_unsent(raw), one_trip(raw):
        for statement, values in statements:
            ready = written(statement, values, connection.dialect) if values is not None else None
            if ready is None or values is None:
                connection.execute(statement, values)
            else:
                raw.execute(ready.text, ready.values(values))
        if commit:
            raw.execute("COMMIT", prepare=False)


def _run_on_store(connection: Connection, statements: Sequence[Queued]) -> None:
    for statement, values in statements:
        ready = written(statement, values, STORE) if values is not None else None
        if ready is None or values is None:
            connection.execute(statement, values)
        else:
            run_on_store(connection, ready, values)


@contextmanager
def forgetting_unsent(raw: psycopg.Connection) -> Iterator[None]:
    """Let no statement count as prepared that the server never saw: behind an error it skips the rest of a trip.

    psycopg notes a statement as prepared when it is sent, and ``roll_back`` keeps what it has noted.
    """
    prepared = raw._prepared._prepared_idx  # noqa: SLF001 - nothing public says whether a trip prepared any
    try:
        yield
    except (psycopg.Error, DBAPIError):  # what SQLAlchemy sends on this trip comes wrapped by it
        if raw._prepared._prepared_idx != prepared and not raw.closed:  # noqa: SLF001
            raw._prepared.clear()  # noqa: SLF001 - what psycopg does itself at a ROLLBACK; the next trip tells the server
        raise


Sent: TypeAlias = tuple[LiteralString | bytes, Mapping[str, Any]]
"""A statement's text as psycopg takes it, and its values."""


def begin_with(session: Session, *statements: Sent) -> list[psycopg.Cursor[Any]]:
    """Begin the server's transaction with some statements; BEGIN and they travel in one trip.

    Returns a cursor for each, with its rows still to be fetched. Raises what psycopg raises.
    """
    raw = raw_connection(session.connection())
    if raw is None:
        raise TypeError("the store begins its own transactions")
    with forgetting_unsent(raw), one_trip(raw):
        return [raw.execute(statement, values) for statement, values in statements]


def roll_back(connection: Connection) -> None:
    """Roll a transaction on the server back, but keep its session's prepared statements, which outlive it anyway.

    psycopg's own way forgets them all: after every refusal the next bookings would be parsed and planned anew, each of
    their statements five times. What this can't end is left to it.
    """
    raw = raw_connection(connection)
    if raw is None or raw.closed or raw.pgconn.pipeline_status != PipelineStatus.OFF:
        return
    if raw.pgconn.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
        raw.pgconn.exec_(b"ROLLBACK")
