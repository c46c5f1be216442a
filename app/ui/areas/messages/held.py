"""What rules would send: one after the other, sent in the person's own name or dropped."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.held_messages import DecideHeldMessage
from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.message_thread import HeldRow, held_messages
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, row
from app.ui.widgets.panel import Card
from app.ui.widgets.text import Label
from app.ui.work import Lane, PendingAction, ShellApi


class HeldCard(Card):
    """The oldest one that waits, whole; hidden when none does or the server can't be asked."""

    decided = Signal()

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(padding=12, gap=8, parent=parent)
        self._api = api
        self._ask, self._act = Lane(self, api.workspace), Lane(self, api.workspace)
        self._rows: list[HeldRow] = []
        self._gone: set[str] = set()
        self.lead = Label("", strong=True, wrap=True)
        self.text = Label("", wrap=True)
        self.count = Label("", role=TypeRole.META, tone=Tone.MUTED)
        self.send = Button(t("Send"), icon="send", small=True)
        self.drop = Button(t("Don't send"), icon="close", small=True)
        self.body.addWidget(self.lead)
        self.body.addWidget(self.text)
        self.body.addLayout(row(self.count, STRETCH, self.drop, self.send))
        self.send.clicked.connect(self.approve)
        self.drop.clicked.connect(self.discard)
        self.hide()

    @property
    def current(self) -> HeldRow | None:
        """The one that is shown."""
        return self._rows[0] if self._rows else None

    def refresh(self) -> None:
        """Ask anew."""
        if self._api.can(Permission.MESSAGE):
            self._ask.ask(held_messages, on_result=self._show, on_error=lambda _error: self._show(()))

    def _show(self, found: tuple[HeldRow, ...]) -> None:
        self._rows = [one for one in found if one.id not in self._gone]
        self._paint()

    def _paint(self) -> None:
        one = self.current
        self.setVisible(one is not None)
        if one is None:
            return
        self.lead.setText(t("The rule {rule} would write to {name}", rule=one.rule_name, name=one.patient_name))
        self.text.setText("\n".join(filter(None, (one.subject, one.body))))
        self.count.setText(t("1 of {n}", n=len(self._rows)) if len(self._rows) > 1 else "")
        words = t("Send to {name}", name=one.patient_name)
        self.send.setText(words)
        self.send.setAccessibleName(words)

    def approve(self) -> None:
        """Send it after ten seconds; the next one is shown at once."""
        one = self.current
        if one is None:
            return
        self._gone.add(one.id)

        def back(error: AppError | None = None) -> None:
            self._gone.discard(one.id)
            if error is not None:
                self._api.problem(error)
            self.refresh()

        def done(outcome: Outcome) -> None:
            self._done(t("Sent to {name}", name=one.patient_name), outcome)

        text = t("Sending a message to {name}", name=one.patient_name)
        command = DecideHeldMessage(held_id=one.id, send=True)
        self._api.pending(
            PendingAction(text=text, command=command, on_done=done, on_refused=back, on_cancelled=back)
        )  # fmt: skip
        self._show(tuple(self._rows))

    def discard(self) -> None:
        """Don't send it."""
        one = self.current
        if one is not None:
            self._act.execute(
                DecideHeldMessage(held_id=one.id, send=False),
                on_done=lambda outcome: self._done(t("Not sent to {name}", name=one.patient_name), outcome),
                on_refused=self._refused,
            )

    def _refused(self, error: AppError) -> None:
        self._api.problem(error)
        self.refresh()

    def _done(self, text: str, outcome: Outcome) -> None:
        self._api.did(text, outcome)
        self.refresh()
        self.decided.emit()
