"""Ordering tests and typing results, keyboard only; the chart's tab."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.commands.labs import CancelLabOrder, OrderLabs, StartLabOrder
from app.commands.labs_results import RecordResults
from app.domain.enums import LabOrderStatus, ReviewState, Role
from app.domain.lab_codes import OrderedTest
from app.kernel.errors import Refused
from app.queries.core import Page
from app.queries.labs import OrderRow, lab_orders
from app.queries.labs_grid import GridRow, LabGrid, OrderSetView, Point, lab_grid, order_sets
from app.queries.labs_requisition import Requisition, requisition
from app.ui.areas.chart.labs.tab import LabsTab
from app.ui.parts.lab_entry_panel import LabEntryPanel
from app.ui.parts.lab_order_panel import LabOrderPanel
from app.ui.parts.lab_order_view import LabOrderView
from tests.support.shell import NOW, FakeShell
from tests.ui.areas.labs.conftest import Clinic, potassium, workspace_of

ALT = Qt.KeyboardModifier.AltModifier
WAIT = 20_000
SETS = (
    OrderSetView("", "CBC", (OrderedTest("58410-2", "CBC"),), True, 0),
    OrderSetView("", "BMP", (OrderedTest("24321-2", "BMP"),), True, 1),
)


@pytest.fixture
def form(qtbot: QtBot, shell: FakeShell) -> LabOrderPanel:
    shell.workspace.answers[order_sets] = SETS
    panel = LabOrderPanel(shell, "p1", "Ana Lis")
    qtbot.addWidget(panel)
    panel.resize(480, 900)
    with qtbot.waitExposed(panel):
        panel.show()
    qtbot.waitUntil(lambda: len(panel.sets.items()) == 2, timeout=WAIT)
    panel.search.setFocus()
    return panel


def test_ordering_by_keys(form: LabOrderPanel, qtbot: QtBot, shell: FakeShell) -> None:
    QTest.keyClick(form.search, Qt.Key.Key_2, ALT)
    QTest.keyClicks(form.search, "tsh")
    QTest.keyClick(form.search, Qt.Key.Key_Return)
    assert [item.title for item in form.chosen.items()] == ["BMP", "TSH"]
    assert "Potassium" in form.what.text()
    assert form.dirty()
    form.priority.set_current("STAT")
    form.go.click()
    qtbot.waitUntil(lambda: bool(shell.done), timeout=WAIT)
    (command,) = shell.workspace.executed
    assert isinstance(command, OrderLabs)
    assert (command.patient_id, tuple(command.tests), command.priority) == ("p1", ("BMP", "TSH"), "STAT")


def test_a_set_comes_off_again_and_a_test_by_its_own_name(form: LabOrderPanel) -> None:
    for _ in range(2):
        QTest.keyClick(form.search, Qt.Key.Key_1, ALT)
    assert form.chosen.items() == ()
    QTest.keyClicks(form.search, "Rare antibody")
    QTest.keyClick(form.search, Qt.Key.Key_Return)
    assert [item.title for item in form.chosen.items()] == ["Rare antibody"]
    form.chosen.setFocus()
    form.chosen.set_current("Rare antibody")
    QTest.keyClick(form.chosen, Qt.Key.Key_Delete)
    assert form.chosen.items() == ()


def test_an_order_refused_names_its_field_and_stays(form: LabOrderPanel, qtbot: QtBot, shell: FakeShell) -> None:
    shell.workspace.outcomes[OrderLabs] = Refused("NoTests", "Choose at least one test.", field="tests")
    form.submit()
    qtbot.waitUntil(lambda: bool(form.form.field("tests").error), timeout=WAIT)
    assert shell.done == []


def test_the_order_form_comes_back_from_its_draft(form: LabOrderPanel, qtbot: QtBot, shell: FakeShell) -> None:
    form.toggle_set("CBC")
    form.diagnosis.setText("E11.9")
    form.fasting.setChecked(True)
    draft = form.draft()
    assert draft is not None
    again = LabOrderPanel.restored(shell, draft)
    qtbot.addWidget(again)
    assert [item.title for item in again.chosen.items()] == ["CBC"]
    assert (again.diagnosis.text(), again.fasting.isChecked(), again.title()) == (
        "E11.9", True, "Order labs for Ana Lis",
    )  # fmt: skip


@pytest.fixture
def entry(qtbot: QtBot, shell: FakeShell, clinic: Clinic) -> LabEntryPanel:
    clinic.change("o2", tests=("Potassium", "Sodium"), status=LabOrderStatus.IN_PROGRESS)
    panel = LabEntryPanel(shell, "o2", "Patient 2")
    qtbot.addWidget(panel)
    panel.resize(480, 900)
    with qtbot.waitExposed(panel):
        panel.show()
    qtbot.waitUntil(lambda: len(panel.rows) == 2, timeout=WAIT)
    return panel


def test_typing_results_by_keys(entry: LabEntryPanel, qtbot: QtBot, shell: FakeShell) -> None:
    first, second = entry.rows
    assert (first.test.name, first.value.text(), first.unit.text(), second.unit.text()) == (
        "Potassium", "4.2", "mmol/L", "mmol/L",
    )  # fmt: skip
    assert not entry.dirty()
    first.value.setFocus()
    first.value.selectAll()
    QTest.keyClicks(first.value, "6,9")
    assert first.flag.text() == "critical"
    assert entry.form.field("reason").isVisible()
    QTest.keyClick(first.value, Qt.Key.Key_Return)
    qtbot.waitUntil(second.value.hasFocus, timeout=WAIT)
    QTest.keyClicks(second.value, "150")
    assert second.flag.text() == "high"
    entry.reason.setText("wrong label")
    entry.submit()
    qtbot.waitUntil(lambda: bool(shell.done), timeout=WAIT)
    (command,) = shell.workspace.executed
    assert isinstance(command, RecordResults)
    assert [(item.name, item.value, item.unit, item.status) for item in command.items] == [
        ("Potassium", 6.9, "mmol/L", "corrected"),
        ("Sodium", 150, "mmol/L", "final"),
    ]
    assert (command.reason, command.seen, command.complete) == ("wrong label", "hash2", True)


def test_a_value_of_several_tests_does_not_complete_the_order(
    entry: LabEntryPanel, qtbot: QtBot, shell: FakeShell
) -> None:  # fmt: skip
    """One of eleven was typed, and the other ten were no longer waited for; nobody had said so."""
    entry.rows[0].value.clear()
    QTest.keyClicks(entry.rows[0].value, "4.4")
    assert not entry.complete.isChecked()
    QTest.keyClicks(entry.rows[1].value, "140")
    assert entry.complete.isChecked()
    entry.rows[1].value.selectAll()
    QTest.keyClick(entry.rows[1].value, Qt.Key.Key_Delete)
    assert not entry.complete.isChecked()
    entry.complete.click()  # said by the person: it stays
    QTest.keyClicks(entry.rows[0].value, "1")
    assert entry.complete.isChecked()
    draft = entry.draft()
    assert draft is not None
    again = LabEntryPanel.restored(shell, draft)
    qtbot.addWidget(again)
    qtbot.waitUntil(lambda: len(again.rows) == 2, timeout=WAIT)
    assert again.complete.isChecked()


def test_a_correction_leaves_a_complete_order_complete(qtbot: QtBot, shell: FakeShell, clinic: Clinic) -> None:
    clinic.change("o2", tests=("Potassium", "Sodium"), status=LabOrderStatus.COMPLETED)
    panel = LabEntryPanel(shell, "o2", "Patient 2")
    qtbot.addWidget(panel)
    qtbot.waitUntil(lambda: len(panel.rows) == 2, timeout=WAIT)
    assert panel.complete.isChecked()


def test_what_cannot_be_true_is_said_at_once_and_refused_at_its_line(
    entry: LabEntryPanel, qtbot: QtBot, shell: FakeShell
) -> None:
    row = entry.rows[1]
    row.value.setFocus()
    QTest.keyClicks(row.value, "1400")
    assert row.flag.text() == "impossible"
    shell.workspace.outcomes[RecordResults] = Refused("ImpossibleValue", "It cannot be true.", field="items[0].value")
    entry.submit()
    qtbot.waitUntil(row.error.isVisible, timeout=WAIT)
    assert row.error.text() == "Sodium: It cannot be true."
    row.value.setText("1,400")
    entry.submit()
    assert "two things" in row.error.text()
    row.value.setText("1400")
    row.low.setText("abc")
    entry.submit()
    assert "number" in row.error.text()


def test_another_test_and_the_draft(entry: LabEntryPanel, qtbot: QtBot, shell: FakeShell) -> None:
    entry.more.setFocus()
    QTest.keyClicks(entry.more, "tsh")
    QTest.keyClick(entry.more, Qt.Key.Key_Return)
    row = entry.rows[-1]
    assert (row.test.name, row.unit.text()) == ("TSH", "mIU/L")
    QTest.keyClicks(row.value, "2.5")
    draft = entry.draft()
    assert draft is not None
    again = LabEntryPanel.restored(shell, draft)
    qtbot.addWidget(again)
    qtbot.waitUntil(lambda: len(again.rows) == 3, timeout=WAIT)
    assert again.rows[-1].value.text() == "2.5"
    result = again.rows[-1].result(NOW)
    assert result is not None
    assert (result.code, result.unit, result.value) == ("3016-3", "m[IU]/L", 2.5)


def an_order(**more: Any) -> Requisition:
    values: dict[str, Any] = {
        "order_id": "o2", "patient_id": "p2", "patient_name": "Patient 2", "provider_name": "Dr Whitfield",
        "specialties": (), "tests": (OrderedTest("24321-2", "BMP"),), "status": LabOrderStatus.ORDERED,
        "priority": "ROUTINE", "fasting": False, "diagnosis": "", "laboratory": "", "notes": "", "placer_id": "",
        "ordered_at": NOW, "collected_at": None, "cancel_reason": "", "review": None, "released_text": "", **more,
    }  # fmt: skip
    return Requisition(**values)


@pytest.mark.parametrize("role", [Role.PROVIDER, Role.MEDICAL_ASSISTANT])
def test_an_order_in_the_panel_by_role(qtbot: QtBot, clinic: Clinic, role: Role) -> None:
    shell = FakeShell(workspace_of(clinic, role))
    shell.workspace.answers[requisition] = an_order()
    panel = LabOrderView(shell, "o2", "Patient 2")
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(lambda: panel.order is not None, timeout=WAIT)
    assert panel.start.isVisible()
    assert panel.cancel.isVisible() is (role is Role.PROVIDER)
    assert panel.enter.isVisible() is (role is Role.PROVIDER)
    panel.start.click()
    qtbot.waitUntil(lambda: bool(shell.done), timeout=WAIT)
    assert shell.workspace.executed == [StartLabOrder(order_id="o2", collected_at=NOW)]
    if role is Role.MEDICAL_ASSISTANT:
        assert not panel.table.isVisible()
        return
    panel.cancel.click()
    QTest.keyClicks(panel.reason, "Moved away")
    QTest.keyClick(panel.reason, Qt.Key.Key_Return)
    assert shell.pendings[0].action.command == CancelLabOrder(order_id="o2", reason="Moved away")
    assert panel.focusWidget() is panel.paper  # it stays when the order is cancelled


def order_row(**more: Any) -> OrderRow:
    values: dict[str, Any] = {
        "id": "o1", "patient_id": "p1", "patient_name": "Patient 1", "born": None, "provider_id": "pr",
        "provider_name": "Dr W", "tests": ("BMP",), "status": LabOrderStatus.COMPLETED, "priority": "ROUTINE",
        "fasting": False, "ordered_at": NOW, "collected_at": None, "completed_at": NOW, "cancel_reason": "",
        "notes": "", "review": ReviewState.WAITING, "critical": True, "owner_name": "Dr Whitfield",
        "released_text": "", **more,
    }  # fmt: skip
    return OrderRow(**values)


def test_the_charts_tab(qtbot: QtBot, clinic: Clinic) -> None:
    shell = FakeShell(workspace_of(clinic, Role.PROVIDER))
    point = Point(NOW, potassium(6.4, flag="HH"), "o1")
    row = GridRow("2823-3", "Potassium", "mmol/L", 3.5, 5.1, (point, None), (point,))
    orders = (order_row(), order_row(id="o9", status=LabOrderStatus.CANCELLED, review=None, cancel_reason="Moved"))
    shell.workspace.answers |= {
        lab_grid: LabGrid((date(2026, 11, 24), date(2026, 5, 1)), (row,), 1, 3),
        lab_orders: Page(orders, more=False),
        requisition: an_order(order_id="o1"),
    }
    tab = LabsTab(shell)
    qtbot.addWidget(tab)
    counted: list[object] = []
    tab.counted.connect(counted.append)
    tab.resize(1100, 700)
    tab.show()
    tab.show_patient("p1", "Patient 1")
    qtbot.waitUntil(lambda: tab.table.cells.rowCount() == 1 and len(tab.orders.items()) == 2, timeout=WAIT)
    assert counted[-1] == 1
    assert tab.notice.text() == "1 value can’t be read."
    said = tab.table.cells.data(tab.table.cells.index(0, 2), Qt.ItemDataRole.AccessibleTextRole)
    assert said == "Potassium, mmol/L, 6.4, critical, 3.5–5.1"
    assert [item.subtitle for item in tab.orders.items()] == ["Waiting for Dr Whitfield", "Cancelled: Moved"]
    tab.table.setFocus()
    tab.table.setCurrentIndex(tab.table.cells.index(0, 2))
    QTest.keyClick(tab.table, Qt.Key.Key_Return)
    assert isinstance(shell.panels[-1], LabOrderView)
    qtbot.addWidget(shell.panels[-1])
    tab.show_patient("p2", "Patient 2")
    assert tab.table.cells.rowCount() == 0
    assert tab.orders.items() == ()


def test_the_charts_tab_of_the_desk_has_no_values(qtbot: QtBot, clinic: Clinic) -> None:
    shell = FakeShell(workspace_of(clinic, Role.MEDICAL_ASSISTANT))
    signed = replace(order_row(), review=ReviewState.SIGNED, released_text="Call her")
    shell.workspace.answers[lab_orders] = Page((signed,), more=False)
    tab = LabsTab(shell)
    qtbot.addWidget(tab)
    tab.show()
    tab.show_patient("p1", "Patient 1")
    qtbot.waitUntil(lambda: len(tab.orders.items()) == 1, timeout=WAIT)
    assert tab.orders.items()[0].subtitle == "Call her"
    assert not tab.results.isVisible()
    assert not tab.new.isVisible()
    assert {function for function, _ in shell.workspace.asked} == {lab_orders}
