"""Referrals and notes in the window: written by keyboard, the page follows, sent after ten seconds, never twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sqlalchemy import select, update

from app.commands.excuse_notes import DraftExcuseNote, SendExcuseNote
from app.commands.referrals import CreateReferral, SendReferral
from app.db.models import ExcuseNote, ExcuseNoteDetail, Patient, Referral, ReferralDetail
from app.domain.enums import ExcuseNoteStatus, ExcuseNoteType, ReferralStatus
from app.domain.paper_codes import shown
from app.ui.areas.chart.spec import SPEC as CHART
from app.ui.areas.notes.spec import SPEC as NOTES
from app.ui.areas.referrals.spec import SPEC as REFERRALS
from app.ui.shell.pending import PendingBook
from app.ui.work.places import OpenChart, ShowReferrals
from tests.support.desk import DAY, Desk
from tests.support.front_desk import Window
from tests.support.papers import text_of_file

CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
LIS = "pat-lis"


def text_into(field: Any, text: str) -> None:
    field.setFocus()
    QTest.keyClicks(field, text)


def press(window: Window, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    target = QApplication.focusWidget() or window.shell.window
    QTest.keyClick(target, key, held)


def referral(clinic: Desk) -> Any:
    found = clinic.rows(select(Referral.__table__))
    return found[0] if found else None


def waiting(window: Window) -> PendingBook:
    """What waits for its ten seconds."""
    assert window.shell.desk is not None
    return window.shell.desk._pendings


def elapse(window: Window) -> None:
    """Let the ten seconds be over."""
    job = waiting(window)._jobs[0]
    job.left = 1
    job._tick()


@pytest.fixture
def okafor(window: Callable[..., Window], clinic: Desk) -> Window:
    clinic.write(update(Patient).where(Patient.id == LIS).values(demographics={
        "conditions": [{"display": "Hypertension"}], "medications": [{"display": "Lisinopril"}],
    }))  # fmt: skip
    made = window("okafor", more=(CHART, REFERRALS, NOTES))
    made.sit_down()
    return made


def test_a_referral_is_written_drafted_from_the_chart_and_saved_by_keyboard(okafor: Window, clinic: Desk) -> None:
    page = okafor.page("referrals")
    editor = page.desk.editor
    okafor.shell.window.stack.go(ShowReferrals(patient_id=LIS, patient_name="Zygmunt Lis"))
    okafor.wait(lambda: editor.head is not None and editor.ticks._material is not None)
    assert editor.send_button.text().startswith("Send for Zygmunt Lis")
    text_into(editor.specialty, "Cardiology")
    text_into(editor.reason, "Chest pain")
    okafor.wait(lambda: editor.paper.drawn)
    before = editor.paper.sheet._page
    editor.ticks.write.setFocus()
    press(okafor, Qt.Key.Key_Space)
    assert "- Hypertension" in editor.letter.toPlainText()
    okafor.wait(lambda: editor.paper.drawn and editor.paper.sheet._page != before)
    press(okafor, Qt.Key.Key_S, CTRL)
    okafor.wait(lambda: editor.view is not None)
    row = referral(clinic)
    assert (row.status, row.specialty, row.reason) == (ReferralStatus.PENDING, "Cardiology", "Chest pain")
    assert "Lisinopril" in clinic.rows(select(ReferralDetail.letter))[0].letter
    text_into(editor.notes, "bring films")
    press(okafor, Qt.Key.Key_S, CTRL)
    okafor.wait(lambda: referral(clinic).notes == "bring films")
    press(okafor, Qt.Key.Key_Escape)
    okafor.wait(lambda: page.desk.stack.currentIndex() == 0 and len(page.desk.model.rows) == 1)


def test_it_is_not_sent_to_nobody_and_not_before_ten_seconds(okafor: Window, clinic: Desk) -> None:
    command = CreateReferral(patient_id=LIS, specialty="Eye", reason="Blurred vision")
    clinic.okafor.run(command)
    page = okafor.page("referrals")
    page.open(ShowReferrals(referral_id=command.referral_id))
    editor = page.desk.editor
    okafor.wait(lambda: editor.view is not None and editor.head is not None)
    QTest.mouseClick(editor.send_button, Qt.MouseButton.LeftButton)
    assert "Say who" in editor.form._fields["referredTo"].error
    text_into(editor.referred_to, "Dr Eye")
    press(okafor, Qt.Key.Key_Return, CTRL)
    okafor.wait(lambda: referral(clinic).referred_to == "Dr Eye")
    okafor.wait(lambda: waiting(okafor).waiting)
    assert referral(clinic).status is ReferralStatus.PENDING
    assert "Zygmunt Lis" in waiting(okafor)._jobs[0].action.text
    elapse(okafor)
    okafor.wait(lambda: referral(clinic).status is ReferralStatus.SENT)
    okafor.wait(editor.send_button.isHidden)


def test_an_assistant_follows_it_and_sees_no_way_to_send(window: Callable[..., Window], clinic: Desk) -> None:
    command = CreateReferral(patient_id=LIS, specialty="Eye", reason="Blurred", referred_to="Dr Eye")
    clinic.okafor.run(command)
    clinic.okafor.run(SendReferral(referral_id=command.referral_id))
    made = window("desk", more=(REFERRALS,))
    made.sit_down()
    page = made.page("referrals")
    assert page.desk.new.isHidden()
    made.wait(lambda: page.desk.model.rows)
    page.desk.table.setFocus()
    press(made, Qt.Key.Key_Return)
    editor = page.desk.editor
    made.wait(lambda: editor.view is not None)
    assert editor.send_button.isHidden()
    assert editor.steps.cancel.isHidden()
    assert editor.letter.isReadOnly()
    assert not editor.priority.isEnabled(), "what was sent changes no more, its priority neither"
    text_into(editor.steps.appointment, "20 May 2026")
    text_into(editor.steps.answer, "They called")
    QTest.mouseClick(editor.steps.accept, Qt.MouseButton.LeftButton)
    made.wait(lambda: referral(clinic).status is ReferralStatus.ACCEPTED)
    made.wait(editor.steps.complete.isVisible)
    made.wait(lambda: editor.steps.answer.toPlainText() == "They called")
    editor.steps.answer.clear()
    text_into(editor.steps.answer, "All well")
    QTest.mouseClick(editor.steps.complete, Qt.MouseButton.LeftButton)
    made.wait(lambda: referral(clinic).status is ReferralStatus.COMPLETED)
    assert clinic.rows(select(ReferralDetail.answer))[0].answer == "All well"


def test_alt_r_in_a_chart_begins_a_referral_and_another_patient_takes_nothing_over(okafor: Window) -> None:
    okafor.shell.window.stack.go(OpenChart(patient_id=LIS))
    chart: Any = okafor.shell.window.stack.page("chart")
    okafor.wait(lambda: chart.has_patient)
    press(okafor, Qt.Key.Key_R, ALT)

    def tab() -> Any:
        from app.ui.areas.chart.referrals.tab import ReferralsTab

        found = chart.findChildren(ReferralsTab)
        return found[0] if found else None

    okafor.wait(lambda: tab() is not None and tab().desk.stack.currentIndex() == 1)
    editor = tab().desk.editor
    okafor.wait(lambda: editor.head is not None)
    assert editor.head.patient_id == LIS
    text_into(editor.specialty, "Cardiology")
    okafor.shell.window.stack.go(OpenChart(patient_id="pat-roux", tab="referrals"))
    okafor.wait(lambda: tab().desk.patient_id == "pat-roux")
    assert tab().desk.stack.currentIndex() == 0
    assert editor.paper.document is None
    assert editor.patient_id == ""


def test_a_note_is_drafted_and_its_days_counted(window: Callable[..., Window], clinic: Desk) -> None:
    made = window("desk", more=(NOTES,))
    made.sit_down()
    page = made.page("notes")
    page.desk.start(LIS, "Zygmunt Lis")
    editor = page.desk.editor
    made.wait(lambda: editor.head is not None and editor.provider.count() > 1)
    assert editor.send_button.isHidden()
    editor.provider.set_current("p-okafor")
    editor.end.setFocus()
    press(made, Qt.Key.Key_Up)
    press(made, Qt.Key.Key_Up)
    text_into(editor.reason, "Influenza")
    assert editor._until.hint.text() == "3 days"
    press(made, Qt.Key.Key_S, CTRL)
    made.wait(lambda: editor.view is not None)
    row = clinic.rows(select(ExcuseNote.__table__))[0]
    assert (row.status, row.start_date, row.end_date) == (ExcuseNoteStatus.DRAFT, DAY, DAY + timedelta(days=2))
    assert row.provider_id == "p-okafor"


def sent_note(clinic: Desk) -> DraftExcuseNote:
    note = DraftExcuseNote(patient_id=LIS, kind=ExcuseNoteType.WORK, start=DAY, end=DAY + timedelta(days=2),
                           reason="Influenza", provider_id="p-okafor")  # fmt: skip
    clinic.desk.run(note)
    clinic.okafor.run(SendExcuseNote(note_id=note.note_id))
    return note


def test_a_code_is_verified_at_the_desk(window: Callable[..., Window], clinic: Desk) -> None:
    note = sent_note(clinic)
    made = window("desk", more=(NOTES,))
    made.sit_down()
    page = made.page("notes")
    press(made, Qt.Key.Key_V, ALT)
    bar: Any = page.verify
    assert bar.code.hasFocus()
    QTest.keyClicks(bar.code, shown(note.code).lower())
    press(made, Qt.Key.Key_Return)
    made.wait(lambda: "Valid" in bar.answer.text())
    assert "Z. L." in bar.answer.text()
    assert "Influenza" not in bar.answer.text()
    bar.code.clear()
    QTest.keyClicks(bar.code, note.code[:-1] + ("A" if note.code[-1] != "A" else "B"))
    press(made, Qt.Key.Key_Return)
    made.wait(lambda: "mistake" in bar.answer.text())


def test_a_sent_note_is_read_only_and_a_new_one_is_made_from_it(okafor: Window, clinic: Desk, tmp_path: Path) -> None:
    note = sent_note(clinic)
    page = okafor.page("notes")
    page.desk.open_paper(note.note_id)
    editor = page.desk.editor
    okafor.wait(lambda: editor.view is not None and editor.head is not None)
    assert editor.reason.isReadOnly()
    assert editor.save_button.isHidden()
    target = tmp_path / "note.pdf"
    editor.out().save(editor.document(), str(target))
    okafor.wait(target.exists)
    assert shown(note.code) in text_of_file(target)
    QTest.mouseClick(editor.again_button, Qt.MouseButton.LeftButton)
    okafor.wait(lambda: editor.head is not None and not editor.save_button.isHidden())
    assert editor.reason.toPlainText() == "Influenza"
    press(okafor, Qt.Key.Key_S, CTRL)
    okafor.wait(lambda: len(clinic.rows(select(ExcuseNote.id))) == 2)
    assert [row.corrects for row in clinic.rows(select(ExcuseNoteDetail.corrects)) if row.corrects] == [note.note_id]


def test_what_is_typed_comes_back_as_a_draft(okafor: Window) -> None:
    page = okafor.page("referrals")
    page.desk.start(LIS, "Zygmunt Lis")
    editor = page.desk.editor
    okafor.wait(lambda: editor.head is not None)
    text_into(editor.specialty, "Dermatology")
    found: list[Any] = []
    press(okafor, Qt.Key.Key_Escape)
    okafor.wait(lambda: page.desk.stack.currentIndex() == 0)

    def look() -> bool:
        assert okafor.shell.desk is not None
        okafor.shell.desk.drafts.offer("referral", found.extend)
        return bool(found)

    okafor.wait(look)
    page.desk.editor.restore(found[0])
    okafor.wait(lambda: editor.head is not None)
    assert editor.specialty.text() == "Dermatology"
    assert editor.patient_id == LIS
