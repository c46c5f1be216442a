"""Reads the backend's data model and says what PostgreSQL's catalog must hold for it.

Independent of the program's models and migrations: those are what it judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.db.drift import Fact

MODEL = Path(__file__).with_name("schema.prisma")
DESIGN = Path(__file__).parents[3] / "shared" / "design" / "schema.md"

_TYPES = {
    "String": "text",
    "DateTime": "timestamp(3) without time zone",
    "Json": "jsonb",
    "Float": "double precision",
    "Int": "integer",
    "Boolean": "boolean",
}
_KEYWORDS = {"timestamp"}  # the only column name in an index that PostgreSQL writes in quotes
_ACTIONS = {"Cascade": "CASCADE", "SetNull": "SET NULL", "Restrict": "RESTRICT"}


@dataclass
class Column:
    """A scalar field of a model."""

    name: str
    type: str
    required: bool
    default: str | None
    unique: bool


@dataclass
class Relation:
    """The side of a relation that holds the key."""

    field: str
    target: str
    on_delete: str


@dataclass
class Model:
    """One model: a table with its columns in order, indexes and foreign keys."""

    name: str
    table: str = ""
    columns: dict[str, Column] = field(default_factory=dict)  # by field name
    relations: list[Relation] = field(default_factory=list)
    indexes: list[tuple[list[str], bool]] = field(default_factory=list)  # field names, unique


@dataclass
class Schema:
    """The whole data model."""

    models: dict[str, Model]
    enums: dict[str, list[str]]

    def facts(self) -> dict[Fact, str]:
        """Return what ``read_schema`` must find: columns in their order within each table."""
        found: dict[Fact, str] = {Fact("enum", name): ", ".join(labels) for name, labels in self.enums.items()}
        for model in self.models.values():
            found |= dict(self._table_facts(model))
        return found

    def _table_facts(self, model: Model) -> Iterator[tuple[Fact, str]]:
        table = model.table
        yield Fact("table", table), "table"
        for column in model.columns.values():
            yield Fact("column", f"{table}.{column.name}"), _column(column)
        yield Fact("index", f"{table}_pkey"), f"CREATE UNIQUE INDEX {table}_pkey ON {table} USING btree (id)"
        yield Fact("constraint", f"{table}.{table}_pkey"), "PRIMARY KEY (id)"
        for fields, unique in model.indexes:
            columns = [model.columns[name].name for name in fields]
            name = f"{table}_{'_'.join(columns)}_{'key' if unique else 'idx'}"
            listed = ", ".join(f'"{column}"' if column in _KEYWORDS else column for column in columns)
            kind = "UNIQUE INDEX" if unique else "INDEX"
            yield Fact("index", name), f"CREATE {kind} {name} ON {table} USING btree ({listed})"
        for relation in model.relations:
            column_name = model.columns[relation.field].name
            target = self.models[relation.target].table
            yield (
                Fact("constraint", f"{table}.{table}_{column_name}_fkey"),
                f"FOREIGN KEY ({column_name}) REFERENCES {target}(id) ON UPDATE CASCADE ON DELETE {relation.on_delete}",
            )

    def ddl(self) -> str:
        """Return the statements with which the backend's own migrations make the tables."""
        facts = self.facts()
        types = [
            f'CREATE TYPE "{name}" AS ENUM ({", ".join(f"{label!r}" for label in labels)});'
            for name, labels in self.enums.items()
        ]
        tables = [
            f'CREATE TABLE "{model.table}" ('
            + ", ".join(f'"{c.name}" {_column(c)}' for c in model.columns.values())
            + f', CONSTRAINT "{model.table}_pkey" PRIMARY KEY ("id"));'
            for model in self.models.values()
        ]
        indexes = [f"{what};" for fact, what in facts.items() if fact.kind == "index" and "_pkey" not in fact.name]
        keys = [
            "ALTER TABLE {} ADD CONSTRAINT {} {};".format(*fact.name.split("."), what)
            for fact, what in facts.items()
            if fact.kind == "constraint" and "_pkey" not in fact.name
        ]
        return "\n".join(types + tables + indexes + keys)


def _column(column: Column) -> str:
    text = column.type
    if column.required:
        text += " not null"
    if column.default is not None:
        text += f" default {column.default}"
    return text


def blocks(markdown: str) -> str:
    """Return the model's source out of the design page."""
    return "\n".join(re.findall(r"```prisma\n(.*?)```", markdown, re.S))


def parse(source: str) -> Schema:
    """Parse models and enums."""
    bodies = re.findall(r"^(model|enum) (\w+) \{\n(.*?)^\}", source, re.S | re.M)
    enums = {name: body.split() for kind, name, body in bodies if kind == "enum"}
    models = {name: Model(name) for kind, name, _ in bodies if kind == "model"}
    for kind, name, body in bodies:
        if kind == "model":
            for line in body.splitlines():
                _parse_line(line.split("//")[0].strip(), models[name], set(models), set(enums))
    return Schema(models, enums)


def _parse_line(line: str, model: Model, models: set[str], enums: set[str]) -> None:
    if not line:
        return
    if line.startswith("@@"):
        kind, inside = re.findall(r"@@(\w+)\((.*)\)", line)[0]
        if kind == "map":
            model.table = inside.strip('"')
        else:
            model.indexes.append((re.findall(r"\w+", inside), kind == "unique"))
        return
    name, type_, rest = (*line.split(None, 2), "")[:3]
    base = type_.rstrip("?[]")
    if base in models:
        _parse_relation(rest, base, model)
        return
    column = Column(
        name=(re.findall(r'@map\("(\w+)"\)', rest) or [name])[0],
        type=(f'"{base}"' if base in enums else _TYPES[base]) + ("[]" if type_.endswith("[]") else ""),
        required=not type_.endswith(("?", "[]")),
        default=_default(rest, base, enums),
        unique="@unique" in rest,
    )
    model.columns[name] = column
    if column.unique:
        model.indexes.append(([name], True))


def _parse_relation(rest: str, target: str, model: Model) -> None:
    key = re.search(r"fields: \[(\w+)\]", rest)
    if key is None:
        return
    told = re.search(r"onDelete: (\w+)", rest)
    required = model.columns[key[1]].required
    action = told[1] if told else "Restrict" if required else "SetNull"
    model.relations.append(Relation(key[1], target, _ACTIONS[action]))


def _default(rest: str, base: str, enums: set[str]) -> str | None:
    found = re.search(r"@default\((\w+|\"\w+\")(\(\))?\)", rest)
    if found is None or found[1] in {"uuid", "cuid"}:
        return None  # ids are made by clients
    value = found[1].strip('"')
    if value == "now":
        return "CURRENT_TIMESTAMP"
    if base in enums:
        return f"'{value}'::\"{base}\""
    return f"'{value}'::text" if base == "String" else value


def parse_model() -> Schema:
    """Parse the copy of the backend's model that the tests carry."""
    return parse(MODEL.read_text(encoding="utf-8"))
