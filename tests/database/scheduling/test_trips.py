"""How often a command crosses the wire, BEGIN and COMMIT included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit
from app.commands.holds import HoldSlot
from app.commands.moving import MoveVisit
from app.commands.stores import ServerStore
from app.commands.visits import CheckIn
from app.db.server import ServerDatabase
from app.domain.enums import VisitMode
from tests.support.clinics import PASSWORD
from tests.support.desk import Desk, Person, login_of
from tests.support.postgres import Server
from tests.support.wire import Wire


@pytest.fixture
def counted(server: Server, pg_desk: Desk, wire: Wire) -> Iterator[Person]:
    """The front desk behind a recorder, with a warm connection (statements are prepared once)."""
    database = pg_desk.rows(_NAME)[0][0]
    url = wire.through(server.url(database, login_of("desk").login, PASSWORD))
    person = pg_desk.person("desk", "ws-desk")
    person.store.close()
    person.store = ServerStore(ServerDatabase({"conninfo": url}, pool_size=1))
    person.run(BookVisit(slot_id=pg_desk.slot("17:00"), patient_id="pat-brandt", visit_mode=VisitMode.IN_PERSON))
    yield person
    person.store.close()


def _name() -> Any:
    from sqlalchemy import func, select

    return select(func.current_database())


_NAME = _name()


def trips(wire: Wire, person: Person, command: Any) -> int:
    before = wire.trips
    person.run(command)
    return wire.trips - before


@pytest.mark.parametrize("minutes", [None, 40])
def test_booking_crosses_five_times(pg_desk: Desk, wire: Wire, counted: Person, minutes: int | None) -> None:
    slots = pg_desk.slots("14:00", 3)
    command = BookVisit(slot_id=slots[0], patient_id="pat-lis", visit_mode=VisitMode.VIRTUAL, minutes=minutes)
    assert trips(wire, counted, command) <= 5


def test_what_people_do_all_day_stays_in_few_trips(pg_desk: Desk, wire: Wire, counted: Person) -> None:
    slots = pg_desk.slots("14:00", 3)
    counts = {"hold": trips(wire, counted, HoldSlot(slot_id=slots[0]))}
    command = BookVisit(slot_id=slots[0], patient_id="pat-lis", visit_mode=VisitMode.IN_PERSON)
    counts["book"] = trips(wire, counted, command)
    move = MoveVisit(visit_id=command.visit_id, slot_id=slots[1])
    counts["move"] = trips(wire, counted, move)
    counts["check in"] = trips(wire, counted, CheckIn(visit_id=command.visit_id))
    counts["cancel"] = trips(wire, counted, CancelVisit(visit_id=command.visit_id))
    assert counts == {"hold": 2, "book": 2, "move": 5, "check in": 4, "cancel": 4}
