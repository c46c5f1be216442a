"""What a person sees after a bug: a report's id, that their form is kept, and that they can go on."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QWidget

from app.kernel.i18n import t
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.chip import Icon
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label
from app.ui.work.bugs import BugReport


class CrashDialog(QDialog):
    """One dialog, however many bugs come at once."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("crashDialog")
        self.setWindowTitle(t("Something went wrong"))
        self.setModal(False)
        self.setMinimumWidth(440)
        self._reports: list[BugReport] = []
        head = row(
            Icon("warn", size=20, tone=Tone.CRITICAL),
            Label(t("Something went wrong"), role=TypeRole.SECTION, strong=True),
            STRETCH,
            gap=12,
        )
        kept = Label(t("What you typed is kept. You can go on working."), wrap=True)
        self.ident = Label("", strong=True)
        self.ident.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.place = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        private = Label(t("The report has no names and no clinical content."), role=TypeRole.META, tone=Tone.MUTED)
        copy = Button(t("Copy the report's number"), icon="copy")
        copy.clicked.connect(self._copy)
        self.go_on = Button(t("Go on"), kind=ButtonKind.PRIMARY)
        self.go_on.setDefault(True)
        self.go_on.clicked.connect(self.accept)
        buttons = row(STRETCH, copy, self.go_on)
        column(head, kept, 4, self.ident, self.place, private, 8, buttons, gap=8, margins=(24, 24, 24, 16), parent=self)

    def show_report(self, report: BugReport) -> None:
        """Show a report, or add it to those shown."""
        if not self.isVisible():
            self._reports = []
        self._reports.append(report)
        numbers = ", ".join(known.id for known in self._reports[-5:])
        self.ident.setText(t("Report {id}", id=numbers))
        stored = str(report.file) if report.file is not None else t("It could not be stored: write its number down.")
        self.place.setText(stored)
        self.show()
        self.raise_()
        self.go_on.setFocus()  # Enter goes on; the first in the row would have it otherwise

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(", ".join(known.id for known in self._reports))
