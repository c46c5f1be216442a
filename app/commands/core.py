"""The shape of every write: a command, its envelope, the context a handler gets, the outcome it returns.

A command is a frozen dataclass with client-made ids. Its handler runs unchanged on PostgreSQL and on
the workstation's store: actor, time and ids come from outside, never from ``now()`` or ``uuid4()``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from app.domain.enums import Role
from app.domain.permissions import Permission, allowed
from app.kernel.clock import truncate_ms
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import t
from app.kernel.ids import Ids

if TYPE_CHECKING:
    from sqlalchemy import Executable, Row, Select
    from sqlalchemy.orm import Session

JSON: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict of such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something a person asks the program to do. Subclasses add client-made ids and plain values."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in person a command or question comes from."""

    user_id: str
    clinic_id: str
    name: str
    email: str
    roles: frozenset[Role]
    provider_id: str | None = None

    def may(self, permission: Permission) -> bool:
        """Tell whether one of the person's roles carries the permission."""
        return allowed(self.roles, permission)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A command on its way: who, where, when (aware UTC) and under which id."""

    id: str
    actor: Actor
    workstation: str
    occurred_at: datetime
    command: Command


@dataclass(frozen=True, slots=True)
class Change:
    """A row that a command touched: table name without schema, and the row's id."""

    table: str
    row_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did: its result (JSON keys in camelCase), the rows it touched, how to take it back."""

    result: Mapping[str, JSON] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    undo: Command | None = None
    undo_label: str = ""
    warnings: tuple[str, ...] = ()


class Context:
    """What a handler works with. Statements that need no answer are queued and sent in one trip."""

    def __init__(self, session: Session, envelope: Envelope, ids: Ids, *, online: bool) -> None:
        self.session = session
        self.actor = envelope.actor
        self.occurred_at = truncate_ms(envelope.occurred_at)
        self.command_id = envelope.id
        self.workstation = envelope.workstation
        self.ids = ids
        self.online = online
        self._queue: list[Executable] = []

    def require(self, permission: Permission) -> None:
        """Refuse with "NotAllowed" unless the person may do this."""
        if not self.actor.may(permission):
            raise not_allowed()

    def emit(self, *statements: Executable) -> None:
        """Queue inserts, updates or function calls; they run in order before the next read or the commit."""
        self._queue.extend(statements)

    def call(self, function: str, *arguments: object) -> None:
        """Queue ``SELECT desktop.function(arguments)``; for the server only."""
        from sqlalchemy import bindparam, func, select

        bound = [bindparam(f"a{i}", value, unique=True) for i, value in enumerate(arguments)]
        self.emit(select(getattr(func.desktop, function)(*bound)))

    def flush(self) -> None:
        """Send what is queued."""
        if not self._queue:
            return
        from app.db.pipeline import run_all

        queue, self._queue = self._queue, []
        run_all(self.session, queue)

    def finish(self, outcome: Outcome) -> None:
        """Queue keeping the outcome beside the command's id, for whoever asks again after a lost answer."""
        from sqlalchemy import text

        from app.commands.codec import encode_outcome

        statement = text("SELECT desktop.finish_command(:id, CAST(:outcome AS jsonb))")
        document = json.dumps(encode_outcome(outcome), ensure_ascii=False)
        self.emit(statement.bindparams(id=self.command_id, outcome=document))

    def first(self, statement: Select[Any]) -> Row[Any] | None:
        """Run what is queued, then the select; return its first row or None."""
        self.flush()
        return self.session.execute(statement).first()

    def all(self, statement: Select[Any]) -> list[Row[Any]]:
        """Run what is queued, then the select; return all its rows."""
        self.flush()
        return list(self.session.execute(statement).all())

    def lock(self, statement: Select[Any], *, of: Any = None, skip_locked: bool = False) -> Select[Any]:
        """Add FOR UPDATE on PostgreSQL; the store has a single writer and needs none."""
        return statement.with_for_update(of=of, skip_locked=skip_locked) if self.online else statement

    def stamp(self, old: datetime | None = None) -> datetime:
        """Return the ``updated_at`` to write: the command's time, but always after the old one."""
        if old is None:
            return self.occurred_at
        return max(self.occurred_at, truncate_ms(old) + timedelta(milliseconds=1))


def not_allowed() -> Refused:
    """Return the refusal for a person without the right."""
    return Refused("NotAllowed", t("Your role doesn't allow this."))


Handler: TypeAlias = Callable[[Any, Context], Outcome]
Recovery: TypeAlias = Callable[[Any, AppError, Any, Any], AppError]
C = TypeVar("C", bound=Command)

HANDLERS: dict[type[Command], Handler] = {}
COMMANDS: dict[str, type[Command]] = {}
RECOVERIES: dict[type[Command], Recovery] = {}
_PERMISSIONS: dict[type[Command], Permission | None] = {}


def handles(
    kind: type[C], *, permission: Permission | None = None
) -> Callable[[Callable[[C, Context], Outcome]], Callable[[C, Context], Outcome]]:
    """Register the handler of a command; with ``permission`` it is checked before the handler runs."""

    def register(handler: Callable[[C, Context], Outcome]) -> Callable[[C, Context], Outcome]:
        if kind in HANDLERS or kind.__name__ in COMMANDS:
            raise ValueError(f"{kind.__name__} has a handler already")
        HANDLERS[kind] = handler
        COMMANDS[kind.__name__] = kind
        _PERMISSIONS[kind] = permission
        return handler

    return register


def on_conflict(kind: type[Command]) -> Callable[[Recovery], Recovery]:
    """Register what completes a command's error after rollback, in a fresh read.

    The function gets (command, error, session, reader) and returns the error to raise: alternatives
    for a lost slot are looked up there.
    """

    def register(recovery: Recovery) -> Recovery:
        RECOVERIES[kind] = recovery
        return recovery

    return register


def needed_permission(kind: type[Command]) -> Permission | None:
    """Return the permission that the registry checks for this command."""
    return _PERMISSIONS.get(kind)


def run(command: Command, context: Context, *, finish: bool = False) -> Outcome:
    """Check the permission, run the handler, send what it queued. One transaction is the caller's.

    With ``finish`` the outcome is kept beside the command's id, in the same trip.
    """
    handler = HANDLERS[type(command)]
    permission = _PERMISSIONS[type(command)]
    if permission is not None:
        context.require(permission)
    outcome = handler(command, context)
    if finish:
        context.finish(outcome)
    context.flush()
    return outcome
