"""Excuse notes as a list, the one that is open, and what a code says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from app.domain.excuse_notes import NoteStanding, kind_word, standing_word
from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.core import Page
from app.queries.excuse_notes import NoteRow, note_list
from app.ui.models.paged import Column
from app.ui.parts.link_state import LinkState, not_yet
from app.ui.parts.papers.desk import PaperDesk
from app.ui.parts.papers.note_editor import NoteEditor
from app.ui.parts.papers.words import NOTE_KINDS
from app.ui.parts.words import born_date, day_plain
from app.ui.theme.tokens import StatusKind
from app.ui.work import ShellApi


class NoteDesk(PaperDesk):
    """The list by what the notes are today; a row opens its paper beside its form."""

    editor: NoteEditor

    def __init__(self, api: ShellApi, title: QWidget | None = None) -> None:
        super().__init__(api, NoteEditor(api), title)
        self.new.setVisible(api.can(Permission.DRAFT_NOTES))

    def name(self) -> str:
        """Return the table's name."""
        return t("Excuse notes")

    def new_title(self) -> str:
        """Return what the button says."""
        return t("New note")

    def filters(self) -> list[tuple[str, str]]:
        """All first: a day has few."""
        return [("", t("All")), *((one.value, standing_word(one)) for one in NoteStanding)]

    def columns(self) -> tuple[Column[NoteRow], ...]:
        """Return the columns; in a chart the patient stands above."""
        zone = self.api.zone

        def tone(one: NoteRow) -> StatusKind:
            return NOTE_KINDS[one.standing]

        def days(one: NoteRow) -> str:
            same = one.start == one.end
            return day_plain(one.start) if same else f"{day_plain(one.start)} – {day_plain(one.end)}"

        def strong(_one: NoteRow) -> bool:
            return True

        who: tuple[Column[NoteRow], ...] = (
            Column("patient", "Patient", lambda one: one.patient_name, width=220, strong=strong),
            Column("born", "Date of birth", lambda one: born_date(one.born), width=150),
        ) if self.whose else ()  # fmt: skip
        written: tuple[Column[NoteRow], ...] = (
            ()
            if self.whose
            else (Column("made", "Written", lambda one: day_plain(one.created_at.astimezone(zone).date()), width=110),)
        )
        return (
            *who,
            Column("days", "Days", days, width=200, strong=lambda _one: not self.whose),
            Column("kind", "For", lambda one: kind_word(one.kind), width=100),
            Column("standing", "Status", self._status, width=170, tone=tone),
            Column("provider", "Provider", lambda one: one.provider_name),
            *written,
        )

    def _status(self, one: NoteRow) -> str:
        unsent = LinkState.of(self.api.sync).unsent(one.id, NoteEditor.tables)
        word = standing_word(one.standing)
        return f"{word} · {not_yet()}" if unsent else word

    def ask_page(self, cursor: str | None, got: Callable[[Page[Any]], None], lost: Callable[[AppError], None]) -> None:
        """Ask for a page."""
        key = self.filter.current
        self.rows.ask(note_list, on_result=got, on_error=lost, cursor=cursor, patient_id=self.patient_id or None,
                      standings=(NoteStanding(key),) if key else ())  # fmt: skip

    def show_one(self, row_id: str) -> None:
        """Show a note."""
        self.editor.show_note(row_id)

    def begin_for(self, patient_id: str, name: str) -> None:
        """Begin one for a patient."""
        self.editor.begin(patient_id, name)

    def empty_text(self) -> str:
        """Return what stands there when nothing does."""
        return t("No notes here.")
