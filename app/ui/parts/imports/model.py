"""The lines of an import's report as a table that holds only what is on the screen, however many there are."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer

from app.domain.import_report import ReportLine, RowOutcome
from app.kernel.i18n import t
from app.ui.parts.imports.rows import outcome_text, record_text
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.lists import ChipSpec
from app.ui.widgets.table import CHIP_ROLE, MUTED_ROLE

Index = QModelIndex | QPersistentModelIndex
CHUNK = 200
MOST_CHUNKS = 40
WAITING = "…"
_CHIPS = {
    RowOutcome.TAKEN: ("check", StatusKind.DONE),
    RowOutcome.UPDATED: ("check", StatusKind.DONE),
    RowOutcome.UNCHANGED: ("minus", StatusKind.HELD),
    RowOutcome.SKIPPED: ("warn", StatusKind.ARRIVED),
    RowOutcome.REFUSED: ("block", StatusKind.CRITICAL),
}

Got = Callable[[Sequence[ReportLine]], object]
Fetch = Callable[[Sequence[int], Got, Callable[[], object]], object]
"""Asks for lines by their numbers on a worker thread, and gives them back on this one, or says that there are none."""


class ReportModel(QAbstractTableModel):
    """Lines by their numbers; those that are looked at are fetched, those looked at last are kept."""

    def __init__(self, fetch: Fetch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fetch = fetch
        self.numbers: array[int] = array("q")
        self._chunks: OrderedDict[int, Sequence[ReportLine]] = OrderedDict()
        self._wanted: dict[int, None] = {}
        self._asked: set[int] = set()
        self._turn = 0
        self._titles = (t("Result"), t("Record"), t("File"), t("Line or entry"), t("Reason"))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._ask)

    def show_numbers(self, numbers: array[int], first: Sequence[ReportLine] = ()) -> None:
        """Show other lines; ``first`` are those of the first chunk, where they are known."""
        self.beginResetModel()
        self._turn += 1
        self.numbers = numbers
        self._chunks.clear()
        self._wanted.clear()
        self._asked.clear()
        if first:
            self._chunks[0] = first
        self.endResetModel()

    def line(self, place: int) -> ReportLine | None:
        """Return a line that is here; one that isn't is asked for, once."""
        number, within = divmod(place, CHUNK)
        chunk = self._chunks.get(number)
        if chunk is None:
            if number not in self._asked:
                self._wanted[number] = None
                self._soon.start()
            return None
        self._chunks.move_to_end(number)
        return chunk[within] if within < len(chunk) else None

    def _ask(self) -> None:
        """Ask for what was looked at last; what was only scrolled by is let go."""
        wanted, self._wanted = list(self._wanted)[-4:], {}
        turn = self._turn
        for number in wanted:
            part = self.numbers[number * CHUNK : (number + 1) * CHUNK]
            self._asked.add(number)
            self._fetch(part, partial(self._came, turn, number), partial(self._came_not, turn, number))

    def _came_not(self, turn: int, number: int) -> None:
        """Whoever looks there again asks again."""
        if turn == self._turn:
            self._asked.discard(number)

    def _came(self, turn: int, number: int, lines: Sequence[ReportLine]) -> None:
        if turn != self._turn:
            return
        self._asked.discard(number)
        self._chunks[number] = lines
        while len(self._chunks) > MOST_CHUNKS:
            self._chunks.popitem(last=False)
        first = number * CHUNK
        last = min(first + CHUNK, len(self.numbers)) - 1
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(self._titles) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return how many lines there are."""
        return 0 if parent.isValid() else len(self.numbers)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a column's title."""
        wanted = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._titles[section] if wanted and section < len(self._titles) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Answer from what is here."""
        if role == MUTED_ROLE:
            return index.column() in (2, 3)
        shown = role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
        if not shown and (role != CHIP_ROLE or index.column() != 0):
            return None
        line = self.line(index.row())
        if line is None:
            return WAITING if shown and index.column() == 1 else None
        if role == CHIP_ROLE:
            icon, kind = _CHIPS[line.outcome]
            return ChipSpec(outcome_text(line), icon, kind)
        return (outcome_text(line), record_text(line), line.file, line.place, line.reason)[index.column()]
