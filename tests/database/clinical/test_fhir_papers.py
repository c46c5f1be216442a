"""Signed visit notes and excuse notes leave as FHIR and come back from a clinic's own export, on both databases."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from sqlalchemy import delete, select, text

from app.commands.excuse_notes import DraftExcuseNote, SendExcuseNote, WithdrawExcuseNote
from app.commands.imports import ImportRecords
from app.commands.referrals import (
    AcceptReferral,
    CancelReferral,
    CompleteReferral,
    CreateReferral,
    SendReferral,
)
from app.commands.visit_notes import AddAddendum, SignVisitNote, WriteVisitNote
from app.commands.visits import CompleteVisit
from app.db.models import ExcuseNote, ExcuseNoteDetail, Referral, ReferralDetail, Visit, VisitNote, VisitNoteAddendum
from app.domain.enums import ExcuseNoteStatus, ExcuseNoteType, ReferralPriority
from app.domain.excuse_notes import NoteStanding
from app.domain.import_own import own_system
from app.domain.imports import NoteAddition, NoteRow, PatientImport, SourceId
from app.domain.referrals import Recipient
from app.interop.fhir.export import bundle
from app.kernel.errors import AppError, Conflict
from app.queries.chart_record import chart_record
from app.queries.excuse_notes import note_view, verify_note
from app.queries.visit_notes import notes_of_patient
from tests.database.clinical.test_fhir_export import LIS
from tests.database.clinical.test_fhir_round_trip import WINTER, moved, newcomer
from tests.database.imports.test_import import Importer, reasons
from tests.database.notes.test_visit_notes import sign, write
from tests.support.desk import CLINIC, DAY, NOW, Desk
from tests.support.treating import begin_visit

LATER = timedelta(hours=2)


def excuse(desk: Desk, **more: Any) -> DraftExcuseNote:
    values = {"patient_id": LIS, "kind": ExcuseNoteType.WORK, "start": DAY, "end": DAY + timedelta(days=2),
              "reason": "Influenza", "provider_id": "p-okafor", **more}  # fmt: skip
    command = DraftExcuseNote(**values)
    desk.desk.run(command)
    return command


def papers(desk: Desk) -> dict[str, str]:
    """A visit with its signed note and an addendum; excuse notes sent, withdrawn and corrected, drafted."""
    visit = begin_visit(desk)
    desk.okafor.run(write(visit, reason="Cough", history="Three days.\n\nNo fever.", plan="Rest"))
    desk.okafor.run(sign(desk, visit))
    desk.pass_time(timedelta(minutes=5))
    note_id = desk.rows(select(VisitNote.id))[0].id
    desk.okafor.run(AddAddendum(note_id=note_id, text="X-ray clear."))
    desk.okafor.run(CompleteVisit(visit_id=visit))
    wrong = excuse(desk, visit_id=visit, show_reason=True)
    desk.okafor.run(SendExcuseNote(note_id=wrong.note_id))
    desk.okafor.run(WithdrawExcuseNote(note_id=wrong.note_id, reason="Wrong days"))
    desk.pass_time(timedelta(minutes=5))
    right = excuse(desk, end=DAY + timedelta(days=4), restrictions="No lifting", corrects=wrong.note_id)
    desk.okafor.run(SendExcuseNote(note_id=right.note_id))
    open_one = excuse(desk, kind=ExcuseNoteType.SCHOOL, reason="Cold")
    desk.pass_time(LATER)
    return {"note": note_id, "wrong": wrong.note_id, "right": right.note_id, "open": open_one.note_id,
            "code": right.code}  # fmt: skip


def exported(desk: Desk, patient_id: str = LIS) -> dict[str, Any]:
    made = bundle(desk.okafor.ask(chart_record, patient_id=patient_id))
    Bundle.model_validate(made)
    return made


def documents(made: dict[str, Any]) -> list[dict[str, Any]]:
    return [one["resource"] for one in made["entry"] if one["resource"]["resourceType"] == "DocumentReference"]


def referral(desk: Desk) -> dict[str, Any]:
    """A referral that was sent, accepted and answered, and one that was cancelled; what the first is."""
    made = CreateReferral(patient_id=LIS, specialty="Cardiology", reason="Murmur", referred_to="Harbor Heart",
                          priority=ReferralPriority.URGENT, letter="Dear colleague,\n\nplease see Mr Lis.",
                          recipient=Recipient(address="1 Pier St\nSalem", fax="555 0101"))  # fmt: skip
    desk.okafor.run(made)
    desk.okafor.run(SendReferral(referral_id=made.referral_id))
    desk.pass_time(timedelta(minutes=5))
    desk.okafor.run(AcceptReferral(referral_id=made.referral_id, appointment_on=DAY + timedelta(days=9)))
    desk.okafor.run(CompleteReferral(referral_id=made.referral_id, answer="Innocent murmur."))
    other = CreateReferral(patient_id=LIS, specialty="Dermatology", reason="Rash")
    desk.okafor.run(other)
    desk.okafor.run(CancelReferral(referral_id=other.referral_id, reason="Healed by itself"))
    desk.pass_time(LATER)
    (row,) = desk.rows(select(ReferralDetail.__table__).where(ReferralDetail.referral_id == made.referral_id))
    return kept(row)


def kept(row: Any) -> dict[str, Any]:
    names = ("letter", "recipient", "accepted_at", "appointment_on", "answer", "cancel_reason")
    return {name: getattr(row, name) for name in names}


def test_a_referrals_letter_and_whom_it_goes_to_come_back(desk: Desk, tmp_path: Path) -> None:
    first = referral(desk)
    assert first["letter"] and first["recipient"] and first["answer"] and first["appointment_on"]  # noqa: PT018
    made, bring = exported(desk), Importer(desk, tmp_path)
    assert bring(moved(made)).tally.taken["ServiceRequest"] == 2
    wanted = select(ReferralDetail.__table__).join(Referral, Referral.id == ReferralDetail.referral_id)
    rows = [kept(row) for row in desk.rows(wanted.where(Referral.patient_id == newcomer(desk)))]
    assert first in rows
    assert [row["cancel_reason"] for row in rows if row != first] == ["Healed by itself"]
    assert bring(moved(made)).tally.unchanged["ServiceRequest"] == 2
    referrals = [one["resource"] for one in made["entry"] if one["resource"]["resourceType"] == "ServiceRequest"]
    (spoilt,) = [one for one in referrals if one["code"]["text"] == "Cardiology"]
    spoilt["id"] = "other"
    for one in spoilt["extension"]:
        one.update({"valueDate": "soon"} if one["url"].endswith("/appointment") else {})
        if one["url"].endswith("/recipient"):
            one["extension"] = [{"url": "pager", "valueString": "1"}, {"url": "fax", "valueInteger": 1}]
    assert bring(moved(made)).tally.taken["ServiceRequest"] == 1


def test_the_database_takes_a_letter_with_its_own_referral_only(pg_desk: Desk) -> None:
    referral(pg_desk)
    (there,) = pg_desk.rows(select(Referral.id).where(Referral.specialty == "Cardiology"))
    pg_desk.write(delete(ReferralDetail).where(ReferralDetail.referral_id == there.id))
    letter = {"referral_id": there.id, "clinic_id": CLINIC, "letter": "forged", "answer": "",
              "updated_at": "2026-05-01T06:00:00"}  # fmt: skip
    call = text("SELECT desktop.import_history(:rows)").bindparams(rows=json.dumps({"referral_detail": [letter]}))
    with pytest.raises(AppError):
        pg_desk.admin.ask(lambda session, _: session.execute(call))
    assert pg_desk.rows(select(ReferralDetail.letter).where(ReferralDetail.referral_id == there.id)) == []


def said(made: dict[str, Any], codes: bool = True) -> list[str]:
    """What the documents of a bundle say, without ids and whom those name."""
    found = []
    for one in documents(json.loads(json.dumps(made))):
        del one["id"]
        for whom in (one["subject"], *one["author"], *one.get("context", {}).get("encounter", [])):
            whom.pop("reference", None)
        for one_of in one.get("relatesTo", []):
            del one_of["target"]
        if not codes:
            one.pop("identifier", None)
        for one_of in one.get("extension", []):
            one_of["extension"] = [x for x in one_of.get("extension", []) if x["url"] != "id"]
        found.append(json.dumps(one, sort_keys=True))
    return sorted(found)


def test_what_was_signed_says_who_did_what(desk: Desk) -> None:
    ids = papers(desk)
    found = {one["id"]: one for one in documents(exported(desk))}
    note = found[ids["note"]]
    assert (note["status"], note["docStatus"]) == ("current", "amended")
    assert note["authenticator"] == {"display": "Ngozi Okafor"}
    text = base64.b64decode(note["content"][0]["attachment"]["data"]).decode()
    assert text.startswith("Reason\nCough\n\nHistory\nThree days.\n\nNo fever.\n\nPlan\nRest\n\nAddendum ")
    wrong, right, open_one = (found[ids[name]] for name in ("wrong", "right", "open"))
    assert (wrong["status"], right["status"]) == ("entered-in-error", "current"), "withdrawn is not current"
    assert right["relatesTo"][0]["target"]["reference"] == f"DocumentReference/{ids['wrong']}"
    assert right["context"]["period"] == {"start": DAY.isoformat(), "end": (DAY + timedelta(days=4)).isoformat()}
    assert (right["docStatus"], open_one["docStatus"]) == ("final", "preliminary")


def test_papers_go_to_another_clinic_and_back_out_of_it(desk: Desk, tmp_path: Path) -> None:
    papers(desk)
    first, bring = exported(desk), Importer(desk, tmp_path)
    report = bring(moved(first))
    assert report.tally.taken["DocumentReference"] == 4
    assert [row.text for row in report.tally.remarks if row.resource.startswith("Doc")] == [
        "still a draft at its source; nobody here has written it"]  # fmt: skip
    back = exported(desk, newcomer(desk))
    assert said(back, codes=False) == said(first, codes=False)
    again = bring(moved(first))
    assert (dict(again.tally.taken), again.tally.unchanged["DocumentReference"]) == ({}, 4)
    assert said(exported(desk, newcomer(desk))) == said(back)


def test_nobody_here_signed_what_another_clinic_signed(desk: Desk, tmp_path: Path) -> None:
    papers(desk)
    Importer(desk, tmp_path)(moved(exported(desk)))
    who = newcomer(desk)
    (note,) = desk.okafor.ask(notes_of_patient, patient_id=who).items
    assert (note.signed, note.elsewhere, note.signed_by, note.author) == (True, True, "Ngozi Okafor", "Ngozi Okafor")
    assert [(one.text, one.by) for one in note.addenda] == [("X-ray clear.", "Ngozi Okafor")]
    assert note.visit_id is not None, "it is the note of the visit that came with it"
    kept = desk.rows(select(VisitNote.signed_by, VisitNote.author_id).where(VisitNote.patient_id == who))
    assert [tuple(row) for row in kept] == [("outside:Ngozi Okafor",) * 2]
    with pytest.raises(Conflict) as refusal:
        desk.okafor.run(WriteVisitNote(visit_id=note.visit_id, changes=write(note.visit_id, plan="Work").changes))
    assert refusal.value.code == "NoteSigned"
    desk.okafor.run(AddAddendum(note_id=note.id, text="Read here."))
    with pytest.raises(AppError):
        desk.okafor.run(SignVisitNote(note_id=note.id, content="", identity=""))


def test_a_code_verifies_one_note_only_and_says_where_it_was_signed(desk: Desk, tmp_path: Path) -> None:
    ids = papers(desk)
    made, bring = exported(desk), Importer(desk, tmp_path)
    bring(moved(made))
    ours = desk.desk.ask(verify_note, code=ids["code"])
    assert (ours.note_id, ours.standing, ours.elsewhere) == (ids["right"], NoteStanding.VALID, False)
    found = [desk.desk.ask(note_view, note_id=row.id)
             for row in desk.rows(select(ExcuseNote.id).where(ExcuseNote.patient_id == newcomer(desk)))]  # fmt: skip
    assert len({one.code for one in found} | {ids["code"]}) == 4, "every copy has a code of its own"
    copy = next(one for one in found if one.row.standing is NoteStanding.VALID)
    told = desk.desk.ask(verify_note, code=copy.code)
    assert (told.standing, told.elsewhere, told.note_id) == (NoteStanding.VALID, True, copy.row.id)
    assert (copy.signed_by, copy.drafted_by) == ("Ngozi Okafor", "Dana Whitfield")
    gone = next(one for one in found if one.row.standing is NoteStanding.WITHDRAWN)
    assert (gone.withdrawn_reason, gone.show_reason, copy.corrects) == ("Wrong days", True, gone.row.id)


def test_what_is_lost_comes_back_from_our_own_export_with_its_code(desk: Desk, tmp_path: Path) -> None:
    ids = papers(desk)
    made, bring = exported(desk), Importer(desk, tmp_path)
    assert dict(bring(made).tally.taken) == {}, "all of it stands here"
    desk.write(delete(VisitNoteAddendum), delete(VisitNote), delete(ExcuseNoteDetail), delete(ExcuseNote))
    assert dict(bring(made).tally.taken) == {"DocumentReference": 4}
    assert dict(bring(made).tally.taken) == {}
    assert said(exported(desk)) == said(made)
    told = desk.desk.ask(verify_note, code=ids["code"])
    assert (told.standing, told.elsewhere) == (NoteStanding.VALID, True)
    assert desk.rows(select(VisitNote.id)) == [(ids["note"],)], "the visit's note has the visit's id"


def test_an_import_adds_to_a_note_and_changes_nothing_in_it(desk: Desk, tmp_path: Path) -> None:
    ids = papers(desk)
    made, bring = moved(exported(desk)), Importer(desk, tmp_path)
    bring(made)
    note = next(one for one in documents(made) if one["id"] == ids["note"])
    before = said(exported(desk, newcomer(desk)))
    part = next(one for one in note["extension"] if one["url"].endswith("/part"))
    part["extension"][1]["valueString"] = "Something else"
    report = bring(made)
    assert [row.text for row in report.tally.remarks] == ["changed at its source; what is here stays"]
    assert said(exported(desk, newcomer(desk))) == before
    added = next(one for one in note["extension"] if one["url"].endswith("/addendum"))
    more = json.loads(json.dumps(added))
    more["extension"][0]["valueString"], more["extension"][-1]["valueString"] = "second", "Better."
    more["extension"][1]["valueDateTime"] = added["extension"][1]["valueDateTime"].replace("Z", "+00:00")[:17] + "59Z"
    note["extension"].append(more)
    report = bring(made)
    assert (report.tally.updated["DocumentReference"], report.tally.taken["DocumentReference"]) == (1, 0)
    (now,) = desk.okafor.ask(notes_of_patient, patient_id=newcomer(desk)).items
    assert (now.parts["reason"], [one.text for one in now.addenda]) == ("Cough", ["X-ray clear.", "Better."])


def test_an_excuse_that_is_withdrawn_at_its_source_asks_to_be_looked_at(desk: Desk, tmp_path: Path) -> None:
    ids = papers(desk)
    bring = Importer(desk, tmp_path)
    bring(moved(exported(desk)))
    desk.okafor.run(WithdrawExcuseNote(note_id=ids["right"], reason="Works already"))
    report = bring(moved(exported(desk)))
    assert "withdrawn at its source after it was imported; look at it" in {one.text for one in report.tally.remarks}
    standings = {row.status for row in desk.rows(select(ExcuseNote.status))}
    assert standings == {ExcuseNoteStatus.SENT, ExcuseNoteStatus.DRAFT}


def test_a_visit_that_has_a_note_here_keeps_it(desk: Desk, tmp_path: Path) -> None:
    papers(desk)
    made, bring = moved(exported(desk)), Importer(desk, tmp_path)
    without = {**made, "entry": [one for one in made["entry"]
                                 if one["resource"]["resourceType"] != "DocumentReference"]}  # fmt: skip
    bring(without)
    who = newcomer(desk)
    visit = desk.rows(select(Visit.id).where(Visit.patient_id == who))[0].id
    desk.okafor.run(write(visit, reason="Mine"))
    report = bring(made)
    assert "its visit has a note here already; it stands beside it" in {one.text for one in report.tally.remarks}
    found = desk.okafor.ask(notes_of_patient, patient_id=who).items
    assert sorted((one.parts["reason"], one.visit_id == visit) for one in found) == [("Cough", False), ("Mine", True)]


@pytest.mark.parametrize(
    ("which", "more", "reason"),
    [
        ("note", {"date": None}, "no time"),
        ("note", {"date": "2999-01-01T00:00:00Z"}, "it lies in the future"),
        ("note", {"docStatus": "preliminary"}, "nobody has signed it"),
        ("note", {"extension": []}, "its parts can't be told apart: it comes from an older export"),
        ("note", {"type": {"text": "Something"}}, "neither a visit note nor an excuse note"),
        ("right", {"authenticator": {"display": "a" * 300}}, None),
        ("right", {"context": {}}, "its parts can't be told apart: it comes from an older export"),
        ("right", {"context": {"period": {"start": "2026-05-09", "end": "2026-05-04"}}}, None),
        ("right", {"status": "entered-in-error"}, "its status is entered-in-error"),
    ],
)
def test_a_paper_that_cannot_be_told_is_left_out(
    desk: Desk, tmp_path: Path, which: str, more: dict[str, Any], reason: str | None
) -> None:
    ids = papers(desk)
    made = moved(exported(desk))
    one = next(one for one in documents(made) if one["id"] == ids[which])
    one.update(more)
    report = Importer(desk, tmp_path)(made)
    left = {row.reason for row in report.tally.skipped if row.resource == f"DocumentReference/{one['id']}"}
    assert left == {reason} if reason else left
    assert report.tally.taken["DocumentReference"] == 3


def test_documents_of_others_are_not_taken_for_ours(desk: Desk, tmp_path: Path) -> None:
    data = base64.b64encode(b"# Chief complaint").decode()
    foreign = {
        "resourceType": "DocumentReference", "id": "d1", "status": "current", "date": "2026-05-01T10:00:00Z",
        "docStatus": "final", "subject": {"reference": "Patient/x1"},
        "type": {"coding": [{"system": "http://loinc.org", "code": "11506-3"}]},
        "content": [{"attachment": {"contentType": "text/plain", "data": data}}],
    }  # fmt: skip
    report = Importer(desk, tmp_path)(WINTER, foreign)
    assert reasons(report) == {"DocumentReference is not imported": 1}
    assert desk.rows(select(VisitNote.id)) == []


def test_an_import_never_signs_in_somebodys_name(pg_desk: Desk) -> None:
    """What the handler would never write, the server refuses: a signature of an account, of tomorrow, of another's."""
    desk = pg_desk
    source = SourceId("https://myhealthally.invalid/elsewhere", "DocumentReference", "n1")
    add = NoteAddition("a", "More.", "Dr Elsewhere", NOW + timedelta(days=1))
    row = NoteRow(source=source, at=NOW, signed_at=NOW, signed_by="Dr Elsewhere", parts={"reason": "Cough"})
    ours = SourceId(own_system(CLINIC), "Patient", LIS)
    for wrong in (NoteRow(source=source, at=NOW, signed_at=NOW + timedelta(days=1), parts=row.parts),
                  NoteRow(source=source, at=NOW, signed_at=NOW, parts=row.parts, addenda=(add,))):  # fmt: skip
        with pytest.raises(AppError):
            desk.admin.run(ImportRecords(patients=(PatientImport(source=ours, notes=(wrong,)),)))
    assert desk.rows(select(VisitNote.id)) == []
