"""Statements that are built once and sent many times, as the drivers take them.

SQLAlchemy's own way from a cached statement to the wire costs as much as the statement itself. What its compiler would
have to do anew for each set of values (lists, defaults made in Python, ``RETURNING``) isn't for this.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import psycopg
from sqlalchemy import ClauseElement, Dialect, Executable, TextualSelect
from sqlalchemy.sql.compiler import SQLCompiler

from app.db.base import DESKTOP

_Reading: TypeAlias = tuple[int, Callable[[Any], Any], bool]
"""A column's place, what reads its values, and whether NULL stays None (most columns of a row are NULL)."""
_KEPT = 512
"""Different statements that are kept, each with one set of names for its values."""


class Written:
    """A statement's text, and what prepares its values."""

    def __init__(self, compiled: SQLCompiler, dialect: Dialect) -> None:
        self.string = compiled.string
        self.text = compiled.string.encode()
        self._own: dict[str, Any] = {}
        self._given: list[tuple[str, str, Callable[[Any], Any] | None]] = []
        for bind, name in compiled.bind_names.items():
            prepare = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if bind.required:
                self._given.append((name, bind.key, prepare))
            else:
                value = bind.effective_value
                self._own[name] = prepare(value) if prepare is not None else value

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters for these values."""
        asked = {name: prepare(given[key]) if prepare else given[key] for name, key, prepare in self._given}
        return {**self._own, **asked}


class WrittenSelect(Written):
    """A statement with rows, which become named tuples of what the columns' types read."""

    def __init__(self, statement: TextualSelect, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        if _needs_more(compiled):
            raise TypeError("only SQLAlchemy can send this statement")
        super().__init__(compiled, dialect)
        columns = list(statement.selected_columns)
        self._dialect = dialect
        self._types = [column.type.dialect_impl(dialect) for column in columns]
        self._row: Any = _row_of([str(column.key) for column in columns])
        self._read: list[_Reading] | None = None

    def rows(self, cursor: psycopg.Cursor[Any] | sqlite3.Cursor) -> list[Any]:
        """Return the rows of an answer."""
        if self._read is None:
            codes = [described[1] for described in cursor.description or ()]
            made = [kind.result_processor(self._dialect, code) for kind, code in zip(self._types, codes, strict=True)]
            self._read = [(place, read, read(None) is None) for place, read in enumerate(made) if read is not None]
        return [self._row._make(_processed(row, self._read)) for row in cursor.fetchall()]


def _row_of(names: Sequence[str]) -> Any:
    return namedtuple("Row", names, rename=True)  # noqa: PYI024 - its fields are known when it runs, not before


def _processed(row: Sequence[Any], read: Sequence[_Reading]) -> Sequence[Any]:
    values = list(row)
    for place, process, keeps_null in read:
        value = values[place]
        if value is not None or not keeps_null:
            values[place] = process(value)
    return values


def written(statement: Executable, values: Mapping[str, Any], dialect: Dialect) -> Written | None:
    """Return a statement as the driver takes it with values of these names; None where only SQLAlchemy can send it."""
    return _written(statement, tuple(values), dialect) if isinstance(statement, ClauseElement) else None


@lru_cache(maxsize=_KEPT)
def _written(statement: ClauseElement, names: tuple[str, ...], dialect: Dialect) -> Written | None:
    keys = list(names)
    if dialect.name == "sqlite":  # the store has no schemas
        here: dict[str, Any] = {"schema_translate_map": {DESKTOP: None}, "render_schema_translate": True}
        compiled = statement.compile(dialect=dialect, column_keys=keys, **here)
    else:
        compiled = statement.compile(dialect=dialect, column_keys=keys)
    if not isinstance(compiled, SQLCompiler) or _needs_more(compiled):
        return None
    return Written(compiled, dialect)


def _needs_more(compiled: SQLCompiler) -> bool:
    """Whether something of the statement is made anew each time that it is executed."""
    return bool(
        compiled.insert_prefetch
        or compiled.update_prefetch
        or compiled.effective_returning
        or compiled.post_compile_params
        or compiled.literal_execute_params
        or compiled.escaped_bind_names
        or compiled.positional
    )
