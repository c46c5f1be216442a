"""Phone numbers in the form of their country."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.phones import tidy_phone


@pytest.mark.parametrize(
    ("typed", "region", "shown"),
    [
        ("4155550142", "US", "(415) 555-0142"), ("+1 415.555.0142", "US", "(415) 555-0142"),
        ("+34612345678", "US", "+34 612 34 56 78"), ("612345678", "es", "612 34 56 78"), ("555-0142", "US", "555-0142"),
        ("abc", "US", "abc"), ("", "US", ""), ("12", "US", "12"), ("+4930123456", "", "+49 30 123456"),
        ("0301234567", "", "0301234567"), ("4155550142", "ZZ", "4155550142"), (" 1 ", "US", "1"),
        ("41 5555 0142 99", "US", "41 5555 0142 99"),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(typed: str, region: str, shown: str) -> None:
    assert tidy_phone(typed, region) == shown


@given(st.text(max_size=40), st.sampled_from(["US", "DE", "ES", "", "XX", "us"]))
def test_anything_can_be_typed_and_is_never_lost(typed: str, region: str) -> None:
    shown = tidy_phone(typed, region)
    assert bool(shown) == bool(typed.strip())
    assert tidy_phone(shown, region) == tidy_phone(tidy_phone(shown, region), region)
