"""Statements that leave together: psycopg's pipeline, sent as one piece.

psycopg sends each statement of a pipeline by itself and looks for answers in between. For many rows that is right; for
the handful of statements of a command it wakes the server a dozen times, and costs as much as the statements.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.generators import send


class _OneTrip(psycopg.Pipeline):
    """Gathers what is asked, and sends it with its sync when the block ends or an answer is fetched."""

    def _communicate_gen(self) -> Generator[Any, Any, None]:
        """Gather on: called behind each statement."""
        self._gather()
        yield from ()

    def _sync_gen(self) -> Generator[Any, Any, None]:
        """Gather on: called behind a BEGIN, which needs no sync of its own."""
        self._gather()
        yield from ()

    def _gather(self) -> None:
        """Write to libpq's buffer, which leaves by itself when it grows large."""
        while self.command_queue:
            self.command_queue.popleft()()

    def _exit_gen(self) -> Generator[Any, Any, None]:
        """End with a sync and fetch all answers."""
        self._enqueue_sync()
        self._gather()
        yield from send(self.pgconn)
        yield from super()._fetch_gen(flush=False)


@contextmanager
def one_trip(raw: psycopg.Connection) -> Iterator[None]:
    """Send the block's statements in one piece; their answers can be fetched behind it.

    Raises the first statement's error, psycopg's. Within another pipeline they travel with that.
    """
    if raw._pipeline is not None:  # noqa: SLF001 - psycopg has no way to say which pipeline a connection uses
        yield
        return
    gathered = raw._pipeline = _OneTrip(raw)  # noqa: SLF001
    try:
        with gathered:
            yield
    finally:
        raw._pipeline = None  # noqa: SLF001
