"""The shape of every write: what a handler is given, and how it is run.

A command is a frozen dataclass with client-made ids. Its handler runs unchanged on PostgreSQL and on
the workstation's store: actor, time and ids come from outside, never from ``now()`` or ``uuid4()``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Executable, Row, Select, bindparam, func, select, text
from sqlalchemy.orm import Session

from app.commands.codec import encode_outcome
from app.commands.registry import (
    COMMANDS,
    HANDLERS,
    JSON,
    OPENINGS,
    RECOVERIES,
    Actor,
    Change,
    Command,
    Envelope,
    Outcome,
    handles,
    needed_permission,
    on_conflict,
    opens_with,
    patience,
    works_offline,
)
from app.db.frozen import Question
from app.db.pipeline import Queued, run_all
from app.domain.permissions import Permission
from app.kernel.clock import truncate_ms
from app.kernel.errors import Refused, Unavailable
from app.kernel.i18n import t
from app.kernel.ids import Ids

__all__ = [
    "COMMANDS",
    "HANDLERS",
    "JSON",
    "OPENINGS",
    "RECOVERIES",
    "Actor",
    "AnySelect",
    "Change",
    "Command",
    "Context",
    "Envelope",
    "Outcome",
    "decide",
    "handles",
    "needed_permission",
    "not_allowed",
    "on_conflict",
    "opens_with",
    "patience",
    "run",
    "works_offline",
]

AnySelect: TypeAlias = Select[*tuple[Any, ...]]
AnyRow: TypeAlias = Row[*tuple[Any, ...]]


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
        self.warns = True
        """Whether somebody reads warnings: what costs time only for them is left out when a command is decided anew."""
        self._queue: list[Queued] = []
        self._answered: tuple[Question, list[Any]] | None = None

    def require(self, permission: Permission) -> None:
        """Refuse with "NotAllowed" unless the person may do this."""
        if not self.actor.may(permission):
            raise not_allowed()

    def emit(self, *statements: Executable) -> None:
        """Queue inserts, updates or function calls; they run in order before the next read or the commit."""
        self._queue.extend((statement, None) for statement in statements)

    def emit_with(self, statement: Executable, values: Mapping[str, Any]) -> None:
        """Queue a statement that is built once, with this time's values: cheaper than building it each time."""
        self._queue.append((statement, values))

    def call(self, function: str, *arguments: object) -> None:
        """Queue ``SELECT desktop.function(arguments)``; for the server only."""
        bound: list[Any] = [bindparam(f"a{i}", value, unique=True) for i, value in enumerate(arguments)]
        self.emit(select(getattr(func.desktop, function)(*bound)))

    def flush(self, *, commit: bool = False) -> None:
        """Send what is queued; with ``commit`` the server's transaction ends in the same trip."""
        if not self._queue:
            return
        queue, self._queue = self._queue, []
        self._answered = None
        run_all(self.session, queue, commit=commit)

    def finish(self, outcome: Outcome) -> None:
        """Queue keeping the outcome beside the command's id, for whoever asks again after a lost answer."""
        document = json.dumps(encode_outcome(outcome), ensure_ascii=False)
        self.emit_with(_FINISH, {"id": self.command_id, "outcome": document})

    def first(self, statement: AnySelect) -> AnyRow | None:
        """Run what is queued, then the select; return its first row or None."""
        self.flush()
        return self.session.execute(statement).first()

    def all(self, statement: AnySelect) -> list[AnyRow]:
        """Run what is queued, then the select; return all its rows."""
        self.flush()
        return list(self.session.execute(statement).all())

    def answer(self, question: Question, rows: list[Any]) -> None:
        """Keep the rows of what was asked along with the transaction's beginning, until something is written."""
        self._answered = question, rows

    def rows(self, question: Question) -> list[Any]:
        """Run what is queued, then a select that is built once; return all its rows."""
        self.flush()
        answered, self._answered = self._answered, None
        if answered is not None and answered[0] == question:
            return answered[1]
        return question.statement.rows(self.session, **question.values)

    def lock(self, statement: AnySelect, *, of: Any = None, skip_locked: bool = False) -> AnySelect:
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


_FINISH = text("SELECT desktop.finish_command(:id, CAST(:outcome AS jsonb))")


def run(command: Command, context: Context) -> Outcome:
    """Check the permission, run the handler, send what it queued. One transaction is the caller's."""
    outcome = decide(command, context)
    context.flush()
    return outcome


def decide(command: Command, context: Context) -> Outcome:
    """Check the permission and run the handler; what it queued last is still to be sent."""
    handler = HANDLERS[type(command)]
    permission = needed_permission(type(command))
    if permission is not None:
        context.require(permission)
    if not context.online and not works_offline(type(command)):
        raise Unavailable("NeedsServer", t("This needs the clinic's server."))
    return handler(command, context)
