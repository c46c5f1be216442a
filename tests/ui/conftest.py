"""What every UI test gets: the stall watchdog, and failure on Qt warnings (pytest.ini: qt_log_level_fail)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.theme.theme import Appearance, Theme
from app.ui.work.stall import StallWatchdog
from app.ui.work.threads import threads
from tests.support.shell import FakeWorkspace


@pytest.fixture
def workspace() -> FakeWorkspace:
    """A workspace that answers what the test prepares."""
    return FakeWorkspace()


@pytest.fixture(scope="session", autouse=True)
def _themed(qapp: QApplication) -> None:
    """Fonts and style sheet once, before anything is measured."""
    Theme.current().install(qapp, Appearance.LIGHT)


@pytest.fixture(autouse=True)
def stall_watchdog(qtbot: QtBot) -> Iterator[StallWatchdog]:
    """Fail a test in which our code kept the event loop waiting for over 100 ms, and end its threads.

    A test that works our code in a loop of its own, without events, calls ``stop()`` first.
    """
    watchdog = StallWatchdog()
    watchdog.start()
    yield watchdog
    watchdog.stop()
    assert threads().finish(5000), "a worker thread still runs"
    assert not watchdog.stalls, watchdog.report()
