"""A page in the making shows nothing by itself: what is shown before it has a place would be a window for a moment.

Such a window takes the keyboard from the one that people work in, and gives it back to nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.domain.enums import Role
from app.main import area_specs
from app.queries.today import WalkInCard
from app.ui.areas.chart.tabs import TABS
from app.ui.areas.today.walk_ins import WalkInRow
from app.ui.work.stall import StallWatchdog
from tests.support.shell import FakeShell, FakeWorkspace, an_actor
from tests.support.stray_windows import shown_as_windows

MAKERS: dict[str, Callable[..., QWidget]] = {
    **{f"area {spec.key}": spec.factory for spec in area_specs()},
    **{f"tab {spec.key}": spec.factory for spec in TABS},
}


@pytest.mark.parametrize("role", [Role.PROVIDER, Role.ADMIN])
@pytest.mark.parametrize("name", MAKERS)
def test_no_page_shows_a_window_of_its_own(
    qtbot: QtBot, qapp: QApplication, stall_watchdog: StallWatchdog, name: str, role: Role
) -> None:
    stall_watchdog.stop()  # looking at every event takes longer than making the page
    shell = FakeShell(FakeWorkspace(actor=an_actor(role)))
    with shown_as_windows() as shown:
        page = MAKERS[name](shell)
    qtbot.addWidget(page)
    assert shown == []


def test_walk_ins_that_change_twice_at_once_leave_no_window(
    qtbot: QtBot, qapp: QApplication, stall_watchdog: StallWatchdog
) -> None:
    stall_watchdog.stop()
    now = datetime(2026, 3, 2, 15, 42, tzinfo=UTC)
    card = WalkInCard(
        id="w1", patient_id="p1", patient_name="Zygmunt Lis", reason="Cough", arrived=now, provider_id=None
    )
    strip = WalkInRow(FakeShell(FakeWorkspace(actor=an_actor(Role.ADMIN))))
    qtbot.addWidget(strip)
    with qtbot.waitExposed(strip):
        strip.show()
    with shown_as_windows() as shown:
        strip.show_cards([card], now)
        strip.show_cards([], now)  # a layout shows what was added when the loop comes round: by then it is gone
        qtbot.wait(50)
    assert shown == []
