"""What changed, told to everyone who shows it: own writes, the live feed and (later) sync pulls alike."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from app.commands.registry import Change

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Tables and rows that changed; ``own`` when this workspace did it; ``everything`` after a lost feed."""

    rows: Mapping[str, frozenset[str]] = field(default_factory=dict)
    own: bool = False
    everything: bool = False

    @property
    def tables(self) -> frozenset[str]:
        """Names of the tables that changed, without schema."""
        return frozenset(self.rows)

    def touches(self, tables: Iterable[str]) -> bool:
        """Tell whether one of these tables changed."""
        return self.everything or not self.tables.isdisjoint(tables)

    @classmethod
    def of(cls, changes: Iterable[Change], *, own: bool) -> ChangeSet:
        """Gather single changes by table."""
        rows: dict[str, set[str]] = {}
        for change in changes:
            rows.setdefault(change.table, set()).add(change.row_id)
        return cls({table: frozenset(ids) for table, ids in rows.items()}, own=own)


class ChangeBus:
    """Calls every subscriber with each change set, on the thread where it became known."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: list[Callable[[ChangeSet], None]] = []

    def subscribe(self, callback: Callable[[ChangeSet], None]) -> Callable[[], None]:
        """Have ``callback`` called from now on; call the returned function to end that."""
        with self._lock:
            self._subscribers.append(callback)

        def unsubscribe() -> None:
            with self._lock:
                if callback in self._subscribers:
                    self._subscribers.remove(callback)

        return unsubscribe

    def publish(self, changes: ChangeSet) -> None:
        """Tell every subscriber; one that fails doesn't keep the others from hearing it."""
        with self._lock:
            subscribers = tuple(self._subscribers)
        for callback in subscribers:
            try:
                callback(changes)
            except Exception:
                log.exception("a subscriber of changes failed")
