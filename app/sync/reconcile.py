"""Comparing the mirror with the server in the background: whatever made them differ, the rows are read anew.

A table at a time and some thousand rows at a step, minutes apart, while nothing else is going on. The server sends a
hash for each key. What differs twice, with a pull between, is noted as a gap: the next pull reads it. Rows under local
commands are left for another time.
"""

from __future__ import annotations

import json
import logging
import struct
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from app.commands.registry import Actor
from app.db.base import Base
from app.db.local import LocalDatabase
from app.db.types import Real
from app.domain.enums import Role
from app.sync import meta
from app.sync.feed import ROWS_SECONDS, Row, ServerFeed
from app.sync.mirrored import MirroredTable, mirrored_tables
from app.sync.own import visible
from app.sync.scope import Window, condition

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
"""Between two steps."""
STEP = 2_000
"""Rows compared in a step."""
QUIET: Mapping[str, frozenset[str]] = {"workstation": frozenset({"last_seen_at", "generation"})}
"""Signs of life that the feed doesn't tell (desktop.feed_quiet_columns)."""

_NULL, _NEXT = "\x1e", "\x1f"
"""Stand for NULL and between two columns of a row's text."""


@dataclass(slots=True)
class _Place:
    """How far the comparison of a table is: the last key read, and all keys the server has shown."""

    table: str
    after: str = ""
    seen: set[str] = field(default_factory=set)


class Reconciler:
    """Compares for one person. Used by the engine's thread, within its round."""

    def __init__(self, local: LocalDatabase, who: Actor) -> None:
        self._local, self._who = local, who
        self._place: _Place | None = None
        self._last = time.monotonic()

    def due(self) -> bool:
        """Tell whether it is time for a step."""
        return time.monotonic() - self._last >= EVERY_SECONDS

    def turn(self, feed: ServerFeed, pull: Callable[[], object]) -> None:
        """Take a step, if it is time for one."""
        if self.due():
            self.step(feed, pull)

    def step(self, feed: ServerFeed, pull: Callable[[], object]) -> int:
        """Compare some rows; ``pull`` fetches what changed and what was noted. Returns how many rows were repaired."""
        self._last = time.monotonic()
        place = self._place = self._place or self._begin()
        table = mirrored_tables()[place.table]
        there = self._some(feed, table, place)
        if len(there) == STEP:
            asked = {key for key, _ in there}
        else:
            rest = sorted(self._keys_here(table) - place.seen)
            there += self._there(feed, table, rest)
            asked = {key for key, _ in there} | set(rest)
            self._end(table)
        wrong = self._differing(table, asked, dict(there))
        if not wrong:
            return 0
        pull()
        again = self._differing(table, set(wrong), dict(self._there(feed, table, sorted(wrong))))
        return self._repair(table, [key for key in again if again[key] == wrong[key]], pull)

    def _begin(self) -> _Place:
        names = list(mirrored_tables())
        with self._local.reading() as session:
            last = meta.get(session.connection(), meta.RECONCILED)
        at = names.index(last) + 1 if last in names else 0
        return _Place(names[at % len(names)])

    def _end(self, table: MirroredTable) -> None:
        self._place = None
        with self._local.applying() as session:
            meta.put(session.connection(), meta.RECONCILED, table.name)

    def _some(self, feed: ServerFeed, table: MirroredTable, place: _Place) -> list[tuple[str, str]]:
        """The next rows of the server that belong in the mirror: key and hash."""
        scope = condition(table.name)
        values = {**self._window(feed), "after": place.after, "limit": STEP}
        where = f'r."{table.key}" > %(after)s' + (f" AND ({scope})" if scope else "")
        order = f'ORDER BY r."{table.key}" LIMIT %(limit)s'
        rows = feed.ask(f"{_select(table, feed.roles)} WHERE {where} {order}".encode(), values, ROWS_SECONDS)
        if rows:
            place.after = rows[-1][0]
            place.seen.update(key for key, _ in rows)
        return [(key, found) for key, found in rows]

    def _there(self, feed: ServerFeed, table: MirroredTable, keys: Sequence[str]) -> list[tuple[str, str]]:
        """These rows of the server, whether they belong in the mirror or not."""
        statement = f'{_select(table, feed.roles)} WHERE r."{table.key}" = ANY (%s)'.encode()
        found: list[tuple[str, str]] = []
        for start in range(0, len(keys), STEP):
            part = list(keys[start : start + STEP])
            found += [(key, one) for key, one in feed.ask(statement, (part,), ROWS_SECONDS)]
        return found

    def _window(self, feed: ServerFeed) -> dict[str, Any]:
        today = feed.position().now.date()
        with self._local.reading() as session:
            kept = meta.get(session.connection(), meta.WINDOW)
        window = Window.on(today)
        if kept is not None:  # days that fell out are kept; days that came in are here once the window was moved
            window = Window(window.first, min(window.last, date.fromisoformat(kept[1])))
        return dict(window.parameters(today))

    def _keys_here(self, table: MirroredTable) -> set[str]:
        with self._local.reading() as session:
            return visible(session.connection(), table, self._who)

    def _differing(
        self, table: MirroredTable, keys: set[str], there: Mapping[str, str]
    ) -> dict[str, tuple[str | None, str | None]]:
        """Key → (hash here, hash there) where the two aren't the same."""
        with self._local.reading() as session:
            connection = session.connection()
            here = _hashes(connection, table, self._who.roles, keys)
            covered = set(
                connection.exec_driver_sql("SELECT key FROM undo WHERE table_name = ?", (table.name,)).scalars()
            )
        pairs = {key: (here.get(key), there.get(key)) for key in keys - covered}
        return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}

    def _repair(self, table: MirroredTable, keys: Sequence[str], pull: Callable[[], object]) -> int:
        if not keys:
            return 0
        log.warning("%d rows of %s differed from the server's: read anew", len(keys), table.name)
        with self._local.applying() as session:
            session.connection().exec_driver_sql(
                "INSERT INTO gap (table_name, key, user_id) SELECT ?, value, '' FROM json_each(?) WHERE true "
                "ON CONFLICT (table_name, key) DO UPDATE SET user_id = ''",
                (table.name, json.dumps(list(keys))),
            )
        pull()
        return len(keys)


@cache
def _columns(name: str, roles: frozenset[Role]) -> tuple[tuple[str, bool], ...]:
    """The columns that are compared, and whether each holds fractions."""
    table = mirrored_tables()[name]
    mapped = next(one for one in Base.metadata.tables.values() if one.name == name)
    kinds = {column.name: isinstance(column.type, Real) for column in mapped.columns}
    return tuple((one, kinds[one]) for one in table.columns_for(roles) if one not in QUIET.get(name, ()))


def _select(table: MirroredTable, roles: frozenset[Role]) -> str:
    """Key and hash of rows, as ``_hash`` makes it."""
    parts = []
    for name, fraction in _columns(table.name, roles):
        value = f"encode(float8send(r.\"{name}\"), 'hex')" if fraction else f"({table.readable[name]})::text"
        parts.append(f"coalesce({value}, E'\\x1e')")
    whole = f"concat_ws(E'\\x1f', {', '.join(parts)})"
    return (
        f"SELECT r.\"{table.key}\", left(encode(sha256(convert_to({whole}, 'UTF8')), 'hex'), 16) "
        f"FROM {table.qualified} AS r"
    )


def _hashes(
    connection: Connection, table: MirroredTable, roles: frozenset[Role], keys: Iterable[str]
) -> dict[str, str]:
    columns = _columns(table.name, roles)
    chosen = ", ".join(f'"{name}"' for name, _ in columns)
    rows = connection.exec_driver_sql(
        f'SELECT "{table.key}", {chosen} FROM "{table.name}" WHERE "{table.key}" IN (SELECT value FROM json_each(?))',
        (json.dumps(list(keys)),),
    )
    return {row[0]: _hash(row[1:], columns) for row in rows}


def _hash(values: Row | Sequence[Any], columns: Sequence[tuple[str, bool]]) -> str:
    texts = [_text(value, fraction) for value, (_, fraction) in zip(values, columns, strict=True)]
    return sha256(_NEXT.join(texts).encode()).hexdigest()[:16]


def _text(value: Any, fraction: bool) -> str:
    if value is None:
        return _NULL
    return struct.pack(">d", value).hex() if fraction else str(value)
