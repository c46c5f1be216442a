"""What waits is sent in few trips: over a slow line each costs what the line takes, counted on the wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.commands.booking import BookVisit
from app.commands.patients import FlagPatient, RegisterPatient
from app.commands.registry import Command
from app.commands.visits import CheckIn
from app.domain.enums import VisitMode, VisitStatus
from tests.support.desk import Desk
from tests.support.postgres import Server
from tests.support.station import Station
from tests.support.wire import Wire

MOST = 5
FEW, MANY = 4, 24


def work(kind: str, slots: list[str], number: int) -> tuple[Command, ...]:
    booking = BookVisit(slot_id=slots[number], patient_id="pat-lis", visit_mode=VisitMode.IN_PERSON,
                        visit_id=f"v-{number}")  # fmt: skip
    every: dict[str, tuple[Command, ...]] = {
        "book": (booking,),
        "book and check in": (booking, CheckIn(visit_id=booking.visit_id, expected=VisitStatus.PLANNED)),
        "register": (RegisterPatient(patient_id=f"p-{number}", user_id=f"u-{number}", first_name="Ida",
                                     last_name=f"Neu{number}"),),
        "flag": (FlagPatient(patient_id="pat-lis", add=(f"FLAG_{number}",)),),
    }  # fmt: skip
    return every[kind]


@pytest.mark.parametrize("kind", ["book", "book and check in", "register", "flag"])
def test_a_waiting_command_takes_at_most_five_trips(
    server: Server, clinic: Desk, clinic_name: str, tmp_path: Path, wire: Wire, kind: str
) -> None:
    slots = [*clinic.slots("11:00", 20), *clinic.slots("11:00", 20, "p-chen")]
    here = Station(server, clinic_name, "ws-1", tmp_path, clinic.clock, "desk", through=wire.through)
    try:
        here.enrol()
        counts, number = [], 0
        for amount in (FEW, MANY):
            here.cut()
            for _ in range(amount):
                for command in work(kind, slots, number):
                    here.run(command)
                number += 1
            before = wire.trips
            report = here.mend()
            assert report.applied == amount * len(work(kind, slots, 0))
            counts.append(wire.trips - before)
        more = (MANY - FEW) * len(work(kind, slots, 0))
        each = (counts[1] - counts[0]) / more
        assert each <= MOST, counts
        assert each >= 1, "nothing was counted"
    finally:
        here.close()
