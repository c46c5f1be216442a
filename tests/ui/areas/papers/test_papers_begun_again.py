"""A paper is begun: who saw the patient signs it, and what was typed before and put aside is there again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sqlalchemy import select

from app.db.models import Draft, ExcuseNote
from app.ui.areas.chart.spec import SPEC as CHART
from app.ui.areas.notes.spec import SPEC as NOTES
from app.ui.areas.referrals.spec import SPEC as REFERRALS
from app.ui.work.places import OpenChart
from tests.support.desk import DAY, Desk
from tests.support.front_desk import Window, elsewhere
from tests.support.treating import begin_visit

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
LIS, ROUX = "pat-lis", "pat-roux"


def press(window: Window, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget() or window.shell.window, key, held)


def test_the_desk_drafts_for_whom_the_patient_is_with_and_for_nobody_else(
    window: Callable[..., Window], clinic: Desk
) -> None:
    visit = elsewhere(begin_visit, clinic, "lis", "10:40", "chen")
    made = window("desk", more=(NOTES,))
    made.sit_down()
    page = made.page("notes")
    editor = page.desk.editor
    page.desk.start(LIS, "Zygmunt Lis")
    made.wait(lambda: editor.provider.current == "p-chen")
    assert not editor.dirty
    editor.reason.setFocus()
    QTest.keyClicks(editor.reason, "Influenza")
    press(made, Qt.Key.Key_S, CTRL)
    made.wait(lambda: editor.view is not None)
    (row,) = clinic.rows(select(ExcuseNote.provider_id, ExcuseNote.visit_id))
    assert (row.provider_id, row.visit_id) == ("p-chen", visit)
    page.desk.start(ROUX, "Élodie Roux")
    made.wait(lambda: editor.head is not None and editor.head.patient_id == ROUX and editor.provider.count() > 2)
    editor.reason.setFocus()
    QTest.keyClicks(editor.reason, "Influenza")
    press(made, Qt.Key.Key_S, CTRL)
    made.wait(lambda: editor.form._fields["providerId"].error)
    assert len(clinic.rows(select(ExcuseNote.id))) == 1


def test_in_a_chart_one_key_begins_a_note_and_what_is_typed_is_its_first_day(
    window: Callable[..., Window], clinic: Desk
) -> None:
    made = window("okafor", more=(CHART,))
    made.shell.window.stack.go(OpenChart(patient_id=LIS, tab="summary"))
    made.wait(lambda: made.page("chart").has_patient)
    made.sit_down()
    press(made, Qt.Key.Key_X, ALT)

    def editor() -> Any:
        return made.page("chart").host.tab("notes").excuse.desk.editor

    made.wait(lambda: editor().isVisible() and QApplication.focusWidget() is editor().start)
    QTest.keyClicks(editor().start, "tomorrow")
    press(made, Qt.Key.Key_Tab)
    assert editor().start.value == DAY + timedelta(days=1)


@pytest.mark.parametrize("area", ["notes", "referrals"])
def test_what_was_put_aside_is_there_when_it_is_begun_again(
    window: Callable[..., Window], clinic: Desk, area: str
) -> None:
    made = window("okafor", more=(NOTES, REFERRALS))
    made.sit_down()
    page = made.page(area)
    editor = page.desk.editor
    page.desk.start(LIS, "Zygmunt Lis")
    made.wait(lambda: editor.head is not None)
    editor.reason.setFocus()
    QTest.keyClicks(editor.reason, "Half a sentence")
    press(made, Qt.Key.Key_Escape)
    made.wait(lambda: len(clinic.rows(select(Draft.id))) == 1)
    page.desk.start(ROUX, "Élodie Roux")
    made.wait(lambda: editor.head is not None and editor.head.patient_id == ROUX)
    assert editor.reason.toPlainText() == ""
    page.desk.start(LIS, "Zygmunt Lis")
    made.wait(lambda: editor.reason.toPlainText() == "Half a sentence")
    assert editor.dirty
    if area == "referrals":
        editor.specialty.setText("Eye")
    press(made, Qt.Key.Key_S, CTRL)
    made.wait(lambda: editor.view is not None and not clinic.rows(select(Draft.id)))
    editor.reason.setFocus()
    QTest.keyClicks(editor.reason, " and more")
    press(made, Qt.Key.Key_Escape)
    made.wait(lambda: len(clinic.rows(select(Draft.id))) == 1)
    page.desk.start(LIS, "Zygmunt Lis")
    made.wait(lambda: editor.head is not None and not editor.row_id)
    assert editor.reason.toPlainText() == ""
    row = clinic.rows(select(Draft.subject))[0].subject
    page.desk.open_paper(row)
    made.wait(lambda: "and more" in editor.reason.toPlainText())
