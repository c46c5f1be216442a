"""Which stretch of time is shown, and how zooming and panning change it. Milliseconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass

from app.ui.widgets.timeseries.model import DAY_MS

SHORTEST = 30 * 60_000
"""Nearer than half an hour there is nothing to see."""
LONGEST = 120 * 366 * DAY_MS


@dataclass(frozen=True, slots=True)
class Span:
    """The stretch [start, end) on the screen."""

    start: int
    end: int

    @property
    def width(self) -> int:
        """Its length."""
        return self.end - self.start

    def shifted(self, by: int) -> Span:
        """Return it moved by some milliseconds."""
        return Span(self.start + by, self.end + by)

    def zoomed(self, factor: float, at: int | None = None) -> Span:
        """Return it with its length times ``factor``; ``at`` stays where it is on the screen (None: the middle)."""
        fixed = (self.start + self.end) // 2 if at is None else min(max(at, self.start), self.end)
        wanted = min(max(round(self.width * factor), SHORTEST), LONGEST)
        share = (fixed - self.start) / self.width if self.width else 0.5
        start = round(fixed - wanted * share)
        return Span(start, start + wanted)

    def within(self, first: int, last: int) -> Span:
        """Return it moved so that it shows something of [first, last]: at least half of it, or all of that."""
        if last <= first:
            return self
        spare = self.width // 2
        start = min(max(self.start, first - spare), max(last - spare, first - spare))
        return Span(start, start + self.width)

    def around(self, at: int) -> Span:
        """Return it moved as little as needed to show an instant, a tenth away from the edge."""
        margin = self.width // 10
        if at < self.start + margin:
            return self.shifted(at - self.start - margin)
        if at > self.end - margin:
            return self.shifted(at - self.end + margin)
        return self

    def covers(self, other: Span) -> bool:
        """Tell whether all of another span lies in it."""
        return self.start <= other.start and other.end <= self.end

    def widened(self, factor: float) -> Span:
        """Return it with so much of its length added on either side."""
        more = round(self.width * factor)
        return Span(self.start - more, self.end + more)
