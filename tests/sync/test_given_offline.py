"""A command given without the server is written down and done in one transaction: both are there, or neither is."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from app.db.frozen import table_of
from app.db.models import Visit
from app.db.pipeline import run_all
from app.domain.enums import SlotStatus
from app.kernel.errors import AppError
from app.kernel.ids import new_uuid
from app.sync import journal
from app.sync.model import EntryState
from app.sync.rebase import run_handler
from tests.support.desk import Desk
from tests.support.station import Station
from tests.sync.conftest import Enter
from tests.sync.test_round_trip import book


def entry_of(here: Station, command_id: str) -> journal.Entry | None:
    with here.local.reading() as session:
        return journal.find(session.connection(), command_id)


@pytest.fixture
def alone(clinic: Desk, station: Enter) -> tuple[Station, str, str]:
    """A workstation without the server, and two free slots that overlap nothing."""
    here = station()
    first, second = clinic.slots("11:00", 2)
    here.engine.sync_now()
    here.cut()
    here.engine.lost(None)
    return here, first, second


def test_it_waits_for_the_disk_once(alone: tuple[Station, str, str]) -> None:
    here, first, _ = alone
    commits: list[Any] = []
    event.listen(here.local.engine, "commit", commits.append)
    command_id = new_uuid()
    here.run(book(first), command_id=command_id)
    assert len(commits) == 1
    entry = entry_of(here, command_id)
    assert entry is not None
    assert entry.state is EntryState.PENDING


def test_a_fault_of_ours_leaves_nothing_that_would_be_sent(
    alone: tuple[Station, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, first, _ = alone
    done = run_handler

    def fails(*arguments: Any) -> None:
        done(*arguments)
        raise ZeroDivisionError

    monkeypatch.setattr("app.sync.routed.run_handler", fails)
    command_id = new_uuid()
    with pytest.raises(ZeroDivisionError):
        here.run(book(first), command_id=command_id)
    assert entry_of(here, command_id) is None, "whoever was told of a fault would be surprised by its visit"
    monkeypatch.undo()
    here.run(book(first), command_id=command_id)
    assert here.engine.status().waiting == 1


def test_a_refusal_is_kept_and_leaves_no_effects(alone: tuple[Station, str, str], clinic: Desk) -> None:
    here, first, _ = alone
    here.run(book(first))
    command_id = new_uuid()
    with pytest.raises(AppError) as caught:
        here.run(book(first, "roux"), command_id=command_id)
    assert caught.value.data.get("alternatives")
    entry = entry_of(here, command_id)
    assert entry is not None
    assert entry.state is EntryState.REFUSED
    assert entry.code == caught.value.code
    assert here.engine.status().waiting == 1
    assert here.mend().applied == 1
    assert clinic.status(first) is SlotStatus.BOOKED


def test_what_the_store_refuses_is_said_as_by_sqlalchemy_and_without_the_values(
    alone: tuple[Station, str, str],
) -> None:
    here, first, _ = alone
    insert = table_of(Visit).insert()
    values = {"id": "v-1", "slot_id": first, "patient_id": "nobody", "provider_id": "nobody-either"}
    with pytest.raises(IntegrityError) as caught, here.local.transaction("u-1") as session:
        run_all(session, [(insert, values)])
    assert "nobody" not in str(caught.value)
