"""Visit notes on both databases: written, met by others, signed as seen, then only added to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from app.commands.patients import EditPatient, FieldChange
from app.commands.visit_notes import AddAddendum, DiscardVisitNote, SignVisitNote, WriteVisitNote
from app.db.models import VisitNote, VisitNoteAddendum
from app.domain.enums import VisitNoteStatus
from app.domain.visit_notes import MOST_IN_FIELD, NOTE_FIELDS, identity_hash, note_hash, note_id_for
from app.kernel.errors import AppError, Conflict, Refused
from tests.support.desk import Desk
from tests.support.treating import begin_visit


def write(visit: str, **parts: str) -> WriteVisitNote:
    changes = tuple(FieldChange(name, "", value) for name, value in parts.items())
    return WriteVisitNote(visit_id=visit, changes=changes)


def row(desk: Desk, visit: str) -> Any:
    return desk.rows(select(VisitNote.__table__).where(VisitNote.id == note_id_for(visit)))[0]


def sign(desk: Desk, visit: str, **parts: str) -> SignVisitNote:
    """Sign what is there, with some of what was seen replaced."""
    found = row(desk, visit)
    seen = {name: getattr(found, name) for name in NOTE_FIELDS} | parts
    identity = identity_hash("pat-lis", "Zygmunt", "Lis", None)
    return SignVisitNote(note_id=found.id, content=note_hash(seen), identity=identity)


def test_a_note_is_begun_changed_and_signed(desk: Desk, visit: str) -> None:
    begun = desk.okafor.run(write(visit, reason="Cough", history=" For three days. "))
    assert begun.result["content"] == note_hash({"reason": "Cough", "history": "For three days."})
    desk.pass_time(timedelta(minutes=3))
    desk.okafor.run(write(visit, assessment="Bronchitis", plan="Rest"))
    note = row(desk, visit)
    assert (note.reason, note.history, note.plan) == ("Cough", "For three days.", "Rest")
    assert (note.patient_id, note.provider_id, note.author_id) == ("pat-lis", "p-okafor", "u-okafor")
    desk.okafor.run(sign(desk, visit))
    signed = row(desk, visit)
    assert (signed.status, signed.signed_by, signed.signed_at) == ("SIGNED", "u-okafor", desk.clock.now())
    again = desk.okafor.run(sign(desk, visit))
    assert again.result["noteId"] == signed.id, "signed so already is success"


def test_a_signed_note_takes_addenda_only(desk: Desk, visit: str) -> None:
    desk.okafor.run(write(visit, reason="Cough", plan="Rest"))
    with pytest.raises(Refused, match="still a draft"):
        desk.okafor.run(AddAddendum(note_id=note_id_for(visit), text="too soon"))
    desk.okafor.run(sign(desk, visit))
    with pytest.raises(Conflict) as refusal:
        desk.okafor.run(WriteVisitNote(visit_id=visit, changes=(FieldChange("plan", "Rest", "Work"),)))
    assert refusal.value.code == "NoteSigned"
    with pytest.raises(Conflict):
        desk.okafor.run(DiscardVisitNote(note_id=note_id_for(visit), content=row(desk, visit).id))
    desk.pass_time(timedelta(hours=1))
    desk.chen.run(AddAddendum(note_id=note_id_for(visit), text="X-ray clear."))
    (addendum,) = desk.rows(select(VisitNoteAddendum.__table__))
    assert (addendum.body, addendum.by_user, addendum.at) == ("X-ray clear.", "u-chen", desk.clock.now())
    assert row(desk, visit).plan == "Rest"


def test_two_who_write_meet_part_by_part(desk: Desk, visit: str) -> None:
    desk.okafor.run(write(visit, reason="Cough", plan="Rest"))
    elsewhere = desk.person("okafor", "ws-second")
    elsewhere.run(WriteVisitNote(visit_id=visit, changes=(FieldChange("plan", "Rest", "Rest, fluids"),)))
    desk.okafor.run(WriteVisitNote(visit_id=visit, changes=(FieldChange("history", "", "Since Monday"),)))
    assert (row(desk, visit).plan, row(desk, visit).history) == ("Rest, fluids", "Since Monday")
    with pytest.raises(Conflict) as clash:
        desk.okafor.run(WriteVisitNote(visit_id=visit, changes=(FieldChange("plan", "Rest", "Back to work"),)))
    assert clash.value.field == "plan"
    assert clash.value.data["fields"]["plan"] == {"base": "Rest", "mine": "Back to work", "server": "Rest, fluids"}
    elsewhere.store.close()


def test_what_was_not_on_the_screen_is_not_signed(desk: Desk, visit: str) -> None:
    desk.okafor.run(write(visit, reason="Cough", plan="Rest"))
    with pytest.raises(Conflict) as changed:
        desk.okafor.run(sign(desk, visit, plan="Rest and fluids"))
    assert changed.value.code == "FieldChanged"
    seen = sign(desk, visit)
    desk.desk.run(EditPatient(patient_id="pat-lis", changes=(FieldChange("lastName", "Lis", "Lisowski"),)))
    with pytest.raises(Conflict) as renamed:
        desk.okafor.run(seen)
    assert renamed.value.code == "IdentityChanged"
    assert row(desk, visit).status is VisitNoteStatus.DRAFT


@pytest.mark.parametrize(("parts", "field"), [({"plan": "Rest"}, "reason"), ({"reason": "Cough"}, "assessment")])
def test_half_a_note_is_not_signed(desk: Desk, visit: str, parts: dict[str, str], field: str) -> None:
    desk.okafor.run(write(visit, **parts))
    with pytest.raises(Refused) as refusal:
        desk.okafor.run(sign(desk, visit))
    assert (refusal.value.code, refusal.value.field) == ("NoteIncomplete", field)


def test_only_its_author_and_the_visits_provider_write_and_sign(desk: Desk, visit: str) -> None:
    for who in (desk.desk, desk.admin):
        with pytest.raises(Refused) as refusal:
            who.run(write(visit, reason="Cough"))
        assert refusal.value.code == "NotAllowed"
    desk.okafor.run(write(visit, reason="Cough", plan="Rest"))
    for command in (write(visit, history="x"), sign(desk, visit),
                    DiscardVisitNote(note_id=note_id_for(visit), content=sign(desk, visit).content)):  # fmt: skip
        with pytest.raises(Refused):
            desk.chen.run(command)


def test_what_a_colleague_began_the_visits_provider_signs(desk: Desk, visit: str) -> None:
    desk.chen.run(write(visit, reason="Cough", plan="Rest"))
    desk.okafor.run(sign(desk, visit))
    assert (row(desk, visit).author_id, row(desk, visit).signed_by) == ("u-chen", "u-okafor")


def test_signing_names_who_could_be_meant(desk: Desk) -> None:
    visit = begin_visit(desk, "kowalska")
    begin_visit(desk, "kowalski", "14:00", "chen")
    desk.okafor.run(write(visit, reason="Cough", plan="Rest"))
    command = SignVisitNote(note_id=note_id_for(visit), content=note_hash({"reason": "Cough", "plan": "Rest"}),
                            identity=identity_hash("pat-kowalska", "Anna", "Kowalska", None))  # fmt: skip
    (warning,) = desk.okafor.run(command).warnings
    assert "Anna Kowalski" in warning


def test_beginning_and_discarding_are_taken_back(desk: Desk, visit: str) -> None:
    begun = desk.okafor.run(write(visit, reason="Cough", plan="Rest"))
    assert begun.undo is not None
    gone = desk.okafor.run(begun.undo)
    assert desk.rows(select(VisitNote.id)) == []
    desk.okafor.run(begun.undo)
    assert gone.undo is not None
    desk.okafor.run(gone.undo)
    assert (row(desk, visit).reason, row(desk, visit).plan) == ("Cough", "Rest")
    edited = desk.okafor.run(WriteVisitNote(visit_id=visit, changes=(FieldChange("plan", "Rest", "Work"),)))
    with pytest.raises(Conflict):
        desk.okafor.run(begun.undo)
    assert edited.undo is not None
    desk.okafor.run(edited.undo)
    assert row(desk, visit).plan == "Rest"


@pytest.mark.parametrize("field", NOTE_FIELDS)
def test_ten_megabytes_are_refused_by_name(desk: Desk, visit: str, field: str) -> None:
    for value in ("x" * 10_000_000, "x" * (MOST_IN_FIELD + 1), "a\0b", "\ud800"):
        with pytest.raises(Refused) as refusal:
            desk.okafor.run(write(visit, **{field: value}))
        assert refusal.value.field == field
    desk.okafor.run(write(visit, **{field: "ß" * MOST_IN_FIELD}))
    assert getattr(row(desk, visit), field) == "ß" * MOST_IN_FIELD


def test_a_part_that_no_note_has_is_refused(desk: Desk, visit: str) -> None:
    with pytest.raises(Refused) as refusal:
        desk.okafor.run(write(visit, status="SIGNED"))
    assert refusal.value.field == "status"


def test_nobody_on_the_staff_changes_a_signed_note_by_sql(pg_desk: Desk) -> None:
    desk = pg_desk
    visit = begin_visit(desk)
    desk.okafor.run(write(visit, reason="Cough", plan="Rest"))
    draft = "UPDATE desktop.visit_note SET plan = 'x' WHERE id = :id"
    refused(desk, "chen", draft, visit)
    refused(desk, "okafor", "UPDATE desktop.visit_note SET status = 'SIGNED' WHERE id = :id", visit)
    refused(desk, "okafor", "UPDATE desktop.visit_note SET status = 'SIGNED', signed_at = now(), signed_by = 'u-chen' "
                            "WHERE id = :id", visit)  # fmt: skip
    refused(desk, "okafor", "INSERT INTO desktop.visit_note_addendum (id, clinic_id, note_id, body, by_user, at) "
                            "VALUES ('a', 'clinic-1', :id, 'x', 'u-okafor', now())", visit)  # fmt: skip
    desk.okafor.run(sign(desk, visit))
    desk.okafor.run(AddAddendum(note_id=note_id_for(visit), text="Better.", addendum_id="add-1"))
    for who in ("okafor", "chen", "admin", "desk"):
        for statement in (
            draft,
            "UPDATE desktop.visit_note SET status = 'DRAFT', signed_at = NULL, signed_by = NULL WHERE id = :id",
            "DELETE FROM desktop.visit_note WHERE id = :id",
            "UPDATE desktop.visit_note_addendum SET body = 'x' WHERE note_id = :id",
            "DELETE FROM desktop.visit_note_addendum WHERE note_id = :id",
        ):
            refused(desk, who, statement, visit)
    kept = row(desk, visit)
    assert (kept.plan, kept.status) == ("Rest", VisitNoteStatus.SIGNED)
    assert desk.rows(select(VisitNoteAddendum.body)) == [("Better.",)]
    desk.write(update(VisitNote).values(patient_id="pat-roux"))
    assert row(desk, visit).patient_id == "pat-roux", "a merge may move it"


def refused(desk: Desk, who: str, statement: str, visit: str) -> None:
    """Fail unless the statement, given by the person's own login, changes nothing."""

    def do(session: Any) -> int:
        return int(session.execute(text(statement), {"id": note_id_for(visit)}).rowcount)

    try:
        changed = getattr(desk, who).store.read(do)
    except AppError:
        return
    assert changed == 0, f"{who}: {statement}"
