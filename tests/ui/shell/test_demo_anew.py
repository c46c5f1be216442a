"""The demo clinic is invented anew under an open window: the window says so and goes on in the new one."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.ui.shell.connection import Link
from app.ui.shell.lock_page import LockPage
from app.ui.shell.shell import Shell
from app.ui.shell.sign_in_page import SignInPage
from app.workspace.sync_state import SyncMode
from tests.support.shell import FakeClinic, FakeWorkspace
from tests.support.sync import FakeSync
from tests.ui.conftest import open_shell
from tests.ui.shell.fakes import CARDS, DEMO, OWN, PASSWORD, FakeSessions, areas


def workstation(sessions: FakeSessions, *, demo: bool) -> FakeSync:
    """What the next sign-in works with: an enrolled workstation."""
    sync = FakeSync()
    sessions.workspace = FakeWorkspace(clinic=FakeClinic(is_demo=demo))
    sessions.workspace.sync = sync
    return sync


@pytest.fixture
def sessions() -> FakeSessions:
    return FakeSessions(DEMO)


@pytest.fixture
def sync(sessions: FakeSessions) -> FakeSync:
    return workstation(sessions, demo=True)


@pytest.fixture
def shell(qtbot: QtBot, tmp_path: Path, sessions: FakeSessions, sync: FakeSync) -> Shell:
    """The demo's provider at work on an enrolled workstation."""
    shell = open_shell(qtbot, sessions, tmp_path, areas())
    qtbot.waitUntil(lambda: shell.entry.ready)
    shell.entry.sign_in(CARDS[1].email, PASSWORD)
    qtbot.waitUntil(lambda: shell.working)
    return shell


def said(shell: Shell) -> str:
    return " ".join(toast.accessibleName() for toast in shell.window.toasts.toasts)


def test_who_was_at_work_is_signed_in_again_and_told_why(
    qtbot: QtBot, shell: Shell, sessions: FakeSessions, sync: FakeSync
) -> None:
    before = sessions.workspaces[0]
    workstation(sessions, demo=True)
    sync.tell(SyncMode.HELD, unknown=True, reason="The server doesn't know this workstation.")
    qtbot.waitUntil(lambda: len(sessions.workspaces) == 2 and shell.working)
    assert before.closed, "the store of the clinic that is gone is let go before the new one is asked for"
    assert shell.email == CARDS[1].email
    assert "invented anew" in said(shell)
    assert not shell.window.notice.isVisible()
    assert shell.connection.link is Link.ONLINE
    shell.window.close()


def test_a_locked_window_goes_back_to_the_cards(
    qtbot: QtBot, shell: Shell, sessions: FakeSessions, sync: FakeSync
) -> None:
    shell.lock()
    assert isinstance(shell.window.front, LockPage)
    sync.tell(SyncMode.HELD, unknown=True)
    qtbot.waitUntil(lambda: isinstance(shell.window.front, SignInPage) and bool(shell.window.front.cards))
    assert len(sessions.workspaces) == 1, "who locked the window is asked for"
    shell.window.close()


def test_a_real_clinic_that_was_put_back_drops_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    sessions = FakeSessions(OWN)
    sync = workstation(sessions, demo=False)
    shell = open_shell(qtbot, sessions, tmp_path, areas())
    qtbot.waitUntil(lambda: shell.entry.ready)
    shell.entry.sign_in("dana@example.org", PASSWORD)
    qtbot.waitUntil(lambda: shell.working)
    sync.tell(SyncMode.HELD, unknown=True, reason="An administrator is needed.")
    qtbot.waitUntil(shell.window.notice.isVisible)
    qtbot.wait(50)
    assert shell.working
    assert not sessions.workspaces[0].closed
    shell.window.close()
