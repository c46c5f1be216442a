"""What is written in visits, given as tasks and covered: the scenarios of notes, tasks and cover."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit
from app.commands.core import Command, Outcome
from app.commands.cover import EndCover, SetCover
from app.commands.patients import FieldChange
from app.commands.task_rows import follow_up_task_id
from app.commands.tasks import (
    AddTask,
    AssignTask,
    CancelTask,
    DoTask,
    NoteTaskAttempt,
    PostponeTask,
    ReopenTask,
)
from app.commands.visit_notes import AddAddendum, DiscardVisitNote, SignVisitNote, WriteVisitNote
from app.commands.visits import CheckIn, CompleteVisit, FollowUp, StartVisit
from app.domain.enums import Role, TaskKind, TaskStatus, VisitMode
from app.domain.visit_notes import identity_hash, note_hash, note_id_for
from app.domain.visits import CancelKind, ContactResult
from app.kernel.errors import AppError
from tests.support.desk import NOW
from tests.support.twins import Twins

HERE = VisitMode.IN_PERSON


def undo(twins: Twins, outcome: Outcome, who: str = "desk") -> Outcome:
    """Take something back, as Ctrl+Z does."""
    assert outcome.undo is not None
    twins.pass_time(timedelta(seconds=20))
    return getattr(twins, who).run(outcome.undo)  # type: ignore[no-any-return]


def begin(twins: Twins, clock: str, patient: str) -> str:
    """Somebody is with Dr Okafor; returns the visit's id."""
    command = BookVisit(slot_id=twins.slot(clock), patient_id=f"pat-{patient}", visit_mode=HERE)
    twins.desk.run(command)
    twins.desk.run(CheckIn(visit_id=command.visit_id))
    twins.okafor.run(StartVisit(visit_id=command.visit_id))
    return command.visit_id


def visit_notes(twins: Twins) -> None:
    """Written, met by somebody else, signed, added to, thrown away."""
    visit, other = begin(twins, "11:00", "kowalska"), begin(twins, "11:20", "kowalski")
    first = (FieldChange("reason", "", "Cough"), FieldChange("plan", "", "Rest"))
    begun = twins.okafor.run(WriteVisitNote(visit_id=visit, changes=first))
    undo(twins, undo(twins, begun, "okafor"), "okafor")
    undo(twins, twins.okafor.run(WriteVisitNote(visit_id=visit, changes=(FieldChange("plan", "Rest", "Work"),))),
         "okafor")  # fmt: skip
    with suppress(AppError):  # somebody wrote something else there
        twins.okafor.run(WriteVisitNote(visit_id=visit, changes=(FieldChange("plan", "Walk", "Run"),)))
    with suppress(AppError):  # another's draft
        twins.chen.run(WriteVisitNote(visit_id=visit, changes=first))
    seen = note_hash({"reason": "Cough", "plan": "Rest"})
    identity = identity_hash("pat-kowalska", "Anna", "Kowalska", None)
    with suppress(AppError):  # it is of somebody else
        twins.okafor.run(SignVisitNote(note_id=note_id_for(visit), content=seen, identity="?"))
    twins.okafor.run(SignVisitNote(note_id=note_id_for(visit), content=seen, identity=identity))
    twins.chen.run(AddAddendum(note_id=note_id_for(visit), text="X-ray clear."))
    twins.okafor.run(WriteVisitNote(visit_id=other, changes=first))
    undo(twins, twins.okafor.run(DiscardVisitNote(note_id=note_id_for(other), content=seen)), "okafor")


def tasks(twins: Twins) -> None:
    """Given, given to somebody else, tried, put off, done, cancelled, opened again."""
    add = AddTask(kind=TaskKind.CALL_BACK, patient_id="pat-lis", title="Asks for a certificate",
                  due_on=date(2026, 5, 6))  # fmt: skip
    undo(twins, twins.desk.run(add))
    twins.desk.run(ReopenTask(task_id=add.task_id, expected=TaskStatus.CANCELLED))
    assign = AssignTask(task_id=add.task_id, owner_user="u-desk2", old_role=Role.MEDICAL_ASSISTANT)
    undo(twins, twins.desk.run(assign))
    twins.desk.run(assign)
    with suppress(AppError):  # somebody else has it by now
        twins.desk.run(AssignTask(task_id=add.task_id, owner_user="u-okafor"))
    twins.desk2.run(NoteTaskAttempt(task_id=add.task_id, result=ContactResult.NO_ANSWER, note="Mailbox"))
    undo(twins, twins.desk2.run(PostponeTask(task_id=add.task_id, due_on=None, old_due=date(2026, 5, 6))))
    twins.desk2.run(PostponeTask(task_id=add.task_id, due_on=date(2026, 5, 9), old_due=date(2026, 5, 6)))
    undo(twins, twins.desk2.run(DoTask(task_id=add.task_id, outcome="Reached")))
    undo(twins, twins.desk2.run(CancelTask(task_id=add.task_id, reason="Came in person")))
    twins.okafor.run(AddTask(kind=TaskKind.REVIEW, title="Look at the audit", owner_role=Role.ADMIN))


def follow_ups(twins: Twins) -> None:
    """Ordered at the end of a visit, booked, called off."""
    visit = begin(twins, "11:00", "lis")
    wanted = FollowUp(weeks=6, tolerance_weeks=1, note="Bring the diary")
    undo(twins, twins.okafor.run(CompleteVisit(visit_id=visit, follow_up=wanted)), "okafor")
    twins.okafor.run(CompleteVisit(visit_id=visit, follow_up=FollowUp(weeks=2)))
    book = BookVisit(slot_id=twins.slot("15:00"), patient_id="pat-lis", visit_mode=HERE, follow_up_of=visit)
    twins.desk.run(book)
    twins.desk.run(CancelVisit(visit_id=book.visit_id, kind=CancelKind.PATIENT, reason="Ill"))
    twins.desk.run(DoTask(task_id=follow_up_task_id(visit), outcome="Elsewhere"))


def cover(twins: Twins) -> None:
    """Set, changed, ended, and taken back."""
    stands_in = SetCover(for_user="u-okafor", by_user="u-chen", starts_at=NOW, ends_at=NOW + timedelta(days=5),
                         may_sign=True)  # fmt: skip
    undo(twins, twins.okafor.run(stands_in), "okafor")
    twins.pass_time(timedelta(minutes=1))
    longer = SetCover(cover_id=stands_in.cover_id, for_user="u-okafor", by_user="u-chen", starts_at=NOW,
                      ends_at=NOW + timedelta(days=9))  # fmt: skip
    undo(twins, twins.admin.run(longer), "admin")
    twins.admin.run(longer)
    undo(twins, twins.okafor.run(EndCover(cover_id=stands_in.cover_id)), "okafor")
    with suppress(AppError):  # not theirs
        twins.desk.run(EndCover(cover_id=stands_in.cover_id))


NOTE_SCENARIOS: dict[Callable[[Twins], None], frozenset[type[Command]]] = {
    visit_notes: frozenset({WriteVisitNote, SignVisitNote, AddAddendum, DiscardVisitNote}),
    tasks: frozenset({AddTask, AssignTask, NoteTaskAttempt, PostponeTask, DoTask, CancelTask, ReopenTask}),
    follow_ups: frozenset({CompleteVisit, BookVisit, CancelVisit, DoTask}),
    cover: frozenset({SetCover, EndCover}),
}
