"""A back-test counts episodes, by the week in which they begin; whom it finds all the time is said beside them."""

from __future__ import annotations

from datetime import date, timedelta

from app.domain.rule_trial import TrialPatient, count_trial

FIRST = date(2026, 11, 20)
"""A Friday."""


def test_episodes_are_counted_where_they_begin() -> None:
    found: list[dict[str, float | None]] = [
        {"always": 1.0}, {"always": 1.0, "twice": 2.0}, {"always": 1.0}, {"always": 1.0, "twice": 4.0, "new": None},
    ]  # fmt: skip
    trial = count_trial([(FIRST + timedelta(days=place), one) for place, one in enumerate(found)])
    assert (trial.first, trial.last, trial.alerts) == (FIRST, FIRST + timedelta(days=3), 3)
    assert trial.patients == (TrialPatient("twice", 2, trial.last, 4.0), TrialPatient("new", 1, trial.last, None))
    assert trial.weeks == ((date(2026, 11, 16), 1), (date(2026, 11, 23), 2))
    assert trial.found_last == 3, "switched on now, it is raised for whom it finds all the time as well"


def test_a_single_day_counts_whom_it_finds() -> None:
    assert count_trial([(FIRST, {"one": 1.0, "two": 2.0})]).alerts == 2


def test_a_message_is_not_written_again_within_the_window() -> None:
    """As a run does it: who was sent one is left alone for the window, who is found on is written to after it."""
    always = [(FIRST + timedelta(days=place), {"always": 1.0}) for place in range(10)]
    trial = count_trial(always, quiet=3)
    assert (trial.alerts, trial.patients) == (2, (TrialPatient("always", 2, trial.last, 1.0),)), "on days 4 and 8"
    on_and_off = [(day, found if place in (1, 3, 5) else {}) for place, (day, found) in enumerate(always)]
    assert [count_trial(on_and_off, quiet=quiet).alerts for quiet in (1, 3, 4)] == [3, 2, 1]
    assert count_trial(on_and_off).alerts == 3
