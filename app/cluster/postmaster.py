"""The server process itself: who it is, whether it answers, and how it's started."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic

import psutil

from app.cluster.account import Account
from app.cluster.binaries import Binaries
from app.cluster.initialise import server_environment
from app.cluster.layout import Layout
from app.cluster.problems import from_os_error, problem, why_it_ended
from app.cluster.sockets import LOOPBACK, remove_stale_socket, socket_folder
from app.kernel.errors import AppError

PORTS = range(5432, 5442)
START_SECONDS = 60.0
_LOG_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What a running server's pid file says: its process, and the host and port to reach it."""

    pid: int
    host: str
    port: int
    ready: bool


def read_pid_file(data: Path) -> Postmaster | None:
    """Return what ``postmaster.pid`` says, true or stale; None when there is none or it's still being written."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid, port = int(lines[0]), int(lines[3])
    except (OSError, ValueError, IndexError):
        return None
    if pid <= 0 or len(lines) < 6:
        return None
    return Postmaster(pid, lines[4] or lines[5], port, len(lines) > 7 and lines[7].strip() == "ready")


def running(data: Path) -> Postmaster | None:
    """Return the living server of a data folder; a stale pid file, even of a reused process id, counts as none."""
    found = read_pid_file(data)
    return found if found is not None and is_server(found.pid, data) else None


def is_server(pid: int, data: Path) -> bool:
    """Tell whether a process is a PostgreSQL server on this data folder (its working folder is its data folder)."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or not process.name().startswith("postgres"):
            return False
        return Path(process.cwd()).samefile(data)
    except psutil.AccessDenied:  # another user's process: leave it alone
        return True
    except (psutil.Error, OSError):
        return False


def clear_stale(data: Path) -> None:
    """Remove a pid file whose process id now belongs to some other program, which would keep the server down.

    A pid file of a dead process stays: PostgreSQL itself then makes sure, by its shared memory, that none of the
    old server's children still writes.
    """
    found = read_pid_file(data)
    if found is None or not psutil.pid_exists(found.pid) or is_server(found.pid, data):
        return
    orphans = (process.pid for process in psutil.process_iter() if is_server(process.pid, data))
    if next(orphans, None) is None:
        (data / "postmaster.pid").unlink(missing_ok=True)


def launch(layout: Layout, binaries: Binaries, account: Account, *, tcp: bool) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers; raises the named problem when it gives up."""
    try:
        clear_stale(layout.data)
        return _launch(layout, binaries, account, tcp=tcp)
    except OSError as error:
        raise from_os_error(error, layout.data) from error


def _launch(layout: Layout, binaries: Binaries, account: Account, *, tcp: bool) -> subprocess.Popen[bytes]:
    error: AppError | None = None
    for address in _addresses(layout, account, tcp=tcp):
        try:
            process, since = _spawn(layout, binaries, account, address)
            await_ready(layout, process, since)
        except AppError as failed:
            if failed.code != "AddressTaken":
                raise
            error = failed
        else:
            return process
    raise error or problem("AddressTaken", layout.data, ", ".join(str(port) for port in PORTS))


def await_ready(layout: Layout, process: subprocess.Popen[bytes], since: int) -> None:
    """Wait until the server says that it's ready (crash recovery included); raises when it ends instead.

    ``since`` is the length that its log had before this start.
    """
    deadline = monotonic() + START_SECONDS
    while monotonic() < deadline:
        found = read_pid_file(layout.data)
        if found is not None and found.ready and found.pid == process.pid:
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.01)
            raise why_it_ended(_said(layout.log, since), layout.data)
    process.kill()
    process.wait()
    raise problem("ServerStartFailed", layout.data, f"{START_SECONDS:.0f} s")


def wait_for_end(pid: int, data: Path, seconds: float, *, every: float = 0.02) -> bool:
    """Wait until a server's process has ended; False when it hasn't after ``seconds``."""
    pause = Event()
    deadline = monotonic() + seconds
    while is_server(pid, data):
        if monotonic() > deadline:
            return False
        pause.wait(every)
    return True


def was_shut_down(data: Path, binaries: Binaries) -> bool:
    """Tell whether the server ended because it was told to, rather than by a crash."""
    done = subprocess.run(
        [binaries.program("pg_controldata"), "-D", str(data)],
        capture_output=True,
        text=True,
        check=False,
        env=server_environment(),
        timeout=30,
    )
    states = [line.partition(":")[2].strip() for line in done.stdout.splitlines() if "cluster state" in line]
    return states == ["shut down"]


def _addresses(layout: Layout, account: Account, *, tcp: bool) -> Iterator[list[str]]:
    """Yield the options for each address to try: a private socket, or a loopback port where there are no sockets."""
    if tcp:
        for _ in PORTS:
            with socket.socket() as probe:
                probe.bind((LOOPBACK, 0))
                port = probe.getsockname()[1]
            yield ["-c", f"listen_addresses={LOOPBACK}", "-c", "unix_socket_directories=", "-p", str(port)]
        return
    folder = socket_folder(layout, account)
    quoted = '"' + str(folder).replace('"', '""') + '"'
    for port in PORTS:
        if remove_stale_socket(folder, port):
            yield ["-c", "listen_addresses=", "-c", f"unix_socket_directories={quoted}", "-p", str(port)]


def _spawn(
    layout: Layout, binaries: Binaries, account: Account, address: list[str]
) -> tuple[subprocess.Popen[bytes], int]:
    if layout.log.exists() and layout.log.stat().st_size > _LOG_LIMIT:
        layout.log.replace(layout.log.with_suffix(".log.1"))
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
    with open(layout.log, "ab", opener=lambda path, how: os.open(path, how, 0o600)) as log:
        since = log.tell()
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [binaries.program("postgres"), "-D", str(layout.data), *address],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=os.path.abspath(os.sep),  # noqa: PTH100  not resolved: "/" or the drive
            env=server_environment(),
            start_new_session=sys.platform != "win32",
            creationflags=flags,
            **account.popen_options(),
        )
        return process, since


def _said(log: Path, since: int) -> str:
    """Return what the server has said since its last start."""
    with log.open("rb") as file:
        file.seek(since)
        return file.read().decode("utf-8", "replace")
