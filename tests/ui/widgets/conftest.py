"""A calendar on a known day, shown."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.ui.theme.tokens import StatusKind
from app.ui.widgets.calendar.day_calendar import DayCalendar
from app.ui.widgets.calendar.model import ClosedTime, DayBlock, DayColumn, DayEvent, DayHold, DayModel, DaySlot
from tests.ui.widgets import samples


def visit(event_id: str, column_id: str, start: int, end: int, name: str = "Zygmunt Lis") -> DayEvent:
    """Return a planned visit."""
    return DayEvent(
        id=event_id,
        column_id=column_id,
        start=start,
        end=end,
        name=name,
        type="Echo",
        status=StatusKind.PLANNED,
        spoken_status="planned",
    )


def small_day() -> DayModel:
    """Return two providers from 8 to 12: visits at 9:00 and 10:40, free slots, a hold, lunch and closed time."""
    return DayModel(
        day=samples.DAY,
        columns=(
            DayColumn(id="a", title="Dr Okafor", meta="2 free"),
            DayColumn(id="b", title="Dr Levy", meta="3 free"),
        ),
        events=(visit("v1", "a", 540, 580, "Anna Kowalska"), visit("v2", "b", 640, 660)),
        slots=(
            DaySlot(id="s1", column_id="a", start=580, end=600),
            DaySlot(id="s2", column_id="a", start=600, end=620),
            DaySlot(id="s3", column_id="b", start=540, end=560),
            DaySlot(id="s4", column_id="b", start=660, end=680),
        ),
        holds=(DayHold(id="h1", column_id="b", start=560, end=580, holder="A. Moreno", expires=samples.NOW),),
        blocks=(DayBlock(id="l1", column_id="a", start=660, end=720, text="Lunch"),),
        closed=(ClosedTime(column_id="b", start=480, end=540),),
        now=610,
        last=720,
    )


@pytest.fixture
def calendar(qtbot: QtBot) -> DayCalendar:
    """A calendar with ``small_day``, shown and focused."""
    made = DayCalendar(name="Tuesday")
    made.set_clock(lambda: samples.NOW)
    made.resize(652, 400)
    qtbot.addWidget(made)
    made.set_model(small_day())
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    made.setFocus()
    return made
