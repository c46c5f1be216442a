"""The line above the waiting messages: some have found their patient meanwhile, and one button files them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import tn
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label
from app.ui.work import Lane, ShellApi, ToastTone, WorkspacePort

if TYPE_CHECKING:
    from app.workspace.lab_offers import LabOffer, OffersFiled
    from app.workspace.workspace import Workspace

Finder = Callable[[WorkspacePort], "tuple[LabOffer, ...]"]
Filer = Callable[[WorkspacePort, "Sequence[LabOffer]"], "OffersFiled"]


def found(workspace: WorkspacePort) -> tuple[LabOffer, ...]:
    """Ask which waiting messages are certain by now. On a worker thread."""
    from app.workspace.lab_offers import lab_offers

    return lab_offers(cast("Workspace", workspace))


def filed(workspace: WorkspacePort, offers: Sequence[LabOffer]) -> OffersFiled:
    """File them. On a worker thread."""
    from app.workspace.lab_offers import file_offers

    return file_offers(cast("Workspace", workspace), offers)


class InboxOffers(QWidget):
    """Hidden while nothing is offered. ``known``: the offers are there or have changed; ``done``: some were filed."""

    known = Signal()
    done = Signal()

    def __init__(
        self, api: ShellApi, finder: Finder = found, filer: Filer = filed, parent: QWidget | None = None
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._api, self._find, self._file = api, finder, filer
        self._ask, self._work = Lane(self, api.workspace), Lane(self, api.workspace)
        self.offers: dict[str, LabOffer] = {}
        self.says = Label("", role=TypeRole.META, wrap=True)
        self.take = Button("", icon="check", small=True)
        column(self.says, row(self.take, STRETCH), gap=4, parent=self)
        self.take.clicked.connect(self.file_all)
        self.hide()

    def refresh(self) -> None:
        """Ask anew; what was offered stays until the answer is here."""
        workspace, finder = self._api.workspace, self._find
        self._ask.run(lambda _progress: finder(workspace), on_result=self._show, on_error=lambda _error: self.clear())

    def clear(self) -> None:
        """Offer nothing."""
        self._show(())

    def _show(self, offers: Sequence[LabOffer]) -> None:
        fresh = {one.message_id: one for one in offers}
        changed = {key: one.patient_id for key, one in fresh.items()} != {
            key: one.patient_id for key, one in self.offers.items()
        }
        self.offers = fresh
        number = len(fresh)
        self.says.setText(
            tn(
                "{n} message agrees by now with a patient here: record number or order, name and birth date.",
                "{n} messages agree by now with patients here: record number or order, name and birth date.",
                number,
            )
        )
        self.take.setText(tn("File {n} with its patient", "File {n} with their patients", number))
        self.take.setEnabled(True)
        self.setVisible(bool(fresh))
        if changed:
            self.known.emit()

    def file_all(self) -> None:
        """File all that is offered."""
        offers, workspace, filer = tuple(self.offers.values()), self._api.workspace, self._file
        if not offers or not self.take.isEnabled():
            return
        self.take.setEnabled(False)
        self._work.run(lambda _progress: filer(workspace, offers), on_result=self._filed, on_error=self._failed)

    def _failed(self, error: AppError) -> None:
        self.take.setEnabled(True)
        self._api.problem(error)

    def _filed(self, result: OffersFiled) -> None:
        self.take.setEnabled(True)
        text = tn("{n} message filed", "{n} messages filed", len(result.filed))
        if result.left:
            text = f"{text}. {tn('{n} waits on: {why}', '{n} wait on: {why}', len(result.left), why=result.left[0][1])}"
        self._api.toast(text, tone=ToastTone.INFO)
        self.done.emit()
