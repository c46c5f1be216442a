"""What a disabled colleague left and an ADMIN may not write: a colleague does it in their own name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from app.commands.measurements import RecordMeasurement, RetractMeasurement
from app.domain.measurements import MeasurementType
from app.kernel.errors import Refused
from app.sync.handing import HANDED_OVER
from app.sync.model import EntryState
from tests.support.desk import Desk
from tests.support.postgres import Server
from tests.support.station import Station, differences
from tests.sync.test_adopted_message import as_admin

Enter = Callable[..., Station]

READING = RecordMeasurement(patient_id="pat-lis", type=MeasurementType.WEIGHT, value="82")


@pytest.fixture
def left(server: Server, clinic: Desk, clinic_name: str, station: Enter) -> Station:
    """The administrator where a medical assistant measured somebody offline, and took it back, before they left."""
    here = station()
    here.cut()
    here.run(READING)
    here.run(RetractMeasurement(measurement_id=READING.measurement_id, reason="Wrong patient"))
    as_admin(server, clinic_name, "SELECT desktop.disable_staff('u-desk')")
    here.sit_down("admin")
    here.remote.cut(False)
    here.engine.sync_now()
    return here


def test_a_colleague_does_in_their_own_name_what_an_admin_may_not(clinic: Desk, left: Station) -> None:
    """Once, under ids of its own; the server keeps who gave the first one up, and why."""
    assert left.sync.status().attention == 2, "an administrator isn't told that something waits for nobody"
    first = left.sync.attention()[0]
    left.sync.adopt(first.id)
    assert left.engine.sync_now().needs_attention == 1, "no ADMIN writes a reading in somebody's name"
    first, _ = left.sync.attention()
    assert (first.code, first.adoptable, first.left_behind) == ("NotAllowed", False, True)
    people = dict(left.sync.recipients(first.id))
    assert set(people) == {"u-desk2", "u-okafor", "u-chen"}
    with pytest.raises(Refused, match="role"):
        left.sync.hand_over(first.id, "u-admin")
    assert left.sync.hand_over(first.id, "u-okafor") == "Ngozi Okafor"
    left.engine.sync_now()
    given_up = clinic.rows(text("SELECT user_id, discarded_by, reason FROM desktop.discarded_command"))
    assert [tuple(row) for row in given_up] == [("u-desk", "u-admin", "Handed over to Ngozi Okafor.")] * 2
    assert clinic.rows(text("SELECT 1 FROM measurements WHERE id = :id").bindparams(id=READING.measurement_id)) == []

    left.sit_down("okafor")
    left.engine.sync_now()
    mine, follower = left.sync.attention()
    assert (mine.mine, mine.code, mine.command) == (True, HANDED_OVER, READING)
    assert (follower.state, follower.blocked_by) == (EntryState.BLOCKED, mine.id)
    left.sync.retry(mine.id)
    assert left.engine.sync_now().applied == 2
    assert left.sync.attention() == ()
    who = "SELECT DISTINCT user_id, on_behalf_of FROM desktop.audit WHERE table_name = 'measurements' AND row_id = :id"
    audit = clinic.rows(text(who).bindparams(id=READING.measurement_id))
    assert [tuple(row) for row in audit] == [("u-okafor", None)]
    assert differences(left) == []


def test_what_arrived_after_all_is_handed_to_nobody(clinic: Desk, left: Station) -> None:
    """The answer had been lost: done once is enough."""
    first, _ = left.sync.attention()
    arrived = (
        "INSERT INTO desktop.applied_command (id, clinic_id, user_id, kind, workstation, occurred_at, applied_at, xid) "
        "SELECT :id, clinic_id, 'u-desk', 'RecordMeasurement', '', now(), now(), 1 FROM desktop.login LIMIT 1"
    )
    clinic.write(text(arrived).bindparams(id=first.id))
    with pytest.raises(Refused, match="done already"):
        left.sync.hand_over(first.id, "u-okafor")
    assert {item.id for item in left.sync.waiting()}.isdisjoint({first.id})
