"""The parts of every write: commands, envelopes, outcomes, and which handler answers which command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from app.domain.enums import Role
from app.domain.permissions import Permission, allowed
from app.kernel.errors import AppError

if TYPE_CHECKING:
    from app.db.frozen import Question  # commands are known before anything that reaches a database is loaded

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
    adopted: bool = False
    """Whether an ADMIN sends it for its author, whose account was disabled meanwhile."""


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


Handler: TypeAlias = Callable[[Any, Any], Outcome]
Recovery: TypeAlias = Callable[[Any, AppError, Any, Any], AppError]
Opening: TypeAlias = Callable[[Any, Any], "Question"]
C = TypeVar("C", bound=Command)
X = TypeVar("X")
"""The context: defined above this module, in ``core``."""

HANDLERS: dict[type[Command], Handler] = {}
COMMANDS: dict[str, type[Command]] = {}
RECOVERIES: dict[type[Command], Recovery] = {}
OPENINGS: dict[type[Command], Opening] = {}
_PERMISSIONS: dict[type[Command], Permission | None] = {}
_SERVER_ONLY: set[type[Command]] = set()
_PATIENCE: dict[type[Command], float] = {}


def handles(
    kind: type[C], *, permission: Permission | None = None, offline: bool = True, seconds: float | None = None
) -> Callable[[Callable[[C, X], Outcome]], Callable[[C, X], Outcome]]:
    """Register the handler of a command; with ``permission`` it is checked before the handler runs.

    With ``offline`` False the command needs the clinic's server: on the store it is refused as "NeedsServer".
    ``seconds`` is how long the server may take for work on all patients, where that is longer than usual.
    """

    def register(handler: Callable[[C, X], Outcome]) -> Callable[[C, X], Outcome]:
        if kind in HANDLERS or kind.__name__ in COMMANDS:
            raise ValueError(f"{kind.__name__} has a handler already")
        HANDLERS[kind] = handler
        COMMANDS[kind.__name__] = kind
        _PERMISSIONS[kind] = permission
        if not offline:
            _SERVER_ONLY.add(kind)
        if seconds is not None:
            _PATIENCE[kind] = seconds
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


def opens_with(kind: type[Command]) -> Callable[[Opening], Opening]:
    """Register what a command asks the server first: it travels with the transaction's beginning, a trip less.

    The function gets (command, context) and may only look at them. The handler asks as if nothing had been sent
    (``Context.rows``); what it asks otherwise than it was registered is asked anew.
    """

    def register(opening: Opening) -> Opening:
        OPENINGS[kind] = opening
        return opening

    return register


def needed_permission(kind: type[Command]) -> Permission | None:
    """Return the permission that the registry checks for this command."""
    return _PERMISSIONS.get(kind)


def patience(kind: type[Command]) -> float | None:
    """Return how many seconds this command may take on the server; None for the usual."""
    return _PATIENCE.get(kind)


def works_offline(kind: type[Command]) -> bool:
    """Tell whether the workstation's store can carry the command out."""
    return kind not in _SERVER_ONLY
