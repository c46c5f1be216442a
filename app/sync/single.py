"""One process at a time holds a workstation's store.

The system itself holds the lock and lets it go when the process ends, however it ends. A second process may leave word
that the first should come forward.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.private_file import private_folder

LOCK: Final = "lock"
_CALL: Final = "come-forward"
_FAR: Final = 1 << 20
"""Windows locks bytes, not files: one beyond the text, which stays readable."""


class SingleInstance:
    """The right to open the store in a folder, from ``acquire`` to ``release`` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: IO[str] | None = None

    def acquire(self) -> bool:
        """Take the right if nobody has it; True when it is ours. Safe to repeat."""
        if self._held is not None:
            return True
        private_folder(self._folder)
        descriptor = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        stream = os.fdopen(descriptor, "r+", encoding="ascii")
        if not _lock(stream):
            stream.close()
            return False
        stream.truncate(0)
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        self._held = stream
        self.was_called()
        return True

    def require(self) -> None:
        """Take the right. Raises Refused "StoreInUse" when another process has it."""
        if not self.acquire():
            message = t("Another window or command is working with this workstation's offline data.")
            raise Refused("StoreInUse", message, field="store", process=self.holder())

    def holder(self) -> int | None:
        """Return the process that took the right last, None when none ever did."""
        try:
            return int((self._folder / LOCK).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def ask_forward(self) -> None:
        """Leave word for the process that has the right: its window should come forward."""
        (self._folder / _CALL).touch(mode=0o600)

    def waits_for_answer(self) -> bool:
        """Tell whether word was left that nobody has taken."""
        return (self._folder / _CALL).exists()

    def was_called(self) -> bool:
        """Tell whether word was left since the last time this was asked. Cheap enough for every second."""
        if not self.waits_for_answer():
            return False
        (self._folder / _CALL).unlink(missing_ok=True)
        return True

    def release(self) -> None:
        """Give the right back. The file stays: deleting it would let two others have it at once."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def __enter__(self) -> Self:
        self.require()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


if sys.platform == "win32":
    import msvcrt

    def _lock(stream: IO[str]) -> bool:
        stream.seek(_FAR)
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        stream.seek(0)
        return True

else:
    import fcntl

    def _lock(stream: IO[str]) -> bool:
        try:
            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
