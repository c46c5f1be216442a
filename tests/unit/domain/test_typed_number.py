"""A number as people type it: point or comma, never a guess at thousands."""

from __future__ import annotations

import pytest

from app.domain.typed_number import typed_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7.0), (" 10.1 ", 10.1), ("10,1", 10.1), ("-2,25", -2.25), ("1234", 1234.0), ("1.234", 1.234), ("0,5", 0.5)],
)
def test_a_point_and_a_comma_are_the_same(text: str, number: float) -> None:
    assert typed_number(text) == number


@pytest.mark.parametrize(
    "text",
    ["", "1,234", "12,345", "1,234.5", "1.234.567", "1 234", "ten", "1e3", "nan", "٣", "5.", ".5", "1,,2"],
)
def test_what_could_mean_two_things_or_nothing_is_no_number(text: str) -> None:
    assert typed_number(text) is None
