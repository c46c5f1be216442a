"""Statements that are built once: on the way of every booking, building SQL costs more than running it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import BindParameter, Dialect, Select, Table, TextualSelect, bindparam, column, text
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import CompoundSelect

from app.db.base import DESKTOP, Base
from app.db.pipeline import raw_connection
from app.db.store_driver import STORE, run_on_store
from app.db.written import WrittenSelect


class FrozenSelect:
    """A select as text with typed columns; `rows` gives its parameters their values."""

    def __init__(self, statement: TextualSelect, *, direct: bool = False) -> None:
        """``direct``: it is sent past SQLAlchemy, whose way to the driver and back costs more than such a call."""
        self._statement = statement
        self._direct = direct
        self._written: WrittenSelect | None = None

    @classmethod
    def on_store(cls, statement: Select[Any] | CompoundSelect[Any], *, direct: bool = False) -> FrozenSelect:
        """Compile a select for the workstation's store. No ``in_``: a list has another text for each length."""
        compiled = statement.compile(dialect=STORE, schema_translate_map={DESKTOP: None}, render_schema_translate=True)
        made = text(str(compiled)).bindparams(*(_bind(name, bind) for bind, name in compiled.bind_names.items()))
        return cls(made.columns(*_columns(statement)), direct=direct)

    @classmethod
    def on_server(
        cls, call: str, like: Select[Any] | CompoundSelect[Any], *parameters: BindParameter[Any]
    ) -> FrozenSelect:
        """A call of a function of schema ``desktop`` that returns the columns of a select, with typed parameters."""
        made = text(f"SELECT * FROM {DESKTOP}.{call}")  # noqa: S608 - our own text
        typed = made.bindparams(*(_bind(one.key, one) for one in parameters)).columns(*_columns(like))
        return cls(typed, direct=True)

    def rows(self, session: Session, **values: Any) -> list[Any]:
        """Run it with these values and return all rows."""
        connection = session.connection()
        if not self._direct:
            return list(connection.execute(self._statement, values).all())
        raw = raw_connection(connection)
        if raw is None:
            ready = self.written(STORE)
            return ready.rows(run_on_store(connection, ready, values))
        ready = self.written(connection.dialect)
        with raw.execute(ready.text, ready.values(values)) as cursor:
            return ready.rows(cursor)

    def written(self, dialect: Dialect) -> WrittenSelect:
        """Return it as the driver takes it, for who sends it together with other statements."""
        self._written = self._written or WrittenSelect(self._statement, dialect)
        return self._written


@dataclass(frozen=True, slots=True)
class Question:
    """A statement that is built once, with this time's values."""

    statement: FrozenSelect
    values: Mapping[str, Any]


def _columns(statement: Select[Any] | CompoundSelect[Any]) -> list[Any]:
    return [column(one.key or "", one.type) for one in statement.selected_columns]


def _bind(name: str, bind: BindParameter[Any]) -> BindParameter[Any]:
    if bind.value is None:
        return bindparam(name, type_=bind.type)
    return bindparam(name, bind.value, type_=bind.type)


def table_of(model: type[Base]) -> Table:
    """The table of a mapped class: statements on it skip the work that the mapper does for each value."""
    return cast(Table, model.__table__)


_SERVER: Dialect = psycopg.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
_CAST = re.compile(r"(?<!:):(\w+)::")


def built(session: Session, make: Callable[..., Any], *arguments: Any) -> FrozenSelect:
    """Return the select that ``make`` builds from the arguments, built once for each database; parameters are bound.

    For large statements that come in few forms: making and caching SQLAlchemy's objects takes longer than the database.
    """
    return _built(session.get_bind().dialect.name, make, *arguments)


@lru_cache(maxsize=512)
def _built(dialect: str, make: Callable[..., Any], *arguments: Any) -> FrozenSelect:
    statement = make(*arguments)
    if dialect == "sqlite":
        return FrozenSelect.on_store(statement)
    compiled = statement.compile(dialect=_SERVER)
    # text() takes ":name::TYPE" for no parameter; in parentheses it is one.
    apart = _CAST.sub(r"(:\1)::", str(compiled))
    made = text(apart).bindparams(*(_bind(name, bind) for bind, name in compiled.bind_names.items()))
    return FrozenSelect(made.columns(*_columns(statement)))
