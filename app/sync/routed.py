"""Where commands and questions of an enrolled workstation go: to the server while it answers, else to the store.

Every command is written down first. An answer that got lost is never asked for under a new id: the command stays in
the journal, works on the store, and is sent again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.commands.codec import decode_outcome, encode, encode_outcome
from app.commands.local_store import LocalStore
from app.commands.registry import RECOVERIES, Envelope, Outcome, works_offline
from app.commands.stores import Applied, ServerStore
from app.db.cancel import CancelToken
from app.db.errors import as_app_errors
from app.db.local import LocalDatabase
from app.db.local_state import State, state_of
from app.kernel.errors import AppError, Cancelled, Conflict, Unavailable
from app.kernel.i18n import t
from app.queries.core import Reader
from app.sync import journal
from app.sync.engine import Engine
from app.sync.model import EntryState
from app.sync.rebase import note_effects, run_handler, savepoint

log = logging.getLogger(__name__)
R = TypeVar("R")


class RoutedStore:
    """Server and store as one. May be called from any thread."""

    def __init__(self, server: ServerStore, local: LocalDatabase, engine: Engine) -> None:
        self.server, self.local, self.engine = server, local, engine
        self._store = LocalStore(local)

    @property
    def online(self) -> bool:
        """Whether the server answers."""
        return self.engine.online

    @property
    def server_known(self) -> bool:
        """Whether the server has answered since this was opened, or may be expected to."""
        return self.engine.online or self.engine.answered

    # Commands

    def write(self, envelope: Envelope, reader: Reader) -> Applied:
        """Write the command down, then give it to the server or, without one, to the store.

        Raises the error families; ``Unavailable`` "DiskFull" where it can't be written down.
        """
        self._require_in()
        with as_app_errors():
            return self._write(envelope, reader)

    def _write(self, envelope: Envelope, reader: Reader) -> Applied:
        found = self._known(envelope)
        if found is not None:
            return found
        direct = self.engine.online and not self._backlog(envelope)
        if not direct and not works_offline(type(envelope.command)):
            raise self._needs_server()
        if not direct and (applied := self._enter_and_run(envelope, reader)) is not None:
            return applied
        if not direct:
            n, open_before = self._enter(envelope, sent=False)
            return self._on_store(n, envelope, reader, sent=open_before)
        with self.engine.in_hand.given(envelope.id):
            return self._at_once(envelope, reader)

    def _at_once(self, envelope: Envelope, reader: Reader) -> Applied:
        """Write the command down and give it to the server: the person waits for what it says."""
        n, _ = self._enter(envelope, sent=True)
        try:
            applied = self.server.write(envelope, replace(reader, online=True))
        except Unavailable as error:
            self.engine.lost(error)
            if not works_offline(type(envelope.command)):
                raise self._unknown() from error
            return self._on_store(n, envelope, reader, sent=True)
        except AppError as error:
            self._close(n, EntryState.PENDING if isinstance(error, Cancelled) else EntryState.REFUSED, error)
            raise
        self._acknowledge(n, applied.outcome)
        return applied

    def beside(self) -> ServerStore:
        """Return the server alone, for what only it can do and nothing is written down of; raises Unavailable."""
        if not self.engine.online:
            raise self._needs_server()
        self.engine.expect_more()
        return self.server

    def _require_in(self) -> None:
        if self.engine.shut_out is not None:
            raise self.engine.shut_out

    def _known(self, envelope: Envelope) -> Applied | None:
        """What became of a command that was given here before under this id."""
        with self.local.reading() as session:
            entry = journal.find(session.connection(), envelope.id)
        if entry is None or entry.outcome is None:
            return None
        return Applied(decode_outcome(entry.outcome), repeated=True)

    def _backlog(self, envelope: Envelope) -> bool:
        with self.local.reading() as session:
            waiting, _, _ = journal.counts(session.connection(), envelope.actor.user_id)
        return waiting > 0

    def _enter(self, envelope: Envelope, *, sent: bool) -> tuple[int, bool]:
        """Write it down, or take up again what was written down under this id: it waits from now on, whatever the
        server said to it before. Also tells whether it waits since before, and may be on the server already.
        """
        with self.local.applying() as session:
            connection = session.connection()
            known = journal.find(connection, envelope.id)
            n = journal.enter(connection, envelope, self.engine.desk.versions) if known is None else known.n
            if sent:
                journal.set_state(connection, [n], EntryState.PENDING, sent=1)
            elif known is not None:
                journal.set_state(connection, [n], EntryState.PENDING, code=None, closed_at=None)
        return n, known is not None and known.sent and known.state is EntryState.PENDING

    def _enter_and_run(self, envelope: Envelope, reader: Reader) -> Applied | None:
        """Write a new command down and run it on the store in one transaction: both are there, or neither is.

        None when it was written down before.
        """
        who = envelope.actor.user_id
        with self.local.transaction(who, command_id=envelope.id) as session:
            connection = session.connection()
            if journal.find(connection, envelope.id) is not None:
                return None
            n = journal.enter(connection, envelope, self.engine.desk.versions)
            state_of(connection).take(State(who, envelope.id, entry=n))
            found = self._try_out(session, n, envelope)
        self.engine.refresh()
        if isinstance(found, AppError):
            raise self._completed(envelope, found, reader) from found.__cause__
        self.engine.kick()
        return Applied(found, repeated=False)

    def _try_out(self, session: Session, n: int, envelope: Envelope) -> Outcome | AppError:
        """Run a handler within a transaction that keeps the refusal, too; a full disk ends it whole."""
        connection = session.connection()
        try:
            with savepoint(session, connection), as_app_errors():
                return self._handle(session, n, envelope)
        except Unavailable:
            raise
        except AppError as error:
            journal.set_state(connection, [n], EntryState.REFUSED, code=error.code, closed_at=self.engine.now())
            return error

    def _acknowledge(self, n: int, outcome: Outcome) -> None:
        """Keep that it is done. Where the disk is full now it is asked for once more later, under the same id."""
        document = json.dumps(encode_outcome(outcome), ensure_ascii=False)
        try:
            with self.local.applying() as session:
                journal.set_state(session.connection(), [n], EntryState.ACKED, outcome=document)
        except DBAPIError as error:
            log.warning("an answer can't be kept: %s", type(error.orig).__name__)

    def _close(self, n: int, state: EntryState, error: AppError) -> None:
        with self.local.applying() as session:
            journal.set_state(session.connection(), [n], state, code=error.code, closed_at=self.engine.now())

    def _on_store(self, n: int, envelope: Envelope, reader: Reader, *, sent: bool) -> Applied:
        """Run the handler on the store, so that work goes on; the command waits to be sent."""
        try:
            outcome = self._run(n, envelope)
        except AppError as error:
            if sent:  # the server may have done it: nothing may be said of it before it answers
                raise self._unknown() from error
            self._close(n, EntryState.REFUSED, error)
            raise self._completed(envelope, error, reader) from error.__cause__
        finally:
            self.engine.refresh()
        self.engine.kick()
        return Applied(outcome, repeated=False)

    def _run(self, n: int, envelope: Envelope) -> Outcome:
        who = envelope.actor.user_id
        with as_app_errors(), self.local.transaction(who, command_id=envelope.id, entry=n) as session:
            return self._handle(session, n, envelope)

    @staticmethod
    def _handle(session: Session, n: int, envelope: Envelope) -> Outcome:
        outcome = run_handler(session, envelope)
        note_effects(session.connection(), n, json.dumps(encode(envelope.command)["payload"]), outcome)
        return outcome

    def _completed(self, envelope: Envelope, error: AppError, reader: Reader) -> AppError:
        recovery = RECOVERIES.get(type(envelope.command))
        if recovery is None or not isinstance(error, Conflict) or "alternatives" in error.data:
            return error
        here = replace(reader, online=False)  # who asked may have seen the server answer
        return self._store.read(lambda session: recovery(envelope.command, error, session, here))

    @staticmethod
    def _unknown() -> Unavailable:
        words = t("The server was lost before it answered. Whether this was saved shows as soon as it is back.")
        return Unavailable("OutcomeUnknown", words, outcome_unknown=True)

    @staticmethod
    def _needs_server() -> Unavailable:
        return Unavailable("NeedsServer", t("This needs the server, which can't be reached now."))

    # Questions

    def ask(
        self,
        question: Callable[[Session, bool], R],
        *,
        offline: bool,
        near: bool = False,
        cancel: CancelToken | None = None,
    ) -> R:
        """Answer on the server, else on the store (the second argument says which); ``offline``: the store can.

        ``near``: over a slow line the store may answer in the server's place, while it has everything that the server
        has.
        """
        self._require_in()
        if self.engine.online and not (near and self.engine.answers_near()):
            try:
                return self.server.read(lambda session: question(session, True), cancel)
            except Unavailable as error:
                self.engine.lost(error)
                if not offline:
                    raise
        if not offline:
            raise self._needs_server()
        return self._store.read(lambda session: question(session, False), cancel)

    def read(self, question: Callable[[Session], R], cancel: CancelToken | None = None) -> R:
        """Answer a question that is the same on both."""
        return self.ask(lambda session, _: question(session), offline=True, cancel=cancel)

    def close(self) -> None:
        """End the thread and all connections."""
        self.engine.stop()
        self.server.close()
        self.local.close()
