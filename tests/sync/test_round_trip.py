"""A workstation works through an outage: everything it did arrives once, everything others did comes back."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text

from app.commands.booking import BookVisit
from app.commands.drafts import SaveDraft
from app.commands.holds import HoldSlot, ReleaseHold
from app.domain.enums import SlotStatus, VisitMode
from app.kernel.ids import new_cuid
from app.sync import attention
from app.sync.model import EntryState, SyncMode
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


def test_a_hold_that_is_too_late_is_nobodys_concern_only_the_booking_is(clinic: Desk, station: Enter) -> None:
    (slot,) = clinic.slots("11:00", 1)
    others = clinic.slots("12:00", 3)
    here = station()
    here.cut()
    here.run(HoldSlot(slot_id=slot))
    here.run(book(slot))
    clinic.okafor.run(book(slot, "roux"))
    report = here.mend()
    assert (report.sent, report.applied, report.needs_attention) == (2, 0, 1)
    with here.local.reading() as session:
        (item,) = attention.items(session.connection(), here.actor)
    assert (item.kind, item.state, item.code) == ("BookVisit", EntryState.ATTENTION, "SlotTaken")
    assert {one["id"] for one in item.problem["alternatives"]} == set(others)
    (held,) = here.rows(text("SELECT id, state, code, closed_at FROM journal WHERE kind = 'HoldSlot'"))
    assert (held.state, held.code) == ("DISCARDED", "SlotTaken")
    assert held.closed_at is not None, "the server was told"
    assert discarded(clinic) == {held.id: f"u-{here.person}"}
    assert here.engine.status().attention == 1
    assert differences(here) == []


def discarded(clinic: Desk) -> dict[str, str]:
    """Who gave up what, as the server knows it."""
    return {row.id: row.discarded_by for row in clinic.rows(text("SELECT * FROM desktop.discarded_command"))}


def test_a_hold_that_is_too_late_keeps_no_booking_elsewhere_waiting(clinic: Desk, station: Enter) -> None:
    taken, free = clinic.slots("11:00", 2)
    here = station()
    here.cut()
    here.run(HoldSlot(slot_id=taken))
    here.run(ReleaseHold(slot_id=taken))
    here.run(book(free))
    clinic.okafor.run(book(taken, "roux"))
    assert here.mend().needs_attention == 0
    assert clinic.status(free) is SlotStatus.BOOKED
    assert differences(here) == []


def test_what_the_program_gives_by_itself_is_counted_apart(clinic: Desk, station: Enter) -> None:
    slot = clinic.slots("11:00", 1)[0]
    here = station()
    here.cut()
    here.run(HoldSlot(slot_id=slot))
    here.run(SaveDraft(draft_id="d-1", kind="booking", body={"reason": "Cough"}))
    here.run(book(slot))
    status = here.engine.status()
    assert (status.waiting, status.in_passing, status.done_here) == (3, 2, 1)
    here.sit_down("desk2")
    status = here.engine.status()
    assert (status.waiting, status.others_waiting, status.done_by_others) == (0, 3, 1)
