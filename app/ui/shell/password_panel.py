"""Change one's password: beside the work, or before it when a new account has a first password."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.ui.shell.front import FrontPage
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card
from app.ui.widgets.text import Label
from app.ui.work import PanelPage


class PasswordForm(QWidget):
    """Old, new, new again. ``submitted`` carries old and new."""

    submitted = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.old, self.new, self.again = (_password() for _ in range(3))
        self.fields = Form()
        self.fields.add("old_password", FormField(t("Present password"), self.old))
        self.fields.add("new_password", FormField(t("New password"), self.new))
        self.fields.add("again", FormField(t("New password again"), self.again))
        hint = t("A few words that only you would put together beat a short jumble.")
        column(self.fields, Label(hint, role=TypeRole.META, tone=Tone.MUTED, wrap=True), gap=12, parent=self)
        for field in (self.old, self.new, self.again):
            field.returnPressed.connect(self.submit)

    def dirty(self) -> bool:
        """Whether anything is typed."""
        return any(field.text() for field in (self.old, self.new, self.again))

    def submit(self) -> None:
        """Send, unless something is missing or differs."""
        self.fields.clear_errors()
        if not self.old.text():
            self.fields.show_error("old_password", t("Enter your present password."))
        elif not self.new.text():
            self.fields.show_error("new_password", t("Enter a new password."))
        elif self.new.text() != self.again.text():
            self.fields.show_error("again", t("The two new passwords differ."))
        else:
            self.submitted.emit(self.old.text(), self.new.text())

    def show_error(self, error: AppError) -> None:
        """Show what the change met at its field."""
        if error.code == "WrongPassword":
            self.fields.show_error("old_password", t("This isn't your present password."))
        else:  # commands call it "password": here that is the new one
            self.fields.show_error("new_password" if error.field == "password" else error.field, error.message)


class PasswordPanel(PanelPage):
    """The form in the side panel. A password is never a draft."""

    def __init__(self) -> None:
        super().__init__()
        self.form = PasswordForm()
        self.button = Button(t("Change password"), kind=ButtonKind.PRIMARY)
        self.button.clicked.connect(self.form.submit)
        column(self.form, gap=16, parent=self).addStretch(1)

    def title(self) -> str:
        """Return the heading."""
        return t("Change password")

    def foot(self) -> QWidget | None:
        """Return the button."""
        return self.button

    def first_focus(self) -> QWidget | None:
        """Begin with the present password."""
        return self.form.old


class FirstPasswordPage(FrontPage):
    """A new account's first sign-in: choose a password before anything else."""

    def __init__(self, name: str) -> None:
        super().__init__(440)
        self.setObjectName("firstPasswordPage")
        self.form = PasswordForm()
        self.button = Button(t("Change password and go on"), kind=ButtonKind.PRIMARY)
        self.button.clicked.connect(self.form.submit)
        card = Card(padding=24, gap=16)
        card.body.addWidget(Label(t("Welcome, {name}", name=name), role=TypeRole.SECTION, strong=True))
        why = t("Somebody else knows your first password. Choose one that only you know.")
        card.body.addWidget(Label(why, tone=Tone.MUTED, wrap=True))
        card.body.addWidget(self.form)
        card.body.addLayout(row(STRETCH, self.button))
        self.body.addWidget(card)


def _password() -> LineEdit:
    field = LineEdit(max_length=1000)
    field.setEchoMode(QLineEdit.EchoMode.Password)
    return field
