"""How fast this machine computes now, as a ratio: a limit in milliseconds is no property of our code alone.

A shared virtual machine gives the same program a third less on one day than on another. What the stall watchdog
measured is held against the same piece of plain Python, timed at once.
"""

from __future__ import annotations

import time
from statistics import median

USUAL_MS = 15.5
"""What ``_reference`` takes on the machine on which the limit of 100 ms was set (2.3 GHz, Python 3.11)."""
_ROUNDS = 60_000
_TRIES = 5


def slowness() -> float:
    """Return how many times longer plain Python takes now than where the limits were set; never under 1."""
    return max(1.0, median(_reference() for _ in range(_TRIES)) / USUAL_MS)


def _reference() -> float:
    """Work through strings and a dict; return the milliseconds of computing time that took."""
    began = time.thread_time()
    sums: dict[str, int] = {}
    for number in range(_ROUNDS):
        key = str(number % 977)
        sums[key] = sums.get(key, 0) + number
    assert len(sums) == 977
    return (time.thread_time() - began) * 1000
