"""The strip above the booking form: which time is held, and how long it still is."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QRectF, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.chip import Icon
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label
from app.ui.work import ShellApi

BAR = 3


class HoldBanner(QWidget):
    """Counts a hold down, second by second, with a line that shrinks."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._until: datetime | None = None
        self._full = 1.0
        self.time = Label(t("Choose a time"), strong=True)
        self.provider = Label("", tone=Tone.MUTED)
        self.detail = Label("", role=TypeRole.META, tone=Tone.MUTED)
        self.left = Label("", strong=True)
        words = column(row(self.time, self.provider, STRETCH, gap=8), self.detail, gap=0)
        layout = row(Icon("calendar"), gap=8, margins=(16, 10, 16, 12), parent=self)
        layout.addLayout(words, 1)
        layout.addWidget(self.left)
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self._tick)

    def show_time(self, time: str, provider: str) -> None:
        """Show which time it is."""
        self.time.setText(time)
        self.provider.setText(provider)

    def hold_until(self, until: datetime, *, kept: bool = False) -> None:
        """Count down from now on; what is ``kept`` for this desk is nobody else's anyway."""
        sure = t("Kept for this desk: sure to be accepted")
        self.detail.setText(sure if kept else t("Held for you, renewed while open"))
        self._until = until
        self._full = max(1.0, (until - self._api.now()).total_seconds())
        self._timer.start()
        self._tick()

    def show_lost(self, reason: str) -> None:
        """Say that the time isn't held."""
        self._until = None
        self._timer.stop()
        self.left.setText("")
        self.detail.setText(reason)
        self.update()

    def _seconds(self) -> float:
        return max(0.0, (self._until - self._api.now()).total_seconds()) if self._until else 0.0

    def _tick(self) -> None:
        seconds = int(self._seconds())
        self.left.setText(f"{seconds // 60}:{seconds % 60:02d}")
        if seconds == 0 and self._until is not None:
            self.show_lost(t("The time is free again for everybody."))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ground and what is left of the hold."""
        colors = Theme.current().colors
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), colors.sunken)
            width = self.width() * min(1.0, self._seconds() / self._full)
            painter.fillRect(QRectF(0, self.height() - BAR, width, BAR), colors.muted)
