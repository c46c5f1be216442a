"""Times that this workstation keeps for booking offline: taken once everything is sent, given back at sign-out.

The clinic's share stands in its settings; where it keeps none, the server isn't asked. See decision 0007.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import Any, LiteralString

import psycopg
from sqlalchemy import Connection

from app.db.errors import translate
from app.db.local import LocalDatabase
from app.domain.leases import lease_rule
from app.kernel.errors import Unavailable
from app.sync import journal
from app.sync.feed import ServerFeed
from app.sync.model import EntryState

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=5)
"""How often the plan is gone over: slots were booked meanwhile, a day has begun."""

LEAVING_SECONDS = 2.0
"""How long signing out may wait for the server."""

_TAKE: LiteralString = "SELECT slot_id FROM desktop.lease_slots(%s)"
_RETURN: LiteralString = "SELECT desktop.return_leases(%s)"
_KEPT = (
    "SELECT d.slot_id FROM slot_detail d JOIN visit_slots s ON s.id = d.slot_id "
    "WHERE d.workstation = ? AND d.held_by IS NULL AND s.status = 'HELD' AND s.held_until IS NULL"
)


class LeaseKeeper:
    """Asks the server for what this workstation should keep. Used by the engine's round only, one at a time."""

    def __init__(self, local: LocalDatabase, workstation: str) -> None:
        self._local, self._workstation = local, workstation
        self._asked: tuple[datetime, Any] | None = None
        """When the server was asked last, and by which rule."""

    def keep(self, feed: ServerFeed, now: datetime) -> bool:
        """Follow the clinic's rule, if it is time; True when the mirror hasn't what the server keeps for us now.

        Nothing is taken or given back while something waits here, a colleague's too: it may be booked on a slot that
        is kept. Raises what a lost connection raises; a server that says no is asked again later.
        """
        with self._local.reading() as session:
            connection = session.connection()
            rule, kept = _rule(connection), _kept(connection, self._workstation)
            busy = _waits(connection)
        if busy or not self._due(rule, now) or (rule.share <= 0 and not kept):
            return False
        try:
            there = self._ask(feed, off=rule.share <= 0)
        except psycopg.Error as error:
            found = translate(error)
            if found is None or isinstance(found, Unavailable) or feed.raw.closed:
                raise
            log.warning("no times are kept for this workstation now: %s", found.code)
            there = kept
        self._asked = (now, rule)
        return there != kept

    def _ask(self, feed: ServerFeed, *, off: bool) -> set[str]:
        if off:
            feed.ask(_RETURN, (self._workstation,))
            return set()
        return {row[0] for row in feed.ask(_TAKE, (self._workstation,))}

    def _due(self, rule: Any, now: datetime) -> bool:
        return self._asked is None or self._asked[1] != rule or abs(now - self._asked[0]) >= EVERY

    def give_back(self, feed: ServerFeed) -> bool:
        """Somebody signs out: give everything back, unless something waits here. True when there was something.

        Here it goes first, so that nothing is called certain that may be given to others already; the next pull reads
        those rows anew, whatever becomes of the call.
        """
        with self._local.applying() as session:
            connection = session.connection()
            kept = _kept(connection, self._workstation)
            if not kept or _waits(connection):
                return False
            _forget(connection, kept)
        self._asked = None
        feed.ask(_RETURN, (self._workstation,), LEAVING_SECONDS)
        return True


def _rule(connection: Connection) -> Any:
    row = connection.exec_driver_sql("SELECT settings FROM clinic_settings").first()
    return lease_rule(json.loads(row[0]) if row is not None and row[0] else {})


def _kept(connection: Connection, workstation: str) -> set[str]:
    return set(connection.exec_driver_sql(_KEPT, (workstation,)).scalars())


def _waits(connection: Connection) -> bool:
    """Tell whether anybody's command here may yet be sent: one that a person has given up can't."""
    return journal.waits(connection, [EntryState.PENDING, EntryState.BLOCKED])


def _forget(connection: Connection, slots: set[str]) -> None:
    chosen = json.dumps(sorted(slots))
    connection.exec_driver_sql(
        "UPDATE slot_detail SET workstation = NULL WHERE slot_id IN (SELECT value FROM json_each(?))", (chosen,)
    )
    for table in ("visit_slots", "slot_detail", "slot_lease"):
        connection.exec_driver_sql(
            "INSERT INTO gap (table_name, key, user_id) SELECT ?, value, '' FROM json_each(?) WHERE true "
            "ON CONFLICT DO NOTHING",
            (table, chosen),
        )
