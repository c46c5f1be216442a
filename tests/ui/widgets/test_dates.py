"""Dates and times as people type them."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.widgets.dates import DateWords, add_months, read_date, read_time

TODAY = date(2026, 11, 24)
SPANISH = ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre")
DMY = DateWords(order="dmy", months=(*SPANISH, "octubre", "noviembre", "diciembre"), today="hoy", tomorrow="mañana")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1962-03-14", date(1962, 3, 14)),
        ("19620314", date(1962, 3, 14)),
        ("3/14/1962", date(1962, 3, 14)),
        ("3.14.62", date(1962, 3, 14)),
        ("4.3.1962", date(1962, 3, 4)),
        ("4.3.", date(2026, 3, 4)),
        ("14 Mar 1962", date(1962, 3, 14)),
        ("March 14, 1962", date(1962, 3, 14)),
        ("14 march", date(2026, 3, 14)),
        ("today", TODAY),
        ("+3", date(2026, 11, 27)),
        ("-1w", date(2026, 11, 17)),
        ("+1m", date(2026, 12, 24)),
        ("2/30/2026", None),
        ("14/3/1962", None),
        ("", None),
        ("soon", None),
        ("14 Xxx 1962", None),
        ("+99999999", None),
    ],
)
def test_reads_the_usual_notations(text: str, expected: date | None) -> None:
    assert read_date(text, TODAY, past=True) == expected


def test_reads_another_order_and_language() -> None:
    assert read_date("14/3/62", TODAY, DMY, past=True) == date(1962, 3, 14)
    assert read_date("14 sept 1962", TODAY, DMY) == date(1962, 9, 14)
    assert read_date("MAÑANA", TODAY, DMY) == date(2026, 11, 25)
    assert read_date("manana", TODAY, DMY) == date(2026, 11, 25)


def test_a_year_of_two_figures_is_past_for_births_and_near_for_visits() -> None:
    assert read_date("1/2/30", TODAY, past=True) == date(1930, 1, 2)
    assert read_date("1/2/30", TODAY) == date(2030, 1, 2)
    assert read_date("1/2/26", TODAY, past=True) == date(2026, 1, 2)


@given(st.dates(), st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%d %B %Y", "%B %d, %Y", "%d %b %Y"]))
def test_every_date_in_full_is_read_back(day: date, form: str) -> None:
    text = day.strftime(form)
    if f"{day.year:04d}" in text:
        assert read_date(text, TODAY) == day


@given(st.text(max_size=40))
def test_nothing_typed_breaks_reading(text: str) -> None:
    found, clock = read_date(text, TODAY), read_time(text)
    assert found is None or isinstance(found, date)
    assert clock is None or isinstance(clock, time)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9", time(9)),
        ("930", time(9, 30)),
        ("0930", time(9, 30)),
        ("9:30", time(9, 30)),
        ("9.30 pm", time(21, 30)),
        ("9:30 p.m.", time(21, 30)),
        ("12 am", time(0)),
        ("12 pm", time(12)),
        ("21h15", time(21, 15)),
        ("24:00", None),
        ("9:75", None),
        ("13 pm", None),
        ("", None),
    ],
)
def test_reads_times(text: str, expected: time | None) -> None:
    assert read_time(text) == expected


@given(st.times())
def test_every_time_is_read_back(moment: time) -> None:
    assert read_time(moment.strftime("%H:%M")) == moment.replace(second=0, microsecond=0)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(-600, 600))
def test_months_are_added_without_leaving_the_month(day: date, count: int) -> None:
    moved = add_months(day, count)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == count
    assert moved.day == day.day or (moved.day < day.day and (add_months(moved.replace(day=1), 1) - moved).days == 1)
