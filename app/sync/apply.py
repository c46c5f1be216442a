"""Writing the server's rows into the mirror. Within ``applying()``."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from app.domain.enums import Role
from app.sync import overlay
from app.sync.feed import Row
from app.sync.mirrored import mirrored_tables


def upsert(connection: Connection, table: str, rows: Sequence[Row], roles: Collection[Role]) -> None:
    """Insert or replace rows as ``server_select`` gave them."""
    if rows:
        driver: Any = connection.connection.driver_connection
        driver.executemany(mirrored_tables()[table].store_upsert(roles), rows)


def delete(connection: Connection, table: str, keys: Iterable[str]) -> None:
    """Delete rows by key."""
    driver: Any = connection.connection.driver_connection
    key = mirrored_tables()[table].key
    driver.executemany(f'DELETE FROM "{table}" WHERE "{key}" = ?', [(one,) for one in keys])


def present(connection: Connection, table: str, keys: Sequence[str]) -> set[str]:
    """Which of these rows are here."""
    key = mirrored_tables()[table].key
    found = connection.exec_driver_sql(
        f'SELECT "{key}" FROM "{table}" WHERE "{key}" IN (SELECT value FROM json_each(?))',
        (json.dumps(list(keys)),),
    )
    return set(found.scalars())


def lanes(
    connection: Connection,
    rows: Mapping[str, Sequence[Row]],
    keys: Mapping[str, Collection[str]],
    roles: Collection[Role],
) -> set[str]:
    """What rows from the server concern, as they were here and as they come."""
    found: set[str] = set()
    for name, members in keys.items():
        found |= overlay.lanes_of(connection, [(name, key) for key in members], whole=False)
    for name, fresh in rows.items():
        columns = mirrored_tables()[name].columns_for(roles)
        places = [(column, at) for at, column in enumerate(columns) if column in overlay.LANE_COLUMNS]
        for row in fresh:
            found |= overlay.row_lanes(name, {column: row[at] for column, at in places}, whole=False)
    return found
