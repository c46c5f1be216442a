"""Statements that are built and compiled once: on the way of every booking, building SQL costs more than running it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import BindParameter, Dialect, Row, Select, Table, TextualSelect, bindparam, column, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import CompoundSelect

from app.db.base import DESKTOP, Base


class FrozenSelect:
    """A select as text with typed columns; its ``bindparam``s without a value are what `rows` is given.

    It may hold no ``in_``: a list has another text for each length.
    """

    def __init__(self, statement: Select[Any] | CompoundSelect[Any], *, online: bool) -> None:
        dialect = _SERVER if online else _STORE
        schemas: Mapping[str | None, str | None] = {} if online else {DESKTOP: None}
        compiled = statement.compile(
            dialect=dialect, schema_translate_map=schemas or None, render_schema_translate=bool(schemas)
        )
        sql = _CAST.sub(r"CAST(:\1 AS \2)", str(compiled))
        made = text(sql).bindparams(*(_bind(name, bind) for bind, name in compiled.bind_names.items()))
        columns = (column(one.key or "", one.type) for one in statement.selected_columns)
        self._statement: TextualSelect = made.columns(*columns)

    def rows(self, session: Session, **values: Any) -> list[Row[*tuple[Any, ...]]]:
        """Run it with these values and return all rows."""
        return list(session.connection().execute(self._statement, values).all())


_SERVER: Dialect = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]
_STORE: Dialect = sqlite.dialect(paramstyle="named")
_STORE.default_schema_name = "main"
_CAST = re.compile(r":(\w+)::([A-Z]+(?:\(\d+\))?(?: WITH(?:OUT)? TIME ZONE)?)")
"""PostgreSQL's own way to write a cast of a parameter, which ``text()`` can't tell from the parameter's name."""


def _bind(name: str, bind: BindParameter[Any]) -> BindParameter[Any]:
    if bind.value is None:
        return bindparam(name, type_=bind.type)
    return bindparam(name, bind.value, type_=bind.type)


def table_of(model: type[Base]) -> Table:
    """The table of a mapped class: statements on it skip the work that the mapper does for each value."""
    return cast(Table, model.__table__)
