"""Small facts of the store: where the feed was read to, of which server, how far the window reaches."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection

CURSOR = "cursor"
"""[xid, seq] of the change feed."""
INCARNATION = "incarnation"
"""[epoch, system identifier] of the server's database."""
AS_OF = "as_of"
"""The server's time of the last pull, ISO 8601 with zone."""
WINDOW = "window"
"""[first, last] day of slots and visits that are here, ISO dates."""
TIDIED = "tidied"
"""The day (ISO date) on which rows outside the window were last deleted."""
FORGOTTEN = "forgotten"
"""The day (ISO date) on which what was long over was last deleted from the journal."""
SNAPSHOT = "snapshot"
"""How far an unfinished snapshot is."""
SEARCH_STALE = "search_stale"
"""True while what search reads has to be made anew."""
READ_AS = "read_as"
"""The people whose own rows (drafts, views) have been fetched since the snapshot."""
GENERATION = "generation"
"""How often this store has called the server; the server knows the greatest."""

READING = "reading"
"""From where boards and search are read while the server answers: a ``Reading``."""
RECONCILED = "reconciled"
"""The table that was last compared with the server."""


def get(connection: Connection, key: str, default: Any = None) -> Any:
    """Return a fact."""
    row = connection.exec_driver_sql("SELECT value FROM meta WHERE key = ?", (key,)).first()
    return default if row is None else json.loads(row[0])


def put(connection: Connection, key: str, value: Any) -> None:
    """Keep a fact."""
    connection.exec_driver_sql(
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, json.dumps(value)),
    )
