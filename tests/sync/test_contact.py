"""A server that was put back to before a workstation's enrolment: it says why nothing is sent, and how that ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from app.commands.patients import FlagPatient
from app.kernel.errors import Refused
from app.sync.contact import call
from app.sync.feed import Row, ServerFeed
from app.sync.model import SyncMode
from tests.support.clinics import PASSWORD
from tests.support.desk import Desk, login_of
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


@pytest.mark.parametrize("enrolled", [True, False], ids=["enrolled", "not enrolled"])
def test_a_workstation_that_was_taken_out_of_service_stays_so_whoever_signs_in(
    clinic: Desk, station: Enter, *, enrolled: bool
) -> None:
    here = station()
    here.cut()
    here.run(FlagPatient(patient_id="pat-lis", add=("VIP",)))
    as_admin(here, "SELECT desktop.revoke_workstation(%s)", here.name)
    if not enrolled:
        clinic.write(text(BEFORE["not enrolled"].format(id=here.name)))
    for person in ("admin", "desk", "admin"):
        here.sit_down(person)
        with pytest.raises(Refused) as caught:
            here.engine.sync_now()
        status = here.engine.status()
        assert (caught.value.code, status.revoked, status.unknown) == ("SyncHeld", True, False)
    (row,) = clinic.rows(text(f"SELECT revoked_at FROM desktop.workstation WHERE id = '{here.name}'"))
    assert row.revoked_at is not None
    assert clinic.rows(text("SELECT 1 FROM desktop.applied_command")) == []


class Overtaken(ServerFeed):
    """Somebody takes the workstation out of service just before it would be enrolled again."""

    before: Callable[[], None] = staticmethod(lambda: None)

    def ask(self, statement: Any, values: Any = None, seconds: float | None = None) -> list[Row]:
        if "enrol_workstation" in str(statement):
            self.before()
        return super().ask(statement, values, seconds)


def test_a_revocation_that_comes_between_is_not_undone(clinic: Desk, station: Enter) -> None:
    here = station(person="admin")
    clinic.write(text(BEFORE["not enrolled"].format(id=here.name)))
    with here.remote.connect() as raw:
        feed = Overtaken(raw, here.actor.roles)
        feed.before = lambda: as_admin(here, "SELECT desktop.revoke_workstation(%s)", here.name)
        with pytest.raises(psycopg.errors.SerializationFailure):
            call(here.local, feed, here.engine.desk, admin=True)
        feed.before = lambda: None
        assert call(here.local, feed, here.engine.desk, admin=True).revoked
    (row,) = clinic.rows(text(f"SELECT revoked_at, enrolled_at FROM desktop.workstation WHERE id = '{here.name}'"))
    assert row.revoked_at is not None
    assert row.enrolled_at is None


def as_admin(here: Station, statement: str, *values: str) -> None:
    """Run a statement as an administrator at another desk."""
    url = here.server.url(here.database, login_of("admin").login, PASSWORD)
    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute(statement.encode(), values)


def test_a_disabled_account_enrols_nothing_and_is_told_what_it_is(clinic: Desk, station: Enter) -> None:
    here = station()
    with here.remote.connect() as raw:
        raw.autocommit = True
        clinic.write(text("UPDATE desktop.login SET disabled_at = now() WHERE user_id = 'u-desk'"))
        with pytest.raises(psycopg.Error):
            call(here.local, ServerFeed(raw, here.actor.roles), here.engine.desk, admin=True)
    assert clinic.rows(text(f"SELECT enrolled_by FROM desktop.workstation WHERE id = '{here.name}'")) == [("u-admin",)]
