"""Tasks on both databases: given, tried, put off, done, covered; what the desk never reads in them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit
from app.commands.cover import EndCover, ReassignOpenItems, SetCover
from app.commands.drafts import SaveDraft
from app.commands.patients import FieldChange
from app.commands.task_rows import follow_up_task_id
from app.commands.tasks import AddTask, AssignTask, CancelTask, DoTask, NoteTaskAttempt, PostponeTask, ReopenTask
from app.commands.visit_notes import WriteVisitNote
from app.commands.visits import CompleteVisit, FollowUp
from app.db.models import ExcuseNote, LabOrder, LabReview, Message, MessageThread, Task, VisitNote
from app.domain.enums import ExcuseNoteType, LabOrderStatus, Role, TaskKind, TaskStatus, VisitMode
from app.domain.tasks import values_in
from app.domain.visits import CancelKind, ContactResult
from app.kernel.errors import Conflict, Refused
from app.queries.cover import covers
from app.queries.open_items import OpenKind, my_open_items
from app.queries.tasks import Inbox, task_attempts, task_inbox, tasks_of_patient, waiting_tasks
from app.queries.visit_content import visit_content
from tests.support.desk import DAY, NOW, Desk
from tests.support.treating import begin_visit


def call(**more: Any) -> AddTask:
    return AddTask(**{"kind": TaskKind.CALL_BACK, "patient_id": "pat-lis", **more})


def titles(desk: Desk, who: str = "desk", inbox: Inbox = Inbox.MINE) -> list[str]:
    return [item.title for item in getattr(desk, who).ask(task_inbox, inbox=inbox).items]


def status(desk: Desk, task_id: str) -> tuple[str, str | None]:
    row = desk.rows(select(Task.status, Task.outcome).where(Task.id == task_id))[0]
    return row.status.value, row.outcome


def test_an_inbox_has_mine_and_my_roles_soonest_first(desk: Desk) -> None:
    for title, more in (
        ("later", {"due_on": date(2026, 5, 8)}), ("undated", {}), ("overdue", {"due_on": date(2026, 5, 1)}),
        ("hers", {"owner_user": "u-desk2", "due_on": DAY}), ("mine", {"owner_user": "u-desk", "due_on": DAY}),
        ("doctors'", {"owner_role": Role.PROVIDER, "due_on": DAY}),
    ):  # fmt: skip
        desk.okafor.run(call(title=title, **more))
        desk.pass_time(timedelta(seconds=1))
    assert titles(desk) == ["overdue", "mine", "later", "undated"]
    assert titles(desk, "okafor") == ["doctors'"]
    assert titles(desk, inbox=Inbox.OWN) == ["mine"]
    assert titles(desk, inbox=Inbox.ALL) == ["overdue", "hers", "mine", "doctors'", "later", "undated"]
    first = desk.desk.ask(task_inbox, inbox=Inbox.ALL, limit=4)
    rest = desk.desk.ask(task_inbox, inbox=Inbox.ALL, limit=4, cursor=first.cursor)
    assert [item.title for item in (*first.items, *rest.items)] == titles(desk, inbox=Inbox.ALL)
    assert first.items[0].overdue(DAY)
    assert not first.items[1].overdue(DAY)
    assert desk.desk.ask(lambda session, reader: session.execute(select(waiting_tasks(reader))).scalar_one()) == 3


def test_a_task_shows_whom_to_call_and_what_was_tried(desk: Desk) -> None:
    task = call(title="Certificate?")
    desk.okafor.run(task)
    for result in (ContactResult.NO_ANSWER, ContactResult.LEFT_MESSAGE):
        desk.pass_time(timedelta(minutes=10))
        desk.desk.run(NoteTaskAttempt(task_id=task.task_id, result=result, note="Mailbox"))
    (item,) = desk.desk.ask(tasks_of_patient, patient_id="pat-lis")
    assert (item.patient_name, item.phone) == ("Zygmunt Lis", "(415) 555-0163")
    assert (item.attempts, item.tried, item.tried_at) == (2, "left message", NOW + timedelta(minutes=20))
    assert (item.created_by, item.owner_role) == ("Ngozi Okafor", Role.MEDICAL_ASSISTANT)
    tried = desk.desk.ask(task_attempts, task_id=task.task_id)
    assert [(one.result, one.by) for one in tried] == [
        ("left message", "Dana Whitfield"),
        ("no answer", "Dana Whitfield"),
    ]
    desk.desk.run(DoTask(task_id=task.task_id, outcome="Told"))
    assert desk.desk.ask(tasks_of_patient, patient_id="pat-lis") == ()
    (ended,) = desk.desk.ask(task_inbox, inbox=Inbox.ENDED).items
    assert (ended.outcome, ended.ended_by) == ("Told", "Dana Whitfield")
    with pytest.raises(Conflict):
        desk.desk.run(NoteTaskAttempt(task_id=task.task_id, result=ContactResult.AGREED))


def test_an_end_is_taken_back_and_others_ends_conflict(desk: Desk) -> None:
    task = call()
    desk.desk.run(task)
    done = desk.desk.run(DoTask(task_id=task.task_id, outcome="Told"))
    assert desk.desk2.run(DoTask(task_id=task.task_id)).undo is None, "done already is success"
    with pytest.raises(Conflict) as late:
        desk.desk2.run(CancelTask(task_id=task.task_id))
    assert late.value.data["server"]["status"] == "DONE"
    assert done.undo is not None
    desk.desk.run(done.undo)
    assert status(desk, task.task_id) == ("OPEN", None)
    desk.desk2.run(CancelTask(task_id=task.task_id, reason="Came by"))
    with pytest.raises(Conflict):
        desk.desk.run(ReopenTask(task_id=task.task_id, expected=TaskStatus.DONE))
    assert status(desk, task.task_id) == ("CANCELLED", "Came by")


def test_giving_and_putting_off_meet_what_others_did(desk: Desk) -> None:
    task = call(due_on=DAY)
    desk.desk.run(task)
    desk.desk.run(AssignTask(task_id=task.task_id, owner_user="u-desk2", old_role=Role.MEDICAL_ASSISTANT))
    with pytest.raises(Conflict) as gone:
        desk.okafor.run(AssignTask(task_id=task.task_id, owner_user="u-chen", old_role=Role.MEDICAL_ASSISTANT))
    assert gone.value.field == "owner"
    desk.desk.run(PostponeTask(task_id=task.task_id, due_on=DAY + timedelta(days=1), old_due=DAY))
    with pytest.raises(Conflict) as moved:
        desk.desk2.run(PostponeTask(task_id=task.task_id, due_on=DAY + timedelta(days=7), old_due=DAY))
    assert moved.value.data["server"]["dueOn"] == "2026-05-05"


def test_what_was_put_off_or_given_away_is_as_before_when_that_is_undone(desk: Desk) -> None:
    task = call(due_on=DAY)
    desk.desk.run(task)
    before = select(Task.due_on, Task.owner_user, Task.owner_role).where(Task.id == task.task_id)
    was = desk.rows(before)
    off = desk.desk.run(PostponeTask(task_id=task.task_id, due_on=DAY + timedelta(days=3), old_due=DAY))
    given = desk.desk.run(AssignTask(task_id=task.task_id, owner_user="u-desk2", old_role=Role.MEDICAL_ASSISTANT))
    assert desk.rows(before) != was
    for done in (given, off):
        assert done.undo is not None
        desk.desk.run(done.undo)
    assert desk.rows(before) == was


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": "x" * 10_000_000}, "title"),
        ({"detail": "x" * 2001}, "detail"),
        ({"patient_id": None}, "patientId"),
        ({"patient_id": "pat-nobody"}, "patientId"),
        ({"owner_user": "u-nobody"}, "ownerUser"),
        ({"owner_user": "u-desk", "owner_role": Role.ADMIN}, "ownerRole"),
        ({"owner_role": Role.PATIENT}, "ownerRole"),
        ({"window_days": -1}, "windowDays"),
        ({"source_table": "users", "source_id": "u-desk"}, "sourceTable"),
    ],
)
def test_what_no_task_can_be_is_refused_by_field(desk: Desk, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        desk.desk.run(call(**more))
    assert refusal.value.field == field
    assert desk.rows(select(Task.id)) == []


def order(desk: Desk, results: Any, **review: Any) -> None:
    stamps = {"created_at": NOW, "updated_at": NOW}
    desk.write(
        insert(LabOrder).values(id="o-1", patient_id="pat-lis", provider_id="p-okafor", tests=("CMP",), ordered_at=NOW,
                                status=LabOrderStatus.COMPLETED, completed_at=NOW, results=results, **stamps),
        delete(LabReview),  # on the server a trigger has made one
        insert(LabReview).values(**{"order_id": "o-1", "clinic_id": "clinic-1", "patient_id": "pat-lis",
                                    "owner_user": "u-okafor", "resulted_at": NOW, "updated_at": NOW, "critical": True,
                                    "abnormal": True, "partial": False, "corrected": False, "history": False,
                                    "released_text": "", **review}),
    )  # fmt: skip


def test_no_value_of_a_result_gets_into_a_task(desk: Desk) -> None:
    order(desk, [{"code": "2823-3", "name": "Potassium", "value": 6.4, "unit": "mmol/L"}])
    about = {"kind": TaskKind.TELL_RESULT, "source_table": "lab_orders", "source_id": "o-1"}
    for more in ({"title": "Potassium 6.4!"}, {"detail": "is 6,4 now"}):
        with pytest.raises(Refused) as refusal:
            desk.okafor.run(call(**about, **more))
        assert refusal.value.code == "ValuesInText"
        assert refusal.value.field in more
    task = call(**about, title="Please come today", owner_user="u-desk")
    desk.okafor.run(task)
    with pytest.raises(Refused):
        desk.okafor.run(DoTask(task_id=task.task_id, outcome="Told her 6.40"))
    (item,) = desk.desk.ask(task_inbox).items
    assert (item.result_waits, item.released) == (True, "")
    assert "6.4" not in repr(item)


@given(value=st.floats(4, 500, allow_nan=False).map(lambda v: round(v, 1)), unit=st.sampled_from(["mg/dL", "mmol/L"]))
def test_any_number_of_a_result_is_noticed(value: float, unit: str) -> None:
    results = [{"code": "x", "name": "Test", "value": value, "unit": unit}]
    assert values_in(f"it is {value:g} {unit}", results)
    assert values_in(f"it is {f'{value:g}'.replace('.', ',')}", results)
    assert not values_in("please call twice, in 2 weeks", results)
    assert not values_in("anything", None)
    assert not values_in("anything 7", "no list")


def test_a_follow_up_stays_listed_until_it_is_booked_and_comes_back_when_that_falls_through(desk: Desk) -> None:
    visit = begin_visit(desk)
    desk.okafor.run(CompleteVisit(visit_id=visit, follow_up=FollowUp(weeks=26, note="Fasting")))
    (item,) = desk.desk.ask(task_inbox).items
    assert (item.kind, item.due_on, item.window_days, item.detail) == (
        TaskKind.BOOK_FOLLOW_UP, date(2026, 11, 2), 7, "Fasting"
    )  # fmt: skip
    assert item.payload["providerId"] == "p-okafor"
    book = BookVisit(slot_id=desk.slot("15:00"), patient_id="pat-lis", visit_mode=VisitMode.IN_PERSON,
                     follow_up_of=visit)  # fmt: skip
    desk.desk.run(book)
    assert titles(desk) == []
    desk.desk.run(CancelVisit(visit_id=book.visit_id, kind=CancelKind.PATIENT, reason=""))
    (again,) = desk.desk.ask(task_inbox).items
    assert (again.id, again.next_visit) == (follow_up_task_id(visit), None)
    other = BookVisit(slot_id=desk.slot("15:20"), patient_id="pat-lis", visit_mode=VisitMode.IN_PERSON)
    desk.desk.run(other)
    (seen,) = desk.desk.ask(task_inbox).items
    assert (seen.next_visit, seen.next_provider) == (NOW.replace(hour=13, minute=20), "Dr Ngozi Okafor")


def test_a_visit_booked_for_somebody_else_is_no_follow_up(desk: Desk) -> None:
    visit = begin_visit(desk)
    desk.okafor.run(CompleteVisit(visit_id=visit, follow_up=FollowUp(weeks=6)))
    for_other = BookVisit(slot_id=desk.slot("15:00"), patient_id="pat-roux", visit_mode=VisitMode.IN_PERSON,
                          follow_up_of=visit)  # fmt: skip
    desk.desk.run(for_other)
    assert [one.id for one in desk.desk.ask(task_inbox).items] == [follow_up_task_id(visit)]


def test_a_follow_up_that_is_wanted_no_more_stays_so_when_its_visit_is_called_off(desk: Desk) -> None:
    visit = begin_visit(desk)
    desk.okafor.run(CompleteVisit(visit_id=visit, follow_up=FollowUp(weeks=6)))
    book = BookVisit(slot_id=desk.slot("15:00"), patient_id="pat-lis", visit_mode=VisitMode.IN_PERSON,
                     follow_up_of=visit)  # fmt: skip
    task = follow_up_task_id(visit)
    for command in (book, ReopenTask(task_id=task, expected=TaskStatus.DONE), CancelTask(task_id=task, reason="moved"),
                    CancelVisit(visit_id=book.visit_id, kind=CancelKind.PATIENT, reason="")):  # fmt: skip
        desk.desk.run(command)
    assert desk.desk.ask(task_inbox).items == ()


def test_who_stands_in_sees_the_others_inbox_while_it_lasts(desk: Desk) -> None:
    desk.desk.run(call(title="for Okafor", owner_user="u-okafor"))
    away = SetCover(for_user="u-okafor", by_user="u-chen", starts_at=NOW + timedelta(hours=1),
                    ends_at=NOW + timedelta(days=2), may_sign=True)  # fmt: skip
    desk.okafor.run(away)
    assert titles(desk, "chen") == []
    desk.pass_time(timedelta(hours=2))
    (item,) = desk.chen.ask(task_inbox).items
    assert (item.title, item.covered, item.owner_name) == ("for Okafor", True, "Ngozi Okafor")
    (cover,) = desk.desk.ask(covers)
    assert (cover.for_name, cover.by_name, cover.may_sign) == ("Ngozi Okafor", "Mei-Ling Chen", True)
    ended = desk.admin.run(EndCover(cover_id=away.cover_id))
    assert titles(desk, "chen") == []
    assert desk.desk.ask(covers) == ()
    assert ended.undo is not None
    desk.admin.run(ended.undo)
    assert titles(desk, "chen") == ["for Okafor"]
    assert desk.desk.ask(covers) == (cover,)


def test_nobody_is_covered_by_themselves_or_signed_for_by_the_desk(desk: Desk) -> None:
    def cover(**more: Any) -> SetCover:
        values = {"for_user": "u-okafor", "by_user": "u-chen", "starts_at": NOW, "ends_at": NOW + timedelta(days=1)}
        return SetCover(**{**values, **more})

    for more, field in (
        ({"by_user": "u-okafor"}, "byUser"), ({"by_user": "u-nobody"}, "byUser"), ({"ends_at": NOW}, "endsAt"),
        ({"by_user": "u-desk", "may_sign": True}, "maySign"), ({"ends_at": NOW + timedelta(days=400)}, "endsAt"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refusal:
            desk.okafor.run(cover(**more))
        assert refusal.value.field == field
    with pytest.raises(Refused) as refusal:
        desk.desk.run(cover())
    assert refusal.value.code == "NotAllowed"


def test_my_open_items_has_everything_that_waits_for_me_and_nothing_of_others(desk: Desk) -> None:
    visit = begin_visit(desk)
    other = begin_visit(desk, "roux", "14:00", "chen")
    desk.okafor.run(WriteVisitNote(visit_id=visit, changes=(FieldChange("reason", "", "Cough"),)))
    desk.chen.run(WriteVisitNote(visit_id=other, changes=(FieldChange("reason", "", "Pain"),)))
    order(desk, [{"code": "2823-3", "value": 6.4}])
    desk.desk.run(call(title="for Okafor", owner_user="u-okafor", due_on=DAY))
    desk.desk.run(call(title="next week", owner_user="u-okafor", due_on=DAY + timedelta(days=7)))
    desk.okafor.run(SaveDraft(draft_id="d-1", kind="booking", subject="pat-lis", title="Book", body={}))
    stamps = {"created_at": NOW, "updated_at": NOW}
    desk.write(
        insert(ExcuseNote).values(id="e-1", patient_id="pat-lis", provider_id="p-okafor", type=ExcuseNoteType.WORK,
                                  start_date=DAY, end_date=DAY, reason="x", **stamps),
        insert(MessageThread).values(id="t-1", patient_id="pat-lis", clinic_id="clinic-1", subject="Dizzy",
                                     participants=["pu-lis", "u-okafor"], last_message_at=NOW, **stamps),
        insert(Message).values(id="m-1", thread_id="t-1", sender_id="pu-lis", content="x", read=False, created_at=NOW),
        insert(Message).values(id="m-2", thread_id="t-1", sender_id="u-okafor", content="x", read=False,
                               created_at=NOW),
    )  # fmt: skip
    found = desk.okafor.ask(my_open_items)
    assert [(one.kind, one.id) for one in found if one.kind is not OpenKind.NOTE and one.kind is not OpenKind.TASK] == [
        (OpenKind.VISIT, visit), (OpenKind.RESULT, "o-1"), (OpenKind.PAPER, "e-1"), (OpenKind.MESSAGE, "t-1"),
        (OpenKind.FORM, "d-1"),
    ]  # fmt: skip
    assert [one.title for one in found if one.kind in (OpenKind.NOTE, OpenKind.TASK)] == ["Cough", "for Okafor"]
    assert {one.urgent for one in found if one.kind is OpenKind.RESULT} == {True}
    assert {one.patient_name for one in found if one.kind is not OpenKind.FORM} == {"Zygmunt Lis"}
    assert desk.admin.ask(my_open_items) == ()


def test_disabling_gives_everything_open_to_somebody_else(pg_desk: Desk) -> None:
    desk = pg_desk
    visit = begin_visit(desk)
    desk.okafor.run(WriteVisitNote(visit_id=visit, changes=(FieldChange("reason", "", "Cough"),)))
    order(desk, [])
    desk.desk.run(call(title="for Okafor", owner_user="u-okafor"))
    done = call(title="over", owner_user="u-okafor")
    desk.desk.run(done)
    desk.desk.run(DoTask(task_id=done.task_id))
    with pytest.raises(Refused):
        desk.chen.run(ReassignOpenItems(from_user="u-okafor", to_user="u-chen"))
    outcome = desk.admin.run(ReassignOpenItems(from_user="u-okafor", to_user="u-chen"))
    counts = {key: outcome.result[key] for key in ("tasks", "results", "notes", "alerts", "papers")}
    assert counts == {"tasks": 1, "results": 1, "notes": 1, "alerts": 0, "papers": 0}
    assert titles(desk, "chen", Inbox.OWN) == ["for Okafor"]
    assert [one.kind for one in desk.chen.ask(my_open_items)] == [OpenKind.NOTE, OpenKind.RESULT, OpenKind.TASK]
    assert desk.rows(select(VisitNote.author_id, VisitNote.provider_id)) == [("u-okafor", "p-chen")]
    assert desk.rows(select(Task.owner_user).where(Task.id == done.task_id)) == [("u-okafor",)]


def test_a_task_made_while_a_visit_goes_on_belongs_to_it_and_is_open_when_it_is_completed(desk: Desk) -> None:
    visit = begin_visit(desk)
    desk.okafor.run(call(title="Ask about the inhaler", task_id="in-it"))
    desk.okafor.run(call(title="Home readings", task_id="with-source", source_table="lab_orders", source_id="none"))
    desk.okafor.run(call(title="For somebody else", task_id="another", patient_id="pat-brandt"))
    desk.desk.run(call(title="From the desk", task_id="desk's"))
    found = {row.id: row.visit_id for row in desk.rows(select(Task.id, Task.visit_id))}
    assert found == {"in-it": visit, "with-source": None, "another": None, "desk's": None}
    assert desk.okafor.ask(visit_content, visit_id=visit).tasks == 1
    desk.okafor.run(CompleteVisit(visit_id=visit))
    desk.okafor.run(call(title="Afterwards", task_id="after"))
    assert desk.rows(select(Task.visit_id).where(Task.id == "after"))[0].visit_id is None
