"""Merging in the window: both sides, what differs, who survives, ten seconds to think again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.commands.core import Outcome
from app.commands.merging import MergePatients, UnmergePatients
from app.commands.patients import FieldChange
from app.kernel.errors import Refused
from app.queries.merges import MergeSide, merge_sides
from app.queries.patients import likely_duplicates
from app.ui.areas.patients.merge_choices import MergeChoices, better_survivor
from app.ui.areas.patients.merge_panel import MergePanel, _FieldLine
from app.ui.widgets.toggles import Checkbox, SegmentedControl
from tests.support.shell import FakeShell
from tests.ui.areas.patients.people import NOW, a_hit, like

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


def side(ident: str, *, login: bool = False, days: int = 0, rows: int = 0, flags: tuple[str, ...] = (),
         merged_into: str | None = None, **fields: Any) -> MergeSide:  # fmt: skip
    first, last = fields.get("firstName", "Anna"), fields.get("lastName", "Kowalska")
    fields = {"firstName": first, "lastName": last, **fields}
    counts = {"visits": rows} if rows else {}
    email = f"{ident}@example.org" if login else None
    created = NOW + timedelta(days=days)
    return MergeSide(ident, f"{first} {last}", fields, flags, email, merged_into, created, counts)


def test_who_signs_in_survives_else_who_has_more_else_who_came_first() -> None:
    assert better_survivor(side("a", login=True), side("b", rows=9))
    assert not better_survivor(side("a", rows=9), side("b", login=True))
    assert better_survivor(side("a", rows=2), side("b", rows=1))
    assert better_survivor(side("a", days=-1), side("b"))
    assert not better_survivor(side("a"), side("b", days=-1))


def test_what_only_the_other_knows_is_taken_what_differs_is_kept() -> None:
    kept = side("a", mrn="1", allergies=[{"display": "Latex"}], flags=("VIP",))
    dropped = side("b", mrn="2", language="pl", allergies=[{"display": "Penicillin"}], flags=("VIP", "HIGH_RISK"))
    choices = MergeChoices(kept, dropped)
    both = [{"display": "Latex"}, {"display": "Penicillin"}]
    assert choices.command() == MergePatients(
        keep_id="a", drop_id="b", add_flags=("HIGH_RISK",),
        take=(FieldChange("language", None, "pl"), FieldChange("allergies", kept.fields["allergies"], both)),
    )  # fmt: skip
    choices.choose("mrn", take=True)
    choices.choose("language", take=False)
    assert [change.field for change in choices.command().take] == ["mrn", "allergies"]
    assert choices.command().take[0] == FieldChange("mrn", "1", "2")
    other = choices.swapped().command()
    assert (other.keep_id, other.drop_id, other.add_flags) == ("b", "a", ())


class Merge:
    """The panel in a window."""

    def __init__(self, qtbot: QtBot, shell: FakeShell, one: MergeSide, other: MergeSide) -> None:
        self.qtbot, self.shell = qtbot, shell
        self.opened: list[str] = []
        self.finished = 0
        shell.workspace.answers[merge_sides] = (one, other)
        self.panel = MergePanel(shell, one.id, one.name, open_patient=self.opened.append)
        self.panel.finished.connect(self._finish)
        qtbot.addWidget(self.panel)
        self.panel.resize(448, 900)
        self.panel.show()

    def _finish(self) -> None:
        self.finished += 1

    def compare(self, other: str = "p-2") -> None:
        self.panel.choose(other)
        self.qtbot.waitUntil(lambda: self.panel.choices is not None)

    def line(self, title: str) -> _FieldLine:
        lines = self.panel.findChildren(_FieldLine)
        return next(one for one in lines if one.control.accessibleName().startswith(title))


@pytest.fixture
def merge(qtbot: QtBot, admin_shell: FakeShell) -> Merge:
    one = side("p-1", login=True, rows=3, mrn="1", dateOfBirth="1962-03-14")
    other = side("p-2", lastName="Kowalski", rows=1, mrn="2", dateOfBirth="1962-03-14", language="pl")
    return Merge(qtbot, admin_shell, one, other)


def test_likely_ones_are_offered_and_the_palette_finds_others(qtbot: QtBot, admin_shell: FakeShell) -> None:
    admin_shell.workspace.answers[likely_duplicates] = (like(a_hit(2)), like(a_hit(3), same=False))
    merge = Merge(qtbot, admin_shell, side("p-1"), side("p-2"))
    qtbot.waitUntil(merge.panel.likely.isVisible)
    assert [item.key for item in merge.panel.likely.items()] == ["p-2"]
    merge.panel.likely.setFocus()
    QTest.keyClick(merge.panel.likely, Key.Key_Return)
    qtbot.waitUntil(lambda: merge.panel.choices is not None)
    admin_shell.patient = ("p-2", "Anna Kowalski")
    QTest.mouseClick(merge.panel.find_button, Qt.MouseButton.LeftButton)

    def asked() -> list[Any]:
        return [kwargs for function, kwargs in admin_shell.workspace.asked if function is merge_sides]

    qtbot.waitUntil(lambda: len(asked()) == 2)
    assert asked() == [{"one": "p-1", "other": "p-2"}] * 2


def test_both_sides_and_only_what_differs(merge: Merge) -> None:
    merge.compare()
    assert merge.panel.merge_button.text() == "Merge Anna Kowalski into Anna Kowalska"
    titles = [line.control.accessibleName() for line in merge.panel.findChildren(_FieldLine)]
    assert titles == ["Last name", "MRN", "Language: Take it over"]
    mrn = merge.line("MRN")
    assert isinstance(mrn.control, SegmentedControl)
    assert mrn.control.current == "kept"
    language = merge.line("Language")
    assert isinstance(language.control, Checkbox)
    assert language.control.isChecked()


def test_choices_go_into_the_command_which_waits_ten_seconds(merge: Merge) -> None:
    merge.shell.workspace.outcomes[MergePatients] = Outcome(undo=UnmergePatients(drop_id="p-2"))
    merge.compare()
    control = merge.line("MRN").control
    assert isinstance(control, SegmentedControl)
    control.set_current("dropped")
    QTest.keyClick(merge.panel, Key.Key_Return, CTRL)
    assert merge.finished == 1
    assert merge.shell.workspace.executed == []
    pending = merge.shell.pendings[0]
    assert pending.action.text == "Merging Anna Kowalski into Anna Kowalska"
    pending.elapse()
    command = merge.shell.workspace.executed[0]
    assert isinstance(command, MergePatients)
    assert (command.keep_id, command.drop_id) == ("p-1", "p-2")
    assert {change.field: change.new for change in command.take} == {"mrn": "2", "language": "pl"}
    assert merge.shell.done[0][0] == "Merged Anna Kowalski into Anna Kowalska"
    assert merge.opened == ["p-1"]


def test_cancelling_sends_nothing(merge: Merge) -> None:
    merge.compare()
    merge.panel.merge()
    merge.shell.pendings[0].cancel()
    assert merge.shell.workspace.executed == []
    assert merge.opened == []


def test_the_other_way_round(merge: Merge) -> None:
    merge.compare()
    QTest.mouseClick(merge.panel.swap_button, Qt.MouseButton.LeftButton)
    assert merge.panel.merge_button.text() == "Merge Anna Kowalska into Anna Kowalski"
    merge.panel.merge()
    assert merge.shell.pendings[0].action.command.keep_id == "p-2"  # type: ignore[attr-defined]


def test_a_record_is_not_merged_with_itself(merge: Merge) -> None:
    merge.panel.choose("p-1")
    assert merge.panel._note.isVisible()
    assert not merge.panel.merge_button.isEnabled()


def test_one_that_is_merged_already_is_refused(qtbot: QtBot, admin_shell: FakeShell) -> None:
    merge = Merge(qtbot, admin_shell, side("p-1"), side("p-2", merged_into="p-9"))
    merge.panel.choose("p-2")
    qtbot.waitUntil(merge.panel._note.isVisible)
    assert merge.panel.choices is None


def test_a_failed_question_is_said(merge: Merge) -> None:
    merge.shell.workspace.answers[merge_sides] = Refused("NoPatient", "There is no such patient here.")
    merge.panel.choose("p-2")
    merge.qtbot.waitUntil(merge.panel._note.isVisible)
