"""The embedded server's keeper: a small process of its own that outlives the program that started it.

It starts the server (or adopts one that runs already), starts it again after a crash, and stops it when nobody
has been connected for a while. Its first line on standard output tells the starter how it went:
``{"ok": true}`` or ``{"code": …, "detail": …}``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic
from types import FrameType

import psutil

from app.cluster.account import Account, server_account
from app.cluster.binaries import Binaries
from app.cluster.layout import Layout, find_layout
from app.cluster.locks import release, try_lock
from app.cluster.postmaster import Postmaster, launch, running, wait_for_end, was_shut_down
from app.kernel.errors import AppError

IDLE_SECONDS = 15 * 60.0
_POLL_SECONDS = 15.0
_RETRY_SECONDS = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
_GIVE_UP_AFTER = 60  # attempts, about half an hour
_PASSING = frozenset({"DiskFull", "NotEnoughMemory", "OldServerEnding"})  # worth trying again later
_STOP_SECONDS = 60.0
_NOTE_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Order:
    """What a starter asks of its supervisor."""

    home: str
    binaries: str
    tcp: bool = False
    idle_seconds: float = IDLE_SECONDS


class Supervisor:
    """Keeps one server running until it is stopped, idle, or can't be brought back."""

    def __init__(self, layout: Layout, binaries: Binaries, account: Account, order: Order) -> None:
        self._layout = layout
        self._binaries = binaries
        self._account = account
        self._order = order
        self._leaving = Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._server: Postmaster | None = None

    def leave(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Stop the server, and end when it has ended."""
        self._leaving.set()
        if self._server is not None:
            signal_stop(self._server, self._layout.data)

    def start(self) -> None:
        """Start or adopt the server; raises the named problem."""
        if running(self._layout.data) is not None:
            return
        for pause in (*_RETRY_SECONDS[:5], None):
            try:
                self._child = launch(self._layout, self._binaries, self._account, tcp=self._order.tcp)
            except AppError as error:
                if error.code != "OldServerEnding" or pause is None:
                    raise
                self._leaving.wait(pause)
            else:
                return

    def keep(self) -> None:
        """Watch the server until it has ended for good."""
        while (server := running(self._layout.data)) is not None:
            self._server = server
            ended = self._watch(server)
            self._server = None
            if self._child is not None and ended:
                self._child.wait()
            _forget_folder(server, self._layout)
            crashed = ended and not was_shut_down(self._layout.data, self._binaries)
            if not crashed or not self.restart():
                break

    def _watch(self, server: Postmaster) -> bool:
        """Return True when the server has ended by itself, False when it was stopped here."""
        quiet = Quiet(self._layout, server, self._order.idle_seconds)
        poll = min(_POLL_SECONDS, self._order.idle_seconds / 4)
        while not self._leaving.is_set():
            if self._ends_within(server, poll):
                return True
            if quiet.is_over():
                break
        stop_server(server, self._layout.data)
        return False

    def _ends_within(self, server: Postmaster, seconds: float) -> bool:
        """Wait for the server to end: asleep for a child, by looking now and then for an adopted one.

        (The system may keep a dead process that isn't ours in its list for long.)
        """
        if self._child is None or self._child.pid != server.pid:
            return wait_for_end(server.pid, self._layout.data, seconds, every=0.5)
        try:
            psutil.Process(server.pid).wait(seconds)
        except psutil.TimeoutExpired:
            return False
        except psutil.NoSuchProcess:
            return True
        return True

    def restart(self) -> bool:
        """Bring a crashed server back, patiently (a full disk may get space again); False when that's hopeless."""
        for attempt in range(_GIVE_UP_AFTER):
            if self._leaving.is_set() or not self._layout.data.is_dir():
                return False
            try:
                self.start()
            except AppError as error:
                _note(self._layout, pid=os.getpid(), problem=error.code)
                self._leaving.wait(_RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS) - 1)])
            else:
                _note(self._layout, pid=os.getpid())
                return True
        return False


class Quiet:
    """Notices when nobody has used the server for a while, sessions between two looks included."""

    def __init__(self, layout: Layout, server: Postmaster, seconds: float) -> None:
        self._layout = layout
        self._server = server
        self._seconds = seconds
        self._last_use = monotonic()
        self._sessions = -1

    def is_over(self) -> bool:
        """Tell whether the last connection ended longer ago than the limit."""
        sessions, present = self._look()
        if present or sessions != self._sessions:
            self._last_use = monotonic()
            self._sessions = sessions
        return monotonic() - self._last_use >= self._seconds

    def _look(self) -> tuple[int, bool]:
        """Return how many sessions the databases have seen, and whether one is there now."""
        from app.cluster.access import admin_connection, count_sessions  # noqa: PLC0415  psycopg isn't needed to start

        try:
            with admin_connection(self._layout, self._server) as connection:
                return count_sessions(connection)
        except AppError:  # too busy to be asked: not idle
            return self._sessions, True


def stop_server(server: Postmaster, data: Path) -> bool:
    """End a server: sessions are closed, everything is written. False when it doesn't end in a minute."""
    signal_stop(server, data)
    return wait_for_end(server.pid, data, _STOP_SECONDS)


def signal_stop(server: Postmaster, data: Path) -> None:
    """Ask a server to end soon (PostgreSQL's “fast” shutdown), without waiting."""
    if sys.platform == "win32":
        from app.cluster.binaries import wheel_binaries  # noqa: PLC0415  Windows only

        command = [wheel_binaries().program("pg_ctl"), "stop", "-D", str(data), "-m", "fast", "-W"]
        subprocess.run(command, check=False, capture_output=True, timeout=_STOP_SECONDS)
        return
    with suppress(ProcessLookupError):
        os.kill(server.pid, signal.SIGINT)


def _forget_folder(server: Postmaster, layout: Layout) -> None:
    """Remove a socket folder outside the data's, once it is empty."""
    folder = Path(server.host)
    if folder.is_absolute() and folder.parent != layout.base:
        with suppress(OSError):
            folder.rmdir()


def _note(layout: Layout, *, pid: int, problem: str = "") -> None:
    """Leave a note for whoever asks why the server isn't there.

    It is written over the old one in place, padded to one length, so that it succeeds on a full disk too.
    """
    note = json.dumps({"pid": pid, "problem": problem}).ljust(_NOTE_LENGTH)
    with suppress(OSError):  # the disk may even refuse that; the server matters more
        handle = os.open(layout.supervisor_state, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.write(handle, note.encode())
        finally:
            os.close(handle)


def _answer(answer: dict[str, object]) -> None:
    """Tell the starter, then let go of its pipe."""
    with suppress(OSError):
        os.write(1, json.dumps(answer).encode() + b"\n")
    empty = os.open(os.devnull, os.O_RDWR)
    os.dup2(empty, 1)
    os.close(empty)


def supervise(order: Order) -> int:
    """Run a supervisor for the server in ``order.home``; returns the exit code."""
    layout = find_layout(Path(order.home))
    if layout is None:
        return 2
    lock = try_lock(layout.supervisor_lock)
    if lock is None:
        _answer({"ok": True})
        return 0
    try:
        keeper = Supervisor(layout, Binaries(Path(order.binaries)), server_account(), order)
        for name in ("SIGTERM", "SIGINT", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), keeper.leave)
        _note(layout, pid=os.getpid())
        return _run(keeper)
    finally:
        _note(layout, pid=0)
        release(lock)


def _run(keeper: Supervisor) -> int:
    try:
        keeper.start()
        _answer({"ok": True})
    except AppError as error:
        _answer({"code": error.code, "detail": error.data.get("detail", error.message)})
        if error.code not in _PASSING or not keeper.restart():
            return 1
    keeper.keep()
    return 0


def main(arguments: list[str]) -> int:
    """Entry point of the supervisor's process: one JSON argument, an ``Order``."""
    return supervise(Order(**json.loads(arguments[0])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
