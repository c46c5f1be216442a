"""The connection badge: online, or since when not."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from app.kernel.clock import Clock
from app.kernel.i18n import t
from app.ui.shell.badge_words import BadgeWords, badge_words
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.chip import Chip
from app.ui.work import SyncView


class Link(StrEnum):
    """How the window stands to its server."""

    NONE = "none"
    STARTING = "starting"
    ONLINE = "online"
    LOST = "lost"


class Connection(QObject):
    """Knows whether the server answers, and since when it doesn't."""

    changed = Signal()

    def __init__(self, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._clock = clock
        self.link = Link.NONE
        self.lost_at: datetime | None = None
        self.sync: SyncView | None = None
        """Where the workstation can work offline: its own thread knows best whether the server answers."""

    def follow(self, sync: SyncView | None) -> None:
        """Go by an enrolled workstation's state from now on; None: by what lanes meet."""
        self.sync = sync
        if sync is not None:
            sync.changed.connect(self._follow)
            self._follow()

    def _follow(self) -> None:
        sync = self.sync
        if sync is None or sync.status is None:
            return
        link = Link.LOST if sync.offline else Link.ONLINE
        self.lost_at = sync.status.since if sync.offline else None
        self.link = link if sync.heard else Link.STARTING
        self.changed.emit()

    def set_clock(self, clock: Clock) -> None:
        """Tell times by the clinic's clock from now on."""
        self._clock = clock

    def reset(self, link: Link) -> None:
        """Start over: nobody signed in, or the server is being started."""
        self._become(link)

    def reached(self) -> None:
        """The server answered."""
        if self.sync is None:
            self._become(Link.ONLINE)

    def lost(self) -> None:
        """The server didn't answer; the time of the first silence stays."""
        if self.sync is None and self.link is not Link.LOST:
            self.lost_at = self._clock.now()
            self._become(Link.LOST)

    def _become(self, link: Link) -> None:
        if link is not Link.LOST:
            self.lost_at = None
        if link is not self.link:
            self.link = link
            self.changed.emit()


class ConnectionBadge(Chip):
    """The chip at the right of the top bar; a click or Enter says more where there is more to say."""

    opened = Signal()

    def __init__(self) -> None:
        super().__init__("", large=True)
        self.setObjectName("connectionBadge")
        self._can_open = False
        self.hide()

    def show_link(self, connection: Connection, zone: ZoneInfo | None) -> None:
        """Show the state; times are wall-clock in the clinic's zone (the computer's before sign-in)."""
        self.setVisible(connection.link is not Link.NONE)
        sync = connection.sync
        self._set_open(can=sync is not None)
        if connection.link is Link.STARTING:
            words = BadgeWords(t("Starting") if sync is None else t("Connecting"), "database", StatusKind.HELD)
        elif sync is not None and sync.status is not None:
            words = badge_words(sync.status, zone)
        elif connection.lost_at is not None:
            since = connection.lost_at.astimezone(zone)
            text = t("No connection since {time}", time=f"{since:%H:%M}")
            words = BadgeWords(text, "offline", StatusKind.ARRIVED)
        else:
            words = BadgeWords(t("Online"), "cloud", StatusKind.DONE)
        self.show_state(words.text, icon=words.icon, kind=words.kind)
        self.setAccessibleName(t("Connection: {state}", state=words.text))

    def _set_open(self, *, can: bool) -> None:
        self._can_open = can
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if can else Qt.FocusPolicy.NoFocus)
        if can:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setToolTip(t("What waits, and as of when (Ctrl+Shift+C)"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open on the left button."""
        if self._can_open and event.button() is Qt.MouseButton.LeftButton:
            self.opened.emit()
            event.accept()
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open with Enter or the space bar."""
        if self._can_open and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.opened.emit()
            event.accept()
        else:
            super().keyPressEvent(event)
