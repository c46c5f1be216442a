"""Block a time of a provider."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtWidgets import QWidget

from app.commands.blocking import BlockTime
from app.commands.core import Command, Outcome
from app.kernel.i18n import t
from app.ui.areas.schedule.range_panel import RangePanel
from app.ui.widgets.layouts import STRETCH, column
from app.ui.work import ShellApi


class BlockPanel(RangePanel):
    """Asks for the range and why."""

    def __init__(
        self, api: ShellApi, providers: tuple[tuple[str, str], ...], day: date, parent: QWidget | None = None
    ) -> None:
        super().__init__(api, providers, day, t("Block this time"), parent)
        column(self.form, STRETCH, gap=0, parent=self)

    def title(self) -> str:
        """Return the heading."""
        return t("Block time")

    def first_focus(self) -> QWidget | None:
        """Begin with the reason: the rest is mostly right already."""
        return self.form.reason

    def preset(self, provider_id: str, start: datetime, end: datetime) -> None:
        """Fill in a range."""
        self.form.preset(provider_id, start, end)

    def command(self, start: datetime, end: datetime) -> Command:
        """Return the command that blocks the range."""
        return BlockTime(provider_id=self.form.provider.current, start=start, end=end, reason=self.form.reason.text())

    def done(self, outcome: Outcome) -> None:
        """Say it and close."""
        self.api.did(t("Blocked: {what}", what=self.form.reason.text()), outcome)
        self.finished.emit()
