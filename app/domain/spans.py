"""Half-open spans of time [start, end) in UTC and the little set arithmetic that calendars need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The instants from `start` (included) to `end` (excluded), both aware UTC. May be empty, never reversed."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.utcoffset() is None or self.end.utcoffset() is None:
            raise ValueError("a span needs aware datetimes")
        if self.end < self.start:
            raise ValueError("a span cannot end before it starts")

    @property
    def minutes(self) -> int:
        """Whole minutes in the span."""
        return int((self.end - self.start) / timedelta(minutes=1))

    @property
    def empty(self) -> bool:
        """True when no instant lies in it."""
        return self.start == self.end

    def overlaps(self, other: Span) -> bool:
        """True when some instant lies in both; spans that only touch, and empty ones, do not overlap."""
        return self.start < other.end and other.start < self.end and not self.empty and not other.empty

    def covers(self, other: Span) -> bool:
        """True when every instant of `other` lies in this span."""
        return self.start <= other.start and other.end <= self.end

    def contains(self, instant: datetime) -> bool:
        """True when the instant lies in the span; its end does not."""
        return self.start <= instant < self.end


def merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The union as the fewest spans, in order; spans that touch become one."""
    merged: list[Span] = []
    for span in sorted(span for span in spans if not span.empty):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def subtract(span: Span, holes: Iterable[Span]) -> tuple[Span, ...]:
    """What is left of `span` without the holes, in order."""
    return tuple(_pieces(span, merge(holes)))


def _pieces(span: Span, holes: tuple[Span, ...]) -> Iterator[Span]:
    start = span.start
    for hole in holes:
        if hole.end <= start or hole.start >= span.end:
            continue
        if hole.start > start:
            yield Span(start, hole.start)
        start = max(start, hole.end)
    if start < span.end:
        yield Span(start, span.end)
