"""Ctrl+K: patients and actions in one list, by keyboard and by mouse."""

from __future__ import annotations

import threading
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.kernel.errors import Unavailable
from app.queries.core import Page
from app.ui.shell.shell import Shell
from app.ui.work.places import OpenChart
from tests.support.shell import FakeWorkspace
from tests.ui.shell.fakes import HITS, Hit, TestPage, search_patients

CONTROL = Qt.KeyboardModifier.ControlModifier


def summon(qtbot: QtBot, shell: Shell) -> None:
    QTest.keyClick(shell.window, Qt.Key.Key_K, CONTROL)
    qtbot.waitUntil(shell.window.palette_list.isVisible)


def keys(shell: Shell) -> list[str]:
    return [entry.key for entry in shell.window.palette_list.model.entries]


def chart_page(shell: Shell) -> TestPage:
    page = shell.window.stack.page("patients")
    assert isinstance(page, TestPage)
    return page


def test_a_patient_is_found_and_opened_by_keyboard_alone(qtbot: QtBot, shell: Shell) -> None:
    summon(qtbot, shell)
    QTest.keyClicks(shell.window.top.field, "gonsales")
    qtbot.waitUntil(lambda: keys(shell) == ["patient.p-1", "patient.p-2"])
    QTest.keyClick(shell.window.top.field, Qt.Key.Key_Down)
    QTest.keyClick(shell.window.top.field, Qt.Key.Key_Return)
    assert shell.window.stack.current == "patients"
    assert chart_page(shell).places == [OpenChart(patient_id="p-2")]
    assert not shell.window.palette_list.isVisible()
    assert shell.window.top.field.text() == ""


def test_enter_before_the_answer_takes_the_only_patient(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    workspace.answers[search_patients] = Page((Hit("p-9", "Ana Gil"),), more=False)
    summon(qtbot, shell)
    QTest.keyClicks(shell.window.top.field, "ana gil")
    QTest.keyClick(shell.window.top.field, Qt.Key.Key_Return)
    assert keys(shell) == [], "nothing was answered yet"
    qtbot.waitUntil(lambda: shell.window.stack.current == "patients")
    assert chart_page(shell).places == [OpenChart(patient_id="p-9")]


def test_enter_before_the_answer_chooses_nobody_among_several(qtbot: QtBot, shell: Shell) -> None:
    summon(qtbot, shell)
    QTest.keyClicks(shell.window.top.field, "gonsales")
    QTest.keyClick(shell.window.top.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: keys(shell) == ["patient.p-1", "patient.p-2"])
    assert shell.window.palette_list.isVisible()
    assert shell.window.stack.current != "patients"


def test_a_patient_is_opened_by_mouse(qtbot: QtBot, shell: Shell) -> None:
    QTest.mouseClick(shell.window.top.field, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(shell.window.palette_list.isVisible)
    QTest.keyClicks(shell.window.top.field, "ines")
    qtbot.waitUntil(lambda: "patient.p-1" in keys(shell))
    view = shell.window.palette_list.list
    place = view.visualRect(shell.window.palette_list.model.index(keys(shell).index("patient.p-1"))).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chart_page(shell).places == [OpenChart(patient_id="p-1")]


def test_look_alikes_show_their_birth_dates_in_text_colour(qtbot: QtBot, shell: Shell) -> None:
    summon(qtbot, shell)
    QTest.keyClicks(shell.window.top.field, "ines")
    qtbot.waitUntil(lambda: len(shell.window.palette_list.model.entries) >= 2)
    patients = [e for e in shell.window.palette_list.model.entries if e.key.startswith("patient.")]
    assert all(entry.loud_detail for entry in patients)
    assert "1971" in patients[0].detail
    spoken = shell.window.palette_list.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "1971" in spoken


def test_actions_are_listed_with_their_keys_and_carried_out(qtbot: QtBot, shell: Shell, today: TestPage) -> None:
    QTest.keyClick(shell.window, Qt.Key.Key_2, CONTROL)
    assert shell.window.stack.current == "schedule"
    summon(qtbot, shell)
    QTest.keyClicks(shell.window.top.field, "che")
    entry = shell.window.palette_list.model.entries[0]
    assert (entry.title, entry.hint) == ("Check in", "Ctrl I")
    QTest.keyClick(shell.window.top.field, Qt.Key.Key_Return)
    assert shell.window.stack.current == "today", "an action opens its area first"
    assert today.acted == ["check_in"]


def test_patients_come_below_so_that_nothing_moves(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    gate = threading.Event()
    workspace.answers[search_patients] = lambda **_: (gate.wait(5), Page(HITS, more=True))[1]
    summon(qtbot, shell)
    QTest.keyClicks(shell.window.top.field, "no")
    before = keys(shell)
    assert before[0] == "open.notes"
    qtbot.wait(100)
    gate.set()
    qtbot.waitUntil(lambda: "patient.p-1" in keys(shell))
    assert keys(shell)[: len(before)] == before
    assert shell.window.palette_list.list.currentIndex().row() == 0
    assert "More than 8" in shell.window.palette_list.note.text()


def test_only_the_newest_search_counts(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    gate = threading.Event()

    def answer(*, text: str, **_: Any) -> Page[Hit]:
        if text == "an":
            gate.wait(5)
            return Page((Hit("old", "Old Answer"),), more=False)
        return Page((Hit("new", "Anna Kowalski"),), more=False)

    workspace.answers[search_patients] = answer
    summon(qtbot, shell)
    QTest.keyClicks(shell.window.top.field, "an")
    qtbot.waitUntil(lambda: any(kwargs.get("text") == "an" for _, kwargs in workspace.asked))
    QTest.keyClicks(shell.window.top.field, "n")
    qtbot.waitUntil(lambda: "patient.new" in keys(shell))
    gate.set()
    qtbot.wait(60)
    assert "patient.old" not in keys(shell)


def test_escape_goes_back_to_where_one_was(qtbot: QtBot, shell: Shell, today: TestPage) -> None:
    today.field.setFocus()
    summon(qtbot, shell)
    QTest.keyClicks(shell.window.top.field, "x")
    QTest.keyClick(shell.window.top.field, Qt.Key.Key_Escape)
    assert not shell.window.palette_list.isVisible()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is today.field)


def test_a_click_elsewhere_closes_it(qtbot: QtBot, shell: Shell, today: TestPage) -> None:
    summon(qtbot, shell)
    QTest.mouseClick(today.field, Qt.MouseButton.LeftButton)
    assert not shell.window.palette_list.isVisible()


def test_last_charts_come_first(qtbot: QtBot, shell: Shell) -> None:
    assert shell.desk is not None
    for n in range(7):
        shell.desk.remember_chart(f"p-{n}", f"Patient {n}")
    shell.desk.remember_chart("p-5", "Patient 5")
    summon(qtbot, shell)
    charts = [entry.title for entry in shell.window.palette_list.model.entries if entry.key.startswith("chart.")]
    assert charts == ["Patient 5", "Patient 6", "Patient 4", "Patient 3", "Patient 2"]


def test_a_form_can_ask_for_a_patient(qtbot: QtBot, shell: Shell, today: TestPage) -> None:
    assert shell.desk is not None
    today.field.setFocus()
    chosen: list[tuple[str, str]] = []
    shell.desk.find_patient(lambda ident, name: chosen.append((ident, name)))
    qtbot.waitUntil(shell.window.palette_list.isVisible)
    assert shell.window.top.field.accessibleName() == "Choose a patient"
    QTest.keyClicks(shell.window.top.field, "ne")
    qtbot.waitUntil(lambda: keys(shell) == ["patient.p-1", "patient.p-2"])
    QTest.keyClick(shell.window.top.field, Qt.Key.Key_Return)
    assert chosen == [("p-1", HITS[0].name)]
    assert shell.window.stack.current == "today"
    assert shell.window.top.field.accessibleName() == "Find a patient or an action"


def test_without_a_server_it_says_so_and_actions_stay(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    workspace.answers[search_patients] = Unavailable("ServerGone", "The server can't be reached.")
    summon(qtbot, shell)
    QTest.keyClicks(shell.window.top.field, "lock")
    qtbot.waitUntil(lambda: shell.window.palette_list.note.text() == "The server can't be reached.")
    assert keys(shell) == ["shell.lock"]
    QTest.keyClick(shell.window.top.field, Qt.Key.Key_Return)
    assert not shell.working


def test_nothing_found_is_said(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    workspace.answers[search_patients] = Page((), more=False)
    summon(qtbot, shell)
    QTest.keyClicks(shell.window.top.field, "zzz")
    qtbot.waitUntil(lambda: shell.window.palette_list.note.text() == "No patient found")
    QTest.keyClick(shell.window.top.field, Qt.Key.Key_Return)
    assert shell.window.palette_list.isVisible(), "Enter on nothing does nothing"
