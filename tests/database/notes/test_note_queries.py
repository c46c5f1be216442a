"""Notes and visits as the chart reads them, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select

from app.commands.excuse_notes import DraftExcuseNote
from app.commands.labs import OrderLabs
from app.commands.patients import FieldChange
from app.commands.referrals import CreateReferral
from app.commands.tasks import AddTask
from app.commands.visit_notes import AddAddendum, SignVisitNote, WriteVisitNote
from app.commands.visits import CompleteVisit
from app.db.models import ExcuseNote, LabOrder, Measurement, Referral
from app.domain.enums import ExcuseNoteType, LabOrderStatus, TaskKind, VisitNoteStatus, VisitStatus
from app.domain.visit_notes import note_hash, note_id_for
from app.kernel.errors import Refused
from app.queries.visit_content import visit_content
from app.queries.visit_notes import last_signed_note, notes_of_patient, visit_note, visits_of_patient
from tests.support.desk import NOW, Desk
from tests.support.treating import begin_visit


def write(desk: Desk, visit: str, **parts: str) -> str:
    changes = tuple(FieldChange(name, "", value) for name, value in parts.items())
    desk.okafor.run(WriteVisitNote(visit_id=visit, changes=changes))
    return note_id_for(visit)


def sign(desk: Desk, visit: str) -> None:
    note = desk.okafor.ask(visit_note, visit_id=visit)
    assert note is not None
    desk.okafor.run(SignVisitNote(note_id=note.id, content=note.content, identity=note.identity))


def test_what_is_shown_is_what_can_be_signed(desk: Desk, visit: str) -> None:
    assert desk.okafor.ask(visit_note, visit_id=visit) is None
    write(desk, visit, reason="Cough", plan="Rest")
    note = desk.okafor.ask(visit_note, visit_id=visit)
    assert note is not None
    assert note.content == note_hash({"reason": "Cough", "plan": "Rest"})
    assert (note.author, note.provider_name, note.signed) == ("Ngozi Okafor", "Ngozi Okafor", False)
    assert note.writable_by("u-okafor", None)
    assert note.writable_by("u-x", "p-okafor")
    assert not note.writable_by("u-chen", "p-chen")
    sign(desk, visit)
    desk.pass_time(timedelta(minutes=5))
    desk.chen.run(AddAddendum(note_id=note.id, text="Seen on the X-ray too"))
    signed = desk.desk.ask(visit_note, visit_id=visit)
    assert signed is not None
    assert (signed.signed_by, signed.signed_at) == ("Ngozi Okafor", NOW)
    assert [(one.by, one.text, one.at) for one in signed.addenda] == [
        ("Mei-Ling Chen", "Seen on the X-ray too", NOW + timedelta(minutes=5))
    ]


def test_notes_are_found_whatever_the_accents(desk: Desk) -> None:
    first, second = begin_visit(desk), begin_visit(desk, clock="14:00")
    write(desk, first, reason="Ménière's disease", plan="Salt 100% less")
    desk.pass_time(timedelta(minutes=1))
    write(desk, second, reason="Cough", plan="Rest")
    sign(desk, second)
    desk.chen.run(AddAddendum(note_id=note_id_for(second), text="Vertigo as well"))

    def found(text: str) -> list[str]:
        page = desk.okafor.ask(notes_of_patient, patient_id="pat-lis", text=text)
        return [note.parts["reason"] for note in page.items]

    assert found("") == ["Cough", "Ménière's disease"]
    assert found("meniere") == ["Ménière's disease"]
    assert found("VERTIGO cough") == ["Cough"], "addenda too, every word"
    assert found("100%") == ["Ménière's disease"]
    assert found("150%") == []
    page = desk.okafor.ask(notes_of_patient, patient_id="pat-lis", limit=1)
    assert page.more
    rest = desk.okafor.ask(notes_of_patient, patient_id="pat-lis", limit=1, cursor=page.cursor)
    assert [note.parts["reason"] for note in rest.items] == ["Ménière's disease"]
    assert desk.okafor.ask(notes_of_patient, patient_id="pat-roux").items == ()
    last = desk.okafor.ask(last_signed_note, patient_id="pat-lis", but=first)
    assert last is not None
    assert (last.parts["plan"], last.at) == ("Rest", NOW.date())
    assert desk.okafor.ask(last_signed_note, patient_id="pat-lis", but=second) is None


def test_visits_are_listed_with_where_their_notes_stand(desk: Desk) -> None:
    first, second = begin_visit(desk), begin_visit(desk, clock="14:00")
    begin_visit(desk, clock="15:00")
    write(desk, first, reason="Cough", plan="Rest")
    write(desk, second, reason="Cough", plan="Rest")
    sign(desk, second)
    desk.okafor.run(CompleteVisit(visit_id=second))
    page = desk.okafor.ask(visits_of_patient, patient_id="pat-lis", limit=2)
    assert [(one.note, one.status) for one in page.items] == [
        (None, VisitStatus.IN_PROGRESS), (VisitNoteStatus.SIGNED, VisitStatus.COMPLETED)
    ]  # fmt: skip
    rest = desk.okafor.ask(visits_of_patient, patient_id="pat-lis", limit=2, cursor=page.cursor)
    assert [one.note for one in rest.items] == [VisitNoteStatus.DRAFT]


def test_a_visit_shows_all_that_names_it_and_nothing_else(desk: Desk, visit: str) -> None:
    other = begin_visit(desk, "roux", "14:00")
    stamps = {"created_at": NOW, "updated_at": NOW}
    for number, visit_id, patient in ((1, visit, "pat-lis"), (2, other, "pat-roux"), (3, None, "pat-lis")):
        named = {"patient_id": patient, "visit_id": visit_id, "provider_id": "p-okafor", **stamps}
        desk.write(
            insert(LabOrder).values(id=f"o-{number}", tests=("CBC", "A1C"), ordered_at=NOW, results=[{"value": 6}],
                                    **named),
            insert(Referral).values(id=f"r-{number}", specialty="Cardiology", reason="x", referred_to="Dr B", **named),
            insert(ExcuseNote).values(id=f"e-{number}", type=ExcuseNoteType.WORK, start_date=date(2026, 5, 4),
                                      end_date=date(2026, 5, 6), reason="x", **named),
            insert(Measurement).values(id=f"m-{number}", patient_id=patient, type="WEIGHT", value=80 + number,
                                       timestamp=NOW, source="MANUAL", created_at=NOW,
                                       metadata_={"visitId": visit_id} if visit_id else {"note": "home"}),
        )  # fmt: skip
    desk.okafor.run(AddTask(kind=TaskKind.CALL_BACK, patient_id="pat-lis", visit_id=visit, title="How is it?"))
    content = desk.okafor.ask(visit_content, visit_id=visit)
    assert [(one.id, one.tests, one.status) for one in content.orders] == [
        ("o-1", ("CBC", "A1C"), LabOrderStatus.ORDERED)
    ]
    assert [(one.id, one.specialty, one.to) for one in content.referrals] == [("r-1", "Cardiology", "Dr B")]
    assert [(one.id, one.first, one.last) for one in content.papers] == [("e-1", date(2026, 5, 4), date(2026, 5, 6))]
    assert [(one.id, one.kind, one.value) for one in content.measured] == [("m-1", "WEIGHT", 81)]
    assert (content.tasks, content.alike, content.patient_name) == (1, (), "Zygmunt Lis")
    assert desk.desk.ask(visit_content, visit_id=visit).orders == content.orders, "the desk sees no values here"


def test_what_is_ordered_and_written_while_it_goes_on_belongs_to_the_visit(desk: Desk, visit: str) -> None:
    begin_visit(desk, "roux", "14:00", "chen")
    day = date(2026, 5, 4)
    for who, patient in (("okafor", "pat-lis"), ("chen", "pat-lis"), ("okafor", "pat-roux")):
        person = getattr(desk, who)
        person.run(OrderLabs(patient_id=patient, tests=("CBC",)))
        person.run(CreateReferral(patient_id=patient, specialty="Eye", reason="x"))
        person.run(DraftExcuseNote(patient_id=patient, kind=ExcuseNoteType.WORK, start=day, end=day, reason="x"))
    content = desk.okafor.ask(visit_content, visit_id=visit)
    assert [len(found) for found in (content.orders, content.referrals, content.papers)] == [1, 1, 1]
    tied = [desk.rows(select(table.visit_id).order_by(table.visit_id)) for table in (LabOrder, Referral, ExcuseNote)]
    assert all(sorted(str(row.visit_id) for row in rows) == sorted(["None", "None", visit]) for rows in tied)


def test_a_visit_names_those_who_could_be_meant(desk: Desk) -> None:
    visit = begin_visit(desk, "kowalska")
    begin_visit(desk, "kowalski", "14:00", "chen")
    begin_visit(desk, "roux", "15:00", "chen")
    assert desk.okafor.ask(visit_content, visit_id=visit).alike == ("Anna Kowalski",)
    with pytest.raises(Refused, match="no such visit"):
        desk.okafor.ask(visit_content, visit_id="nothing")
