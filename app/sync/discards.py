"""Telling the server what is given up here: the server keeps it with its reason, audits it, and never applies it.

What is given up while the server can't be told (the line broke, a hold that came too late) is told with the next
round of sending. Until then the entry is DISCARDED and not closed.
"""

from __future__ import annotations

import logging
from datetime import datetime

import psycopg

from app.commands.registry import Actor
from app.db.errors import translate
from app.db.local import LocalDatabase
from app.domain.enums import Role
from app.kernel.errors import Conflict, Refused
from app.sync import journal
from app.sync.feed import ServerFeed
from app.sync.journal import Entry
from app.sync.model import EntryState

log = logging.getLogger(__name__)

STATEMENT = "SELECT desktop.discard_command(%s, %s, %s, %s, %s, %s)"
APPLIED = "AlreadyApplied"
"""The server's answer when it has the command after all."""


def values(entry: Entry, reason: str) -> tuple[object, ...]:
    """What the statement needs."""
    at = entry.occurred_at.replace(tzinfo=None)
    return (entry.id, entry.kind, entry.workstation, at, entry.actor.user_id, reason)


def tell(database: LocalDatabase, feed: ServerFeed, who: Actor, now: datetime) -> int:
    """Tell what hasn't been told, of this person, for an ADMIN everybody's; returns how many.

    What the server has after all is ACKED: the next pull brings what it did. Raises what a lost line raises.
    """
    with database.reading() as session:
        untold = journal.untold(session.connection())
    mine = [(entry, why) for entry, why in untold if entry.actor.user_id == who.user_id or Role.ADMIN in who.roles]
    for entry, reason in mine:
        state = EntryState.DISCARDED
        try:
            feed.ask(STATEMENT, values(entry, reason))
        except psycopg.Error as error:
            found = translate(error)
            if not isinstance(found, Refused | Conflict):
                raise
            log.warning("that command %s was given up can't be told: %s", entry.id, found.code)
            state = EntryState.ACKED if found.code == APPLIED else state
        with database.applying() as session:
            journal.set_state(session.connection(), [entry.n], state, closed_at=now)
    return len(mine)
