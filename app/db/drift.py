"""Reading a schema's catalog, and naming how one differs from another.

Used to verify a database that the backend has filled, by ``db check`` and by the tests. Column order is read
but not compared: a column that the backend's migrations added later stands last, and nobody relies on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from sqlalchemy import Connection

from app.db.pipeline import raw_connection

BACKENDS_OWN = frozenset({"_prisma_migrations"})
"""Tables in public that are the backend's business."""


class Fact(NamedTuple):
    """One object of a schema: ``("column", "visits.status")`` …"""

    kind: str
    name: str


_TABLES = """
SELECT 'table', c.relname, CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
           WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'sequence' END
       || CASE c.relpersistence WHEN 'u' THEN ', unlogged' ELSE '' END
FROM pg_class c
WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND {own}
"""
_COLUMNS = """
SELECT 'column', c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attcollation <> t.typcollation THEN ' collated' ELSE '' END
       || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
       || CASE a.attidentity WHEN '' THEN '' ELSE ' identity' END
       || CASE a.attgenerated WHEN '' THEN '' ELSE ' generated' END
       || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {own}
ORDER BY c.relname, a.attnum
"""
_INDEXES = """
SELECT 'index', c.relname, pg_get_indexdef(c.oid, 0, true) || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END
FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
WHERE c.relnamespace = %(schema)s::regnamespace AND {own}
"""
# NOT NULL is told by the columns; PostgreSQL 18 lists it as a constraint too, 15 doesn't.
_CONSTRAINTS = """
SELECT 'constraint', r.relname || '.' || c.conname, pg_get_constraintdef(c.oid, true)
       || CASE WHEN c.convalidated THEN '' ELSE ' (not validated)' END
FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
WHERE c.connamespace = %(schema)s::regnamespace AND c.contype IN ('p', 'f', 'u', 'c', 'x')
"""
_TYPES = """
SELECT CASE c.typtype WHEN 'e' THEN 'enum' ELSE 'type' END, c.typname, coalesce(
           (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = c.oid),
           c.typtype::text)
FROM pg_type c
WHERE c.typnamespace = %(schema)s::regnamespace AND c.typtype IN ('e', 'd', 'r', 'm')
      AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.objid = c.oid AND x.deptype = 'e')
"""
_NOT_AN_EXTENSIONS = "NOT EXISTS (SELECT FROM pg_depend x WHERE x.objid = c.oid AND x.deptype = 'e')"


def driver(connection: Connection) -> psycopg.Connection[Any]:
    """Return psycopg's connection behind SQLAlchemy's: scripts of many statements go through it as they are."""
    raw = raw_connection(connection)
    if raw is None:
        raise TypeError("migrations are for PostgreSQL")
    return raw


def read_schema(connection: psycopg.Connection[Any], schema: str = "public") -> dict[Fact, str]:
    """Return every table, column, index, constraint and type of a schema with its definition.

    Columns come in their order within each table. Objects of extensions are left out. Names in definitions are
    unqualified, so that two schemas can be compared. Runs in the caller's transaction.
    """
    # A setting for the one transaction; without one (autocommit) it would end with its own statement.
    with connection.transaction(force_rollback=True):
        connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))
        found: dict[Fact, str] = {}
        for query in (_TABLES, _COLUMNS, _INDEXES, _CONSTRAINTS, _TYPES):
            rows = connection.execute(query.format(own=_NOT_AN_EXTENSIONS).encode(), {"schema": f'"{schema}"'})
            found |= {Fact(kind, name): definition for kind, name, definition in rows}
    return found


def differences(expected: Mapping[Fact, str], found: Mapping[Fact, str]) -> list[str]:
    """Name each difference, for people: what is missing, what is different, what should not be there."""
    lines = [f"{fact.kind} {fact.name} is missing" for fact in expected.keys() - found.keys()]
    lines += [
        f"{fact.kind} {fact.name} should not be there" for fact in found.keys() - expected.keys() if not _backends(fact)
    ]
    lines += [
        f"{fact.kind} {fact.name} is {found[fact]}, but should be {definition}"
        for fact, definition in expected.items()
        if found.get(fact, definition) != definition
    ]
    return sorted(lines)


def _backends(fact: Fact) -> bool:
    table = fact.name.split(".", maxsplit=1)[0]
    return table in BACKENDS_OWN or (fact.kind == "index" and table.removesuffix("_pkey") in BACKENDS_OWN)


def expected_schema(connection: psycopg.Connection[Any], ddl: Path) -> dict[Fact, str]:
    """Return what ``read_schema`` tells of a schema that ``ddl`` makes: built in a scratch schema, rolled back.

    The owner needs CREATE on the database. Unqualified names in ``ddl`` land in the scratch schema.
    """
    with connection.transaction(force_rollback=True):
        connection.execute("CREATE SCHEMA mha_expected")
        connection.execute("SET LOCAL search_path TO mha_expected")
        connection.execute(ddl.read_bytes())
        return read_schema(connection, "mha_expected")
