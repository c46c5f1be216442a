"""After a fail-over the server that was taken over from comes back, writable as before: nobody writes to it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import text

from app.cluster.account import server_account
from app.commands.stores import ServerStore
from app.db.server import ServerDatabase
from app.kernel.errors import Unavailable
from tests.support.postgres import ADMIN, Server, binaries_of
from tests.support.waiting import eventually


@contextmanager
def standby_of(primary: Server, folder: Path) -> Iterator[Server]:
    """A copy of a running cluster, as a standby that nobody has promoted yet."""
    copy = Server(primary.version, folder, primary.password)
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    with primary.admin() as connection:
        connection.execute("SELECT pg_backup_start('copy', true)")
        subprocess.run(["cp", "-a", str(primary.data), str(copy.data)], check=True)
        row = connection.execute("SELECT labelfile FROM pg_backup_stop(false)").fetchone()
        assert row is not None
    shutil.rmtree(copy.data / "pg_wal")
    subprocess.run(["cp", "-a", str(primary.data / "pg_wal"), str(copy.data / "pg_wal")], check=True)
    (copy.data / "postmaster.pid").unlink()
    account = server_account()
    for name, content in {"backup_label": row[0], "standby.signal": ""}.items():
        (copy.data / name).write_text(content, encoding="utf-8")
        account.own(copy.data / name)
    with (copy.data / "postgresql.conf").open("a", encoding="utf-8") as settings:
        settings.write(f"\nunix_socket_directories = '{folder}'\n")
    account.own(folder)
    binaries = binaries_of(primary.version)
    if not account.reaches(binaries.folder):
        binaries = binaries.readable_copy(folder.parent / "programs-copy")
    process: subprocess.Popen[bytes] = subprocess.Popen(
        [binaries.program("postgres"), "-D", str(copy.data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        cwd="/", env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}, **account.popen_options(),
    )  # fmt: skip
    try:
        eventually(lambda: _answers(copy))
        yield copy
    finally:
        copy.close()
        process.kill()
        process.wait(20)


def _answers(server: Server) -> bool:
    try:
        with server.admin() as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def _either(first: Server, second: Server) -> ServerStore:
    """A workstation that knows both servers, the first one first."""
    hosts = ",".join(quote(str(server.folder), safe="") for server in (first, second))
    url = f"postgresql://{ADMIN}:{quote(first.password, safe='')}@/postgres?host={hosts}&port=5432,5432"
    return ServerStore(ServerDatabase({"conninfo": url, "target_session_attrs": "read-write"}))


def _socket_of(store: ServerStore) -> str:
    return store.read(lambda s: str(s.execute(text("SELECT current_setting('unix_socket_directories')")).scalar_one()))


def test_the_server_that_was_taken_over_from_is_not_written_to(server: Server) -> None:
    folder = server.folder.parent / f"{server.folder.name}-copy"
    try:
        with standby_of(server, folder) as copy:
            store = _either(server, copy)
            try:
                assert _socket_of(store) == str(server.folder)  # the copy takes no writes yet
                with copy.admin() as connection:
                    connection.execute("SELECT pg_promote()")
                taken_over = _either(copy, server)
                assert _socket_of(taken_over) == str(copy.folder)
                taken_over.close()
                store.database.hang_up()  # the old primary is thought dead; it answers again, first in the list
                with pytest.raises(Unavailable) as stale:
                    _socket_of(store)
                assert stale.value.code == "StaleServer"
            finally:
                store.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
