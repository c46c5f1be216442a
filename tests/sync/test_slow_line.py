"""Over a slow line boards and search come from the store while it is up to date; whatever is recorded comes not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.commands.booking import BookVisit
from app.domain.enums import VisitMode
from app.kernel.ids import new_cuid
from app.queries.chart import chart_head
from app.queries.core import lies_near
from app.queries.day_board import DayBoard, day_board
from app.queries.patient_card import patient_card
from app.queries.patients import search_patients
from app.queries.visit_list import visit_list
from app.sync import engine, journal
from app.sync.line import Line
from app.sync.model import OPEN_STATES, Reading, SyncStatus
from tests.support.desk import Desk
from tests.support.postgres import Server
from tests.support.station import Station
from tests.support.wire import Wire
from tests.sync.test_dead_line import Waiter

DELAY = 0.05


def slow(status: SyncStatus) -> bool:
    return status.slow


def quick(status: SyncStatus) -> bool:
    return not status.slow


@pytest.fixture
def here(
    server: Server, clinic: Desk, clinic_name: str, tmp_path: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Station]:
    """Somebody at work behind a line that has become slow."""
    monkeypatch.setattr(engine, "PING_SECONDS", 0.4)
    station = Station(server, clinic_name, "ws-1", tmp_path, clinic.clock, "desk", through=wire.through)
    try:
        station.enrol()
        waiter = Waiter(station)
        wire.delay = DELAY
        station.engine.start()
        waiter.until(slow)
        yield station
    finally:
        station.close()


def ask(here: Station, function: Callable[..., Any], **values: Any) -> tuple[Any, bool]:
    """The answer, and whether the server gave it: as the workspace asks."""
    near = lies_near(function, here.reader(True), values)
    return here.store.ask(
        lambda session, online: (function(session, here.reader(online), **values), online), offline=True, near=near
    )


def settle(here: Station) -> None:
    """Until a pull has brought everything that was done here."""
    waiter, before = Waiter(here), here.engine.rounds
    here.engine.kick()

    def seen(_: SyncStatus) -> bool:
        with here.local.reading() as session:
            return here.engine.rounds > before and not journal.waits(session.connection(), OPEN_STATES)

    waiter.until(seen)


def booked(board: DayBoard) -> set[str]:
    return {slot.visit.id for column in board.columns for slot in column.slots if slot.visit is not None}


def test_boards_and_search_come_from_here_and_show_what_everybody_did(clinic: Desk, here: Station, wire: Wire) -> None:
    settle(here)
    (page, online) = ask(here, search_patients, text="lis")
    assert (page.items[0].last_name, online) == ("Lis", False)
    today = here.reader(True).today
    assert ask(here, day_board, day=today)[1] is False

    slot, other, *_ = clinic.slots("11:00", 40)
    mine, theirs = new_cuid(), new_cuid()
    here.run(BookVisit(slot_id=slot, patient_id="pat-lis", visit_mode=VisitMode.IN_PERSON, visit_id=mine))
    assert mine in booked(ask(here, day_board, day=today)[0]), "what was just done is missing"
    clinic.desk2.run(BookVisit(slot_id=other, patient_id="pat-roux", visit_mode=VisitMode.IN_PERSON, visit_id=theirs))
    here.engine.kick()

    def come(_: SyncStatus) -> bool:
        board, online = ask(here, day_board, day=today)
        return not online and booked(board) >= {mine, theirs}

    Waiter(here).until(come)

    here.store.beside()
    assert ask(here, day_board, day=today)[1] is True, "something was done that the store can't know yet"
    settle(here)
    settle(here)
    assert ask(here, day_board, day=today)[1] is False
    here.sync.read_from(Reading.SERVER)
    assert ask(here, search_patients, text="lis")[1] is True, "this workstation wants the server's answers"
    here.sync.read_from(Reading.AUTOMATIC)

    waiter = Waiter(here)
    wire.delay = 0.0
    waiter.until(quick)
    assert ask(here, search_patients, text="lis")[1] is True
    here.sync.read_from(Reading.STORE)
    assert ask(here, search_patients, text="lis")[1] is False, "this workstation wants the store's, over any line"
    here.boot()
    assert here.engine.status().reading is Reading.STORE, "kept for the next time"


def test_what_is_recorded_or_reaches_further_is_asked_of_the_server(here: Station) -> None:
    """Who opened a chart is on record whatever the line is like; days that aren't kept are there only."""
    settle(here)
    today = here.reader(True).today
    elsewhere: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (patient_card, {"patient_id": "pat-lis", "opening": True}),
        (chart_head, {"patient_id": "pat-lis", "opening": True}),
        (visit_list, {}),
        (day_board, {"day": today + timedelta(days=125)}),
        (day_board, {"day": today - timedelta(days=29)}),
    ]
    for function, values in elsewhere:
        assert ask(here, function, **values)[1] is True, function.__name__


def test_one_late_answer_makes_no_slow_line() -> None:
    line = Line()
    assert [line.note(trip) for trip in (0.001, 0.4, 0.001, 0.025)] == [False] * 4
    assert not line.slow
    assert [line.note(0.1) for _ in range(3)] == [False, True, False]
    assert [line.note(0.025) for _ in range(5)] == [False] * 5, "between the two bounds it stays what it was"
    assert [line.note(0.005) for _ in range(3)] == [False, False, True]
