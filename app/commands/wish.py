"""Whether two commands ask for the same: a double click, or Ctrl+Enter pressed twice."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any


def same_wish(one: object, other: object) -> bool:
    """Compare all that a person chose; ids that each command makes for itself don't count."""
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same_wish, one, other))
    if not is_dataclass(one):
        return one == other
    return all(same_wish(getattr(one, name), getattr(other, name)) for name in _chosen(fields(one)))


def _chosen(found: tuple[Field[Any], ...]) -> list[str]:
    return [one.name for one in found if one.default_factory is MISSING or one.type != "str"]
