"""Edits of a care plan, one thing at a time, on the JSON as it stands: what others wrote beside it stays untouched."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.care_plans import (
    LONGEST_WEEKS,
    PHASE_FIELDS,
    TASK_FIELDS,
    CarePhase,
    CarePlanShape,
    CareTask,
    phase_keys,
    read_phases,
    task_keys,
    tasks_of,
)
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.text import clean_text

MOST_PHASES, MOST_TASKS = 50, 200
_LENGTHS = {"name": 200, "title": 300, "description": 2_000, "frequency": 100}


class PlanEditKind(StrEnum):
    """What an edit does."""

    SET_PHASE = "set_phase"
    ADD_PHASE = "add_phase"
    REMOVE_PHASE = "remove_phase"
    MOVE_PHASE = "move_phase"
    SET_TASK = "set_task"
    ADD_TASK = "add_task"
    REMOVE_TASK = "remove_task"
    MOVE_TASK = "move_task"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEdit:
    """One edit. ``phase`` and ``task`` are keys as ``care_plans`` gives them.

    SET_…: ``field`` (name, weeks; title, description, frequency, completed) from ``old`` to ``new``. ADD_…: ``new``
    holds the fields, ``task`` the new id, ``place`` where (at the end when None). REMOVE_…: ``old`` is what the person
    saw (``seen_phase``, ``seen_task``). MOVE_PHASE: to ``place``; MOVE_TASK: to ``phase`` at ``place``.
    """

    kind: PlanEditKind
    phase: str = ""
    task: str = ""
    field: str = ""
    old: Any = None
    new: Any = None
    place: int | None = None


def seen_task(task: CareTask) -> dict[str, Any]:
    """What a person sees of a task, to be named when it is removed."""
    return {name: getattr(task, name) for name in TASK_FIELDS}


def seen_phase(phase: CarePhase) -> dict[str, Any]:
    """What a person sees of a phase, its tasks included."""
    return {"name": phase.name, "weeks": phase.weeks, "tasks": [seen_task(task) for task in phase.tasks]}


def template_phases(shape: CarePlanShape) -> list[dict[str, Any]]:
    """Return the readable part of a plan as a template has it: nothing completed, no ids of the patient's tasks."""
    return [
        {
            "name": phase.name,
            "durationWeeks": phase.weeks or 1,
            "tasks": [
                {"title": task.title, "description": task.description, "frequency": task.frequency}
                for task in phase.tasks
            ],
        }
        for phase in shape.phases
    ]


def edited(value: object, edit: PlanEdit) -> list[Any]:
    """Return the phases after the edit. Raises ``Refused`` naming the field, or ``Conflict``."""
    if value is not None and not isinstance(value, list):
        raise Refused("Unreadable", t("This care plan can't be read here."), field="phases")
    phases: list[Any] = copy.deepcopy(value or [])
    _EDITS[edit.kind](phases, edit)
    return phases


def clean_phases(value: object) -> list[Any]:
    """Check phases that were written here as a whole (a template's); returns them in the shape of the shared table."""
    if not isinstance(value, list | tuple) or len(value) > MOST_PHASES:
        raise Refused("BadValue", t("A plan is a list of at most {n} phases.", n=MOST_PHASES), field="phases")
    made: list[Any] = []
    for phase in value:
        if not isinstance(phase, Mapping) or not isinstance(phase.get("tasks", []), list | tuple):
            raise Refused("BadValue", t("A phase has a name, a length in weeks and tasks."), field="phases")
        _add_phase(made, PlanEdit(kind=PlanEditKind.ADD_PHASE, new={"name": phase.get("name"),
                                                                    "weeks": phase.get("durationWeeks")}))  # fmt: skip
        for number, task in enumerate(phase.get("tasks", [])):
            _add_clean(made, task, f"{len(made)}-{number + 1}")
    return made


def _add_clean(made: list[Any], task: Any, fallback: str) -> None:
    if not isinstance(task, Mapping):
        raise Refused("BadValue", t("A task has a title."), field="tasks")
    own = task.get("id")
    key = own if isinstance(own, str) and own else fallback
    words = {name: task[name] for name in ("title", "description", "frequency") if task.get(name) is not None}
    _add_task(made, PlanEdit(kind=PlanEditKind.ADD_TASK, phase=phase_keys(made)[-1], task=key, new=words))


def _phase(phases: list[Any], key: str) -> int:
    keys = phase_keys(phases)
    if key not in keys or not isinstance(phases[keys.index(key)], dict):
        raise Conflict("Gone", t("This phase is no longer there."), field="phase")
    return keys.index(key)


def _task(phases: list[Any], key: str) -> tuple[list[Any], int]:
    for phase, keys in zip(phases, task_keys(phases), strict=True):
        if key in keys and isinstance(tasks_of(phase)[keys.index(key)], dict):
            return tasks_of(phase), keys.index(key)
    raise Conflict("Gone", t("This task is no longer there."), field="task")


def _set_phase(phases: list[Any], edit: PlanEdit) -> None:
    phase = phases[_phase(phases, edit.phase)]
    _set(phase, PHASE_FIELDS, edit)


def _set_task(phases: list[Any], edit: PlanEdit) -> None:
    tasks, place = _task(phases, edit.task)
    if not tasks[place].get("id") and tasks[place].get("id") != 0:
        tasks[place]["id"] = edit.task
    _set(tasks[place], TASK_FIELDS, edit)


def _set(entry: dict[str, Any], fields: Mapping[str, str], edit: PlanEdit) -> None:
    if edit.field not in fields:
        raise Refused("BadValue", t("There is no field {name}.", name=edit.field), field=edit.field)
    key = fields[edit.field]
    wanted = clean_part(edit.field, edit.new)
    here = entry.get(key)
    if not _alike(here, edit.old) and not _alike(here, wanted):
        sides = {edit.field: {"base": edit.old, "mine": wanted, "server": here}}
        raise Conflict(
            "FieldChanged", t("Someone else changed the same field in the meantime."), field=edit.field, fields=sides,
            server={edit.field: here}, mine={edit.field: wanted},
        )  # fmt: skip
    entry[key] = wanted


def _alike(one: Any, other: Any) -> bool:
    """Empty in any form is the same as left out, and so is a task that isn't completed."""
    empty: tuple[Any, ...] = (None, "", False)
    return one == other or (any(one is e or one == e for e in empty) and any(other is e or other == e for e in empty))


def clean_part(field: str, value: Any) -> Any:
    """Check one field of a phase or task."""
    if field == "completed":
        if not isinstance(value, bool):
            raise Refused("BadValue", t("This is either so or not."), field=field)
        return value
    if field == "weeks":
        return _weeks(value)
    if value is not None and not isinstance(value, str):
        raise Refused("BadValue", t("This must be a text."), field=field)
    return clean_text(value or "", field, _LENGTHS[field], required=field in ("name", "title"))


def _weeks(value: Any) -> int | float:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number or not 0 < value <= LONGEST_WEEKS:
        raise Refused("BadValue", t("A phase lasts from 1 to {n} weeks.", n=LONGEST_WEEKS), field="weeks")
    return int(value) if value == int(value) else float(value)


def _add_phase(phases: list[Any], edit: PlanEdit) -> None:
    if len(phases) >= MOST_PHASES:
        raise Refused("TooMany", t("A plan has at most {n} phases.", n=MOST_PHASES), field="phases")
    given = edit.new if isinstance(edit.new, Mapping) else {}
    name, weeks = clean_part("name", given.get("name")), _weeks(given.get("weeks"))
    entry = {"name": name, "durationWeeks": weeks, "tasks": []}
    phases.insert(len(phases) if edit.place is None else max(0, edit.place), entry)


def _remove_phase(phases: list[Any], edit: PlanEdit) -> None:
    place = _phase(phases, edit.phase)
    now = next((seen_phase(p) for p in read_phases(phases).phases if p.key == edit.phase), None)
    _refuse_changed(now, edit, t("Someone else changed this phase in the meantime."))
    del phases[place]


def _move_phase(phases: list[Any], edit: PlanEdit) -> None:
    phase = phases.pop(_phase(phases, edit.phase))
    phases.insert(len(phases) if edit.place is None else max(0, edit.place), phase)


def _add_task(phases: list[Any], edit: PlanEdit) -> None:
    phase = phases[_phase(phases, edit.phase)]
    if sum(len(tasks_of(one)) for one in phases) >= MOST_TASKS:
        raise Refused("TooMany", t("A plan has at most {n} tasks.", n=MOST_TASKS), field="tasks")
    key = clean_text(edit.task, "task", 100, required=True)
    if any(key in keys for keys in task_keys(phases)):
        raise Conflict("Exists", t("This task is there already."), field="task")
    given = edit.new if isinstance(edit.new, Mapping) else {}
    words = {name: clean_part(name, given.get(name)) for name in ("title", "description", "frequency")}
    if not isinstance(phase.get("tasks"), list):
        if phase.get("tasks") is not None:
            raise Refused("Unreadable", t("The tasks of this phase can't be read here."), field="tasks")
        phase["tasks"] = []
    place = len(phase["tasks"]) if edit.place is None else max(0, edit.place)
    phase["tasks"].insert(place, {"id": key, **words, "completed": False})


def _remove_task(phases: list[Any], edit: PlanEdit) -> None:
    tasks, place = _task(phases, edit.task)
    found = read_phases(phases).task(edit.task)
    _refuse_changed(found and seen_task(found), edit, t("Someone else changed this task in the meantime."))
    del tasks[place]


def _move_task(phases: list[Any], edit: PlanEdit) -> None:
    tasks, place = _task(phases, edit.task)
    goal = phases[_phase(phases, edit.phase)]
    if not isinstance(goal.get("tasks", []), list):
        raise Refused("Unreadable", t("The tasks of this phase can't be read here."), field="tasks")
    task = tasks.pop(place)
    there = goal.setdefault("tasks", [])
    there.insert(len(there) if edit.place is None else max(0, edit.place), task)


def _refuse_changed(now: Any, edit: PlanEdit, message: str) -> None:
    if now != edit.old:
        raise Conflict("ItemChanged", message, server=now, mine=None, base=edit.old)


_EDITS = {
    PlanEditKind.SET_PHASE: _set_phase,
    PlanEditKind.ADD_PHASE: _add_phase,
    PlanEditKind.REMOVE_PHASE: _remove_phase,
    PlanEditKind.MOVE_PHASE: _move_phase,
    PlanEditKind.SET_TASK: _set_task,
    PlanEditKind.ADD_TASK: _add_task,
    PlanEditKind.REMOVE_TASK: _remove_task,
    PlanEditKind.MOVE_TASK: _move_task,
}
