"""Several selects asked in one network trip (psycopg's pipeline); one by one on the workstation's store.

The statements are built once, with named parameters, and their text is made once for each database: on the way of
every chart, building SQL would cost more than running it.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import psycopg
from sqlalchemy import Dialect, Select
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import CompoundSelect

from app.db.one_trip import one_trip
from app.db.pipeline import forgetting_unsent, raw_connection

Statement: TypeAlias = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
Processor: TypeAlias = Callable[[Any], Any] | None


class _Compiled:
    """A select as psycopg takes it: text, parameters with what prepares their values, columns with what reads them."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        self._fixed: dict[str, Any] = {}
        self._open: list[tuple[str, str, Processor]] = []
        given = dict(compiled.params)
        for bind, name in compiled.bind_names.items():
            prepare = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if bind.required:
                self._open.append((name, bind.key, prepare))
            elif name in given:
                value = given[name]
                self._fixed[name] = prepare(value) if prepare is not None else value
        self.text, self._order = _numbered(str(compiled))
        columns = list(statement.selected_columns)
        self._types = [column.type.dialect_impl(dialect) for column in columns]
        self._dialect = dialect
        self._read: list[tuple[int, Callable[[Any], Any]]] | None = None
        self._row: Any = _row_of([column.key or f"c{n}" for n, column in enumerate(columns)])

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """Return the parameters for one question, in the order of their numbers."""
        asked = {name: prepare(given[key]) if prepare else given[key] for name, key, prepare in self._open}
        asked |= self._fixed
        return [asked[name] for name in self._order]

    def rows(self, cursor: psycopg.Cursor[Any]) -> list[Any]:
        """Return the rows with their values as the columns' types read them."""
        if self._read is None:
            codes = [column.type_code for column in cursor.description or ()]
            pairs = zip(self._types, codes, strict=True)
            made = [kind.result_processor(self._dialect, code) for kind, code in pairs]
            self._read = [(place, read) for place, read in enumerate(made) if read is not None]
        return [self._row._make(self._values(row, self._read)) for row in cursor.fetchall()]

    @staticmethod
    def _values(row: Sequence[Any], read: Sequence[tuple[int, Callable[[Any], Any]]]) -> Sequence[Any]:
        """The values of a row; most columns need nothing done, and thousands of rows come at a time."""
        values = list(row)
        for place, process in read:
            values[place] = process(values[place])
        return values


_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")


def _numbered(words: str) -> tuple[bytes, list[str]]:
    """Return a statement with PostgreSQL's own placeholders and the names behind their numbers.

    psycopg would look for its placeholders each time that a statement is asked; of long ones it keeps none.
    """
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found[1]
        return "%" if name is None else f"${names.setdefault(name, len(names) + 1)}"

    return _PLACEHOLDER.sub(number, words).encode(), list(names)


def _row_of(names: list[str]) -> Any:
    """Return a class of rows with these names; what Python can't call so keeps its number."""
    return namedtuple("Row", names, rename=True)  # noqa: PYI024 - its fields are known when it runs, not before


class Together:
    """Selects by name. ``rows`` asks them all with the same parameters; each takes those that it has.

    ``binary``: values travel as the server keeps them, which is faster for thousands of numbers.
    """

    def __init__(self, *, binary: bool = False, **statements: Statement) -> None:
        self._statements = statements
        self._binary = binary
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, session: Session, **values: Any) -> dict[str, list[Any]]:
        """Return every statement's rows. On the server an error of one of them is the error of all."""
        connection = session.connection()
        raw = raw_connection(connection)
        if raw is None:
            return {name: list(connection.execute(one, values)) for name, one in self._statements.items()}
        if not self._compiled:
            self._compiled = {name: _Compiled(one, connection.dialect) for name, one in self._statements.items()}
        cursors = {name: psycopg.RawCursor(raw) for name in self._compiled}
        with forgetting_unsent(raw), one_trip(raw):
            for name, one in self._compiled.items():
                cursors[name].execute(one.text, one.values(values), binary=self._binary)
        found = {name: one.rows(cursors[name]) for name, one in self._compiled.items()}
        for cursor in cursors.values():
            cursor.close()
        return found
