"""Commands and questions on the workstation's SQLite database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from app.commands.codec import decode_outcome, encode_outcome
from app.commands.core import RECOVERIES, Context, Envelope, run
from app.commands.stores import Applied
from app.db.cancel import CancelToken
from app.db.errors import driver_error, translate
from app.db.local import LocalDatabase
from app.kernel.errors import Conflict, Unavailable
from app.kernel.i18n import t
from app.kernel.ids import DerivedIds
from app.queries.core import Reader

R = TypeVar("R")


class LocalStore:
    """Commands and questions on the workstation's SQLite database."""

    online = False

    def __init__(self, database: LocalDatabase) -> None:
        self.database = database

    def write(self, envelope: Envelope, reader: Reader) -> Applied:
        """Run a command once; its id is kept beside its outcome."""
        try:
            with self.database.transaction(envelope.actor.user_id, command_id=envelope.id) as session:
                stored = self.database.applied(session, envelope.id)
                if stored is not None:
                    return Applied(decode_outcome(stored), repeated=True)
                context = Context(session, envelope, DerivedIds(envelope.id), online=False)
                outcome = run(envelope.command, context)
                self.database.keep(session, envelope.id, envelope.actor, type(envelope.command).__name__,
                                   envelope.workstation, envelope.occurred_at, encode_outcome(outcome))  # fmt: skip
            return Applied(outcome, repeated=False)
        except Exception as error:
            found = translate(error)
            if found is None:
                raise
            recovery = RECOVERIES.get(type(envelope.command))
            if recovery is not None and isinstance(found, Conflict):
                conflict = found
                found = self.read(lambda session: recovery(envelope.command, conflict, session, reader))
            raise found from driver_error(error)

    def read(self, question: Callable[[Session], R], cancel: CancelToken | None = None) -> R:  # noqa: ARG002
        """Answer a question; it is over before it could be withdrawn."""
        try:
            with self.database.reading() as session:
                return question(session)
        except Exception as error:
            found = translate(error)
            if found is None or found is error:
                raise
            raise found from driver_error(error)

    def ask(self, question: Callable[[Session, bool], R], *, offline: bool, cancel: CancelToken | None = None) -> R:
        """Answer a question on the store; Unavailable "NeedsServer" when it can't."""
        if not offline:
            raise Unavailable("NeedsServer", t("This needs the server, which can't be reached now."))
        return self.read(lambda session: question(session, False), cancel)

    def close(self) -> None:
        """Close the file."""
        self.database.close()
