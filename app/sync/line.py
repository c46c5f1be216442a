"""How long the way to the server and back takes, as it was measured, and what follows for reading."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import Final

from app.sync.model import Reading

SLOW: Final = 0.030
"""Seconds there and back from which a line is slow."""
QUICK: Final = 0.020
"""Below this it is quick again; between the two it stays what it was."""
_LAST: Final = 5


class Line:
    """The last few trips. Used by the engine's thread; ``slow`` may be read from any."""

    def __init__(self) -> None:
        self._trips: deque[float] = deque(maxlen=_LAST)
        self.slow = False
        self.reading = Reading.AUTOMATIC

    @property
    def near(self) -> bool:
        """Whether the store answers in the server's place, as the workstation chose or the line is."""
        return self.reading is Reading.STORE or (self.slow and self.reading is Reading.AUTOMATIC)

    def note(self, seconds: float) -> bool:
        """Remember a trip; True when the line has become slow, or quick again. One late answer makes no slow line."""
        self._trips.append(seconds)
        middle, before = median(self._trips), self.slow
        if len(self._trips) >= _LAST // 2 + 1:
            self.slow = middle >= (QUICK if before else SLOW)
        return self.slow is not before
