"""Who a record elsewhere is about, as far as names and a birth date tell people apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.kernel.fold import fold

_TITLES = frozenset(
    ("dr", "drs", "prof", "mr", "mrs", "ms", "miss", "mx", "md", "dds", "phd", "rn", "jr", "sr", "ii", "iii", "iv",
     "herr", "frau", "sra", "srta", "mme")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """What tells two people apart: the words of all their names, folded, and the birth date."""

    names: frozenset[str]
    born: date | None = None

    @classmethod
    def of(cls, names: Iterable[str | None], born: date | None = None) -> PersonSeen:
        """Make one from names as they are written; titles tell nobody apart."""
        words = {word for name in names for word in fold(name or "").split()}
        return cls(frozenset(words - _TITLES), born)


def is_somebody_else(one: PersonSeen, other: PersonSeen) -> bool:
    """Tell whether two records under one id must be different people: no name in common, nor the birth date."""
    if (one.born is not None and one.born == other.born) or not one.names or not other.names:
        return False
    return one.names.isdisjoint(other.names)
