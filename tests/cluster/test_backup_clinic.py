"""A backup of a whole clinic: its rules, its people and its history survive, and it is a new incarnation."""

from __future__ import annotations

from pathlib import Path

import psycopg

from app.cluster.backup import backup, restore
from app.cluster.server import ClusterInfo
from app.security.provision import as_owner, make_account, make_clinic
from app.setup.migrate import upgrade
from app.setup.schema_status import status
from tests.cluster.conftest import Make
from tests.support.clinics import PASSWORD, staff

PASS = "three plain words"
ADMIN = staff("ADMIN")


def set_up(info: ClusterInfo) -> None:
    upgrade(info.owner_url)
    with as_owner(info.owner_url) as connection:
        make_clinic(connection, ADMIN.clinic_id, "Clinic 1", "Europe/Madrid")
        make_account(
            connection,
            clinic_id=ADMIN.clinic_id,
            user_id=ADMIN.user_id,
            email=ADMIN.email,
            name="An administrator",
            password=PASSWORD,
        )


def ask(info: ClusterInfo, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(info.url(ADMIN.login, PASSWORD)) as connection:
        return connection.execute(statement.encode()).fetchall()


def test_a_clinic_is_whole_after_a_restore(make: Make, folder: Path) -> None:
    server = make()
    info = server.start()
    set_up(info)
    with psycopg.connect(info.owner_url) as connection:
        epoch = connection.execute("SELECT epoch FROM desktop.installation").fetchall()
        audit = connection.execute("SELECT seq, who, table_name, after FROM desktop.audit ORDER BY seq").fetchall()
    backup(server, folder / "b.mha", PASS)
    ask(info, "UPDATE public.clinics SET name = 'Renamed' RETURNING name")
    restore(server, folder / "b.mha", PASS)
    info = server.start()
    assert ask(info, "SELECT name FROM public.clinics") == [("Clinic 1",)]
    assert ask(info, "SELECT desktop.my_clinic(), desktop.has_role('ADMIN')") == [("clinic-1", True)]
    assert status(info.owner_url).current
    with psycopg.connect(info.owner_url) as connection:
        assert connection.execute("SELECT epoch FROM desktop.installation").fetchall() != epoch
        rows = connection.execute("SELECT seq, who, table_name, after FROM desktop.audit ORDER BY seq").fetchall()
        assert rows[: len(audit)] == audit, "the history is kept, the restore itself is added to it"
        assert connection.execute("SELECT * FROM desktop.feed_check()").fetchall() == []
        assert connection.execute("SELECT desktop.role_state(rolname::name) FROM desktop.login").fetchall() == [
            ("ours",)
        ]
        mine = "SELECT system_identifier = (SELECT system_identifier::text FROM pg_control_system())"
        assert connection.execute(f"{mine} FROM desktop.installation").fetchall() == [(True,)]


def test_a_clinic_moves_to_another_computer(make: Make, folder: Path) -> None:
    set_up(make("a").start())
    backup(make("a"), folder / "b.mha", PASS)
    new = make("b", fresh=True)
    restore(new, folder / "b.mha", PASS)
    info = new.start()
    assert ask(info, "SELECT name FROM public.clinics") == [("Clinic 1",)]
    assert upgrade(info.owner_url).current
    ask(info, "SELECT desktop.set_staff_roles(desktop.my_user(), ARRAY['ADMIN', 'PROVIDER'])")
    assert ask(info, "SELECT desktop.my_roles()") == [(["ADMIN", "PROVIDER"],)]
