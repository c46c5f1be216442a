"""Withdrawing a running question, on the server too."""

from __future__ import annotations

import contextlib
import math
import os
import socket
import threading
import time
from types import TracebackType
from typing import Self

import psycopg

from app.kernel.errors import Cancelled
from app.kernel.i18n import t

_TRIES = 20
_PAUSE_SECONDS = 0.1


class CancelToken:
    """Given with a question; ``cancel()`` from any thread ends the question on the server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free = threading.Event()
        self._raw: psycopg.Connection | None = None
        self.cancelled = False

    def cancel(self) -> None:
        """Withdraw the question, before or while it runs; never waits for the server."""
        with self._lock:
            self.cancelled = True
            raw = self._raw
        if raw is not None:
            threading.Thread(target=self._cancel_until_free, args=(raw,), daemon=True).start()

    def _cancel_until_free(self, raw: psycopg.Connection) -> None:
        """Ask again while the connection works on: the first word may come before the statement does."""
        for _ in range(_TRIES):
            # The question may have ended by itself, and the server may be gone: both leave nothing to cancel.
            with contextlib.suppress(psycopg.Error):
                raw.cancel_safe(timeout=2.0)
            if self._free.wait(_PAUSE_SECONDS):
                return

    def attach(self, raw: psycopg.Connection | None) -> None:
        """Say which connection works on the question; raises ``Cancelled`` when it is withdrawn already."""
        with self._lock:
            if self.cancelled:
                raise Cancelled("Cancelled", t("The question was withdrawn."))
            self._raw = raw
            self._free.clear()

    def detach(self) -> None:
        """Say that the connection is free again."""
        with self._lock:
            self._raw = None
            self._free.set()


class Deadline:
    """Breaks a connection that does not answer in time: keepalives don't notice a frozen server."""

    def __init__(self, raw: psycopg.Connection | None, seconds: float) -> None:
        self._raw = raw
        self._seconds = seconds

    def expire(self) -> None:
        """Break the connection; called by the watchdog's thread."""
        if self._raw is None or self._raw.closed:
            return
        # Closing the connection object here would pull it from under the waiting thread; shutting
        # down its socket makes that thread see an end of file.
        with contextlib.suppress(OSError, psycopg.Error):
            twin = socket.socket(fileno=os.dup(self._raw.fileno()))
            with contextlib.closing(twin):
                twin.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        if self._raw is not None:
            _WATCHDOG.watch(self, time.monotonic() + self._seconds)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _WATCHDOG.forget(self)


class _Watchdog:
    """One thread for all deadlines: starting one for each transaction costs more than the transaction's queries."""

    def __init__(self) -> None:
        self._due: dict[Deadline, float] = {}
        self._changed = threading.Condition()
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    def watch(self, deadline: Deadline, due: float) -> None:
        with self._changed:
            self._due[deadline] = due
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif due < self._wakes_at:
                self._changed.notify()

    def forget(self, deadline: Deadline) -> None:
        # The thread isn't woken for this: it looks again when the earliest deadline would have come.
        with self._changed:
            self._due.pop(deadline, None)

    def _run(self) -> None:
        while True:
            for deadline in self._wait():
                deadline.expire()

    def _wait(self) -> list[Deadline]:
        """Sleep until something may be due; return what is."""
        with self._changed:
            self._wakes_at = min(self._due.values(), default=math.inf)
            wait = None if self._wakes_at == math.inf else max(0.0, self._wakes_at - time.monotonic())
            self._changed.wait(wait)
            now = time.monotonic()
            over = [deadline for deadline, due in self._due.items() if due <= now]
            for deadline in over:
                del self._due[deadline]
            return over


_WATCHDOG = _Watchdog()
