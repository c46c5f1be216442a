"""Dates and times of FHIR, and the building blocks that never trust what they read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.interop import values
from app.interop.values import Moment, PartialDate, SkipError, moment, partial_date

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1974", PartialDate(1974)),
        ("1974-12", PartialDate(1974, 12)),
        ("1974-12-25", PartialDate(1974, 12, 25)),
        ("2024-02-29", PartialDate(2024, 2, 29)),
        ("2023-02-29", None),
        ("1974-13", None),
        ("1974-00-01", None),
        ("0000", None),
        ("74-12-25", None),
        ("25.12.1974", None),
        ("1974-12-25T10:00:00Z", None),
        ("١٩٧٤", None),
        (1974, None),
        (None, None),
    ],
)
def test_partial_dates(text: object, found: PartialDate | None) -> None:
    assert partial_date(text) == found
    if found is not None:
        assert found.text == text


@pytest.mark.parametrize(
    ("text", "latest"),
    [
        ("1974", date(1974, 12, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("1974-12", date(1974, 12, 31)),
        ("9999-12", date.max),
    ],
)
def test_the_latest_day_of_a_partial_date(text: str, latest: date) -> None:
    found = partial_date(text)
    assert found is not None
    assert found.latest == latest


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2015-02-07T13:28:17-05:00", datetime(2015, 2, 7, 18, 28, 17, tzinfo=UTC)),
        ("2015-02-07T13:28:17.239559Z", datetime(2015, 2, 7, 13, 28, 17, 239000, tzinfo=UTC)),
        ("2015-02-07T13:28:17+1000", datetime(2015, 2, 7, 3, 28, 17, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2015-02-07T13:28Z", datetime(2015, 2, 7, 13, 28, tzinfo=UTC)),
        ("2015-02-07 13:28:00Z", datetime(2015, 2, 7, 13, 28, tzinfo=UTC)),
    ],
)
def test_times_with_their_zone(text: str, utc: datetime) -> None:
    assert moment(text, NEW_YORK, "x") == Moment(utc)


def test_a_date_alone_is_noon_in_the_clinic_and_marked() -> None:
    assert moment("2015-07-07", NEW_YORK, "x") == Moment(datetime(2015, 7, 7, 16, tzinfo=UTC), timed=False)


def test_a_time_without_zone_is_the_clinics_and_marked() -> None:
    found = moment("2015-01-07T08:30:00", NEW_YORK, "x")
    assert found == Moment(datetime(2015, 1, 7, 13, 30, tzinfo=UTC), zoned=False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2024-03-10T02:30:00", "never showed"),
        ("2024-11-03T01:30:00", "showed twice"),
        ("2024", "less exact than a day"),
        ("2024-05", "less exact than a day"),
        ("2024-02-30", "no date or time"),
        ("2024-02-03T25:00:00Z", "no date or time"),
        ("2024-02-03T10:00:00+15:00", "no date or time"),
        ("2024-02-03T10:00:00+02:75", "no date or time"),
        ("yesterday", "no date or time"),
        ("0001-01-01T00:00:00+14:00", "no date or time"),
    ],
)
def test_times_that_cant_be_told(text: str, reason: str) -> None:
    with pytest.raises(SkipError, match=reason):
        moment(text, NEW_YORK, "x")


@given(
    st.text(max_size=40) | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", fullmatch=True)
)
def test_any_text_is_a_time_or_a_reason(text: str) -> None:
    try:
        found = moment(text, NEW_YORK, "x")
    except SkipError:
        return
    assert found is None or found.at.utcoffset() == UTC.utcoffset(None)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (7, Decimal(7)),
        (Decimal("7.25"), Decimal("7.25")),
        (True, None),
        ("7", None),
        (10**40, None),
        (Decimal("1E+400"), None),
        (Decimal("1E-400"), None),
        (Decimal("NaN"), None),
        (Decimal("0." + "1" * 80), None),
        (Decimal("0"), Decimal("0")),
    ],
)
def test_numbers(value: object, found: Decimal | None) -> None:
    assert values.number(value) == found


def test_texts_longer_than_a_code_are_no_codes() -> None:
    assert values.token("x" * 2000) == "x" * 2000
    assert values.token("x" * 2001) == ""


def test_a_lone_object_counts_as_a_list() -> None:
    assert values.objects({"a": 1}) == [{"a": 1}]
    assert values.objects([{"a": 1}, 7, None]) == [{"a": 1}]
    assert values.objects("x") == []
