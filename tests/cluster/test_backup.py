"""Backup and restore of a real embedded database."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from app.cluster import archive, backup, fingerprint
from app.cluster.access import admin_connection
from app.cluster.postmaster import running
from app.cluster.server import ClusterInfo, EmbeddedServer
from app.kernel.errors import AppError, Refused
from tests.cluster.conftest import Make

PASS = "three plain words"
PERSON = "mha_u_0123456789abcdef0123456789abcdef01234567"
LATER = "mha_u_ffffffffffffffffffffffffffffffffffffffff"


def fill(info: ClusterInfo) -> None:
    """A small clinic: tables with every awkward type, row security, a person who signs in with a password."""
    with psycopg.connect(info.owner_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE mha_staff NOLOGIN")
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'first word' IN ROLE mha_staff").format(sql.Identifier(PERSON))
        )
        connection.execute(sql.SQL("ALTER ROLE {} SET statement_timeout = '61s'").format(sql.Identifier(PERSON)))
        connection.execute(
            sql.SQL("COMMENT ON ROLE {} IS 'MyHealthAlly login of database 1'").format(sql.Identifier(PERSON))
        )
        connection.execute("REVOKE ALL ON DATABASE clinic FROM PUBLIC")
        connection.execute("GRANT CONNECT ON DATABASE clinic TO mha_staff")
        connection.execute("CREATE TYPE mood AS ENUM ('calm', 'busy')")
        connection.execute(
            "CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text, mood mood, tags text[],"
            " body jsonb, at timestamp(3), seen xid8 DEFAULT pg_current_xact_id(), during tsrange, data bytea)"
        )
        connection.execute(
            "INSERT INTO note (text, mood, tags, body, at, during, data) SELECT 'Zebedee ' || n, 'busy', ARRAY['a,b', "
            """'"', NULL], '{"n": 1.50}', '2026-03-08 02:30', '[2026-01-01,2026-01-02)', '\\x00ff' """
            "FROM generate_series(1, 2000) n"
        )
        connection.execute("ALTER TABLE note ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        connection.execute("CREATE POLICY first_five ON note USING (id <= 5)")
        connection.execute("GRANT SELECT ON note TO mha_staff")
        connection.execute("CREATE TABLE empty (n int)")


def as_person(info: ClusterInfo, password: str = "first word") -> int:
    with psycopg.connect(info.url(PERSON, password)) as connection:
        return int(connection.execute("SELECT count(*) FROM note").fetchall()[0][0])


def databases(server: EmbeddedServer) -> set[str]:
    layout, _, postmaster = server.require()
    with admin_connection(layout, postmaster) as connection:
        return {str(row[0]) for row in connection.execute("SELECT datname FROM pg_database").fetchall()}


def test_a_round_trip_brings_back_data_rights_and_people(make: Make, folder: Path) -> None:
    server = make()
    info = server.start()
    fill(info)
    steps: list[str] = []
    report = backup.backup(server, folder / "b.mha", PASS, steps.append)
    assert (report["tables"], report["rows"]) == (2, 2000)
    assert steps == ["Reading the database", "Writing the backup", "Checking the backup by restoring it"]
    assert stat.S_IMODE((folder / "b.mha").stat().st_mode) == 0o600
    assert (folder / "b.mha").stat().st_size == report["bytes"]
    with psycopg.connect(info.owner_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE note DISABLE ROW LEVEL SECURITY")
        connection.execute("DELETE FROM note")
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD 'later word' NOLOGIN").format(sql.Identifier(PERSON)))
        connection.execute(sql.SQL("ALTER ROLE {} RESET ALL").format(sql.Identifier(PERSON)))
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN IN ROLE mha_staff").format(sql.Identifier(LATER)))
    restored = backup.restore(server, folder / "b.mha", PASS)
    assert (restored["tables"], restored["rows"]) == (2, 2000)
    assert as_person(server.start()) == 5, "row security and its policy are back"
    with psycopg.connect(info.url(PERSON, "first word")) as connection:
        assert connection.execute("SHOW statement_timeout").fetchall() == [("61s",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TEMP TABLE t (n int)")
    layout, _, postmaster = server.require()
    with admin_connection(layout, postmaster, "clinic") as connection:
        rows = connection.execute("SELECT text, tags, body::text, data FROM note ORDER BY id LIMIT 1").fetchall()
        assert rows == [("Zebedee 1", ["a,b", '"', None], '{"n": 1.50}', b"\x00\xff")]
        mark = "SELECT shobj_description(r.oid, 'pg_authid'), d.oid FROM pg_roles r, pg_database d"
        ((text, oid),) = connection.execute(f"{mark} WHERE rolname = %s AND datname = 'clinic'", [PERSON]).fetchall()
        assert text == f"MyHealthAlly login of database {oid}"
        stranger = connection.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [LATER]).fetchall()
        assert stranger == [(False,)], "an account made after the backup doesn't exist any more"
        serial = connection.execute("INSERT INTO note (text) VALUES ('next') RETURNING id").fetchall()
        assert serial == [(2001,)]


def test_a_backup_moves_a_clinic_to_another_computer(make: Make, folder: Path) -> None:
    fill(make("a").start())
    backup.backup(make("a"), folder / "b.mha", PASS)
    new = make("b", fresh=True)
    backup.restore(new, folder / "b.mha", PASS)
    info = new.start()
    assert as_person(info) == 5
    with psycopg.connect(info.owner_url) as connection:
        assert connection.execute("SELECT current_user").fetchall() == [("clinic_owner",)]


def test_restoring_disconnects_people_and_keeps_what_was_replaced(make: Make, folder: Path) -> None:
    server = make()
    info = server.start()
    fill(info)
    backup.backup(server, folder / "b.mha", PASS)
    with psycopg.connect(info.owner_url) as connection:
        backup.restore(server, folder / "b.mha", PASS)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert databases(server) == {"clinic", backup.REPLACED, "postgres", "template0", "template1"}
    with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
        psycopg.connect(info.owner_url.replace("/clinic?", f"/{backup.REPLACED}?"))
    backup.restore(server, folder / "b.mha", PASS)
    assert len(databases(server)) == 5


def refused(server: EmbeddedServer, file: Path, passphrase: str = PASS) -> AppError:
    with pytest.raises(AppError) as caught:
        backup.restore(server, file, passphrase)
    return caught.value


def test_a_bad_file_changes_nothing(make: Make, folder: Path) -> None:
    server = make()
    info = server.start()
    fill(info)
    file = folder / "b.mha"
    backup.backup(server, file, PASS)
    before = databases(server)
    good = file.read_bytes()
    assert refused(server, file, "three other words").code == "WrongPassphrase"
    for place in (len(good) // 2, len(good) - 1):
        file.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        assert refused(server, file).code == "BackupDamaged"
    file.write_bytes(good[:-100])
    assert refused(server, file).code == "BackupDamaged"
    file.write_bytes(b"something else")
    assert refused(server, file).code == "NotABackup"
    assert refused(server, folder / "nowhere.mha").code == "BadFile"
    assert databases(server) == before
    assert as_person(info) == 5


def test_a_backup_that_does_not_restore_is_not_kept(make: Make, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = make()
    fill(server.start())
    file = folder / "b.mha"
    file.write_bytes(b"yesterday's")
    true = fingerprint.take_fingerprint

    def lie(connection: psycopg.Connection[object]) -> fingerprint.Fingerprint:
        found = true(connection)
        if connection.info.dbname == "clinic":
            found.tables["public.note"] = (1999, found.tables["public.note"][1])
        return found

    monkeypatch.setattr(backup, "take_fingerprint", lie)
    with pytest.raises(Refused) as caught:
        backup.backup(server, file, PASS)
    assert (caught.value.code, caught.value.data["tables"]) == ("BackupDiffers", ["public.note"])
    assert file.read_bytes() == b"yesterday's", "the older backup stays"
    assert not list(folder.glob("*.part"))
    assert databases(server) == {"clinic", "postgres", "template0", "template1"}


def test_the_database_is_backed_up_as_of_one_moment(make: Make, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = make()
    info = server.start()
    fill(info)
    true = fingerprint.take_fingerprint

    def meanwhile(connection: psycopg.Connection[object]) -> fingerprint.Fingerprint:
        found = true(connection)
        if connection.info.dbname == "clinic":
            with psycopg.connect(info.owner_url) as other:
                other.execute("INSERT INTO empty VALUES (1)")
        return found

    monkeypatch.setattr(backup, "take_fingerprint", meanwhile)
    report = backup.backup(server, folder / "b.mha", PASS)
    assert report["rows"] == 2000, "the row that came meanwhile is in the next backup"


def test_cancelling_leaves_nothing_behind(make: Make, folder: Path) -> None:
    server = make()
    fill(server.start())

    class Cancelled(Exception):
        pass

    def cancel(step: str) -> None:
        if step.startswith("Checking"):
            raise Cancelled

    with pytest.raises(Cancelled):
        backup.backup(server, folder / "b.mha", PASS, cancel)
    assert not list(folder.glob("b.mha*"))


def test_places_that_cannot_be_written_are_named(make: Make, folder: Path) -> None:
    server = make()
    server.start()
    with pytest.raises(Refused) as caught:
        backup.backup(server, folder / "no" / "such" / "b.mha", PASS)
    assert (caught.value.code, caught.value.field) == ("BadFile", "file")
    with pytest.raises(Refused) as caught:
        backup.backup(server, folder / "b.mha", "short")
    assert caught.value.code == "WeakPassphrase"
    assert not list(folder.glob("b.mha*"))


def test_a_backup_restores_over_a_damaged_database(make: Make, folder: Path) -> None:
    server = make()
    info = server.start()
    fill(info)
    backup.backup(server, folder / "b.mha", PASS)
    server.stop()
    (info.data / "global" / "pg_control").write_bytes(b"\0" * 8192)
    with pytest.raises(AppError):
        server.start()
    backup.restore(server, folder / "b.mha", PASS)
    assert as_person(server.start()) == 5
    assert list(info.data.parent.glob("data-set-aside-*/PG_VERSION")), "nothing is ever deleted"


def test_a_newer_backup_is_refused(make: Make, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = make()
    server.start()
    monkeypatch.setattr(archive, "FORMAT", 2)
    backup.backup(server, folder / "b.mha", PASS)
    monkeypatch.setattr(archive, "FORMAT", 1)
    assert refused(server, folder / "b.mha").code == "BackupTooNew"


def test_no_password_is_in_the_arguments_of_the_dump(make: Make, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    server = make()
    server.start()

    class Spy(subprocess.Popen[bytes]):
        def __init__(self, command: list[str], **options: Any) -> None:
            seen.append(" ".join(command))
            super().__init__(command, **options)

    monkeypatch.setattr(subprocess, "Popen", Spy)
    backup.backup(server, folder / "b.mha", PASS)
    secret = (server.home / "superuser.password").read_text(encoding="utf-8")
    assert len(seen) == 2
    assert not [line for line in seen if secret in line or PASS in line]


if os.geteuid() == 0:  # only root can mount a small disk

    def test_the_backups_disk_is_full(make: Make, folder: Path) -> None:
        server = make()
        info = server.start()
        with psycopg.connect(info.owner_url) as connection:
            connection.execute(
                "CREATE TABLE big AS SELECT md5(n::text) || md5((-n)::text) AS t FROM generate_series(1, 60000) n"
            )
        disk = folder / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=True)
        try:
            with pytest.raises(AppError) as caught:
                backup.backup(server, disk / "b.mha", PASS)
            assert caught.value.code == "DiskFull"
            assert str(disk) in caught.value.message
            assert not list(disk.iterdir())
        finally:
            subprocess.run(["umount", "-l", str(disk)], check=True)
        assert shutil.disk_usage(folder).free
        assert running(info.data) is not None
