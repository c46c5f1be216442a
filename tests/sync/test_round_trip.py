"""A workstation works through an outage: everything it did arrives once, everything others did comes back."""

from __future__ import annotations

from collections.abc import Callable

from app.commands.booking import BookVisit
from app.domain.enums import SlotStatus, VisitMode
from app.kernel.ids import new_cuid
from app.sync.model import SyncMode
from tests.support.desk import Desk
from tests.support.station import Station, differences

Enter = Callable[..., Station]


def book(slot_id: str, patient: str = "lis") -> BookVisit:
    return BookVisit(visit_id=new_cuid(), slot_id=slot_id, patient_id=f"pat-{patient}", visit_mode=VisitMode.IN_PERSON)


def test_a_snapshot_is_what_the_server_shows(clinic: Desk, station: Enter) -> None:
    clinic.slots("11:00", 6)
    here = station()
    assert differences(here) == []
    assert here.engine.status().mode is SyncMode.ONLINE


def test_booked_while_the_server_is_gone(clinic: Desk, station: Enter) -> None:
    first, second, third = clinic.slots("11:00", 3)
    here = station()
    here.run(book(first))
    here.cut()
    here.run(book(second))
    status = here.engine.status()
    assert (status.mode, status.waiting) == (SyncMode.OFFLINE, 1)
    assert clinic.status(second) is SlotStatus.FREE
    clinic.okafor.run(book(third, "roux"))
    report = here.mend()
    assert (report.sent, report.applied, report.needs_attention) == (1, 1, 0)
    assert clinic.status(second) is SlotStatus.BOOKED
    assert differences(here) == []
    assert here.engine.status().waiting == 0
