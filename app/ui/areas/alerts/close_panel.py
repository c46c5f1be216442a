"""Closing an alert: dealt with (a note, if wanted), or nothing is needed (the reason)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.alerts import DismissAlert, ResolveAlert
from app.commands.core import Outcome
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.alerts import AlertRow
from app.ui.areas.alerts.words import title_word
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import TextArea
from app.ui.widgets.layouts import column
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import Checkbox
from app.ui.work import Lane, PanelPage, ShellApi


class ClosePanel(PanelPage):
    """Ctrl+Enter closes the alert; ``open_ones`` are earlier ones of its kind that are still open.

    ``begun`` names the alert that is being closed (none when that was refused), ``settled`` says that it is.
    """

    begun = Signal(str)
    settled = Signal()

    def __init__(
        self, api: ShellApi, alert: AlertRow, *, dismiss: bool, open_ones: Sequence[str] = (),
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.api, self._alert, self._dismiss, self._open = api, alert, dismiss, tuple(open_ones)
        self._act = Lane(self, api.workspace)
        label = t("Why it needs nothing") if dismiss else t("What was done")
        self.text = TextArea("", name=label, lines=4)
        more = tn("Also the earlier one that is still open", "Also the {n} earlier ones that are still open",
                  len(self._open))  # fmt: skip
        self.also = Checkbox(more)
        self.also.setChecked(bool(self._open))
        name = alert.patient_name
        words = t("Dismiss the alert of {name}", name=name) if dismiss else t("Resolve the alert of {name}", name=name)
        self.go = Button(words, kind=ButtonKind.PRIMARY, keys="Ctrl+Enter")
        self.form = Form()
        self.form.add("reason" if dismiss else "note", FormField(label, self.text, required=dismiss))
        column(Label(name, strong=True), Label(title_word(alert), wrap=True), self.form, self.also, gap=12,
               parent=self).addStretch(1)  # fmt: skip
        self.also.setVisible(bool(self._open))
        self.text.textChanged.connect(self.edited.emit)
        self.go.clicked.connect(self.save)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.save)

    def title(self) -> str:
        """Return the heading."""
        return t("Dismiss") if self._dismiss else t("Resolve")

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self.go

    def first_focus(self) -> QWidget | None:
        """Begin with the words."""
        return self.text

    def dirty(self) -> bool:
        """Whether something was typed."""
        return bool(self.text.toPlainText().strip())

    def save(self) -> None:
        """Close it."""
        also = self._open if self.also.isChecked() else ()
        words = self.text.toPlainText()
        command: ResolveAlert | DismissAlert
        if self._dismiss:
            command = DismissAlert(alert_id=self._alert.alert_id, reason=words, also=also)
        else:
            command = ResolveAlert(alert_id=self._alert.alert_id, note=words, also=also)
        self.go.setEnabled(False)
        self.begun.emit(self._alert.alert_id)
        self._act.execute(command, on_done=self._saved, on_refused=self._refused, on_unavailable=self._refused)

    def _saved(self, outcome: Outcome) -> None:
        name = self._alert.patient_name
        text = t("Dismissed the alert of {name}", name=name) if self._dismiss else t("Resolved the alert of {name}",
                                                                                     name=name)  # fmt: skip
        self.api.did(text, outcome)
        self.settled.emit()
        self.finished.emit()

    def _refused(self, error: AppError) -> None:
        self.begun.emit("")
        self.go.setEnabled(True)
        self.form.show_error(error.field, error.message)
