"""What the chart is given: lanes of points, times in milliseconds since 1970 (UTC)."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
DAY_MS = 86_400_000
_ALWAYS_A_GAP = 366 * DAY_MS
_GAP_OF_FEW = 180 * DAY_MS


def ms_of(at: datetime) -> int:
    """Return an aware instant in milliseconds since 1970."""
    return (at - _EPOCH) // _MS


def instant(ms: float) -> datetime:
    """Return the aware UTC instant of milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=int(ms))


class Shape(StrEnum):
    """How a point is drawn: by its source."""

    DOT = "DOT"
    SQUARE = "SQUARE"
    RING = "RING"


@dataclass(frozen=True, slots=True)
class Point:
    """One reading, or several of a bucket (``count``) from ``at`` to ``until``.

    ``low2`` … are of the second value of a pair, None where there is one. ``place``: -1 below what is normal, 0
    within, 1 above; -2 and 2 are critical.
    """

    at: int
    until: int
    count: int
    low: float
    high: float
    mean: float
    low2: float | None = None
    high2: float | None = None
    mean2: float | None = None
    shape: Shape = Shape.DOT
    place: int = 0
    id: str = ""

    @property
    def middle(self) -> int:
        """The instant where it is drawn."""
        return (self.at + self.until) // 2

    @property
    def critical(self) -> bool:
        """Whether it must not be missed."""
        return abs(self.place) == 2

    @property
    def bottom(self) -> float:
        """The lowest value of all."""
        return self.low if self.low2 is None else min(self.low, self.low2)

    @property
    def top(self) -> float:
        """The highest value of all."""
        return self.high if self.high2 is None else max(self.high, self.high2)


@dataclass(frozen=True, slots=True)
class LaneBand:
    """A normal range; None is open."""

    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Lane:
    """One metric. ``beside``: what the right axis shows is the value times this (BMI beside weight).

    ``least``: the lane shows at least this difference between its ends, so that a trifle looks like one.
    """

    key: str
    title: str
    unit: str
    points: tuple[Point, ...] = ()
    bands: tuple[LaneBand, ...] = ()
    decimals: int = 0
    beside: float | None = None
    bucket: int = 0
    weight: float = 1.0
    least: float = 0.0

    @property
    def pair(self) -> bool:
        """Whether each point has two values."""
        return bool(self.points) and self.points[0].mean2 is not None

    def text(self, point: Point) -> str:
        """Return a point's value: "144/90", "82.4"; the mean of a bucket."""
        first = f"{point.mean:.{self.decimals}f}"
        return f"{first}/{point.mean2:.0f}" if point.mean2 is not None else first

    def around(self, start: int, end: int) -> tuple[int, int]:
        """Return which points ([first, last)) touch a span, with one more on either side so that lines reach it."""
        first = bisect_left(self.points, start, key=lambda one: one.until)
        last = bisect_left(self.points, end + 1, key=lambda one: one.at)
        return max(0, first - 1), min(len(self.points), last + 1)

    def nearest(self, at: int, within: int) -> Point | None:
        """Return the point nearest to an instant, not farther than ``within`` milliseconds."""
        place = bisect_left(self.points, at, key=lambda one: one.at)
        best = min(self.points[max(0, place - 1) : place + 1], key=lambda one: distance(one, at), default=None)
        return best if best is not None and distance(best, at) <= within else None

    def before(self, at: int) -> Point | None:
        """Return the last point that isn't later than an instant."""
        place = bisect_left(self.points, at + 1, key=lambda one: one.at)
        return self.points[place - 1] if place else None


def distance(point: Point, at: int) -> int:
    """Return how far an instant is from a point: 0 within a bucket."""
    return max(0, point.at - at, at - point.until)


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without readings."""

    start: int
    end: int


_BESIDE = 4
"""So many steps on either side say what is usual there."""


def breaks(points: Sequence[Point], bucket: int = 0) -> tuple[int, ...]:
    """Return after which points (their numbers) lines aren't joined.

    That is where no reading came for three times as long as is usual around there: somebody who measures once a
    week has no gaps, somebody who measures every day has one after three days without.
    """
    steps = [after.at - before.until for before, after in itertools.pairwise(points)]
    if len(steps) < 3:
        return tuple(number for number, step in enumerate(steps) if step > _GAP_OF_FEW)
    least = max(2 * bucket, 60_000)
    found = []
    for number, step in enumerate(steps):
        if step <= least:
            continue
        around = sorted(steps[max(0, number - _BESIDE) : number + _BESIDE + 1])
        usual = max(around[(len(around) - 1) // 2], bucket)
        if step > min(3 * usual, _ALWAYS_A_GAP):
            found.append(number)
    return tuple(found)


def gaps(points: Sequence[Point], bucket: int = 0) -> tuple[Gap, ...]:
    """Return the stretches between points where lines aren't joined."""
    return tuple(Gap(points[number].until, points[number + 1].at) for number in breaks(points, bucket))
