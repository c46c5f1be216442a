"""Bring a clinic back from a backup: the file, its passphrase, and how far it is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QLineEdit, QProgressBar

from app.kernel.errors import AppError, Cancelled
from app.kernel.i18n import t
from app.ui.shell.front import FrontPage
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField, beside
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import STRETCH, row
from app.ui.widgets.panel import Card, Note
from app.ui.widgets.text import Label
from app.ui.work import Step


class RestorePage(FrontPage):
    """``submitted`` carries the file and its passphrase; ``left``: the person went back, also while it was running."""

    submitted = Signal(object, str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__(640)
        self.setObjectName("restorePage")
        self.file = LineEdit(max_length=4000)
        self.passphrase = LineEdit(max_length=1000)
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        choose = Button(t("Choose a file"))
        choose.clicked.connect(self._choose_file)
        self.fields = Form()
        kind = t("it ends in .mhabackup")
        self.fields.add("file", FormField(t("Backup"), beside(self.file, choose), hint=kind, required=True))
        self.fields.add("passphrase", FormField(t("Passphrase"), self.passphrase, required=True))
        self.bad = Note("", kind=StatusKind.CRITICAL)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(t("Progress"))
        self.step = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.back = Button(t("Back"))
        self.back.clicked.connect(self.left)
        self.button = Button(t("Bring it back"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self.button.clicked.connect(self._submit)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._submit)
        QShortcut(QKeySequence("Escape"), self, self.back.click)
        self._lay_out()

    def _lay_out(self) -> None:
        card = Card(padding=24, gap=16)
        card.body.addWidget(Label(t("Bring a clinic back from a backup"), role=TypeRole.PATIENT, strong=True))
        why = t(
            "It becomes a clinic on this computer, with its people and their passwords as they were. "
            "Clinics that are here already stay as they are."
        )
        card.body.addWidget(Label(why, tone=Tone.MUTED, wrap=True))
        card.body.addWidget(self.fields)
        for part in (self.bad, self.bar, self.step):
            part.hide()
            card.body.addWidget(part)
        card.body.addLayout(row(self.back, STRETCH, self.button))
        self.body.addWidget(card)

    def focus_first(self) -> None:
        """Begin with the file."""
        self.file.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_busy(self, busy: bool) -> None:
        """Wait for the database; going back cancels it."""
        self.fields.setEnabled(not busy)
        self.button.setEnabled(not busy)
        self.bar.setVisible(busy)
        self.step.setVisible(busy)
        self.back.setText(t("Cancel") if busy else t("Back"))

    def show_step(self, step: Step) -> None:
        """Say how far it is."""
        self.step.setText(step.text)

    def show_error(self, error: AppError) -> None:
        """Name the cause, at its field."""
        self.set_busy(False)
        if isinstance(error, Cancelled):
            return
        if error.field in ("file", "passphrase"):
            self.fields.show_error(error.field, error.message)
        else:
            self.bad.show_text(error.message)
            self.bad.show()

    def _submit(self) -> None:
        if not self.button.isEnabled():
            return
        self.fields.clear_errors()
        self.bad.hide()
        if not self.file.text().strip():
            self.fields.show_error("file", t("This field is needed."))
        elif not self.passphrase.text():
            self.fields.show_error("passphrase", t("The backup's passphrase is needed."))
        else:
            self.set_busy(True)
            self.submitted.emit(Path(self.file.text().strip()), self.passphrase.text())

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, t("Choose a file"), "", t("Backups (*.mhabackup)"))
        if name:
            self.file.setText(name)
