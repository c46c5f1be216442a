"""What rows and tiles show of a workstation that works offline: which of them wait, and as of when the others are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.kernel.i18n import t
from app.ui.work import SyncView

VISIT_TABLES = ("visits", "visit_detail")
"""A visit isn't confirmed while a change to one of its rows waits."""

PATIENT_TABLES = ("patients", "patient_detail")
"""The same of a patient."""

ORDER_TABLES = ("lab_orders", "lab_order_detail", "lab_review")
"""The same of an order of tests and its results."""


@dataclass(frozen=True, slots=True)
class LinkState:
    """``as_of`` (aware UTC): since when others' changes are missing, None while they arrive."""

    as_of: datetime | None = None
    waiting: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, sync: SyncView) -> LinkState:
        """Take the present state."""
        return cls(sync.as_of, sync.waiting)

    def unsent(self, key: str, tables: Iterable[str]) -> bool:
        """Tell whether a row isn't confirmed by the server yet: in one of these tables, all by its key."""
        return any((table, key) in self.waiting for table in tables)

    def stale(self, key: str) -> bool:
        """Tell whether a visit may have gone on elsewhere without our knowing."""
        return self.as_of is not None and not self.unsent(key, VISIT_TABLES)


def not_yet() -> str:
    """Return the words of the mark."""
    return t("not yet confirmed")
