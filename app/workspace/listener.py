"""Live updates: listens for the feed's bell, then reads the feed under the person's own row security.

The cursor is the pair (xid, seq) of ``offline.md``: everything beyond it is read and told, but it only
advances to the oldest transaction still running, so a transaction that commits late is never missed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import psycopg

from app.commands.core import Change
from app.db.cancel import Deadline
from app.db.errors import translate
from app.kernel.errors import AppError
from app.workspace.changes import ChangeSet

log = logging.getLogger(__name__)

POLL_SECONDS = 15.0
"""The bell is a hint; this makes sure."""

ANSWER_SECONDS = 8.0
"""Without an answer for so long the server is frozen: the line is given up and opened again."""
_RETRY_SECONDS = 2.0
_START = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_READ = """
SELECT c.xid::text::bigint, c.seq, c.table_name, c.row_id,
       pg_snapshot_xmin(pg_current_snapshot())::text::bigint
FROM desktop.change c
WHERE c.xid >= %(xid)s::text::xid8 AND (c.xid, c.seq) > (%(xid)s::text::xid8, %(seq)s)
ORDER BY c.xid, c.seq
"""


class FeedCursor:
    """Where the feed has been read to, and what beyond that was told already."""

    def __init__(self, xid: int) -> None:
        self.xid = xid
        self.seq = 0
        self._told: set[int] = set()

    def take(self, rows: list[tuple[Any, ...]]) -> list[Change]:
        """Return the changes not told yet and advance as far as is safe."""
        fresh = [Change(table, row_id) for _, seq, table, row_id, _ in rows if seq not in self._told]
        if rows:
            horizon = rows[0][4]
            settled = [(xid, seq) for xid, seq, *_ in rows if xid < horizon]
            if settled:
                self.xid, self.seq = settled[-1]
            self._told = {seq for xid, seq, *_ in rows if (xid, seq) > (self.xid, self.seq)}
        return fresh


class LiveListener:
    """A thread with a connection of its own that tells what others changed.

    ``connect`` opens the connection, ``publish`` gets the change sets, ``state`` hears True when live
    and False with the error when the connection is lost (it is tried again until ``stop``). ``since``: the
    transaction from which on the feed is told; None: from the first connection on.
    """

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection],
        publish: Callable[[ChangeSet], None],
        state: Callable[[bool, AppError | None], None],
        since: int | None = None,
    ) -> None:
        self._connect = connect
        self._publish = publish
        self._state = state
        self._since = since
        self._stop = threading.Event()
        self._raw: psycopg.Connection | None = None
        self._thread = threading.Thread(target=self._run, name="live-listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and its connection; returns at once, the thread ends within half a second."""
        self._stop.set()

    def join(self, timeout: float = 3.0) -> None:
        """Wait for the thread to have ended."""
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout)

    def _run(self) -> None:
        lost = False
        while not self._stop.is_set():
            try:
                with self._connect() as raw:
                    self._raw = raw
                    self._listen(raw, caught_up=not lost)
            except psycopg.Error as error:
                lost = True
                if not self._stop.is_set():
                    self._state(False, translate(error))
                    self._stop.wait(_RETRY_SECONDS)

    def _listen(self, raw: psycopg.Connection, *, caught_up: bool) -> None:
        raw.autocommit = True
        raw.execute("LISTEN mha_feed")
        cursor = self._begin(raw)
        self._state(True, None)
        if not caught_up:
            # What happened while the line was down is unknown here: everyone asks anew.
            self._publish(ChangeSet(everything=True))
        self._pull(raw, cursor)
        waited = 0.0
        while not self._stop.is_set():
            rang = any(True for _ in raw.notifies(timeout=0.25, stop_after=1))
            waited = 0.0 if rang else waited + 0.25
            if rang or waited >= POLL_SECONDS:
                waited = 0.0
                self._pull(raw, cursor)

    def _begin(self, raw: psycopg.Connection) -> FeedCursor:
        """The first time from the sign-in on: the window's first answers may be older than this connection."""
        since, self._since = self._since, None
        if since is None:
            with Deadline(raw, ANSWER_SECONDS):
                ((since,),) = raw.execute(_START).fetchall()
        return FeedCursor(since)

    def _pull(self, raw: psycopg.Connection, cursor: FeedCursor) -> None:
        with Deadline(raw, ANSWER_SECONDS):
            rows = raw.execute(_READ, {"xid": cursor.xid, "seq": cursor.seq}).fetchall()
        fresh = cursor.take(rows)
        if fresh:
            self._publish(ChangeSet.of(fresh, own=False))
