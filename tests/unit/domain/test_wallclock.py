"""Wall-clock times: gaps, overlaps, midnight changes, half-hour changes and a day that never was."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.wallclock import day_of, days_of, first_instant, instants_of, local_date, weekday_of, window_of

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
APIA = ZoneInfo("Pacific/Apia")
ZONES = [NEW_YORK, BERLIN, LORD_HOWE, SAO_PAULO, KATHMANDU, APIA]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_a_time_in_the_gap_never_shows_and_means_the_jump() -> None:
    assert instants_of(date(2026, 3, 8), time(2, 30), NEW_YORK) == ()
    assert first_instant(date(2026, 3, 8), time(2, 30), NEW_YORK) == utc(2026, 3, 8, 7)
    assert first_instant(date(2026, 3, 8), time(2, 0), NEW_YORK) == utc(2026, 3, 8, 7)
    assert first_instant(date(2026, 3, 8), time(3, 0), NEW_YORK) == utc(2026, 3, 8, 7)


def test_a_time_in_the_overlap_shows_twice_and_means_the_first() -> None:
    twice = instants_of(date(2026, 11, 1), time(1, 30), NEW_YORK)
    assert twice == (utc(2026, 11, 1, 5, 30), utc(2026, 11, 1, 6, 30))
    assert first_instant(date(2026, 11, 1), time(1, 30), NEW_YORK) == twice[0]


def test_a_fold_on_the_time_is_ignored() -> None:
    assert instants_of(date(2026, 11, 1), time(1, 30, fold=1), NEW_YORK)[0] == utc(2026, 11, 1, 5, 30)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (NEW_YORK, date(2026, 3, 8), 23),
        (NEW_YORK, date(2026, 11, 1), 25),
        (BERLIN, date(2026, 3, 29), 23),
        (BERLIN, date(2026, 10, 25), 25),
        (LORD_HOWE, date(2026, 10, 4), 23.5),
        (LORD_HOWE, date(2026, 4, 5), 24.5),
        (SAO_PAULO, date(2018, 11, 4), 23),  # the clock jumped at midnight: the day began at 01:00
        (SAO_PAULO, date(2018, 2, 17), 25),
        (KATHMANDU, date(2026, 3, 8), 24),
        (APIA, date(2011, 12, 30), 0),  # the day that Samoa left out
    ],
)
def test_the_length_of_a_day(zone: ZoneInfo, day: date, hours: float) -> None:
    span = day_of(day, zone)
    assert span.end - span.start == timedelta(hours=hours)
    assert days_of(day, day, zone) == span


def test_an_end_at_or_before_the_start_is_on_the_next_day() -> None:
    assert window_of(date(2026, 5, 4), time(22), time(6), BERLIN).minutes == 8 * 60
    assert window_of(date(2026, 5, 4), time(9), time(0), BERLIN).minutes == 15 * 60
    assert window_of(date(2026, 5, 4), time(0), time(0), BERLIN) == day_of(date(2026, 5, 4), BERLIN)


def test_a_window_inside_the_gap_is_empty() -> None:
    assert window_of(date(2026, 3, 8), time(2, 10), time(2, 50), NEW_YORK).empty


def test_sunday_is_weekday_zero() -> None:
    assert [weekday_of(date(2026, 3, 8) + timedelta(days=n)) for n in range(7)] == list(range(7))


@given(
    st.sampled_from(ZONES),
    st.dates(date(2010, 1, 1), date(2037, 12, 31)),
    st.times().map(lambda at: at.replace(microsecond=0)),
)
def test_every_instant_that_shows_a_time_is_found_and_no_other(zone: ZoneInfo, day: date, at: time) -> None:
    wall = datetime.combine(day, at)
    around = datetime.combine(day, at, tzinfo=UTC)
    quarters = (around + timedelta(minutes=15 * n) for n in range(-15 * 4, 15 * 4 + 1))
    showing = tuple(i for i in quarters if i.astimezone(zone).replace(tzinfo=None) == wall)
    assert instants_of(day, at, zone) == showing


@given(
    st.sampled_from(ZONES),
    st.dates(date(2010, 1, 1), date(2037, 12, 31)),
    st.times().map(lambda at: at.replace(microsecond=0)),
    st.times().map(lambda at: at.replace(microsecond=0)),
)
def test_later_on_the_wall_is_never_earlier_in_time(zone: ZoneInfo, day: date, one: time, other: time) -> None:
    early, late = sorted((one, other))
    first, second = first_instant(day, early, zone), first_instant(day, late, zone)
    assert first <= second
    assert first.astimezone(zone).replace(tzinfo=None) >= datetime.combine(day, early)
    just_before = (first - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
    assert just_before < datetime.combine(day, early)


@given(st.sampled_from(ZONES), st.integers(0, 27 * 365 * 24 * 4))
def test_an_instant_lies_in_its_own_day(zone: ZoneInfo, quarter: int) -> None:
    instant = utc(2010, 1, 1) + timedelta(minutes=15 * quarter)
    assert day_of(local_date(instant, zone), zone).contains(instant)
