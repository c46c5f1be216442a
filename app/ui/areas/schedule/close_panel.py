"""Close a provider's day: nothing stays bookable, the visits are listed to be moved."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtWidgets import QWidget

from app.commands.closing import CloseDay
from app.commands.core import Command, Outcome
from app.kernel.i18n import t
from app.ui.areas.schedule.range_panel import RangePanel
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.layouts import STRETCH, column
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import Checkbox
from app.ui.work import ShellApi
from app.ui.work.places import ToMove


class ClosePanel(RangePanel):
    """Asks whose day, and why."""

    def __init__(
        self, api: ShellApi, providers: tuple[tuple[str, str], ...], day: date, parent: QWidget | None = None
    ) -> None:
        super().__init__(api, providers, day, t("Close the day"), parent)
        self.form.whole_day(True)
        self._whole = Checkbox(t("The whole day"), checked=True)
        self._whole.toggled.connect(self.form.whole_day)
        self.form.body.insertWidget(2, self._whole)
        text = t("Nothing can be booked then, by the phone app neither. Visits stay and are listed under To move.")
        column(self.form, Label(text, role=TypeRole.META, tone=Tone.MUTED, wrap=True), STRETCH, gap=12, parent=self)

    def title(self) -> str:
        """Return the heading."""
        return t("Close a day")

    def first_focus(self) -> QWidget | None:
        """Begin with who it is."""
        return self.form.provider

    def command(self, start: datetime, end: datetime) -> Command:
        """Return the command that closes the range."""
        return CloseDay(provider_id=self.form.provider.current, start=start, end=end, reason=self.form.reason.text())

    def done(self, outcome: Outcome) -> None:
        """Say it, and go to the visits that must move."""
        self.api.did(t("Closed: {what}", what=self.form.reason.text()), outcome)
        self.finished.emit()
        self.api.navigate(ToMove(provider_id=self.form.provider.current))
