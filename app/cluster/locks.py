"""Locks between processes: held as long as a file is open, so a killed process never leaves one behind."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

from app.kernel.errors import Unavailable
from app.kernel.i18n import t

if sys.platform == "win32":
    import msvcrt

    def _try(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def try_lock(path: Path) -> int | None:
    """Take the lock and return its open file, or None when another process holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if _try(handle):
        return handle
    os.close(handle)
    return None


def release(handle: int) -> None:
    """Give a lock back."""
    with suppress(OSError):
        os.close(handle)


@contextmanager
def locked(path: Path, seconds: float = 120.0) -> Iterator[None]:
    """Hold the lock for the length of a ``with`` block; raises Unavailable (ServerBusy) after ``seconds``."""
    deadline = time.monotonic() + seconds
    pause = Event()
    while (handle := try_lock(path)) is None:
        if time.monotonic() > deadline:
            raise Unavailable("ServerBusy", t("Another program is starting or stopping the embedded database."))
        pause.wait(0.01)
    try:
        yield
    finally:
        release(handle)
