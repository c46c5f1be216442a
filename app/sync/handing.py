"""Handing over what a colleague left whose account was disabled: to somebody who may do it, as their own act.

An ADMIN adopts what an ADMIN may write. A note or a reading is nothing that an ADMIN writes in a clinician's name: the
server is told that it is given up, with the reason, and here it waits for a colleague, who does it in their own name,
changes it or gives it up.
"""

from __future__ import annotations

import json

from sqlalchemy import Connection, select

from app.commands.registry import Actor, Envelope, needed_permission
from app.db.local import LocalDatabase
from app.db.models import Login, Provider
from app.domain.enums import Role
from app.domain.permissions import allowed
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.sync import journal
from app.sync.attention import UNDECIDED, disabled_among, followers, require
from app.sync.journal import Entry
from app.sync.model import EntryState
from app.sync.rebase import withdraw

HANDED_OVER = "HandedOver"
SIGNATURES = frozenset({"SignVisitNote", "SignResults"})
"""Kinds that nobody does for somebody else: a colleague signs in their own name."""


def recipients(connection: Connection, entry: Entry) -> tuple[Actor, ...]:
    """Return who may do this in their own name, by name: colleagues whose account is open and whose role allows it."""
    if entry.kind in SIGNATURES:
        return ()
    permission = needed_permission(type(entry.command()))
    rows = connection.execute(
        select(Login.user_id, Login.clinic_id, Login.display_name, Login.email, Login.roles, Provider.id)
        .outerjoin(Provider, Provider.user_id == Login.user_id)
        .where(Login.disabled_at.is_(None), Login.clinic_id == entry.actor.clinic_id)
        .order_by(Login.display_name, Login.user_id)
    ).all()
    people = [Actor(r[0], r[1], r[2], r[3], frozenset(Role(role) for role in r[4]), r[5]) for r in rows]
    return tuple(one for one in people if permission is None or allowed(one.roles, permission))


def group(connection: Connection, command_id: str, who: Actor) -> list[Entry]:
    """Return what goes together: the command and what was decided on it, in order.

    Refused "NotAllowed" for anybody but an ADMIN, "StillActive" while the author can send it, "NoSuchItem".
    """
    entry = require(connection, command_id, who)
    if Role.ADMIN not in who.roles:
        raise Refused("NotAllowed", t("Only an administrator takes over what a colleague left."))
    if entry.actor.user_id not in disabled_among(connection, {entry.actor.user_id}):
        raise Refused("StillActive", t("{name} can still sign in and send this.", name=entry.actor.name))
    others = journal.entries(connection, (*UNDECIDED, EntryState.PENDING))
    return [entry, *(one for one in followers(entry, others) if one.actor.user_id == entry.actor.user_id)]


def hand_over(database: LocalDatabase, command_id: str, who: Actor, to: str) -> str:
    """Let a colleague (a user's id or e-mail) decide; returns their name. The server was asked: it has none of it.

    Refused "NotAllowed" (field ``to``) when their role doesn't allow it, and what ``group`` refuses.
    """
    with database.applying() as session:
        connection = session.connection()
        given = group(connection, command_id, who)
        person = next((one for one in recipients(connection, given[0]) if to in (one.user_id, one.email)), None)
        if person is None:
            raise Refused("NotAllowed", t("Their role doesn't allow this either."), field="to")
        _give(connection, given, person, who)
        reason = t("Handed over to {name}.", name=person.name)
        journal.set_state(
            connection, [one.n for one in given], EntryState.DISCARDED, closed_at=None, closed_by=who.user_id,
            reason=reason,
        )  # fmt: skip
        withdraw(session, given)
    return person.name


def _give(connection: Connection, given: list[Entry], person: Actor, who: Actor) -> None:
    """Enter the same commands anew as this person's, under new ids; the time stays that at which it was done."""
    numbers: dict[int, int] = {}
    for at, entry in enumerate(given):
        envelope = Envelope(new_uuid(), person, entry.workstation, entry.occurred_at, entry.command())
        n = numbers[entry.n] = journal.enter(connection, envelope, (entry.schema_version, entry.client_version))
        message = t(
            "{admin} hands over what {author} could not send any more.", admin=who.name, author=entry.actor.name
        )
        journal.set_state(
            connection, [n], EntryState.BLOCKED if at else EntryState.ATTENTION, code=HANDED_OVER, message=message,
            deps=json.dumps(sorted(numbers.get(one, one) for one in entry.deps)),
        )  # fmt: skip
