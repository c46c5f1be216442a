"""The same command once more, under its id: nothing of it is lost, and nothing is said of it that isn't known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.commands.cancelling import CancelVisit
from app.domain.enums import SlotStatus
from app.domain.visits import CancelKind
from app.kernel.errors import Conflict, Refused, Unavailable
from app.kernel.ids import new_uuid
from app.sync import journal
from app.sync.model import EntryState
from tests.support.desk import Desk
from tests.support.station import Station, differences
from tests.sync.test_round_trip import book

Enter = Callable[..., Station]


def test_refused_by_the_server_and_given_again_without_it_is_sent(clinic: Desk, station: Enter) -> None:
    (slot,) = clinic.slots("11:00", 1)
    here = station()
    theirs = str(clinic.okafor.run(book(slot, "roux")).result["visitId"])
    command, command_id = book(slot), new_uuid()
    with pytest.raises(Conflict):
        here.run(command, command_id=command_id)
    clinic.okafor.run(CancelVisit(visit_id=theirs, kind=CancelKind.PATIENT))
    here.engine.sync_now()
    here.cut()
    here.engine.lost(None)
    here.run(command, command_id=command_id)
    assert here.engine.status().waiting == 1, "it is shown here and would never be sent"
    assert here.mend().applied == 1
    assert clinic.status(slot) is SlotStatus.BOOKED
    assert differences(here) == []


def test_of_what_may_be_on_the_server_nothing_is_said_without_it(
    clinic: Desk, station: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is lost after the server did it; the store, where it can't be done, knows nothing of that."""
    here = station()
    (slot,) = clinic.slots("11:00", 1)
    here.engine.sync_now()
    command, command_id = book(slot), new_uuid()
    write, engine = here.store.server.write, here.engine

    def done_and_lost(*arguments: Any, **more: Any) -> None:
        write(*arguments, **more)
        here.remote.cut(True)
        raise Unavailable("ServerLost", "gone", outcome_unknown=True)

    def no(*_: object) -> None:
        raise Refused("BadValue", "not here")

    monkeypatch.setattr(here.store.server, "write", done_and_lost)
    monkeypatch.setattr(here.store, "_run", no)
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            here.run(command, command_id=command_id)
        assert caught.value.outcome_unknown
    with here.local.reading() as session:
        entry = journal.find(session.connection(), command_id)
    assert entry is not None
    assert entry.state is EntryState.PENDING
    monkeypatch.undo()
    assert here.mend().applied == 1
    assert engine.status().waiting == 0
    assert differences(here) == []
