"""The overlay: what commands of the journal changed in the mirror, so that it can be taken off and put on again.

Triggers note the row as it was before each local change while ``mha_entry()`` names the journal's entry. Taking an
entry off puts its rows back in reverse order. Entries that share no row, patient or provider with what came from the
server stay on: only what is concerned is taken off and decided anew.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection

from app.db.local_triggers import make_missing
from app.sync.mirrored import MirroredTable, mirrored_tables

GLOBAL_LANE = "*"
"""Concerns everything: settings, kinds of appointment, people."""

_NAMES = ("patient_id", "visit_id", "slot_id", "thread_id", "household_id", "request_id")
LANE_COLUMNS = (*_NAMES, "provider_id", "start_time")
_NO_ID = re.compile(r"[A-Z_]*$|\d{4}-\d\d-\d\d|.{65}|.*\s", re.DOTALL)
"""Labels of enums, dates, long texts and texts of several words are no ids."""

_LITERALS = re.compile(r"X?'[^']*(?:''[^']*)*'|[^,']+")
"""What quote() writes, one after the other with commas between."""
_WHOLE = re.compile(r"-?\d+")

GLOBAL_TABLES = frozenset(
    {"clinics", "clinic_settings", "appointment_type", "provider_settings", "providers", "login", "room"}
)
"""Handlers read these without naming a row."""


def install(connection: Connection) -> None:
    """Make the triggers of all mirrored tables that are missing or of another version; safe to repeat."""
    make_missing(connection, _triggers())


@cache
def _triggers() -> Mapping[str, str]:
    """What follows the names in the statements, by name."""
    found = {}
    for table in mirrored_tables().values():
        for verb, body in _bodies(table):
            name = f"mha_undo_{table.name}_{verb[0].lower()}"
            found[name] = f'AFTER {verb} ON "{table.name}" WHEN mha_entry() > 0 BEGIN {body}; END'
    return found


def drop(connection: Connection) -> None:
    """Take the triggers off while a store is filled for the first time: nobody can work on it yet."""
    for name in mirrored_tables():
        for letter in "iud":
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS mha_undo_{name}_{letter}")


def _bodies(table: MirroredTable) -> Iterable[tuple[str, str]]:
    columns = _all_columns(table)
    old = " || ',' || ".join(f'quote(OLD."{name}")' for name in columns)
    note = "INSERT INTO undo (entry, table_name, key, old) VALUES (mha_entry(), '{}', {}.\"{}\", {})"
    yield "INSERT", note.format(table.name, "NEW", table.key, "NULL")
    yield "UPDATE", note.format(table.name, "OLD", table.key, old)
    yield "DELETE", note.format(table.name, "OLD", table.key, old)


def _all_columns(table: MirroredTable) -> tuple[str, ...]:
    return (*table.readable, *table.fillers)


def take_off(connection: Connection, entries: Collection[int] | None = None) -> int:
    """Put back what the entries changed (None: all of them); returns how many rows. Within ``applying()``."""
    chosen = "" if entries is None else "WHERE entry IN (SELECT value FROM json_each(?))"
    values = () if entries is None else (json.dumps(sorted(entries)),)
    rows = connection.exec_driver_sql(
        f"SELECT table_name, key, old, min(u) FROM undo {chosen} GROUP BY table_name, key ORDER BY min(u) DESC", values
    ).all()
    tables = mirrored_tables()
    for name, key, _, _ in rows:
        if tables[name].crowded:  # all of them make way first: two visits may have come to each other's slot in turns
            _put_back(connection, tables[name], key, None)
    for name, key, old, _ in rows:
        if old is not None or not tables[name].crowded:
            _put_back(connection, tables[name], key, old)
    connection.exec_driver_sql(f"DELETE FROM undo {chosen}", values)
    return len(rows)


def _put_back(connection: Connection, table: MirroredTable, key: str, old: str | None) -> None:
    if old is None:
        connection.exec_driver_sql(f'DELETE FROM "{table.name}" WHERE "{table.key}" = ?', (key,))
        return
    driver: Any = connection.connection.driver_connection
    driver.execute(_put_back_statement(table.name), [_value(literal) for literal in _LITERALS.findall(old)])


@cache
def _put_back_statement(table_name: str) -> str:
    table = mirrored_tables()[table_name]
    columns = _all_columns(table)
    names = ", ".join(f'"{name}"' for name in columns)
    new = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name != table.key)
    return (
        f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join("?" * len(columns))}) '
        f'ON CONFLICT ("{table.key}") DO UPDATE SET {new}'
    )


def _value(literal: str) -> str | int | float | bytes | None:
    """What SQLite's quote() wrote, as a parameter: a row put back as text of its own would be prepared anew."""
    if literal == "NULL":
        return None
    if literal[0] == "'":
        return literal[1:-1].replace("''", "'")
    if literal[:2] == "X'":
        return bytes.fromhex(literal[2:-1])
    return int(literal) if _WHOLE.fullmatch(literal) else float(literal)


def touched(connection: Connection, entry: int) -> list[tuple[str, str]]:
    """The rows (table, key) that an entry has changed here."""
    rows = connection.exec_driver_sql("SELECT DISTINCT table_name, key FROM undo WHERE entry = ?", (entry,)).all()
    return [(name, key) for name, key in rows]


def lanes_of(connection: Connection, rows: Iterable[tuple[str, str]], *, whole: bool = True) -> set[str]:
    """What rows of the mirror concern: their own keys, and the patients, providers, visits and slots they name.

    ``whole``: for a command, whose decision any change of its provider's hours may overturn. A row that came from the
    server concerns of its provider only the day it lies on.
    """
    keys: dict[str, list[str]] = defaultdict(list)
    for name, key in rows:
        keys[name].append(key)
    lanes: set[str] = set()
    for name, members in keys.items():
        lanes |= {GLOBAL_LANE, *members} if name in GLOBAL_TABLES else {*members}
        columns, statement = _lane_statement(name)
        if columns:
            for found in connection.exec_driver_sql(statement, (json.dumps(members),)):
                lanes |= row_lanes(name, dict(zip(columns, found, strict=True)), whole=whole)
    return lanes


@cache
def _lane_statement(name: str) -> tuple[tuple[str, ...], str]:
    """The columns of a table that name what a row concerns, and the select of them for rows by key."""
    table = mirrored_tables()[name]
    columns = tuple(column for column in LANE_COLUMNS if column in table.readable)
    chosen = ", ".join(columns)
    return columns, f'SELECT {chosen} FROM "{name}" WHERE "{table.key}" IN (SELECT value FROM json_each(?))'


def row_lanes(table: str, row: Mapping[str, Any], *, whole: bool) -> set[str]:
    """What one row concerns, beside its key."""
    lanes = {str(row[column]) for column in _NAMES if row.get(column) is not None}
    provider = row.get("provider_id")
    if provider is None:
        return lanes
    if table == "visit_slots":
        lanes.add(f"{provider}@{str(row['start_time'])[:10]}")
    if whole or table not in ("visit_slots", "visits"):
        lanes.add(str(provider))
    return lanes


def lanes_in(payload: Any) -> set[str]:
    """The ids that a command's JSON names: every text that could be one."""
    if isinstance(payload, str):
        return set() if _NO_ID.match(payload) else {payload}
    if isinstance(payload, dict):
        return set().union(*(lanes_in(item) for item in payload.values())) if payload else set()
    if isinstance(payload, list):
        return set().union(*(lanes_in(item) for item in payload)) if payload else set()
    return set()


def encode_lanes(lanes: Collection[str]) -> str:
    """Lanes as the journal keeps them."""
    return json.dumps(sorted(lanes), ensure_ascii=False)
