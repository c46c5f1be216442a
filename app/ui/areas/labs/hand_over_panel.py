"""Hand results over: to whom."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.labs_review import HandOverResults
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.labs import ReviewRow
from app.queries.labs_grid import Signer, lab_signers
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, ShellApi


class HandOverPanel(PanelPage):
    """The providers of the clinic; Enter or the button hands over."""

    def __init__(self, api: ShellApi, review: ReviewRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api, self._review = api, review
        self._names: dict[str, str] = {}
        self._lane, self._ask = Lane(self, api.workspace), Lane(self, api.workspace)
        self.people = ListCard(name=t("Who reviews them"), max_rows=10)
        self.problem = Label("", role=TypeRole.META, tone=Tone.CRITICAL, wrap=True)
        self.problem.hide()
        self.go = Button(t("Hand over"), kind=ButtonKind.PRIMARY, icon="swap", keys="Ctrl+Return")
        self.go.clicked.connect(self._submit)
        self.people.chosen.connect(lambda _key: self._submit())
        QShortcut(QKeySequence("Ctrl+Return"), self, self._submit)
        text = t("The results of {name} wait for {owner}. Who reviews them instead?", name=review.patient_name,
                 owner=review.owner_name or t("nobody"))  # fmt: skip
        column(Label(text, wrap=True), self.people, self.problem, STRETCH, gap=12, parent=self)
        self._ask.ask(lab_signers, on_result=self._show)

    def title(self) -> str:
        """Return the heading."""
        return t("Hand over results")

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self.go

    def first_focus(self) -> QWidget | None:
        """Begin in the list."""
        return self.people

    def _show(self, people: tuple[Signer, ...]) -> None:
        others = [one for one in people if one.user_id != self._review.owner_user]
        self._names = {one.user_id: one.name for one in others}
        self.people.set_items([ListItem(key=one.user_id, title=one.name) for one in others])
        if others:
            self.people.set_current(others[0].user_id)

    def _submit(self) -> None:
        chosen = self.people.current_key
        if not chosen:
            return
        command = HandOverResults(order_id=self._review.order_id, owner_user=chosen, old_user=self._review.owner_user)
        self._lane.execute(command, on_done=lambda outcome: self._done(chosen, outcome), on_refused=self._refused)

    def _done(self, chosen: str, outcome: Outcome) -> None:
        self._api.did(t("Handed over to {name}", name=self._names.get(chosen, "")), outcome)
        self.finished.emit()

    def _refused(self, error: AppError) -> None:
        self.problem.setText(error.message)
        self.problem.show()
