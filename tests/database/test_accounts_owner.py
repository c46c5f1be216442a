"""What the owner's connection must be able to do, and that the server computes roles as the client does."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.kernel.errors import Refused
from app.security.identity import login_role
from app.security.provision import check_owner
from app.setup.migrate import upgrade
from tests.database.conftest import Secured
from tests.support.postgres import Server


def test_the_owner_is_fit_and_an_unpatched_server_is_named(each_server: Server, each_empty_db: str) -> None:
    found = check_owner(each_server.owner_url(each_empty_db))
    assert found.server_version.startswith(each_server.version)
    assert all("row-level security" in warning for warning in found.warnings)


@pytest.fixture
def clerk(each_server: Server, each_empty_db: str) -> Iterator[str]:
    """An ordinary role that may log in."""
    with each_server.admin(each_empty_db) as superuser:
        superuser.execute("CREATE ROLE clerk LOGIN PASSWORD 'granite umbrella'")
        yield "clerk"
        superuser.execute("DROP OWNED BY clerk; DROP ROLE clerk")


def _refused(server: Server, database: str, user: str) -> Refused:
    with pytest.raises(Refused) as caught:
        check_owner(server.url(database, user, "granite umbrella"))
    return caught.value


def test_an_account_that_cannot_prepare_the_database_is_told_why(
    each_server: Server, each_empty_db: str, clerk: str
) -> None:
    refused = _refused(each_server, each_empty_db, clerk)
    assert (refused.code, refused.field) == ("NeedsCreateRole", "user")
    with each_server.admin() as superuser:
        superuser.execute("ALTER ROLE clerk CREATEROLE")
    assert _refused(each_server, each_empty_db, clerk).code == "NotOwner"
    with each_server.admin() as superuser:
        superuser.execute(f"GRANT CREATE ON DATABASE {each_empty_db} TO clerk".encode())
    assert len(check_owner(each_server.url(each_empty_db, clerk, "granite umbrella")).warnings) >= 1
    with psycopg.connect(each_server.owner_url(each_empty_db)) as owner:
        owner.execute("CREATE TABLE public.visits (id text PRIMARY KEY)")
    assert _refused(each_server, each_empty_db, clerk).code == "NotOwner"
    with each_server.admin(each_empty_db) as superuser:
        superuser.execute(f"REVOKE CREATE ON DATABASE {each_empty_db} FROM clerk".encode())


def test_a_role_of_the_backend_keeps_its_rights_and_its_way_in(
    each_server: Server, each_empty_db: str, clerk: str
) -> None:
    upgrade(each_server.owner_url(each_empty_db))
    with psycopg.connect(each_server.owner_url(each_empty_db)) as owner:
        owner.execute("GRANT SELECT ON public.clinics, public.users TO clerk")
        owner.execute("INSERT INTO public.clinics (id, name, updated_at) VALUES ('c', 'C', now())")
        owner.execute("UPDATE desktop.installation SET scripts_hash = 'old'")
    with pytest.raises(psycopg.OperationalError, match="CONNECT"):
        psycopg.connect(each_server.url(each_empty_db, clerk, "granite umbrella"))
    upgrade(each_server.owner_url(each_empty_db))
    with psycopg.connect(each_server.url(each_empty_db, clerk, "granite umbrella")) as reports:
        assert reports.execute("SELECT id FROM public.clinics").fetchall() == [("c",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reports.execute("SELECT * FROM desktop.login")


def test_a_group_of_the_same_name_that_can_do_more_is_not_used(each_server: Server, each_empty_db: str) -> None:
    upgrade(each_server.owner_url(each_empty_db))
    with each_server.admin() as superuser:
        superuser.execute("ALTER ROLE mha_staff LOGIN")
        try:
            with psycopg.connect(each_server.owner_url(each_empty_db)) as owner:
                owner.execute("UPDATE desktop.installation SET scripts_hash = 'old'")
            with pytest.raises(Refused, match="mha_staff can do more") as caught:
                upgrade(each_server.owner_url(each_empty_db))
            assert caught.value.code == "NotOwner"
        finally:
            superuser.execute("ALTER ROLE mha_staff NOLOGIN")


def test_an_owner_of_another_database_must_be_let_at_the_groups(each_server: Server, each_empty_db: str) -> None:
    upgrade(each_server.owner_url(each_empty_db))
    with each_server.admin() as superuser:
        superuser.execute("CREATE ROLE neighbour LOGIN CREATEROLE PASSWORD 'granite umbrella'")
        superuser.execute("CREATE DATABASE next_door OWNER neighbour TEMPLATE template0")
        url = each_server.url("next_door", "neighbour", "granite umbrella")
        try:
            if each_server.version != "15":  # there CREATEROLE is enough to hand out any role
                with pytest.raises(Refused, match="WITH ADMIN OPTION"):
                    upgrade(url)
                groups = "mha_staff, mha_assistant, mha_provider, mha_admin, mha_roleadmin"
                superuser.execute(f"GRANT {groups} TO neighbour WITH ADMIN OPTION".encode())
            assert upgrade(url).current
        finally:
            superuser.execute("DROP DATABASE next_door WITH (FORCE)")
            superuser.execute("DROP OWNED BY neighbour")
            superuser.execute("DROP ROLE neighbour")


_ADDRESSES = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs", "Cn", "Co"]), max_size=40)


@pytest.fixture(scope="module")
def owner(secured: Secured) -> Iterator[psycopg.Connection]:
    server, database, _ = secured
    with psycopg.connect(server.owner_url(database), autocommit=True) as connection:
        yield connection


@given(address=_ADDRESSES)
@example("vera@clinic.example")
@example("\v\f both ends\x0b")
@example("ÉCLAIR@x.example")
@settings(max_examples=300, deadline=None)
def test_client_and_server_name_the_same_role(owner: psycopg.Connection, address: str) -> None:
    row = owner.execute("SELECT desktop.login_role(%s)::text", (address,)).fetchone()
    assert row == (login_role(address),)
