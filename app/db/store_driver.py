"""Statements that are built once and go to the workstation's store past SQLAlchemy, as its driver takes them.

A booking without the server sends a dozen of them; what SQLAlchemy does around each costs more than most of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from app.db.local_state import state_of
from app.db.written import Written

STORE: Dialect = sqlite.dialect(paramstyle="named")
"""As the store's engines, but with parameters by name."""
STORE.default_schema_name = "main"


def run_on_store(connection: Connection, ready: Written, values: Mapping[str, Any]) -> Any:
    """Execute a statement within the connection's transaction; returns the driver's cursor.

    Raises the subclass of ``DBAPIError`` that SQLAlchemy would; without the values, which are a patient's.
    """
    driver = cast(Any, connection.connection.driver_connection)
    state_of(connection).texts.add(hash(ready.string))
    try:
        return driver.execute(ready.string, ready.values(values))
    except connection.dialect.loaded_dbapi.Error as error:
        raised = DBAPIError.instance(
            ready.string, None, error, connection.dialect.loaded_dbapi.Error, hide_parameters=True
        )
        raise cast(DBAPIError, raised) from error
