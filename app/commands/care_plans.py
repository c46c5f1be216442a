"""Care plans: begun from a template or empty, edited thing by thing, tasks marked day by day; templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.living import merged_meanwhile
from app.db.models import CarePlan, CarePlanTemplate, CareTaskMark, Patient, PatientDetail
from app.domain.care_plan_edits import PlanEdit, clean_phases, edited
from app.domain.care_plans import read_phases, tasks_of
from app.domain.permissions import Permission
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeCarePlan(Command):
    """Begin a plan for a patient; it starts on the day of the command. With a template its phases are copied."""

    patient_id: str
    template_id: str | None = None
    plan_id: str = field(default_factory=new_uuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCarePlan(Command):
    """Edit phases and tasks, in order; all or nothing."""

    plan_id: str
    edits: tuple[PlanEdit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreCarePlan(Command):
    """Put the phases back that an edit replaced, while they still are what the edit made of them."""

    plan_id: str
    expected: Any
    before: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class DropCarePlan(Command):
    """Take a plan away that was only just begun, while it still is what it was begun as and nothing of it is marked."""

    plan_id: str
    expected: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkCareTask(Command):
    """Say that a task of a plan was done (or not) on a day of the clinic's calendar."""

    plan_id: str
    task: str
    day: date
    done: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveCarePlanTemplate(Command):
    """Make or change a template; ``phases`` in the shape of ``care_plans.phases``. Not ``active``: offered no more."""

    name: str
    phases: Any
    active: bool = True
    template_id: str = field(default_factory=new_uuid)


@handles(MakeCarePlan, permission=Permission.CARE_PLANS)
def make_plan(cmd: MakeCarePlan, ctx: Context) -> Outcome:
    """Insert the plan; a template's tasks get ids of their own and begin undone."""
    merged = select(PatientDetail.merged_into).where(PatientDetail.patient_id == cmd.patient_id).scalar_subquery()
    person = ctx.first(select(Patient.id, merged.label("into")).where(Patient.id == cmd.patient_id))
    if person is None:
        raise Conflict("Gone", t("This patient is no longer there."), field="patientId")
    if person.into is not None:
        raise merged_meanwhile(person.into)
    phases: list[Any] = []
    if cmd.template_id is not None:
        row = ctx.first(select(CarePlanTemplate.phases).where(CarePlanTemplate.id == cmd.template_id))
        if row is None:
            raise Conflict("Gone", t("This template is no longer there."), field="template_id")
        phases = _copied(row.phases, ctx)
    ctx.emit(
        insert(CarePlan).values(
            id=cmd.plan_id, patient_id=cmd.patient_id, phases=phases, created_at=ctx.occurred_at,
            updated_at=ctx.occurred_at,
        )
    )  # fmt: skip
    return Outcome(
        result={"planId": cmd.plan_id},
        changes=(Change("care_plans", cmd.plan_id),),
        undo=DropCarePlan(plan_id=cmd.plan_id, expected=phases),
        undo_label=t("the new care plan"),
    )


@handles(DropCarePlan, permission=Permission.CARE_PLANS)
def drop_plan(cmd: DropCarePlan, ctx: Context) -> Outcome:
    """Undo a beginning; refused when somebody wrote in the plan since. The database lets only an empty one go."""
    row = _plan(ctx, cmd.plan_id)
    marked = ctx.first(select(CareTaskMark.plan_id).where(CareTaskMark.plan_id == cmd.plan_id).limit(1))
    if row.phases != cmd.expected or marked is not None:
        raise Conflict("Changed", t("Somebody changed this care plan since."))
    if row.phases != []:
        stamp = ctx.stamp(row.updated_at)
        ctx.emit(update(CarePlan).where(CarePlan.id == cmd.plan_id).values(phases=[], updated_at=stamp))
    gone = delete(CarePlan).where(CarePlan.id == cmd.plan_id)
    ctx.emit(select(func.desktop.drop_care_plan(cmd.plan_id)) if ctx.online else gone)
    return Outcome(result={"planId": cmd.plan_id}, changes=(Change("care_plans", cmd.plan_id),))


def _copied(phases: Any, ctx: Context) -> list[Any]:
    found = clean_phases(phases)
    for phase in found:
        for task in tasks_of(phase):
            task["id"] = ctx.ids.uuid()
    return found


@handles(ChangeCarePlan, permission=Permission.CARE_PLANS)
def change_plan(cmd: ChangeCarePlan, ctx: Context) -> Outcome:
    """Apply the edits one after the other to what stands there now."""
    row = _plan(ctx, cmd.plan_id)
    phases: Any = row.phases
    for edit in cmd.edits:
        phases = edited(phases, edit)
    return _write(ctx, cmd.plan_id, row, phases)


@handles(RestoreCarePlan, permission=Permission.CARE_PLANS)
def restore_plan(cmd: RestoreCarePlan, ctx: Context) -> Outcome:
    """Undo an edit; refused when somebody changed the plan since."""
    row = _plan(ctx, cmd.plan_id)
    if row.phases != cmd.expected:
        raise Conflict("Changed", t("Somebody changed this care plan since."))
    return _write(ctx, cmd.plan_id, row, cmd.before)


@handles(MarkCareTask, permission=Permission.CARE_PLANS)
def mark_task(cmd: MarkCareTask, ctx: Context) -> Outcome:
    """Keep one mark for each task and day."""
    row = _plan(ctx, cmd.plan_id)
    found = read_phases(row.phases).task(cmd.task)
    if found is None:
        raise Conflict("Gone", t("This task is no longer there."), field="task")
    if cmd.day > (ctx.occurred_at + timedelta(hours=14)).date():
        raise Refused("BadValue", t("This lies in the future."), field="day")
    here = (CareTaskMark.plan_id == cmd.plan_id, CareTaskMark.plan_task == cmd.task, CareTaskMark.day == cmd.day)
    mark = ctx.first(ctx.lock(select(CareTaskMark.id, CareTaskMark.done, CareTaskMark.updated_at).where(*here)))
    before = mark is not None and mark.done
    if before == cmd.done:
        return Outcome(result={"planId": cmd.plan_id, "task": cmd.task})
    mark_id = ctx.ids.uuid() if mark is None else mark.id
    if mark is None:
        ctx.emit(
            insert(CareTaskMark).values(
                id=mark_id, clinic_id=ctx.actor.clinic_id, patient_id=row.patient_id, plan_id=cmd.plan_id,
                plan_task=cmd.task, day=cmd.day, done=cmd.done, by_user=ctx.actor.user_id, updated_at=ctx.occurred_at,
            )
        )  # fmt: skip
    else:
        values = {"done": cmd.done, "by_user": ctx.actor.user_id, "updated_at": ctx.stamp(mark.updated_at)}
        ctx.emit(update(CareTaskMark).where(CareTaskMark.id == mark.id).values(**values))
    return Outcome(
        result={"planId": cmd.plan_id, "task": cmd.task},
        changes=(Change("care_task_mark", mark_id), Change("care_plans", cmd.plan_id)),
        undo=MarkCareTask(plan_id=cmd.plan_id, task=cmd.task, day=cmd.day, done=before),
        undo_label=t("the mark of {title}", title=found.title),
    )


@handles(SaveCarePlanTemplate, permission=Permission.CARE_TEMPLATES)
def save_template(cmd: SaveCarePlanTemplate, ctx: Context) -> Outcome:
    """Insert or update; plans that were made from it stay as they are."""
    name = clean_text(cmd.name, "name", 200, required=True)
    phases = clean_phases(cmd.phases)
    template = CarePlanTemplate
    columns = select(template.name, template.phases, template.active, template.updated_at)
    row = ctx.first(ctx.lock(columns.where(template.id == cmd.template_id)))
    values: Mapping[str, Any] = {"name": name, "phases": phases, "active": cmd.active}
    if row is None:
        own = {"id": cmd.template_id, "clinic_id": ctx.actor.clinic_id, "updated_at": ctx.occurred_at}
        ctx.emit(insert(template).values(**own, **values))
        back = SaveCarePlanTemplate(name=name, phases=phases, active=False, template_id=cmd.template_id)
    else:
        stamp = ctx.stamp(row.updated_at)
        ctx.emit(update(template).where(template.id == cmd.template_id).values(**values, updated_at=stamp))
        back = SaveCarePlanTemplate(
            name=row.name, phases=row.phases, active=row.active, template_id=cmd.template_id
        )  # fmt: skip
    return Outcome(
        result={"templateId": cmd.template_id},
        changes=(Change("care_plan_template", cmd.template_id),),
        undo=back,
        undo_label=t("the template {name}", name=name),
    )


def _plan(ctx: Context, plan_id: str) -> Any:
    """Lock and return the plan."""
    columns = select(CarePlan.patient_id, CarePlan.phases, CarePlan.updated_at)
    row = ctx.first(ctx.lock(columns.where(CarePlan.id == plan_id)))
    if row is None:
        raise Conflict("Gone", t("This care plan is no longer there."), field="planId")
    return row


def _write(ctx: Context, plan_id: str, row: Any, phases: Any) -> Outcome:
    if phases == row.phases:
        return Outcome(result={"planId": plan_id})
    stamp = ctx.stamp(row.updated_at)
    ctx.emit(update(CarePlan).where(CarePlan.id == plan_id).values(phases=phases, updated_at=stamp))
    return Outcome(
        result={"planId": plan_id},
        changes=(Change("care_plans", plan_id),),
        undo=RestoreCarePlan(plan_id=plan_id, expected=phases, before=row.phases),
        undo_label=t("the change of the care plan"),
    )
