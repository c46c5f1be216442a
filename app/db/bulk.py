"""Write many rows with few statements: statement-level triggers then run once a batch, not once a row.

COPY isn't possible under row security, and an array for each column can't hold arrays; so a batch
travels as one JSON document that the server turns into rows of the table's own type.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from psycopg import sql
from sqlalchemy import Connection, Table

from app.db.pipeline import raw_connection
from app.db.types import Json

BATCH = 5_000


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows (keyed by attribute name, all with the same keys) into a PostgreSQL table."""
    raw = raw_connection(connection)
    if raw is None:
        raise TypeError("bulk insert is for PostgreSQL")
    if not rows:
        return
    columns = {key: table.columns[key] for key in rows[0]}
    binders = {key: _binder(connection, column.type) for key, column in columns.items()}
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns.values())
    target = sql.Identifier(table.schema or "public", table.name)
    statement = sql.SQL(
        "INSERT INTO {target} ({names}) SELECT {names} FROM jsonb_populate_recordset(NULL::{target}, %s::jsonb)"
    ).format(target=target, names=names)
    for start in range(0, len(rows), BATCH):
        batch = [
            {columns[key].name: _bound(binders[key], row[key]) for key in columns}
            for row in rows[start : start + BATCH]
        ]
        raw.execute(statement, (json.dumps(batch, ensure_ascii=False, default=_text),))


def _binder(connection: Connection, kind: Any) -> Callable[[Any], Any] | None:
    if isinstance(kind, Json):
        return None
    processor: Callable[[Any], Any] | None = kind.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return processor


def _bound(binder: Callable[[Any], Any] | None, value: Any) -> Any:
    return value if binder is None or value is None else binder(value)


def _text(value: Any) -> str:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form here")
