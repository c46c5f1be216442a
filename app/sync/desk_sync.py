"""What window and command line see of offline work: how things stand, and the decisions that people take."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import LiteralString

import psycopg

from app.commands.registry import Command
from app.db.errors import translate
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import t
from app.sync import attention, discards, handing, journal, meta
from app.sync.engine import Engine
from app.sync.feed import Row, ServerFeed
from app.sync.journal import Entry
from app.sync.model import AttentionItem, EntryState, Reading, SyncReport, SyncStatus

log = logging.getLogger(__name__)

_ARRIVED: LiteralString = "SELECT desktop.which_applied(%s)"


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
            if error.code != "SyncHeld":
                self._engine.lost(error)
            raise

    def read_from(self, reading: Reading) -> None:
        """Choose for this workstation from where boards and search are read while the server answers."""
        with self._engine.local.applying() as session:
            meta.put(session.connection(), meta.READING, reading.value)
        self._engine.reading_chosen(reading)
        self._engine.refresh()

    def begin(self) -> None:
        """Send and fetch by itself from now on, until the workspace is closed; returns at once."""
        self._engine.start()

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

        Refused "NoReason"; Refused "AlreadyApplied" when the server has it after all; ``Unavailable``.
        """
        if not reason.strip():
            raise Refused("NoReason", t("Say why this is given up."), field="reason")
        engine, entry = self._engine, self._entry(command_id)
        try:
            self._ask(discards.STATEMENT, discards.values(entry, reason))
        except AppError as error:
            if error.code == discards.APPLIED:
                self._has_arrived(entry)
            raise
        attention.discard(engine.local, command_id, engine.who, reason, engine.now())
        self._decided()

    def take_theirs(self, command_id: str) -> None:
        """Leave things as the server has them."""
        self.discard(command_id, t("Taken as the server has it."))

    def change(self, command_id: str, command: Command, execute: Callable[[Command], object]) -> None:
        """Do it another way: the new command is given first, and only when it was taken the old one given up.

        Nothing is done when the server has the old one after all (Refused "AlreadyApplied") or can't be asked
        (``Unavailable``). Once the new one is given the old one is over here at once, whatever the line does: the
        server is told with the next round.
        """
        engine, entry = self._engine, self._entry(command_id)
        if self._ask(_ARRIVED, ([command_id],)):
            self._has_arrived(entry)
            raise Refused(discards.APPLIED, t("This has been done already. It can't be discarded any more."))
        execute(command)
        attention.discard(engine.local, command_id, engine.who, t("Done another way."), None)
        try:
            with engine.server.database.connect() as raw:
                discards.tell(engine.local, ServerFeed(raw, engine.who.roles), engine.who, engine.now())
        except (psycopg.Error, AppError) as error:
            log.info("what was given up is told later: %s", type(error).__name__)
        self._decided()

    def adopt(self, command_id: str) -> None:
        """Take over what a colleague, whose account was disabled, couldn't send any more (ADMIN)."""
        attention.adopt(self._engine.local, command_id, self._engine.who)
        self._decided()

    def recipients(self, command_id: str) -> tuple[tuple[str, str], ...]:
        """To whom what a disabled colleague left may be handed over: ids and names."""
        entry = self._entry(command_id)
        with self._engine.local.reading() as session:
            return tuple((one.user_id, one.name) for one in handing.recipients(session.connection(), entry))

    def hand_over(self, command_id: str, to: str) -> str:
        """Let a colleague decide on it, and do it in their own name; returns their name (ADMIN; needs the server).

        Nothing is done when the server has it after all (Refused "AlreadyApplied").
        """
        engine = self._engine
        with engine.local.reading() as session:
            given = handing.group(session.connection(), command_id, engine.who)
        arrived = {row[0] for row in self._ask(_ARRIVED, ([one.id for one in given],))}
        for entry in given:
            if entry.id in arrived:
                self._has_arrived(entry)
        if arrived:
            raise Refused(discards.APPLIED, t("This has been done already. It can't be discarded any more."))
        name = handing.hand_over(engine.local, command_id, engine.who, to)
        self._decided()
        return name

    def _entry(self, command_id: str) -> Entry:
        with self._engine.local.reading() as session:
            return attention.require(session.connection(), command_id, self._engine.who)

    def _has_arrived(self, entry: Entry) -> None:
        """The server had applied it: the next pull brings what it did."""
        with self._engine.local.applying() as session:
            journal.set_state(session.connection(), [entry.n], EntryState.ACKED, sent=1)
        self._decided()

    def _ask(self, statement: LiteralString, values: tuple[object, ...]) -> list[Row]:
        try:
            with self._engine.server.database.connect() as raw:
                return ServerFeed(raw, self._engine.who.roles).ask(statement, values)
        except Exception as error:
            found = translate(error)
            if found is None or found is error:
                raise
            raise found from error

    def _decided(self) -> None:
        self._engine.refresh()
        self._engine.publish(None)
        self._engine.kick()
