"""SQL functions that read differently on the server and on the workstation's store."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.db.types import UtcDateTime


class db_now(FunctionElement[Any]):  # noqa: N801 - reads as a function in statements
    """The database's own present instant: what decides when a hold has expired.

    ``desktop.db_now()`` on PostgreSQL; on SQLite the function ``mha_now`` that the store registers.
    """

    type = UtcDateTime()
    inherit_cache = True
    name = "db_now"


@compiles(db_now, "postgresql")
def _on_server(_element: db_now, _compiler: Any, **_options: Any) -> str:
    return "desktop.db_now()"


@compiles(db_now, "sqlite")
def _on_store(_element: db_now, _compiler: Any, **_options: Any) -> str:
    return "mha_now()"


class plus_minutes(FunctionElement[Any]):  # noqa: N801 - reads as a function in statements
    """An instant some minutes later (earlier, when negative): ``plus_minutes(column, minutes)``."""

    type = UtcDateTime()
    inherit_cache = True
    name = "plus_minutes"

    def __init__(self, instant: Any, minutes: ColumnElement[int] | int) -> None:
        super().__init__(instant, minutes if isinstance(minutes, ColumnElement) else literal(minutes))


@compiles(plus_minutes, "postgresql")
def _interval_on_server(element: plus_minutes, compiler: Any, **options: Any) -> str:
    instant, minutes = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({instant} + ({minutes}) * interval '1 minute')"


@compiles(plus_minutes, "sqlite")
def _modifier_on_store(element: plus_minutes, compiler: Any, **options: Any) -> str:
    instant, minutes = (compiler.process(clause, **options) for clause in element.clauses)
    return f"strftime('%Y-%m-%d %H:%M:%f', {instant}, ({minutes}) || ' minutes')"
