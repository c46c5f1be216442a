"""Lists of problems, medicines and allergies, care plans and their templates: scenarios and questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from app.commands.care_plans import (
    ChangeCarePlan,
    DropCarePlan,
    MakeCarePlan,
    MarkCareTask,
    RestoreCarePlan,
    SaveCarePlanTemplate,
)
from app.commands.clinical_lists import (
    AddListItem,
    ChangeListItem,
    ConfirmList,
    EndListItem,
    RestoreList,
    RestoreListItem,
)
from app.commands.core import Command, Outcome
from app.commands.list_replacing import ReplaceList
from app.commands.patients import FieldChange
from app.db.models import CarePlan, Patient
from app.domain.care_plan_edits import PlanEdit, PlanEditKind
from app.domain.clinical_lists import ListKind
from app.kernel.errors import AppError
from app.queries.care_plans import care_plan_templates, care_plans
from app.queries.chart_record import chart_record
from app.queries.devices import devices
from app.queries.entry_suggestions import used_entries
from app.queries.weekly import weekly_summaries
from tests.support.desk import DAY, NOW, PATIENTS
from tests.support.twins import Twins

LIS = "pat-lis"


def _undo(twins: Twins, outcome: Outcome) -> Outcome:
    assert outcome.undo is not None
    twins.pass_time(timedelta(seconds=20))
    return twins.okafor.run(outcome.undo)


def lists(twins: Twins) -> None:
    theirs = {"conditions": ["Hay fever", {"display": "Asthma", "x": [1]}, 17], "other": {"a": None}}
    twins.write(update(Patient).where(Patient.id == LIS).values(demographics=theirs))
    problems, allergies = ListKind.CONDITIONS, ListKind.ALLERGIES
    added = twins.okafor.run(AddListItem(patient_id=LIS, list=problems, fields={"name": "Gout"}, item_id="gout"))
    changes = (FieldChange("severity", "", "mild"), FieldChange("since", "", "2024-05"))
    changed = twins.okafor.run(ChangeListItem(patient_id=LIS, list=problems, item_id="gout", changes=changes))
    _undo(twins, _undo(twins, changed))
    _undo(twins, twins.okafor.run(EndListItem(patient_id=LIS, list=problems, item_id="gout", until="2026")))
    with suppress(AppError):  # it changed since
        _undo(twins, added)
    none = twins.desk.run(ConfirmList(patient_id=LIS, list=allergies, none_known=True))
    _undo(twins, none)
    twins.desk.run(ConfirmList(patient_id=LIS, list=allergies, none_known=True))
    nickel = AddListItem(patient_id=LIS, list=allergies, fields={"name": "Nickel"}, item_id="nickel")
    _undo(twins, twins.desk.run(nickel))
    twins.desk.run(nickel)
    twins.desk.run(EndListItem(patient_id=LIS, list=allergies, item_id="nickel", status="entered-in-error"))
    twins.desk.run(ConfirmList(patient_id=LIS, list=allergies, none_known=True))
    twins.desk.run(AddListItem(patient_id=LIS, list=allergies, fields={"name": "Latex"}, item_id="latex"))
    _undo(twins, twins.desk.run(ConfirmList(patient_id=LIS, list=allergies, seen=("latex",))))
    with suppress(AppError):  # it can be read
        twins.okafor.run(ReplaceList(patient_id=LIS, list=allergies, seen="none"))
    twins.write(update(Patient).where(Patient.id == LIS).values(demographics={"allergies": "none", "ring": 1}))
    # Its undo gives back what nobody can read, as it stood: tests/database/clinical/test_lists.py has that.
    twins.okafor.run(ReplaceList(patient_id=LIS, list=allergies, seen="none"))
    with suppress(AppError):  # not the desk's
        twins.desk.run(AddListItem(patient_id=LIS, list=problems, fields={"name": "Gout"}))


def plans(twins: Twins) -> None:
    phase = {"name": "Start", "durationWeeks": 4, "tasks": [{"id": "a", "title": "Walk", "frequency": "daily"}]}
    twins.admin.run(SaveCarePlanTemplate(name="Pressure", phases=[phase], template_id="tpl"))
    _undo(twins, twins.okafor.run(SaveCarePlanTemplate(name="Other", phases=[], active=False, template_id="tpl")))
    twins.okafor.run(MakeCarePlan(patient_id=LIS, template_id="tpl", plan_id="plan"))
    edits = (
        PlanEdit(kind=PlanEditKind.ADD_PHASE, new={"name": "Go on", "weeks": 6}),
        PlanEdit(kind=PlanEditKind.ADD_TASK, phase="Go on", task="t1", new={"title": "Call", "frequency": "weekly"}),
    )
    _undo(twins, _undo(twins, twins.okafor.run(ChangeCarePlan(plan_id="plan", edits=edits))))
    _undo(twins, twins.okafor.run(MarkCareTask(plan_id="plan", task="t1", day=DAY)))
    twins.okafor.run(MarkCareTask(plan_id="plan", task="t1", day=DAY))
    forward = PlanEdit(kind=PlanEditKind.MOVE_PHASE, phase="Go on", place=0)
    back = PlanEdit(kind=PlanEditKind.MOVE_PHASE, phase="Go on")
    _undo(twins, _undo(twins, twins.okafor.run(ChangeCarePlan(plan_id="plan", edits=(forward,)))))
    twins.okafor.run(ChangeCarePlan(plan_id="plan", edits=(back, forward)))
    with suppress(AppError):  # there is none of this name
        twins.okafor.run(ChangeCarePlan(plan_id="plan", edits=(back, replace(forward, phase="Gone"))))
    for template in (None, "tpl"):
        _undo(twins, twins.okafor.run(MakeCarePlan(patient_id=LIS, template_id=template, plan_id=f"begun {template}")))
    with suppress(AppError):  # something stands in it
        twins.okafor.run(DropCarePlan(plan_id="plan", expected=[]))
    old = {"patient_id": "pat-roux", "phases": {"a": 1}, "created_at": NOW, "updated_at": NOW}
    twins.write(insert(CarePlan).values(id="strange", **old))
    with suppress(AppError):
        twins.okafor.run(ChangeCarePlan(plan_id="strange", edits=edits))


CARE_SCENARIOS: dict[Callable[[Twins], None], frozenset[type[Command]]] = {
    lists: frozenset(
        {AddListItem, ChangeListItem, EndListItem, ConfirmList, ReplaceList, RestoreListItem, RestoreList}
    ),
    plans: frozenset({MakeCarePlan, DropCarePlan, ChangeCarePlan, RestoreCarePlan, MarkCareTask, SaveCarePlanTemplate}),
}


def care_questions() -> Iterator[tuple[Callable[..., Any], dict[str, Any]]]:
    """Of each patient, and the templates."""
    yield care_plan_templates, {"inactive": True}
    for kind in ListKind:
        yield used_entries, {"kind": kind}
    for key, *_ in PATIENTS:
        for question in (care_plans, devices, weekly_summaries, chart_record):
            yield question, {"patient_id": f"pat-{key}"}
