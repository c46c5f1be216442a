"""Where commands run and questions are answered: the server, or the workstation's store.

Both offer the same two calls, so the workspace only decides which one to use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, LiteralString, Protocol, TypeVar

from sqlalchemy.orm import Session

from app.commands.codec import decode_outcome
from app.commands.core import OPENINGS, RECOVERIES, Context, Envelope, Outcome, decide, patience
from app.db.cancel import CancelToken
from app.db.errors import RETRY_STATES, broken_off, driver_error, sqlstate, translate
from app.db.pipeline import begin_with
from app.db.server import ServerDatabase
from app.kernel.errors import AppError, Conflict, Unavailable
from app.kernel.ids import DerivedIds
from app.queries.core import Reader

R = TypeVar("R")
ATTEMPTS = 5
"""How often a command is sent again after a deadlock or serialisation failure."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a command: its outcome, and whether it had been applied before."""

    outcome: Outcome
    repeated: bool


class Store(Protocol):
    """A database that commands and questions can be put to."""

    @property
    def online(self) -> bool:
        """Whether the server answers."""
        ...

    def write(self, envelope: Envelope, reader: Reader) -> Applied:
        """Run a command in one transaction; raises the error families."""
        ...

    def read(self, question: Callable[[Session], R], cancel: CancelToken | None = None) -> R:
        """Answer a question; raises the error families."""
        ...

    def ask(self, question: Callable[[Session, bool], R], *, offline: bool, cancel: CancelToken | None = None) -> R:
        """Answer a question that hears whether the server answers it; ``offline``: the workstation's store can too."""
        ...

    def close(self) -> None:
        """End all connections."""
        ...


class ServerStore:
    """Commands and questions on PostgreSQL, as the signed-in person's own role."""

    online = True

    def __init__(self, database: ServerDatabase) -> None:
        self.database = database

    def write(self, envelope: Envelope, reader: Reader, *, warns: bool = True) -> Applied:
        """Apply a command once: its id goes in first and waits there for a twin still in flight.

        ``warns`` False: nobody is there to read what it warns of, and nothing is looked up for that.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._apply(envelope, warns=warns)
            except AppError as error:
                state = sqlstate(error.__cause__) if error.__cause__ is not None else None
                if state not in RETRY_STATES or attempt == ATTEMPTS:
                    raise self._completed(envelope, error, reader) from error.__cause__
        raise AssertionError("unreachable")

    def _apply(self, envelope: Envelope, *, warns: bool) -> Applied:
        committing = False
        try:
            with self.database.transaction(patience(type(envelope.command))) as session:
                context = Context(session, envelope, DerivedIds(envelope.id), online=True)
                context.warns = warns
                stored = _begin(context, envelope)
                if stored is not None:
                    return Applied(decode_outcome(stored), repeated=True)
                outcome = decide(envelope.command, context)
                context.finish(outcome)
                committing = True
                context.flush(commit=True)
            return Applied(outcome, repeated=False)
        except Exception as error:
            found = translate(error, committing=committing)
            if found is None or found is error:
                raise
            raise broken_off(found) from driver_error(error)

    def _completed(self, envelope: Envelope, error: AppError, reader: Reader) -> AppError:
        recovery = RECOVERIES.get(type(envelope.command))
        if recovery is None or not isinstance(error, Conflict) or "alternatives" in error.data:
            return error
        return self.read(lambda session: recovery(envelope.command, error, session, reader))

    def read(self, question: Callable[[Session], R], cancel: CancelToken | None = None) -> R:
        """Answer a question in autocommit: one trip a statement, no transaction around it.

        A connection that broke while nobody used it is noticed here first: the question is asked once more.
        """
        try:
            return self._answer(question, cancel)
        except Unavailable as error:
            if error.code != "ServerLost":
                raise
            return self._answer(question, cancel)

    def ask(self, question: Callable[[Session, bool], R], *, offline: bool, cancel: CancelToken | None = None) -> R:  # noqa: ARG002
        """Answer a question on the server."""
        return self.read(lambda session: question(session, True), cancel)

    def _answer(self, question: Callable[[Session], R], cancel: CancelToken | None) -> R:
        try:
            with self.database.reading(cancel) as session:
                return question(session)
        except Exception as error:
            found = translate(error)
            if found is None or found is error:
                raise
            withdrawn = cancel is not None and cancel.cancelled
            raise (found if withdrawn else broken_off(found)) from driver_error(error)

    def close(self) -> None:
        """End all connections to the server."""
        self.database.close()


_BEGIN: LiteralString = (
    "SELECT fresh, outcome FROM desktop.begin_command(%(id)s, %(kind)s, %(workstation)s, %(at)s, %(author)s)"
)


def _begin(context: Context, envelope: Envelope) -> dict[str, Any] | None:
    """Insert the command's id; return the kept outcome when it was applied before, else None.

    What the command asks first is sent along: a second comer at a slot, and a booking, need a trip less.
    """
    values = {
        "id": envelope.id,
        "kind": type(envelope.command).__name__,
        "workstation": envelope.workstation,
        "at": envelope.occurred_at.replace(tzinfo=None),
        "author": envelope.actor.user_id if envelope.adopted else None,
    }
    opening = OPENINGS.get(type(envelope.command))
    if opening is None:
        (begun,) = begin_with(context.session, (_BEGIN, values))
    else:
        question = opening(envelope.command, context)
        asked = question.statement.written(context.session.get_bind().dialect)
        begun, found = begin_with(context.session, (_BEGIN, values), (asked.text, asked.values(question.values)))
        context.answer(question, asked.rows(found))
    ((fresh, outcome),) = begun.fetchall()
    return None if fresh else (outcome or {"result": {}})
