"""A second place for backups: folder and passphrase."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from app.kernel.i18n import t
from app.setup.plan import BackupPlan
from app.ui.shell.wizard.step import WizardStep
from app.ui.widgets.button import Button
from app.ui.widgets.form import FormField, beside
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.panel import Note

LEAST_PASSPHRASE = 12


class BackupStep(WizardStep):
    """Where a copy goes every day, encrypted."""

    optional = True
    fields = frozenset({"backup", "folder", "passphrase"})

    @classmethod
    def title(cls) -> str:
        """Return the heading."""
        return t("A second place for backups")

    def __init__(self) -> None:
        super().__init__(t("A copy goes there every day, encrypted: best another disk or a network folder."))
        self.folder = LineEdit(max_length=4000)
        self.choose = Button(t("Choose"))
        self.choose.clicked.connect(self._ask)
        self.passphrase, self.again = LineEdit(max_length=1000), LineEdit(max_length=1000)
        for field in (self.passphrase, self.again):
            field.setEchoMode(QLineEdit.EchoMode.Password)
        place = beside(self.folder, self.choose)
        self.form.add("folder", FormField(t("Folder"), place, hint=t("empty: no backup for now")))
        self.form.add_row(
            (
                "passphrase",
                FormField(t("Passphrase"), self.passphrase, hint=t("at least {n} characters", n=LEAST_PASSPHRASE)),
            ),
            ("again", FormField(t("Passphrase again"), self.again)),
        )
        lost = t("Write the passphrase down and keep it in your safe.")
        self.body.addWidget(Note(lost, t("Without it nobody can open a backup, not even the makers of this program.")))

    def check(self) -> bool:
        """Want a folder that exists and the same passphrase twice; or nothing at all."""
        super().check()
        typed = self.folder.text().strip()
        if not typed and not self.passphrase.text():
            return True
        if not typed or not Path(typed).is_dir():
            self.form.show_error("folder", t("This folder doesn't exist."))
        if len(self.passphrase.text()) < LEAST_PASSPHRASE:
            self.form.show_error("passphrase", t("Use at least {n} characters.", n=LEAST_PASSPHRASE))
        elif self.passphrase.text() != self.again.text():
            self.form.show_error("again", t("The two passphrases differ."))
        return not self.form.has_errors()

    def values(self) -> Mapping[str, Any]:
        """Return the plan, or none."""
        typed = self.folder.text().strip()
        plan = BackupPlan(folder=Path(typed), passphrase=self.passphrase.text()) if typed else None
        return {"backup": plan}

    def first_focus(self) -> QWidget | None:
        """Begin with the folder."""
        return self.folder

    def _ask(self) -> None:
        name = QFileDialog.getExistingDirectory(self, t("Choose a folder"))
        if name:
            self.folder.setText(name)
