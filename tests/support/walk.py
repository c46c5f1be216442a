"""Tries every verb on every table as every kind of person, and tells where the database and the catalog differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import psycopg
from psycopg import sql

from app.db.catalog import TABLES, Scope, TableEntry
from app.domain.enums import Role
from tests.support.two_clinics import PER_PERSON, Clinic, Row, Shape

LOCKED = "MH003"
"""A trigger says that the person may not, before the policy is asked; inserting rows asks the same policy."""

DENIED = "42501"
Statement: TypeAlias = sql.SQL | sql.Composed
STAFF = ("MEDICAL_ASSISTANT", "PROVIDER", "ADMIN")

# What an assistant may do to a row that they may not leave as it is: follow a state.
STEPS: Mapping[tuple[str, str], Row] = {
    ("lab_orders", "MEDICAL_ASSISTANT"): {"status": "IN_PROGRESS"},
    ("referrals", "MEDICAL_ASSISTANT"): {"status": "ACCEPTED"},
    ("alerts", "MEDICAL_ASSISTANT"): {"status": "DISMISSED"},
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a statement came to: the SQLSTATE it was refused with, or how many rows it touched and returned."""

    state: str | None
    count: int = 0
    rows: Sequence[tuple[Any, ...]] = ()
    text: str = ""


def attempt(connection: psycopg.Connection, statement: Statement, *, before: Sequence[Statement] = ()) -> Attempt:
    """Run a statement, after others that must succeed, and take everything back."""
    try:
        with connection.transaction(force_rollback=True):
            for earlier in before:
                connection.execute(earlier)
            cursor = connection.execute(statement)
            rows = cursor.fetchall() if cursor.description else []
            return Attempt(None, cursor.rowcount, rows)
    except psycopg.Error as error:
        return Attempt(error.sqlstate or "?", text=error.diag.message_primary or "")


def insert(table: str, row: Mapping[str, Any]) -> Statement:
    """Return the statement that inserts a row."""
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        named(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(map(sql.Literal, row.values())),
    )


def update(table: str, values: Mapping[str, Any], keep: Sequence[str], where: Statement) -> Statement:
    """Return the statement that sets values, and columns to what they are."""
    parts = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value)) for name, value in values.items()]
    parts += [sql.SQL("{0} = {0}").format(sql.Identifier(name)) for name in keep if name not in values]
    return sql.SQL("UPDATE {} SET {} WHERE {}").format(named(table), sql.SQL(", ").join(parts), where)


def named(table: str) -> sql.Identifier:
    """Return ``schema.table`` quoted."""
    return sql.Identifier(*table.split("."))


@dataclass(frozen=True)
class Walk:
    """The two clinics, how to connect as somebody of them, and who is an outsider."""

    shape: Shape
    clinics: Mapping[str, Clinic]
    seeded: Mapping[str, Mapping[str, Row]]
    connect: Callable[[str, str], psycopg.Connection]
    outsiders: Mapping[str, psycopg.Connection]

    def tables(self) -> list[str]:
        """Return every table of both schemas."""
        return sorted(self.shape.columns)

    def all(self, tables: Sequence[str] | None = None) -> list[str]:
        """Return everything that isn't as the catalog says, in words."""
        return [finding for table in tables or self.tables() for finding in self.table(table)]

    def table(self, table: str) -> Iterator[str]:
        """Yield what is wrong with one table."""
        schema, _, bare = table.partition(".")
        entry = TABLES.get(bare)
        if bare == "alembic_version":
            entry = TableEntry(table=bare, scope=Scope.INSTALLATION, reads=frozenset())
        if entry is None or entry.schema != schema:
            yield f"{table}: no entry in the catalog"
            return
        for mark, clinic in self.clinics.items():
            other = next(c for m, c in self.clinics.items() if m != mark)
            for role in STAFF:
                person = _Person(self, entry, table, role, clinic, other, self.connect(mark, role))
                for finding in person.findings():
                    yield f"{table} as {role} of {mark}: {finding}"
        for who, connection in self.outsiders.items():
            for finding in _outsider(self, table, connection):
                yield f"{table} as {who}: {finding}"


def _outsider(walk: Walk, table: str, connection: psycopg.Connection) -> Iterator[str]:
    key = walk.shape.keys[table][0]
    seen = attempt(connection, sql.SQL("SELECT {} FROM {}").format(sql.Identifier(key), named(table)))
    if seen.rows:
        yield f"sees {len(seen.rows)} rows"
    clinic = next(iter(walk.clinics.values()))
    row = clinic.new_row(walk.shape, table, "ADMIN")
    if attempt(connection, insert(table, row)).state != DENIED:
        yield "inserts"
    where = sql.SQL("true")
    touched = attempt(connection, sql.SQL("DELETE FROM {}").format(named(table)))
    if touched.state != DENIED and touched.count:
        yield "deletes"
    for column in walk.shape.columns[table]:
        changed = attempt(connection, update(table, {}, [column.name], where))
        if changed.state != DENIED and changed.count:
            yield f"updates {column.name}"


@dataclass(frozen=True)
class _Person:
    walk: Walk
    entry: TableEntry
    table: str
    role: str
    clinic: Clinic
    other: Clinic
    connection: psycopg.Connection

    def findings(self) -> Iterator[str]:
        yield from self._privileges()
        yield from self._reads()
        yield from self._inserts()
        yield from self._updates()
        yield from self._deletes()

    @property
    def _bare(self) -> str:
        return self.entry.table

    def _may(self, roles: frozenset[Role]) -> bool:
        return Role(self.role) in roles

    def _readable(self, column: str) -> bool:
        entry = self.entry
        limited = entry.restricted.get(column)
        return self._may(entry.reads) and column not in entry.secret_columns and (limited is None or self._may(limited))

    def _insertable(self, column: str) -> bool:
        return self._may(self.entry.inserts) and column not in self.entry.locked

    def _updatable(self, column: str) -> bool:
        entry = self.entry
        fixed = {*entry.fixed, *entry.locked, *entry.secret_columns, *self.walk.shape.keys[self.table]}
        only = entry.limited.get(Role(self.role))
        return self._may(entry.updates) and column not in fixed and (only is None or column in only)

    def _columns(self) -> list[str]:
        return [column.name for column in self.walk.shape.columns[self.table]]

    def _plain_columns(self) -> list[str]:
        """Columns that can be set at all: identities are refused before anybody's right is looked at."""
        return [column.name for column in self.walk.shape.columns[self.table] if not column.generated]

    def _privileges(self) -> Iterator[str]:
        """Compare the privileges on every column with the catalog."""
        expected = {"SELECT": self._readable, "INSERT": self._insertable, "UPDATE": self._updatable}
        for column in self._columns():
            for verb, may in expected.items():
                question = "SELECT has_column_privilege(session_user, %s, %s, %s)"
                row = self.connection.execute(question, (self.table, column, verb)).fetchone()
                if row is not None and row[0] != may(column):
                    yield f"{verb} of {column} is {'granted' if row[0] else 'missing'}"
        for verb in ("TRUNCATE", "REFERENCES", "TRIGGER"):
            row = self.connection.execute(
                "SELECT has_table_privilege(session_user, %s, %s)", (self.table, verb)
            ).fetchone()
            if row is not None and row[0]:
                yield f"{verb} is granted"

    def _reads(self) -> Iterator[str]:
        columns = [column for column in self._columns() if self._readable(column)]
        if not columns:
            first = sql.SQL("SELECT 1 FROM {}").format(named(self.table))
            if attempt(self.connection, first).state != DENIED:
                yield "can be read"
            return
        chosen = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns)
        found = attempt(self.connection, sql.SQL("SELECT {} FROM {}").format(chosen, named(self.table)))
        if found.state is not None:
            yield f"can't be read: {found.text}"
            return
        foreign = [row for row in found.rows if any(self.other.mark in str(value) for value in row)]
        if foreign:
            yield f"sees {len(foreign)} rows of the other clinic: {foreign[0]}"
        yield from self._sees_own(columns, found.rows)

    def _sees_own(self, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Iterator[str]:
        if self._bare == "alembic_version":
            return
        scope = self.entry.scope
        own = [row for row in rows if any(self.clinic.mark in str(value) for value in row)]
        if not own and scope is not Scope.INSTALLATION:
            others_only = scope is Scope.OWN_OR_ADMIN and self.role == "PROVIDER"
            if not others_only:
                yield "sees nothing of the own clinic"
        if scope in (Scope.OWN_USER, Scope.OWN_OR_SHARED):
            position = columns.index("user_id")
            if {row[position] for row in rows} - {self.clinic.people[self.role], None}:
                yield "sees what belongs to somebody else"

    def _inserts(self) -> Iterator[str]:
        shape = self.walk.shape
        row = self.clinic.new_row(shape, self.table, self.role)
        row = {name: value for name, value in row.items() if name not in self.entry.locked}
        before = [insert(table, made) for table, made in self.clinic.before(shape, self.table, self.role)]
        if not self._may(self.entry.inserts):
            made = attempt(self.connection, insert(self.table, row))
            if made.state != DENIED:
                yield f"inserts ({made.state})"
            return
        made = attempt(self.connection, insert(self.table, row), before=before)
        if made.state is not None:
            yield f"can't insert: {made.state} {made.text}"
        for column, parent in shape.references(self.table).items():
            if not self._insertable(column) or column not in row:
                continue
            foreign = self.other.target(parent, self.other.people[self.role])
            smuggled = attempt(self.connection, insert(self.table, {**row, column: foreign}), before=before)
            if smuggled.state != DENIED:
                yield f"inserts a row that points at the other clinic by {column} ({smuggled.state})"

    def _own_row(self) -> Statement:
        keys = self.walk.shape.keys[self.table]
        row = self.walk.seeded[self.clinic.mark].get(self.table)
        if self._bare in PER_PERSON:
            return sql.SQL("id = {}").format(sql.Literal(f"{self.clinic.mark}{self.role}~{self._bare}"))
        if row is None:
            return sql.SQL("true")
        parts = [sql.SQL("{} = {}").format(sql.Identifier(key), sql.Literal(row[key])) for key in keys]
        return sql.SQL(" AND ").join(parts)

    def _updates(self) -> Iterator[str]:
        mine = self._own_row()
        allowed = [column for column in self._columns() if self._updatable(column)]
        for column in self._plain_columns():
            if column in allowed:
                continue
            if attempt(self.connection, update(self.table, {}, [column], mine)).state != DENIED:
                yield f"updates {column}"
        if not allowed:
            return
        step = STEPS.get((self._bare, self.role), {})
        readable = [column for column in allowed if self._readable(column)]
        done = attempt(self.connection, update(self.table, step, readable, mine))
        if done.state is not None or done.count != 1:
            yield f"can't update: {done.state} {done.text} ({done.count} rows)"
        foreign = self.walk.seeded[self.other.mark].get(self.table)
        if foreign is not None:
            yield from self._left_alone(step, readable, foreign)
        for column, parent in self.walk.shape.references(self.table).items():
            if column not in allowed:
                continue
            target = self.other.target(parent, self.other.people[self.role])
            smuggled = attempt(self.connection, update(self.table, {**step, column: target}, [], mine))
            if smuggled.state not in (DENIED, LOCKED):
                yield f"points a row at the other clinic by {column} ({smuggled.state})"

    def _left_alone(self, step: Row, columns: Sequence[str], foreign: Row) -> Iterator[str]:
        keys = self.walk.shape.keys[self.table]
        parts = [sql.SQL("{} = {}").format(sql.Identifier(key), sql.Literal(foreign[key])) for key in keys]
        touched = attempt(self.connection, update(self.table, step, columns, sql.SQL(" AND ").join(parts)))
        if touched.state is not None or touched.count:
            yield f"reaches the other clinic's row ({touched.state}, {touched.count} rows)"

    def _deletes(self) -> Iterator[str]:
        statement = sql.SQL("DELETE FROM {} WHERE {}")
        own = attempt(self.connection, statement.format(named(self.table), self._own_row()))
        if not self._may(self.entry.deletes):
            if own.state != DENIED:
                yield f"deletes ({own.state}, {own.count} rows)"
        elif own.state is not None or own.count != 1:
            yield f"can't delete: {own.state} {own.text}"
        else:
            everything = attempt(
                self.connection,
                sql.SQL("DELETE FROM {} RETURNING {}::text").format(
                    named(self.table), sql.SQL("::text, ").join(map(sql.Identifier, self._columns()))
                ),
            )
            if any(self.other.mark in str(value) for row in everything.rows for value in row):
                yield "deletes the other clinic's rows"
        if attempt(self.connection, sql.SQL("TRUNCATE {} CASCADE").format(named(self.table))).state != DENIED:
            yield "truncates"


def close(connections: Sequence[psycopg.Connection]) -> None:
    """End connections, whatever became of them."""
    for connection in connections:
        with suppress(psycopg.Error):
            connection.close()
