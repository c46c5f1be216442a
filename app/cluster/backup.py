"""Backups of an embedded database: encrypted, and proved by restoring them before they count."""

from __future__ import annotations

import errno
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from psycopg import Connection, sql

from app.cluster.access import admin_connection
from app.cluster.archive import Archive, Progress, Tools, new_file, write_archive
from app.cluster.fingerprint import Fingerprint, take_fingerprint
from app.cluster.initialise import DATABASE, OWNER
from app.cluster.layout import Layout
from app.cluster.locks import locked
from app.cluster.postmaster import Postmaster
from app.cluster.roles import ensure_roles, lock_strangers, read_roles, write_rights, write_roles
from app.cluster.server import EmbeddedServer
from app.kernel.errors import Refused, Unavailable
from app.kernel.i18n import t

_BEYOND_REPAIR = frozenset({"DataDamaged", "DataVersion", "DataMissing"})
REPLACED = "clinic_before_restore"
"""The database that a restore replaced; closed, kept until the next restore."""


def backup(server: EmbeddedServer, file: Path, passphrase: str, progress: Progress | None = None) -> dict[str, Any]:
    """Write an encrypted backup, restore it into a scratch database, and compare every table.

    The file appears under its name only when all is equal. ``progress`` gets a sentence at each step; an exception
    that it raises cancels. Returns ``file``, ``bytes``, ``tables``, ``rows``, ``seconds``. Raises Refused
    (WeakPassphrase, BadFile, BackupDiffers) and Unavailable (DiskFull, BackupFailed, ServerBusy …).
    """
    tell = progress or _silent
    started = monotonic()
    layout, _, running = server.require()
    tools = Tools(layout, running, server.programs())
    target = file.expanduser().absolute()
    with locked(layout.start_lock), _space(target), new_file(target) as (out, _scratch):
        with _snapshot(layout, running) as (connection, snapshot):
            tell(t("Reading the database"))
            print_ = take_fingerprint(connection)
            manifest = _manifest(connection, print_)
            tell(t("Writing the backup"))
            write_archive(out, passphrase, manifest, tools.dump(DATABASE, snapshot), tell)
        tell(t("Checking the backup by restoring it"))
        out.flush()
        size = out.tell()
        out.seek(0)
        with _scratch_database(layout, running) as (_, name):
            _load(Archive(out, passphrase), name, layout, running, tools)
    return {
        "file": str(target),
        "bytes": size,
        "tables": len(print_.tables),
        "rows": print_.rows,
        "seconds": round(monotonic() - started, 2),
    }


def restore(server: EmbeddedServer, file: Path, passphrase: str, progress: Progress | None = None) -> dict[str, Any]:
    """Put a backup in the place of the database, once it has been read whole and found equal to what was saved.

    Everybody is disconnected. Data too damaged to start is set aside, never deleted.
    Workstations notice the new incarnation and send again what it lacks. Returns
    ``tables``, ``rows``, ``made`` (when the backup was made) and ``seconds``. Raises Refused (BadFile, NotABackup,
    BackupTooNew, WrongPassphrase, BackupDamaged, BackupDiffers) and Unavailable; the old database is then untouched.
    """
    tell = progress or _silent
    started = monotonic()
    with _readable(file) as source:
        tell(t("Opening the backup"))
        archive = Archive(source, passphrase)
        _refuse_newer(archive.manifest, server.programs().major)
        layout, running = _usable(server)
        tools = Tools(layout, running, server.programs())
        with locked(layout.start_lock), _scratch_database(layout, running) as (connection, name):
            tell(t("Reading the backup"))
            ensure_roles(connection, archive.manifest["server"])
            print_ = _load(archive, name, layout, running, tools)
            tell(t("Putting the backup in place"))
            _begin_anew(layout, running, name)
            _swap(connection, name, archive.manifest["server"])
    return {
        "tables": len(print_.tables),
        "rows": print_.rows,
        "made": archive.manifest["made"],
        "seconds": round(monotonic() - started, 2),
    }


def _usable(server: EmbeddedServer) -> tuple[Layout, Postmaster]:
    """Return the running server; data that can't be used is set aside for a fresh one, since a backup replaces it."""
    try:
        layout, _, running = server.require()
    except Refused as error:
        if error.code not in _BEYOND_REPAIR:
            raise
        server.set_aside()
        layout, _, running = server.require()
    return layout, running


def _silent(_step: str) -> None:
    """Progress that nobody watches."""


def _manifest(connection: Connection[Any], print_: Fingerprint) -> dict[str, Any]:
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "serverVersion": connection.info.server_version,
        "fingerprint": print_.to_json(),
        "server": read_roles(connection),
    }


@contextmanager
def _snapshot(layout: Layout, running: Postmaster) -> Iterator[tuple[Connection[Any], str]]:
    """Open a transaction whose view of the database pg_dump can share: hashes and dump are of one moment."""
    with admin_connection(layout, running, DATABASE) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield connection, str(connection.execute("SELECT pg_export_snapshot()").fetchall()[0][0])
        connection.execute("COMMIT")


@contextmanager
def _scratch_database(layout: Layout, running: Postmaster) -> Iterator[tuple[Connection[Any], str]]:
    """Make an empty database of the owner's, and drop it unless it has been given another name meanwhile."""
    name = f"scratch_{secrets.token_hex(6)}"
    with admin_connection(layout, running) as connection:
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(OWNER)))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        try:
            yield connection, name
        finally:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _load(archive: Archive, name: str, layout: Layout, running: Postmaster, tools: Tools) -> Fingerprint:
    """Fill a scratch database and compare it with the manifest."""
    tools.load(name, archive.dump())
    with admin_connection(layout, running, name) as connection:
        found = take_fingerprint(connection)
    wanted = Fingerprint.from_json(archive.manifest["fingerprint"])
    different = found.differences(wanted)
    if different:
        raise Refused(
            "BackupDiffers",
            t("The restored copy isn't equal to what was saved: {names}", names=", ".join(different)),
            tables=different,
        )
    return found


def _begin_anew(layout: Layout, running: Postmaster, name: str) -> None:
    """Mark the restored database as a new incarnation, so that workstations take everything afresh."""
    with admin_connection(layout, running, name) as connection:
        known = connection.execute("SELECT to_regprocedure('desktop.adopt_restored()') IS NOT NULL").fetchall()
        if known == [(True,)]:
            connection.execute("UPDATE desktop.installation SET system_identifier = 'restored'")
            connection.execute("SELECT desktop.adopt_restored()")


def _swap(connection: Connection[Any], name: str, saved: dict[str, Any]) -> None:
    """Give the restored database its place in one transaction, with the roles and rights that belong to it."""
    old, kept, new = sql.Identifier(DATABASE), sql.Identifier(REPLACED), sql.Identifier(name)
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(kept))
    there = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchall()
    try:
        if there:
            connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(old))
            _disconnect(connection, DATABASE)
        with connection.transaction():
            if there:
                connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(old, kept))
            connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(new, old))
            write_roles(connection, saved, DATABASE)
            lock_strangers(connection, saved)
            write_rights(connection, saved, DATABASE)
    except BaseException:
        if there:
            connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(old))
        raise


def _disconnect(connection: Connection[Any], database: str) -> None:
    """End all sessions of a database and wait until they are gone."""
    connection.execute(
        "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE datname = %s", [database]
    )


def _refuse_newer(manifest: dict[str, Any], major: int) -> None:
    if int(manifest["serverVersion"]) // 10000 > major:
        raise Refused(
            "BackupTooNew",
            t("A newer version of this program made the backup. Update this computer."),
            field="file",
        )


@contextmanager
def _readable(file: Path) -> Iterator[Any]:
    try:
        source = file.expanduser().open("rb")
    except OSError as error:
        raise Refused(
            "BadFile", t("The file {path} can't be read: {reason}", path=file, reason=error.strerror), field="file"
        ) from error
    with source:
        yield source


@contextmanager
def _space(target: Path) -> Iterator[None]:
    """Name a full disk where the backup goes."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise Unavailable(
            "DiskFull", t("There isn't enough space for the backup in {path}.", path=target.parent), path=str(target)
        ) from error
