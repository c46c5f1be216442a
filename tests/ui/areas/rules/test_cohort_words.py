"""Whom a rule is for, in words: flags read as in the chart, typed in words, never as the database's codes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.domain.patient_flags import flag_of, flag_text, known_flags
from app.domain.rules import RuleCohort, RuleCondition, RuleOp
from app.kernel.i18n import set_language
from app.ui.areas.rules.cohort_edit import CohortEdit
from app.ui.areas.rules.editor import RuleEditor
from app.ui.areas.rules.rule_form import RuleForm
from app.ui.areas.rules.words import cohort_words


@pytest.fixture
def spanish() -> Iterator[None]:
    set_language("es")
    yield
    set_language("en")


@pytest.fixture
def edit(qtbot: QtBot) -> CohortEdit:
    one = CohortEdit()
    qtbot.addWidget(one)
    one.show()
    return one


def say(edit: CohortEdit, kind: str, text: str) -> None:
    edit.kind.set_current(kind)
    QTest.keyClicks(edit.value, text)
    QTest.keyClick(edit.value, Qt.Key.Key_Escape)  # the offers are left alone
    QTest.keyClick(edit.value, Qt.Key.Key_Return)


def test_flags_read_as_words() -> None:
    cohort = RuleCohort(flags=("RPM_ENROLLED",), not_flags=("IN_HOSPICE",), min_age=18)
    assert cohort_words(cohort) == "patients flagged RPM enrolled, 18 or older, not flagged In hospice"
    assert cohort_words(RuleCohort()) == "all patients"


@pytest.mark.usefixtures("spanish")
def test_flags_read_as_words_in_spanish() -> None:
    words = cohort_words(RuleCohort(flags=("RPM_ENROLLED",), min_age=18))
    assert words == "pacientes con la marca En seguimiento remoto, de 18 años o más"


@pytest.mark.parametrize("flag", [*known_flags(), "IN_HOSPICE", "SUGAR"])
def test_what_is_shown_of_a_flag_means_that_flag(flag: str) -> None:
    assert flag_of(flag_text(flag)) == flag
    assert flag_of(flag) == flag
    assert flag_of(f" {flag_text(flag).upper().replace(' ', '  ')} ") == flag


def test_a_flag_is_typed_in_words(edit: CohortEdit) -> None:
    say(edit, "flags", "rpm enrolled")
    say(edit, "not_flags", "In hospice")
    assert (edit.cohort.flags, edit.cohort.not_flags) == (("RPM_ENROLLED",), ("IN_HOSPICE",))
    assert [part.text() for part in edit.parts] == ["flagged RPM enrolled", "not flagged In hospice"]


@pytest.mark.usefixtures("spanish")
def test_a_flag_is_typed_in_the_persons_language(edit: CohortEdit) -> None:
    say(edit, "flags", "en seguimiento remoto")
    assert edit.cohort.flags == ("RPM_ENROLLED",)


def test_the_usual_flags_are_offered_while_one_is_asked_for(edit: CohortEdit, qtbot: QtBot) -> None:
    edit.kind.set_current("flags")
    QTest.keyClicks(edit.value, "enr")
    offers = edit.value.completer()
    assert offers is not None
    popup = offers.popup()
    assert popup is not None
    qtbot.waitUntil(popup.isVisible)
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert edit.cohort.flags == ("RPM_ENROLLED",)
    assert edit.value.text() == ""
    edit.kind.set_current("conditions")
    assert edit.value.completer() is None
    say(edit, "conditions", "high risk")
    assert edit.cohort.conditions == ("high risk",), "a condition is what was typed"


def test_tab_meets_the_chips_where_they_stand(qtbot: QtBot) -> None:
    """Whom a rule is for is taken away by keyboard: from the line that adds, Shift+Tab leads to the last chip."""
    editor = RuleEditor()
    editor.make_params()
    editor.put_together()
    qtbot.addWidget(editor)
    with qtbot.waitActive(editor):
        editor.show()
        editor.activateWindow()
    editor.show_form(RuleForm(condition=RuleCondition(RuleOp.ABOVE, 140, cohort=RuleCohort(("VIP",), min_age=18))))
    cohort = editor.cohort
    cohort.value.setFocus()
    seen: list[QWidget | None] = []
    for _ in range(4):
        QTest.keyClick(editor.window(), Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        seen.append(QApplication.focusWidget())
    assert seen == [cohort.kind, cohort.parts[1], cohort.parts[0], editor.sentence.severity]
    cohort.parts[1].setFocus()
    QTest.keyClick(cohort.parts[1], Qt.Key.Key_Delete)
    assert cohort.cohort == RuleCohort(("VIP",))
