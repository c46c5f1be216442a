"""Schema public of a migrated database is, to the letter, what the backend's data model yields."""

from __future__ import annotations

import os
from collections import Counter

import psycopg

from app.db.drift import Fact, read_schema
from app.workspace.versions import SCHEMA_VERSION
from tests.migrations import prisma


def test_copy_of_the_model_is_the_design_page() -> None:
    """A clone elsewhere has only the copy; beside the design pages, and in CI, the two are compared."""
    if prisma.DESIGN.is_file() or os.environ.get("CI"):
        design = prisma.DESIGN.read_text(encoding="utf-8")
        assert prisma.MODEL.read_text(encoding="utf-8") == prisma.blocks(design)
    assert len(prisma.parse_model().models) == 25


def test_the_model_yields_the_numbers_that_the_facts_name() -> None:
    facts = prisma.parse_model().facts()
    kinds = Counter(fact.kind for fact in facts)
    indexes = [what for fact, what in facts.items() if fact.kind == "index"]
    assert kinds == {"table": 25, "column": 228, "enum": 16, "index": 25 + 10 + 42, "constraint": 25 + 31}
    assert sum("UNIQUE" in what and "_key " in what for what in indexes) == 10
    assert sum("UNIQUE" not in what for what in indexes) == 42


def test_a_migrated_database_has_exactly_that(each_migrated: str) -> None:
    with psycopg.connect(each_migrated) as connection:
        found = read_schema(connection)
    assert found == prisma.parse_model().facts()


def test_columns_stand_in_the_models_order(each_migrated: str) -> None:
    with psycopg.connect(each_migrated) as connection:
        found = read_schema(connection)
    assert _order(found) == _order(prisma.parse_model().facts())


def test_foreign_keys_are_plain_and_ids_have_no_default(each_migrated: str) -> None:
    with psycopg.connect(each_migrated) as connection:
        row = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE condeferrable OR NOT convalidated) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace AND contype = 'f'"
        ).fetchone()
        found = read_schema(connection)
    assert row == (31, 0)
    assert all(found[fact] == "text not null" for fact in found if fact.kind == "column" and fact.name.endswith(".id"))


def test_what_the_upgrade_leaves_in_public_is_nothing_else(each_migrated: str) -> None:
    """Extensions too live elsewhere, and the version table is ours."""
    with psycopg.connect(each_migrated) as connection:
        extensions = connection.execute(
            "SELECT extname, extnamespace::regnamespace::text FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1"
        ).fetchall()
        functions = connection.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        ).fetchall()
        version = connection.execute("SELECT version_num FROM desktop.alembic_version").fetchall()
    assert extensions == [("btree_gist", "desktop"), ("fuzzystrmatch", "desktop"), ("pg_trgm", "desktop")]
    assert functions == []
    assert version == [(f"{SCHEMA_VERSION:04}",)]


def _order(facts: dict[Fact, str]) -> dict[str, list[str]]:
    tables: dict[str, list[str]] = {}
    for fact in facts:
        if fact.kind == "column":
            table, column = fact.name.split(".")
            tables.setdefault(table, []).append(column)
    return tables
