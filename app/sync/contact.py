"""The call with which a workstation announces itself: is it still welcome, and is its store the newest there was?"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import psycopg

from app.db.errors import translate
from app.db.local import LocalDatabase
from app.kernel.i18n import t
from app.sync import meta
from app.sync.feed import ServerFeed
from app.sync.place import Desk

log = logging.getLogger(__name__)

SHUT_OUT = frozenset({"WrongPassword", "NoAccount"})
"""The server is there and lets the person in no more: their account was disabled, or has another password."""
_UNKNOWN = frozenset({"NotEnrolled", "NotAllowed"})
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
    unknown: bool = False
    """The server has never heard of this workstation, or not that it may keep data: it was put back to before."""
    again: bool = False
    """It had not, and an ADMIN's sign-in has just enrolled the workstation again."""

    def too_old(self, versions: tuple[int, int]) -> bool:
        """Tell whether this program (schema, program version) may not send to this server."""
        return self.min_client > versions[1] or self.behind(versions)

    def behind(self, versions: tuple[int, int]) -> bool:
        """Tell whether it is the server that is older, as after a backup of before the update was brought back."""
        return self.schema_version < versions[0]

    def why_held(self, versions: tuple[int, int]) -> str:
        """Say what has to be brought up to date."""
        if self.behind(versions):
            return t("The clinic's database is older than this program. Run: myhealthally db upgrade")
        return t("The clinic's database is newer than this program. Install the update.")


def call(local: LocalDatabase, feed: ServerFeed, desk: Desk, *, admin: bool = False) -> Contact:
    """Call the server. The next number is kept before the call: a store that was put back says a smaller one.

    A server that doesn't know the workstation was restored from a backup of before its enrolment: an ADMIN's sign-in
    (``admin``) enrols it again, which is audited; for anybody else the answer is ``unknown``.
    """
    try:
        return _called(local, feed, desk)
    except psycopg.Error as error:
        found = translate(error)
        if found is None or found.code not in _UNKNOWN or not _let_in(feed):
            raise
        if not admin:
            return Contact(datetime.now(UTC), False, False, *desk.versions, unknown=True)
    generation = _entered_again(feed, desk)
    if generation is None:  # taken out of service meanwhile: that is heard like any other contact
        return _called(local, feed, desk)
    with local.applying() as session:
        meta.put(session.connection(), meta.GENERATION, generation)
    return replace(_called(local, feed, desk), again=True)


def _entered_again(feed: ServerFeed, desk: Desk) -> int | None:
    """Enrol the workstation again, as the ADMIN who sits at it; None when an administrator took it out of service.

    Unknown is not revoked: what the server doesn't know nobody has taken out of service, and an administrator who
    signs in at it, with the store's own password, has it before them. Both are looked at in one moment of the server:
    a revocation that comes between makes this fail, and it is tried again.
    """
    with feed.moment(read_only=False):
        ((revoked,),) = feed.ask("SELECT revoked FROM desktop.touch_workstation(%s, %s)", (desk.workstation, desk.name))
        if revoked:
            return None
        log.warning("the server doesn't know this workstation: an administrator is here, it is enrolled again")
        ((generation,),) = feed.ask(
            "SELECT generation FROM desktop.enrol_workstation(%s, %s)", (desk.workstation, desk.name)
        )
    return int(generation)


def taken_out(local: LocalDatabase, desk: Desk) -> bool:
    """Whether a pull has brought that an ADMIN took this workstation out of service."""
    statement = "SELECT 1 FROM workstation WHERE id = ? AND revoked_at IS NOT NULL"
    with local.reading() as session:
        return session.connection().exec_driver_sql(statement, (desk.workstation,)).first() is not None


def _let_in(feed: ServerFeed) -> bool:
    """Whether the person's account is in order: then it is the workstation that isn't."""
    ((there,),) = feed.ask("SELECT desktop.my_user() IS NOT NULL")
    return bool(there)


def _called(local: LocalDatabase, feed: ServerFeed, desk: Desk) -> Contact:
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
