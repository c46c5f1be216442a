"""The side panel that asks for a provider's range of time and why: what blocking and closing have in common."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date, datetime

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Command, Outcome
from app.kernel.errors import AppError, Refused
from app.ui.areas.schedule.range_form import RangeForm
from app.ui.widgets.button import Button, ButtonKind
from app.ui.work import Lane, PanelPage, ShellApi


class RangePanel(PanelPage):
    """One form, one button; Ctrl+Enter from anywhere in it. Errors stand at their fields."""

    def __init__(
        self, api: ShellApi, providers: tuple[tuple[str, str], ...], day: date, go: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.api = api
        self.form = RangeForm(api, providers, day)
        self._lane = Lane(self, api.workspace)
        self._go = Button(go, kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self._go.clicked.connect(self._submit)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._submit)

    @abstractmethod
    def command(self, start: datetime, end: datetime) -> Command:
        """Return what is to be done with the range (clinic times with their zone)."""

    @abstractmethod
    def done(self, outcome: Outcome) -> None:
        """Say that it is done."""

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self._go

    def dirty(self) -> bool:
        """Whether a reason has been typed."""
        return bool(self.form.reason.text().strip())

    def _submit(self) -> None:
        self.form.clear_errors()
        try:
            start, end = self.form.span()
        except Refused as error:
            self._refused(error)
            return
        self._lane.execute(self.command(start, end), on_done=self.done, on_refused=self._refused)

    def _refused(self, error: AppError) -> None:
        self.form.show_error(error.field, error.message)
