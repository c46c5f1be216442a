"""The excuse notes of the clinic: the list, a note beside its form, and what a code says."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t
from app.queries.excuse_notes import note_drafts
from app.ui.areas.notes.verify import VerifyBar
from app.ui.parts.papers.note_desk import NoteDesk
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.layouts import column
from app.ui.widgets.text import Label
from app.ui.work import AreaPage, Lane, Place, ShellApi
from app.ui.work.places import RestoreDraft, ShowExcuseNotes


class NotesPage(AreaPage):
    """All excuse notes, by what they are today."""

    watches = frozenset({"excuse_notes", "excuse_note_detail"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._count = Lane(self, api.workspace)
        self.desk = NoteDesk(api, Label(t("Notes"), role=TypeRole.PATIENT, strong=True))
        self.verify = VerifyBar(api)
        self.verify.opened.connect(self.desk.open_paper)
        body = column(gap=12, margins=(24, 16, 24, 16), parent=self)
        body.addWidget(self.desk, 1)
        body.addWidget(self.verify)
        self.desk.stack.currentChanged.connect(lambda at: self.verify.setVisible(at == 0))

    def refresh(self) -> None:
        """Ask anew, and count the drafts that wait."""
        self.desk.refresh()
        self._count.ask(note_drafts, on_result=self._counted, on_error=lambda _error: None)

    def _counted(self, count: int) -> None:
        self.api.set_count("notes", count or None)

    def open(self, place: Place) -> None:
        """Show one, begin one, or take up a draft."""
        if isinstance(place, RestoreDraft):
            self.desk.editor.restore(place.draft)
            self.desk.stack.setCurrentWidget(self.desk.editor)
        elif isinstance(place, ShowExcuseNotes) and place.note_id:
            self.desk.open_paper(place.note_id)
        elif isinstance(place, ShowExcuseNotes) and place.patient_id:
            self.desk.start(place.patient_id, place.patient_name)

    def first_focus(self) -> QWidget | None:
        """The list has the keyboard."""
        return self.desk.first_focus()
