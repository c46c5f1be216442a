"""A week's summaries made by hand for all patients: which week, how far, what came of it, and stopping."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.domain.rule_trial import monday_of
from app.ui.areas.rules.summaries_panel import WEEKS, SummariesPanel
from app.ui.widgets.button import Button
from app.workspace.workspace import Workspace
from tests.support.postgres import Server
from tests.support.shell import FakeShell
from tests.ui.areas.rules.test_rules_area import LONG, page_of, readings, shell, workspace

__all__ = ["readings", "shell", "workspace"]


@pytest.fixture
def panel(qtbot: QtBot, shell: FakeShell) -> SummariesPanel:
    page = page_of(qtbot, shell)
    page.make_summaries()
    found: Any = shell.panels[-1]
    assert isinstance(found, SummariesPanel)
    qtbot.addWidget(found)
    qtbot.addWidget(found.make_button)
    found.show()
    found.make_button.show()
    return found


def made(server: Server, clinic_db: str, week: str) -> int:
    with psycopg.connect(server.url(clinic_db)) as superuser:
        ((count,),) = superuser.execute(
            "SELECT count(*) FROM public.weekly_summaries WHERE week_start = %s", [week]
        ).fetchall()
    return int(count)


def test_the_week_that_is_chosen_is_made_for_everybody(
    qtbot: QtBot, panel: SummariesPanel, workspace: Workspace, readings: int, server: Server, clinic_db: str
) -> None:
    this = monday_of(workspace.reader().today)
    assert panel.week.current == (this - timedelta(weeks=1)).isoformat(), "last week's first"
    assert panel.week.count() == WEEKS
    panel.week.setFocus()
    QTest.keyClick(panel.week, Qt.Key.Key_Up)
    assert panel.week.current == this.isoformat()
    QTest.keyClick(panel.make_button, Qt.Key.Key_Space)
    assert not panel.make_button.isEnabled(), "once"
    assert panel.progress.isVisibleTo(panel)
    qtbot.waitUntil(lambda: bool(panel.said.text()), timeout=LONG)
    count = made(server, clinic_db, panel.week.current)
    assert count >= readings
    assert panel.said.text() == f"{count} patients: {count} summaries new or changed"
    assert not panel.progress.isVisibleTo(panel)
    QTest.mouseClick(panel.make_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.said.text().endswith(": 0 summaries new or changed"), timeout=LONG)


def test_stopped_it_says_so_and_can_be_begun_again(
    qtbot: QtBot, panel: SummariesPanel, readings: int, server: Server, clinic_db: str
) -> None:
    panel.make()
    panel.cancel.click()
    qtbot.waitUntil(lambda: bool(panel.said.text()), timeout=LONG)
    assert panel.said.text() == "Stopped. What was made stays; the rest is as it was."
    panel.make()
    qtbot.waitUntil(lambda: "summaries" in panel.said.text(), timeout=LONG)
    assert made(server, clinic_db, panel.week.current) >= readings


def test_the_keyboard_stays_in_the_panel_while_it_works_and_after(
    qtbot: QtBot, panel: SummariesPanel, readings: int
) -> None:
    """Both buttons in one window, as in the shell."""
    panel.layout().addWidget(panel.make_button)  # type: ignore[union-attr]
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow, timeout=LONG)
    panel.make_button.setFocus()
    QTest.keyClick(panel.make_button, Qt.Key.Key_Space)
    assert panel.cancel.hasFocus()
    qtbot.waitUntil(lambda: bool(panel.said.text()), timeout=LONG)
    assert panel.make_button.hasFocus()


def test_what_has_no_room_beside_the_panel_goes_into_more(qtbot: QtBot, shell: FakeShell) -> None:
    page = page_of(qtbot, shell)
    page.bar.setFixedWidth(420)
    qtbot.waitUntil(lambda: "weekly" in page.bar.folded(), timeout=LONG)
    for button in page.bar.findChildren(Button):
        assert button.isHidden() or button.width() >= button.sizeHint().width(), button.text()
