"""What window and command line see of offline work: how things stand, and the decisions that people take."""

from __future__ import annotations

from collections.abc import Callable

from app.commands.registry import Command
from app.db.errors import translate
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import t
from app.sync import attention, journal
from app.sync.engine import Engine
from app.sync.journal import Entry
from app.sync.model import AttentionItem, EntryState, SyncReport, SyncStatus

_DISCARD = "SELECT desktop.discard_command(%s, %s, %s, %s, %s, %s)"


class DeskSync:
    """The workstation's own work with the server, for the person signed in. May be called from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def changed(self) -> list[Callable[[SyncStatus], None]]:
        """Called with each new state, on any thread."""
        return self._engine.changed

    def status(self) -> SyncStatus:
        """How things stand."""
        return self._engine.status()

    def sync_now(self) -> SyncReport:
        """Send and fetch at once; raises ``Unavailable`` without a server, ``Refused`` "SyncHeld"."""
        try:
            return self._engine.sync_now()
        except AppError as error:
            self._engine.lost(error)
            raise

    def kick(self) -> None:
        """Try the line at once."""
        self._engine.kick()

    def cut(self, cut: bool) -> None:
        """Cut the connection as a broken cable would, or mend it (the demo's button)."""
        self._engine.server.database.cut(cut)
        self._engine.kick()

    def attention(self) -> tuple[AttentionItem, ...]:
        """What a person has to decide on, oldest first."""
        with self._engine.local.reading() as session:
            return attention.items(session.connection(), self._engine.who)

    def waiting(self) -> tuple[AttentionItem, ...]:
        """What waits to be sent, in its order, colleagues' too."""
        with self._engine.local.reading() as session:
            return attention.waiting(session.connection(), self._engine.who)

    def waiting_rows(self) -> frozenset[tuple[str, str]]:
        """Rows (table, key) that the server hasn't confirmed yet."""
        with self._engine.local.reading() as session:
            return attention.waiting_rows(session.connection())

    def retry(self, command_id: str) -> None:
        """Send a command again under its own id, and what was decided on it."""
        attention.retry(self._engine.local, command_id, self._engine.who)
        self._decided()

    def discard(self, command_id: str, reason: str) -> None:
        """Give a command up. The reason is told to the server, where it is audited: needs the server.

        Refused "NoReason"; Conflict "AlreadyApplied" when the server has it after all; ``Unavailable``.
        """
        if not reason.strip():
            raise Refused("NoReason", t("Say why this is given up."), field="reason")
        engine = self._engine
        with engine.local.reading() as session:
            entry = attention.require(session.connection(), command_id, engine.who)
        try:
            self._tell_discarded(entry, reason)
        except AppError as error:
            if error.code != "AlreadyApplied":
                raise
            with engine.local.applying() as session:  # it had arrived: the next pull brings what it did
                journal.set_state(session.connection(), [entry.n], EntryState.ACKED, sent=1)
            self._decided()
            raise
        attention.discard(engine.local, command_id, engine.who, reason, engine.now())
        self._decided()

    def take_theirs(self, command_id: str) -> None:
        """Leave things as the server has them."""
        self.discard(command_id, t("Taken as the server has it."))

    def change(self, command_id: str, command: Command, execute: Callable[[Command], object]) -> None:
        """Do it another way: the new command is given first, then the old one given up."""
        execute(command)
        self.discard(command_id, t("Done another way."))

    def adopt(self, command_id: str) -> None:
        """Take over what a colleague, whose account was disabled, couldn't send any more (ADMIN)."""
        attention.adopt(self._engine.local, command_id, self._engine.who)
        self._decided()

    def _tell_discarded(self, entry: Entry, reason: str) -> None:
        at = entry.occurred_at.replace(tzinfo=None)
        values = (entry.id, entry.kind, entry.workstation, at, entry.actor.user_id, reason)
        try:
            with self._engine.server.database.connect() as raw:
                raw.autocommit = True
                raw.execute(_DISCARD, values)
        except Exception as error:
            found = translate(error)
            if found is None or found is error:
                raise
            raise found from error

    def _decided(self) -> None:
        self._engine.refresh()
        self._engine.publish(None)
        self._engine.kick()
