"""The mapped classes say what the migrations made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, Index, MetaData, Text, create_engine, inspect, pool

from app.db.models import metadata


@pytest.fixture
def connection(each_migrated: str) -> Iterator[Connection]:
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(each_migrated), poolclass=pool.NullPool
    )
    with engine.connect() as opened:
        yield opened


# On expressions, some of them with functions of the repeatable scripts, which come after the migrations: made there.
SCRIPTED = {
    "patient_search_words_idx", "search_name_typo_idx", "audit_sealed_patient_idx", "audit_sealed_visit_idx",
    "audit_sealed_former_patient_idx",
}  # fmt: skip


def _differences(connection: Connection, models: MetaData) -> list[Any]:
    options = {
        "include_schemas": True,
        "compare_type": True,
        "compare_server_default": True,
        "version_table_schema": "desktop",
        "include_name": lambda name, kind, _: (
            name not in SCRIPTED if kind == "index" else kind != "schema" or name in (None, "desktop")
        ),
    }
    found: list[Any] = compare_metadata(MigrationContext.configure(connection, opts=options), models)
    return found


def test_no_difference(connection: Connection) -> None:
    assert _differences(connection, metadata) == []


def test_a_difference_would_be_seen(connection: Connection) -> None:
    changed = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.tables.values():
        table.to_metadata(changed)
    changed.tables["visits"].append_column(Column("extra", Text))
    Index("room_name_idx", changed.tables["desktop.room"].c.name)
    changed.tables["desktop.slot_detail"].c.overbook.nullable = True
    found = _differences(connection, changed)
    kinds = {entry[0] if isinstance(entry, tuple) else entry[0][0] for entry in found}
    assert kinds == {"add_column", "add_index", "modify_nullable"}


def test_columns_stand_in_the_same_order(connection: Connection) -> None:
    inspector = inspect(connection)
    for table in metadata.tables.values():
        stored = [column["name"] for column in inspector.get_columns(table.name, schema=table.schema)]
        assert stored == [column.name for column in table.columns], table.fullname


def test_exclusion_and_checks_of_claims(connection: Connection) -> None:
    """Alembic doesn't compare these; they carry the promise that nobody is booked twice."""
    rows = connection.exec_driver_sql(
        "SELECT conname, pg_get_constraintdef(oid, true) FROM pg_constraint"
        " WHERE conrelid = 'desktop.slot_claim'::regclass AND contype IN ('c', 'x') ORDER BY 1"
    ).all()
    assert [tuple(row) for row in rows] == [
        (
            "no_double_booking",
            "EXCLUDE USING gist (provider_id WITH =, during WITH &&) WHERE (NOT overbook) DEFERRABLE",
        ),
        ("slot_claim_during_check", "CHECK (NOT isempty(during))"),
    ]


def test_foreign_keys_to_public_cascade(connection: Connection) -> None:
    rows = connection.exec_driver_sql(
        "SELECT conrelid::regclass::text FROM pg_constraint c JOIN pg_class t ON t.oid = c.confrelid"
        " WHERE contype = 'f' AND c.connamespace = 'desktop'::regnamespace"
        " AND t.relnamespace = 'public'::regnamespace AND confdeltype <> 'c'"
    ).all()
    assert rows == []
