"""Care plans as they stand in ``care_plans.phases``: a list of ``{name, durationWeeks, tasks}`` that others write too.

A task is ``{id, title, description, frequency, completed}``. What hasn't this shape counts as unreadable and is kept as
it is; unknown keys are kept untouched. A plan begins on the day it was made; phases follow one another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.domain.import_digest import fingerprint
from app.kernel.i18n import t

PHASE_FIELDS = {"name": "name", "weeks": "durationWeeks"}
TASK_FIELDS = {"title": "title", "description": "description", "frequency": "frequency", "completed": "completed"}
LONGEST_WEEKS = 520
LOOK_BACK = timedelta(days=28)
"""How far back adherence looks."""


@dataclass(frozen=True, slots=True)
class CareTask:
    """A task; ``key`` is its id, or what it goes by without one.

    ``rule``: what the rule was called that gave it, None when none did; "" when nobody wrote that down.
    """

    key: str
    title: str
    description: str = ""
    frequency: str = ""
    completed: bool = False
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class CarePhase:
    """A phase; ``key`` is its name, numbered where several have the same. ``unreadable`` counts its strange tasks."""

    key: str
    name: str
    weeks: float | None
    tasks: tuple[CareTask, ...] = ()
    unreadable: int = 0

    @property
    def progress(self) -> tuple[int, int]:
        """How many tasks are completed, of how many."""
        return sum(task.completed for task in self.tasks), len(self.tasks)


@dataclass(frozen=True, slots=True)
class CarePlanShape:
    """The readable part of a plan. ``unreadable`` counts phases without a known shape (the whole counts as one)."""

    phases: tuple[CarePhase, ...] = ()
    unreadable: int = 0

    @property
    def tasks(self) -> tuple[CareTask, ...]:
        """All tasks in order."""
        return tuple(task for phase in self.phases for task in phase.tasks)

    def task(self, key: str) -> CareTask | None:
        """The task with this key."""
        return next((task for task in self.tasks if task.key == key), None)


def read_phases(value: object) -> CarePlanShape:
    """Read the JSON whatever its shape."""
    if value is None:
        return CarePlanShape()
    if not isinstance(value, list):
        return CarePlanShape(unreadable=1)
    keys = phase_keys(value)
    tasks = task_keys(value)
    phases = [_phase(entry, keys[n], tasks[n]) for n, entry in enumerate(value)]
    return CarePlanShape(tuple(phase for phase in phases if phase is not None), phases.count(None))


def phase_keys(value: Sequence[Any]) -> tuple[str, ...]:
    """Return what each phase goes by: its name; the second of the same name has "#2" after it."""
    seen: Counter[str] = Counter()
    keys = []
    for entry in value:
        name = entry.get("name") if isinstance(entry, Mapping) else None
        key = name if isinstance(name, str) else "~"
        seen[key] += 1
        keys.append(key if seen[key] == 1 else f"{key}#{seen[key]}")
    return tuple(keys)


def task_keys(value: Sequence[Any]) -> tuple[tuple[str, ...], ...]:
    """Return what the tasks of each phase go by, unique in the plan: their id, else what follows from their content."""
    seen: Counter[str] = Counter()
    keys = []
    for entry in value:
        found = []
        for task in tasks_of(entry):
            own = task.get("id") if isinstance(task, Mapping) else None
            usable = isinstance(own, str | int) and not isinstance(own, bool) and own != ""
            key = str(own) if usable else _content_key(task)
            seen[key] += 1
            found.append(key if seen[key] == 1 else f"{key}#{seen[key]}")
        keys.append(tuple(found))
    return tuple(keys)


def _content_key(task: Any) -> str:
    bare = {k: v for k, v in task.items() if k != "completed"} if isinstance(task, Mapping) else task
    return f"~{fingerprint(bare)[:12]}"


def tasks_of(phase: Any) -> list[Any]:
    """The raw tasks of a raw phase."""
    tasks = phase.get("tasks") if isinstance(phase, Mapping) else None
    return tasks if isinstance(tasks, list) else []


def _phase(entry: Any, key: str, task_names: tuple[str, ...]) -> CarePhase | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
        return None
    tasks = [_task(task, name) for task, name in zip(tasks_of(entry), task_names, strict=True)]
    strange = tasks.count(None) + (entry.get("tasks") is not None and not isinstance(entry["tasks"], list))
    return CarePhase(key, entry["name"], weeks_of(entry), tuple(task for task in tasks if task is not None), strange)


def weeks_of(entry: Mapping[str, Any]) -> float | None:
    """A phase's length in weeks, None when it isn't said or can't be read."""
    weeks = entry.get("durationWeeks")
    if isinstance(weeks, bool) or not isinstance(weeks, int | float) or not 0 <= weeks <= LONGEST_WEEKS:
        return None
    return weeks


def _task(task: Any, key: str) -> CareTask | None:
    if not isinstance(task, Mapping) or not isinstance(task.get("title"), str):
        return None
    words = [task.get(name) for name in ("description", "frequency")]
    description, frequency = (word if isinstance(word, str) else "" for word in words)
    return CareTask(key, task["title"], description, frequency, task.get("completed") is True, _rule(task))


def given_by(rule: str | None) -> str:
    """Return in words which rule gave a task; empty when none did."""
    if rule is None:
        return ""
    return t("by the rule “{name}”", name=rule) if rule else t("by a rule")


def _rule(task: Mapping[str, Any]) -> str | None:
    name = task.get("ruleName")
    return (name.strip() if isinstance(name, str) else "") if isinstance(task.get("ruleId"), str) else None


@dataclass(frozen=True, slots=True)
class PhaseDates:
    """From when until when (last day included) a phase runs; ``end`` None: nobody said how long."""

    start: date
    end: date | None


def phase_dates(phases: Sequence[CarePhase], start: date) -> tuple[PhaseDates, ...]:
    """Lay the phases one after the other; after one of unknown length the next begins where it begins."""
    made = []
    at = start
    for phase in phases:
        days = None if phase.weeks is None else round(phase.weeks * 7)
        end = None if days is None else at + timedelta(days=max(days, 1) - 1)
        made.append(PhaseDates(at, end))
        at = at if end is None else end + timedelta(days=1)
    return tuple(made)


def current_phase(dates: Sequence[PhaseDates], today: date) -> int | None:
    """Return the place of the phase that runs today, the last one when the plan is over; None without phases."""
    for place, one in enumerate(dates):
        if one.end is None or today <= one.end:
            return place
    return len(dates) - 1 if dates else None
