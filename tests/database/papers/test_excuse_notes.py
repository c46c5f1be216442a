"""Excuse notes on both databases: drafted, signed, withdrawn, out of date, and what their codes say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from app.commands.excuse_notes import (
    DiscardExcuseNote,
    DraftExcuseNote,
    EditExcuseNote,
    ExpireExcuseNotes,
    SendExcuseNote,
    WithdrawExcuseNote,
)
from app.commands.patients import FieldChange
from app.db.models import ExcuseNote, ExcuseNoteDetail
from app.domain.enums import ExcuseNoteStatus, ExcuseNoteType
from app.domain.excuse_notes import NoteStanding
from app.domain.paper_codes import new_code
from app.kernel.errors import Conflict, Refused
from app.kernel.ids import new_cuid
from app.queries.counts import rail_counts
from app.queries.excuse_notes import note_drafts, note_list, note_view, notes_out_of_date, verify_note
from tests.support.desk import DAY, NOW, Desk

LIS = "pat-lis"
END = DAY + timedelta(days=2)


def draft(desk: Desk, who: str = "desk", **more: Any) -> DraftExcuseNote:
    values = {"patient_id": LIS, "kind": ExcuseNoteType.WORK, "start": DAY, "end": END, "reason": "Influenza",
              "provider_id": "p-okafor", **more}  # fmt: skip
    command = DraftExcuseNote(**values)
    getattr(desk, who).run(command)
    return command


def sent(desk: Desk, **more: Any) -> DraftExcuseNote:
    note = draft(desk, **more)
    desk.okafor.run(SendExcuseNote(note_id=note.note_id))
    return note


def row(desk: Desk, note_id: str) -> Any:
    return desk.rows(select(ExcuseNote.__table__).where(ExcuseNote.id == note_id))[0]


def detail(desk: Desk, note_id: str) -> Any:
    return desk.rows(select(ExcuseNoteDetail.__table__).where(ExcuseNoteDetail.note_id == note_id))[0]


def test_the_desk_drafts_and_a_provider_signs_and_sends(desk: Desk) -> None:
    note = draft(desk, restrictions="No heavy lifting")
    assert (desk.okafor.ask(note_drafts), desk.okafor.ask(rail_counts)["notes"]) == (1, 1)
    assert (desk.chen.ask(note_drafts), desk.chen.ask(rail_counts)["notes"]) == (0, 0)
    desk.desk2.run(
        EditExcuseNote(note_id=note.note_id, changes=(FieldChange("endDate", END.isoformat(), "2026-05-08"),))
    )
    done = desk.chen.run(SendExcuseNote(note_id=note.note_id))
    kept = row(desk, note.note_id)
    assert (kept.status, kept.sent_at, kept.end_date) == (ExcuseNoteStatus.SENT, NOW, date(2026, 5, 8))
    assert kept.provider_id == "p-chen", "who signs answers for it"
    signed = detail(desk, note.note_id)
    assert (signed.signed_by, signed.signed_at, signed.drafted_by) == ("u-chen", NOW, "u-desk")
    assert done.result["code"] == note.code == signed.code
    view = desk.desk.ask(note_view, note_id=note.note_id)
    assert (view.signed_by, view.drafted_by, view.restrictions, view.show_reason) == (
        "Mei-Ling Chen", "Dana Whitfield", "No heavy lifting", False)  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [FieldChange("reason", "Influenza", "Cold"), FieldChange("showReason", False, True),
     FieldChange("endDate", END.isoformat(), "2026-05-08")],
)  # fmt: skip
def test_only_what_the_signer_saw_is_signed(desk: Desk, change: FieldChange) -> None:
    note = draft(desk)
    seen = desk.okafor.ask(note_view, note_id=note.note_id).content
    desk.desk.run(EditExcuseNote(note_id=note.note_id, changes=(change,)))
    with pytest.raises(Conflict) as found:
        desk.okafor.run(SendExcuseNote(note_id=note.note_id, content=seen))
    assert (found.value.code, found.value.field) == ("NoteChanged", "noteId")
    assert row(desk, note.note_id).status is ExcuseNoteStatus.DRAFT
    now = desk.okafor.ask(note_view, note_id=note.note_id).content
    desk.okafor.run(SendExcuseNote(note_id=note.note_id, content=now))
    assert row(desk, note.note_id).status is ExcuseNoteStatus.SENT


def test_who_signs_second_is_not_told_that_it_is_signed_by_them(desk: Desk) -> None:
    note = draft(desk)
    for _ in range(2):  # one's own is given again after a lost connection
        desk.okafor.run(SendExcuseNote(note_id=note.note_id))
    with pytest.raises(Conflict) as found:
        desk.chen.run(SendExcuseNote(note_id=note.note_id))
    assert found.value.code == "DocumentLocked"
    assert detail(desk, note.note_id).signed_by == "u-okafor"


@pytest.mark.parametrize("who", ["desk", "admin"])
def test_only_a_provider_sends_and_withdraws(desk: Desk, who: str) -> None:
    note = draft(desk)
    for command in (SendExcuseNote(note_id=note.note_id), WithdrawExcuseNote(note_id=note.note_id, reason="x")):
        with pytest.raises(Refused) as found:
            getattr(desk, who).run(command)
        assert found.value.code == "NotAllowed"
    assert row(desk, note.note_id).status is ExcuseNoteStatus.DRAFT


def test_a_draft_that_nobody_wants_is_thrown_away_as_it_was_seen_and_comes_back(desk: Desk) -> None:
    note = draft(desk, restrictions="Rest", show_reason=True)
    seen = desk.desk.ask(note_view, note_id=note.note_id)
    desk.okafor.run(EditExcuseNote(note_id=note.note_id, changes=(FieldChange("reason", "Influenza", "Cold"),)))
    with pytest.raises(Conflict) as found:
        desk.desk.run(DiscardExcuseNote(note_id=note.note_id, content=seen.content))
    assert found.value.code == "NoteChanged"
    with pytest.raises(Refused) as refused:
        desk.admin.run(DiscardExcuseNote(note_id=note.note_id, content=seen.content))
    assert refused.value.code == "NotAllowed"
    before = desk.desk.ask(note_view, note_id=note.note_id)
    desk.pass_time(timedelta(hours=3))
    gone = desk.desk.run(DiscardExcuseNote(note_id=note.note_id, content=before.content))
    assert desk.rows(select(ExcuseNote.id)) == desk.rows(select(ExcuseNoteDetail.note_id)) == []
    desk.desk2.run(DiscardExcuseNote(note_id=note.note_id, content=before.content))
    assert gone.undo is not None
    desk.desk.run(gone.undo)
    again = desk.desk.ask(note_view, note_id=note.note_id)
    assert replace(again, updated_at=before.updated_at) == before
    assert again.row.created_at == NOW, "written when it was, not when it came back"


def test_what_comes_back_was_never_written_later_than_now(desk: Desk) -> None:
    note = draft(desk, written_at=NOW + timedelta(days=1))
    assert row(desk, note.note_id).created_at == NOW


def test_a_code_says_nothing_of_another_clinics_note(desk: Desk) -> None:
    note = sent(desk)
    reader = desk.desk.reader()
    with desk.session() as session:  # past the database's own rules: the question asks for its clinic itself
        assert verify_note(session, reader, code=note.code).standing is NoteStanding.VALID
        told = verify_note(session, replace(reader, clinic_id="another"), code=note.code)
    assert (told.standing, told.note_id, told.patient_id, told.initials) == (None, "", "", "")


def test_what_was_sent_is_never_thrown_away(desk: Desk) -> None:
    note = sent(desk)
    view = desk.okafor.ask(note_view, note_id=note.note_id)
    with pytest.raises(Conflict) as found:
        desk.okafor.run(DiscardExcuseNote(note_id=note.note_id, content=view.content))
    assert found.value.code == "DocumentLocked"
    assert row(desk, note.note_id).status is ExcuseNoteStatus.SENT


def test_what_was_sent_never_changes(desk: Desk) -> None:
    note = sent(desk)
    for who in ("desk", "okafor"):
        with pytest.raises(Conflict) as found:
            getattr(desk, who).run(
                EditExcuseNote(note_id=note.note_id, changes=(FieldChange("reason", "Influenza", "x"),))
            )
        assert found.value.code == "DocumentLocked"
    again = draft(desk, who="okafor", corrects=note.note_id, end=END + timedelta(days=1))
    assert desk.desk.ask(note_view, note_id=note.note_id).corrected_by == again.note_id
    assert again.code != note.code


def test_sending_twice_is_one_sending(desk: Desk) -> None:
    note = sent(desk)
    desk.pass_time(timedelta(minutes=1))
    desk.okafor.run(SendExcuseNote(note_id=note.note_id))
    assert row(desk, note.note_id).sent_at == NOW


def test_a_withdrawn_note_says_so_and_stays_withdrawn(desk: Desk) -> None:
    note = sent(desk)
    assert desk.desk.ask(verify_note, code=note.code).standing is NoteStanding.VALID
    desk.okafor.run(WithdrawExcuseNote(note_id=note.note_id, reason="Wrong person"))
    found = desk.desk.ask(verify_note, code=note.code)
    assert (found.standing, found.withdrawn) == (NoteStanding.WITHDRAWN, DAY)
    desk.pass_time(timedelta(days=9))
    desk.okafor.run(WithdrawExcuseNote(note_id=note.note_id, reason="Again"))
    assert detail(desk, note.note_id).withdrawn_reason == "Wrong person"
    assert desk.desk.ask(verify_note, code=note.code).standing is NoteStanding.WITHDRAWN
    with pytest.raises(Refused, match="draft"):
        desk.okafor.run(WithdrawExcuseNote(note_id=draft(desk).note_id, reason="x"))


def test_it_is_out_of_date_the_moment_its_last_day_is_over_in_the_clinic(desk: Desk) -> None:
    note = sent(desk, end=DAY)
    desk.pass_time(timedelta(hours=13, minutes=17))  # 23:59 in Berlin
    assert desk.desk.ask(verify_note, code=note.code).standing is NoteStanding.VALID
    assert not desk.desk.ask(notes_out_of_date)
    assert desk.desk.run(ExpireExcuseNotes()).result["expired"] == 0
    desk.pass_time(timedelta(minutes=2))  # a second of doubt between two clocks
    assert desk.desk.ask(verify_note, code=note.code).standing is NoteStanding.EXPIRED
    assert desk.desk.ask(note_view, note_id=note.note_id).row.status is ExcuseNoteStatus.SENT, (
        "shown at once, not written"
    )
    assert desk.desk.ask(notes_out_of_date)
    later = sent(desk)
    assert desk.desk.run(ExpireExcuseNotes()).result["expired"] == 1
    assert row(desk, note.note_id).status is ExcuseNoteStatus.EXPIRED
    assert row(desk, later.note_id).status is ExcuseNoteStatus.SENT
    assert not desk.desk.ask(notes_out_of_date)


def test_a_code_tells_days_and_initials_and_nothing_medical(desk: Desk) -> None:
    note = sent(desk, show_reason=True, restrictions="Nothing")
    found = desk.desk.ask(verify_note, code=f" {note.code[:4].lower()}-{note.code[4:8]}-{note.code[8:]} ")
    assert (found.initials, found.start, found.end, found.issued) == ("Z. L.", DAY, END, DAY)
    assert "Influenza" not in repr(found)
    assert "Zygmunt" not in repr(found)


def test_unknown_wrong_and_drafts_codes(desk: Desk) -> None:
    assert desk.desk.ask(verify_note, code=new_code()).standing is None
    assert desk.desk.ask(verify_note, code=draft(desk).code).standing is None
    for wrong in ("", "ABC", sent(desk).code[:-1] + "U"):
        with pytest.raises(Refused) as found:
            desk.desk.ask(verify_note, code=wrong)
        assert found.value.code == "BadCode"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"end": DAY - timedelta(days=1)}, "endDate"),
        ({"end": DAY + timedelta(days=366)}, "endDate"),
        ({"reason": " "}, "reason"),
        ({"restrictions": "x" * 100_001}, "restrictions"),
        ({"patient_id": "nobody"}, "patientId"),
        ({"provider_id": None}, "providerId"),
        ({"provider_id": "nobody"}, "providerId"),
        ({"code": "ABCD"}, "code"),
    ],
)
def test_bad_input_names_its_field(desk: Desk, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as found:
        draft(desk, **more)
    assert found.value.field == field


def test_a_note_takes_the_place_of_one_of_the_same_patient_only(desk: Desk) -> None:
    theirs = sent(desk, patient_id="pat-roux")
    with pytest.raises(Refused) as found:
        draft(desk, corrects=theirs.note_id)
    assert found.value.field == "corrects"


def test_two_edit_other_fields_and_conflict_on_the_same(desk: Desk) -> None:
    note = draft(desk)
    done = desk.desk.run(EditExcuseNote(note_id=note.note_id, changes=(FieldChange("showReason", False, True),)))
    desk.desk2.run(EditExcuseNote(note_id=note.note_id, changes=(FieldChange("reason", "Influenza", "Migraine"),)))
    with pytest.raises(Conflict) as found:
        desk.okafor.run(EditExcuseNote(note_id=note.note_id, changes=(FieldChange("reason", "Influenza", "x"),)))
    assert found.value.code == "FieldChanged"
    assert done.undo is not None
    desk.desk.run(done.undo)
    assert not detail(desk, note.note_id).show_reason
    with pytest.raises(Refused, match="last day"):
        desk.desk.run(EditExcuseNote(note_id=note.note_id,
                                     changes=(FieldChange("startDate", DAY.isoformat(), "2026-06-01"),)))  # fmt: skip


def test_the_list_by_what_they_are_today(desk: Desk) -> None:
    old = sent(desk, start=DAY - timedelta(days=9), end=DAY - timedelta(days=1))
    gone = sent(desk)
    desk.okafor.run(WithdrawExcuseNote(note_id=gone.note_id, reason="x"))
    good, waiting = sent(desk), draft(desk)
    by = {one: [row.id for row in desk.desk.ask(note_list, standings=(one,)).items] for one in NoteStanding}
    assert by == {NoteStanding.DRAFT: [waiting.note_id], NoteStanding.VALID: [good.note_id],
                  NoteStanding.EXPIRED: [old.note_id], NoteStanding.WITHDRAWN: [gone.note_id]}  # fmt: skip
    assert len(desk.desk.ask(note_list, patient_id=LIS, limit=3).items) == 3


def test_one_that_the_backend_sent_gets_its_code_when_it_is_first_needed(desk: Desk) -> None:
    note = new_cuid()
    desk.write(insert(ExcuseNote).values(
        id=note, patient_id=LIS, provider_id="p-okafor", type=ExcuseNoteType.SCHOOL, start_date=DAY, end_date=END,
        reason="x", status=ExcuseNoteStatus.DRAFT, created_at=NOW, updated_at=NOW,
    ))  # fmt: skip
    assert desk.desk.ask(note_view, note_id=note).code == ""
    code = desk.okafor.run(SendExcuseNote(note_id=note)).result["code"]
    assert desk.desk.ask(verify_note, code=code).standing is NoteStanding.VALID
