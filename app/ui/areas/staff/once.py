"""A password that was made and is shown once."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t
from app.ui.theme.fonts import exact_font
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card
from app.ui.widgets.text import Label


class PasswordOnce(Card):
    """The password in large letters, with Copy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(padding=12, gap=4, parent=parent)
        self.password = Label("", role=TypeRole.PATIENT, strong=True)
        self.password.setFont(exact_font(TypeRole.PATIENT, strong=True))
        self.password.setAccessibleName(t("New password"))
        copy = Button(t("Copy"), icon="copy", small=True)
        copy.clicked.connect(self._copy)
        hint = Label(t("It is shown this once. The person may change it after signing in."), role=TypeRole.META,
                     tone=Tone.MUTED, wrap=True)  # fmt: skip
        # Below each other: the letters are as wide as a side panel lets them be.
        self.body.addLayout(column(row(self.password, STRETCH), hint, row(copy, STRETCH), gap=4))

    def show_password(self, password: str) -> None:
        """Show a password."""
        self.password.setText(password)
        self.show()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.password.text())
