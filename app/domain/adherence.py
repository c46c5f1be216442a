"""How well a care plan is followed: tasks done of tasks due.

A task that is due again and again ("daily", "3 times a week", "every 2 weeks") is counted by the marks of its days; one
that is due once, or whose frequency nobody can count, by its ``completed``: it is due when its phase is over. So is
every task of a plan without marks, once a day on which it was due has passed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.care_plans import LOOK_BACK, CarePhase, CareTask, PhaseDates

_WORDS = {
    "once": 1, "one": 1, "twice": 2, "two": 2, "three": 3, "thrice": 3, "four": 4, "five": 5, "six": 6,
    "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6,
}  # fmt: skip
_PER = {
    "day": 1.0, "daily": 1.0, "dia": 1.0, "diario": 1.0, "diaria": 1.0, "diariamente": 1.0,
    "week": 7.0, "weekly": 7.0, "semana": 7.0, "semanal": 7.0, "semanalmente": 7.0,
    "month": 30.4375, "monthly": 30.4375, "mes": 30.4375, "mensual": 30.4375, "mensualmente": 30.4375,
}  # fmt: skip
_UNIT = re.compile(rf"\b({'|'.join(_PER)})(?:e?s)?\b")
_TIMES = re.compile(rf"\b(?:(\d{{1,2}})|({'|'.join(_WORDS)}))\s*(?:x|×|times|veces|vez)?\b")
_EVERY = re.compile(
    r"\b(?:every|cada)\s+(?:(\d{1,2})|(other|second|two|three|four|five|six|dos|tres|cuatro|cinco|seis))\s+"
    r"(day|week|month|dia|semana|mes)(?:e?s)?\b"
)


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something is due: ``times`` in every ``days`` days."""

    times: int
    days: float

    def due(self, days: int) -> int:
        """How often it is due in a span of whole days; more than once a day counts as one day."""
        return min(days, round(days * self.times / self.days))


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


def read_rate(frequency: str) -> Rate | None:
    """Read how often, as people write it in English or Spanish; None for once, and for what can't be counted."""
    text = frequency.casefold().replace("-", " ").replace("í", "i")
    if every := _EVERY.search(text):
        number, word, unit = every.groups()
        step = int(number) if number else {"other": 2, "second": 2}.get(word) or _WORDS[word]
        return Rate(1, _PER[unit] * step) if step else None
    unit_found = _UNIT.search(text)
    if unit_found is None:
        return None
    times = _TIMES.search(text)
    count = 1 if times is None else int(times[1]) if times[1] else _WORDS[times[2]]
    return Rate(count, _PER[unit_found[1]]) if count else None


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
