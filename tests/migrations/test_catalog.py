"""The table of tables knows every table and names only columns that exist."""

from __future__ import annotations

import pytest
from sqlalchemy import Table

from app.db.catalog import ADMINS, STAFF, TABLES, Scope, TableEntry
from app.db.models import Base, metadata

BY_NAME: dict[str, Table] = {table.name: table for table in metadata.tables.values()}
_KEYS = {
    Scope.CLINIC_ID: {"id"},
    Scope.CLINIC: {"clinic_id"},
    Scope.CLINIC_OR_NULL: {"clinic_id"},
    Scope.BY_PATIENT: {"patient_id"},
    Scope.BY_PROVIDER: {"provider_id"},
    Scope.BY_BOOKING: {"patient_id", "provider_id", "slot_id"},
    Scope.BY_SLOT: {"slot_id"},
    Scope.BY_VISIT: {"visit_id"},
    Scope.BY_REQUEST: {"request_id", "visit_id"},
    Scope.BY_THREAD: {"thread_id"},
    Scope.BY_HOUSEHOLD: {"household_id", "patient_id"},
    Scope.BY_RULE: {"id"},
    Scope.BY_USER: {"user_id"},
    Scope.OWN_USER: {"user_id"},
    Scope.OWN_OR_SHARED: {"user_id", "clinic_id"},
    Scope.OWN_OR_ADMIN: {"user_id", "clinic_id"},
    Scope.INSTALLATION: set(),
}


def test_every_table_has_an_entry() -> None:
    assert set(TABLES) == set(BY_NAME)


@pytest.mark.parametrize("entry", TABLES.values(), ids=TABLES)
def test_an_entry_speaks_of_its_table(entry: TableEntry) -> None:
    table = BY_NAME[entry.table]
    columns = {column.name for column in table.columns}
    named = entry.fixed | entry.locked | entry.secret_columns | set(entry.restricted)
    assert named <= columns
    assert _KEYS[entry.scope] <= columns
    assert entry.schema == (table.schema or "public")
    assert entry.server_only == bool(table.info.get("server_only"))
    assert entry.reads | entry.writes <= STAFF


@pytest.mark.parametrize("entry", TABLES.values(), ids=TABLES)
def test_what_is_kept_from_people_is_kept_from_the_store(entry: TableEntry) -> None:
    assert not (entry.server_only and entry.synced)
    assert not (entry.locked & entry.fixed)
    if entry.reads <= ADMINS:
        assert not entry.synced, "a mirror holds what everybody at the desk may see"


def test_secrets_are_mapped_so_that_nobody_loads_them() -> None:
    deferred = {
        (mapper.class_.__tablename__, prop.columns[0].name)
        for mapper in Base.registry.mappers
        for prop in mapper.column_attrs
        if prop.deferred
    }
    secret = {(entry.table, column) for entry in TABLES.values() for column in entry.secret_columns}
    assert deferred == secret
