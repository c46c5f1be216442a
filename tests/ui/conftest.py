"""What every UI test gets: the stall watchdog, and failure on Qt warnings (pytest.ini: qt_log_level_fail)."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.kernel.i18n import set_language
from app.ui.shell.shell import Shell
from app.ui.shell.window import MainWindow
from app.ui.theme.theme import Appearance, Theme
from app.ui.work import AreaSpec
from app.ui.work.garbage import GuiThreadGarbage
from app.ui.work.memory import keep_what_is_loaded, leave_sources_alone
from app.ui.work.stall import StallWatchdog
from app.ui.work.threads import threads
from tests.support import again
from tests.support import desk as clinic_desk
from tests.support.pace import slowness
from tests.support.shell import FakeWorkspace
from tests.ui.shell.fakes import OWN, PASSWORD, FakeSessions, services

pytest_runtest_protocol = again.once_more_after_a_stall


@pytest.fixture
def workspace() -> FakeWorkspace:
    """A workspace that answers what the test prepares."""
    return FakeWorkspace()


@pytest.fixture(scope="session", autouse=True)
def _themed(qapp: QApplication) -> None:
    """Fonts and style sheet once, before anything is measured."""
    leave_sources_alone()
    Theme.current().install(qapp, Appearance.LIGHT)
    keep_what_is_loaded()


@pytest.fixture(autouse=True)
def stall_watchdog(qtbot: QtBot) -> Iterator[StallWatchdog]:
    """Fail a test in which our code kept the event loop waiting for over 100 ms, and end its threads.

    A test that works our code in a loop of its own, without events, calls ``stop()`` first.
    """
    garbage = GuiThreadGarbage()  # as in the program; the watchdog's own thread must not end widgets either
    watchdog = StallWatchdog(aside=[clinic_desk.__file__])  # it waits for the server, on this thread
    watchdog.start()
    yield watchdog
    watchdog.stop()
    assert threads().finish(5000), "a worker thread still runs"
    gc.collect(1)  # a test's widgets go with it
    garbage.stop()
    if watchdog.stalls:  # a machine that computes more slowly than usual gets the more milliseconds
        limit = watchdog.limit_ms * slowness()
        too_long = [stall for stall in watchdog.stalls if stall.milliseconds > limit]
        assert not too_long, f"{again.STALL}: {watchdog.report()} (limit here {limit:.0f} ms)"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Begin and end in English, whatever a test spoke."""
    set_language("en")
    yield
    set_language("en")


@pytest.fixture
def window_with(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., Shell]]:
    """The real shell around your areas: ``shell = window_with(SPEC, workspace=workspace)``; the first area is open."""
    shells: list[Shell] = []

    def make(*specs: AreaSpec, workspace: FakeWorkspace | None = None) -> Shell:
        sessions = FakeSessions(OWN)
        sessions.workspace = workspace
        shell = open_shell(qtbot, sessions, tmp_path, specs)
        shells.append(shell)
        qtbot.waitUntil(lambda: shell.entry.ready)
        shell.entry.sign_in("dana@example.org", PASSWORD)
        qtbot.waitUntil(lambda: shell.working)
        return shell

    yield make
    for shell in shells:
        shell.window.close()


def open_shell(qtbot: QtBot, sessions: FakeSessions, folder: Path, specs: tuple[AreaSpec, ...]) -> Shell:
    """Show the window over fake services."""
    window = MainWindow()
    qtbot.addWidget(window)
    shell = Shell(window, services(sessions, folder), specs)
    shell.start()
    window.resize(1280, 820)
    with qtbot.waitExposed(window):
        pass  # shown by the shell; an exposure that never comes is an error here, not in the test
    return shell
