"""One round of sending and fetching: everything that waits goes to the server, everything that changed comes here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from app.commands.registry import Actor, Change
from app.commands.stores import ServerStore
from app.db.local import LocalDatabase
from app.kernel.clock import Clock
from app.queries.core import Reader
from app.sync import discards, journal
from app.sync.feed import ServerFeed
from app.sync.in_hand import InHand
from app.sync.leases import LeaseKeeper
from app.sync.model import SyncReport
from app.sync.pull import NeedsSnapshot, Pulled, pull
from app.sync.push import Pushed, given, push
from app.sync.restored import incarnation_of, send_again
from app.sync.snapshot import read_own, take_snapshot
from app.sync.window import forget, tidy, widen


class Exchange:
    """What a person's workstation exchanges with the server; one round at a time, the caller sees to that."""

    def __init__(
        self,
        local: LocalDatabase,
        server: ServerStore,
        who: Actor,
        clock: Clock,
        leases: LeaseKeeper,
        reader: Callable[[bool], Reader],
    ) -> None:
        self.publish: Callable[[tuple[Change, ...] | None], None] = lambda _: None
        """Hears which rows changed; None: everything may have."""
        self.sending: Callable[[int, int], None] = lambda _sent, _total: None
        """Hears how far the sending is."""
        self.stopped: Callable[[], bool] = lambda: False
        """Whether no further command should be sent."""
        self._local, self._server, self._who, self._clock = local, server, who, clock
        self._leases, self._reader = leases, reader
        self.in_hand = InHand()

    def run(self, feed: ServerFeed) -> SyncReport:
        """Send and fetch until both sides have everything. Raises what the connection raises."""
        report = self._turn(feed)
        while self._mine_waits():
            again = self._turn(feed)
            report += again
            if not again.sent:
                break
        if self._leases.keep(feed, self.now()):
            self.pull(feed)
        return report

    def _turn(self, feed: ServerFeed) -> SyncReport:
        pushed = self._push()
        discards.tell(self._local, feed, self._who, self.now())
        pulled = self.pull(feed)
        return SyncReport(pushed.sent, pushed.applied, pushed.attention, len(pulled.changes), pulled.as_of)

    def leave(self, feed: ServerFeed) -> None:
        """Somebody signs out while the server is there: what is kept for this workstation is free for others."""
        if self._leases.give_back(feed):
            self.pull(feed)

    def _mine_waits(self) -> bool:
        with self._local.reading() as session:
            waiting, _, _ = journal.counts(session.connection(), self._who.user_id)
        return waiting > 0

    def _push(self) -> Pushed:
        give = partial(given, self._server, self._reader)
        return push(self._local, give, self._who, self.sending, self.stopped, self._reader(False),
                    self.in_hand)  # fmt: skip

    def pull(self, feed: ServerFeed) -> Pulled:
        """Fetch what changed, or everything where the feed doesn't reach back."""
        try:
            pulled = self._pull_all(feed)
        except NeedsSnapshot:
            before = incarnation_of(self._local)
            position = take_snapshot(self._local, feed, self._who)
            if before not in (None, position.incarnation):
                send_again(self._local, feed)
            pulled = self._pull_all(feed)
            self.publish(None)
        read_own(self._local, feed, self._who)
        widen(self._local, feed)
        tidy(self._local)
        forget(self._local)
        return pulled

    def _pull_all(self, feed: ServerFeed) -> Pulled:
        pulled = pull(self._local, feed, self._who)
        changes = pulled.changes
        while pulled.more:
            pulled = pull(self._local, feed, self._who)
            changes += pulled.changes
        if changes:
            self.publish(changes)
        return replace(pulled, changes=changes)

    def now(self) -> datetime:
        """The present by this workstation's clock, aware UTC."""
        return self._clock.now().astimezone(UTC)
