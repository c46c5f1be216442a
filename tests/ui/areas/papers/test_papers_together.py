"""Two people at one paper: fields of others come in, the same field is chosen between, it is signed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sqlalchemy import select

from app.commands.core import Command
from app.commands.excuse_notes import DraftExcuseNote, EditExcuseNote, SendExcuseNote
from app.commands.patients import FieldChange
from app.commands.referrals import CreateReferral, EditReferral, SendReferral
from app.db.models import Draft, ExcuseNote, ExcuseNoteDetail, Referral, ReferralDetail
from app.domain.enums import ExcuseNoteStatus, ExcuseNoteType
from app.ui.areas.notes.spec import SPEC as NOTES
from app.ui.areas.referrals.spec import SPEC as REFERRALS
from tests.support.desk import DAY, Desk
from tests.support.front_desk import Window, elsewhere

CTRL = Qt.KeyboardModifier.ControlModifier
LIS = "pat-lis"


def press(window: Window, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget() or window.shell.window, key, held)


def given(clinic: Desk, who: str, command: Command) -> None:
    elsewhere(lambda: getattr(clinic, who).run(command))


@pytest.fixture
def note(clinic: Desk) -> str:
    draft = DraftExcuseNote(patient_id=LIS, kind=ExcuseNoteType.WORK, start=DAY, end=DAY, reason="Influenza",
                            restrictions="Rest", provider_id="p-okafor")  # fmt: skip
    given(clinic, "desk", draft)
    return draft.note_id


@pytest.fixture
def okafor(window: Callable[..., Window]) -> Window:
    made = window("okafor", more=(NOTES, REFERRALS))
    made.sit_down()
    return made


@pytest.fixture
def editor(okafor: Window, note: str) -> Any:
    page = okafor.page("notes")
    page.desk.open_paper(note)
    editor = page.desk.editor
    okafor.wait(lambda: editor.view is not None and editor.head is not None and editor.provider.count() > 1)
    return editor


def reason_by(note: str, new: str, old: str = "Influenza") -> EditExcuseNote:
    return EditExcuseNote(note_id=note, changes=(FieldChange("reason", old, new),))


def waits(window: Window) -> list[Any]:
    assert window.shell.desk is not None
    return window.shell.desk._pendings._jobs


@pytest.mark.parametrize("mine", [True, False])
def test_the_same_field_is_chosen_between_and_then_saved(
    okafor: Window, clinic: Desk, note: str, editor: Any, mine: bool
) -> None:
    editor.reason.setPlainText("Influenza B")
    given(clinic, "desk", reason_by(note, "Influenza A"))
    editor.reason.setFocus()
    press(okafor, Qt.Key.Key_S, CTRL)
    conflict = editor.merging.view
    okafor.wait(lambda: conflict.isVisible() and QApplication.focusWidget() is not None)
    line = conflict.lines["reason"]
    assert (line.theirs.text, line.mine.text) == ("Influenza A", "Influenza B")
    assert line.choice.isAncestorOf(QApplication.focusWidget())
    assert clinic.rows(select(ExcuseNote.reason))[0].reason == "Influenza A"
    if not mine:
        press(okafor, Qt.Key.Key_Right)
    press(okafor, Qt.Key.Key_S, CTRL)
    kept = "Influenza B" if mine else "Influenza A"
    okafor.wait(lambda: not editor.dirty and not editor.load.asking and not conflict.isVisible())
    assert clinic.rows(select(ExcuseNote.reason))[0].reason == kept
    assert editor.reason.toPlainText() == kept
    assert editor.reason.hasFocus(), "where it was before there was something to choose"


def test_nothing_is_signed_before_it_is_chosen(okafor: Window, clinic: Desk, note: str, editor: Any) -> None:
    editor.reason.setPlainText("Influenza B")
    given(clinic, "desk", reason_by(note, "Influenza A"))
    editor.reason.setFocus()
    press(okafor, Qt.Key.Key_Return, CTRL)
    okafor.wait(lambda: editor.merging.view.open)
    press(okafor, Qt.Key.Key_Return, CTRL)
    assert not editor.act.is_busy
    assert waits(okafor) == []
    assert clinic.rows(select(ExcuseNote.reason))[0].reason == "Influenza A"


def test_others_fields_come_in_beside_what_is_typed(okafor: Window, clinic: Desk, note: str, editor: Any) -> None:
    """They were neither shown nor kept: after saving what was typed next, the old ones were written again."""
    editor.reason.setPlainText("Influenza B")
    change = FieldChange("restrictions", "Rest", "No lifting")
    given(clinic, "desk", EditExcuseNote(note_id=note, changes=(change,)))
    okafor.page("notes").refresh()
    okafor.wait(lambda: editor.restrictions.toPlainText() == "No lifting")
    assert (editor.reason.toPlainText(), editor.dirty) == ("Influenza B", True)
    editor.reason.setFocus()
    press(okafor, Qt.Key.Key_S, CTRL)
    okafor.wait(lambda: not editor.dirty)
    (row,) = clinic.rows(select(ExcuseNote.reason, ExcuseNote.restrictions))
    assert (row.reason, row.restrictions) == ("Influenza B", "No lifting")


def test_a_draft_taken_up_later_replaces_nothing_that_it_did_not_change(
    okafor: Window, clinic: Desk, note: str, editor: Any
) -> None:
    editor.reason.setPlainText("Influenza B")
    editor.reason.setFocus()
    press(okafor, Qt.Key.Key_Escape)
    okafor.wait(lambda: clinic.rows(select(Draft.id)))
    change = FieldChange("restrictions", "Rest", "No lifting")
    given(clinic, "desk", EditExcuseNote(note_id=note, changes=(change,)))
    given(clinic, "desk", reason_by(note, "Influenza A"))
    page = okafor.page("notes")
    editor.view = None  # as in another window
    page.desk.open_paper(note)
    okafor.wait(lambda: editor.dirty and editor.reason.toPlainText() == "Influenza B")
    assert editor.restrictions.toPlainText() == "No lifting"
    editor.reason.setFocus()
    press(okafor, Qt.Key.Key_S, CTRL)
    okafor.wait(lambda: editor.merging.view.open)
    assert list(editor.merging.view.lines) == ["reason"]


def test_a_note_that_another_one_sent_meanwhile_is_not_signed_again(
    okafor: Window, clinic: Desk, note: str, editor: Any
) -> None:
    editor.reason.setPlainText("Influenza B")
    given(clinic, "chen", SendExcuseNote(note_id=note))
    okafor.page("notes").refresh()
    okafor.wait(lambda: not editor.send_button.isVisible())
    assert editor.reason.toPlainText() == "Influenza"
    assert "too late" in editor.note.text.text()
    QTest.mouseClick(editor.again_button, Qt.MouseButton.LeftButton)
    okafor.wait(lambda: editor.reason.toPlainText() == "Influenza B" and editor.head is not None)
    editor.reason.setFocus()
    press(okafor, Qt.Key.Key_S, CTRL)
    okafor.wait(lambda: editor.view is not None and editor.view.row.id != note)
    rows = clinic.rows(select(ExcuseNote.status, ExcuseNote.reason, ExcuseNoteDetail.corrects).join(
        ExcuseNoteDetail, ExcuseNoteDetail.note_id == ExcuseNote.id).order_by(ExcuseNote.created_at))  # fmt: skip
    assert [tuple(row) for row in rows] == [
        (ExcuseNoteStatus.SENT, "Influenza", None), (ExcuseNoteStatus.DRAFT, "Influenza B", note),
    ]  # fmt: skip
    okafor.wait(lambda: not clinic.rows(select(Draft.id)))


def test_what_was_typed_of_a_note_sent_since_waits_beside_it(
    okafor: Window, clinic: Desk, note: str, editor: Any
) -> None:
    """Taken up after that, it stood in the sent note's form as if the note said so."""
    editor.reason.setPlainText("Influenza B")
    editor.reason.setFocus()
    press(okafor, Qt.Key.Key_Escape)
    okafor.wait(lambda: clinic.rows(select(Draft.id)))
    given(clinic, "chen", SendExcuseNote(note_id=note))
    editor.view = None
    okafor.page("notes").desk.open_paper(note)
    okafor.wait(lambda: "too late" in editor.note.text.text())
    assert editor.reason.toPlainText() == "Influenza"
    assert not editor.dirty
    assert clinic.rows(select(Draft.id))


@pytest.fixture
def letter(okafor: Window, clinic: Desk) -> Any:
    made = CreateReferral(patient_id=LIS, specialty="Cardiology", reason="Palpitations", referred_to="Dr. Ames")
    given(clinic, "okafor", made)
    page = okafor.page("referrals")
    page.desk.open_paper(made.referral_id)
    editor = page.desk.editor
    okafor.wait(lambda: editor.view is not None and editor.head is not None)
    return editor


def test_what_is_typed_of_a_letter_that_another_one_sends_goes_into_a_new_one(
    okafor: Window, clinic: Desk, letter: Any
) -> None:
    """The form stayed open to be typed in, every saving was refused, and the text could go nowhere."""
    first = letter.row_id
    letter.letter.setPlainText("Please see her soon")
    given(clinic, "chen", SendReferral(referral_id=first))
    okafor.page("referrals").refresh()
    okafor.wait(lambda: not letter.send_button.isVisible())
    assert letter.letter.toPlainText() == ""
    assert "too late" in letter.note.text.text()
    okafor.page("referrals").refresh()  # somebody changes something else of it
    okafor.wait(lambda: letter.view is not None and letter.aside)
    QTest.mouseClick(letter.again_button, Qt.MouseButton.LeftButton)
    okafor.wait(lambda: letter.letter.toPlainText() == "Please see her soon" and letter.head is not None)
    assert not letter.note.isVisible()
    letter.reason.setFocus()
    press(okafor, Qt.Key.Key_S, CTRL)
    okafor.wait(lambda: letter.view is not None and letter.view.row.id != first)
    found = select(Referral.status, Referral.reason, ReferralDetail.letter)
    rows = clinic.rows(found.join(ReferralDetail, ReferralDetail.referral_id == Referral.id).order_by(Referral.status))
    assert sorted((row.status.value, row.reason, row.letter) for row in rows) == [
        ("PENDING", "Palpitations", "Please see her soon"), ("SENT", "Palpitations", ""),
    ]  # fmt: skip
    okafor.wait(lambda: not clinic.rows(select(Draft.id)))


def test_what_was_typed_of_a_letter_sent_since_waits_beside_it(okafor: Window, clinic: Desk, letter: Any) -> None:
    letter.letter.setPlainText("Please see her soon")
    letter.letter.setFocus()
    press(okafor, Qt.Key.Key_Escape)
    okafor.wait(lambda: clinic.rows(select(Draft.id)))
    given(clinic, "chen", SendReferral(referral_id=letter.row_id))
    letter.view = None  # as in another window
    okafor.page("referrals").desk.open_paper(letter.row_id)
    okafor.wait(lambda: "too late" in letter.note.text.text())
    assert letter.letter.toPlainText() == ""
    assert not letter.dirty
    assert clinic.rows(select(Draft.id))


def test_a_letter_that_two_change_is_chosen_between(okafor: Window, clinic: Desk) -> None:
    letter = CreateReferral(patient_id=LIS, specialty="Cardiology", reason="Palpitations")
    given(clinic, "okafor", letter)
    page = okafor.page("referrals")
    page.desk.open_paper(letter.referral_id)
    editor = page.desk.editor
    okafor.wait(lambda: editor.view is not None and editor.head is not None)
    editor.letter.setPlainText("Mine")
    changes = (FieldChange("letter", "", "Theirs"), FieldChange("referredTo", None, "Dr. Ames"))
    given(clinic, "chen", EditReferral(referral_id=letter.referral_id, changes=changes))
    page.refresh()
    okafor.wait(lambda: editor.referred_to.text() == "Dr. Ames")
    editor.letter.setFocus()
    press(okafor, Qt.Key.Key_S, CTRL)
    okafor.wait(lambda: editor.merging.view.open)
    assert editor.merging.view.lines["letter"].theirs.text == "Theirs"
    press(okafor, Qt.Key.Key_Return, CTRL)
    assert waits(okafor) == []
    press(okafor, Qt.Key.Key_S, CTRL)
    okafor.wait(lambda: not editor.dirty and not editor.load.asking)
    (row,) = clinic.rows(select(ReferralDetail.letter, Referral.referred_to).join(
        Referral, Referral.id == ReferralDetail.referral_id))  # fmt: skip
    assert tuple(row) == ("Mine", "Dr. Ames")


def test_news_of_the_note_before_never_take_the_place_of_one_that_is_begun(
    okafor: Window, clinic: Desk, note: str, editor: Any
) -> None:
    editor.refresh()
    okafor.page("notes").desk.start("pat-roux", "Élodie Roux")
    okafor.wait(lambda: editor.head is not None and editor.head.patient_id == "pat-roux" and not editor.load.asking)
    assert (editor.view, editor.row_id, editor.reason.toPlainText()) == (None, "", "")
