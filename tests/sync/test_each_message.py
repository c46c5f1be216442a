"""The line is cut at each protocol message of a booking in turn: whatever was under way, it is done once."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from app.commands.booking import BookVisit
from app.domain.enums import VisitMode
from app.kernel.ids import new_uuid
from tests.support.desk import Desk
from tests.support.postgres import Server
from tests.support.station import Station
from tests.support.wire import Message, Wire

DONE = text(
    "SELECT (SELECT count(*) FROM visits WHERE slot_id = :slot AND id = :visit), (SELECT count(*) FROM desktop.audit "
    "WHERE table_name = 'visits' AND row_id = :visit AND op = 'I'), "
    "(SELECT count(*) FROM desktop.applied_command WHERE id = :command)"
)
"""Visits, rows of the audit and marks of one booking."""


class Scissors:
    """Cuts at the n-th message that crosses the line, to whichever side."""

    def __init__(self, at: int) -> None:
        self.left, self.cut = at, False

    def __call__(self, _message: Message) -> bool:
        self.left -= 1
        self.cut |= self.left == 0
        return self.left == 0


def test_cut_at_each_message_in_turn_a_booking_is_done_once(
    server: Server, clinic: Desk, clinic_name: str, tmp_path: Path, wire: Wire
) -> None:
    slots = [*clinic.slots("11:00", 60), *clinic.slots("11:00", 60, "p-chen")]
    here = Station(server, clinic_name, "ws-1", tmp_path, clinic.clock, "desk", through=wire.through)
    lost = 0
    try:
        here.enrol()
        for at, slot in enumerate(slots, start=1):
            visit, command_id = f"v-{at}", new_uuid()
            here.engine.sync_now()
            wire.cut_when = scissors = Scissors(at)
            booking = BookVisit(slot_id=slot, patient_id="pat-lis", visit_mode=VisitMode.IN_PERSON, visit_id=visit)
            assert here.run(booking, command_id=command_id).result["slotId"] == slot, "work goes on, whatever was cut"
            wire.cut_when = None
            lost += not here.store.online
            here.mend()
            found = clinic.rows(DONE.bindparams(slot=slot, visit=visit, command=command_id))
            assert [tuple(row) for row in found] == [(1, 1, 1)], f"cut at message {at}"
            if not scissors.cut:
                break
        else:
            raise AssertionError("a booking has more messages than were tried")
    finally:
        wire.cut_when = None
        here.close()
    assert lost > 1, "nothing was cut in the middle"
