"""Another patient's chart is opened before an answer about the first is there: nothing of the first is shown in it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from pytestqt.qtbot import QtBot

from app.commands.core import Outcome
from app.commands.measurements import RecordMeasurement
from app.commands.visit_notes import AddAddendum
from app.domain.enums import Role, VisitNoteStatus
from app.domain.measurements import MeasurementType
from app.domain.visit_notes import NOTE_FIELDS
from app.kernel.errors import AppError, Refused
from app.queries.visit_notes import NoteView
from app.ui.areas.chart.notes.reading import NoteReading
from app.ui.areas.chart.vitals.entry_form import EntryForm
from tests.support.shell import FakeShell, FakeWorkspace, an_actor

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


class Late:
    """A command's answer that waits until the test lets it come."""

    def __init__(self, error: AppError | None = None) -> None:
        self.may_come = threading.Event()
        self.error = error

    def __call__(self, **_: object) -> Outcome:
        assert self.may_come.wait(5)
        if self.error is not None:
            raise self.error
        return Outcome()


def a_shell() -> FakeShell:
    return FakeShell(FakeWorkspace(actor=an_actor(Role.PROVIDER)))


def type_value(form: EntryForm, patient: str, value: str) -> None:
    form.show_patient(patient)
    form.kind.set_current(MeasurementType.WEIGHT.value)
    form.value.setText(value)


def test_an_unlikely_value_of_one_patient_is_not_confirmed_for_the_next(qtbot: QtBot) -> None:
    """The question about the first one's value counted as answered for whatever was typed for the second."""
    shell = a_shell()
    late = shell.workspace.outcomes[RecordMeasurement] = Late(Refused("Unlikely", "That is much.", field="value"))
    form = EntryForm(shell)
    qtbot.addWidget(form)
    type_value(form, "pat-1", "300")
    form.submit()
    type_value(form, "pat-2", "300")
    late.may_come.set()
    qtbot.waitUntil(lambda: bool(shell.problems))
    assert form.save.text() == "Save"
    assert form.problem.text() == ""
    form.submit()
    qtbot.waitUntil(lambda: len(shell.workspace.executed) == 2)
    second = shell.workspace.executed[-1]
    assert isinstance(second, RecordMeasurement)
    assert (second.patient_id, second.confirmed) == ("pat-2", False)
    qtbot.waitUntil(lambda: form.save.text() == "Save anyway")


def test_a_value_changed_before_the_question_came_is_asked_about_anew(qtbot: QtBot) -> None:
    shell = a_shell()
    late = shell.workspace.outcomes[RecordMeasurement] = Late(Refused("Unlikely", "That is much.", field="value"))
    form = EntryForm(shell)
    qtbot.addWidget(form)
    type_value(form, "pat-1", "300")
    form.submit()
    form.value.setText("310")
    late.may_come.set()
    qtbot.waitUntil(form.save.isEnabled)
    assert form.save.text() == "Save"
    form.submit()
    qtbot.waitUntil(lambda: len(shell.workspace.executed) == 2)
    assert not getattr(shell.workspace.executed[-1], "confirmed", True)
    qtbot.waitUntil(form.save.isEnabled)


def a_note(note_id: str) -> NoteView:
    return NoteView(
        note_id, f"pat-{note_id}", None, "p-1", "Dr One", "u-1", "Dr One", VisitNoteStatus.SIGNED,
        dict.fromkeys(NOTE_FIELDS, "said"), "", "", None, "", NOW, "Dr One", NOW, NOW, (),
    )  # fmt: skip


@pytest.mark.parametrize("error", [None, Refused("NotSigned", "It is a draft.")])
def test_an_addendum_on_its_way_empties_no_other_notes_field(qtbot: QtBot, error: AppError | None) -> None:
    shell = a_shell()
    late = shell.workspace.outcomes[AddAddendum] = Late(error)
    reading = NoteReading(shell)
    qtbot.addWidget(reading)
    reading.show_note(a_note("n-1"))
    reading.reader.begin_addendum()
    reading.reader.form.text.setPlainText("of the first")
    reading.reader.form.save.click()
    reading.show_note(a_note("n-2"))
    reading.reader.begin_addendum()
    reading.reader.form.text.setPlainText("of the second")
    late.may_come.set()
    qtbot.waitUntil(lambda: bool(shell.done or shell.problems))
    assert reading.reader.form.text.toPlainText() == "of the second"
    assert reading.reader.form.problem.text() == ""
    assert len(shell.problems) == (error is not None)
