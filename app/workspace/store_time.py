"""The latest time ever seen, kept twice: in keys.json, where it is read first, and sealed in the store."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from app.db.local import LocalDatabase
from app.security.vault import Vault, check_clock
from app.sync import meta

LATEST: Final = "latest"


def note_time(vault: Vault, database: LocalDatabase, now: datetime, *, server_now: datetime | None = None) -> None:
    """Remember the present in both places: at sign-in, every few minutes of work, and when the program ends.

    ``server_now``: the server has just said so; it counts even if this machine's clock had been ahead.
    """
    seen = server_now or vault.server_time(now)
    if server_now is None:
        vault.note_time(now)
    with database.applying() as session:
        connection = session.connection()
        known = meta.get(connection, LATEST)
        if server_now is not None or known is None or datetime.fromisoformat(known) < seen:
            meta.put(connection, LATEST, seen.isoformat())


def latest_in_store(database: LocalDatabase) -> datetime | None:
    """Return the latest time that the store has seen, by the server's clock."""
    with database.reading() as session:
        known = meta.get(session.connection(), LATEST)
    return None if known is None else datetime.fromisoformat(known)


def require_time(vault: Vault, database: LocalDatabase, now: datetime) -> datetime:
    """Return the server's time as far as it is known. Raises Refused "ClockSetBack".

    keys.json can be edited by whoever has the disk; the store can't.
    """
    latest = latest_in_store(database)
    seen = vault.server_time(now)
    if latest is not None:
        check_clock(seen, latest)
    return max(seen, vault.latest, latest or seen)
