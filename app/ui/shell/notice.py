"""The line above the page while the server doesn't answer: since when, and what that means."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame

from app.kernel.i18n import t
from app.ui.shell.connection import Connection, Link
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, Tone
from app.ui.widgets.chip import Icon
from app.ui.widgets.layouts import row
from app.ui.widgets.paint import box
from app.ui.widgets.text import Label
from app.workspace.sync_state import SyncMode, SyncStatus


class ConnectionNotice(QFrame):
    """Hidden while all is well."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("connectionNotice")
        self.text = Label("", tone=Tone.WARN, elide=True)
        line = row(Icon("offline", tone=Tone.WARN), gap=10, margins=(24, 6, 24, 6), parent=self)
        line.addWidget(self.text, 1)
        self.hide()

    def show_link(self, connection: Connection, zone: ZoneInfo | None) -> None:
        """Show or hide it."""
        text = _words(connection, zone) if connection.link is Link.LOST else ""
        self.setVisible(bool(text))
        self.text.setText(text)
        self.setAccessibleName(text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the fill."""
        box(QPainter(self), QRectF(self.rect()), 0, Theme.current().status(StatusKind.ARRIVED).fill)


def _words(connection: Connection, zone: ZoneInfo | None) -> str:
    sync = connection.sync
    if sync is not None and sync.status is not None:
        return _offline(sync.status, sync.as_of, zone)
    if connection.lost_at is None:
        return ""
    since = f"{connection.lost_at.astimezone(zone):%H:%M}"
    return t("As of {time}: the server doesn't answer. What you type is kept; saving waits.", time=since)


def _offline(status: SyncStatus, as_of: datetime | None, zone: ZoneInfo | None) -> str:
    """An enrolled workstation goes on working: only others' changes are missing."""
    if status.mode is SyncMode.HELD or status.disk_full:
        return status.reason
    if as_of is None:
        return ""
    time = f"{as_of.astimezone(zone):%H:%M}"
    return t("Others' changes as of {time}. Work goes on; what you do goes out when the server is back.", time=time)
