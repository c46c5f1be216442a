"""The share of free times that workstations keep for booking offline."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.commands.leases import SetOfflineLeases
from app.commands.registry import Outcome
from app.domain.leases import LeaseRule
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.workstations import offline_leases
from app.ui.theme.tokens import Tone
from app.ui.widgets.button import Button
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Panel
from app.ui.widgets.text import Label
from app.ui.work import Lane, ShellApi


class LeasesPanel(Panel):
    """Three numbers; what is being typed stays when others save."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(t("Times kept for offline booking"), parent=parent)
        self._api = api
        self._rule: LeaseRule | None = None
        self._look, self._act = Lane(self, api.workspace), Lane(self, api.workspace)
        self.form = Form()
        self.fields: dict[str, LineEdit] = {}
        made = []
        for key, label in (("share", t("Share of each provider's free times, %")), ("days", t("Days, with today")),
                           ("leave", t("Times a day that stay free for all"))):  # fmt: skip
            self.fields[key] = LineEdit(name=label, max_length=4)
            made.append((key, FormField(label, self.fields[key])))
        self.form.add_row(*made)
        self.save = Button(t("Save the share"))
        self.save.clicked.connect(self.submit)
        why = t("A booking on a kept time is certain to be accepted later. Others see the time as kept and can't take "
                "it until the workstation is heard from, or an administrator frees it. 0 keeps none.")  # fmt: skip
        self.content.addLayout(
            column(Label(why, tone=Tone.MUTED, wrap=True), self.form, row(self.save, STRETCH), gap=12)
        )

    def refresh(self) -> None:
        """Ask for the clinic's choice."""
        self._look.ask(offline_leases, on_result=self._show, on_error=lambda _: None)

    def _show(self, rule: LeaseRule) -> None:
        before, self._rule = self._rule, rule
        for key, text in _texts(rule).items():
            if before is None or self.fields[key].text() == _texts(before)[key]:
                self.fields[key].setText(text)

    def submit(self) -> None:
        """Save the three numbers."""
        self.form.clear_errors()
        numbers: dict[str, int] = {}
        for key, field in self.fields.items():
            text = field.text().strip()
            if not text.isdecimal() or (key == "share" and int(text) > 100):
                self.form.show_error(key, t("Enter a number from {low} to {high}.", low=0 if key != "days" else 1,
                                            high={"share": 100, "days": 7, "leave": 1000}[key]))  # fmt: skip
                return
            numbers[key] = int(text)
        command = SetOfflineLeases(share=numbers["share"] / 100, days=numbers["days"], leave=numbers["leave"])
        self._act.execute(command, on_done=self._done, on_refused=self._refused, on_unavailable=self._refused)

    def _done(self, outcome: Outcome) -> None:
        self._api.did(t("Saved the share"), outcome)
        self.refresh()

    def _refused(self, error: AppError) -> None:
        self.form.show_error(error.field, error.message)


def _texts(rule: LeaseRule) -> dict[str, str]:
    return {"share": str(round(rule.share * 100)), "days": str(rule.days), "leave": str(rule.leave)}
