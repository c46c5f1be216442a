"""Pulling: what changed on the server comes into the mirror, and local commands are decided anew on it.

Rows, cursor and acknowledged commands are read in one moment of the server and saved in one transaction of the store.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.commands.registry import Actor, Change
from app.db.local import LocalDatabase
from app.kernel.errors import Unavailable
from app.kernel.i18n import t
from app.sync import apply, journal, meta, overlay
from app.sync.company import company, newcomers
from app.sync.feed import PAGE, FeedChange, Position, Row, ServerFeed
from app.sync.mirrored import PERSONAL, mirrored_tables
from app.sync.model import EntryState
from app.sync.own import visible
from app.sync.rebase import concerned, open_entries, put_all_on

Keys = dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one pull brought: rows of the server, and commands that everybody has now."""

    changes: tuple[Change, ...] = ()
    done: int = 0
    as_of: datetime | None = None
    more: bool = False


@dataclass(slots=True)
class _Batch:
    """What was read in one moment of the server."""

    position: Position
    cursor: list[int]
    done: set[str]
    keys: Keys
    deleted: set[tuple[str, str]]
    rows: dict[str, list[Row]] = field(default_factory=dict)
    more: bool = False


class NeedsSnapshot(Unavailable):
    """The feed doesn't reach back to where this store stopped: everything is read anew."""

    def __init__(self) -> None:
        super().__init__("NeedsSnapshot", t("The clinic's records have to be fetched anew."))


def pull(database: LocalDatabase, feed: ServerFeed, who: Actor) -> Pulled:
    """Pull once. Raises ``NeedsSnapshot``, or what the connection raises."""
    with database.reading() as session:
        connection = session.connection()
        cursor = meta.get(connection, meta.CURSOR)
        incarnation = meta.get(connection, meta.INCARNATION)
        asked = journal.may_have_arrived(connection)
        gaps = _gaps(connection, who)
    if cursor is None:
        raise NeedsSnapshot
    with feed.moment():
        batch = _read(database, feed, cursor, incarnation, asked, gaps)
    with database.applying() as session:
        return _save(session, batch, feed, who)


def _gaps(connection: Connection, who: Actor) -> Keys:
    """Rows that somebody couldn't read, and this person may; those noted for nobody are for whoever comes."""
    keys: Keys = defaultdict(set)
    for name, key, user_id in connection.exec_driver_sql("SELECT table_name, key, user_id FROM gap").all():
        table = mirrored_tables()[name]
        whole = not table.partial_for(who.roles) if table.entry.restricted else user_id != who.user_id
        if whole or not user_id:
            keys[name].add(key)
    return keys


def _read(
    database: LocalDatabase,
    feed: ServerFeed,
    cursor: Sequence[int],
    incarnation: list[str] | None,
    asked: set[str],
    gaps: Keys,
) -> _Batch:
    position = feed.position()
    if incarnation != position.incarnation or cursor[0] < position.pruned_before:
        raise NeedsSnapshot
    limit = PAGE
    changes = feed.changes(cursor, limit)
    while len(changes) == limit and changes[-1].xid >= position.xmin and changes[0].xid >= position.xmin:
        limit *= 4  # nothing of the page is settled: the cursor couldn't advance past it
        changes = feed.changes(cursor, limit)
    batch = _Batch(position, _advance(cursor, changes, position.xmin), set(), defaultdict(set), set())
    batch.more = len(changes) == limit
    batch.done = feed.which_applied(asked)
    for change in changes:
        if change.table in mirrored_tables():
            batch.keys[change.table].add(change.key)
            if change.op == "D":
                batch.deleted.add((change.table, change.key))
    for name, keys in gaps.items():
        batch.keys[name] |= keys
    if batch.keys:
        batch.rows = feed.rows(batch.keys)
    came = newcomers(database, changes)
    if any(came.values()):
        _join(batch, company(feed, came, batch.rows), feed)
    return batch


def _join(batch: _Batch, more: Mapping[str, Sequence[Row]], feed: ServerFeed) -> None:
    """Add rows that the feed didn't name."""
    for name, rows in more.items():
        table = mirrored_tables()[name]
        at = table.columns_for(feed.roles).index(table.key)
        fresh = [row for row in rows if row[at] not in batch.keys.get(name, ())]
        if fresh:
            batch.rows.setdefault(name, []).extend(fresh)
            batch.keys[name] |= {row[at] for row in fresh}


def _advance(cursor: Sequence[int], changes: Iterable[FeedChange], xmin: int) -> list[int]:
    """As far as every transaction is over: one that commits late is read again, never missed."""
    settled = [(change.xid, change.seq) for change in changes if change.xid < xmin]
    return list(settled[-1] if settled else cursor)


def _save(session: Session, batch: _Batch, feed: ServerFeed, who: Actor) -> Pulled:
    connection = session.connection()
    gone = _gone(connection, batch, feed, who)
    waiting = open_entries(connection)
    done = {entry.n for entry in waiting if entry.id in batch.done}
    if batch.keys or done:
        lanes = apply.lanes(connection, batch.rows, batch.keys, feed.roles)
        lanes = lanes.union(*(entry.lanes for entry in waiting if entry.n in done))
        if not overlay.GLOBAL_TABLES.isdisjoint(batch.keys):
            lanes.add(overlay.GLOBAL_LANE)
        reached = done.union(entry.n for entry in concerned(waiting, lanes))
        off = [entry for entry in waiting if entry.n in reached]
        overlay.take_off(connection, [entry.n for entry in off])
        for name, rows in batch.rows.items():
            apply.upsert(connection, name, rows, feed.roles)
        for name, keys in gone.items():
            apply.delete(connection, name, keys)
        journal.set_state(connection, done, EntryState.DONE, closed_at=batch.position.now)
        put_all_on(session, [entry for entry in off if entry.n not in done])
    meta.put(connection, meta.CURSOR, batch.cursor)
    meta.put(connection, meta.AS_OF, batch.position.now.isoformat())
    changes = tuple(Change(name, key) for name, keys in batch.keys.items() for key in keys)
    return Pulled(changes, len(done), batch.position.now, batch.more)


def _gone(connection: Connection, batch: _Batch, feed: ServerFeed, who: Actor) -> Mapping[str, set[str]]:
    """Rows that aren't there any more; what may just be hidden from this person is noted as a gap instead."""
    gone: dict[str, set[str]] = {}
    for name, keys in batch.keys.items():
        table = mirrored_tables()[name]
        at = table.columns_for(feed.roles).index(table.key)
        missing = keys - {row[at] for row in batch.rows.get(name, ())}
        hidden = set()
        if table.entry.scope in PERSONAL:
            known = {key for key in missing if (name, key) in batch.deleted}
            hidden = missing - known - visible(connection, table, who, missing - known)
        gone[name] = missing - hidden
        partial = (keys - missing) if table.partial_for(feed.roles) else set()
        _note_gaps(connection, name, keys, hidden | partial, who)
    return gone


def _note_gaps(connection: Connection, name: str, read: set[str], left: set[str], who: Actor) -> None:
    connection.exec_driver_sql(
        "DELETE FROM gap WHERE table_name = ? AND key IN (SELECT value FROM json_each(?))",
        (name, json.dumps(sorted(read - left))),
    )
    connection.exec_driver_sql(
        "INSERT INTO gap (table_name, key, user_id) SELECT ?, value, ? FROM json_each(?) WHERE true "
        "ON CONFLICT (table_name, key) DO UPDATE SET user_id = excluded.user_id",
        (name, who.user_id, json.dumps(sorted(left))),
    )
