"""Reviewing, signing and handing over, by keyboard and mouse."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.commands.labs_review import MOST_TOGETHER, HandOverResults, Shown, SignResults
from app.domain.enums import LabOrderStatus, NextStep, ReviewState, Role
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import set_language
from app.queries.labs import OrderRow, Which, results_to_review
from app.queries.labs_order import Earlier
from app.ui.areas.labs.hand_over_panel import HandOverPanel
from app.ui.areas.labs.page import ORDERS, ResultsPage
from app.ui.parts.lab_history_panel import HistoryPanel
from app.ui.parts.lab_order_view import LabOrderView
from app.ui.parts.lab_range import position, scale_of
from app.ui.parts.lab_table import BAR, VALUE, Correction
from app.ui.widgets.layouts import column
from app.ui.widgets.states import EmptyState
from app.ui.widgets.text import Label
from app.ui.work import RestoreDraft, draft_kinds
from app.ui.work.places import OpenChart, ShowResults
from tests.support.shell import NOW, FakeShell
from tests.ui.areas.labs.conftest import Clinic, potassium, review, workspace_of

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
WAIT = 20_000


def open_page(qtbot: QtBot, shell: FakeShell) -> ResultsPage:
    page = ResultsPage(shell)
    qtbot.addWidget(page)
    page.resize(1180, 780)
    with qtbot.waitExposed(page):
        page.show()
    page.refresh()
    return page


@pytest.fixture
def page(qtbot: QtBot, shell: FakeShell) -> ResultsPage:
    made = open_page(qtbot, shell)
    qtbot.waitUntil(lambda: shown(made) == "o1", timeout=WAIT)
    made.rows.setFocus()
    return made


def shown(page: ResultsPage) -> str:
    return page.detail.order.id if page.detail.order is not None else ""


def listed(page: ResultsPage) -> list[str]:
    return [item.key for item in page.rows.items()]


def test_the_list_opens_on_the_critical_one(page: ResultsPage, shell: FakeShell) -> None:
    assert listed(page) == ["o1", "o2", "o3"]
    assert shell.counts["labs"] == 3
    assert page.rows.items()[0].spoken().startswith("Critical, Patient 1, BMP: Potassium 6.4 critical")
    assert page.detail.name.text() == "Patient 1"
    assert "takes lisinopril" in page.detail.about.text()


def test_a_corrected_value_stands_under_the_one_it_corrects(page: ResultsPage, shell: FakeShell) -> None:
    table = page.detail.table
    rows = table.rows.rows
    assert isinstance(rows[1], Correction)
    said = table.rows.data(table.rows.index(1, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert said == "Corrected 10:42 by Dr Chen. Before: 4.9 “wrong label”"
    table.setCurrentIndex(table.rows.index(0, 0))
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert isinstance(shell.panels[-1], HistoryPanel)


def test_arrows_open_the_next_and_the_one_before_is_forgotten(page: ResultsPage, qtbot: QtBot) -> None:
    QTest.keyClick(page.rows, Qt.Key.Key_Down)
    assert page.detail.order is None
    qtbot.waitUntil(lambda: shown(page) == "o2", timeout=WAIT)
    assert page.detail.table.rows.index(0, VALUE).data() == "4.2"


def test_ctrl_enter_signs_and_opens_the_next(page: ResultsPage, qtbot: QtBot, shell: FakeShell) -> None:
    QTest.keyClick(page.rows, Qt.Key.Key_Return, CTRL)
    (pending,) = shell.pendings
    assert pending.action.command == SignResults(shown=(Shown("o1", "hash1"),), next_step=NextStep.NOTHING)
    assert "Patient 1" in pending.action.text
    assert listed(page) == ["o2", "o3"]
    qtbot.waitUntil(lambda: shown(page) == "o2", timeout=WAIT)
    assert "Patient 2" in page.detail.sign.text()


def test_alt_digit_chooses_what_happens_next(page: ResultsPage, shell: FakeShell) -> None:
    QTest.keyClick(page.rows, Qt.Key.Key_3, ALT)
    assert page.detail.next_step.step is NextStep.CALL
    assert page.detail.next_step.words.text() == "Dr Whitfield calls about the blood test"
    page.detail.sign.click()
    command = shell.pendings[0].action.command
    assert isinstance(command, SignResults)
    assert (command.next_step, command.owner_user, command.released_text) == (
        NextStep.CALL, "u-1", "Dr Whitfield calls about the blood test",
    )  # fmt: skip
    assert command.due_on == shell.workspace.reader().today


def test_a_repeat_asks_for_weeks(page: ResultsPage, shell: FakeShell) -> None:
    QTest.keyClick(page.rows, Qt.Key.Key_5, ALT)
    page.detail.next_step.weeks.setText("8")
    page.detail.sign.click()
    command = shell.pendings[0].action.command
    assert isinstance(command, SignResults)
    assert (command.next_step, command.weeks, command.owner_role) == (NextStep.REPEAT, 8, Role.MEDICAL_ASSISTANT)


def test_cancelling_brings_them_back_as_they_were(page: ResultsPage, qtbot: QtBot, shell: FakeShell) -> None:
    page.detail.next_step.choose(NextStep.VISIT)
    page.detail.next_step.words.setText("Please come by")
    QTest.keyClick(page.rows, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: shown(page) == "o2", timeout=WAIT)
    shell.pendings[0].cancel()
    qtbot.waitUntil(lambda: shown(page) == "o1", timeout=WAIT)
    assert listed(page) == ["o1", "o2", "o3"]
    assert page.detail.next_step.step is NextStep.VISIT
    assert page.detail.next_step.words.text() == "Please come by"


def test_a_refusal_stands_at_its_field(page: ResultsPage, qtbot: QtBot, shell: FakeShell) -> None:
    page.detail.next_step.choose(NextStep.CALL)
    page.sign()
    action = shell.pendings[0].action
    assert action.on_refused is not None
    action.on_refused(Refused("ValuesInText", "There is a value in it.", field="releasedText"))
    qtbot.waitUntil(lambda: shown(page) == "o1", timeout=WAIT)
    assert shell.problems == []
    action.on_refused(Conflict("ResultsChanged", "They changed."))
    assert [error.code for error in shell.problems] == ["ResultsChanged"]


def test_the_draft_of_a_signature_is_taken_up(page: ResultsPage, qtbot: QtBot, shell: FakeShell) -> None:
    page.detail.next_step.choose(NextStep.MESSAGE)
    page.sign()
    draft = shell.pendings[0].action.draft
    assert draft is not None
    assert (draft.kind, draft.subject) == (draft_kinds.SIGN_RESULTS, "o1")
    page.signing.under_way.clear()
    page.open(RestoreDraft(draft=draft))
    qtbot.waitUntil(lambda: shown(page) == "o1", timeout=WAIT)
    assert page.detail.next_step.step is NextStep.MESSAGE


def test_results_of_somebody_else_are_signed_on_purpose(clinic: Clinic, qtbot: QtBot, shell: FakeShell) -> None:
    clinic.change("o1", may_sign=False, owner_user="u-2", owner_name="Dr Chen")
    page = open_page(qtbot, shell)
    qtbot.waitUntil(lambda: shown(page) == "o1", timeout=WAIT)
    assert not page.detail.sign.isEnabled()
    page.sign()
    assert shell.pendings == []
    page.detail.sign_for.click()
    assert page.detail.sign.isEnabled()
    page.sign()
    command = shell.pendings[0].action.command
    assert isinstance(command, SignResults)
    assert command.sign_for == "u-2"


def test_only_what_was_looked_at_and_is_in_range_is_signed_together(
    page: ResultsPage, qtbot: QtBot, shell: FakeShell
) -> None:
    assert not page.can_sign_together()
    QTest.keyClick(page.rows, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: shown(page) == "o2", timeout=WAIT)
    page.sign_together()
    command = shell.pendings[0].action.command
    assert isinstance(command, SignResults)
    assert [one.order_id for one in command.shown] == ["o2"]
    assert listed(page) == ["o1", "o3"]


def test_whom_one_covers_without_signing_is_left_out_of_what_is_signed_together(
    qtbot: QtBot, clinic: Clinic, shell: FakeShell
) -> None:  # fmt: skip
    """One of them refused all the others."""
    others = review(1, mine=False, owner_user="u-2", history=True)
    clinic.rows = [others, replace(others, order_id="o2", signs_for=True)]
    page = open_page(qtbot, shell)
    qtbot.waitUntil(lambda: listed(page) == ["o1", "o2"], timeout=WAIT)
    page.sign_together()
    command = shell.pendings[0].action.command
    assert isinstance(command, SignResults)
    assert [one.order_id for one in command.shown] == ["o2"]


def test_no_more_are_signed_together_than_one_command_takes(
    qtbot: QtBot, clinic: Clinic, shell: FakeShell
) -> None:  # fmt: skip
    """An import brings thousands of old results: what is over the limit waits for the next round."""
    clinic.rows = [review(1, history=True)]
    clinic.rows += [replace(clinic.rows[0], order_id=f"old{number}") for number in range(MOST_TOGETHER + 5)]
    page = open_page(qtbot, shell)
    qtbot.waitUntil(lambda: len(listed(page)) == MOST_TOGETHER + 6, timeout=WAIT)
    for _ in range(2):
        page.sign_together()
    first, second = (pending.action.command for pending in shell.pendings)
    assert isinstance(first, SignResults)
    assert isinstance(second, SignResults)
    assert [len(first.shown), len(second.shown)] == [MOST_TOGETHER, 6]
    assert not {one.order_id for one in first.shown} & {one.order_id for one in second.shown}


def test_handing_over(page: ResultsPage, qtbot: QtBot, shell: FakeShell) -> None:
    page.detail.hand_over.click()
    panel = shell.panels[-1]
    assert isinstance(panel, HandOverPanel)
    qtbot.addWidget(panel)
    qtbot.waitUntil(lambda: len(panel.people.items()) == 1, timeout=WAIT)
    panel.go.click()
    qtbot.waitUntil(lambda: bool(shell.done), timeout=WAIT)
    assert shell.workspace.executed == [HandOverResults(order_id="o1", owner_user="u-2", old_user="u-1")]


def test_live_changes_keep_the_row(page: ResultsPage, qtbot: QtBot, clinic: Clinic) -> None:
    QTest.keyClick(page.rows, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: shown(page) == "o2", timeout=WAIT)
    clinic.rows = [clinic.rows[2], clinic.rows[0], clinic.rows[1]]
    page.refresh()
    qtbot.waitUntil(lambda: listed(page) == ["o3", "o1", "o2"], timeout=WAIT)
    assert page.rows.current_key == "o2"
    assert shown(page) == "o2"


def test_filters_places_and_the_empty_list(page: ResultsPage, qtbot: QtBot, clinic: Clinic, shell: FakeShell) -> None:
    page.open(ShowResults(which="CRITICAL"))
    qtbot.waitUntil(lambda: listed(page) == ["o1"], timeout=WAIT)
    page.open_chart()
    assert shell.places[-1] == OpenChart(patient_id="p1", tab="labs", item="o1", mark=True)
    clinic.rows = []
    page.refresh()
    qtbot.waitUntil(lambda: page.detail.order is None, timeout=WAIT)
    assert page.current is None


def test_the_desk_sees_no_value(qtbot: QtBot, clinic: Clinic) -> None:
    clinic.rows = [
        replace(clinic.rows[0], gist=None, results_hash=""),
        replace(clinic.rows[1], gist=None, state=ReviewState.SIGNED, next_step=NextStep.CALL, released_text="Call her"),
    ]
    shell = FakeShell(workspace_of(clinic, Role.MEDICAL_ASSISTANT))
    page = open_page(qtbot, shell)
    qtbot.waitUntil(lambda: listed(page) == ["o1", "o2"], timeout=WAIT)
    assert page.desk.isVisible()
    assert not page.detail.isVisible()
    assert page.desk.state.text() == "Waiting for Dr Whitfield"
    QTest.keyClick(page.rows, Qt.Key.Key_Down)
    assert page.desk.state.text() == "Call her"
    QTest.keyClick(page.rows, Qt.Key.Key_Return, CTRL)
    assert shell.pendings == []
    assert {function for function, _ in shell.workspace.asked} == {results_to_review}


def test_an_admin_looks_and_doesnt_sign(qtbot: QtBot, clinic: Clinic) -> None:
    shell = FakeShell(workspace_of(clinic, Role.ADMIN))
    page = open_page(qtbot, shell)
    qtbot.waitUntil(lambda: shown(page) == "o1", timeout=WAIT)
    assert not page.detail.foot.isVisible()
    page.sign()
    assert shell.pendings == []


@pytest.mark.parametrize(("role", "told"), [(Role.PROVIDER, True), (Role.ADMIN, True), (Role.MEDICAL_ASSISTANT, False)])
def test_how_many_messages_wait_stands_on_their_button(qtbot: QtBot, clinic: Clinic, role: Role, told: bool) -> None:
    page = open_page(qtbot, FakeShell(workspace_of(clinic, role)))
    qtbot.waitUntil(lambda: bool(page.rows.items()), timeout=WAIT)
    assert page.inbox.isVisible() is told
    if told:
        qtbot.waitUntil(lambda: page.inbox.text() == "Messages 2", timeout=WAIT)


def test_the_choices_get_a_line_of_their_own_where_their_words_have_no_room(page: ResultsPage, qtbot: QtBot) -> None:
    page.resize(1180, 780)
    filters = page.filters
    qtbot.waitUntil(lambda: filters.width() >= filters.sizeHint().width())
    beside = filters.mapTo(page, filters.rect().topLeft()).y()
    for longer in (ORDERS, Which.HISTORY.value, Which.COVERING.value):
        filters.set_text(longer, "Órdenes abiertas todavía 30")
    qtbot.waitUntil(lambda: filters.mapTo(page, filters.rect().topLeft()).y() > beside)
    assert filters.width() >= filters.sizeHint().width()
    page.resize(1700, 780)
    qtbot.waitUntil(lambda: filters.mapTo(page, filters.rect().topLeft()).y() == beside)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("mine", [True, False])
def test_long_names_cut_no_key_off(qtbot: QtBot, clinic: Clinic, language: str, mine: bool) -> None:
    set_language(language)
    long = "Inés María González Núñez de la Fuente"
    clinic.change("o1", patient_name=long, owner_name="Dr Tomasz Wójcik-Brzęczyszczykiewicz", may_sign=mine)
    page = open_page(qtbot, FakeShell(workspace_of(clinic, Role.PROVIDER)))
    page.resize(1080, 740)
    qtbot.waitUntil(lambda: shown(page) == "o1", timeout=WAIT)
    sign = page.detail.sign
    qtbot.waitUntil(lambda: sign.isVisible() and sign.width() >= sign.sizeHint().width(), timeout=WAIT)
    assert page.detail.minimumSizeHint().width() <= 1080 - 352 - 16 - 48
    assert page.detail.name.text() == long


def test_a_narrow_page_gives_the_room_to_the_order(page: ResultsPage, qtbot: QtBot) -> None:
    frame = QWidget()
    qtbot.addWidget(frame)
    frame.resize(1300, 800)
    page.setParent(frame)
    frame.show()
    page.show()
    page.resize(700, 780)
    qtbot.waitUntil(lambda: not page.rows.isVisible(), timeout=WAIT)
    assert page.detail.table.isColumnHidden(BAR)
    page.resize(1280, 780)
    qtbot.waitUntil(page.rows.isVisible, timeout=WAIT)
    qtbot.waitUntil(lambda: not page.detail.table.isColumnHidden(BAR), timeout=WAIT)
    page.setParent(None)


def test_places_in_the_range() -> None:
    scale = scale_of(potassium(4))
    assert scale is not None
    assert position(3.5, scale) == pytest.approx(0.25)
    assert position(5.1, scale) == pytest.approx(0.75)
    assert position(99, scale) == 1
    assert position(-99, scale) == 0
    assert scale_of(potassium(4, low=None, high=None)) is None


def test_a_provider_begins_with_their_own_and_all_is_one_choice_away(
    qtbot: QtBot, clinic: Clinic, shell: FakeShell
) -> None:
    clinic.some_are_mine = True
    clinic.rows[0] = replace(clinic.rows[0], mine=False, owner_user="u-2")
    page = open_page(qtbot, shell)
    qtbot.waitUntil(lambda: listed(page) == ["o2", "o3"], timeout=WAIT)
    assert page.filters.current == "MINE"
    assert shell.counts["labs"] == 3, "the rail still says how many wait in all"
    page.filters.set_current("ALL")
    qtbot.waitUntil(lambda: listed(page) == ["o1", "o2", "o3"], timeout=WAIT)
    page.refresh()
    qtbot.waitUntil(lambda: shown(page) != "", timeout=WAIT)
    assert page.filters.current == "ALL", "what was chosen stays"
    page.filters.set_current("MINE")
    clinic.rows = clinic.rows[:1]
    page.refresh()
    qtbot.waitUntil(lambda: isinstance(page._stack.shown, EmptyState), timeout=WAIT)
    empty = page._stack.shown
    assert isinstance(empty, EmptyState)
    assert empty.button is not None
    QTest.mouseClick(empty.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: listed(page) == ["o1"], timeout=WAIT)


def test_a_place_of_one_order_is_shown_although_it_is_somebody_elses(
    qtbot: QtBot, clinic: Clinic, shell: FakeShell
) -> None:
    clinic.some_are_mine = True
    clinic.rows[0] = replace(clinic.rows[0], mine=False, owner_user="u-2")
    page = ResultsPage(shell)
    qtbot.addWidget(page)
    page.open(ShowResults(order_id="o1"))
    qtbot.waitUntil(lambda: shown(page) == "o1", timeout=WAIT)


def test_open_orders_of_all_patients_overdue_ones_first(
    page: ResultsPage, qtbot: QtBot, clinic: Clinic, shell: FakeShell
) -> None:
    clinic.open_orders = (
        an_order("late", timedelta(days=15), late=True), an_order("stat", timedelta(days=2), "STAT", late=True),
        an_order("again", timedelta(days=20), wanted_on=date(2027, 1, 8)), an_order("routine", timedelta(days=13)),
        an_order("new", timedelta(hours=1)),
    )  # fmt: skip
    page.show_orders()
    qtbot.waitUntil(page.orders.list.isVisible, timeout=WAIT)
    keys = [item.key for item in page.orders.list.items()]
    assert keys == ["late", "stat", "again", "routine", "new"]
    assert page.orders.list.current_key == "late"
    chips = {item.key: item.chip.text if item.chip else "" for item in page.orders.list.items()}
    assert chips == {"late": "Overdue", "stat": "Stat · Overdue", "again": "", "routine": "", "new": ""}
    subtitles = {item.key: item.subtitle for item in page.orders.list.items()}
    assert "wanted 8 Jan" in subtitles["again"].replace("Fri ", "")
    assert page.orders.note.text().startswith("2 orders are overdue")
    assert not page.rows.isVisible()
    page.orders.list.set_current("stat")
    QTest.keyClick(page.orders.list, Qt.Key.Key_Return)
    assert isinstance(shell.panels[-1], LabOrderView)
    page.filters.set_current("ALL")
    qtbot.waitUntil(page.rows.isVisible, timeout=WAIT)


def an_order(key: str, ago: timedelta, priority: str = "ROUTINE", **more: Any) -> OrderRow:
    return OrderRow(
        id=key, patient_id="p1", patient_name="Zygmunt Lis", born=None, provider_id="pr", provider_name="Dr Chen",
        tests=("CBC",), status=LabOrderStatus.ORDERED, priority=priority, fasting=False, ordered_at=NOW - ago,
        collected_at=None, completed_at=None, cancel_reason="", notes="", review=None, critical=False, owner_name="",
        released_text="", **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("laboratory", "status", "said"),
    [
        ("BAY LAB", "final", "Corrected 10:42 by BAY LAB. Before: 4.9"),
        ("", "final", "Corrected 10:42 by the laboratory. Before: 4.9"),
        ("BAY LAB", "preliminary", "Until 10:42, preliminary: 4.9"),
    ],
)
def test_who_took_a_message_in_has_corrected_nothing(
    page: ResultsPage, qtbot: QtBot, clinic: Clinic, laboratory: str, status: str, said: str
) -> None:
    """The laboratory corrects; and what was preliminary and is final now is no correction."""
    earlier = Earlier(potassium(4.9, status=status), NOW, "corrected by the laboratory", "Dr Chen")
    line = replace(clinic.orders["o1"].lines[0], history=(earlier,))
    clinic.change("o1", lines=(line,), laboratory=laboratory)
    page.refresh()
    rows = page.detail.table.rows
    qtbot.waitUntil(lambda: len(rows.rows) == 2 and rows.data(rows.index(1, 0)).strip() == said, timeout=WAIT)


def test_a_list_that_is_cut_off_says_so(page: ResultsPage, qtbot: QtBot, clinic: Clinic) -> None:
    assert not any("are listed" in text for text in texts(page))
    clinic.more = True
    page.refresh()
    qtbot.waitUntil(lambda: any(text.startswith("The first 3 are listed") for text in texts(page)), timeout=WAIT)


def texts(page: ResultsPage) -> list[str]:
    return [label.text() for label in page.findChildren(Label) if label.isVisible()]


def test_a_colleagues_signature_takes_the_keyboard_out_of_no_panel(
    qtbot: QtBot, clinic: Clinic, shell: FakeShell
) -> None:
    """In a window behind another nothing has the keyboard; the next Ctrl+Enter there then signed somebody else's."""
    host, field, other = QWidget(), QLineEdit(), QWidget()
    page = ResultsPage(shell)
    column(page, field, gap=0, parent=host)
    qtbot.addWidget(host)
    qtbot.addWidget(other)
    host.resize(1180, 860)
    with qtbot.waitExposed(host):
        host.show()
    page.refresh()
    qtbot.waitUntil(lambda: shown(page) == "o1", timeout=WAIT)
    host.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus, timeout=WAIT)
    with qtbot.waitExposed(other):
        other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: not field.hasFocus(), timeout=WAIT)
    assert QApplication.focusWidget() is None
    del clinic.rows[0]
    page.refresh()
    qtbot.waitUntil(lambda: shown(page) == "o2", timeout=WAIT)
    assert host.focusWidget() is field
