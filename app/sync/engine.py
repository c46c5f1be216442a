"""Keeping a workstation and its server together: one thread for each person at work.

It connects, says who calls, has everything sent and fetched, and then listens. When the line is lost the store
answers; the thread goes on trying. Nothing here ever waits on the window's thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

import psycopg
from sqlalchemy.exc import DBAPIError

from app.commands.registry import Actor, Change
from app.commands.stores import ServerStore
from app.db.cancel import Deadline
from app.db.errors import translate
from app.db.local import LocalDatabase
from app.domain.enums import Role
from app.kernel.clock import Clock
from app.kernel.errors import AppError, Refused, Unavailable
from app.kernel.i18n import t
from app.queries.core import Reader
from app.sync import journal
from app.sync.contact import SHUT_OUT, Contact, call, taken_out
from app.sync.exchange import Exchange
from app.sync.feed import ServerFeed
from app.sync.in_hand import InHand
from app.sync.leases import LeaseKeeper
from app.sync.model import OPEN_STATES, Reading, SyncMode, SyncReport, SyncStatus
from app.sync.place import Desk
from app.sync.rebase import put_acknowledged_on
from app.sync.reconcile import Reconciler
from app.sync.standing import Standing

log = logging.getLogger(__name__)

POLL_SECONDS = 15.0
"""The bell is a hint; this makes sure."""
RETRY_SECONDS = 1.5
LISTEN_SECONDS = 0.2
PING_SECONDS = 4.0
TRIPS_AT_FIRST = 3
"""So many tell how long the line is; later each ping does."""
BEAT_SECONDS = 180.0
ANSWER_SECONDS = 4.0
"""With these a line that went dead is noticed within ten seconds, whatever swallows the packets."""


class Engine:
    """Sending and fetching for one signed-in person. ``start`` begins, ``stop`` ends it."""

    def __init__(
        self,
        local: LocalDatabase,
        server: ServerStore,
        who: Actor,
        desk: Desk,
        clock: Clock,
        reader: Callable[[bool], Reader],
    ) -> None:
        self.local, self.server, self.who, self.desk, self.clock = local, server, who, desk, clock
        self.publish: Callable[[tuple[Change, ...] | None], None] = lambda _: None
        """Hears which rows changed; None: everything may have."""
        self.revoked: Callable[[], None] = lambda: None
        self.shut_out: Refused | None = None
        """Why the server lets the person in no more; then the store doesn't answer them either."""
        self.refused: Callable[[AppError], None] = lambda _: None
        """Called when the server is there and lets the person in no more; told again at every try."""
        self.let_in_again: Callable[[], None] = lambda: None
        """Called when a server that was put back to an earlier day knows the workstation again. Never raises."""
        self.reading_chosen: Callable[[Reading], None] = lambda _: None
        """Called with what was chosen for the workstation: keeps it beside the store. Never raises."""
        self.beat: Callable[[], None] = lambda: None
        """Called every few minutes of work and at its end: remembers the present. Never raises."""
        self._beaten = 0.0
        self.rounds = 0
        """How often everything was sent and fetched since the engine was made."""
        self._round_at = 0.0
        self._enough = 1
        """From which round on the store has all that was done beside the journal."""
        self._answered = self._bare = False
        self._round = threading.RLock()
        self._kick, self._stop = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._standing = Standing(local, who, clock)
        self._exchange = Exchange(local, server, who, clock, LeaseKeeper(local, desk.workstation), reader)
        self._exchange.publish = self._publish
        self._exchange.in_hand.passed_over = self.kick
        self._exchange.sending, self._exchange.stopped = self._sending, self._stop.is_set
        self._reconciler = Reconciler(local, who)

    def let_in(self) -> None:
        """The server has just let this person in: with nothing to send first, it answers from the beginning."""
        self._answered = True
        if not self.status().waiting:
            self._standing.enter(SyncMode.ONLINE)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread. Twice does no harm."""
        leaving = not self._stop.is_set()
        self._stop.set()
        self._kick.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5.0)
        if leaving:
            self.beat()

    def _keep_time(self) -> bool:
        due = time.monotonic() - self._beaten >= BEAT_SECONDS
        if due:
            self._beaten = time.monotonic()
            self.beat()
        return due

    def kick(self) -> None:
        """Try at once instead of waiting: there is something to send, or the line may be back."""
        self._kick.set()

    @property
    def in_hand(self) -> InHand:
        """What somebody is giving the server at this moment: no round sends it."""
        return self._exchange.in_hand

    @property
    def answered(self) -> bool:
        """Whether the server has let this person in since the engine was made."""
        return self._answered

    # How things stand

    @property
    def changed(self) -> list[Callable[[SyncStatus], None]]:
        """Called with each new state, on any thread."""
        return self._standing.changed

    def status(self) -> SyncStatus:
        """How things stand now."""
        return self._standing.status

    @property
    def online(self) -> bool:
        """Whether questions and commands go to the server."""
        return self._standing.online

    def answers_near(self) -> bool:
        """Whether the store may answer in the server's place: so it was chosen, and the mirror lacks nothing known.

        What was done here counts as lacking until a pull has brought it, and so does everything when no round has been
        for a while.
        """
        recent = time.monotonic() - self._round_at <= 2 * POLL_SECONDS
        if not (self._standing.line.near and self.online and recent and self.rounds >= self._enough):
            return False
        with self.local.reading() as session:
            return not journal.waits(session.connection(), OPEN_STATES)

    def expect_more(self) -> None:
        """Something is done on the server that the journal doesn't know: the round after the present one brings it."""
        self._enough = self.rounds + 2
        self.kick()

    def refresh(self) -> None:
        """Count anew what waits, and tell."""
        self._standing.count()
        self._standing.tell()

    def lost(self, error: AppError | None) -> None:
        """The line is gone: from now on the store answers. What the server has and the store hasn't yet is put on."""
        reason, code = (error.message, error.code) if error is not None else ("", "")
        gone = self._standing.enter(SyncMode.OFFLINE, sent=0, total=0, reason=reason, disk_full=code == "DiskFull")
        if gone:
            self.server.database.hang_up()
        if gone or self._bare:
            self.cover()
            self._standing.count()
            self.publish(None)
            self._standing.tell()

    def cover(self) -> None:
        """Show what was applied on the server and hasn't come back in a pull; a full disk makes that wait."""
        try:
            put_acknowledged_on(self.local)
            self._bare = False
        except DBAPIError as error:
            self._bare = True
            level = logging.WARNING if translate(error) else logging.ERROR  # a full disk, or a fault of ours
            log.log(level, "what the server has can't be shown yet: %s", type(error.orig).__name__)

    def _run(self) -> None:
        while not self._stop.is_set():
            if self.status().revoked and self.shut_out is not None:  # told until whoever shows the window has heard it
                self.refused(self.shut_out)
                self._stop.wait(RETRY_SECONDS)
                continue
            try:
                with self.server.database.connect() as raw:
                    self._connected(raw)
            except (psycopg.Error, AppError) as error:
                if not self._stop.is_set():
                    self._not_let_in(translate(error))
            except Exception as error:
                why = translate(error)  # this computer's disk is full, perhaps
                level = logging.WARNING if why is not None or self._stop.is_set() else logging.ERROR
                log.log(level, "a round of sending and fetching failed", exc_info=why is None)
                if not self._stop.is_set():  # the store is closed: nothing is left to be shown
                    self.lost(why)
            self._keep_time()
            self._kick.wait(POLL_SECONDS if self.status().mode is SyncMode.HELD else RETRY_SECONDS)
            self._kick.clear()

    def _not_let_in(self, error: AppError | None) -> None:
        if isinstance(error, Refused) and error.code in SHUT_OUT:
            self.shut_out = error
        self.lost(error)
        if isinstance(error, Refused) and not self._stop.is_set():
            self.refused(error)

    def _connected(self, raw: psycopg.Connection) -> None:
        feed = ServerFeed(raw, self.who.roles)
        if not self._may_sync(feed):
            return
        raw.execute("LISTEN mha_feed")
        self._catch_up(feed)
        for _ in range(TRIPS_AT_FIRST):
            self._ping(raw)
        waited = quiet = 0.0
        while not self._stop.is_set():
            rang = any(True for _ in raw.notifies(timeout=LISTEN_SECONDS, stop_after=1))
            waited += LISTEN_SECONDS
            quiet += LISTEN_SECONDS
            if rang or waited >= POLL_SECONDS or self._kick.is_set():
                waited = quiet = 0.0
                self._kick.clear()
                self._catch_up(feed)
                if taken_out(self.local, self.desk) and not self._may_sync(feed):
                    return
            elif quiet >= PING_SECONDS:
                quiet = 0.0
                self._ping(raw)
                if self._keep_time() and not self._may_sync(feed):  # an ADMIN sees when it was heard from
                    return
                with self._round:  # nothing is going on: some rows are compared with the server's, now and then
                    self._reconciler.turn(feed, lambda: self._exchange.pull(feed))
        self._leave(feed)

    def _leave(self, feed: ServerFeed) -> None:
        with self._round:
            self._exchange.leave(feed)

    def _ping(self, raw: psycopg.Connection) -> None:
        """Ask whether the server is there: neither keepalives nor the kernel notice one that is frozen."""
        began = time.monotonic()
        with Deadline(raw, ANSWER_SECONDS):
            raw.execute("SELECT 1")
        self._standing.note_trip(time.monotonic() - began)

    def _may_sync(self, feed: ServerFeed) -> bool:
        """Say who calls; False when nothing may be sent (the thread then tries again later)."""
        with self._round:  # one at a time: a smaller number that comes later looks like an old copy
            contact: Contact = call(self.local, feed, self.desk, admin=Role.ADMIN in self.who.roles)
        if contact.unknown:
            reason = t("The clinic's server doesn't know this workstation: it was put back to an earlier day, perhaps. "
                       "What is done here is kept. It is sent once an administrator has signed in here.")  # fmt: skip
            self._standing.enter(SyncMode.HELD, reason=reason, unknown=True)
            return False
        if contact.revoked:
            reason = t("This workstation was taken out of service by an administrator.")
            self.shut_out = Refused("WorkstationRevoked", reason, field="workstation")
            self._standing.enter(SyncMode.HELD, reason=reason, revoked=True)
            self.revoked()
            self.refused(self.shut_out)
            return False
        if contact.again:
            self.let_in_again()
        if contact.old_copy:
            log.warning("this store is an old copy: the mirror is built anew")
        if contact.too_old(self.desk.versions):
            reason, behind = contact.why_held(self.desk.versions), contact.behind(self.desk.versions)
            self._standing.enter(SyncMode.HELD, reason=reason, unknown=False, server_old=behind)
            return False
        return True

    def _catch_up(self, feed: ServerFeed) -> SyncReport:
        """Send and fetch until both sides have everything; afterwards the server answers again."""
        with self._round:
            report = self._exchange.run(feed)
        self.rounds += 1
        self._round_at = time.monotonic()
        back, self._answered, self.shut_out = not self.online, True, None
        self._standing.count()
        self._standing.enter(SyncMode.ONLINE, sent=0, total=0, reason="", unknown=False)
        if back:
            self.publish(None)
        return report

    def _publish(self, changes: tuple[Change, ...] | None) -> None:
        self.publish(changes)

    def _sending(self, sent: int, total: int) -> None:
        if not self.online and total > 1:
            self._standing.enter(SyncMode.SENDING, sent=sent, total=total)

    def sync_now(self) -> SyncReport:
        """Send and fetch once on a connection of its own; raises ``Unavailable`` when there is no server."""
        try:
            with self.server.database.connect() as raw:
                feed = ServerFeed(raw, self.who.roles)
                if not self._may_sync(feed):
                    raise Refused("SyncHeld", self.status().reason)
                return self._catch_up(feed)
        except psycopg.Error as error:
            found = translate(error) or Unavailable("ServerLost", t("The server can't be reached."))
            raise found from error

    def now(self) -> datetime:
        """The present by this workstation's clock, aware UTC."""
        return self._exchange.now()
