"""A day on which the clock jumps is drawn with every time as long as it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.enums import SlotStatus, VisitMode
from app.queries.day_board import BoardColumn, BoardSlot
from app.ui.areas.schedule.day_model import DayMaker
from app.ui.areas.schedule.sheet import Sheet

ZONE = ZoneInfo("America/New_York")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def held(start: datetime, minutes: int) -> BoardSlot:
    return BoardSlot(
        id="s", start=start, end=start + timedelta(minutes=minutes), mode=VisitMode.IN_PERSON, status=SlotStatus.HELD,
        origin=None, reason="", overbook=False, held_by=None, held_name="", held_until=None, workstation="",
        covered_by=None, batch_id=None, visit=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "start", "minutes", "drawn"),
    [
        (date(2026, 3, 8), "06:40", 20, ("01:40", "02:00")),  # 01:40 EST; the clock then shows 03:00
        (date(2026, 3, 8), "06:40", 40, ("01:40", "03:20")),  # over the hour that isn't there
        (date(2026, 3, 8), "07:00", 20, ("03:00", "03:20")),
        (date(2026, 11, 1), "05:40", 20, ("01:40", "02:00")),  # 01:40 EDT; the clock then shows 01:00
        (date(2026, 11, 1), "05:20", 60, ("01:20", "02:20")),  # until the second 01:20
        (date(2026, 11, 1), "06:40", 20, ("01:40", "02:00")),  # 01:40 EST
        (date(2026, 11, 2), "04:40", 20, ("00:00", "00:00")),  # over before the day began
        (date(2026, 11, 1), "28:40", 40, ("23:40", "24:00")),  # and into the next day
    ],
)
def test_times_beside_a_jump_of_the_clock(day: date, start: str, minutes: int, drawn: tuple[str, str]) -> None:
    """Twenty minutes before the clock went forward were drawn as eighty, before it went back as less than none."""
    hours, rest = (int(part) for part in start.split(":"))
    began = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hours, minutes=rest)
    column = BoardColumn("d", "Dr Mary Hill", "Dr Hill", (), (held(began, minutes),), ())
    (hold,) = DayMaker([Sheet("d", day, column)], ZONE, "u", LONG_AGO).model(day).holds
    assert tuple(f"{at // 60:02}:{at % 60:02}" for at in (hold.start, hold.end)) == drawn
