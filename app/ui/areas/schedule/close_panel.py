"""Close a provider's day: nothing stays bookable, the visits are listed to be moved."""

from __future__ import annotations

from datetime import date

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.closing import CloseDay
from app.commands.core import Outcome
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import t
from app.ui.areas.schedule.range_form import RangeForm
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import Checkbox
from app.ui.work import Lane, PanelPage, ShellApi
from app.ui.work.places import ToMove


class ClosePanel(PanelPage):
    """Asks whose day, and why."""

    def __init__(
        self, api: ShellApi, providers: tuple[tuple[str, str], ...], day: date, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.api = api
        self.form = RangeForm(api, providers, day)
        self.form.whole_day(True)
        self._whole = Checkbox(t("The whole day"), checked=True)
        self._whole.toggled.connect(self.form.whole_day)
        self.form.body.insertWidget(2, self._whole)
        self._lane = Lane(self, api.workspace)
        self._go = Button(t("Close the day"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self._go.clicked.connect(self._submit)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._submit)
        text = t("Nothing can be booked then, by the phone app neither. Visits stay and are listed under To move.")
        column(self.form, Label(text, role=TypeRole.META, tone=Tone.MUTED, wrap=True), STRETCH, gap=12, parent=self)

    def title(self) -> str:
        """Return the heading."""
        return t("Close a day")

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self._go

    def first_focus(self) -> QWidget | None:
        """Begin with who it is."""
        return self.form.provider

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
        command = CloseDay(provider_id=self.form.provider.current, start=start, end=end,
                           reason=self.form.reason.text())  # fmt: skip
        self._lane.execute(command, on_done=self._done, on_refused=self._refused)

    def _done(self, outcome: Outcome) -> None:
        self.api.did(t("Closed: {what}", what=self.form.reason.text()), outcome)
        self.finished.emit()
        self.api.navigate(ToMove(provider_id=self.form.provider.current))

    def _refused(self, error: AppError) -> None:
        self.form.show_error(error.field, error.message)
