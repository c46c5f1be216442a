"""Values to pixels and back, and round numbers for the axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.ui.widgets.timeseries.model import Lane

_ROUND = (1.0, 2.0, 2.5, 3.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class ValueScale:
    """The values from ``low`` to ``high`` over the pixels from ``bottom`` up to ``top``."""

    low: float
    high: float
    top: float
    bottom: float
    ticks: tuple[float, ...]

    def y(self, value: float) -> float:
        """Return the pixel row of a value, inside the lane even for values that lie outside."""
        share = (value - self.low) / (self.high - self.low)
        return self.bottom - min(max(share, 0.0), 1.0) * (self.bottom - self.top)


def lane_range(lane: Lane) -> tuple[float, float]:
    """Return the values to show: all points, limits of bands that lie near, and never less than ``lane.least``."""
    lows = [point.bottom for point in lane.points]
    highs = [point.top for point in lane.points]
    edges = [edge for band in lane.bands for edge in (band.low, band.high) if edge is not None]
    if not lows:
        return (min(edges, default=0.0), max(edges, default=1.0))
    low, high = min(lows), max(highs)
    near = max(high - low, abs(high) * 0.05, 0.5)
    for edge in edges:
        if low - near <= edge <= high + near:
            low, high = min(low, edge), max(high, edge)
    wide = max(high - low, lane.least)
    below = (low + high - wide) / 2
    below = max(below, 0.0) if low >= 0 else below
    return min(below, low), max(below + wide, high)


def value_scale(low: float, high: float, top: float, bottom: float) -> ValueScale:
    """Return a scale with about three round ticks; equal values get room around them."""
    if high - low < max(abs(high) * 1e-6, 1e-6):
        room = max(abs(high) * 0.05, 0.5)
        low, high = low - room, high + room
    pad = (high - low) * 0.07
    least = 0.0 if low >= 0 else -math.inf  # nothing that is measured here goes below zero
    low, high = max(low - pad, least), high + pad
    return ValueScale(low, high, top, bottom, round_ticks(low, high, max(2, min(5, int((bottom - top) // 24)))))


def round_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Return about so many round numbers from low to high, never fewer than two."""
    step = round_step((high - low) / (most + 1))
    while len(_multiples(low, high, step)) < 2:  # a step that fits the room may fall between: a finer one doesn't
        step = round_step(step * 0.4)
    before: tuple[float, ...] = ()
    while True:
        found = _multiples(low, high, step)
        if len(found) < 2:
            return before
        if len(found) <= most:
            return found
        step, before = round_step(step * 1.01), found


def _multiples(low: float, high: float, step: float) -> tuple[float, ...]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(round(step * number, 9) for number in range(first, last + 1))


def round_step(step: float) -> float:
    """Return the next round number (1, 2, 2.5, 5 times a power of ten) that isn't smaller."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * number for number in _ROUND if power * number >= step * 0.999)


def lane_heights(lanes: Sequence[Lane], room: float, gap: float, least: float) -> list[float]:
    """Share out the height among the lanes by their weight; each gets at least ``least``, even beyond the room."""
    free = room - gap * (len(lanes) - 1)
    small: set[int] = set()
    while True:  # what the smallest ones take more than their share is taken from the others
        others = sum(lane.weight for at, lane in enumerate(lanes) if at not in small)
        share = (free - least * len(small)) / others if others else 0.0
        found = {at for at, lane in enumerate(lanes) if at not in small and lane.weight * share < least}
        if not found:
            return [least if at in small else lane.weight * share for at, lane in enumerate(lanes)]
        small |= found
