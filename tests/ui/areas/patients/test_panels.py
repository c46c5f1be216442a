"""Flags and households: every click takes effect at once, can be undone, and follows what others do."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.commands.core import Outcome
from app.commands.households import JoinHousehold, LeaveHousehold, MakeHousehold
from app.commands.patients import FlagPatient
from app.kernel.errors import Conflict, Refused
from app.queries.patient_card import patient_card
from app.ui.areas.patients.flags_panel import FlagsPanel
from app.ui.areas.patients.household_panel import HouseholdEditor
from app.workspace.changes import ChangeSet
from tests.support.shell import FakeShell
from tests.ui.areas.patients.people import a_card, a_household

Key = Qt.Key


def shown(qtbot: QtBot, panel: Any) -> Any:
    qtbot.addWidget(panel)
    panel.resize(328, 700)
    panel.show()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    return panel


@pytest.fixture
def flags(qtbot: QtBot, shell: FakeShell) -> FlagsPanel:
    shell.workspace.outcomes[FlagPatient] = Outcome(undo=FlagPatient(patient_id="p-1"))
    panel: FlagsPanel = shown(qtbot, FlagsPanel(shell, a_card(flags=("HIGH_RISK", "OWN_WORD"))))
    return panel


def test_the_usual_flags_and_the_patients_own_are_offered(flags: FlagsPanel) -> None:
    assert [flag for flag, box in flags.boxes.items() if box.isChecked()] == ["HIGH_RISK", "OWN_WORD"]
    assert flags.boxes["OWN_WORD"].text() == "Own word"
    assert flags.title() == "Flags of Anna Kowalska"


def test_one_key_sets_a_flag_and_another_takes_it_away(qtbot: QtBot, shell: FakeShell, flags: FlagsPanel) -> None:
    shell.workspace.answers[patient_card] = a_card(flags=("HIGH_RISK", "OWN_WORD", "FALL_RISK"))
    QTest.keyClick(flags.boxes["FALL_RISK"], Key.Key_Space)
    qtbot.waitUntil(lambda: len(shell.done) == 1)
    QTest.keyClick(flags.boxes["HIGH_RISK"], Key.Key_Space)
    qtbot.waitUntil(lambda: len(shell.done) == 2)
    assert shell.workspace.executed == [
        FlagPatient(patient_id="p-1", add=("FALL_RISK",)), FlagPatient(patient_id="p-1", remove=("HIGH_RISK",)),
    ]  # fmt: skip
    assert [text for text, _ in shell.done] == [
        "Fall risk: set for Anna Kowalska",
        "High risk: taken from Anna Kowalska",
    ]


def test_another_word_is_added_with_enter(qtbot: QtBot, shell: FakeShell, flags: FlagsPanel) -> None:
    QTest.keyClicks(flags.word, "service dog")
    QTest.keyClick(flags.word, Key.Key_Return)
    qtbot.waitUntil(lambda: len(shell.done) == 1)
    assert shell.workspace.executed == [FlagPatient(patient_id="p-1", add=("service dog",))]
    assert flags.word.text() == ""


def test_a_word_that_is_refused_stays_and_says_why(qtbot: QtBot, shell: FakeShell, flags: FlagsPanel) -> None:
    shell.workspace.outcomes[FlagPatient] = Refused("BadValue", "A flag is one word.", field="flags")
    QTest.keyClicks(flags.word, "a;b")
    QTest.mouseClick(flags.add, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(flags._field.error))
    assert flags.word.text() == "a;b"


def test_a_refused_click_shows_what_is_true(qtbot: QtBot, shell: FakeShell, flags: FlagsPanel) -> None:
    shell.workspace.outcomes[FlagPatient] = Conflict("Gone", "This patient is no longer there.")
    shell.workspace.answers[patient_card] = a_card(flags=("HIGH_RISK", "OWN_WORD"))
    QTest.keyClick(flags.boxes["FALL_RISK"], Key.Key_Space)
    qtbot.waitUntil(lambda: bool(shell.problems) and not flags.boxes["FALL_RISK"].isChecked())


def test_flags_that_others_set_appear(qtbot: QtBot, shell: FakeShell, flags: FlagsPanel) -> None:
    shell.workspace.answers[patient_card] = a_card(flags=("VIP", "NEW_ONE"))
    flags.changed(ChangeSet({"patients": frozenset({"p-1"})}))
    qtbot.waitUntil(flags.boxes["VIP"].isChecked)
    assert flags.boxes["NEW_ONE"].isChecked()
    assert not flags.boxes["HIGH_RISK"].isChecked()


HOME = a_household(("p-1", "Anna Kowalska", True), ("p-2", "Jan Kowalski", False))


def household(qtbot: QtBot, shell: FakeShell, *houses: Any, others: Any = None) -> HouseholdEditor:
    cards = {"p-1": a_card("p-1", households=houses), **(others or {})}
    shell.workspace.answers[patient_card] = lambda patient_id, **_: cards[patient_id]
    panel: HouseholdEditor = shown(qtbot, HouseholdEditor(shell, "p-1"))
    qtbot.waitUntil(lambda: panel.title() != "Household")
    return panel


def test_everybody_is_listed_with_relation_and_guardian(qtbot: QtBot, shell: FakeShell) -> None:
    panel = household(qtbot, shell, HOME)
    assert list(panel.members) == ["p-1", "p-2"]
    assert panel.members["p-1"].guardian.isChecked()
    assert panel.members["p-2"].relation.accessibleName() == "Relation of Jan Kowalski"


def test_a_relation_and_a_guardian_are_saved_at_once(qtbot: QtBot, shell: FakeShell) -> None:
    panel = household(qtbot, shell, HOME)
    jan = panel.members["p-2"]
    jan.relation.setFocus()
    QTest.keyClicks(jan.relation, "c")
    qtbot.waitUntil(lambda: len(shell.workspace.executed) == 1)
    QTest.keyClick(jan.guardian, Key.Key_Space)
    qtbot.waitUntil(lambda: len(shell.workspace.executed) == 2)
    assert shell.workspace.executed[-1] == JoinHousehold(
        household_id="home", patient_id="p-2", relation=jan.relation.current, guardian=True
    )
    assert jan.relation.current == "child"


def test_somebody_leaves(qtbot: QtBot, shell: FakeShell) -> None:
    panel = household(qtbot, shell, HOME)
    QTest.mouseClick(panel.members["p-2"].remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(shell.done) == 1)
    assert shell.workspace.executed == [LeaveHousehold(household_id="home", patient_id="p-2")]
    assert shell.done[0][0] == "Jan Kowalski left the household"


def test_somebody_joins_the_patients_household(qtbot: QtBot, shell: FakeShell) -> None:
    panel = household(qtbot, shell, HOME)
    shell.patient = ("p-3", "Ewa Lis")
    QTest.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(shell.done) == 1)
    assert shell.workspace.executed == [JoinHousehold(household_id="home", patient_id="p-3")]


def test_a_patient_without_one_joins_the_others(qtbot: QtBot, shell: FakeShell) -> None:
    other = a_card("p-3", "Ewa", "Lis", households=(a_household(("p-3", "Ewa Lis", False), house_id="theirs"),))
    panel = household(qtbot, shell, others={"p-3": other})
    shell.patient = ("p-3", "Ewa Lis")
    QTest.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(shell.done) == 1)
    assert shell.workspace.executed == [JoinHousehold(household_id="theirs", patient_id="p-1")]


def test_two_without_one_get_a_new_household(qtbot: QtBot, shell: FakeShell) -> None:
    panel = household(qtbot, shell, others={"p-3": a_card("p-3", "Ewa", "Lis")})
    assert panel._none.isVisible()
    shell.patient = ("p-3", "Ewa Lis")
    QTest.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(shell.done) == 1)
    made = shell.workspace.executed[0]
    assert isinstance(made, MakeHousehold)
    assert (made.name, made.patient_ids) == ("Kowalska", ("p-1", "p-3"))


def test_the_patient_is_not_added_to_themself(qtbot: QtBot, shell: FakeShell) -> None:
    panel = household(qtbot, shell)
    shell.patient = ("p-1", "Anna Kowalska")
    QTest.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    assert shell.workspace.executed == []


def test_a_refused_step_shows_what_is_true_again(qtbot: QtBot, shell: FakeShell) -> None:
    panel = household(qtbot, shell, HOME)
    shell.workspace.outcomes[JoinHousehold] = Refused("NotAllowed", "Your role doesn't allow this.")
    QTest.keyClick(panel.members["p-2"].guardian, Key.Key_Space)
    qtbot.waitUntil(lambda: bool(shell.problems) and not panel.members["p-2"].guardian.isChecked())
