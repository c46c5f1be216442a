"""A patient's excuse notes in the chart: a part of the tab of notes."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.ui.parts.papers.note_desk import NoteDesk
from app.ui.widgets.layouts import column
from app.ui.work import ShellApi


class ExcusePart(QWidget):
    """List and paper of one patient. ``opened``: True while a note fills the part, so that its neighbour makes room."""

    WATCHES = frozenset({"excuse_notes", "excuse_note_detail"})
    opened = Signal(bool)

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = NoteDesk(api)
        column(self.desk, gap=0, parent=self)
        self.desk.stack.currentChanged.connect(lambda at: self.opened.emit(at == 1))

    def show_patient(self, patient_id: str, name: str) -> None:
        """Show another patient's."""
        self.desk.of_patient(patient_id, name)

    def refresh(self) -> None:
        """Ask anew."""
        self.desk.refresh()

    def open_note(self, note_id: str) -> None:
        """Open one."""
        self.desk.open_paper(note_id)

    def begin(self) -> None:
        """Begin one for the patient."""
        self.desk.begin()

    def first_focus(self) -> QWidget:
        """Return the list, or the first field of the note that is open."""
        return self.desk.first_focus()
