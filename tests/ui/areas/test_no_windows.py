"""A page in the making shows nothing by itself: what is shown before it has a place would be a window for a moment.

Such a window takes the keyboard from the one that people work in, and gives it back to nobody.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.domain.enums import Role
from app.main import area_specs
from app.ui.areas.chart.tabs import TABS
from app.ui.work.stall import StallWatchdog
from tests.support.shell import FakeShell, FakeWorkspace, an_actor

MAKERS: dict[str, Callable[..., QWidget]] = {
    **{f"area {spec.key}": spec.factory for spec in area_specs()},
    **{f"tab {spec.key}": spec.factory for spec in TABS},
}


class Shown(QObject):
    """Notes every widget that is shown as a window."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.names.append(f"{type(watched).__name__} {watched.accessibleName()}")
        return False


@pytest.mark.parametrize("role", [Role.PROVIDER, Role.ADMIN])
@pytest.mark.parametrize("name", MAKERS)
def test_no_page_shows_a_window_of_its_own(
    qtbot: QtBot, qapp: QApplication, stall_watchdog: StallWatchdog, name: str, role: Role
) -> None:
    stall_watchdog.stop()  # looking at every event takes longer than making the page
    shell = FakeShell(FakeWorkspace(actor=an_actor(role)))
    shown = Shown()
    qapp.installEventFilter(shown)
    try:
        page = MAKERS[name](shell)
    finally:
        qapp.removeEventFilter(shown)
    qtbot.addWidget(page)
    assert shown.names == []
