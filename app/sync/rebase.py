"""Deciding local commands anew on rows that came from the server.

One transaction: what is concerned is taken off, the server's rows are applied, and what is still open is run again by
its handlers. A command that no longer works isn't shown until the server has said so.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.commands.codec import encode_outcome
from app.commands.core import Context, run
from app.commands.registry import Envelope, Outcome
from app.db.local import LocalDatabase
from app.db.local_state import SERVERS, State, state_of
from app.kernel.errors import AppError
from app.kernel.ids import DerivedIds
from app.sync import overlay
from app.sync.journal import Entry, entries
from app.sync.model import OPEN_STATES, EntryState
from app.sync.tables import journal

log = logging.getLogger(__name__)


def concerned(open_entries: Iterable[Entry], lanes: Collection[str]) -> list[Entry]:
    """The entries that share a lane with what changed, or with an entry before them that does."""
    reached = set(lanes)
    found = []
    everything = overlay.GLOBAL_LANE in reached
    for entry in open_entries:
        if everything or overlay.GLOBAL_LANE in entry.lanes or not reached.isdisjoint(entry.lanes):
            found.append(entry)
            reached |= entry.lanes
    return found


def put_on(session: Session, entry: Entry) -> Outcome | None:
    """Run an entry's handler on the mirror within ``applying()``; None when it can't be done (any more)."""
    connection = session.connection()
    state = state_of(connection)
    state.take(State(entry.actor.user_id, entry.id, tracks=True, entry=entry.n))
    try:
        with savepoint(session, connection):
            outcome = run_handler(session, entry.envelope(), warns=False)
            if entry.outcome is None or any(key not in entry.lanes for _, key in overlay.touched(connection, entry.n)):
                note_effects(connection, entry.n, entry.payload, outcome)
        return outcome
    except (AppError, DBAPIError) as error:
        log.info("command %s has no effect here now: %s", entry.id, type(error).__name__)
        return None
    finally:
        state.take(SERVERS)


@contextmanager
def savepoint(session: Session, connection: Connection) -> Iterator[None]:
    """All of it or nothing, within a transaction that goes on.

    Handlers add no objects to the session, whose own savepoints take longer than most of what they do.
    """
    driver: Any = connection.connection.driver_connection
    driver.execute("SAVEPOINT entry")
    try:
        yield
    except Exception:  # whatever else ends this ends the whole transaction
        session.expire_all()
        driver.execute("ROLLBACK TO entry")
        driver.execute("RELEASE entry")
        raise
    driver.execute("RELEASE entry")


def run_handler(session: Session, envelope: Envelope, *, warns: bool = True) -> Outcome:
    """Run a command's handler on the store, inside the caller's transaction."""
    context = Context(session, envelope, DerivedIds(envelope.id), online=False)
    context.warns = warns
    return run(envelope.command, context)


def note_effects(connection: Connection, n: int, payload: str, outcome: Outcome) -> None:
    """Keep beside an entry what it did here, what it concerns, and which entries it was decided on."""
    rows = overlay.touched(connection, n)
    named = overlay.lanes_in(json.loads(payload))
    keys = {key for _, key in rows}
    lanes = overlay.lanes_of(connection, rows) | named
    connection.execute(
        update(journal)
        .where(journal.c.n == n)
        .values(
            lanes=overlay.encode_lanes(lanes),
            deps=json.dumps(_decided_on(connection, n, keys | named)),
            outcome=json.dumps(encode_outcome(outcome), ensure_ascii=False),
        )
    )


def _decided_on(connection: Connection, n: int, keys: set[str]) -> list[int]:
    """Earlier entries that changed a row which this one changed or names."""
    if not keys:
        return []
    rows = connection.exec_driver_sql(
        "SELECT DISTINCT entry FROM undo WHERE entry < ? AND key IN (SELECT value FROM json_each(?)) ORDER BY entry",
        (n, json.dumps(sorted(keys))),
    ).all()
    return [entry for (entry,) in rows]


def withdraw(session: Session, closed: Collection[Entry]) -> None:
    """Take entries off the mirror that are open no longer, and decide anew what lies over the same rows."""
    if not closed:
        return
    connection = session.connection()
    lanes = frozenset[str]().union(*(entry.lanes for entry in closed))
    over = concerned(open_entries(connection), lanes)
    overlay.take_off(connection, [entry.n for entry in (*closed, *over)])
    put_all_on(session, over)


def put_all_on(session: Session, wanted: Iterable[Entry]) -> int:
    """Run the handlers of entries again, in their order; returns how many have an effect."""
    return sum(put_on(session, entry) is not None for entry in wanted)


def put_acknowledged_on(database: LocalDatabase) -> None:
    """Show what was applied on the server and hasn't come back in a pull."""
    with database.applying() as session:
        connection = session.connection()
        shown = set(connection.exec_driver_sql("SELECT DISTINCT entry FROM undo").scalars())
        acked = entries(connection, [EntryState.ACKED])
        put_all_on(session, [entry for entry in acked if entry.n not in shown])


def open_entries(connection: Connection) -> list[Entry]:
    """What lies over the server's rows: given here and not yet seen in a pull."""
    return entries(connection, OPEN_STATES)
