"""``lists …`` and ``care-plans …``: problems, medicines and allergies item by item; plans, their edits and marks."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from app.cli.living import living
from app.cli.verbs import verb
from app.commands.care_plans import ChangeCarePlan, MakeCarePlan, MarkCareTask, SaveCarePlanTemplate
from app.commands.clinical_lists import AddListItem, ChangeListItem, ConfirmList, EndListItem
from app.commands.list_replacing import ReplaceList
from app.commands.patients import FieldChange
from app.domain.care_plan_edits import PlanEdit, PlanEditKind, seen_phase, seen_task, template_phases
from app.domain.care_plans import PHASE_FIELDS, TASK_FIELDS, CarePhase, CareTask
from app.domain.clinical_lists import KEYS, ClinicalList, ListItem, ListKind, lost_entries, lost_list, read_list
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.queries.care_plans import CarePlanView, care_plan_templates, care_plans
from app.workspace.workspace import Workspace


def _found(ws: Workspace, patient: str, kind: ListKind) -> ClinicalList:
    return read_list(living(ws, patient).raw_demographics, kind)


def _lost(ws: Workspace, patient: str, kind: ListKind) -> Any:
    return lost_list(living(ws, patient).raw_demographics, kind)


def _lost_entries(ws: Workspace, patient: str, kind: ListKind) -> tuple[Any, ...]:
    return lost_entries(living(ws, patient).raw_demographics, kind)


def _item(one: ListItem, kind: ListKind) -> dict[str, Any]:
    own = {name: getattr(one, name) for name in KEYS[kind]}
    return {"id": one.id, **own, "active": one.active, "confirmed": one.confirmed, "imported": one.imported}


@verb("lists show", positional=("patient", "kind"), names={"kind": "list"})
def lists_show(ws: Workspace, patient: str, kind: ListKind) -> dict[str, Any]:
    """Show conditions, medications or allergies of a patient; says what can't be read."""
    found = _found(ws, patient, kind)
    items = [_item(one, kind) for one in found.items]
    state: dict[str, Any] = {"asked": found.asked, "noneKnown": found.none_known, "unreadable": found.unreadable}
    if (lost := _lost(ws, patient, kind)) is not None:
        state["raw"] = lost
    if entries := _lost_entries(ws, patient, kind):
        state["lost"] = list(entries)
    return {"items": items, "more": False, **state}


@verb("lists add", positional=("patient", "kind"), names={"kind": "list"})
def lists_add(
    ws: Workspace, patient: str, kind: ListKind, name: str, code: str = "", since: str = "", dose: str = "",
    reaction: str = "", severity: str = "", status: str = "", note: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Add one item; --since is a year, a month or a day."""
    given = {"name": name, "code": code, "since": since, "dose": dose, "reaction": reaction, "severity": severity,
             "status": status, "note": note}  # fmt: skip
    fields = {key: text for key, text in given.items() if text}
    _only_known(fields, kind)
    command = AddListItem(patient_id=patient, list=kind, fields=fields)
    ws.execute(command)
    return {"id": command.item_id}


@verb("lists change", positional=("patient", "kind", "item"), names={"kind": "list"})
def lists_change(ws: Workspace, patient: str, kind: ListKind, item: str, field: str, to: str) -> dict[str, Any]:
    """Set one field of an item (--field dose --to "20 mg")."""
    _only_known({field: to}, kind)
    one = _found(ws, patient, kind).item(item)
    if one is None:
        raise Refused("Gone", t("This entry is no longer there."), field="item")
    changes = (FieldChange(field, getattr(one, field), to),)
    ws.execute(ChangeListItem(patient_id=patient, list=kind, item_id=item, changes=changes))
    return {"id": item}


@verb("lists end", positional=("patient", "kind", "item"), names={"kind": "list"})
def lists_end(
    ws: Workspace, patient: str, kind: ListKind, item: str, until: str = "", status: str = ""
) -> dict[str, Any]:
    """Say that an item is over, today unless --until says when; --status entered-in-error takes it back."""
    day = until or ws.reader().today.isoformat()
    ws.execute(EndListItem(patient_id=patient, list=kind, item_id=item, until=day, status=status))
    return {"id": item}


@verb("lists confirm", positional=("patient", "kind"), names={"kind": "list"})
def lists_confirm(ws: Workspace, patient: str, kind: ListKind, none_known: bool = False) -> dict[str, Any]:
    """Confirm a list as it stands, or with --none-known that there is nothing to put on it."""
    seen = tuple(one.id for one in _found(ws, patient, kind).active)
    ws.execute(ConfirmList(patient_id=patient, list=kind, seen=seen, none_known=none_known))
    return {"confirmed": len(seen)}


@verb("lists replace", positional=("patient", "kind"), names={"kind": "list"})
def lists_replace(ws: Workspace, patient: str, kind: ListKind, seen: str) -> dict[str, Any]:
    """Take away what can't be read: a list, or an entry; --seen is that, as `lists show` says it ("raw", "lost")."""
    for one in _lost_entries(ws, patient, kind):
        if seen in (one, json.dumps(one, ensure_ascii=False)):
            ws.execute(ReplaceList(patient_id=patient, list=kind, seen=one, entry=True))
            return {"replaced": one}
    lost = _lost(ws, patient, kind)
    if seen not in (lost, json.dumps(lost, ensure_ascii=False)):
        raise Refused("BadArgument", t("This list has changed since you saw it. Look at it again."), field="seen")
    ws.execute(ReplaceList(patient_id=patient, list=kind, seen=lost))
    return {"replaced": lost}


def _only_known(fields: dict[str, str], kind: ListKind) -> None:
    for name in fields:
        if name not in KEYS[kind]:
            raise Refused("BadArgument", t("There is no field {name}.", name=name), field=name)


def _plan(one: CarePlanView) -> dict[str, Any]:
    phases = [
        {
            "key": phase.key, "name": phase.name, "weeks": phase.weeks, "start": dates.start.isoformat(),
            "end": dates.end.isoformat() if dates.end else None, "unreadable": phase.unreadable,
            "tasks": [
                {"key": task.key, "title": task.title, "frequency": task.frequency, "completed": task.completed,
                 "rule": task.rule,
                 "done": one.followed[task.key].done if task.key in one.followed else None,
                 "due": one.followed[task.key].due if task.key in one.followed else None}
                for task in phase.tasks
            ],
        }
        for phase, dates in zip(one.shape.phases, one.dates, strict=True)
    ]  # fmt: skip
    return {"id": one.id, "start": one.start.isoformat(), "percent": one.total.percent, "phases": phases,
            "unreadable": one.shape.unreadable}  # fmt: skip


@verb("care-plans list")
def plans_list(ws: Workspace, patient: str) -> dict[str, Any]:
    """List a patient's care plans, the newest first, with how each task was followed in the last 28 days."""
    living(ws, patient)
    return {"items": [_plan(one) for one in ws.ask(care_plans, patient_id=patient)], "more": False}


@verb("care-plans templates")
def plans_templates(ws: Workspace) -> dict[str, Any]:
    """List the templates to begin a plan from."""
    found = ws.ask(care_plan_templates)
    items = [{"id": one.id, "name": one.name, "phases": len(one.shape.phases)} for one in found]
    return {"items": items, "more": False}


@verb("care-plans make")
def plans_make(ws: Workspace, patient: str, template: str | None = None) -> dict[str, Any]:
    """Begin a plan today, from a template or empty."""
    command = MakeCarePlan(patient_id=patient, template_id=template)
    ws.execute(command)
    return {"id": command.plan_id}


@verb("care-plans add-phase", positional=("plan",))
def plans_add_phase(ws: Workspace, plan: str, name: str, weeks: float) -> dict[str, Any]:
    """Add a phase at a plan's end."""
    ws.execute(ChangeCarePlan(plan_id=plan, edits=(
        PlanEdit(kind=PlanEditKind.ADD_PHASE, new={"name": name, "weeks": weeks}),)))  # fmt: skip
    return {"id": plan}


@verb("care-plans add-task", positional=("plan", "phase"))
def plans_add_task(ws: Workspace, plan: str, phase: str, title: str, frequency: str = "") -> dict[str, Any]:
    """Add a task to a phase (by its key in ``list``)."""
    key = new_uuid()
    new = {"title": title, "frequency": frequency}
    ws.execute(ChangeCarePlan(plan_id=plan, edits=(
        PlanEdit(kind=PlanEditKind.ADD_TASK, phase=phase, task=key, new=new),)))  # fmt: skip
    return {"id": plan, "task": key}


def _shown_plan(ws: Workspace, patient: str, plan: str) -> CarePlanView:
    found = next((one for one in ws.ask(care_plans, patient_id=patient) if one.id == plan), None)
    if found is None:
        raise Refused("Gone", t("This care plan is no longer there."), field="plan")
    return found


def _target(view: CarePlanView, phase: str, task: str) -> CarePhase | CareTask:
    """The task that is named, else the phase; by their keys in ``list``."""
    found = view.shape.task(task) if task else next((one for one in view.shape.phases if one.key == phase), None)
    if found is None:
        gone = t("This task is no longer there.") if task else t("This phase is no longer there.")
        raise Refused("Gone", gone, field="task" if task else "phase")
    return found


def _new(field: str, to: str) -> Any:
    if field == "completed":
        if to not in ("yes", "no"):
            raise Refused("BadValue", t("Choose from {choices}.", choices="yes, no"), field="to")
        return to == "yes"
    if field != "weeks":
        return to
    try:
        return float(to)
    except ValueError:
        raise Refused("BadValue", t("This is not a number."), field="to") from None


@verb("care-plans change", positional=("plan",))
def plans_change(
    ws: Workspace, plan: str, patient: str, field: str, to: str, phase: str = "", task: str = ""
) -> dict[str, Any]:
    """Change a phase (--field name, weeks) or a task (title, description, frequency, completed: yes or no)."""
    found = _target(_shown_plan(ws, patient, plan), phase, task)
    kind = PlanEditKind.SET_TASK if isinstance(found, CareTask) else PlanEditKind.SET_PHASE
    known = tuple(TASK_FIELDS if isinstance(found, CareTask) else PHASE_FIELDS)
    if field not in known:
        raise Refused("BadArgument", t("Choose from {choices}.", choices=", ".join(known)), field="field")
    edit = PlanEdit(kind=kind, phase=phase, task=task, field=field, old=getattr(found, field), new=_new(field, to))
    ws.execute(ChangeCarePlan(plan_id=plan, edits=(edit,)))
    return {"id": plan}


@verb("care-plans remove", positional=("plan",))
def plans_remove(ws: Workspace, plan: str, patient: str, phase: str = "", task: str = "") -> dict[str, Any]:
    """Take a task away, or a phase with its tasks."""
    found = _target(_shown_plan(ws, patient, plan), phase, task)
    if isinstance(found, CareTask):
        edit = PlanEdit(kind=PlanEditKind.REMOVE_TASK, task=task, old=seen_task(found))
    else:
        edit = PlanEdit(kind=PlanEditKind.REMOVE_PHASE, phase=phase, old=seen_phase(found))
    ws.execute(ChangeCarePlan(plan_id=plan, edits=(edit,)))
    return {"id": plan}


@verb("care-plans keep", positional=("plan", "name"))
def plans_keep(ws: Workspace, plan: str, name: str, patient: str) -> dict[str, Any]:
    """Keep a plan as a template for others."""
    command = SaveCarePlanTemplate(name=name, phases=template_phases(_shown_plan(ws, patient, plan).shape))
    ws.execute(command)
    return {"id": command.template_id}


@verb("care-plans mark", positional=("plan", "task"))
def plans_mark(ws: Workspace, plan: str, task: str, day: date | None = None, undone: bool = False) -> dict[str, Any]:
    """Say that a task was done on a day (today), or with --undone that it wasn't."""
    at = day or ws.reader().today
    ws.execute(MarkCareTask(plan_id=plan, task=task, day=at, done=not undone))
    return {"id": plan, "task": task, "day": at.isoformat(), "done": not undone}
