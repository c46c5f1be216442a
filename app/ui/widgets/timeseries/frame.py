"""Where everything of the chart lies, in logical pixels: lanes, gutters, the axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from app.ui.widgets.timeseries.model import Gap, Lane, breaks
from app.ui.widgets.timeseries.scale import ValueScale, lane_heights, lane_range, value_scale
from app.ui.widgets.timeseries.span import Span

LEFT, RIGHT, TOP, AXIS, BETWEEN = 136, 44, 14, 30, 22
LEAST_LANE = 54
GUTTER = 96
"""Width of the lanes' titles and values."""


@dataclass(frozen=True, slots=True)
class Heights:
    """The pixel rows of a point: its mean, the mean of its second value, its highest and lowest value."""

    mean: float
    second: float
    top: float
    bottom: float


@dataclass(frozen=True)
class LaneFrame:
    """A lane in its place; what is costly is worked out once."""

    lane: Lane
    top: float
    height: float

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + self.height

    @cached_property
    def scale(self) -> ValueScale:
        """The lane's values on its pixels."""
        return value_scale(*lane_range(self.lane), self.top, self.bottom)

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """The stretches without readings."""
        points = self.lane.points
        return tuple(Gap(points[number].until, points[number + 1].at) for number in sorted(self.breaks))

    @cached_property
    def heights(self) -> tuple[Heights, ...]:
        """Every point's pixel rows."""
        y = self.scale.y
        return tuple(
            Heights(y(one.mean), y(one.mean if one.mean2 is None else one.mean2), y(one.top), y(one.bottom))
            for one in self.lane.points
        )

    @cached_property
    def alone(self) -> frozenset[int]:
        """Points with gaps on both sides: without a mark of their own nothing of them would be seen."""
        last = len(self.lane.points) - 1
        ends = self.breaks
        return frozenset(
            number for number in {0, last, *ends, *(end + 1 for end in ends)}
            if (number == 0 or number - 1 in ends) and (number == last or number in ends)
        )  # fmt: skip

    @cached_property
    def breaks(self) -> frozenset[int]:
        """After which points, by number, lines aren't joined."""
        return frozenset(breaks(self.lane.points, self.lane.bucket))


@dataclass(frozen=True)
class Frame:
    """The whole chart at a size; ``x`` depends on the span, the rest doesn't."""

    lanes: tuple[LaneFrame, ...]
    width: float
    bottom: float

    @property
    def left(self) -> float:
        """Where the plots begin."""
        return LEFT

    @property
    def right(self) -> float:
        """Where the plots end."""
        return max(LEFT + 40.0, self.width - RIGHT)

    def per_ms(self, span: Span) -> float:
        """Return the pixels of a millisecond."""
        return (self.right - self.left) / span.width

    def x(self, ms: float, span: Span) -> float:
        """Return the pixel column of an instant."""
        return self.left + (ms - span.start) / span.width * (self.right - self.left)

    def ms(self, x: float, span: Span) -> int:
        """Return the instant of a pixel column."""
        return round(span.start + (x - self.left) / (self.right - self.left) * span.width)


def arrange(lanes: Sequence[Lane], width: float, height: float) -> Frame:
    """Lay out the lanes; they may need more height than there is."""
    top, placed = float(TOP), []
    for lane, tall in zip(lanes, lane_heights(lanes, height - TOP - AXIS, BETWEEN, LEAST_LANE), strict=True):
        placed.append(LaneFrame(lane, top, tall))
        top += tall + BETWEEN
    return Frame(tuple(placed), width, placed[-1].bottom if placed else float(TOP))


def wanted_height(lanes: Sequence[Lane]) -> int:
    """Return the least height at which every lane can be read."""
    return TOP + AXIS + len(lanes) * LEAST_LANE + max(0, len(lanes) - 1) * BETWEEN
