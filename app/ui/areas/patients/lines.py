"""The list of patients: one kind of row whether it was browsed or found, and how its pages are asked for."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.domain.patient_flags import DECEASED
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.core import Page
from app.queries.patient_card import PatientRow, patient_list
from app.queries.patients import PatientHit, search_patients
from app.ui.models.paged import Column, PagedTableModel
from app.ui.parts.link_state import PATIENT_TABLES, LinkState, not_yet
from app.ui.parts.patient_values import born_text, date_text
from app.ui.work import Lane, ShellApi

FOUND_PER_PAGE = 50
Line = PatientRow

NAME, BORN, PHONE, MRN, MARKS = range(5)


def line_of(hit: PatientHit) -> Line:
    """Return a found patient as a row of the list."""
    return PatientRow(hit.id, hit.name, hit.born, hit.phone, hit.mrn, hit.flags, hit.identity_to_confirm)


class PatientLines(QObject):
    """The rows in memory: all patients by name, or those that a search finds, best first."""

    shown = Signal()
    """A first page is there for the text asked last."""
    failed = Signal(object)
    """The ``AppError`` that a page met; older rows stay."""
    waiting = Signal(bool)
    """An answer is late, or came."""

    def __init__(self, api: ShellApi, parent: QObject) -> None:
        super().__init__(parent)
        self._api = api
        self._lane = Lane(self, api.workspace)
        self._lane.busy.connect(self.waiting)
        self._text = ""
        self._shown_text: str | None = None
        self.model: PagedTableModel[Line] = PagedTableModel(
            columns=self._columns(), row_id=lambda line: line.id, fetch=self._fetch, parent=self
        )

    @property
    def text(self) -> str:
        """What is searched for; empty while browsing."""
        return self._text

    @property
    def shown_text(self) -> str | None:
        """What the rows that are here were found for; None before the first answer."""
        return self._shown_text

    def search(self, text: str) -> None:
        """Find patients, or browse them all for an empty text."""
        self._text = text.strip()
        self.model.reload()

    def replace(self, rows: tuple[Line, ...]) -> None:
        """Show newer versions of rows where they are shown at all; nothing moves."""
        for line in rows:
            self.model.replace(line)

    def _columns(self) -> tuple[Column[Line], ...]:
        def today_born(line: Line) -> str:
            if line.born is not None and DECEASED in line.flags:
                return date_text(line.born)  # who has died doesn't grow older
            return born_text(line.born, self._api.workspace.reader().today)

        return (
            Column("name", "Name", lambda line: line.name, width=300, strong=lambda _line: True),
            Column("born", "Born", today_born, width=150),
            Column("phone", "Phone", lambda line: line.phone, width=160),
            Column("mrn", "MRN", lambda line: line.mrn, width=110),
            Column("marks", "Flags", self._marks),
        )

    def unsent(self, line: Line) -> bool:
        """Tell whether the server hasn't confirmed what the row shows."""
        return LinkState.of(self._api.sync).unsent(line.id, PATIENT_TABLES)

    def _marks(self, line: Line) -> str:
        return ", ".join(part for part in (not_yet() if self.unsent(line) else "", marks_text(line)) if part)

    def _fetch(self, cursor: str | None, got: Callable[[Page[Line]], None], lost: Callable[[AppError], None]) -> None:
        first, text = cursor is None, self._text

        def found(page: Page[PatientHit]) -> None:
            came(Page(tuple(line_of(hit) for hit in page.items), page.more, page.cursor))

        def came(page: Page[Line]) -> None:
            got(page)
            if first:
                self._shown_text = text
                self.shown.emit()

        def went_wrong(error: AppError) -> None:
            lost(error)
            self.failed.emit(error)

        if self._text:
            offset = int(cursor) if cursor else 0
            self._lane.ask(search_patients, on_result=found, on_error=went_wrong, text=self._text, offset=offset,
                           limit=FOUND_PER_PAGE)  # fmt: skip
        else:
            self._lane.ask(patient_list, on_result=came, on_error=went_wrong, cursor=cursor)


def marks_text(line: Line) -> str:
    """Return flags and the open identity in words, for screen readers and copies."""
    words = [t("Identity to confirm")] if line.identity_to_confirm else []
    return ", ".join([*words, *line.flags])
