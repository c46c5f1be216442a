"""Care plans: begun, edited by item beside others' edits, marked by day; what others wrote stays as it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from app.commands.another_way import over_theirs
from app.commands.care_plans import ChangeCarePlan, DropCarePlan, MakeCarePlan, MarkCareTask, SaveCarePlanTemplate
from app.db.models import CarePlan, CareTaskMark
from app.domain.care_plan_edits import PlanEdit, PlanEditKind, edited, seen_phase, seen_task
from app.domain.care_plans import CarePlanShape, read_phases
from app.kernel.errors import Conflict, Refused
from app.queries.care_plans import care_plan_templates, care_plans
from tests.support.desk import DAY, NOW, Desk

LIS = "pat-lis"
K = PlanEditKind
THEIRS: list[Any] = [
    {"name": "Start", "durationWeeks": 4, "goal": {"bp": "<130/80"}, "tasks": [
        {"id": "t1", "title": "Measure pressure", "description": "", "frequency": "daily", "completed": False, "x": 1},
        {"title": "Walk", "frequency": "5 times a week"},
        "strange",
    ]},
    "strange",
    {"name": "Go on", "durationWeeks": "many", "tasks": [{"id": 7, "title": "Call", "completed": True}]},
]  # fmt: skip


def phases(desk: Desk, plan: str = "plan") -> Any:
    return desk.rows(select(CarePlan.phases).where(CarePlan.id == plan))[0].phases


def shape(desk: Desk) -> CarePlanShape:
    return read_phases(phases(desk))


def change(*edits: PlanEdit) -> ChangeCarePlan:
    return ChangeCarePlan(plan_id="plan", edits=edits)


def set_task(task: str, field: str, old: Any, new: Any) -> PlanEdit:
    return PlanEdit(kind=K.SET_TASK, task=task, field=field, old=old, new=new)


@pytest.fixture
def theirs(desk: Desk) -> Desk:
    stamps = {"created_at": NOW - timedelta(days=40), "updated_at": NOW - timedelta(days=40)}
    desk.write(insert(CarePlan).values(id="plan", patient_id=LIS, phases=THEIRS, **stamps))
    return desk


def test_a_plan_is_written_in_the_shape_that_the_backend_reads(desk: Desk) -> None:
    desk.okafor.run(MakeCarePlan(patient_id=LIS, plan_id="plan"))
    desk.okafor.run(
        change(
            PlanEdit(kind=K.ADD_PHASE, new={"name": "Start", "weeks": 4}),
            PlanEdit(kind=K.ADD_TASK, phase="Start", task="t1", new={"title": "Walk", "frequency": "daily"}),
        )
    )
    assert phases(desk) == [
        {"name": "Start", "durationWeeks": 4, "tasks": [
            {"id": "t1", "title": "Walk", "description": "", "frequency": "daily", "completed": False}]}
    ]  # fmt: skip


@pytest.mark.parametrize("template", [None, "tpl"])
def test_a_plan_that_was_just_begun_goes_again(desk: Desk, template: str | None) -> None:
    phase = {"name": "Start", "durationWeeks": 4, "tasks": [{"id": "a", "title": "Walk", "frequency": "daily"}]}
    desk.admin.run(SaveCarePlanTemplate(name="Pressure", phases=[phase], template_id="tpl"))
    begun = desk.okafor.run(MakeCarePlan(patient_id=LIS, template_id=template, plan_id="plan"))
    assert begun.undo is not None
    desk.okafor.run(begun.undo)
    assert desk.rows(select(CarePlan.id)) == []


def test_a_plan_that_somebody_wrote_in_or_marked_stays(desk: Desk) -> None:
    begun = desk.okafor.run(MakeCarePlan(patient_id=LIS, plan_id="plan"))
    add = (
        PlanEdit(kind=K.ADD_PHASE, new={"name": "Start", "weeks": 4}),
        PlanEdit(kind=K.ADD_TASK, phase="Start", task="t1", new={"title": "Walk", "frequency": "daily"}),
    )
    desk.okafor.run(change(*add))
    assert begun.undo is not None
    with pytest.raises(Conflict) as no:
        desk.okafor.run(begun.undo)
    assert no.value.code == "Changed"
    desk.okafor.run(MarkCareTask(plan_id="plan", task="t1", day=NOW.date()))
    with pytest.raises(Conflict):
        desk.okafor.run(DropCarePlan(plan_id="plan", expected=phases(desk)))
    with pytest.raises(Refused):
        desk.desk.run(DropCarePlan(plan_id="plan", expected=[]))


def test_an_edit_touches_its_field_only_and_goes_back(theirs: Desk) -> None:
    walk = shape(theirs).tasks[1].key
    done = theirs.okafor.run(
        change(
            set_task("t1", "title", "Measure pressure", "Measure blood pressure"),
            set_task(walk, "completed", False, True),
            PlanEdit(kind=K.SET_PHASE, phase="Go on", field="weeks", old="many", new=6),
        )
    )
    first, strange, last = phases(theirs)
    assert first["tasks"][0] == THEIRS[0]["tasks"][0] | {"title": "Measure blood pressure"}
    assert first["tasks"][1] == {"id": walk, "title": "Walk", "frequency": "5 times a week", "completed": True}
    assert (first["goal"], first["tasks"][2], strange) == (THEIRS[0]["goal"], "strange", "strange")
    assert last == THEIRS[2] | {"durationWeeks": 6}
    assert done.undo is not None
    theirs.okafor.run(done.undo)
    assert phases(theirs) == THEIRS


def test_two_people_edit_different_tasks_and_the_same_field(theirs: Desk) -> None:
    theirs.chen.run(change(set_task("t1", "title", "Measure pressure", "BP at home")))
    theirs.okafor.run(change(set_task("7", "title", "Call", "Call the desk")))
    mine = change(set_task("t1", "title", "Measure pressure", "Pressure"))
    with pytest.raises(Conflict) as problem:
        theirs.okafor.run(mine)
    sides = {"base": "Measure pressure", "mine": "Pressure", "server": "BP at home"}
    assert problem.value.data["fields"] == {"title": sides}
    assert [task.title for task in shape(theirs).tasks] == ["BP at home", "Walk", "Call the desk"]
    again = over_theirs(mine, problem.value.data)
    assert again is not None
    theirs.okafor.run(again)
    assert [task.title for task in shape(theirs).tasks] == ["Pressure", "Walk", "Call the desk"], "knowingly"
    both = change(*mine.edits, set_task("7", "title", "Call", "Ring"))
    assert over_theirs(both, problem.value.data) is None, "which of the two clashed isn't said"


def test_removing_what_changed_meanwhile_conflicts(theirs: Desk) -> None:
    seen = shape(theirs)
    theirs.chen.run(change(set_task("t1", "completed", False, True)))
    for edit in (
        PlanEdit(kind=K.REMOVE_TASK, task="t1", old=seen_task(seen.tasks[0])),
        PlanEdit(kind=K.REMOVE_PHASE, phase="Start", old=seen_phase(seen.phases[0])),
    ):
        with pytest.raises(Conflict, match="in the meantime"):
            theirs.okafor.run(change(edit))
    now = shape(theirs)
    theirs.okafor.run(change(PlanEdit(kind=K.REMOVE_TASK, task="t1", old=seen_task(now.tasks[0]))))
    theirs.okafor.run(change(PlanEdit(kind=K.MOVE_TASK, task="7", phase="Start", place=0)))
    assert [task.title for task in shape(theirs).phases[0].tasks] == ["Call", "Walk"]


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (PlanEdit(kind=K.ADD_PHASE, new={"name": "", "weeks": 4}), "name"),
        (PlanEdit(kind=K.ADD_PHASE, new={"name": "x", "weeks": 0}), "weeks"),
        (PlanEdit(kind=K.ADD_PHASE, new={"name": "x", "weeks": True}), "weeks"),
        (PlanEdit(kind=K.ADD_TASK, phase="Start", task="n", new={"title": " "}), "title"),
        (PlanEdit(kind=K.ADD_TASK, phase="Start", task="n", new={"title": "x" * 301}), "title"),
        (set_task("t1", "completed", False, "yes"), "completed"),
        (set_task("t1", "id", "t1", "t2"), "id"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(theirs: Desk, edit: PlanEdit, named: str) -> None:
    with pytest.raises(Refused) as problem:
        theirs.okafor.run(change(edit))
    assert problem.value.field == named
    assert phases(theirs) == THEIRS


def test_only_providers_write_plans(theirs: Desk) -> None:
    for who in (theirs.desk, theirs.admin):
        with pytest.raises(Refused) as problem:
            who.run(change(set_task("t1", "completed", False, True)))
        assert problem.value.code == "NotAllowed"


def test_an_unreadable_plan_is_shown_as_such_and_left_alone(desk: Desk) -> None:
    desk.write(insert(CarePlan).values(id="plan", patient_id=LIS, phases={"a": 1}, created_at=NOW, updated_at=NOW))
    (plan,) = desk.okafor.ask(care_plans, patient_id=LIS)
    assert (plan.shape.unreadable, plan.shape.phases) == (1, ())
    with pytest.raises(Refused, match="can't be read"):
        desk.okafor.run(change(PlanEdit(kind=K.ADD_PHASE, new={"name": "x", "weeks": 1})))


def test_marks_of_days_make_the_adherence(desk: Desk) -> None:
    began = NOW - timedelta(days=27)
    plan = [{"name": "Start", "durationWeeks": 8, "tasks": [
        {"id": "bp", "title": "Measure", "frequency": "daily"}, {"id": "inj", "title": "Inject", "frequency": "weekly"},
        {"id": "book", "title": "Read", "frequency": "once", "completed": True},
    ]}]  # fmt: skip
    desk.write(insert(CarePlan).values(id="plan", patient_id=LIS, phases=plan, created_at=began, updated_at=began))
    (before,) = desk.okafor.ask(care_plans, patient_id=LIS)
    assert (before.total.done, before.total.due) == (1, 3), "without marks the completed flags count"
    desk.write(update(CarePlan).where(CarePlan.id == "plan").values(created_at=NOW))
    (today,) = desk.okafor.ask(care_plans, patient_id=LIS)
    assert (today.total.done, today.total.due) == (1, 1), "what begins today isn't behind"
    desk.write(update(CarePlan).where(CarePlan.id == "plan").values(created_at=began))
    for back in range(1, 8):
        desk.okafor.run(MarkCareTask(plan_id="plan", task="bp", day=DAY - timedelta(days=back)))
    done = desk.okafor.run(MarkCareTask(plan_id="plan", task="inj", day=DAY))
    (now,) = desk.okafor.ask(care_plans, patient_id=LIS)
    assert {key: (one.done, one.due) for key, one in now.followed.items()} == {
        "bp": (7, 28), "inj": (1, 4), "book": (1, 1)
    }  # fmt: skip
    assert now.total.percent == round(100 * 9 / 33)
    assert now.marks["inj"] == frozenset({DAY})
    assert done.undo is not None
    desk.okafor.run(done.undo)
    (undone,) = desk.okafor.ask(care_plans, patient_id=LIS)
    assert (undone.marks.get("inj"), undone.followed["inj"].done) == (None, 0)
    desk.okafor.run(MarkCareTask(plan_id="plan", task="inj", day=DAY))
    assert len(desk.rows(select(CareTaskMark.id).where(CareTaskMark.plan_task == "inj"))) == 1
    with pytest.raises(Refused, match="future"):
        desk.okafor.run(MarkCareTask(plan_id="plan", task="bp", day=DAY + timedelta(days=3)))


def test_a_template_begins_plans_and_changing_it_changes_none(desk: Desk) -> None:
    phase = {"name": "Start", "durationWeeks": 4, "tasks": [{"id": "a", "title": "Walk", "frequency": "daily"}]}
    template = SaveCarePlanTemplate(name="Pressure", phases=[phase], template_id="tpl")
    desk.admin.run(template)
    desk.okafor.run(MakeCarePlan(patient_id=LIS, template_id="tpl", plan_id="plan"))
    task = phases(desk)[0]["tasks"][0]
    assert (task["title"], task["completed"]) == ("Walk", False)
    assert task["id"] != "a"
    done = desk.okafor.run(SaveCarePlanTemplate(name="Other", phases=[], active=False, template_id="tpl"))
    assert desk.okafor.ask(care_plan_templates) == ()
    assert done.undo is not None
    desk.okafor.run(done.undo)
    (kept,) = desk.okafor.ask(care_plan_templates)
    assert (kept.name, kept.shape.tasks[0].title) == ("Pressure", "Walk")
    with pytest.raises(Refused):
        desk.desk.run(template)


def test_a_phase_moves_and_its_tasks_with_it() -> None:
    phases: list[Any] = [{"name": name, "durationWeeks": 1, "tasks": [{"id": name, "title": name}]} for name in "abc"]
    moved = edited(phases, PlanEdit(kind=K.MOVE_PHASE, phase="c", place=0))
    assert [(one["name"], one["tasks"][0]["id"]) for one in moved] == [("c", "c"), ("a", "a"), ("b", "b")]
    assert [one["name"] for one in edited(phases, PlanEdit(kind=K.MOVE_PHASE, phase="a"))] == ["b", "c", "a"]
    with pytest.raises(Conflict):
        edited(phases, PlanEdit(kind=K.MOVE_PHASE, phase="x", place=0))
