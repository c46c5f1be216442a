"""Makes a new data folder: everything happens in a scratch folder that gets its real name when it is complete."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from app.cluster.account import Account
from app.cluster.binaries import Binaries
from app.cluster.layout import Layout, Record, write_private
from app.cluster.problems import classify, data_missing, from_os_error, last_words, problem, wrong_version

SUPERUSER = "postgres"
OWNER = "clinic_owner"
DATABASE = "clinic"

# Statements, parameters and details may hold what people typed: only starts, stops and crashes are logged.
SETTINGS = """
# Written by MyHealthAlly. Address and port come from the command line. After a crash the supervisor starts the
# server again: on a full disk PostgreSQL itself would try a hundred times a second.
max_connections = 100
shared_buffers = 128MB
max_wal_size = 512MB
min_wal_size = 48MB
wal_level = minimal
max_wal_senders = 0
fsync = on
synchronous_commit = on
jit = off
restart_after_crash = off
io_method = sync
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
password_encryption = 'scram-sha-256'
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_statement = none
log_min_duration_statement = -1
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_checkpoints = off
log_autovacuum_min_duration = -1
log_line_prefix = '%m [%p] '
unix_socket_permissions = 0700
"""

_BOOTSTRAP = """
CREATE ROLE {owner} LOGIN CREATEROLE PASSWORD '{password}';
CREATE DATABASE {database} OWNER {owner};
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
REVOKE ALL ON DATABASE template1 FROM PUBLIC;
"""


def server_environment() -> dict[str, str]:
    """Return the environment of PostgreSQL's own programs: none of the person's, so no password and no PG* setting."""
    if sys.platform == "win32":
        import os  # noqa: PLC0415  Windows only

        return {name: os.environ[name] for name in ("SYSTEMROOT", "PATH", "TEMP") if name in os.environ}
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def ensure_initialised(layout: Layout, binaries: Binaries, account: Account) -> Layout:
    """Make the data folder if there is none; refuse one of another version or one that has gone."""
    expected = binaries.major
    version = layout.data / "PG_VERSION"
    if version.is_file():
        found = version.read_text(encoding="ascii").strip()
        if found != str(expected):
            raise wrong_version(layout.data, found, expected)
        return layout if layout.record.initialised else layout.save(Record(layout.record.id, layout.record.base, True))
    if layout.data.exists() or layout.record.initialised:
        raise data_missing(layout.data)
    try:
        return _initialise(layout, binaries, account)
    except OSError as error:
        raise from_os_error(error, layout.base) from error


def _initialise(layout: Layout, binaries: Binaries, account: Account) -> Layout:
    for leftover in layout.base.glob("new-*"):  # of an attempt that was killed
        shutil.rmtree(leftover)
    superuser, owner = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    write_private(layout.superuser_password, superuser)
    write_private(layout.owner_password, owner)
    scratch = layout.base / f"new-{secrets.token_hex(4)}"
    scratch.mkdir(mode=0o700)
    account.own(scratch)
    try:
        data = scratch / "data"
        _initdb(data, scratch, superuser, binaries, account)
        with (data / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(SETTINGS)
        bootstrap = _BOOTSTRAP.format(owner=OWNER, database=DATABASE, password=owner)
        _run([binaries.program("postgres"), "--single", "-D", str(data), "postgres"], scratch, account, bootstrap)
        _run([binaries.program("initdb"), "--sync-only", "-D", str(data)], scratch, account)
        data.rename(layout.data)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return layout.save(Record(layout.record.id, layout.record.base, initialised=True))


def _initdb(data: Path, scratch: Path, password: str, binaries: Binaries, account: Account) -> None:
    word = scratch / "word"
    write_private(word, password)
    account.own(word)
    command = [binaries.program("initdb"), "-D", str(data), "-U", SUPERUSER, "--pwfile", str(word)]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums", "--no-sync", "--no-instructions"]
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run(command, scratch, account)
    word.unlink()


def _run(command: list[str], scratch: Path, account: Account, text: str = "") -> None:
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=300,
        cwd=scratch,
        env=server_environment(),
        **account.popen_options(),
    )
    output = done.stderr + done.stdout
    if done.returncode != 0 or "ERROR:" in output or "FATAL:" in output:
        raise problem(classify(output), scratch.parent, last_words(output))
