"""How well a care plan is followed: tasks done of tasks due.

A task that is due again and again ("daily", "3 times a week", "every 2 weeks") is counted by the marks of its days; one
that is due once, or whose frequency nobody can count, by its ``completed``: it is due when its phase is over. So is
every task of a plan without marks, once a day on which it was due has passed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.care_plans import LOOK_BACK, CarePhase, CareTask, PhaseDates
from app.domain.frequencies import read_rate


@dataclass(frozen=True, slots=True)
class Followed:
    """Of one task or of all: how often it was done, of how often it was due."""

    done: int
    due: int

    @property
    def percent(self) -> int | None:
        """Rounded; None when nothing was due."""
        return round(100 * self.done / self.due) if self.due else None

    def __add__(self, other: Followed) -> Followed:
        return Followed(self.done + other.done, self.due + other.due)


NOTHING_DUE = Followed(0, 0)


def followed(
    phases: Sequence[CarePhase], dates: Sequence[PhaseDates], marks: Mapping[str, Collection[date]], until: date
) -> dict[str, Followed]:
    """Return for each task (by key) how it was followed in the 28 days up to ``until``, the last day included.

    ``marks`` are the days on which each task was done. Tasks of phases outside that time are left out.
    """
    first = until - LOOK_BACK + timedelta(days=1)
    made = {}
    for phase, span in zip(phases, dates, strict=True):
        begin, end = max(first, span.start), min(until, span.end or until)
        if begin > end:
            continue
        for task in phase.tasks:
            over = span.end is not None and span.end <= until
            made[task.key] = _of_task(task, marks, begin, end, over=over)
    return made


def _of_task(task: CareTask, marks: Mapping[str, Collection[date]], begin: date, end: date, *, over: bool) -> Followed:
    rate = read_rate(task.frequency)
    if rate is None or not any(marks.values()):
        passed = (end - begin).days
        once = task.completed or over or (rate is not None and rate.due(passed) > 0)
        return Followed(int(task.completed), int(once))
    due = rate.due((end - begin).days + 1)
    done = sum(begin <= day <= end for day in marks.get(task.key, ()))
    return Followed(min(done, due), due)


def in_total(parts: Mapping[str, Followed]) -> Followed:
    """Add up all tasks."""
    return sum(parts.values(), NOTHING_DUE)
