"""Moving the days that the store keeps: those that come in are fetched, what has fallen out goes, the journal's too.

Once a day, when the day of the server's clock is another one.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from app.db.local import LocalDatabase
from app.sync import apply, journal, meta
from app.sync.feed import ServerFeed
from app.sync.mirrored import MirroredTable, mirrored_tables
from app.sync.scope import WINDOWED, Window, condition_here, scoped


def widen(database: LocalDatabase, feed: ServerFeed) -> int:
    """Fetch the days that have come into the window since it was last moved; returns how many rows.

    The rows go through no rebase: nothing here can have changed them, they weren't here.
    """
    today = feed.position().now.date()
    with database.reading() as session:
        first, last = _kept(session.connection())
    wanted = Window.on(today)
    if wanted.last <= last:
        return 0
    days = Window(max(last, wanted.first), wanted.last)
    mirrored = [table for name, table in mirrored_tables().items() if name in WINDOWED]
    count = sum(_fetch(database, feed, table, days, today) for table in mirrored)
    # After so long away that no day of before is in the window, those between were never fetched.
    begins = min(first, wanted.first) if last >= wanted.first else wanted.first
    with database.applying() as session:
        meta.put(session.connection(), meta.WINDOW, [begins.isoformat(), wanted.last.isoformat()])
    return count


def _fetch(database: LocalDatabase, feed: ServerFeed, table: MirroredTable, days: Window, today: date) -> int:
    at, name = table.columns_for(feed.roles).index(table.key), table.name
    count = 0
    for rows in feed.chunks(table, days, today, ""):
        count += len(rows)
        with database.applying() as session:
            here = apply.present(session.connection(), name, [row[at] for row in rows])
            apply.upsert(session.connection(), name, [row for row in rows if row[at] not in here], feed.roles)
    return count


def tidy(database: LocalDatabase) -> int:
    """Delete what has fallen out of the window, by the day of the last pull; returns how many rows.

    While something of the journal is open nothing goes: it may have been decided on any of the rows.
    """
    with database.reading() as session:
        connection = session.connection()
        as_of, tidied = meta.get(connection, meta.AS_OF), meta.get(connection, meta.TIDIED)
        if as_of is None or as_of[:10] == tidied or journal.waits(connection):
            return 0
    with database.applying() as session:
        connection = session.connection()
        if journal.waits(connection):
            return 0
        today = date.fromisoformat(as_of[:10])
        wanted = Window.on(today)
        _, last = _kept(connection)
        gone = {name: _outside(connection, name, Window(wanted.first, max(last, wanted.last)), today)
                for name in scoped() if name in mirrored_tables()}  # fmt: skip
        for name, keys in gone.items():
            apply.delete(connection, name, keys)
        meta.put(connection, meta.WINDOW, [wanted.first.isoformat(), last.isoformat()])
        meta.put(connection, meta.TIDIED, as_of[:10])
    return sum(map(len, gone.values()))


def forget(database: LocalDatabase) -> int:
    """Delete what has been over for 30 days from the journal, once on each day of the last pull; returns how many."""
    with database.reading() as session:
        as_of, forgotten = (meta.get(session.connection(), key) for key in (meta.AS_OF, meta.FORGOTTEN))
    if as_of is None or as_of[:10] == forgotten:
        return 0
    with database.applying() as session:
        connection = session.connection()
        meta.put(connection, meta.FORGOTTEN, as_of[:10])
        return journal.forget_old(connection, datetime.fromisoformat(as_of))


def _kept(connection: Connection) -> tuple[date, date]:
    first, last = (date.fromisoformat(day) for day in meta.get(connection, meta.WINDOW))
    return first, last


def _outside(connection: Connection, name: str, days: Window, today: date) -> list[str]:
    key = mirrored_tables()[name].key
    values = {part: f"{at:%Y-%m-%d} 00:00:00.000" for part, at in days.parameters(today).items()}
    statement = f'SELECT r."{key}" FROM "{name}" AS r WHERE NOT ({condition_here(name)})'
    return list(connection.exec_driver_sql(statement, values).scalars())
