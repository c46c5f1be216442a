"""Enrolled workstations: who enrols and revokes, contacts that count, copies of a store that show."""

from __future__ import annotations

from functools import partial

import pytest

from tests.database.offline.helpers import WORKSTATION, contact, enrol
from tests.database.triggers.base import Base, error_of, one, race

ENROL = "SELECT generation FROM desktop.enrol_workstation('desk-2', 'Desk 2')"


def log_size(base: Base) -> tuple[int, int]:
    row = one(
        base.owner(),
        "SELECT (SELECT count(*) FROM desktop.audit WHERE table_name = 'workstation'),"
        " (SELECT count(*) FROM desktop.change WHERE table_name = 'workstation')",
    )
    return row[0], row[1]


@pytest.mark.parametrize("role", ["MEDICAL_ASSISTANT", "PROVIDER"])
def test_only_an_administrator_enrols(base: Base, role: str) -> None:
    assert error_of(partial(base.staff(role).execute, ENROL))[0] == "42501"
    assert one(base.staff("ADMIN"), ENROL) == (0,)
    row = one(base.owner(), "SELECT enrolled_by, enrolled_at = desktop.db_now(), revoked_at FROM desktop.workstation")
    assert (row[0], row[2]) == ("user-admin-clinic-1", None)


def test_another_clinics_workstation_is_nobodys_here(base: Base) -> None:
    enrol(base)
    stranger = base.staff("ADMIN", 2)
    assert error_of(partial(stranger.execute, ENROL)) == ("MH003", "NotAllowed")
    assert error_of(partial(contact, stranger, 1)) == ("MH003", "NotAllowed")
    for call in ("revoke_workstation", "release_leases", "return_leases", "lease_slots"):
        statement = b"SELECT desktop.%s('desk-2')" % call.encode()
        assert error_of(partial(stranger.execute, statement)) == ("MH003", "NotAllowed"), call


def test_a_contact_tells_what_the_handshake_needs(base: Base) -> None:
    enrol(base)
    row = one(
        base.staff(),
        "SELECT c.server_now = desktop.db_now(), c.schema_version = i.schema_version, c.min_client = i.min_client,"
        " c.epoch = i.epoch, c.system_identifier = i.system_identifier, c.pruned_before = i.pruned_before"
        " FROM desktop.workstation_contact('desk-2', 1) c, desktop.installation i",
    )
    assert row == (True,) * 6


def test_contacts_are_counted_and_an_old_copy_shows(base: Base) -> None:
    desk = base.staff()
    start = enrol(base)
    assert contact(desk, start + 1) == (False, False)
    assert contact(desk, start + 1) == (False, False)  # the answer was lost: it asks again with the same number
    assert contact(desk, start + 5) == (False, False)
    assert contact(desk, start + 4) == (False, True)
    assert one(base.owner(), "SELECT generation, old_copy_at IS NOT NULL FROM desktop.workstation") == (5, True)
    assert contact(desk, start + 6) == (False, False)  # the true one goes on
    assert error_of(partial(contact, desk, -1))[0] == "22023"
    assert error_of(partial(contact, desk, 5_000_000))[0] == "22023"  # nobody makes the true one look old for ever


def test_a_contact_is_neither_audited_nor_mirrored_but_an_old_copy_is(base: Base) -> None:
    desk = base.staff()
    enrol(base)
    before = log_size(base)
    contact(desk, 3)
    assert log_size(base) == before
    contact(desk, 2)
    assert log_size(base) == (before[0] + 1, before[1] + 1)


def test_two_copies_at_once_keep_the_greater_count(base: Base) -> None:
    enrol(base)
    answers = race([partial(contact, base.staff(), 7), partial(contact, base.staff(), 9)])
    assert (False, False) in answers
    assert one(base.owner(), "SELECT generation FROM desktop.workstation") == (9,)


def test_who_was_never_enrolled_is_told_so(base: Base) -> None:
    desk = base.staff()
    desk.execute("SELECT desktop.touch_workstation('desk-2', 'Desk 2')")
    assert error_of(partial(contact, desk, 1)) == ("MH003", "NotEnrolled")


def test_a_revoked_workstation_hears_it_and_nothing_of_it_is_accepted(base: Base) -> None:
    desk, admin = base.staff(), base.staff("ADMIN")
    enrol(base)
    contact(desk, 8)
    admin.execute("SELECT desktop.revoke_workstation('desk-2')")
    assert contact(desk, 9) == (True, False)
    begun = partial(desk.execute, "SELECT desktop.begin_command('c1', 'CheckIn', 'desk-2', '2031-05-05 09:00')")
    assert error_of(begun) == ("MH003", "WorkstationRevoked")
    assert error_of(partial(desk.execute, "SELECT desktop.lease_slots('desk-2')")) == ("MH003", "WorkstationRevoked")
    row = one(base.owner(), "SELECT revoked_by, generation FROM desktop.workstation")
    assert row == ("user-admin-clinic-1", 8)


def test_a_workstation_enrolled_anew_leaves_its_old_store_behind(base: Base) -> None:
    desk = base.staff()
    enrol(base)
    contact(desk, 8)
    base.staff("ADMIN").execute("SELECT desktop.revoke_workstation('desk-2')")
    again = enrol(base)
    assert contact(desk, 9) == (False, True)
    assert contact(desk, again + 1) == (False, False)


def test_nobody_enrols_or_revokes_in_plain_sql(base: Base) -> None:
    admin = base.staff("ADMIN")
    enrol(base)
    for column in ("enrolled_at", "generation", "revoked_at", "old_copy_at"):
        statement = b"UPDATE desktop.workstation SET %s = NULL" % column.encode()
        assert error_of(partial(admin.execute, statement))[0] == "42501", column


def test_a_name_that_an_administrator_gave_stays(base: Base) -> None:
    enrol(base)
    base.staff("ADMIN").execute("UPDATE desktop.workstation SET name = 'Reception', renamed_at = now()")
    base.staff().execute("SELECT desktop.touch_workstation(%s, 'PC-0417')", (WORKSTATION,))
    assert one(base.owner(), "SELECT name FROM desktop.workstation") == ("Reception",)
    enrol(base, name="PC-0417")
    assert one(base.owner(), "SELECT name FROM desktop.workstation") == ("Reception",)
