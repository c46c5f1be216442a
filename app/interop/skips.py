"""What was not taken, and why: one row per record, alike ones counted together where they are many."""

from __future__ import annotations

from collections import Counter

from app.domain.imports import Skipped

MOST_ROWS = 20_000


class SkipLog:
    """Collects what an import leaves out. Reasons never quote clinical values or names of people."""

    def __init__(self) -> None:
        self._single: list[Skipped] = []
        self._alike: Counter[tuple[str, str, str]] = Counter()

    def add(self, source: str, resource: str, reason: str, *, general: bool = False, count: int = 1) -> None:
        """Note a record; ``general`` ones are counted per file, kind and reason."""
        if general or len(self._single) >= MOST_ROWS:
            self._alike[source, resource.partition("/")[0], reason] += count
        else:
            self._single.append(Skipped(source, resource, reason, count))

    def rows(self) -> tuple[Skipped, ...]:
        """Return everything noted so far: single records first, then the counted ones."""
        counted = (Skipped(source, kind, reason, n) for (source, kind, reason), n in self._alike.items())
        return (*self._single, *counted)

    @property
    def count(self) -> int:
        """How many records were left out."""
        return sum(row.count for row in self._single) + self._alike.total()
