"""A note is written beside the chart, saved, signed after ten seconds and read in the visit, on a real database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sqlalchemy import insert, select

from app.commands.patients import FieldChange
from app.commands.visit_notes import SignVisitNote, WriteVisitNote
from app.db.models import Draft, LabOrder, Task, VisitNote, VisitNoteAddendum
from app.domain.enums import VisitNoteStatus, VisitStatus
from app.domain.visit_notes import note_id_for
from app.queries.visit_notes import visit_note
from app.ui.areas.chart.spec import SPEC as CHART
from app.ui.areas.chart.visits.tab import VisitsTab
from app.ui.parts.notes.complete_panel import CompletePanel
from app.ui.parts.notes.note_panel import NotePanel
from app.ui.shell.drafts import SAVE_AFTER_MS
from app.ui.shell.pending import PendingBook
from app.ui.work import Draft as FormDraft
from app.ui.work import RestoreDraft
from app.ui.work.places import OpenChart
from tests.support.desk import NOW, Desk
from tests.support.front_desk import Window, elsewhere
from tests.support.treating import begin_visit

KEYS = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def visit(clinic: Desk) -> str:
    """Zygmunt Lis is with Dr Okafor."""
    return elsewhere(begin_visit, clinic)


@pytest.fixture
def doctor(window: Callable[..., Window], visit: str) -> Window:
    """Dr Okafor's window on the visits of Zygmunt Lis."""
    made = window("okafor", more=(CHART,))
    made.shell.window.stack.go(OpenChart(patient_id="pat-lis", tab="visits", item=visit))
    made.wait(lambda: tab(made).page.content is not None)
    made.sit_down()
    return made


def tab(window: Window) -> VisitsTab:
    """The tab "Visits"."""
    found: Any = window.page("chart").host.tab("visits")
    return found  # type: ignore[no-any-return]


def note(clinic: Desk, visit: str) -> Any:
    """The note's row, None before it is begun."""
    rows = clinic.rows(select(VisitNote.__table__).where(VisitNote.id == note_id_for(visit)))
    return rows[0] if rows else None


def panel(window: Window) -> NotePanel:
    """The form, loaded."""
    window.wait(lambda: isinstance(window.panel, NotePanel) and window.panel.form.loaded)
    found: NotePanel = window.panel
    return found


def test_a_note_is_written_and_signed_by_keyboard(clinic: Desk, doctor: Window, visit: str) -> None:
    QTest.keyClick(tab(doctor).list, Qt.Key.Key_N, Qt.KeyboardModifier.AltModifier)
    form = panel(doctor)
    assert not form.dirty()
    doctor.wait(form.form.texts["reason"].hasFocus)
    QTest.keyClicks(form.form.texts["reason"], "Cough")
    QTest.keyClick(form.form.texts["reason"], Qt.Key.Key_Tab)
    doctor.wait(form.form.texts["history"].hasFocus)
    QTest.keyClicks(form.form.texts["history"], "Nine days")
    QTest.keyClick(form.form.texts["history"], Qt.Key.Key_S, KEYS)
    doctor.wait(lambda: note(clinic, visit) is not None)
    assert (note(clinic, visit).reason, note(clinic, visit).history) == ("Cough", "Nine days")
    doctor.wait(lambda: not form.dirty() and form.sign_button.isEnabled())
    QTest.keyClick(form.form.texts["history"], Qt.Key.Key_Return, KEYS)
    assert form.form.fields["assessment"].error, "it says what is missing, there"
    doctor.wait(form.form.texts["assessment"].hasFocus)
    QTest.keyClicks(form.form.texts["assessment"], "Cold")
    assert "Zygmunt Lis" in form.sign_button.text()
    QTest.keyClick(form.form.texts["assessment"], Qt.Key.Key_Return, KEYS)
    doctor.wait(lambda: pending(doctor))
    assert note(clinic, visit).status is VisitNoteStatus.DRAFT
    assert form.form.texts["assessment"].isReadOnly()
    skip_waiting(doctor)
    doctor.wait(lambda: note(clinic, visit).status is VisitNoteStatus.SIGNED)
    assert note(clinic, visit).assessment == "Cold"
    doctor.wait(lambda: doctor.panel is None)
    reader = tab(doctor).page.reader
    doctor.wait(lambda: reader.note is not None and reader.note.signed)
    assert reader.parts["assessment"][1].text() == "Cold"


def test_a_note_put_aside_goes_on_when_it_is_opened_anew_and_leaves_no_copy_behind(doctor: Window) -> None:
    QTest.keyClick(tab(doctor).list, Qt.Key.Key_N, Qt.KeyboardModifier.AltModifier)
    form = panel(doctor)
    doctor.wait(form.form.texts["reason"].hasFocus)
    QTest.keyClicks(form.form.texts["reason"], "Cough")
    QTest.keyClick(form.form.texts["reason"], Qt.Key.Key_Escape)
    assert doctor.shell.window.panels.parked == (form,)
    QTest.keyClick(tab(doctor).list, Qt.Key.Key_N, Qt.KeyboardModifier.AltModifier)
    doctor.wait(lambda: doctor.panel is not None)
    assert doctor.panel is form
    assert form.form.texts["reason"].toPlainText() == "Cough"
    assert doctor.shell.window.panels.panels == (form,)
    assert not doctor.shell.window.panels.parked


def test_an_addendum_is_added_where_the_note_is_read(clinic: Desk, doctor: Window, visit: str) -> None:
    elsewhere(signed, clinic, visit)
    reader = tab(doctor).page.reader
    doctor.wait(reader.add.isVisible)
    QTest.mouseClick(reader.add, Qt.MouseButton.LeftButton)
    doctor.wait(reader.form.text.hasFocus)
    QTest.keyClicks(reader.form.text, "Fever again")
    QTest.keyClick(reader.form.text, Qt.Key.Key_Return, KEYS)
    doctor.wait(lambda: clinic.rows(select(VisitNoteAddendum.body)) == [("Fever again",)])
    doctor.wait(lambda: reader.note is not None and len(reader.note.addenda) == 1)
    doctor.wait(reader.form.isHidden)  # the note may be read anew before the command has answered


def test_cancelling_the_signature_leaves_the_draft(clinic: Desk, doctor: Window, visit: str) -> None:
    elsewhere(clinic.okafor.run, draft(visit))
    tab(doctor).page.open_note()
    form = panel(doctor)
    doctor.wait(lambda: form.note is not None and form.sign_button.isEnabled())
    QTest.mouseClick(form.sign_button, Qt.MouseButton.LeftButton)
    doctor.wait(lambda: pending(doctor))
    book = waiting(doctor)
    book.cancel(book._jobs[0])
    doctor.wait(lambda: not form.form.texts["plan"].isReadOnly())
    assert note(clinic, visit).status is VisitNoteStatus.DRAFT


def test_what_a_colleague_wrote_meanwhile_is_shown_beside_mine(clinic: Desk, doctor: Window, visit: str) -> None:
    elsewhere(clinic.okafor.run, draft(visit))
    tab(doctor).page.open_note()
    form = panel(doctor)
    doctor.wait(lambda: form.note is not None and form.form.texts["plan"].toPlainText() == "Rest")
    form.form.texts["plan"].setFocus()
    QTest.keyClicks(form.form.texts["plan"], " Walk.")
    theirs = WriteVisitNote(visit_id=visit, changes=(FieldChange("plan", "Rest", "Swim"),
                                                     FieldChange("history", "", "Since May")))  # fmt: skip
    elsewhere(clinic.okafor.run, theirs)
    doctor.wait(lambda: form.form.texts["history"].toPlainText() == "Since May")
    assert form.form.texts["plan"].toPlainText() == "Rest Walk.", "mine stays"
    QTest.keyClick(form.form.texts["plan"], Qt.Key.Key_S, KEYS)
    doctor.wait(lambda: form.conflict.open)
    assert (form.conflict.lines["plan"].theirs.text, form.conflict.lines["plan"].mine.text) == (
        "Swim",
        "Rest Walk.",
    )
    QTest.keyClick(form.form.texts["plan"], Qt.Key.Key_S, KEYS)
    doctor.wait(lambda: note(clinic, visit).plan == "Rest Walk.")


def test_what_was_typed_of_a_note_that_is_signed_meanwhile_is_not_lost(
    clinic: Desk, doctor: Window, visit: str
) -> None:
    """The form closed without a word and took with it what was typed; it could be signed a second time."""
    elsewhere(clinic.okafor.run, draft(visit))
    tab(doctor).page.open_note()
    form = panel(doctor)
    doctor.wait(lambda: form.note is not None and form.form.texts["plan"].toPlainText() == "Rest")
    form.form.texts["plan"].setFocus()
    QTest.keyClicks(form.form.texts["plan"], " Walk.")
    kept = select(Draft.__table__).where(Draft.kind == "visit.note")
    doctor.qtbot.waitUntil(lambda: bool(clinic.rows(kept)), timeout=SAVE_AFTER_MS + 5000)
    seen = elsewhere(lambda: clinic.okafor.ask(visit_note, visit_id=visit))
    assert seen is not None
    elsewhere(clinic.okafor.run, SignVisitNote(note_id=seen.id, content=seen.content, identity=seen.identity))
    doctor.wait(lambda: "Signed by" in form.said.lead.text() and form.said.isVisible())
    assert (doctor.panel, form.form.texts["plan"].toPlainText()) == (form, "Rest Walk.")
    assert form.form.texts["plan"].isReadOnly()
    assert not form.sign_button.isEnabled()
    assert not form.save_button.isEnabled()
    doctor.shell.window.panels.close_panel(form)
    doctor.wait(lambda: doctor.panel is None)
    (row,) = clinic.rows(kept)
    doctor.shell.window.stack.go(RestoreDraft(draft=FormDraft("visit.note", visit, "", row.body["fields"])))
    again = panel(doctor)
    doctor.wait(lambda: again.form.texts["plan"].toPlainText() == "Rest Walk." and again.said.isVisible())
    assert not again.sign_button.isEnabled()
    assert note(clinic, visit).plan == "Rest"


def test_a_draft_of_what_is_signed_word_for_word_is_nothing_unfinished(
    clinic: Desk, doctor: Window, visit: str
) -> None:
    """It stayed among the open items of whoever had signed the same text at another window."""
    elsewhere(clinic.okafor.run, draft(visit))
    tab(doctor).page.open_note()
    form = panel(doctor)
    doctor.wait(lambda: form.note is not None and form.form.texts["plan"].toPlainText() == "Rest")
    form.form.texts["plan"].setFocus()
    QTest.keyClicks(form.form.texts["plan"], " Walk.")
    kept = select(Draft.__table__).where(Draft.kind == "visit.note")
    doctor.qtbot.waitUntil(lambda: bool(clinic.rows(kept)), timeout=SAVE_AFTER_MS + 5000)
    same = WriteVisitNote(visit_id=visit, changes=(FieldChange("plan", "Rest", "Rest Walk."),))
    elsewhere(clinic.okafor.run, same)
    seen = elsewhere(lambda: clinic.okafor.ask(visit_note, visit_id=visit))
    assert seen is not None
    elsewhere(clinic.okafor.run, SignVisitNote(note_id=seen.id, content=seen.content, identity=seen.identity))
    doctor.wait(lambda: doctor.panel is None)
    doctor.qtbot.waitUntil(lambda: not clinic.rows(kept), timeout=10_000)


def test_what_was_typed_survives_a_crash(clinic: Desk, doctor: Window, visit: str) -> None:
    tab(doctor).page.open_note()
    form = panel(doctor)
    form.form.texts["history"].setFocus()
    QTest.keyClicks(form.form.texts["history"], "Nine days")
    kept = select(Draft.__table__).where(Draft.kind == "visit.note")
    doctor.qtbot.waitUntil(lambda: bool(clinic.rows(kept)), timeout=SAVE_AFTER_MS + 5000)
    body = clinic.rows(kept)[0].body
    assert note(clinic, visit) is None
    doctor.shell.window.panels.close_panel(form)
    doctor.wait(lambda: doctor.panel is None)
    tab(doctor).page.open_note()  # nobody asked to go on: the form that is opened anew does
    form = panel(doctor)
    doctor.wait(lambda: form.form.texts["history"].toPlainText() == "Nine days")
    assert form.dirty()
    doctor.shell.window.panels.close_panel(form)
    doctor.wait(lambda: doctor.panel is None)
    found = FormDraft("visit.note", visit, body["title"], body["fields"])
    doctor.shell.window.stack.go(RestoreDraft(draft=found))
    again = panel(doctor)
    doctor.wait(lambda: again.form.texts["history"].toPlainText() == "Nine days")
    assert again.dirty()


def test_ending_a_visit_shows_what_is_open_and_orders_the_follow_up(clinic: Desk, doctor: Window, visit: str) -> None:
    order = {"id": "o-1", "patient_id": "pat-lis", "visit_id": visit, "provider_id": "p-okafor", "tests": ("CBC",)}
    elsewhere(clinic.write, insert(LabOrder).values(**order, ordered_at=NOW, created_at=NOW, updated_at=NOW))
    elsewhere(clinic.okafor.run, draft(visit))
    QTest.mouseClick(tab(doctor).page.step, Qt.MouseButton.LeftButton)
    doctor.wait(lambda: isinstance(doctor.panel, CompletePanel) and len(doctor.panel.open_list.items()) == 2)
    end: CompletePanel = doctor.panel
    assert [item.key for item in end.open_list.items()] == ["note", "labs/o-1"]
    end.weeks.set_current("6")
    end._chosen("6")
    end.go.setFocus()
    QTest.keyClick(end.go, Qt.Key.Key_Return, KEYS)
    doctor.wait(lambda: clinic.visit(visit).status is VisitStatus.COMPLETED)
    (task,) = clinic.rows(select(Task.due_on, Task.window_days, Task.visit_id, Task.status))
    assert (str(task.due_on), task.window_days, task.visit_id, task.status) == ("2026-06-15", 7, visit, "OPEN")


def test_ending_a_visit_that_leaves_nothing_open_takes_the_keyboard(clinic: Desk, doctor: Window, visit: str) -> None:
    elsewhere(signed, clinic, visit)
    QTest.mouseClick(tab(doctor).page.step, Qt.MouseButton.LeftButton)
    doctor.wait(lambda: isinstance(doctor.panel, CompletePanel) and doctor.panel.go.hasFocus())
    QTest.keyClick(doctor.panel.go, Qt.Key.Key_Return)
    doctor.wait(lambda: clinic.visit(visit).status is VisitStatus.COMPLETED)


def draft(visit: str) -> WriteVisitNote:
    """A note that could be signed."""
    return WriteVisitNote(visit_id=visit, changes=(FieldChange("reason", "", "Cough"), FieldChange("plan", "", "Rest")))


def signed(clinic: Desk, visit: str) -> None:
    """A signed note."""
    from app.commands.visit_notes import SignVisitNote
    from app.queries.visit_notes import visit_note

    clinic.okafor.run(draft(visit))
    seen = clinic.okafor.ask(visit_note, visit_id=visit)
    assert seen is not None
    clinic.okafor.run(SignVisitNote(note_id=seen.id, content=seen.content, identity=seen.identity))


def waiting(window: Window) -> PendingBook:
    """What waits for its ten seconds."""
    assert window.shell.desk is not None
    return window.shell.desk._pendings


def pending(window: Window) -> bool:
    """Whether something waits for its ten seconds."""
    return waiting(window).waiting > 0


def skip_waiting(window: Window) -> None:
    """Let the ten seconds pass."""
    job = waiting(window)._jobs[0]
    job.left = 1
    job._tick()
