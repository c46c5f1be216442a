"""The connection badge: online, or since when not."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Signal

from app.kernel.clock import Clock
from app.kernel.i18n import t
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.chip import Chip


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

    def set_clock(self, clock: Clock) -> None:
        """Tell times by the clinic's clock from now on."""
        self._clock = clock

    def reset(self, link: Link) -> None:
        """Start over: nobody signed in, or the server is being started."""
        self._become(link)

    def reached(self) -> None:
        """The server answered."""
        self._become(Link.ONLINE)

    def lost(self) -> None:
        """The server didn't answer; the time of the first silence stays."""
        if self.link is not Link.LOST:
            self.lost_at = self._clock.now()
            self._become(Link.LOST)

    def _become(self, link: Link) -> None:
        if link is not Link.LOST:
            self.lost_at = None
        if link is not self.link:
            self.link = link
            self.changed.emit()


class ConnectionBadge(Chip):
    """The chip at the right of the top bar."""

    def __init__(self) -> None:
        super().__init__("", large=True)
        self.setObjectName("connectionBadge")
        self.hide()

    def show_link(self, connection: Connection, zone: ZoneInfo | None) -> None:
        """Show the state; times are wall-clock in the clinic's zone (the computer's before sign-in)."""
        self.setVisible(connection.link is not Link.NONE)
        if connection.link is Link.ONLINE:
            self.show_state(t("Online"), icon="cloud", kind=StatusKind.DONE)
        elif connection.link is Link.STARTING:
            self.show_state(t("Starting"), icon="database", kind=StatusKind.HELD)
        elif connection.lost_at is not None:
            since = connection.lost_at.astimezone(zone)
            text = t("No connection since {time}", time=f"{since:%H:%M}")
            self.show_state(text, icon="offline", kind=StatusKind.ARRIVED)
        self.setAccessibleName(t("Connection: {state}", state=self.text()))
