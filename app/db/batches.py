"""Inserts of many rows as statements that a command can queue: one a table, so that triggers fire once.

On PostgreSQL the rows travel as one JSON document that the server turns into rows of the table's own
type; the statement is the same for any number of them. The workstation's store gets plain inserts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, cast

from sqlalchemy import Executable, Table, TextClause, TypeDecorator, insert, text
from sqlalchemy.dialects import postgresql

from app.db.base import Base

_STORE_ROWS = 500
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def batch_inserts(model: type[Base], rows: Sequence[Mapping[str, Any]], *, online: bool) -> list[Executable]:
    """Return the statements that insert rows, which all have the same keys (attribute names)."""
    if not rows:
        return []
    if not online:
        parts = range(0, len(rows), _STORE_ROWS)
        return [insert(model).values([dict(row) for row in rows[at : at + _STORE_ROWS]]) for at in parts]
    document = json.dumps([as_json(model, row) for row in rows], ensure_ascii=False, allow_nan=False)
    return [_statement(model, tuple(rows[0])).bindparams(rows=document)]


@cache
def _statement(model: type[Base], names: tuple[str, ...]) -> TextClause:
    table = cast(Table, model.__table__)
    target = f"{table.schema or 'public'}.{table.name}"
    listed = ", ".join(f'"{table.c[name].name}"' for name in names)
    return text(
        f"INSERT INTO {target} ({listed}) SELECT {listed} "  # noqa: S608 - names of our own mapped columns
        f"FROM jsonb_populate_recordset(CAST(NULL AS {target}), CAST(:rows AS jsonb))"
    )


def as_json(model: type[Base], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row (attribute names) as the JSON object that ``jsonb_populate_recordset`` reads (column names)."""
    columns = _columns(model)
    return {columns[key][0]: _plain(columns[key][1], value) for key, value in row.items()}


@cache
def _columns(model: type[Base]) -> Mapping[str, tuple[str, TypeDecorator[Any] | None]]:
    """Each attribute's column name, and its type where that checks or changes values."""
    columns = cast(Table, model.__table__).c
    return {key: (c.name, c.type if isinstance(c.type, TypeDecorator) else None) for key, c in columns.items()}


def _plain(kind: TypeDecorator[Any] | None, value: Any) -> Any:
    """Turn a value into what its column's JSON form is, through the same checks as elsewhere."""
    if kind is not None:
        value = kind.process_bind_param(value, _DIALECT)
    if value is None or type(value) is str:
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
