"""The program's share of the database's upkeep: a thread that asks for it once a minute while somebody is signed in."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable

from app.kernel.errors import AppError
from app.queries.upkeep import Kept

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
_SPREAD = 15.0


class Upkeep:
    """Asks ``turn`` again and again until ``stop``; desks that were started together drift apart.

    Without a server, or where it refuses, the next turn tries again: nothing depends on a single one.
    """

    def __init__(self, turn: Callable[[], Kept], *, every: float = EVERY_SECONDS, spread: float = _SPREAD) -> None:
        self._turn = turn
        self._every, self._spread = every, spread
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin; the first turn comes after a minute, when the program has started and is quiet."""
        self._thread.start()

    def stop(self) -> None:
        """End; a turn under way is waited for (its statement is short), never begun anew."""
        self._stop.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(3.0)

    def _run(self) -> None:
        while not self._stop.wait(self._every + random.uniform(0, self._spread)):  # noqa: S311 - spreads load only
            try:
                while self._turn().more and not self._stop.is_set():
                    log.debug("upkeep goes on: more rows to seal")
            except AppError as error:
                log.debug("upkeep has to wait: %s", error.code)
            except Exception as error:  # noqa: BLE001 - the thread's edge: one bad turn must not end all those to come
                log.error("a turn of the upkeep failed: %s", type(error).__name__)
