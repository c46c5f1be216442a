"""Orders that the server hasn't confirmed yet say so: in the chart, among all open ones, and on paper."""

from __future__ import annotations

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.domain.enums import Role
from app.queries.access import note_access
from app.queries.core import Page
from app.queries.labs import lab_orders, waiting_orders
from app.queries.labs_grid import LabGrid, lab_grid
from app.queries.labs_requisition import requisition
from app.queries.papers import paper_head
from app.ui.areas.chart.labs.tab import LabsTab
from app.ui.areas.labs.open_orders import OpenOrders
from app.ui.parts import lab_order_view
from app.ui.parts.lab_order_view import LabOrderView
from app.workspace.sync_state import SyncMode
from tests.support.shell import FakeShell
from tests.support.sync import FakeSync
from tests.ui.areas.labs.conftest import Clinic, workspace_of
from tests.ui.areas.labs.test_forms import an_order, order_row

MARK = "not yet confirmed"
TABLES = ["lab_orders", "lab_order_detail", "lab_review"]


@pytest.fixture
def sync() -> FakeSync:
    return FakeSync()


@pytest.fixture
def shell(clinic: Clinic, sync: FakeSync) -> FakeShell:
    workspace = workspace_of(clinic, Role.PROVIDER)
    workspace.sync = sync
    orders = Page((order_row(), order_row(id="o9")), more=False)
    workspace.answers |= {lab_grid: LabGrid((), (), 0, 0), lab_orders: orders, waiting_orders: orders}
    return FakeShell(workspace)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("place", ["chart", "open orders"])
def test_a_line_says_that_its_order_waits(
    qtbot: QtBot, shell: FakeShell, sync: FakeSync, place: str, table: str
) -> None:
    shown: Any = LabsTab(shell) if place == "chart" else OpenOrders(shell)
    qtbot.addWidget(shown)
    if place == "chart":
        shown.show_patient("p1", "Patient 1")
    else:
        shown.refresh()
    listed = shown.orders if place == "chart" else shown.list
    qtbot.waitUntil(lambda: len(listed.items()) == 2, timeout=10_000)
    assert not any(MARK in item.subtitle for item in listed.items())
    sync.rows = frozenset({(table, "o9")})
    sync.tell(SyncMode.OFFLINE, waiting=1)
    qtbot.waitUntil(lambda: [MARK in item.subtitle for item in listed.items()] == [False, True], timeout=10_000)


@pytest.mark.parametrize(("rows", "said"), [(frozenset(), True), (frozenset({("lab_orders", "o2")}), False)])
def test_a_requisition_on_paper_says_whether_the_server_has_it(
    qtbot: QtBot, shell: FakeShell, sync: FakeSync, monkeypatch: pytest.MonkeyPatch, rows: Any, said: bool
) -> None:
    made: list[bool] = []
    monkeypatch.setattr(lab_order_view, "requisition_paper", lambda _head, _order, about: made.append(about.confirmed))
    monkeypatch.setattr(lab_order_view, "save_pdf", lambda _paper, _file: None)
    workspace: Any = shell.workspace
    workspace.answers |= {requisition: an_order(), paper_head: None, note_access: None}
    panel = LabOrderView(shell, "o2", "Patient 2")
    qtbot.addWidget(panel)
    qtbot.waitUntil(lambda: panel.order is not None, timeout=10_000)
    sync.rows = rows
    sync.tell(SyncMode.OFFLINE, waiting=len(rows))
    qtbot.waitUntil(lambda: shell.sync.waiting == rows, timeout=10_000)
    panel.save("x.pdf")
    qtbot.waitUntil(lambda: made == [said], timeout=10_000)
