"""The list: search as one types, arrows and Enter, paging, states, live changes that move nothing."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.kernel.errors import Unavailable
from app.queries.core import Page
from app.queries.patient_card import patient_list, patient_rows
from app.queries.patients import search_patients
from app.ui.areas.patients.lines import BORN, MARKS, NAME
from app.ui.areas.patients.page import PatientsPage
from app.ui.widgets.states import EmptyState, ErrorState, Skeleton
from app.ui.work.places import OpenChart
from app.workspace.changes import ChangeSet
from tests.support.shell import FakeShell
from tests.ui.areas.patients.conftest import MakePage
from tests.ui.areas.patients.people import a_hit, a_row, rows

Key = Qt.Key


def names(page: PatientsPage) -> list[str]:
    return [line.name for line in page.list.lines.model.rows]


def current(page: PatientsPage) -> str:
    line = page.list.lines.model.row(page.list.table.currentIndex())
    return line.id if line else ""


def type_text(qtbot: QtBot, page: PatientsPage, text: str) -> None:
    QTest.keyClicks(page.list.field, text)
    qtbot.waitUntil(lambda: page.list.lines.shown_text == text)


def found(*hits: Any) -> Any:
    return lambda **_: Page(hits, more=False)


def test_everybody_is_there_before_anything_is_typed(show_page: MakePage, shell: FakeShell) -> None:
    page = show_page(shell)
    assert names(page) == ["Patient 0001", "Patient 0002", "Patient 0003"]
    assert current(page) == "", "nobody is chosen by opening the list"


def test_typing_finds_and_marks_the_best_match(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    shell.workspace.answers[search_patients] = found(a_hit(7), a_hit(8, "Anna", "Kowalski"))
    page = show_page(shell)
    type_text(qtbot, page, "kowal")
    assert names(page) == ["Anna Kowalska", "Anna Kowalski"]
    assert current(page) == "p-7"
    assert page.list.field.accessibleDescription() == "2 found"
    assert page.list.field.hasFocus()


def test_fast_typing_asks_once_for_the_whole_word(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    shell.workspace.answers[search_patients] = found(a_hit(7))
    page = show_page(shell)
    type_text(qtbot, page, "kowalska")
    asked = [kwargs["text"] for function, kwargs in shell.workspace.asked if function is search_patients]
    assert asked[-1] == "kowalska"
    assert len(asked) <= 3


def test_enter_opens_the_marked_row_and_arrows_move_while_the_field_keeps_the_keyboard(
    qtbot: QtBot, show_page: MakePage, shell: FakeShell
) -> None:
    shell.workspace.answers[search_patients] = found(a_hit(7), a_hit(8), a_hit(9))
    page = show_page(shell)
    type_text(qtbot, page, "anna")
    QTest.keyClick(page.list.field, Key.Key_Down)
    assert current(page) == "p-8"
    QTest.keyClick(page.list.field, Key.Key_Down)
    QTest.keyClick(page.list.field, Key.Key_Up)
    assert page.list.field.hasFocus()
    QTest.keyClick(page.list.field, Key.Key_Return)
    assert shell.places == [OpenChart(patient_id="p-8")]
    QTest.keyClick(page.list.field, Key.Key_Down)
    page.edit()  # F2
    qtbot.waitUntil(lambda: page.presenter.card is not None)
    assert page.presenter.patient_id == "p-9", "the details are one key away from the row"


def test_enter_before_the_answer_opens_the_first_of_that_answer_not_of_the_rows_before(
    qtbot: QtBot, show_page: MakePage, shell: FakeShell
) -> None:
    gate = threading.Event()

    def late(text: str, **_: Any) -> Page[Any]:
        gate.wait(5)
        return Page((a_hit(42),), more=False)

    shell.workspace.answers[search_patients] = late
    page = show_page(shell)
    QTest.keyClicks(page.list.field, "kowalska")
    QTest.keyClick(page.list.field, Key.Key_Return)
    assert page.list_shown
    gate.set()
    qtbot.waitUntil(lambda: bool(shell.places))
    assert shell.places == [OpenChart(patient_id="p-42")]


def test_typing_on_takes_the_enter_back(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    gate = threading.Event()

    def late(text: str, **_: Any) -> Page[Any]:
        gate.wait(5)
        return Page((a_hit(42),), more=False)

    shell.workspace.answers[search_patients] = late
    page = show_page(shell)
    QTest.keyClicks(page.list.field, "kowal")
    QTest.keyClick(page.list.field, Key.Key_Return)
    QTest.keyClicks(page.list.field, "s")
    gate.set()
    qtbot.waitUntil(lambda: page.list.lines.shown_text == "kowals")
    assert page.list_shown


def test_one_click_opens(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    page = show_page(shell)
    place = page.list.table.visualRect(page.list.lines.model.index(1, NAME)).center()
    QTest.mouseClick(page.list.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert shell.places == [OpenChart(patient_id="p-2")]


def test_letters_typed_in_the_table_go_on_with_the_search(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    page = show_page(shell)
    page.list.table.setFocus()
    QTest.keyClicks(page.list.table, "ko")
    assert page.list.field.text() == "ko"
    assert page.list.field.hasFocus()


def test_escape_empties_the_field_and_everybody_is_there_again(
    qtbot: QtBot, show_page: MakePage, shell: FakeShell
) -> None:
    shell.workspace.answers[search_patients] = found(a_hit(7))
    page = show_page(shell)
    type_text(qtbot, page, "anna")
    QTest.keyClick(page.list.field, Key.Key_Escape)
    qtbot.waitUntil(lambda: page.list.lines.shown_text == "")
    assert len(names(page)) == 3
    assert current(page) == ""


def test_nobody_found_offers_the_registration_with_what_was_typed(
    qtbot: QtBot, show_page: MakePage, shell: FakeShell
) -> None:
    page = show_page(shell)
    type_text(qtbot, page, "Ana Gutierez 3/14/1962")
    shown = page.list.states.shown
    assert isinstance(shown, EmptyState)
    assert "Ana Gutierez" in shown.label.text()
    assert shown.button is not None
    QTest.mouseClick(shown.button, Qt.MouseButton.LeftButton)
    form = shell.panels[-1].form  # type: ignore[attr-defined]
    assert form.values()["lastName"] == "Gutierez"
    assert form.values()["dateOfBirth"] == "1962-03-14"


def test_an_error_says_so_and_can_be_tried_again(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    shell.workspace.answers[patient_list] = Unavailable("ServerLost", "The server can't be reached.")
    page = show_page(shell, wait=False)
    qtbot.waitUntil(lambda: isinstance(page.list.states.shown, ErrorState))
    shown = page.list.states.shown
    assert isinstance(shown, ErrorState)
    assert shown.label.text() == "The server can't be reached."
    shell.workspace.answers[patient_list] = Page(rows(3), more=False)
    QTest.mouseClick(shown.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(names(page)) == 3)
    assert page.list.states.shown is page.list.table


def test_rows_stay_when_a_later_question_fails(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    page = show_page(shell)
    shell.workspace.answers[search_patients] = Unavailable("ServerLost", "The server can't be reached.")
    with qtbot.waitSignal(page.list.lines.failed):
        QTest.keyClicks(page.list.field, "anna")
    assert page.list.states.shown is page.list.table
    assert len(names(page)) == 3


def test_a_skeleton_while_the_first_answer_is_late(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    gate = threading.Event()

    def late(**_: Any) -> Page[Any]:
        gate.wait(5)
        return Page(rows(3), more=False)

    shell.workspace.answers[patient_list] = late
    page = show_page(shell, wait=False)
    qtbot.waitUntil(lambda: isinstance(page.list.states.shown, Skeleton))
    gate.set()
    qtbot.waitUntil(lambda: page.list.states.shown is page.list.table)


def paged(cursor: str | None = None, **_: Any) -> Page[Any]:
    first = int(cursor or 0) + 1
    return Page(rows(100, first), more=first < 300, cursor=str(first + 99))


def test_scrolling_on_asks_for_the_next_page(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    shell.workspace.answers[patient_list] = paged
    page = show_page(shell)
    assert len(names(page)) == 100
    page.list.table.scrollToBottom()
    qtbot.waitUntil(lambda: len(names(page)) == 200)
    assert len(set(names(page))) == 200


def test_found_patients_come_in_pages_too(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    def many(text: str, offset: int = 0, limit: int = 50) -> Page[Any]:
        hits = tuple(a_hit(n, "Anna", f"No{n}") for n in range(offset, offset + limit))
        return Page(hits, more=offset < 100, cursor=str(offset + limit))

    shell.workspace.answers[search_patients] = many
    page = show_page(shell)
    type_text(qtbot, page, "anna")
    assert page.list.field.accessibleDescription() == "50+ found"
    page.list.table.scrollToBottom()
    qtbot.waitUntil(lambda: len(names(page)) == 100)


def test_a_change_elsewhere_is_shown_in_its_row_and_nothing_moves(
    qtbot: QtBot, show_page: MakePage, shell: FakeShell
) -> None:
    shell.workspace.answers[patient_list] = paged
    page = show_page(shell)
    page.list.table.scrollToBottom()
    qtbot.waitUntil(lambda: len(names(page)) == 200)
    model = page.list.lines.model
    page.list.table.setCurrentIndex(model.index(80, 0))
    top = page.list.table.verticalScrollBar().value()
    shell.workspace.answers[patient_rows] = lambda ids, **_: tuple(a_row(int(i[2:]), "Renamed") for i in ids)
    page.changed(ChangeSet({"patients": frozenset({"p-81", "p-9999"})}))
    qtbot.waitUntil(lambda: model.rows[80].name == "Renamed")
    assert current(page) == "p-81"
    assert len(names(page)) == 200
    assert page.list.table.verticalScrollBar().value() == top


def test_somebody_new_appears_while_nobody_has_scrolled(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    page = show_page(shell)
    page.list.table.setCurrentIndex(page.list.lines.model.index(1, 0))
    shell.workspace.answers[patient_list] = Page((a_row(9, "Aaron"), *rows(3)), more=False)
    page.changed(ChangeSet({"patients": frozenset({"p-9"})}))
    qtbot.waitUntil(lambda: names(page)[0] == "Aaron")
    assert current(page) == "p-2", "the chosen row is kept by its patient"


def test_flags_and_the_open_identity_are_heard_too(show_page: MakePage, shell: FakeShell) -> None:
    shell.workspace.answers[patient_list] = Page((a_row(flags=("HIGH_RISK",), identity_to_confirm=True),), more=False)
    page = show_page(shell)
    index = page.list.lines.model.index(0, MARKS)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Flags: Identity to confirm, HIGH_RISK"


@pytest.mark.parametrize("width", [700, 1180, 2000])
def test_rows_paint_at_any_width(qtbot: QtBot, show_page: MakePage, shell: FakeShell, width: int) -> None:
    flags = ("HIGH_RISK", "FALL_RISK", "INTERPRETER", "WHEELCHAIR", "VERY_LONG_FLAG_OF_SOMEBODY")
    strange = a_row(2, "محمد الحسن \u202e abc", born=None, phone="", mrn="", flags=flags, identity_to_confirm=True)
    shell.workspace.answers[patient_list] = Page((a_row(), strange, a_row(3, "x" * 300)), more=False)
    page = show_page(shell)
    page.resize(width, 500)
    picture = page.grab()
    assert picture.width() >= width
    assert page.list.table.visualRect(page.list.lines.model.index(0, 0)).height() == 40
    assert page.list.table.indexAt(QPoint(5, 50)).isValid()


def test_who_has_died_is_not_said_to_be_older_each_year(show_page: MakePage, shell: FakeShell) -> None:
    shell.workspace.answers[patient_list] = Page((a_row(), a_row(2, flags=("DECEASED",))), more=False)
    model = show_page(shell).list.lines.model
    assert [model.index(row, BORN).data() for row in (0, 1)] == ["14 Mar 1962 · 64 y", "14 Mar 1962"]
