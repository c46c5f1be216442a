"""SQL of the timeline that reads differently on the server and on the workstation's store."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.db.types import Json, UtcDateTime

_LOOKED_AT = 4000
"""Characters of a text in which words are looked for."""


class day_start(FunctionElement[Any]):  # noqa: N801 - reads as a function in statements
    """The instant at which the day of an instant begins in a time zone: ``day_start(instant, zone)``."""

    type = UtcDateTime()
    inherit_cache = True
    name = "day_start"


@compiles(day_start, "postgresql")
def _day_on_server(element: day_start, compiler: Any, **options: Any) -> str:
    instant, zone = _parts(element, compiler, options)
    local = f"(({instant}) AT TIME ZONE 'UTC') AT TIME ZONE {zone}"
    return f"((date_trunc('day', {local}) AT TIME ZONE {zone}) AT TIME ZONE 'UTC')"


@compiles(day_start, "sqlite")
def _day_on_store(element: day_start, compiler: Any, **options: Any) -> str:
    instant, zone = _parts(element, compiler, options)
    return f"mha_day_start({instant}, {zone})"


class latest_of(FunctionElement[Any]):  # noqa: N801 - reads as a function in statements
    """The latest of several instants; those that are NULL don't count."""

    type = UtcDateTime()
    inherit_cache = True
    name = "latest_of"


@compiles(latest_of, "postgresql")
def _latest_on_server(element: latest_of, compiler: Any, **options: Any) -> str:
    return f"greatest({', '.join(_parts(element, compiler, options))})"


@compiles(latest_of, "sqlite")
def _latest_on_store(element: latest_of, compiler: Any, **options: Any) -> str:
    parts = (f"coalesce({part}, '')" for part in _parts(element, compiler, options))
    return f"nullif(max({', '.join(parts)}), '')"


class counts_of(FunctionElement[Any]):  # noqa: N801 - reads as a function in statements
    """One JSON object out of rows of names and numbers: ``counts_of(name, number)``; NULL of no rows."""

    type = Json()
    inherit_cache = True
    name = "counts_of"


@compiles(counts_of, "postgresql")
def _counts_on_server(element: counts_of, compiler: Any, **options: Any) -> str:
    return f"jsonb_object_agg({', '.join(_parts(element, compiler, options))})"


@compiles(counts_of, "sqlite")
def _counts_on_store(element: counts_of, compiler: Any, **options: Any) -> str:
    return f"json_group_object({', '.join(_parts(element, compiler, options))})"


class has_words(FunctionElement[bool]):  # noqa: N801 - reads as a function in statements
    """Whether a text, folded, holds a folded text: ``has_words(column, folded)``. NULL holds nothing."""

    type = Boolean()
    inherit_cache = True
    name = "has_words"


@compiles(has_words, "postgresql")
def _words_on_server(element: has_words, compiler: Any, **options: Any) -> str:
    text, wanted = _parts(element, compiler, options)
    return f"(strpos(desktop.fold(substr({text}, 1, {_LOOKED_AT})), {wanted}) > 0)"


@compiles(has_words, "sqlite")
def _words_on_store(element: has_words, compiler: Any, **options: Any) -> str:
    text, wanted = _parts(element, compiler, options)
    return f"(instr(mha_fold(substr({text}, 1, {_LOOKED_AT})), {wanted}) > 0)"


def _parts(element: FunctionElement[Any], compiler: Any, options: Any) -> list[str]:
    return [compiler.process(clause, **options) for clause in element.clauses]
