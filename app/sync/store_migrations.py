"""The store's own migrations: ``migrations/local/NNNN_name.sql``, in order, each in one transaction with its number.

They make and change what is this workstation's alone (the journal above all, which is never dropped). The mirror needs
none: what differs from the program's tables is made anew around the rows that are there, and snapshotted again.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table
from sqlalchemy.schema import CreateIndex, CreateTable

from app.db import local_triggers
from app.db import models as _models  # noqa: F401 - maps all tables
from app.db.base import Base
from app.db.local import LocalDatabase
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.resources import migrations_root
from app.sync import overlay
from app.sync.mirrored import mirrored_tables

_NAME: Final = re.compile(r"(\d{4})_\w+\.sql")
_KEPT_FACTS: Final = ("generation", "latest")
"""Facts that outlive a changed mirror; all others say how far it has been fetched."""


def local_migrations() -> Mapping[int, Path]:
    """Return the migration files by number, without a hole."""
    folder = migrations_root() / "local"
    found = {int(match[1]): file for file in folder.iterdir() if (match := _NAME.fullmatch(file.name))}
    if sorted(found) != list(range(1, len(found) + 1)):
        raise ValueError(f"a number is missing in {sorted(found)}")
    return dict(sorted(found.items()))


def migrate(database: LocalDatabase, migrations: Mapping[int, Path] | None = None) -> None:
    """Bring a store up to date. A kill at any moment leaves it as before a step or as after it.

    Raises Refused "StoreTooNew" when a newer program has had it.
    """
    steps = migrations if migrations is not None else local_migrations()
    present = store_version(database)
    if present > max(steps, default=0):
        message = t("A newer version of the program has used this workstation's offline data. Update this one.")
        raise Refused("StoreTooNew", message, field="version", found=present, known=max(steps, default=0))
    for number, file in steps.items():
        if number > present:
            _apply(database, number, file)
    database.create()
    _follow_the_program(database)


def store_version(database: LocalDatabase) -> int:
    """Return the number of the last migration that was applied; 0 in a new store."""
    with database.reading() as session:
        connection = session.connection()
        known = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'store_version'").first()
        if known is None:
            return 0
        return int(connection.exec_driver_sql("SELECT version FROM store_version").scalar_one())


def _apply(database: LocalDatabase, number: int, file: Path) -> None:
    with database.applying() as session:
        connection = session.connection()
        connection.exec_driver_sql(
            "CREATE TABLE IF NOT EXISTS store_version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER)"
        )
        for statement in statements(file.read_text(encoding="utf-8")):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(
            "INSERT INTO store_version VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET version = excluded.version",
            (number,),
        )


def statements(script: str) -> Iterator[str]:
    """Yield a script's statements one by one: ``executescript`` would commit before it begins."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""
    if re.sub(r"--.*", "", pending).strip():
        raise ValueError("the last statement has no end")


def _follow_the_program(database: LocalDatabase) -> None:
    """Make the mirror's tables as this program wants them, in one transaction, keeping the rows that fit."""
    with database.applying() as session:
        connection = session.connection()
        changed = [table for table in _mirror() if _differs(connection, table)]
        if changed:
            local_triggers.drop(connection)
            for table in changed:
                _remake(connection, table)
            _start_anew(connection)
            local_triggers.install(connection)
        if changed or not _notes_undo(connection):
            overlay.install(connection)


def _notes_undo(connection: Connection) -> bool:
    """Tell whether the overlay's triggers are there: making them costs more than all else at opening."""
    count = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'mha\\_undo\\_%' ESCAPE '\\'"
    return int(connection.exec_driver_sql(count).scalar_one()) == 3 * len(mirrored_tables())


def _mirror() -> list[Table]:
    """The tables that a snapshot fills; what search reads has a shape of its own in the store."""
    return [table for table in Base.metadata.sorted_tables if table.name in mirrored_tables()]


def _columns(connection: Connection, table: str) -> list[tuple[str, bool]]:
    rows = connection.exec_driver_sql(f'PRAGMA table_info("{table}")').all()
    return [(row[1], bool(row[3])) for row in rows]


def _differs(connection: Connection, table: Table) -> bool:
    wanted = [(column.name, not column.nullable) for column in table.columns]
    return sorted(_columns(connection, table.name)) != sorted(wanted)


def _remake(connection: Connection, table: Table) -> None:
    """Make one table anew with the rows that it can take; what is missing in them comes with the next snapshot."""
    old = f"old_{table.name}"
    names = {column.name for column in table.columns}
    common = ", ".join(f'"{name}"' for name, _ in _columns(connection, table.name) if name in names)
    made = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
    for index in connection.exec_driver_sql(made, (table.name,)).scalars().all():
        connection.exec_driver_sql(f'DROP INDEX "{index}"')
    connection.exec_driver_sql("PRAGMA legacy_alter_table = ON")  # others go on pointing at the name
    connection.exec_driver_sql(f'ALTER TABLE "{table.name}" RENAME TO "{old}"')
    connection.exec_driver_sql("PRAGMA legacy_alter_table = OFF")
    connection.execute(CreateTable(table))
    for wanted in sorted(table.indexes, key=lambda index: str(index.name)):
        connection.execute(CreateIndex(wanted))
    connection.exec_driver_sql(f'INSERT OR IGNORE INTO "{table.name}" ({common}) SELECT {common} FROM "{old}"')
    connection.exec_driver_sql(f'DROP TABLE "{old}"')


def _start_anew(connection: Connection) -> None:
    """Forget how far the mirror was fetched; what commands changed here stays in it until the next snapshot.

    The rows noted for undoing have the former columns: they can't be put back any more.
    """
    connection.exec_driver_sql("DELETE FROM undo")
    kept = ", ".join(f"'{name}'" for name in _KEPT_FACTS)
    connection.exec_driver_sql(f"DELETE FROM meta WHERE key NOT IN ({kept})")
