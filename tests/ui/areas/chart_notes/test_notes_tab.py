"""The chart's tab of notes on a real database: searched, read, printed; another patient's are gone at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.commands.patients import FieldChange
from app.commands.visit_notes import SignVisitNote, WriteVisitNote
from app.documents.heads import Made
from app.documents.paged import save_pdf
from app.documents.visit_note import visit_note_paper
from app.domain.visit_notes import note_id_for
from app.queries.papers import paper_head
from app.queries.visit_notes import visit_note
from app.ui.areas.chart.notes.reading import NoteReading
from app.ui.areas.chart.notes.tab import NotesTab
from app.ui.areas.chart.spec import SPEC as CHART
from app.ui.work.places import OpenChart
from tests.support.desk import NOW, Desk
from tests.support.front_desk import Window, elsewhere
from tests.support.treating import begin_visit


def note(clinic: Desk, clock: str, patient: str = "lis", *, signed: bool = True, **parts: str) -> str:
    """A note; returns its visit's id."""
    visit = begin_visit(clinic, patient, clock)
    changes = tuple(FieldChange(name, "", text) for name, text in parts.items())
    clinic.okafor.run(WriteVisitNote(visit_id=visit, changes=changes))
    seen = clinic.okafor.ask(visit_note, visit_id=visit)
    assert seen is not None
    if signed:
        clinic.okafor.run(SignVisitNote(note_id=seen.id, content=seen.content, identity=seen.identity))
    clinic.pass_time(timedelta(minutes=1))
    return visit


@pytest.fixture
def visits(clinic: Desk) -> tuple[str, str, str]:
    """Two notes of Zygmunt Lis and one of Élodie Roux."""

    def make() -> tuple[str, str, str]:
        first = note(clinic, "14:00", reason="Cough", plan="Rest")
        second = note(clinic, "14:40", reason="Ménière", plan="Less salt", signed=False)
        return first, second, note(clinic, "15:20", "roux", reason="Pain", plan="Cool")

    return elsewhere(make)


@pytest.fixture
def doctor(window: Callable[..., Window], visits: tuple[str, str, str]) -> Window:
    """Dr Okafor's window on the notes of Zygmunt Lis."""
    made = window("okafor", more=(CHART,))
    made.shell.window.stack.go(OpenChart(patient_id="pat-lis", tab="notes"))
    made.wait(lambda: len(tab(made).list.items()) == 2)
    made.sit_down()
    return made


def tab(window: Window) -> NotesTab:
    """The tab "Notes"."""
    found: Any = window.page("chart").host.tab("notes")
    return found  # type: ignore[no-any-return]


def test_notes_are_searched_and_read_by_keyboard(doctor: Window, visits: tuple[str, str, str]) -> None:
    notes = tab(doctor)
    assert [item.title for item in notes.list.items()] == ["Ménière", "Cough"]
    doctor.wait(notes.list.hasFocus)
    QTest.keyClick(notes.list, Qt.Key.Key_Down)
    doctor.wait(lambda: notes.reading.note is not None and notes.reading.note.visit_id == visits[0])
    assert notes.reading.reader.parts["plan"][1].text() == "Rest"
    assert notes.reading.write.isHidden(), "a signed note is never written on"
    QTest.keyClick(notes.list, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    doctor.wait(notes.search.hasFocus)
    QTest.keyClicks(notes.search, "meniere")
    doctor.wait(lambda: [item.key for item in notes.list.items()] == [note_id_for(visits[1])])
    doctor.wait(lambda: not notes.reading.write.isHidden())
    QTest.keyClicks(notes.search, "zzz")
    doctor.wait(lambda: not notes.list.isVisible())


def test_another_patients_notes_are_gone_at_once(doctor: Window, visits: tuple[str, str, str]) -> None:
    doctor.shell.window.stack.go(OpenChart(patient_id="pat-roux", tab="notes", item=note_id_for(visits[2])))
    assert tab(doctor).list.items() == ()
    assert tab(doctor).reading.isHidden()
    doctor.wait(lambda: [item.title for item in tab(doctor).list.items()] == ["Pain"])


def test_the_desk_reads_and_writes_nothing(window: Callable[..., Window], visits: tuple[str, str, str]) -> None:
    desk = window("desk", more=(CHART,))
    desk.shell.window.stack.go(OpenChart(patient_id="pat-lis", tab="notes", item=note_id_for(visits[0])))
    desk.wait(lambda: getattr(tab(desk).reading.note, "visit_id", "") == visits[0])
    reading = tab(desk).reading
    assert reading.write.isHidden()
    assert reading.reader.add.isHidden()


def test_the_paper_says_who_signed_and_that_a_draft_is_none(
    clinic: Desk, visits: tuple[str, str, str], tmp_path: Path, qtbot: object
) -> None:
    del qtbot
    head = clinic.okafor.ask(paper_head, patient_id="pat-lis")
    texts = []
    for visit in visits[:2]:
        seen = clinic.okafor.ask(visit_note, visit_id=visit)
        assert seen is not None
        file = tmp_path / f"{visit}.pdf"
        save_pdf(visit_note_paper(head, seen, Made(NOW, "Ngozi Okafor")), str(file))
        texts.append(" ".join(" ".join(page.extract_text().split()) for page in PdfReader(str(file)).pages))
    assert "Zygmunt Lis" in texts[0]
    assert "Signed electronically" in texts[0]
    assert "Rest" in texts[0]
    assert "not signed" in texts[1]
    assert "Signed electronically" not in texts[1]


@pytest.mark.parametrize("width", [320, 450, 600, 900])
def test_every_button_of_a_note_is_whole_at_any_width(qtbot: QtBot, doctor: Window, width: int) -> None:
    found = tab(doctor)
    doctor.wait(lambda: found.reading.note is not None)
    assert found.reading.note is not None
    reading = NoteReading(found.api)
    qtbot.addWidget(reading)
    reading.resize(width, 600)
    reading.show_note(found.reading.note)
    reading.resize(width, 601)
    there = [one for one in reading.buttons.buttons if not one.isHidden()]
    assert len(there) > 2
    for button in there:
        right = button.mapTo(reading, button.rect().topRight()).x()
        assert right <= width
        assert button.width() >= button.sizeHint().width()
    tops = [one.mapTo(reading, QPoint()).y() for one in (reading.when, reading.buttons)]
    assert (tops[1] > tops[0] + 16) is (width <= 600), "below the date where there is no room beside it"
