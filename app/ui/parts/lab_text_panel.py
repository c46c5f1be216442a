"""All that a result says in words: its text, the laboratory's note, and the documents that came with it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtWidgets import QFileDialog, QWidget

from app.domain.lab_text import unit_text
from app.domain.labs import LabResult
from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.ui.parts.lab_text import is_long
from app.ui.parts.lab_words import value_text
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.inputs import TextArea
from app.ui.widgets.layouts import column
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, Progress, ShellApi, ToastTone

if TYPE_CHECKING:
    from app.domain.lab_documents import LabDocument, OrderDocuments
    from app.workspace.workspace import Workspace


_MOST_HEIGHT = 4000
"""Pixels: the text takes what the panel has."""


class LabTextPanel(PanelPage):
    """The text can be scrolled, marked and copied; nothing of it is left out. Documents are saved to a file."""

    wide = True

    def __init__(self, api: ShellApi, order_id: str, item: LabResult, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api, self._order_id, self._item = api, order_id, item
        self._found, self._save = Lane(self, api.workspace), Lane(self, api.workspace)
        beside = "" if is_long(item) else f"{value_text(item)} {unit_text(item.unit)}".strip()
        self.value = Label(beside, role=TypeRole.INPUT, strong=True, wrap=True)
        self.value.setHidden(not beside)
        said = (str(item.value) if is_long(item) else "", item.note)
        self.text = TextArea(name=t("What the laboratory writes"))
        self.text.setMaximumHeight(_MOST_HEIGHT)
        self.text.setReadOnly(True)
        self.text.setPlainText("\n\n".join(part for part in said if part))
        self.documents: list[Button] = []
        self.problem = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        """Why it can't be said whether documents came with it: their messages are on the server only."""
        self.problem.hide()
        self._places = column(self.problem, gap=8)
        column(self.value, self._places, gap=12, parent=self).addWidget(self.text, 1)
        if isinstance(item.value, str) and api.can(Permission.LAB_INBOX):
            self._found.run(self._look, on_result=self._show, on_error=self._not_looked)

    def title(self) -> str:
        """Return the test's name."""
        return self._item.name

    def first_focus(self) -> QWidget | None:
        """Begin in the text: arrows and Page Down read on."""
        return self.text

    def _look(self, _progress: Progress) -> OrderDocuments:
        from app.workspace.lab_documents import lab_documents

        workspace = cast("Workspace", self._api.workspace)
        return lab_documents(workspace, self._order_id, self._item.name)

    def _show(self, found: OrderDocuments) -> None:
        for one in found.items:
            kind, size = one.ending.upper(), max(1, len(one.data) // 1024)
            button = Button(t("Save the document ({kind}, {size} KB)", kind=kind, size=size), icon="export")
            button.clicked.connect(partial(self._ask_file, found.patient_id, one))
            self._places.addWidget(button)
            self.documents.append(button)
        if self.documents and self.text.hasFocus():
            self.documents[0].setFocus()

    def _not_looked(self, error: AppError) -> None:
        self.problem.setText(error.message)
        self.problem.show()

    def _ask_file(self, patient_id: str, document: LabDocument, _on: bool = False) -> None:
        file, _ = QFileDialog.getSaveFileName(self, t("Save the document"), document.file_name)
        if file:
            self.save(patient_id, document, file)

    def save(self, patient_id: str, document: LabDocument, file: str) -> None:
        """Write it, and keep in the access log that it left."""
        from app.workspace.lab_documents import save_document

        workspace = cast("Workspace", self._api.workspace)
        self._save.run(
            lambda _progress: save_document(workspace, patient_id, document, Path(file)),
            on_result=lambda _size: self._api.toast(t("Saved"), tone=ToastTone.GOOD), on_error=self._api.problem,
        )  # fmt: skip
