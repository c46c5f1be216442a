"""Intervals between heartbeats → heart-rate variability, as the task force of 1996 defines RMSSD and SDNN.

Beats that can't be sinus rhythm are left out first: outside 300 to 2000 ms, or over a fifth away from the beat before
(Malik's rule). A difference is taken between neighbours only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

POSSIBLE_MS = (300.0, 2000.0)
LARGEST_STEP = 0.2
FEWEST_BEATS = 30
"""Fewer intervals than this say nothing."""
MOST_LEFT_OUT = 0.2
"""A recording of which more than this share had to be left out isn't used."""


def rmssd_of(intervals: Sequence[float | None]) -> float | None:
    """Return the root mean square of successive differences in ms; None without any. None breaks a neighbourhood."""
    steps = [b - a for a, b in pairwise(intervals) if a is not None and b is not None]
    return math.sqrt(sum(step * step for step in steps) / len(steps)) if steps else None


def sdnn_of(intervals: Sequence[float | None]) -> float | None:
    """Return the standard deviation (n - 1) of the intervals in ms; None of fewer than two."""
    known = [one for one in intervals if one is not None]
    if len(known) < 2:
        return None
    mean = math.fsum(known) / len(known)
    return math.sqrt(math.fsum((one - mean) ** 2 for one in known) / (len(known) - 1))


def cleaned(intervals: Sequence[float]) -> list[float | None]:
    """Return the intervals in ms with None in place of those that no sinus beat made."""
    found: list[float | None] = []
    before: float | None = None
    for one in intervals:
        low, high = POSSIBLE_MS
        good = low <= one <= high and (before is None or abs(one - before) <= LARGEST_STEP * before)
        found.append(one if good else None)
        if low <= one <= high:
            before = one
    return found


def variability_of(intervals: Sequence[float]) -> tuple[float, float] | None:
    """Return RMSSD and SDNN in ms of a recording; None when it is too short or too much of it had to be left out."""
    clean = cleaned(intervals)
    good = sum(one is not None for one in clean)
    if good < FEWEST_BEATS or good < (1 - MOST_LEFT_OUT) * len(clean):
        return None
    rmssd, sdnn = rmssd_of(clean), sdnn_of(clean)
    return None if rmssd is None or sdnn is None else (rmssd, sdnn)
