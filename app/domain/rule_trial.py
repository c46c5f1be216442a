"""What a back-test counts: how often a rule would have raised an alert, for how many patients, week by week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

Found = Mapping[str, float | None]
"""The patients that a rule found on a day, with the figure that decided."""


@dataclass(frozen=True, slots=True)
class TrialPatient:
    """A patient whom the rule would have found: how often, the last day and the figure then."""

    patient_id: str
    alerts: int
    last_day: date
    figure: float | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What would have been raised from ``first`` to ``last`` day, both included; ``weeks`` by their Monday.

    ``found_last``: how many patients it finds on the last day, those included whom it finds all the time: for them it
    is raised when it is switched on.
    """

    first: date
    last: date
    alerts: int
    patients: tuple[TrialPatient, ...]
    weeks: tuple[tuple[date, int], ...]
    found_last: int = 0


def count_trial(days: Sequence[tuple[date, Found]], quiet: int | None = None) -> Trial:
    """Count episodes: an alert is raised on the first of several days on which the rule finds a patient.

    ``days`` follow one another without a gap, oldest first; the first one only says who was found before. A message
    is written again only when more than ``quiet`` days have passed since the last one, each sent on its day.
    """
    if not days:
        raise ValueError("a trial needs days")
    weeks = dict.fromkeys(_mondays(days[0][0], days[-1][0]), 0)
    counted: dict[str, TrialPatient] = {}
    before: Found = {}
    written: dict[str, date] = {}
    for place, (day, found) in enumerate(days):
        for patient, figure in found.items():
            again = patient not in before if quiet is None else _due_again(written.get(patient), day, quiet)
            written |= {patient: day} if again else {}
            raised = int(again and (place > 0 or len(days) == 1))
            known = counted.get(patient)
            alerts = raised + (known.alerts if known else 0)
            counted[patient] = TrialPatient(patient, alerts, day, figure)
            weeks[monday_of(day)] += raised
        before = found
    patients = sorted((one for one in counted.values() if one.alerts), key=lambda one: (-one.alerts, one.patient_id))
    by_week = tuple(sorted(weeks.items()))
    return Trial(days[0][0], days[-1][0], sum(weeks.values()), tuple(patients), by_week, len(before))


def _due_again(written: date | None, day: date, quiet: int) -> bool:
    return written is None or (day - written).days > quiet


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def _mondays(first: date, last: date) -> list[date]:
    start = monday_of(first)
    return [start + timedelta(weeks=n) for n in range((monday_of(last) - start).days // 7 + 1)]
