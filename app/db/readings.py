"""SQL for readings on both databases: numbers out of JSON of any shape, buckets of time, what was entered in error."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Double, Numeric, Text, bindparam, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.db.types import Json, UtcDateTime

_LEAST = 1e-9
"""Smaller than any measurement; a number of JSON may be too small for a float."""


class json_number(FunctionElement[float]):  # noqa: N801 - reads as a function in statements
    """The number that a JSON column is, or that stands under a key of it, if it lies between two limits; else NULL.

    Never raises, whatever the JSON holds. The limits are not below zero, and written into the statement.
    """

    type = Double()
    inherit_cache = True
    name = "json_number"

    def __init__(self, column: Any, limits: tuple[float, float], key: str = "") -> None:
        low: ColumnElement[Any] = literal_column(f"{float(max(limits[0], _LEAST))!r}", Double())
        high: ColumnElement[Any] = literal_column(f"{float(limits[1])!r}", Double())
        zero = literal_column("true" if limits[0] <= 0 else "false", Boolean())
        super().__init__(column, low, high, zero, *((_key(key),) if key else ()))


def _key(key: str) -> ColumnElement[Any]:
    """A key as part of the statement, so that statements with other keys aren't taken for the same one."""
    if not key.isidentifier():
        raise ValueError("keys are our own words")
    return literal_column(f"'{key}'", Text())


def _parts(element: FunctionElement[Any], compiler: Any, options: Any) -> list[str]:
    return [compiler.process(clause, **options) for clause in element.clauses]


@compiles(json_number, "postgresql")
def _number_on_server(element: json_number, compiler: Any, **options: Any) -> str:
    json, low, high, zero, *key = _parts(element, compiler, options)
    value = f"({json} -> {key[0]})" if key else json
    # Between two numbers, jsonb's order has only numbers; compared as they are, what is no float is no error.
    return (
        f"CASE WHEN {value} BETWEEN '{low}'::jsonb AND '{high}'::jsonb THEN {value}::float8 "
        f"WHEN {zero} AND {value} = '0'::jsonb THEN 0 END"
    )


@compiles(json_number, "sqlite")
def _number_on_store(element: json_number, compiler: Any, **options: Any) -> str:
    json, low, high, zero, *key = _parts(element, compiler, options)
    path = f"'$.' || {key[0]}" if key else "'$'"
    value = f"json_extract({json}, {path})"
    return (
        f"CASE WHEN json_valid({json}) THEN CASE WHEN json_type({json}, {path}) IN ('integer', 'real') THEN CASE "
        f"WHEN {value} BETWEEN {low} AND {high} THEN {value} + 0.0 WHEN {zero} AND {value} = 0 THEN 0.0 END END END"
    )


class json_part(FunctionElement[Any]):  # noqa: N801 - reads as a function in statements
    """What stands under a key of a JSON column, as JSON; NULL where nothing does, or where it is no JSON."""

    type = Json()
    inherit_cache = True
    name = "json_part"

    def __init__(self, column: Any, key: str) -> None:
        super().__init__(column, _key(key))


@compiles(json_part, "postgresql")
def _part_on_server(element: json_part, compiler: Any, **options: Any) -> str:
    json, key = _parts(element, compiler, options)
    return f"({json} -> {key})"


@compiles(json_part, "sqlite")
def _part_on_store(element: json_part, compiler: Any, **options: Any) -> str:
    json, key = _parts(element, compiler, options)
    return f"CASE WHEN json_valid({json}) THEN {json} -> ('$.' || {key}) END"


class json_numeric(FunctionElement[Any]):  # noqa: N801 - reads as a function in statements
    """The exact number that a part of JSON (``json_part``, or a column) is; NULL for anything else."""

    type = Numeric()
    inherit_cache = True
    name = "json_numeric"


@compiles(json_numeric, "postgresql")
def _numeric_on_server(element: json_numeric, compiler: Any, **options: Any) -> str:
    part = _parts(element, compiler, options)[0]
    return f"(CASE WHEN jsonb_typeof({part}) = 'number' THEN {part}::numeric END)"


@compiles(json_numeric, "sqlite")
def _numeric_on_store(element: json_numeric, compiler: Any, **options: Any) -> str:
    part = _parts(element, compiler, options)[0]
    return (
        f"(CASE WHEN json_valid({part}) THEN CASE WHEN json_type({part}) IN ('integer', 'real') "
        f"THEN json_extract({part}, '$') END END)"
    )


class number_within(FunctionElement[float]):  # noqa: N801 - reads as a function in statements
    """An exact number as a float if it lies between two limits (not below zero); else NULL. Never raises."""

    type = Double()
    inherit_cache = True
    name = "number_within"

    def __init__(self, number: Any, limits: tuple[float, float]) -> None:
        low, high = (literal_column(f"{float(one):.12f}", Numeric()) for one in (max(limits[0], _LEAST), limits[1]))
        zero = literal_column("0" if limits[0] <= 0 else "NULL", Numeric())
        super().__init__(number, low, high, zero)


@compiles(number_within)
def _within(element: number_within, compiler: Any, **options: Any) -> str:
    number, low, high, zero = _parts(element, compiler, options)
    return (
        f"CASE WHEN {number} BETWEEN {low} AND {high} THEN CAST({number} AS DOUBLE PRECISION) "
        f"WHEN {number} = {zero} THEN 0 END"
    )


class json_has_object(FunctionElement[bool]):  # noqa: N801 - reads as a function in statements
    """Whether an object stands under a key of a JSON column; false for NULL and for JSON of any other shape."""

    type = Boolean()
    inherit_cache = True
    name = "json_has_object"

    def __init__(self, column: Any, key: str) -> None:
        super().__init__(column, _key(key))


@compiles(json_has_object, "postgresql")
def _object_on_server(element: json_has_object, compiler: Any, **options: Any) -> str:
    json, key = _parts(element, compiler, options)
    return f"(coalesce(jsonb_typeof({json} -> {key}), '') = 'object')"


@compiles(json_has_object, "sqlite")
def _object_on_store(element: json_has_object, compiler: Any, **options: Any) -> str:
    json, key = _parts(element, compiler, options)
    return f"(CASE WHEN json_valid({json}) THEN coalesce(json_type({json}, '$.' || {key}), '') ELSE '' END = 'object')"


class time_bucket(FunctionElement[Any]):  # noqa: N801 - reads as a function in statements
    """Which stretch of time from ``origin`` on an instant lies in: to group by, not to show.

    ``width`` is in whole milliseconds, or a bound parameter in seconds. The instant must not lie before the origin.
    """

    inherit_cache = True
    name = "time_bucket"

    def __init__(
        self, instant: ColumnElement[Any], origin: datetime | ColumnElement[Any], width: int | ColumnElement[Any]
    ) -> None:
        begin = bindparam(None, origin, UtcDateTime()) if isinstance(origin, datetime) else origin
        seconds = bindparam(None, width / 1000, Double()) if isinstance(width, int) else width
        super().__init__(instant, begin, seconds)


@compiles(time_bucket, "postgresql")
def _bucket_on_server(element: time_bucket, compiler: Any, **options: Any) -> str:
    instant, origin, width = _parts(element, compiler, options)
    return f"date_bin(make_interval(secs => {width}), {instant}, {origin})"


@compiles(time_bucket, "sqlite")
def _bucket_on_store(element: time_bucket, compiler: Any, **options: Any) -> str:
    instant, origin, width = _parts(element, compiler, options)
    # A Julian day holds whole milliseconds exactly enough to be rounded back to them.
    days = f"(julianday({instant}) - julianday({origin}))"
    return f"CAST(round({days} * 86400000.0) / (1000.0 * {width}) AS INTEGER)"


class byte_order(FunctionElement[str]):  # noqa: N801 - reads as a function in statements
    """A text that sorts by its bytes: alike on both databases, and faster than by a language's rules."""

    type = Text()
    inherit_cache = True
    name = "byte_order"


@compiles(byte_order, "postgresql")
def _byte_order_on_server(element: byte_order, compiler: Any, **options: Any) -> str:
    return f'({_parts(element, compiler, options)[0]} COLLATE "C")'


@compiles(byte_order, "sqlite")
def _byte_order_on_store(element: byte_order, compiler: Any, **options: Any) -> str:
    return f"({_parts(element, compiler, options)[0]} COLLATE BINARY)"
