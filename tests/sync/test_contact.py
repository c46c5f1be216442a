"""A server that was put back to before a workstation's enrolment: it says why nothing is sent, and how that ends."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import text

from app.commands.patients import FlagPatient
from app.kernel.errors import Refused
from app.sync.contact import call
from app.sync.feed import ServerFeed
from app.sync.model import SyncMode
from tests.support.desk import Desk
from tests.support.station import Station, differences

Enter = Callable[..., Station]
BEFORE = {
    "no such workstation": "DELETE FROM desktop.workstation WHERE id = '{id}'",
    "not enrolled": "UPDATE desktop.workstation SET enrolled_at = NULL, enrolled_by = NULL, generation = 0 "
    "WHERE id = '{id}'",
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE.keys())
def test_a_workstation_that_the_server_does_not_know_says_so_until_an_admin_comes(
    clinic: Desk, station: Enter, before: str
) -> None:
    here = station()
    here.cut()
    here.run(FlagPatient(patient_id="pat-lis", add=("VIP",)))
    clinic.write(text(before.format(id=here.name)))
    with pytest.raises(Refused) as caught:
        here.mend()
    assert caught.value.code == "SyncHeld"
    status = here.engine.status()
    assert (status.mode, status.unknown, status.waiting) == (SyncMode.HELD, True, 1)
    assert "administrator" in status.reason
    here.sit_down("admin")
    here.engine.sync_now()
    assert here.engine.status().mode is SyncMode.ONLINE
    assert clinic.rows(text(f"SELECT enrolled_by FROM desktop.workstation WHERE id = '{here.name}'")) == [("u-admin",)]
    here.sit_down("desk")
    assert here.engine.sync_now().applied == 1
    assert not here.engine.status().unknown
    assert differences(here) == []


def test_a_disabled_account_enrols_nothing_and_is_told_what_it_is(clinic: Desk, station: Enter) -> None:
    here = station()
    with here.remote.connect() as raw:
        raw.autocommit = True
        clinic.write(text("UPDATE desktop.login SET disabled_at = now() WHERE user_id = 'u-desk'"))
        with pytest.raises(psycopg.Error):
            call(here.local, ServerFeed(raw, here.actor.roles), here.engine.desk, admin=True)
    assert clinic.rows(text(f"SELECT enrolled_by FROM desktop.workstation WHERE id = '{here.name}'")) == [("u-admin",)]
