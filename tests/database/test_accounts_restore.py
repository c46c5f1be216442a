"""What the owner does for accounts: setting up again, forgotten passwords, restored databases, several databases."""

from __future__ import annotations

import psycopg
import pytest

from app.domain.enums import Role
from app.kernel.errors import Refused
from app.security.identity import login_role
from app.security.provision import as_owner, make_account, make_clinic, reset_password, restore_roles
from app.setup.migrate import upgrade
from tests.support.postgres import Server
from tests.support.town import OTHER, WORDS, Town, refusal


def test_setting_up_again_changes_nothing(town: Town) -> None:
    with as_owner(town.server.owner_url(town.database)) as connection:
        assert make_clinic(connection, "one", "Another name", "UTC") is False
        again = make_account(
            connection, clinic_id="one", user_id="new", email="boss@one.example", name="Other", password=OTHER
        )
    assert (again.user_id, again.made) == ("boss-one", False)
    town.connect("boss@one.example", WORDS).close()
    assert town.owner("SELECT name FROM clinics WHERE id = 'one'") == [("Clinic one",)]
    with as_owner(town.server.owner_url(town.database)) as connection, pytest.raises(Refused) as caught:
        make_clinic(connection, "three", None, "UTC")
    assert (caught.value.code, caught.value.field) == ("NoClinic", "clinicId")


def test_the_owner_helps_an_administrator_who_forgot(town: Town) -> None:
    with as_owner(town.server.owner_url(town.database)) as connection:
        assert reset_password(connection, email="Boss@one.example", password=OTHER) == "boss-one"
    town.connect("boss@one.example", OTHER).close()


def test_a_login_belongs_to_one_database(town: Town) -> None:
    """Whoever could reset the password of a role in one clinic's database would enter the other's with it."""
    town.hire("robin@one.example")
    other = town.server.create("elsewhere")
    try:
        _upgrade_with_admin(town.server, other)
        neighbour = Town(town.server, other)
        refused = refusal(lambda: neighbour.hire("robin@one.example", by="chief@three.example"))
        assert (refused.code, refused.field) == ("LoginElsewhere", "email")
        town.connect("robin@one.example", WORDS).close()
        with pytest.raises(psycopg.Error):
            _count_clinics(neighbour)
        for database in neighbour.opened:
            database.close()
    finally:
        town.server.drop(other)
    assert town.server.logins()
    user_id = town.hire("chief@three.example")
    town.accounts().set_password(user_id, OTHER)
    town.connect("chief@three.example", OTHER).close()


def _upgrade_with_admin(server: Server, database: str) -> None:
    upgrade(server.owner_url(database))
    with as_owner(server.owner_url(database)) as connection:
        make_clinic(connection, "three", "Clinic three", "UTC")
        make_account(
            connection, clinic_id="three", user_id="chief", email="chief@three.example", name="Chief", password=WORDS
        )


def test_preparing_a_restored_database_lets_its_administrator_in(town: Town) -> None:
    boss = login_role("boss@one.example")
    with town.server.admin() as superuser:
        superuser.execute(f"DROP ROLE {boss}".encode())
    with as_owner(town.server.owner_url(town.database)) as connection:
        again = make_account(
            connection, clinic_id="one", user_id="new", email="boss@one.example", name="Boss", password=OTHER
        )
    assert (again.user_id, again.made) == ("boss-one", True)
    town.connect("boss@one.example", OTHER).close()


def _count_clinics(neighbour: Town) -> None:
    """A role of another database may connect (it is staff of this server) and sees nothing."""
    with neighbour.connect("robin@one.example") as connection:
        assert connection.execute("SELECT count(*) FROM public.clinics").fetchone() == (0,)
        connection.execute("SELECT desktop.create_staff('x', 'x@x.example', 'x', '{ADMIN}', 'v', 'b')")


def test_after_a_restore_the_roles_come_back(town: Town) -> None:
    town.hire("robin@one.example", Role.PROVIDER)
    gone = login_role("robin@one.example")
    with town.server.admin() as superuser:
        superuser.execute(f"DROP ROLE {gone}".encode())
        superuser.execute(
            f"COMMENT ON ROLE {login_role('boss@one.example')} IS 'MyHealthAlly login of database 4000000000'".encode()
        )
    with as_owner(town.server.owner_url(town.database)) as connection:
        found = restore_roles(connection)
        assert found == {"robin@one.example": "missing", "boss@one.example": "orphan", "boss@two.example": "ours"}
        reset_password(connection, email="robin@one.example", password=OTHER)
        assert set(restore_roles(connection).values()) == {"ours"}
    town.connect("boss@one.example", WORDS).close()
    with town.connect("robin@one.example", OTHER) as connection:
        assert connection.execute("SELECT desktop.my_roles()").fetchone() == (["PROVIDER"],)
        assert connection.execute("SELECT has_table_privilege('public.referrals', 'INSERT')").fetchone() == (True,)
