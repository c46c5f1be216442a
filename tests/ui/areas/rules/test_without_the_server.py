"""Without the server nothing of the rules can be begun: it is said before anybody presses anything."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.ui.areas.rules.schedule_panel import SchedulePanel
from app.ui.areas.rules.spec import SPEC
from app.ui.areas.rules.summaries_panel import SummariesPanel
from app.workspace.sync_state import SyncMode
from app.workspace.workspace import Workspace
from tests.support.shell import FakeShell
from tests.support.sync import FakeSync, work_with
from tests.ui.areas.rules.test_rules_area import page_of, shell, workspace

__all__ = ["shell", "workspace"]
NEEDS = "This needs the server, which can't be reached now."


@pytest.fixture
def sync(workspace: Workspace) -> FakeSync:
    """The workstation's own work; the page must be made after it."""
    sync = FakeSync()
    work_with(workspace, sync)
    return sync


def buttons_of(page: Any) -> dict[str, QPushButton]:
    return dict(page.bar._buttons)


def test_actions_are_off_and_say_why_until_the_server_is_back(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, sync: FakeSync
) -> None:
    page = page_of(qtbot, shell)
    buttons, before = buttons_of(page), {key: one.toolTip() for key, one in buttons_of(page).items()}
    actions = {one.id: one for one in SPEC.actions}
    assert {key for key, one in actions.items() if not one.is_enabled(page)} == {"rules.copy", "rules.versions"}
    sync.tell(SyncMode.OFFLINE)
    qtbot.waitUntil(lambda: not any(one.isEnabled() for one in buttons.values()))
    assert {one.toolTip() for one in buttons.values()} == {NEEDS}
    assert not any(one.is_enabled(page) for one in actions.values()), "nor by a key"
    sync.tell(SyncMode.ONLINE)
    qtbot.waitUntil(lambda: all(one.isEnabled() for one in buttons.values()))
    assert {key: one.toolTip() for key, one in buttons.items()} == before
    assert actions["rules.run"].is_enabled(page)


@pytest.mark.parametrize("kind", [SummariesPanel, SchedulePanel])
def test_a_form_says_it_before_anybody_presses(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, sync: FakeSync, kind: type[Any]
) -> None:
    sync.tell(SyncMode.OFFLINE)
    api: Any = shell
    panel = kind(api) if kind is SummariesPanel else kind(api, {})
    qtbot.addWidget(panel)
    button = panel.foot()
    qtbot.addWidget(button)
    assert not panel.reach.isWindow()
    panel.show()
    button.show()
    assert panel.reach.isVisibleTo(panel)
    assert panel.reach.lead.text() == NEEDS
    assert not button.isEnabled()
    sync.tell(SyncMode.ONLINE)
    qtbot.waitUntil(button.isEnabled)
    assert not panel.reach.isVisibleTo(panel)


def test_summaries_under_way_when_the_server_goes_are_not_begun_twice(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, sync: FakeSync
) -> None:
    api: Any = shell
    panel = SummariesPanel(api)
    qtbot.addWidget(panel)
    qtbot.addWidget(panel.make_button)
    panel.make()
    assert not panel.make_button.isEnabled()
    panel.reach.follow()
    assert not panel.make_button.isEnabled(), "they are still being made"
    qtbot.waitUntil(lambda: bool(panel.said.text()), timeout=20_000)
    assert panel.make_button.isEnabled()
