"""What the person did on the sheet, as edits of the plan."""

from __future__ import annotations

from app.domain.care_plan_edits import PlanEdit, PlanEditKind, seen_phase, seen_task
from app.domain.care_plans import phase_keys, task_keys
from app.domain.typed_number import typed_number
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.queries.care_plans import CarePlanView
from app.ui.areas.chart.care_plan.rows import RowKind, SheetRow

NEW_PHASE_WEEKS = 4
"""How long a phase is until somebody says otherwise."""


def typed_edit(row: SheetRow, cell: str, text: str) -> PlanEdit | None:
    """Return the edit for a text that was typed into a cell; None where nothing changes.

    Raises ``Refused`` for weeks that are no number.
    """
    text = text.strip()
    if row.kind is RowKind.NEW_PHASE:
        new = {"name": text, "weeks": NEW_PHASE_WEEKS}
        return PlanEdit(kind=PlanEditKind.ADD_PHASE, new=new) if text else None
    if row.kind is RowKind.NEW_TASK:
        made = PlanEdit(kind=PlanEditKind.ADD_TASK, phase=row.phase, task=new_uuid(), new={"title": text})
        return made if text else None
    if text == row.text(cell):
        return None
    if row.kind is RowKind.PHASE:
        old: object = row.weeks if cell == "weeks" else row.name
        new_value: object = _weeks(text) if cell == "weeks" else text
        return PlanEdit(kind=PlanEditKind.SET_PHASE, phase=row.phase, field=cell, old=old, new=new_value)
    return PlanEdit(kind=PlanEditKind.SET_TASK, task=row.key, field=cell, old=row.text(cell), new=text)


def _weeks(text: str) -> float:
    weeks = typed_number(text)
    if weeks is None:
        raise Refused("BadValue", t("Type a number of weeks."), field="weeks")
    return weeks


def completed_edit(row: SheetRow) -> PlanEdit:
    """Return the edit that says that a task is completed, or isn't."""
    return PlanEdit(kind=PlanEditKind.SET_TASK, task=row.key, field="completed", old=row.completed,
                    new=not row.completed)  # fmt: skip


def removal(view: CarePlanView, row: SheetRow) -> PlanEdit | None:
    """Return the edit that takes a phase or a task away; None on lines that are neither."""
    if row.kind is RowKind.TASK:
        task = view.shape.task(row.key)
        return PlanEdit(kind=PlanEditKind.REMOVE_TASK, task=row.key, old=seen_task(task)) if task else None
    if row.kind is RowKind.PHASE:
        phase = next((one for one in view.shape.phases if one.key == row.phase), None)
        return PlanEdit(kind=PlanEditKind.REMOVE_PHASE, phase=row.phase, old=seen_phase(phase)) if phase else None
    return None


def move(view: CarePlanView, row: SheetRow, step: int) -> PlanEdit | None:
    """Return the edit that moves a phase or task up (-1) or down (1); None where it can't go on.

    A task goes on into the next phase. Places count what can't be read, too: that stays where it is.
    """
    names = [phase.key for phase in view.shape.phases]
    if row.kind is RowKind.PHASE:
        goal = names.index(row.phase) + step
        if not 0 <= goal < len(names):
            return None
        return PlanEdit(kind=PlanEditKind.MOVE_PHASE, phase=row.phase, place=phase_keys(view.raw).index(names[goal]))
    if row.kind is not RowKind.TASK:
        return None
    at = names.index(row.phase)
    tasks = [task.key for task in view.shape.phases[at].tasks]
    goal = tasks.index(row.key) + step
    if 0 <= goal < len(tasks):
        keys = task_keys(view.raw)[phase_keys(view.raw).index(row.phase)]
        return PlanEdit(kind=PlanEditKind.MOVE_TASK, phase=row.phase, task=row.key, place=keys.index(tasks[goal]))
    if not 0 <= at + step < len(names):
        return None
    return PlanEdit(kind=PlanEditKind.MOVE_TASK, phase=names[at + step], task=row.key, place=None if step < 0 else 0)
