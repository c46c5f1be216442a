"""What a database holds, in numbers: rows and a hash for every table, so that a copy can be proved equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%'
ORDER BY 1, 2
"""
_OBJECTS = """
WITH ours AS (SELECT oid FROM pg_namespace
              WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg\\_t%')
SELECT (SELECT count(*) FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace IN (TABLE ours)),
       (SELECT count(*) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
        WHERE c.relnamespace IN (TABLE ours) AND NOT g.tgisinternal),
       (SELECT count(*) FROM pg_constraint WHERE connamespace IN (TABLE ours)),
       (SELECT count(*) FROM pg_class WHERE relnamespace IN (TABLE ours) AND relkind IN ('i', 'v', 'm', 'S')),
       (SELECT count(*) FROM pg_proc WHERE pronamespace IN (TABLE ours)),
       (SELECT count(*) FROM pg_type WHERE typnamespace IN (TABLE ours) AND typtype IN ('e', 'd'))
"""
_OBJECT_NAMES = ("policies", "triggers", "constraints", "relations", "functions", "types")
# The sum of the rows' hashes doesn't depend on their order; md5 of the row's text is the same on every version.
_ROWS = "SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric), 0)::text FROM {} t"
_SETTINGS = "SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; SET extra_float_digits = 1; SET bytea_output = 'hex'"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Rows and hash of each table (``schema.table``), and how many policies, triggers … there are."""

    tables: dict[str, tuple[int, str]]
    objects: dict[str, int]

    @property
    def rows(self) -> int:
        """The number of rows of all tables."""
        return sum(count for count, _ in self.tables.values())

    def to_json(self) -> dict[str, Any]:
        """Return the form that a backup's manifest holds."""
        return {"tables": {name: list(value) for name, value in self.tables.items()}, "objects": self.objects}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Fingerprint:
        """Read a manifest's form."""
        tables = {str(name): (int(value[0]), str(value[1])) for name, value in body["tables"].items()}
        return cls(tables, {str(name): int(count) for name, count in body["objects"].items()})

    def differences(self, other: Fingerprint) -> list[str]:
        """Return the names of tables and kinds of objects that aren't the same in both."""
        tables = [n for n in {*self.tables, *other.tables} if self.tables.get(n) != other.tables.get(n)]
        objects = [n for n in {*self.objects, *other.objects} if self.objects.get(n) != other.objects.get(n)]
        return sorted(tables) + sorted(objects)


def take_fingerprint(connection: Connection[Any]) -> Fingerprint:
    """Read every table once, in the connection's transaction; a superuser's, so that row security hides nothing."""
    connection.execute(_SETTINGS)
    tables = {}
    for schema, name in connection.execute(_TABLES).fetchall():
        statement = sql.SQL(_ROWS).format(sql.Identifier(schema, name))
        count, total = connection.execute(statement).fetchall()[0]
        tables[f"{schema}.{name}"] = (int(count), str(total))
    counts = connection.execute(_OBJECTS).fetchall()[0]
    return Fingerprint(tables, dict(zip(_OBJECT_NAMES, map(int, counts), strict=True)))
