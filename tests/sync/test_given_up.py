"""What is given up, or done another way: decided here, told to the server, never done twice and never lost between."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from app.commands.another_way import on_time
from app.commands.cancelling import CancelVisit
from app.commands.holds import HoldTime
from app.commands.registry import Command, Envelope
from app.domain.enums import SlotStatus
from app.kernel.errors import Conflict, Refused, Unavailable
from app.kernel.ids import new_cuid
from app.sync import journal
from app.sync.model import EntryState
from tests.support.desk import Desk, at
from tests.support.station import Station, differences
from tests.sync.test_round_trip import book, discarded

Enter = Callable[..., Station]


def test_a_time_off_the_grid_that_could_not_be_held_gives_one_decision_with_other_times(
    clinic: Desk, station: Enter
) -> None:
    (grid,) = clinic.slots("11:00", 1)
    others = clinic.slots("12:00", 3)
    here = station()
    here.cut()
    made = new_cuid()
    here.run(HoldTime(provider_id="p-okafor", start=at("11:10"), minutes=20, slot_id=made))
    here.run(book(made))
    clinic.okafor.run(book(grid, "roux"))
    report = here.mend()
    assert (report.sent, report.applied, report.needs_attention) == (2, 0, 1)
    (item,) = here.sync.attention()
    assert (item.kind, item.state, item.code) == ("BookVisit", EntryState.ATTENTION, "SlotTaken")
    assert {one["id"] for one in item.problem["alternatives"]} == set(others)
    assert list(discarded(clinic).values()) == [f"u-{here.person}"]
    assert differences(here) == []
    other = on_time(item.command, others[0])
    assert other is not None
    here.sync.change(item.id, other, here.run)
    here.engine.sync_now()
    assert here.sync.attention() == ()
    assert clinic.status(others[0]) is SlotStatus.BOOKED
    assert differences(here) == []


def test_what_was_given_up_without_the_server_is_told_later(clinic: Desk, station: Enter) -> None:
    (slot,) = clinic.slots("11:00", 1)
    other = clinic.slots("12:00", 1)[0]
    here = station()
    here.cut()
    here.run(book(slot))
    clinic.okafor.run(book(slot, "roux"))
    here.mend()
    (item,) = here.sync.attention()
    better = on_time(item.command, other)
    assert better is not None

    def lost_on_the_way(command: Command) -> None:
        here.run(command)
        here.cut()

    here.sync.change(item.id, better, lost_on_the_way)
    assert here.sync.attention() == (), "the new one is given: nobody is asked about the old one again"
    assert discarded(clinic) == {}
    here.mend()
    assert list(discarded(clinic)) == [item.id]
    assert clinic.status(other) is SlotStatus.BOOKED
    assert differences(here) == []


def test_another_way_that_is_refused_or_comes_too_late_leaves_the_first_as_it_is(clinic: Desk, station: Enter) -> None:
    (slot,) = clinic.slots("11:00", 1)
    here = station()
    here.cut()
    here.run(book(slot))
    clinic.okafor.run(book(slot, "roux"))
    here.mend()
    (item,) = here.sync.attention()
    taken = on_time(item.command, slot)
    assert taken is not None
    with pytest.raises(Conflict, match="just been taken"):
        here.sync.change(item.id, taken, here.run)
    assert [one.id for one in here.sync.attention()] == [item.id]
    assert discarded(clinic) == {}
    given: list[Command] = []
    here.cut()
    with pytest.raises(Unavailable):
        here.sync.change(item.id, taken, given.append)
    assert given == [], "without the server nobody knows whether the first one arrived"


def test_the_first_one_has_arrived_after_all(clinic: Desk, station: Enter) -> None:
    (slot, other) = clinic.slots("11:00", 2)
    here = station()
    here.cut()
    here.run(book(slot))
    (waiting,) = here.sync.waiting()
    assert waiting.command is not None
    with here.local.applying() as session:
        journal.note_problem(session.connection(), 1, Conflict("SlotTaken", "Somebody else has this time."))
    here.remote.cut(False)
    envelope = Envelope(waiting.id, here.actor, here.name, waiting.occurred_at, waiting.command)
    here.engine.server.write(envelope, here.reader(True))
    better = on_time(waiting.command, other)
    assert better is not None
    given: list[Command] = []
    with pytest.raises(Refused) as caught:
        here.sync.change(waiting.id, better, given.append)
    assert (caught.value.code, given) == ("AlreadyApplied", [])
    here.engine.sync_now()
    assert here.sync.attention() == ()
    assert differences(here) == []


def test_a_server_put_back_to_before_is_told_again(clinic: Desk, station: Enter) -> None:
    (slot,) = clinic.slots("11:00", 1)
    here = station()
    here.cut()
    here.run(book(slot))
    clinic.okafor.run(book(slot, "roux"))
    here.mend()
    (item,) = here.sync.attention()
    here.sync.discard(item.id, "the patient comes another day")
    assert list(discarded(clinic)) == [item.id]
    clinic.write(
        text("DELETE FROM desktop.discarded_command"),
        text("UPDATE desktop.installation SET system_identifier = 'another'"),
        text("SELECT desktop.adopt_restored()"),
    )
    here.engine.sync_now()
    here.engine.sync_now()
    assert list(discarded(clinic)) == [item.id], "or an old copy of this store could send it after all"
    (row,) = here.rows(text(f"SELECT state, reason, closed_at FROM journal WHERE id = '{item.id}'"))
    assert (row.state, row.reason) == ("DISCARDED", "the patient comes another day")
    assert row.closed_at is not None


def test_what_the_server_has_after_all_is_given_up_no_more(clinic: Desk, station: Enter) -> None:
    (slot,) = clinic.slots("11:00", 1)
    here = station()
    here.cut()
    here.run(book(slot))
    (waiting,) = here.sync.waiting()
    taken = clinic.okafor.run(book(slot, "roux"))
    here.mend()
    here.sync.discard(waiting.id, "the patient comes another day")
    clinic.write(
        text("DELETE FROM desktop.discarded_command"),
        text("UPDATE desktop.installation SET system_identifier = 'another'"),
        text("SELECT desktop.adopt_restored()"),
    )
    # An old copy of this store sends it to the server that was put back, where the time is free again.
    clinic.okafor.run(CancelVisit(visit_id=str(taken.result["visitId"])))
    assert waiting.command is not None
    envelope = Envelope(waiting.id, here.actor, here.name, waiting.occurred_at, waiting.command)
    here.engine.server.write(envelope, here.reader(True))
    here.engine.sync_now()
    here.engine.sync_now()
    (row,) = here.rows(text(f"SELECT state FROM journal WHERE id = '{waiting.id}'"))
    assert row.state in ("ACKED", "DONE")
    assert differences(here) == []
