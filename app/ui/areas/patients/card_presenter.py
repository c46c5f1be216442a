"""What a card does: it loads one patient, follows changes, and carries out what its buttons say."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from app.commands.core import Command, Outcome
from app.commands.merging import UnmergePatients
from app.commands.patients import ConfirmIdentity
from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.merges import PastMerge, merges_into
from app.queries.patient_card import PatientCard, patient_card
from app.ui.areas.patients.card_view import CardView
from app.ui.work import Lane, PendingAction, ShellApi


class CardPresenter(QObject):
    """Holds the patient shown. ``changed`` after each load."""

    changed = Signal()

    def __init__(self, api: ShellApi, view: CardView, parent: QObject) -> None:
        super().__init__(parent)
        self._api, self._view = api, view
        self._patient_id = ""
        self.card: PatientCard | None = None
        self._load = Lane(self, api.workspace)
        self._merges = Lane(self, api.workspace)
        self._act = Lane(self, api.workspace)
        view.retry.connect(self.refresh)
        view.identity.confirmed.connect(self.confirm_identity)
        view.merged.undo.connect(self._undo_own_merge)
        view.past.undo.connect(self.undo_merge)

    @property
    def patient_id(self) -> str:
        """Who is shown or on the way; empty for nobody."""
        return self._patient_id

    @property
    def living(self) -> PatientCard | None:
        """The card shown, unless the patient is part of another record."""
        return self.card if self.card is not None and self.card.merged_into is None else None

    def show(self, patient_id: str) -> None:
        """Show another patient; the one before is gone from the screen at once."""
        if patient_id != self._patient_id:
            self._patient_id = patient_id
            self.card = None
            self._view.show_past_merges(())
            self._view.states.set_blank()
            self._view.to_top()
        self.refresh()

    def refresh(self) -> None:
        """Ask for the patient anew; what is shown stays until the answer is there."""
        if not self._patient_id:
            return
        if self.card is None:
            self._view.states.set_loading()
        self._load.ask(patient_card, on_result=self._show, on_error=self._failed, patient_id=self._patient_id,
                       opening=self.card is None)  # fmt: skip
        if self._api.can(Permission.MERGE_PATIENTS):
            self._merges.ask(merges_into, on_result=self._show_merges, on_error=_unimportant,
                             patient_id=self._patient_id)  # fmt: skip

    def _show(self, card: PatientCard) -> None:
        if card.id != self._patient_id:
            return
        first = self.card is None
        self.card = card
        self._view.show_card(card, may_edit=self._api.can(Permission.EDIT_PATIENTS))
        if first:
            self._api.remember_chart(card.id, card.name)
        self.changed.emit()

    def _show_merges(self, merges: tuple[PastMerge, ...]) -> None:
        self._view.show_past_merges(merges)

    def _failed(self, error: AppError) -> None:
        if self.card is None:
            self._view.states.set_error(error.message)
        else:
            self._api.problem(error)

    def confirm_identity(self) -> None:
        """Say that the identity was seen, or open it again."""
        card = self.living
        if card is None:
            return
        confirmed = card.identity_to_confirm
        text = t("Identity of {name} confirmed", name=card.name) if confirmed else t("Identity of {name} is open again",
                                                                                    name=card.name)  # fmt: skip
        self._execute(ConfirmIdentity(patient_id=card.id, confirmed=confirmed), text)

    def _execute(self, command: Command, text: str) -> None:
        def done(outcome: Outcome) -> None:
            self._api.did(text, outcome)
            self.refresh()

        self._act.execute(command, on_done=done, on_refused=self._refused)

    def _refused(self, error: AppError) -> None:
        self._api.problem(error)
        self.refresh()

    def _undo_own_merge(self) -> None:
        if self.card is not None:
            self.undo_merge(self.card.id, self.card.name)

    def undo_merge(self, dropped_id: str, name: str, give_back: bool = False) -> None:
        """Bring a merged record back, after the usual ten seconds."""
        text = t("Undoing the merge of {name}", name=name)
        done = partial(self._undone, name)
        command = UnmergePatients(drop_id=dropped_id, give_back=give_back)
        self._api.pending(PendingAction(text=text, command=command, on_done=done, on_refused=self._refused))

    def _undone(self, name: str, outcome: Outcome) -> None:
        self._api.did(t("{name} is a record of their own again", name=name), outcome)
        self.refresh()


def _unimportant(_error: AppError) -> None:
    """The card says already that the server can't be reached."""
