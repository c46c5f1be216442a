"""After the server was restored from a backup: what it lacks now and this workstation still knows is sent again."""

from __future__ import annotations

import logging

from app.db.local import LocalDatabase
from app.sync import journal, meta
from app.sync.feed import ServerFeed
from app.sync.model import EntryState
from app.sync.rebase import put_all_on

log = logging.getLogger(__name__)


def incarnation_of(database: LocalDatabase) -> object:
    """Which life of the server's database the store was read from; None before its first snapshot."""
    with database.reading() as session:
        return meta.get(session.connection(), meta.INCARNATION)


def send_again(database: LocalDatabase, feed: ServerFeed) -> int:
    """Let commands wait again that were applied before and aren't any more; returns how many.

    They go in their old order under their old ids. What no longer fits comes to a person, like any other conflict.
    What was given up is told again: the server may have forgotten it, and must not take it from an old copy.
    """
    with database.applying() as session:
        journal.untell(session.connection())
    with database.reading() as session:
        known = journal.entries(session.connection(), [EntryState.ACKED, EntryState.DONE])
    applied = feed.which_applied({entry.id for entry in known})
    lacking = [entry for entry in known if entry.id not in applied]
    if lacking:
        log.warning("the server was restored: %d commands are sent again", len(lacking))
        with database.applying() as session:
            journal.set_state(
                session.connection(), [entry.n for entry in lacking], EntryState.PENDING, sent=1, closed_at=None
            )
            put_all_on(session, [entry for entry in lacking if entry.state is EntryState.DONE])
    return len(lacking)
