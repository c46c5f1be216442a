"""What was not taken, and why: one row per record, alike ones counted together where they are many."""

from __future__ import annotations

from collections import Counter

from app.domain.import_report import Heard, RowOutcome
from app.domain.imports import Skipped
from app.kernel.i18n import t

MOST_ROWS = 20_000


class SkipLog:
    """Collects what an import leaves out. Reasons never quote clinical values or names of people.

    ``heard`` is told of every record, also of those that are only counted here.
    """

    def __init__(self, heard: Heard | None = None) -> None:
        self._heard = heard
        self._single: list[Skipped] = []
        self._alike: Counter[tuple[str, str, str]] = Counter()

    def add(
        self, source: str, resource: str, reason: str, *, general: bool = False, count: int = 1, where: str = ""
    ) -> None:
        """Note a record; ``general`` ones are counted per file, kind and reason (``where``: the place of this one)."""
        self.tell(where or source, resource, RowOutcome.SKIPPED, reason, count)
        self.collect(source, resource, reason, general=general, count=count)

    def again(self, where: str, resource: str) -> None:
        """Tell of a record that stood in the files before, word for word; it is counted elsewhere."""
        self.tell(where, resource, RowOutcome.UNCHANGED, t("stands in the files more than once"))

    def tell(self, where: str, resource: str, outcome: RowOutcome, reason: str, count: int = 1) -> None:
        """Tell whoever listens, and count nothing."""
        if self._heard is not None:
            self._heard(where, resource, outcome, reason, count)

    def collect(self, source: str, resource: str, reason: str, *, general: bool = False, count: int = 1) -> None:
        """Count a record that was told of before."""
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
