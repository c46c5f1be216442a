"""Column types: what PostgreSQL and the workstation's store keep, and what Python sees.

Both databases take and give the same Python values, refuse the same wrong ones, and sort alike:
on SQLite an instant is the text ``YYYY-MM-DD HH:MM:SS.mmm``.
"""

# ruff: noqa: ARG002 - SQLAlchemy fixes the signatures

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any, TypeVar, cast

from sqlalchemy import ARRAY, JSON, Dialect, Double, Enum, Text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql import base as postgresql_base
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

_EPOCH_DAY = date(1970, 1, 1)
E = TypeVar("E", bound=StrEnum)


def _to_text(naive: datetime) -> str:
    return naive.isoformat(sep=" ", timespec="milliseconds")


def _from_stored(value: datetime | str) -> datetime:
    """Return the naive UTC instant of what either database handed out."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _truncated(instant: datetime) -> datetime:
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


class _Timestamp3(TIMESTAMP):
    """``timestamp(3)``; bound values are cast. Not handed to ``type_descriptor``, which forgets the precision."""

    render_bind_cast = True

    def __init__(self) -> None:
        super().__init__(timezone=False, precision=3)


class _Stamp(TypeDecorator[Any]):
    """A ``timestamp(3) without time zone``, text on SQLite; what it means is the subclass's."""

    impl = _Timestamp3
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Keep text on SQLite, which has no timestamps."""
        return dialect.type_descriptor(Text()) if dialect.name == "sqlite" else _Timestamp3()

    @staticmethod
    def _stored(naive: datetime, dialect: Dialect) -> datetime | str:
        return _to_text(naive) if dialect.name == "sqlite" else naive


class UtcDateTime(_Stamp):
    """An instant: an aware UTC datetime in whole milliseconds, stored as naive UTC.

    Values in other zones are converted, finer ones cut (never rounded up). Naive datetimes and
    instants beyond the year 9999 are refused with ValueError, anything else with TypeError.
    """

    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> datetime | str | None:
        """Turn an aware datetime into naive UTC."""
        if value is None:
            return None
        if not isinstance(value, datetime):
            raise TypeError(f"an instant must be a datetime, not {type(value).__name__}")
        if value.utcoffset() is None:
            raise ValueError("an instant needs a time zone")
        try:
            instant = value if value.tzinfo is UTC else value.astimezone(UTC)
        except OverflowError as error:
            raise ValueError("an instant must lie between the years 1 and 9999 in UTC") from error
        return self._stored(instant.replace(tzinfo=None, microsecond=instant.microsecond // 1000 * 1000), dialect)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return an aware UTC datetime."""
        return None if value is None else _from_stored(value).replace(tzinfo=UTC)


class DateAtMidnight(_Stamp):
    """A calendar date kept in a timestamp column at 00:00; no time zone ever shifts it.

    A time of day that somebody else stored with it is dropped on reading.
    """

    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> datetime | str | None:
        """Turn a date into its midnight; datetimes are refused, they are no dates."""
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            raise TypeError(f"a date must be a date, not {type(value).__name__}")
        return self._stored(datetime.combine(value, time()), dialect)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> date | None:
        """Return the date."""
        return None if value is None else _from_stored(value).date()


class WallTime(_Stamp):
    """A time of day on the clinic's wall, kept on 1970-01-01; whatever date it stands on is ignored on reading."""

    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> datetime | str | None:
        """Turn a time of day without zone into a timestamp; finer than a millisecond is cut."""
        if value is None:
            return None
        if not isinstance(value, time):
            raise TypeError(f"a time of day must be a time, not {type(value).__name__}")
        if value.tzinfo is not None:
            raise ValueError("a time of day on the clinic's wall has no time zone")
        return self._stored(_truncated(datetime.combine(_EPOCH_DAY, value)), dialect)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> time | None:
        """Return the time of day."""
        return None if value is None else _from_stored(value).time()


class StringList(TypeDecorator[Any]):
    """A tuple of strings: ``text[]``, JSON text on SQLite.

    Writes ``{}`` for nothing and refuses None among the elements (the backend's whole query fails on
    one). NULL reads as ``()``; elements that are no strings are left out.
    """

    impl = ARRAY(Text)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Keep JSON text on SQLite, which has no arrays."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(Text))

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> Any:
        """Let PostgreSQL's array operators see their own types."""
        if isinstance(value, list | tuple):
            return self
        return ARRAY(Text).coerce_compared_value(op, value)

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> list[str] | str:
        """Turn a sequence of strings into a list."""
        if isinstance(value, str) or not isinstance(value, Sequence | set | frozenset | None):
            raise TypeError(f"a list of strings must be a sequence, not {type(value).__name__}")
        items = list(value or ())
        if not all(isinstance(item, str) for item in items):
            raise TypeError("a list of strings may hold nothing but strings")
        return json.dumps(items, ensure_ascii=False) if dialect.name == "sqlite" else items

    def process_result_value(self, value: Any | None, dialect: Dialect) -> tuple[str, ...]:
        """Return a tuple."""
        items = json.loads(value) if isinstance(value, str) else value
        return tuple(item for item in items or () if isinstance(item, str))


_NOT_IN_JSON = re.compile("[\x00\ud800-\udfff]")


def _check_json(value: Any) -> None:
    """Refuse what jsonb would refuse or change, so that both databases keep the same; without recursion."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            if not (one.isascii() and "\x00" not in one) and _NOT_IN_JSON.search(one):
                raise ValueError("JSON text may hold no NUL and no lone surrogate")
        elif one is None or isinstance(one, int):
            continue
        elif isinstance(one, float):
            if not math.isfinite(one):
                raise ValueError("JSON knows no infinity and no NaN")
        elif isinstance(one, Mapping):
            waiting.extend(map(_checked_key, one))
            waiting.extend(one.values())
        elif isinstance(one, list | tuple):
            waiting.extend(one)
        else:
            raise TypeError(f"JSON cannot hold a {type(one).__name__}")


def _checked_key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a JSON key must be a string, not {type(key).__name__}")
    return key


class Json(TypeDecorator[Any]):
    """A JSON value: ``jsonb``, JSON text on SQLite. None is SQL NULL; NaN, infinity and NUL are refused."""

    impl = JSONB(none_as_null=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the database's own JSON type."""
        chosen = JSON(none_as_null=True) if dialect.name == "sqlite" else JSONB(none_as_null=True)
        return dialect.type_descriptor(chosen)

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> Any:
        """Let keys and paths be what the JSON operators want."""
        return JSONB(none_as_null=True).coerce_compared_value(op, value)

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> Any | None:
        """Refuse what is no JSON."""
        _check_json(value)
        return value


class Real(TypeDecorator[float]):
    """A ``double precision`` that is a number: infinity and NaN are refused with ValueError."""

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        """Refuse what is no finite number."""
        if value is not None and not math.isfinite(value):
            raise ValueError("infinity and NaN are no measurements")
        return value


class TextEnum(TypeDecorator[Any]):
    """One of our own enums, kept as plain text (schema ``desktop`` uses no type of ``public``)."""

    impl = Text
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        """Return the member's value; ValueError when it is none of the enum's."""
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> StrEnum | None:
        """Return the member; ValueError when the stored text is none."""
        return None if value is None else self.enum(value)


def pg_enum(enum: type[E]) -> Enum:
    """Return the native PostgreSQL enum type (PascalCase, as the class) of a shared enum; text on SQLite.

    A string that is no label is refused (LookupError) before it is sent: SQLite would keep it.
    """
    return Enum(
        enum,
        name=enum.__name__,
        values_callable=lambda members: [cast(E, member).value for member in members],
        validate_strings=True,
    )


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id: only the change feed and the audit have it."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name."""
        return "xid8"


postgresql_base.ischema_names.setdefault("xid8", Xid8)  # so that reading the catalog back knows it
