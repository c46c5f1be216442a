"""A colleague's e-mail is corrected: a workstation's store follows, though the account's key there is its login."""

from __future__ import annotations

from collections.abc import Callable

from psycopg import sql
from sqlalchemy import select

from app.db.models import Login
from app.security.identity import login_role
from tests.support.desk import Desk, login_of
from tests.support.postgres import Server
from tests.support.station import Station, differences
from tests.sync.test_adopted_message import as_admin

Enter = Callable[..., Station]
NEW = "corrected@quay.example"


def test_the_store_has_the_account_once_under_its_new_login(
    server: Server, clinic: Desk, clinic_name: str, station: Enter
) -> None:
    here = station()
    before = login_of("desk2").login
    as_admin(server, clinic_name, f"SELECT desktop.edit_staff('u-desk2', '{NEW}', 'Alicia Corrected')")
    try:
        here.engine.sync_now()
        mine = select(Login.rolname, Login.email, Login.display_name).where(Login.user_id == "u-desk2")
        with here.local.reading() as session:
            assert [tuple(row) for row in session.execute(mine)] == [(login_role(NEW), NEW, "Alicia Corrected")]
        assert differences(here) == []
    finally:
        with server.admin() as superuser:
            new, old = sql.Identifier(login_role(NEW)), sql.Identifier(before)
            superuser.execute(sql.SQL("ALTER ROLE {} RENAME TO {}").format(new, old))
