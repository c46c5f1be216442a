"""What needs a person: refused or overtaken commands, what was decided on them, and the ways out.

Every way out is kept: trying again uses the same id, giving up is told to the server with its reason (it is audited).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select, update

from app.commands.registry import Actor, Command
from app.db.local import LocalDatabase
from app.db.models import Login
from app.domain.enums import Role
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import t
from app.sync import journal
from app.sync.journal import Entry
from app.sync.model import AttentionItem, EntryState
from app.sync.rebase import put_all_on, withdraw

UNDECIDED = (EntryState.ATTENTION, EntryState.BLOCKED)


def items(connection: Connection, who: Actor) -> tuple[AttentionItem, ...]:
    """What needs attention at this workstation, oldest first; colleagues' too, for whoever may decide."""
    found = journal.entries(connection, UNDECIDED)
    waiting = journal.entries(connection, [EntryState.PENDING])
    disabled = disabled_among(connection, {entry.actor.user_id for entry in (*found, *waiting)})
    orphans = [entry for entry in waiting if entry.sender in disabled]
    by_number = {entry.n: entry for entry in found}
    return tuple(_item(entry, by_number, who, disabled) for entry in sorted((*found, *orphans), key=lambda e: e.n))


def waiting(connection: Connection, who: Actor) -> tuple[AttentionItem, ...]:
    """What waits to be sent, in its order, colleagues' too."""
    return tuple(_item(entry, {}, who, set()) for entry in journal.entries(connection, [EntryState.PENDING]))


def orphaned(connection: Connection) -> int:
    """How many commands wait that their sender, whose account was disabled, can't send any more."""
    return int(
        connection.exec_driver_sql(
            "SELECT count(*) FROM journal j JOIN login l ON l.user_id = coalesce(j.adopted_by, j.user_id) "
            "WHERE j.state = 'PENDING' AND l.disabled_at IS NOT NULL"
        ).scalar_one()
    )


def _item(entry: Entry, found: dict[int, Entry], who: Actor, disabled: set[str]) -> AttentionItem:
    cause = next((found[n].id for n in sorted(entry.deps) if n in found), None)
    command: Command | None
    try:
        command = entry.command()
    except AppError:  # of another version of the program
        command = None
    orphan = entry.sender in disabled
    code, message = entry.code or "", entry.message or ""
    if orphan and (entry.state is EntryState.PENDING or code in ("", "NotAllowed")):  # else the server has said why
        code, message = (
            "AuthorDisabled",
            t("{name}'s account was disabled before this was sent.", name=entry.actor.name),
        )
    elif entry.state is EntryState.BLOCKED:
        code, message = "Waits", t("It was decided on another change that needs attention.")
    return AttentionItem(
        id=entry.id, state=entry.state, kind=entry.kind, command=command, author_id=entry.actor.user_id,
        author_name=entry.actor.name, mine=entry.actor.user_id == who.user_id, occurred_at=entry.occurred_at,
        code=code, message=message, problem=entry.problem, blocked_by=cause,
        adoptable=orphan and Role.ADMIN in who.roles,
        left_behind=Role.ADMIN in who.roles and entry.actor.user_id in disabled,
        dependents=len(followers(entry, found.values())),
    )  # fmt: skip


def followers(entry: Entry, others: Iterable[Entry]) -> list[Entry]:
    """What was decided on an entry, directly or not, in order."""
    reached, found = {entry.n}, []
    for other in sorted(others, key=lambda one: one.n):
        if other.deps & reached:
            reached.add(other.n)
            found.append(other)
    return found


def disabled_among(connection: Connection, user_ids: set[str]) -> set[str]:
    """Whose account was disabled."""
    rows = connection.execute(select(Login.user_id).where(Login.disabled_at.is_not(None), Login.user_id.in_(user_ids)))
    return {row.user_id for row in rows}


def require(connection: Connection, command_id: str, who: Actor) -> Entry:
    """The entry to decide on; Refused "NoSuchItem", or "NotAllowed" for a colleague's unless an ADMIN decides."""
    entry = journal.find(connection, command_id)
    if entry is None or entry.state not in (*UNDECIDED, EntryState.PENDING):
        raise Refused("NoSuchItem", t("Nothing with this number needs attention here."), field="id")
    if entry.actor.user_id != who.user_id and Role.ADMIN not in who.roles:
        raise Refused("NotAllowed", t("This was {name}'s: they or an administrator decide.", name=entry.actor.name))
    return entry


def retry(database: LocalDatabase, command_id: str, who: Actor) -> None:
    """Have a command sent again, under its own id, and with it what was decided on it."""
    with database.applying() as session:
        connection = session.connection()
        entry = require(connection, command_id, who)
        again = [entry, *followers(entry, journal.entries(connection, [EntryState.BLOCKED]))]
        _free(connection, [one.n for one in again])
        put_all_on(session, again)


def discard(database: LocalDatabase, command_id: str, who: Actor, reason: str, now: datetime | None) -> None:
    """Give a command up: it leaves the screens; what was decided on it waits for a decision of its own.

    ``now`` None: the server doesn't know yet.
    """
    with database.applying() as session:
        connection = session.connection()
        entry = require(connection, command_id, who)
        journal.set_state(
            connection, [entry.n], EntryState.DISCARDED, closed_at=now, closed_by=who.user_id, reason=reason
        )
        withdraw(session, [entry])


def adopt(database: LocalDatabase, command_id: str, who: Actor) -> None:
    """Have a command of a colleague whose account was disabled sent by this ADMIN, in their name."""
    with database.applying() as session:
        connection = session.connection()
        entry = require(connection, command_id, who)
        if Role.ADMIN not in who.roles:
            raise Refused("NotAllowed", t("Only an administrator takes over what a colleague left."))
        if entry.actor.user_id not in disabled_among(connection, {entry.actor.user_id}):
            raise Refused("StillActive", t("{name} can still sign in and send this.", name=entry.actor.name))
        journal.set_state(connection, [entry.n], EntryState.PENDING, adopted_by=who.user_id)


def _free(connection: Connection, numbers: list[int]) -> None:
    """Let entries wait again, and forget dependencies on what was given up."""
    from app.sync.tables import journal as table  # noqa: PLC0415 - the module has the name here

    gone = set(connection.execute(select(table.c.n).where(table.c.state == EntryState.DISCARDED)).scalars())
    for row in connection.execute(select(table.c.n, table.c.deps).where(table.c.n.in_(numbers))).all():
        deps = [n for n in json.loads(row.deps) if n not in gone]
        connection.execute(
            update(table)
            .where(table.c.n == row.n)
            .values(state=EntryState.PENDING, deps=json.dumps(deps), code=None, message=None, problem=None)
        )


def waiting_rows(connection: Connection) -> frozenset[tuple[str, str]]:
    """The rows (table, key) whose present look the server hasn't confirmed yet."""
    rows = connection.exec_driver_sql(
        "SELECT DISTINCT u.table_name, u.key FROM undo u JOIN journal j ON j.n = u.entry WHERE j.state = 'PENDING'"
    ).all()
    return frozenset((name, key) for name, key in rows)
