"""The snapshot: everything the store mirrors, read by key in short chunks; the feed repairs what moves meanwhile.

The feed's position is noted first. Interrupted, it goes on with the table where it stopped. Rows that are here and no
longer there go when their table is through; until then the store stays usable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.commands.registry import Actor
from app.db import local_triggers
from app.db.local import LocalDatabase
from app.sync import apply, meta, overlay
from app.sync.feed import Position, ServerFeed
from app.sync.mirrored import PERSONAL, MirroredTable, mirrored_tables
from app.sync.rebase import open_entries, put_all_on
from app.sync.scope import Window


@dataclass(frozen=True, slots=True)
class SnapshotProgress:
    """How far a snapshot is: tables done of all, rows so far."""

    table: str
    tables_done: int
    tables: int
    rows: int


def take_snapshot(
    database: LocalDatabase,
    feed: ServerFeed,
    who: Actor,
    progress: Callable[[SnapshotProgress], None] = lambda _: None,
) -> Position:
    """Fill the mirror; returns where the feed goes on. Raises what the connection raises; go on by calling again."""
    position = feed.position()
    done = _begin(database, position)
    window = Window.on(position.now.date())
    try:
        count = _read_all(database, feed, position, done, progress)
    finally:
        with database.applying() as session:
            overlay.install(session.connection())
    _finish(database, feed, who, window)
    progress(SnapshotProgress("", len(mirrored_tables()), len(mirrored_tables()), count))
    return position


def _read_all(
    database: LocalDatabase,
    feed: ServerFeed,
    position: Position,
    done: set[str],
    progress: Callable[[SnapshotProgress], None],
) -> int:
    """Read table by table; returns how many rows."""
    window = Window.on(position.now.date())
    count = 0
    names = list(mirrored_tables())
    for at, name in enumerate(names):
        if name in done:
            continue
        table = mirrored_tables()[name]
        progress(SnapshotProgress(name, at, len(names), count))
        seen: set[str] | None = None if _empty(database, name) else set()
        for rows in feed.chunks(table, window, position.now.date(), ""):
            count += len(rows)
            _write(database, feed, table, rows, seen, under_overlay=True)
            progress(SnapshotProgress(name, at, len(names), count))
        _finish_table(database, table, seen)
    return count


def _begin(database: LocalDatabase, position: Position) -> set[str]:
    """Take the overlay off and note where the feed stands; returns the tables that an interrupted snapshot had done."""
    with database.applying() as session:
        connection = session.connection()
        found: dict[str, Any] | None = meta.get(connection, meta.SNAPSHOT)
        same = found is not None and found["incarnation"] == position.incarnation
        overlay.take_off(connection)
        if found is not None and same and found["xid"] >= position.pruned_before:
            return set(found["done"])
        local_triggers.drop(connection)
        if meta.get(connection, meta.CURSOR) is None and not open_entries(connection):
            overlay.drop(connection)  # nobody can work here before the first snapshot is through
        meta.put(connection, meta.SEARCH_STALE, True)
        meta.put(connection, meta.SNAPSHOT, {"xid": position.xmin, "incarnation": position.incarnation, "done": []})
        meta.put(connection, meta.AS_OF, position.now.isoformat())
    return set()


def _empty(database: LocalDatabase, name: str) -> bool:
    with database.reading() as session:
        found = session.connection().exec_driver_sql(f'SELECT 1 FROM "{name}" LIMIT 1').first()
    return found is None


def _write(
    database: LocalDatabase,
    feed: ServerFeed,
    table: MirroredTable,
    rows: list[Any],
    seen: set[str] | None,
    *,
    under_overlay: bool = False,
) -> None:
    """Write rows of the server; ``under_overlay``: whatever people did here meanwhile is taken off before.

    What it noted as the row before would be put back over the server's later. At the end all of it is put on again.
    """
    if seen is not None:
        at = table.columns_for(feed.roles).index(table.key)
        seen.update(row[at] for row in rows)
    with database.applying() as session:
        if under_overlay:
            overlay.take_off(session.connection())
        apply.upsert(session.connection(), table.name, rows, feed.roles)


def _finish_table(database: LocalDatabase, table: MirroredTable, seen: set[str] | None) -> None:
    with database.applying() as session:
        connection = session.connection()
        overlay.take_off(connection)
        if seen is not None:
            here = connection.exec_driver_sql(f'SELECT "{table.key}" FROM "{table.name}"').scalars()
            apply.delete(connection, table.name, [key for key in here if key not in seen])
        state = meta.get(connection, meta.SNAPSHOT)
        meta.put(connection, meta.SNAPSHOT, {**state, "done": [*state["done"], table.name]})


def _finish(database: LocalDatabase, feed: ServerFeed, who: Actor, window: Window) -> None:
    with database.applying() as session:
        connection = session.connection()
        overlay.take_off(connection)
        state = meta.get(connection, meta.SNAPSHOT)
        make_search(connection)
        connection.exec_driver_sql("DELETE FROM gap")
        for table in mirrored_tables().values():
            if table.partial_for(feed.roles):
                connection.exec_driver_sql(
                    f'INSERT INTO gap SELECT ?, "{table.key}", ? FROM "{table.name}"',
                    (table.name, who.user_id),
                )
        meta.put(connection, meta.CURSOR, [state["xid"], 0])
        meta.put(connection, meta.INCARNATION, state["incarnation"])
        meta.put(connection, meta.WINDOW, [window.first.isoformat(), window.last.isoformat()])
        meta.put(connection, meta.TIDIED, meta.get(connection, meta.AS_OF)[:10])
        meta.put(connection, meta.READ_AS, [who.user_id])
        meta.put(connection, meta.SNAPSHOT, None)
        connection.exec_driver_sql("PRAGMA analysis_limit = 1000")
        connection.exec_driver_sql("ANALYZE")  # without figures the planner reads whole tables
        put_all_on(session, open_entries(connection))


def make_search(connection: Connection) -> None:
    """Make what search reads anew and put the triggers back."""
    local_triggers.rebuild_search(connection)
    local_triggers.install(connection)
    meta.put(connection, meta.SEARCH_STALE, False)


def read_own(database: LocalDatabase, feed: ServerFeed, who: Actor) -> int:
    """Fetch what only this person may see, the first time they are here; returns how many rows."""
    with database.reading() as session:
        known = meta.get(session.connection(), meta.READ_AS, [])
    if who.user_id in known:
        return 0
    today = feed.position().now.date()
    count = 0
    for table in mirrored_tables().values():
        if table.entry.scope in PERSONAL:
            for rows in feed.chunks(table, Window.on(today), today, ""):
                count += len(rows)
                _write(database, feed, table, rows, None)
    with database.applying() as session:
        meta.put(session.connection(), meta.READ_AS, [*known, who.user_id])
    return count
