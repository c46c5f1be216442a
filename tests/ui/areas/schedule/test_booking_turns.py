"""Two times chosen one right after the other: a late answer about the first must not be taken for the second's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.commands.core import Outcome
from app.commands.holds import HoldTime, ReleaseHold
from app.domain.enums import VisitMode
from app.kernel.errors import Conflict
from app.ui.areas.schedule.booking_state import BookingState
from tests.support.shell import FakeShell, FakeWorkspace

NINE = datetime(2026, 5, 4, 9, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


@pytest.fixture
def state(workspace: FakeWorkspace) -> Iterator[BookingState]:
    owner = QObject()
    yield BookingState(FakeShell(workspace), owner)
    delete(owner)


def test_a_time_that_was_taken_does_not_give_up_the_one_chosen_after_it(
    qtbot: QtBot, workspace: FakeWorkspace, state: BookingState
) -> None:
    """The second time stayed held at the server for nobody, while the form said that it was taken."""
    both_chosen = threading.Event()

    def hold(command: HoldTime) -> Outcome:
        assert both_chosen.wait(5)
        if command.start == NINE:
            raise Conflict("SlotTaken", "taken")
        return Outcome(result={"slotId": command.slot_id, "heldUntil": (NINE + 5 * QUARTER).isoformat()})

    workspace.outcomes[HoldTime] = hold
    lost: list[object] = []
    state.lost.connect(lost.append)
    for start in (NINE, NINE + QUARTER):
        state.hold_range("p-1", "Dr One", start, start + QUARTER, VisitMode.IN_PERSON, over=False)
    second = state.slot_id
    with qtbot.waitSignal(state.held):
        both_chosen.set()
    assert lost == []
    assert second is not None
    assert (state.slot_id, state.start) == (second, NINE + QUARTER)
    assert [type(one) for one in workspace.executed] == [HoldTime, ReleaseHold, HoldTime]
