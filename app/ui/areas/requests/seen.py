"""What a request's keys meant when they could last be read: a press that was on its way isn't taken for another one."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from enum import StrEnum

from app.domain.enums import RequestStatus
from app.queries.openings import OpenTime
from app.queries.requests import RequestRow
from app.ui.areas.requests.steps import Step

READ_SECONDS = 2.0
"""So long after a change a press may have been on its way already; who presses later has had the time to read it."""


class Key(StrEnum):
    """The keys whose meaning follows the request's state: the next step, booking at once, the numbers."""

    STEP = "step"
    BOOK = "book"
    NUMBER = "number"


class SeenKeys:
    """Tells a key whose meaning somebody else changed meanwhile; what one does oneself is ``forget``-ed first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        """Seconds that only go on; a test holds them."""
        self._shown = ""
        self._seen: dict[Key, Hashable] = {}
        self._changed: dict[Key, float] = {}

    def forget(self) -> None:
        """Take what is shown next as it is: the person did something, or chose something else."""
        self._seen.clear()
        self._changed.clear()

    def show(self, request_id: str, meanings: Mapping[Key, Hashable | None]) -> None:
        """Keep what the keys mean now; one that has no meaning for a moment (None) keeps its last."""
        if request_id != self._shown:
            self.forget()
            self._shown = request_id
        for key, meaning in meanings.items():
            if meaning is None:
                continue
            if self._seen.get(key, meaning) != meaning:
                self._changed[key] = self.clock()
            self._seen[key] = meaning

    def may_take(self, key: Key) -> bool:
        """Tell whether a press was meant for what stands there; just after a change only the second one is."""
        changed = self._changed.get(key)
        if changed is None or self.clock() - changed >= READ_SECONDS:
            return True
        self._changed.clear()
        return False


def meanings(
    step: Step | None, other: Step | None, one: RequestRow, times: Sequence[OpenTime]
) -> dict[Key, Hashable | None]:
    """Return what the keys do now: the numbers classify a new request and propose a time of any other."""
    numbers = ("urgency",) if one.status is RequestStatus.NEW else tuple(each.slot_id for each in times)
    return {Key.STEP: _meaning(step), Key.BOOK: _meaning(other), Key.NUMBER: numbers or None}


def _meaning(step: Step | None) -> Hashable | None:
    """The button's words, and the time they name: two colleagues may have one at the same hour."""
    return None if step is None else (step.text, getattr(step.command, "slot_id", None))
