"""The journal: every command given at this workstation, written down before anything is sent.

It stays until everybody has seen what became of it: nothing leaves the journal unseen. All instants are aware UTC;
JSON columns are text.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, or_, select, update

from app.commands.codec import decode, encode
from app.commands.registry import Actor, Command, Envelope
from app.domain.enums import Role
from app.kernel.errors import AppError
from app.sync.model import IN_PASSING, OPEN_STATES, UNSETTLED_STATES, EntryState
from app.sync.payload import written
from app.sync.tables import journal

KEPT = timedelta(days=30)
"""How long entries that are over are kept."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One command of the journal."""

    n: int
    id: str
    actor: Actor
    workstation: str
    kind: str
    payload: str
    occurred_at: datetime
    state: EntryState
    deps: frozenset[int]
    lanes: frozenset[str]
    sent: bool
    code: str | None
    message: str | None
    problem: Mapping[str, Any]
    kept: str | None
    schema_version: int
    client_version: int
    adopted_by: str | None

    @property
    def outcome(self) -> Mapping[str, Any] | None:
        """What the command did, as JSON; None while nothing is known of it."""
        found: Mapping[str, Any] | None = json.loads(self.kept) if self.kept else None
        return found

    @property
    def sender(self) -> str:
        """Whose sign-in sends it: the author's, or that of the ADMIN who took it over."""
        return self.adopted_by or self.actor.user_id

    def command(self) -> Command:
        """Rebuild the command; Refused "BadCommand" when this program doesn't know it."""
        return decode({"kind": self.kind, "payload": json.loads(self.payload)})

    def envelope(self) -> Envelope:
        """Rebuild the envelope: the same id, author and time however often it is sent."""
        adopted = self.adopted_by is not None
        return Envelope(self.id, self.actor, self.workstation, self.occurred_at, self.command(), adopted)


def enter(connection: Connection, envelope: Envelope, versions: tuple[int, int]) -> int:
    """Write a command down; returns its number. ``versions``: of the schema and of the program.

    Refused "BadValue" or "TooLong" for what some store could not keep.
    """
    document = encode(envelope.command)
    payload = written(document["payload"])
    who = envelope.actor
    result = connection.execute(
        insert(journal).values(
            id=envelope.id, user_id=who.user_id, clinic_id=who.clinic_id, email=who.email, name=who.name,
            roles=json.dumps(sorted(who.roles)), provider_id=who.provider_id, workstation=envelope.workstation,
            kind=document["kind"], payload=payload, payload_hash=sha256(payload.encode()).hexdigest(),
            schema_version=versions[0], client_version=versions[1], occurred_at=envelope.occurred_at,
            state=EntryState.PENDING,
        )
    )  # fmt: skip
    return int(result.lastrowid)


def entries(
    connection: Connection,
    states: Collection[EntryState] = UNSETTLED_STATES,
    *,
    sender: str | None = None,
    numbers: Collection[int] | None = None,
) -> list[Entry]:
    """Entries in these states in the order in which they were given; those that one person sends, or all."""
    statement = select(journal).where(journal.c.state.in_(list(states))).order_by(journal.c.n)
    if sender is not None:
        statement = statement.where(func.coalesce(journal.c.adopted_by, journal.c.user_id) == sender)
    if numbers is not None:
        statement = statement.where(journal.c.n.in_(list(numbers)))
    return [_entry(row) for row in connection.execute(statement).mappings()]


def waits(connection: Connection, states: Collection[EntryState] = UNSETTLED_STATES) -> bool:
    """Tell whether anybody's entry is in one of these states."""
    statement = select(journal.c.n).where(journal.c.state.in_(list(states))).limit(1)
    return connection.execute(statement).first() is not None


def may_have_arrived(connection: Connection) -> set[str]:
    """Ids of the commands that were sent and aren't known to everybody yet."""
    statement = select(journal.c.id).where(journal.c.state.in_(list(OPEN_STATES)), journal.c.sent == 1)
    return set(connection.execute(statement).scalars())


def in_the_way(connection: Connection, numbers: Collection[int]) -> list[tuple[int, EntryState, str, str]]:
    """Those of some entries that others may have to wait for: number, state, kind and whose sign-in sends it."""
    rows = connection.exec_driver_sql(
        "SELECT n, state, kind, coalesce(adopted_by, user_id) FROM journal WHERE n IN (SELECT value FROM json_each(?)) "
        "AND state IN ('PENDING', 'ATTENTION', 'BLOCKED', 'DISCARDED')",
        (json.dumps(sorted(numbers)),),
    )
    return [(n, EntryState(state), kind, sender) for n, state, kind, sender in rows]


def acknowledge(connection: Connection, answers: Iterable[tuple[int, str]]) -> None:
    """Keep that the server has done entries, each with its outcome as JSON text."""
    values = [(EntryState.ACKED.value, outcome, n) for n, outcome in answers]
    if values:
        connection.exec_driver_sql("UPDATE journal SET state = ?, sent = 1, outcome = ? WHERE n = ?", values)


def find(connection: Connection, command_id: str) -> Entry | None:
    """The entry with this command's id."""
    row = connection.execute(select(journal).where(journal.c.id == command_id)).mappings().first()
    return None if row is None else _entry(row)


@lru_cache(maxsize=64)
def _roles(document: str) -> frozenset[Role]:
    return frozenset(Role(role) for role in json.loads(document))


def _set_of(document: str) -> frozenset[Any]:
    return _NONE if document == "[]" else frozenset(json.loads(document))


_NONE: frozenset[Any] = frozenset()


def _entry(row: RowMapping) -> Entry:
    roles = _roles(row["roles"])
    who = Actor(row["user_id"], row["clinic_id"], row["name"], row["email"], roles, row["provider_id"])
    return Entry(
        n=row["n"], id=row["id"], actor=who, workstation=row["workstation"], kind=row["kind"], payload=row["payload"],
        occurred_at=row["occurred_at"], state=EntryState(row["state"]), deps=_set_of(row["deps"]),
        lanes=_set_of(row["lanes"]), sent=bool(row["sent"]), code=row["code"], message=row["message"],
        problem=json.loads(row["problem"]) if row["problem"] else {}, kept=row["outcome"],
        schema_version=row["schema_version"], client_version=row["client_version"],
        adopted_by=row["adopted_by"],
    )  # fmt: skip


def set_state(connection: Connection, numbers: Iterable[int], state: EntryState, **values: Any) -> None:
    """Move entries to a state."""
    chosen = list(numbers)
    if chosen:
        connection.execute(update(journal).where(journal.c.n.in_(chosen)).values(state=state, **values))


def note_problem(
    connection: Connection, n: int, error: AppError, more: Mapping[str, Any] = MappingProxyType({})
) -> None:
    """Keep why the server refused an entry, with both sides: a person decides. ``more`` is kept beside that."""
    document = {**more, **error.to_json()}
    set_state(
        connection, [n], EntryState.ATTENTION,
        code=error.code, message=error.message, problem=json.dumps(document, ensure_ascii=False, default=str),
    )  # fmt: skip


def taken_over(connection: Connection, user_id: str) -> list[int]:
    """Entries of this person that an ADMIN took over while their account was disabled, and that aren't sent yet."""
    waiting = [EntryState.PENDING, EntryState.ATTENTION, EntryState.BLOCKED]
    chosen = journal.c.user_id == user_id, journal.c.adopted_by.is_not(None), journal.c.state.in_(waiting)
    return list(connection.execute(select(journal.c.n).where(*chosen)).scalars())


def give_back(connection: Connection, numbers: Collection[int]) -> None:
    """Have entries sent by their author again."""
    connection.execute(update(journal).where(journal.c.n.in_(list(numbers))).values(adopted_by=None))


def counts(connection: Connection, user_id: str) -> tuple[int, int, int]:
    """How many commands of this person wait, how many of colleagues, and how many need attention."""
    own = func.coalesce(journal.c.adopted_by, journal.c.user_id) == user_id
    rows = connection.execute(
        select(journal.c.state, own, func.count())
        .where(journal.c.state.in_([EntryState.PENDING, EntryState.ATTENTION, EntryState.BLOCKED]))
        .group_by(journal.c.state, own)
    ).all()
    mine = sum(count for state, is_own, count in rows if is_own and state == EntryState.PENDING)
    others = sum(count for state, is_own, count in rows if not is_own and state == EntryState.PENDING)
    return mine, others, sum(count for state, _, count in rows if state != EntryState.PENDING)


def in_passing(connection: Connection, user_id: str) -> tuple[int, int]:
    """How many of the commands that wait the program gave by itself: this person's, and colleagues'."""
    own = func.coalesce(journal.c.adopted_by, journal.c.user_id) == user_id
    chosen = journal.c.state == EntryState.PENDING, journal.c.kind.in_(sorted(IN_PASSING))
    rows = connection.execute(select(own, func.count()).where(*chosen).group_by(own)).all()
    return sum(n for is_own, n in rows if is_own), sum(n for is_own, n in rows if not is_own)


def untold(connection: Connection) -> list[tuple[Entry, str]]:
    """Entries that were given up here while the server couldn't be told, with the reason; in their order."""
    chosen = journal.c.state == EntryState.DISCARDED, journal.c.closed_at.is_(None)
    rows = connection.execute(select(journal).where(*chosen).order_by(journal.c.n)).mappings()
    return [(_entry(row), row["reason"] or "") for row in rows]


def untell(connection: Connection) -> None:
    """Have it told again that entries were given up."""
    connection.execute(update(journal).where(journal.c.state == EntryState.DISCARDED).values(closed_at=None))


def forget_old(connection: Connection, now: datetime) -> int:
    """Delete entries that have been over for 30 days; returns how many. What the server wasn't told stays."""
    over = [EntryState.DONE, EntryState.DISCARDED, EntryState.REFUSED]
    old = func.coalesce(journal.c.closed_at, journal.c.occurred_at) < now - KEPT
    told = or_(journal.c.state != EntryState.DISCARDED, journal.c.closed_at.is_not(None))
    return connection.execute(delete(journal).where(journal.c.state.in_(over), old, told)).rowcount
