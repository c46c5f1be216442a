"""What a signed-in person works through: execute, ask, hear changes, undo."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, Self, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.commands.core import Actor, Command, Envelope, Outcome
from app.commands.stores import Applied, ServerStore, Store
from app.db.cancel import CancelToken
from app.kernel.clock import Clock
from app.kernel.errors import AppError, Refused, Unavailable
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.queries.core import Reader, check_page, lies_near, works_offline
from app.queries.upkeep import Kept, upkeep
from app.sync.desk_sync import DeskSync
from app.sync.model import SyncReport
from app.sync.routed import RoutedStore
from app.workspace.changes import ChangeBus, ChangeSet
from app.workspace.listener import LiveListener
from app.workspace.upkeep import Upkeep
from app.workspace.watched_folder import WatchedFolder

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

UNDO_DEPTH = 20
LOST_ANSWER_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class ClinicProfile:
    """What a workspace knows of its clinic from sign-in on."""

    clinic_id: str
    name: str
    zone: ZoneInfo
    locale: str
    is_demo: bool
    auto_lock_minutes: int
    hold_minutes: int
    phone_region: str


@dataclass(frozen=True, slots=True)
class UndoEntry:
    """A command that takes back what the person did, and what it was."""

    command: Command
    label: str


class Workspace:
    """One signed-in person on one database. Every method may be called from any thread."""

    def __init__(self, store: Store, actor: Actor, clinic: ClinicProfile, clock: Clock, workstation: str) -> None:
        self.store = store
        self.actor = actor
        self.clinic = clinic
        self.clock = clock
        self.workstation = workstation
        self.changed = ChangeBus()
        self.must_change_password = False
        """Whether the account still has the first password that somebody else made."""
        self.sync: DeskSync | None = None
        """Offline work; None where the workstation isn't enrolled."""
        self.store_problem: AppError | None = None
        """Why an enrolled workstation's store stays closed, while the server is there."""
        self.store_busy = False
        """Whether another process has the store of this enrolled workstation; this one works with the server only."""
        self.caught_up = SyncReport()
        """What was sent and fetched before anything else, in a call without a window."""
        self.at_close: list[Callable[[], None]] = []
        """What has to be given back after everything is closed."""
        self.lab_folder: WatchedFolder | None = None
        """The folder of laboratories' files that this computer watches; None where no window does."""
        self.turns: list[Callable[[], object]] = []
        """What is done once a minute while the person is signed in, behind the database's upkeep (``chores``)."""
        self.live = False
        self.feed_from: int | None = None
        """The oldest transaction that ran at sign-in: what was written from there on is told when listening begins."""
        self.live_changed: list[Callable[[bool, AppError | None], None]] = []
        self._undo: deque[UndoEntry] = deque(maxlen=UNDO_DEPTH)
        self._undo_lock = threading.Lock()
        self._listener: LiveListener | None = None
        self._upkeep: Upkeep | None = None
        self._closed = False

    def reader(self, *, online: bool | None = None) -> Reader:
        """Return who asks, now; ``online`` says on which database, when it isn't the present one."""
        return Reader(
            clinic_id=self.actor.clinic_id,
            user_id=self.actor.user_id,
            roles=self.actor.roles,
            provider_id=self.actor.provider_id,
            zone=self.clinic.zone,
            now=self.clock.now(),
            online=self.store.online if online is None else online,
            workstation=self.workstation,
        )

    def execute(self, command: Command, *, command_id: str | None = None, undoable: bool = True) -> Outcome:
        """Run a command once; raises Refused, Conflict or Unavailable.

        An answer that got lost is looked up under the command's id, never sent again under a new one.
        With the same ``command_id`` a repeated call returns the first outcome.
        """
        self._require_open()
        envelope = Envelope(command_id or new_uuid(), self.actor, self.workstation, self.clock.now(), command)
        applied = self._apply(envelope, self.store)
        outcome = applied.outcome
        if undoable and outcome.undo is not None:
            with self._undo_lock:
                self._undo.append(UndoEntry(outcome.undo, outcome.undo_label))
        self.changed.publish(ChangeSet.of(outcome.changes, own=True))
        return outcome

    def execute_beside(self, command: Command) -> Outcome:
        """Run a command that only the server can carry out, beside others that are under way.

        A workstation writes its commands down one after the other, and what isn't answered yet holds back the next;
        of this one nothing is written down. Without a server it raises Unavailable.
        """
        self._require_open()
        store = self.store.beside() if isinstance(self.store, RoutedStore) else self.store
        envelope = Envelope(new_uuid(), self.actor, self.workstation, self.clock.now(), command)
        outcome = self._apply(envelope, store).outcome
        self.changed.publish(ChangeSet.of(outcome.changes, own=True))
        return outcome

    def _apply(self, envelope: Envelope, store: Store) -> Applied:
        for attempt in range(1, LOST_ANSWER_ATTEMPTS + 1):
            try:
                return store.write(envelope, self.reader())
            except Unavailable as error:
                # Under the same id a command can be sent again whatever became of it; without a server it can't.
                if error.code != "ServerLost" or attempt == LOST_ANSWER_ATTEMPTS:
                    raise
                log.warning("answer to command %s lost, asking again", envelope.id)
        raise AssertionError("unreachable")

    def ask(
        self,
        function: Callable[Concatenate[Session, Reader, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Answer a query function's question; raises the error families."""
        return self.ask_cancellable(None, function, *args, **kwargs)

    def ask_cancellable(
        self,
        cancel: CancelToken | None,
        function: Callable[Concatenate[Session, Reader, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Like ``ask``; ``cancel`` withdraws the question on the server too (raises ``Cancelled``)."""
        self._require_open()
        check_page(kwargs.get("limit"))

        def question(session: Session, online: bool) -> R:
            return function(session, self.reader(online=online), *args, **kwargs)

        offline, store = works_offline(function), self.store
        if isinstance(store, RoutedStore):
            near = lies_near(function, self.reader(), kwargs)
            return store.ask(question, offline=offline, near=near, cancel=cancel)
        return store.ask(question, offline=offline, cancel=cancel)

    @staticmethod
    def cancel_token() -> CancelToken:
        """Return a fresh token that withdraws one question."""
        return CancelToken()

    @property
    def closed(self) -> bool:
        """Whether the person has signed out."""
        return self._closed

    def _require_open(self) -> None:
        if self._closed:
            raise Refused("SignedOut", t("You are signed out."))

    @property
    def undo_label(self) -> str | None:
        """What the next undo would take back, None when there is nothing."""
        with self._undo_lock:
            return self._undo[-1].label if self._undo else None

    def undo(self) -> Outcome | None:
        """Take back the last action; a refusal says why and drops it from the list."""
        with self._undo_lock:
            entry = self._undo.pop() if self._undo else None
        if entry is None:
            return None
        try:
            return self.execute(entry.command, undoable=False)
        except Unavailable:
            with self._undo_lock:
                self._undo.append(entry)
            raise

    def go_live(self) -> None:
        """Begin to follow what others change (server only), and to do one's share of the database's upkeep."""
        if self._upkeep is None:
            self._upkeep = Upkeep(self._keep_up)
            self._upkeep.start()
        if isinstance(self.store, RoutedStore):
            self.store.engine.refused = self._not_let_in
            self.store.engine.start()
        elif self._listener is None and isinstance(self.store, ServerStore):
            self._listener = LiveListener(
                self.store.database.connect, self.changed.publish, self._live_state, self.feed_from
            )
            self.feed_from = None
            self._listener.start()

    def _keep_up(self) -> Kept:
        kept = self.ask(upkeep)
        for turn in self.turns:
            turn()
        return kept

    def _live_state(self, live: bool, error: AppError | None) -> None:
        self.live = live
        for callback in tuple(self.live_changed):
            callback(live, error)

    def _not_let_in(self, error: AppError) -> None:
        for callback in tuple(self.live_changed):
            callback(False, error)

    def work_with(self, store: RoutedStore, sync: DeskSync, workstation: str) -> None:
        """Have an enrolled workstation's store answer too, under the id that the server knows it by."""
        live = self._listener is not None
        if self._listener is not None:
            self._listener.stop()
            self._listener = None
        self.store, self.sync, self.workstation = store, sync, workstation
        if live:
            self.go_live()

    @property
    def answered(self) -> bool:
        """Whether the server has let this person in."""
        return self.store.server_known if isinstance(self.store, RoutedStore) else self.store.online

    def follow(self, live: bool) -> None:
        """Hear from the workstation's own thread whether the server answers."""
        if live != self.live:
            self._live_state(live, None)

    def close(self) -> None:
        """Sign out: end the listener and all connections. Later calls are refused."""
        self._closed = True
        if self._upkeep is not None:
            self._upkeep.stop()
        if self._listener is not None:
            self._listener.stop()
            self._listener.join()
        self.store.close()
        for give_back in self.at_close:
            give_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
