"""The accounts that set-up made, with their first passwords: shown once."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication

from app.kernel.i18n import t
from app.setup.plan import MadeAccount
from app.ui.shell.front import FrontPage
from app.ui.theme.fonts import exact_font
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card, Note
from app.ui.widgets.text import Divider, Label


class AccountsPage(FrontPage):
    """One line for each account."""

    go_on = Signal()

    def __init__(self, accounts: Sequence[MadeAccount]) -> None:
        super().__init__(640)
        self.setObjectName("accountsPage")
        self._accounts = tuple(accounts)
        card = Card(padding=24, gap=12)
        card.body.addWidget(Label(t("Your clinic is ready"), role=TypeRole.PATIENT, strong=True))
        card.body.addWidget(
            Note(t("These first passwords are shown only now."), t("Everybody chooses their own at the first sign-in."))
        )
        for account in self._accounts:
            who = column(
                Label(account.name, strong=True), Label(account.email, role=TypeRole.META, tone=Tone.MUTED), gap=0
            )
            password = Label(account.password, role=TypeRole.INPUT)
            password.setFont(exact_font(TypeRole.INPUT))
            password.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            password.setAccessibleName(
                t("First password of {name}: {password}", name=account.name, password=account.password)
            )
            line = row(gap=12)
            line.addLayout(who, 1)
            line.addWidget(password)
            card.body.addLayout(line)
            card.body.addWidget(Divider())
        copy = Button(t("Copy the list"), icon="copy")
        copy.clicked.connect(self._copy)
        self.button = Button(t("Open tomorrow's schedule"), kind=ButtonKind.PRIMARY)
        self.button.clicked.connect(self.go_on)
        card.body.addLayout(row(copy, STRETCH, self.button))
        self.body.addWidget(card)

    def focus_first(self) -> None:
        """Go to the button."""
        self.button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _copy(self) -> None:
        lines = [f"{account.name}\t{account.email}\t{account.password}" for account in self._accounts]
        QGuiApplication.clipboard().setText("\n".join(lines))
