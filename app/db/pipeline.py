"""Send several statements in one network trip (psycopg's pipeline); one by one on SQLite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import psycopg
from sqlalchemy import Connection, Executable
from sqlalchemy.orm import Session


def raw_connection(connection: Connection) -> psycopg.Connection | None:
    """Return psycopg's connection behind SQLAlchemy's, or None on SQLite."""
    driver = connection.connection.driver_connection
    return driver if isinstance(driver, psycopg.Connection) else None


Queued: TypeAlias = tuple[Executable, Mapping[str, Any] | None]
"""A statement, and values for its parameters or columns where it was built without."""


def run_all(session: Session, statements: Sequence[Queued]) -> None:
    """Execute statements whose answers nobody reads, in order.

    On PostgreSQL they travel in one trip; the first error is raised when the trip ends, as a
    psycopg error without SQLAlchemy's wrapping.
    """
    connection = session.connection()
    raw = raw_connection(connection)
    if raw is None or len(statements) == 1:
        for statement, values in statements:
            connection.execute(statement, values)
        return
    with raw.pipeline():
        for statement, values in statements:
            connection.execute(statement, values)
