"""The days of a series: rhythm, count, end, and which weekday of a month."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.series import MOST_VISITS, Every, Rhythm, same_weekday
from app.kernel.errors import Refused

DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1))
STEPS = st.integers(min_value=1, max_value=12)
TIMES = st.integers(min_value=1, max_value=MOST_VISITS)


@given(DAYS, STEPS, TIMES)
def test_weeks_keep_the_weekday_and_the_distance(first: date, step: int, times: int) -> None:
    days = Rhythm(Every.WEEK, step, times).days(first)
    assert days == tuple(first + timedelta(weeks=step * n) for n in range(times))


@given(DAYS, STEPS, TIMES)
def test_months_keep_the_weekday_and_which_one_it_is(first: date, step: int, times: int) -> None:
    days = Rhythm(Every.MONTH, step, times).days(first)
    assert len(days) == times
    assert days[0] == first
    number = (first.day - 1) // 7
    for n, day in enumerate(days):
        assert day.weekday() == first.weekday()
        assert (day.year * 12 + day.month) - (first.year * 12 + first.month) == n * step
        last = (day + timedelta(days=7)).month != day.month
        assert (day.day - 1) // 7 == number or (number == 4 and last)


@given(DAYS, STEPS, st.integers(min_value=0, max_value=360))
def test_until_is_included_and_nothing_behind_it(first: date, step: int, more: int) -> None:
    until = first + timedelta(days=more)
    days = Rhythm(Every.WEEK, step, until=until).days(first)
    assert all(first <= day <= until for day in days)
    assert days[-1] + timedelta(weeks=step) > until


def test_the_fifth_friday_becomes_the_last_one() -> None:
    fifth = date(2026, 5, 29)
    assert [same_weekday(fifth, n) for n in range(4)] == [
        fifth, date(2026, 6, 26), date(2026, 7, 31), date(2026, 8, 28)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rhythm", "field"),
    [
        (Rhythm(Every.DAY), "times"),
        (Rhythm(Every.DAY, 0, 3), "step"),
        (Rhythm(Every.DAY, 1, MOST_VISITS + 1), "times"),
        (Rhythm(Every.DAY, 1, until=date(2026, 4, 30)), "until"),
        (Rhythm(Every.DAY, 1, until=date(2027, 4, 30)), "until"),
    ],
)
def test_a_rhythm_without_sense_is_refused_by_field(rhythm: Rhythm, field: str) -> None:
    with pytest.raises(Refused) as refused:
        rhythm.days(date(2026, 5, 4))
    assert refused.value.field == field
