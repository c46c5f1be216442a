"""Spans: half-open arithmetic, checked against plain sets of minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.spans import Span, merge, subtract

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def span(start: int, end: int) -> Span:
    return Span(NOON + timedelta(minutes=start), NOON + timedelta(minutes=end))


def minutes(*spans: Span) -> set[int]:
    origin = [int((item.start - NOON) / timedelta(minutes=1)) for item in spans]
    return {minute for first, item in zip(origin, spans, strict=True) for minute in range(first, first + item.minutes)}


bounds = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: span(min(pair), max(pair)))


def test_a_span_needs_zones_and_order() -> None:
    with pytest.raises(ValueError, match="aware"):
        Span(datetime(2026, 5, 4), NOON)  # noqa: DTZ001 - the naive value is the point
    with pytest.raises(ValueError, match="before it starts"):
        span(5, 4)


def test_touching_spans_do_not_overlap() -> None:
    assert not span(0, 10).overlaps(span(10, 20))
    assert span(0, 11).overlaps(span(10, 20))
    assert not span(5, 5).overlaps(span(0, 10))


@given(st.lists(bounds))
def test_merge_is_the_union_in_the_fewest_spans(spans: list[Span]) -> None:
    merged = merge(spans)
    assert minutes(*merged) == minutes(*spans)
    assert all(left.end < right.start for left, right in pairwise(merged))


@given(bounds, st.lists(bounds))
def test_subtract_leaves_what_no_hole_has(whole: Span, holes: list[Span]) -> None:
    left = subtract(whole, holes)
    assert minutes(*left) == minutes(whole) - minutes(*holes)
    assert not any(piece.empty for piece in left)


@given(bounds, bounds)
def test_overlap_means_a_common_minute(one: Span, other: Span) -> None:
    assert one.overlaps(other) == bool(minutes(one) & minutes(other))
    assert one.covers(other) or minutes(other) - minutes(one) or other.empty
