"""How long the way to the server and back takes, as it was measured."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import Final

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

    def note(self, seconds: float) -> bool:
        """Remember a trip; True when the line has become slow, or quick again. One late answer makes no slow line."""
        self._trips.append(seconds)
        middle, before = median(self._trips), self.slow
        if len(self._trips) >= _LAST // 2 + 1:
            self.slow = middle >= (QUICK if before else SLOW)
        return self.slow is not before
