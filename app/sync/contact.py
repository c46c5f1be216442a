"""The call with which a workstation announces itself: is it still welcome, and is its store the newest there was?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.db.local import LocalDatabase
from app.sync import meta
from app.sync.feed import ServerFeed

if TYPE_CHECKING:
    from app.sync.engine import Desk

_GENERATION = "SELECT generation FROM desktop.workstation WHERE id = %s"
_CALL = """
SELECT server_now, revoked, old_copy, schema_version, min_client FROM desktop.workstation_contact(%s, %s)
"""


@dataclass(frozen=True, slots=True)
class Contact:
    """What the server answered; ``old_copy``: a newer store than this one has called before."""

    server_now: datetime
    revoked: bool
    old_copy: bool
    schema_version: int
    min_client: int

    def too_old(self, versions: tuple[int, int]) -> bool:
        """Tell whether this program (schema, program version) may not send to this server."""
        return self.min_client > versions[1] or self.schema_version < versions[0]


def call(local: LocalDatabase, feed: ServerFeed, desk: Desk) -> Contact:
    """Call the server. The next number is kept before the call: a store that was put back says a smaller one."""
    with local.applying() as session:
        connection = session.connection()
        number = meta.get(connection, meta.GENERATION, 0) + 1
        meta.put(connection, meta.GENERATION, number)
    (row,) = feed.ask(_CALL, (desk.workstation, number))
    now, revoked, old_copy, schema_version, min_client = row
    if old_copy:
        _catch_up(local, feed, desk)
    return Contact(now.replace(tzinfo=UTC), revoked, old_copy, schema_version, min_client)


def _catch_up(local: LocalDatabase, feed: ServerFeed, desk: Desk) -> None:
    """Go on from the greatest number the server knows, and have everything read anew."""
    (row,) = feed.ask(_GENERATION, (desk.workstation,))
    with local.applying() as session:
        connection = session.connection()
        meta.put(connection, meta.GENERATION, int(row[0]) + 1)
        meta.put(connection, meta.SNAPSHOT, None)
        meta.put(connection, meta.CURSOR, None)
