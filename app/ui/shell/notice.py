"""The line above the page while the server doesn't answer: since when, and what that means."""

from __future__ import annotations

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
        lost = connection.lost_at if connection.link is Link.LOST else None
        self.setVisible(lost is not None)
        if lost is not None:
            since = f"{lost.astimezone(zone):%H:%M}"
            self.text.setText(
                t("As of {time}: the server doesn't answer. What you type is kept; saving waits.", time=since)
            )
            self.setAccessibleName(self.text.text())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the fill."""
        box(QPainter(self), QRectF(self.rect()), 0, Theme.current().status(StatusKind.ARRIVED).fill)
