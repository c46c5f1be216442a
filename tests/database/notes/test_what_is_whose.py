"""What is open for whom, which forms a visit still has, and who saw a patient: each fact by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.commands.drafts import SaveDraft
from app.commands.excuse_notes import DraftExcuseNote, EditExcuseNote, SendExcuseNote
from app.commands.patients import FieldChange
from app.commands.referrals import CreateReferral, SendReferral
from app.commands.tasks import AddTask, DoTask
from app.commands.visits import CheckIn
from app.domain.enums import ExcuseNoteType, SlotStatus, TaskKind
from app.kernel.errors import Refused
from app.queries.open_items import OpenKind, my_open_items
from app.queries.papers import paper_head
from app.queries.visit_content import visit_content
from tests.support.desk import DAY, Desk
from tests.support.treating import begin_visit

LIS, ROUX = "pat-lis", "pat-roux"


def excuse(patient: str) -> DraftExcuseNote:
    return DraftExcuseNote(patient_id=patient, kind=ExcuseNoteType.WORK, start=DAY, end=DAY, reason="x")


def test_papers_are_open_for_who_answers_for_them_until_they_are_sent(desk: Desk) -> None:
    note, sent = excuse(LIS), excuse(ROUX)
    letter = CreateReferral(patient_id=LIS, specialty="Eye", reason="x", referred_to="Dr B")
    gone = CreateReferral(patient_id=ROUX, specialty="Skin", reason="x", referred_to="Dr C")
    for command in (note, sent, SendExcuseNote(note_id=sent.note_id), letter, gone,
                    SendReferral(referral_id=gone.referral_id)):  # fmt: skip
        desk.okafor.run(command)
    desk.chen.run(excuse(LIS))
    desk.chen.run(CreateReferral(patient_id=LIS, specialty="Ear", reason="x"))
    assert [(one.kind, one.id) for one in desk.okafor.ask(my_open_items)] == [
        (OpenKind.PAPER, note.note_id), (OpenKind.REFERRAL, letter.referral_id),
    ]  # fmt: skip


def test_a_visit_that_is_still_to_come_is_nobodys_evening(desk: Desk) -> None:
    slot = desk.slot("10:40", day=DAY + timedelta(days=1), status=SlotStatus.BOOKED)
    early = desk.backend_visit(slot, "lis")
    desk.desk.run(CheckIn(visit_id=early))
    now = begin_visit(desk, "roux", "14:00")
    assert [one.id for one in desk.okafor.ask(my_open_items)] == [now]


def test_a_visit_has_ones_own_forms_about_it_or_its_patient(desk: Desk, visit: str) -> None:
    for number, (who, subject, kind) in enumerate((
        ("okafor", visit, "visit.note"), ("okafor", LIS, "referral"), ("okafor", ROUX, "message"),
        ("chen", LIS, "labs.order"),
    )):  # fmt: skip
        getattr(desk, who).run(SaveDraft(draft_id=f"d-{number}", kind=kind, subject=subject, title="x", body={}))
    assert sorted(desk.okafor.ask(visit_content, visit_id=visit).drafts) == ["referral", "visit.note"]


def test_a_visits_tasks_count_until_they_are_done(desk: Desk, visit: str) -> None:
    one = AddTask(kind=TaskKind.CALL_BACK, patient_id=LIS, visit_id=visit)
    desk.okafor.run(one)
    desk.okafor.run(AddTask(kind=TaskKind.REVIEW, patient_id=LIS, visit_id=visit))
    assert desk.okafor.ask(visit_content, visit_id=visit).tasks == 2
    desk.okafor.run(DoTask(task_id=one.task_id))
    assert desk.okafor.ask(visit_content, visit_id=visit).tasks == 1


def test_a_draft_is_given_to_a_provider_of_the_clinic_only(desk: Desk) -> None:
    note = excuse(LIS)
    desk.okafor.run(note)
    with pytest.raises(Refused) as found:
        desk.desk.run(EditExcuseNote(note_id=note.note_id, changes=(FieldChange("providerId", "p-okafor", "p-none"),)))
    assert found.value.field == "providerId"
    desk.desk.run(EditExcuseNote(note_id=note.note_id, changes=(FieldChange("providerId", "p-okafor", "p-chen"),)))
    assert [one.id for one in desk.chen.ask(my_open_items)] == [note.note_id]
    assert desk.okafor.ask(my_open_items) == ()


def test_whom_a_patient_is_with_comes_before_who_comes_later_and_before_who_came_before(desk: Desk) -> None:
    assert desk.desk.ask(paper_head, patient_id=LIS).seen_by == ""
    late = desk.backend_visit(desk.slot("15:00", provider="p-chen", status=SlotStatus.BOOKED), "lis")
    assert desk.desk.ask(paper_head, patient_id=LIS).seen_by == "", "a visit that is only planned"
    desk.desk.run(CheckIn(visit_id=late))
    assert desk.desk.ask(paper_head, patient_id=LIS).seen_by == "p-chen"
    begin_visit(desk, "lis", "10:40", "okafor")
    assert desk.desk.ask(paper_head, patient_id=LIS).seen_by == "p-okafor"
