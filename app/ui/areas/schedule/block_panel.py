"""Block a time of a provider."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.blocking import BlockTime
from app.commands.core import Outcome
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import t
from app.ui.areas.schedule.range_form import RangeForm
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column
from app.ui.work import Lane, PanelPage, ShellApi


class BlockPanel(PanelPage):
    """Asks for the range and why."""

    def __init__(
        self, api: ShellApi, providers: tuple[tuple[str, str], ...], day: date, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.api = api
        self.form = RangeForm(api, providers, day)
        self._lane = Lane(self, api.workspace)
        self._go = Button(t("Block this time"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self._go.clicked.connect(self._submit)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._submit)
        column(self.form, STRETCH, gap=0, parent=self)

    def title(self) -> str:
        """Return the heading."""
        return t("Block time")

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self._go

    def first_focus(self) -> QWidget | None:
        """Begin with the reason: the rest is mostly right already."""
        return self.form.reason

    def dirty(self) -> bool:
        """Whether a reason has been typed."""
        return bool(self.form.reason.text().strip())

    def preset(self, provider_id: str, start: datetime, end: datetime) -> None:
        """Fill in a range."""
        self.form.preset(provider_id, start, end)

    def _submit(self) -> None:
        self.form.clear_errors()
        try:
            start, end = self.form.span()
        except Refused as error:
            self._refused(error)
            return
        command = BlockTime(provider_id=self.form.provider.current, start=start, end=end,
                            reason=self.form.reason.text())  # fmt: skip
        self._lane.execute(command, on_done=self._done, on_refused=self._refused)

    def _done(self, outcome: Outcome) -> None:
        self.api.did(t("Blocked: {what}", what=self.form.reason.text()), outcome)
        self.finished.emit()

    def _refused(self, error: AppError) -> None:
        self.form.show_error(error.field, error.message)
