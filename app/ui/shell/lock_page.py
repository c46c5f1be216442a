"""The lock: who is signed in, and nothing of any patient."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit

from app.kernel.i18n import t
from app.ui.shell.front import FrontPage
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind, LinkButton
from app.ui.widgets.chip import Avatar
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card
from app.ui.widgets.text import Label


class LockPage(FrontPage):
    """``unlock`` carries the password; in the demo one click is enough."""

    unlock = Signal(str)
    switch_person = Signal()

    def __init__(self, name: str, clinic: str, *, needs_password: bool, kept: int = 0) -> None:
        super().__init__(400)
        self.setObjectName("lockPage")
        self._needs_password = needs_password
        self.password = LineEdit(max_length=1000)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.returnPressed.connect(self.submit)
        self.button = Button(t("Unlock"), kind=ButtonKind.PRIMARY, keys="Return")
        self.button.clicked.connect(self.submit)
        other = LinkButton(t("Somebody else"), icon="swap")
        other.clicked.connect(self.switch_person)
        self.fields = Form()
        if needs_password:
            self.fields.add("password", FormField(t("Password"), self.password))
        who = column(
            Label(name, role=TypeRole.SECTION, strong=True), Label(clinic, role=TypeRole.META, tone=Tone.MUTED), gap=0
        )
        head = row(Avatar(name, size=40), gap=12)
        head.addLayout(who, 1)
        card = Card(padding=24, gap=16)
        card.body.addLayout(row(Label(t("Locked"), strong=True, tone=Tone.MUTED), STRETCH))
        card.body.addLayout(head)
        card.body.addWidget(self.fields)
        if kept:
            text = t("Not sent, kept as a draft: {n}", n=kept)
            card.body.addWidget(Label(text, role=TypeRole.META, tone=Tone.WARN, wrap=True))
        card.body.addLayout(row(other, STRETCH, self.button))
        self.body.addWidget(card)

    def submit(self) -> None:
        """Try to unlock."""
        if not self.button.isEnabled():
            return
        if self._needs_password and not self.password.text():
            self.fields.show_error("password", t("Enter your password."))
            return
        self.unlock.emit(self.password.text())

    def set_busy(self, busy: bool) -> None:
        """Wait for the check."""
        self.button.setEnabled(not busy)

    def show_wrong(self) -> None:
        """Say that the password is wrong."""
        self.password.clear()
        self.fields.show_error("password", t("This password is wrong."))
        self.password.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_first(self) -> None:
        """Go to the password, or to the button."""
        target = self.password if self._needs_password else self.button
        target.setFocus(Qt.FocusReason.OtherFocusReason)
