"""Withdrawing a running question, on the server too."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
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
        self._timer = threading.Timer(seconds, self._break)
        self._timer.daemon = True

    def _break(self) -> None:
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
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
