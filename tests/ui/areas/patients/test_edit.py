"""Editing: only what was changed is sent, and two people who change the same field both see what the other wrote."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.commands.patients import EditPatient, FieldChange
from app.kernel.errors import Conflict, Refused, Unavailable
from app.queries.patient_card import patient_card
from app.ui.areas.patients.edit_panel import EditPanel
from app.ui.work import draft_kinds
from app.ui.work.places import OpenChart
from app.workspace.changes import ChangeSet
from tests.support.shell import FakeShell
from tests.ui.areas.patients.people import PHONES, a_card

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
RAW = {
    "phones": PHONES, "mrn": "40001", "ring": {"of": "others"},
    "address": {"line": "5 Oak St", "city": "Springfield", "geo": [1, 2]},
    "allergies": [{"display": "Penicillin", "code": "7980", "status": "active", "note": "1990"}],
    "insurance": {"payer": "Bay Health", "memberId": "A1"},
}  # fmt: skip


class Form:
    """The panel in a window, and what a person does with it."""

    def __init__(self, qtbot: QtBot, shell: FakeShell, raw: Any = RAW, **more: Any) -> None:
        self.qtbot, self.shell, self.finished = qtbot, shell, 0
        shell.workspace.answers[patient_card] = lambda patient_id, **_: a_card(patient_id, demographics=raw)
        self.panel = EditPanel(shell, "p-1", **more)
        self.panel.finished.connect(self._finish)
        qtbot.addWidget(self.panel)
        self.panel.resize(448, 1400)
        self.panel.show()
        self.panel.activateWindow()
        qtbot.waitUntil(lambda: self.panel._loaded and self.panel.isActiveWindow())

    def _finish(self) -> None:
        self.finished += 1

    def replace(self, key: str, text: str) -> None:
        field = self.panel.form.editor(key)
        field.setFocus()
        line = self.panel.focusWidget()
        assert isinstance(line, QLineEdit), key
        line.selectAll()
        QTest.keyClick(line, Key.Key_Delete)
        QTest.keyClicks(line, text)

    def save(self) -> None:
        QTest.keyClick(self.panel, Key.Key_Return, CTRL)

    @property
    def sent(self) -> list[EditPatient]:
        return [one for one in self.shell.workspace.executed if isinstance(one, EditPatient)]


@pytest.fixture
def form(qtbot: QtBot, shell: FakeShell) -> Form:
    return Form(qtbot, shell)


def test_opening_changes_nothing(form: Form) -> None:
    assert form.panel.form.changes() == {}
    assert not form.panel.dirty()
    assert not form.panel.save_button.isEnabled()
    form.save()
    assert form.sent == []


def test_only_what_was_changed_is_sent_with_what_was_seen(form: Form) -> None:
    form.replace("firstName", "Ania")
    form.replace("mrn", "")
    assert form.panel.save_button.text() == "Save 2 changes"
    form.save()
    form.qtbot.waitUntil(lambda: form.finished == 1)
    assert form.sent == [
        EditPatient(
            patient_id="p-1", changes=(FieldChange("firstName", "Anna", "Ania"), FieldChange("mrn", "40001", None))
        )
    ]
    assert form.shell.done[0][0] == "Saved Anna Kowalska"


def test_typing_a_value_back_is_no_change(form: Form) -> None:
    form.replace("firstName", "Ania")
    form.replace("firstName", "Anna")
    assert form.panel.form.changes() == {}


def test_parts_that_the_form_does_not_show_are_kept(form: Form) -> None:
    form.replace("address", "7 Elm St")
    form.replace("phones", "4155550199")
    form.save()
    form.qtbot.waitUntil(lambda: form.finished == 1)
    new = {change.field: change.new for change in form.sent[0].changes}
    assert new["address"] == {"line": "7 Elm St", "city": "Springfield", "geo": [1, 2]}
    assert new["phones"] == [{"system": "phone", "value": "(415) 555-0199", "use": "mobile", "rank": 1}]


def test_problems_medicines_and_allergies_are_edited_in_the_chart(form: Form) -> None:
    assert not {"allergies", "conditions", "medications"} & form.panel.form.values().keys()
    form.panel.lists.setFocus()
    QTest.keyClick(form.panel.lists, Key.Key_Space)
    assert form.shell.places == [OpenChart(patient_id="p-1", tab="summary")]


@pytest.mark.parametrize(
    "strange",
    [{"mrn": ["x"], "phones": 7, "address": 3, "allergies": "x", "sex": "unheard-of", "heightCm": "tall",
      "language": {}}, [], 7, "text"],
)  # fmt: skip
def test_values_of_another_shape_are_kept_until_somebody_types_over_them(
    qtbot: QtBot, shell: FakeShell, strange: Any
) -> None:
    form = Form(qtbot, shell, strange)
    assert form.panel.form.changes() == {}
    form.replace("preferredName", "Ania")
    assert form.panel.form.changes() == {"preferredName": "Ania"}


def conflict(**sides: tuple[Any, Any, Any]) -> Conflict:
    fields = {field: {"base": base, "mine": mine, "server": server} for field, (base, mine, server) in sides.items()}
    return Conflict("FieldChanged", "Someone else changed the same field.", field=next(iter(sides)), fields=fields)


def test_a_conflict_shows_both_sides_and_marks_only_what_differs(form: Form) -> None:
    form.shell.workspace.outcomes[EditPatient] = conflict(lastName=("Kowalska", "Kowalski-Lis", "Kowalska-Lis"))
    form.replace("lastName", "Kowalski-Lis")
    form.save()
    form.qtbot.waitUntil(form.panel.conflict.isVisible)
    line = form.panel.conflict.lines["lastName"]
    assert (line.theirs.text, line.theirs.marked) == ("Kowalska-Lis", ("a",))
    assert (line.mine.text, line.mine.marked) == ("Kowalski-Lis", ("i",))
    assert line.choice.current == "mine"
    assert form.panel.save_button.text() == "Save with these choices"
    assert form.finished == 0


@pytest.mark.parametrize("take_theirs", [False, True])
def test_a_conflict_is_settled_field_by_field(form: Form, take_theirs: bool) -> None:
    form.shell.workspace.outcomes[EditPatient] = conflict(lastName=("Kowalska", "Lis", "Nowak"))
    form.replace("lastName", "Lis")
    form.replace("mrn", "7")
    form.save()
    form.qtbot.waitUntil(form.panel.conflict.isVisible)
    form.shell.workspace.outcomes.pop(EditPatient)
    if take_theirs:
        form.panel.conflict.lines["lastName"].choice.set_current("theirs")
    form.save()
    form.qtbot.waitUntil(lambda: form.finished == 1)
    mrn = FieldChange("mrn", "40001", "7")
    kept = (mrn,) if take_theirs else (FieldChange("lastName", "Nowak", "Lis"), mrn)
    assert form.sent[-1].changes == kept


def test_taking_theirs_everywhere_sends_nothing(form: Form) -> None:
    form.shell.workspace.outcomes[EditPatient] = conflict(lastName=("Kowalska", "Lis", "Nowak"))
    form.replace("lastName", "Lis")
    form.save()
    form.qtbot.waitUntil(form.panel.conflict.isVisible)
    form.panel.conflict.lines["lastName"].choice.set_current("theirs")
    form.save()
    assert form.finished == 1
    assert len(form.sent) == 1


def test_a_second_conflict_after_the_first_is_shown_too(form: Form) -> None:
    form.shell.workspace.outcomes[EditPatient] = conflict(lastName=("Kowalska", "Lis", "Nowak"))
    form.replace("lastName", "Lis")
    form.save()
    form.qtbot.waitUntil(form.panel.conflict.isVisible)
    form.shell.workspace.outcomes[EditPatient] = conflict(lastName=("Nowak", "Lis", "Nowacka"))
    form.save()
    form.qtbot.waitUntil(lambda: len(form.sent) == 2 and form.panel.conflict.open)
    assert form.panel.conflict.lines["lastName"].theirs.text == "Nowacka"


def test_what_others_save_meanwhile_appears_in_untouched_fields_only(form: Form) -> None:
    form.replace("lastName", "Lis")
    newer = a_card("p-1", "Ania", "Nowak", demographics={**RAW, "mrn": "8"})
    form.shell.workspace.answers[patient_card] = lambda **_: newer
    form.panel.changed(ChangeSet({"patients": frozenset({"p-1"})}))
    form.qtbot.waitUntil(lambda: form.panel.form.editor("firstName").text() == "Ania")
    assert form.panel.form.editor("mrn").text() == "8"
    assert form.panel.form.editor("lastName").text() == "Lis"
    form.save()
    form.qtbot.waitUntil(lambda: form.finished == 1)
    assert form.sent[0].changes == (FieldChange("lastName", "Kowalska", "Lis"),), "and will clash with Nowak"


def test_other_patients_changes_are_not_asked_for(form: Form) -> None:
    before = len(form.shell.workspace.asked)
    form.panel.changed(ChangeSet({"patients": frozenset({"p-2"})}))
    assert len(form.shell.workspace.asked) == before


def test_a_refusal_is_shown_at_its_field(form: Form) -> None:
    form.shell.workspace.outcomes[EditPatient] = Refused("BadValue", "One name is needed.", field="lastName")
    form.replace("lastName", "")
    form.save()
    form.qtbot.waitUntil(form.panel.form.form.has_errors)
    assert form.panel.form.form.field("lastName").error == "Last name: One name is needed."
    assert form.panel.save_button.isEnabled()


def test_a_lost_server_keeps_everything(form: Form) -> None:
    form.shell.workspace.outcomes[EditPatient] = Unavailable("ServerLost", "The server can't be reached.")
    form.replace("lastName", "Lis")
    form.save()
    form.qtbot.waitUntil(form.panel._note.isVisible)
    assert form.panel.form.editor("lastName").text() == "Lis"
    assert form.panel.save_button.isEnabled()


def test_a_draft_remembers_what_it_began_with(qtbot: QtBot, form: Form) -> None:
    form.replace("lastName", "Lis")
    draft = form.panel.draft()
    assert draft is not None
    assert (draft.kind, draft.subject) == (draft_kinds.EDIT_PATIENT, "p-1")
    assert draft.body == {"values": {"lastName": "Lis"}, "base": {"lastName": "Kowalska"}}
    newer = a_card("p-1", "Anna", "Nowak", demographics=RAW)
    form.shell.workspace.answers[patient_card] = lambda **_: newer
    again = EditPanel(form.shell, "p-1", body=draft.body)
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: again._loaded)
    assert again.form.changes() == {"lastName": "Lis"}
    assert again.form.base["lastName"] == "Kowalska", "the other's Nowak will be seen as a conflict"


def test_it_begins_at_the_field_that_was_asked_for(qtbot: QtBot, shell: FakeShell) -> None:
    form = Form(qtbot, shell, section="language", card=a_card("p-1", demographics=RAW))
    qtbot.waitUntil(form.panel.form.editor("language").hasFocus)
