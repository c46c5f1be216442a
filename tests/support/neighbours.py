"""The workers of a test run beside each other, and how one of them gets the machine for itself for a moment.

Two workers may be the two halves of one core: what takes 60 ms alone takes 130 beside a neighbour. A test that failed
only by the clock is run again while the others wait between two of their tests.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class Neighbours:
    """Locks in the folder that all workers of a run share. One without neighbours needs none."""

    def __init__(self, folder: Path, *, any_there: bool) -> None:
        self._folder = folder if any_there else None
        self._place: IO[bytes] | None = None

    @contextmanager
    def among(self) -> Iterator[None]:
        """Work while others do; waits as long as somebody wants to be alone, or is."""
        if self._folder is None:
            yield
            return
        with (self._folder / "place").open("ab") as self._place:
            self._enter(fcntl.LOCK_SH)
            yield
        self._place = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Inside of ``among``: the others stop after their present test, and go on afterwards."""
        if self._place is None:
            yield
            return
        fcntl.flock(self._place, fcntl.LOCK_UN)
        self._enter(fcntl.LOCK_EX)
        try:
            yield
        finally:
            self._enter(fcntl.LOCK_SH)

    def _enter(self, kind: int) -> None:
        """Take the place through the door: whoever waits for it alone keeps the door shut for those behind."""
        assert self._folder is not None
        assert self._place is not None
        if kind == fcntl.LOCK_SH:
            fcntl.flock(self._place, fcntl.LOCK_UN)
        with (self._folder / "door").open("ab") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(self._place, kind)


def of_this_run(folder: Path) -> Neighbours:
    """Return the neighbours of this process: those of its test run, if workers share it."""
    return Neighbours(folder, any_there=int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1)
