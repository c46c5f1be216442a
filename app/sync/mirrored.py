"""The mirrored tables: their columns, and how the server writes each value the way the store keeps it.

The server's SELECT gives what SQLite stores (text for instants, JSON text for lists), so that rows travel from one to
the other without becoming Python objects on the way.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from sqlalchemy import Boolean, Column, Date, Enum, Table, Time

from app.db import models  # noqa: F401 - maps all tables
from app.db.base import Base
from app.db.catalog import TABLES, Scope, TableEntry
from app.db.types import Json, StringList, _Stamp
from app.domain.enums import Role

_NOTHING = ""
"""What stands in a secret column that may not be empty: the mirror keeps no secrets."""

PERSONAL = frozenset({Scope.OWN_USER, Scope.OWN_OR_SHARED, Scope.OWN_OR_ADMIN})
"""Scopes in which a colleague's row can't be told from one that is gone."""


@dataclass(frozen=True, slots=True)
class MirroredTable:
    """One table of the mirror. Column names are the database's, in the order of the store's table."""

    name: str
    qualified: str
    key: str
    entry: TableEntry
    readable: Mapping[str, str]
    """Column → the server's expression for it over the row ``r``."""
    fillers: Mapping[str, str] = field(default_factory=dict)
    """Secret columns that may not be NULL → what stands there."""
    crowded: bool = False
    """Whether something beside the key is unique: rows that swap it come one after the other, the old one makes way."""

    def columns_for(self, roles: Collection[Role]) -> tuple[str, ...]:
        """The columns that a person with these roles may read."""
        hidden = {name for name, allowed in self.entry.restricted.items() if allowed.isdisjoint(roles)}
        return tuple(name for name in self.readable if name not in hidden)

    def partial_for(self, roles: Collection[Role]) -> bool:
        """Tell whether some columns are hidden from a person with these roles."""
        return len(self.columns_for(roles)) < len(self.readable)

    def server_select(self, roles: Collection[Role]) -> str:
        """``SELECT … FROM … AS r`` with the readable columns as the store keeps them."""
        chosen = ", ".join(self.readable[name] for name in self.columns_for(roles))
        return f"SELECT {chosen} FROM {self.qualified} AS r"

    def store_upsert(self, roles: Collection[Role]) -> str:
        """The store's INSERT … ON CONFLICT for rows of ``server_select``; what isn't readable stays as it is."""
        names = self.columns_for(roles)
        columns = [*names, *self.fillers]
        values = ["?"] * len(names) + [_literal(value) for value in self.fillers.values()]
        others = [name for name in names if name != self.key]
        if self.crowded:
            return (
                f"INSERT OR REPLACE INTO {_quoted(self.name)} ({', '.join(map(_quoted, columns))}) "
                f"VALUES ({', '.join(values)})"
            )
        return (
            f"INSERT INTO {_quoted(self.name)} ({', '.join(map(_quoted, columns))}) VALUES ({', '.join(values)}) "
            f"ON CONFLICT ({_quoted(self.key)}) DO UPDATE SET "
            + ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in others)
        )


def _quoted(name: str) -> str:
    return f'"{name}"'


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _expression(column: Column[object]) -> str:
    name, kind = f'r."{column.name}"', column.type
    if isinstance(kind, _Stamp):
        return f"to_char({name}, 'YYYY-MM-DD HH24:MI:SS.MS')"
    if isinstance(kind, Date):
        return f"to_char({name}, 'YYYY-MM-DD')"
    if isinstance(kind, Time):
        return f"to_char({name}, 'HH24:MI:SS.US')"
    if isinstance(kind, Boolean):
        return f"{name}::integer"
    if isinstance(kind, StringList):
        return f"to_jsonb({name})::text"
    if isinstance(kind, (Json, Enum)):
        return f"{name}::text"
    return name


def _mirrored(table: Table, entry: TableEntry) -> MirroredTable:
    (key,) = [column.name for column in table.primary_key]
    secret = entry.secret_columns
    return MirroredTable(
        name=table.name,
        qualified=entry.qualified,
        key=key,
        entry=entry,
        readable=MappingProxyType({c.name: _expression(c) for c in table.columns if c.name not in secret}),
        crowded=any(index.unique for index in table.indexes) and not entry.restricted,
        fillers=MappingProxyType({c.name: _NOTHING for c in table.columns if c.name in secret and not c.nullable}),
    )


@cache
def mirrored_tables() -> Mapping[str, MirroredTable]:
    """All mirrored tables by name, parents before children."""
    found: dict[str, MirroredTable] = {}
    for table in Base.metadata.sorted_tables:
        entry = TABLES.get(table.name)
        if entry is not None and entry.synced and not entry.server_only:
            found[table.name] = _mirrored(table, entry)
    return MappingProxyType(found)
