"""The end of a visit from a board or a list: at once when nothing is open, else what is open is shown first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from app.commands.core import Outcome
from app.commands.visits import CompleteVisit
from app.kernel.errors import AppError
from app.queries.visit_content import VisitContent, visit_content
from app.queries.visit_notes import NoteView, visit_note
from app.ui.parts.notes.complete_panel import CompletePanel, open_parts
from app.ui.work import Lane, ShellApi


class Completing(QObject):
    """Ask what of a visit is open, then complete it or show the panel that says so."""

    def __init__(self, api: ShellApi, parent: QObject) -> None:
        super().__init__(parent)
        self._api = api
        self._look, self._read, self._act = (Lane(self, api.workspace) for _ in range(3))

    def complete(
        self, visit_id: str, on_done: Callable[[Outcome], object], on_refused: Callable[[AppError], object]
    ) -> None:
        """End a visit whose note is signed and whose papers are sent; of any other one show what is open."""
        show = partial(self._show, visit_id)

        def noted(note: NoteView | None) -> None:
            if note is None or not note.signed:
                show()
                return
            self._look.ask(visit_content, on_result=looked, on_error=lambda _error: show(), visit_id=visit_id)

        def looked(content: VisitContent) -> None:
            if open_parts(content):
                show()
            else:
                self._act.execute(CompleteVisit(visit_id=visit_id), on_done=on_done, on_refused=on_refused)

        self._read.ask(visit_note, on_result=noted, on_error=lambda _error: show(), visit_id=visit_id)

    def _show(self, visit_id: str) -> None:
        self._api.show_panel(CompletePanel(self._api, visit_id))
