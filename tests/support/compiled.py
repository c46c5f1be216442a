"""Statements compiled once in a test process, not once an engine: tests open thousands of engines, the program one."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine.base import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

KEPT = 3000
"""Statements kept; a full run asks about 2,000 different ones, some 40 kB each."""
_DECIDES = ("server_version_info", "paramstyle", "default_schema_name", "_json_serializer", "_json_deserializer")
"""What of a dialect decides how a statement is written and how its rows are read."""


def share_compiled_statements() -> None:
    """Give every engine from now on one store of compiled statements; equal dialects take each other's."""
    shared: LRUCache[Any, Any] = LRUCache(KEPT)
    begin = Engine.__init__

    def init(self: Engine, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        self._compiled_cache = shared

    # the store's keys hold the dialect itself, so two of the same kind and settings must count as one
    for place, put in (("__eq__", _alike), ("__hash__", _hash)):
        setattr(DefaultDialect, place, put)
    setattr(Engine, "__init__", init)  # noqa: B010 - mypy lets no method be put in a method's place


def _identity(dialect: DefaultDialect) -> tuple[Any, ...]:
    return (type(dialect), *(getattr(dialect, name, None) for name in _DECIDES))


def _alike(one: DefaultDialect, other: object) -> bool:
    return one is other or (isinstance(other, DefaultDialect) and _identity(one) == _identity(other))


def _hash(dialect: DefaultDialect) -> int:
    return hash(_identity(dialect))
