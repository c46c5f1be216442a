"""What became of the records of an import: figures, filters, a line for each record of each file."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import TypeAlias

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.domain.import_report import ReportLine
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.ui.parts.imports.model import CHUNK, Got, ReportModel
from app.ui.parts.imports.rows import Fate, Report, fate_heading
from app.ui.parts.imports.run import ImportResult
from app.ui.theme.tokens import StatusKind, Tone
from app.ui.widgets.button import Button
from app.ui.widgets.figures import Figure, FigureStrip
from app.ui.widgets.inputs import SearchField
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card, Note
from app.ui.widgets.states import EmptyState
from app.ui.widgets.table import Table
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import Lane, ShellApi

ALL = "all"
_TYPED_MS = 200
Filtered: TypeAlias = "tuple[array[int], Sequence[ReportLine]]"


class ImportReportView(QWidget):
    """``save_wanted``: the lines that are shown are to be written to a file."""

    save_wanted = Signal()

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lane = Lane(self, api.workspace)
        self._problem = api.problem
        self._report: Report | None = None
        self._turn = 0
        self._note = Note("", kind=StatusKind.DONE)
        self.figures = FigureStrip(name=t("The import in figures"))
        choices = [(ALL, t("All")), *((fate.value, fate_heading(fate)) for fate in Fate)]
        self.filter = SegmentedControl(choices, name=t("Which records"))
        self.search = SearchField(placeholder=t("File, record or reason"), name=t("File, record or reason"))
        self.save_button = Button(t("Save as CSV"), icon="export")
        self.model = ReportModel(self._fetch, self)
        self.table = Table(name=t("Report"))
        self.table.setModel(self.model)
        for number, width in enumerate((130, 260, 240, 120)):
            self.table.setColumnWidth(number, width)
        self._empty = EmptyState(t("No records of this kind."))
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_TYPED_MS)
        self._build()

    def _build(self) -> None:
        card = Card(padding=1, gap=0)
        card.body.setContentsMargins(1, 4, 1, 4)
        card.body.addWidget(self.table)
        card.body.addWidget(self._empty)
        self.search.setFixedWidth(240)
        tools = row(self.filter, STRETCH, self.search, self.save_button, gap=8)
        column(self._note, self.figures, tools, card, gap=12, parent=self).setStretch(3, 1)
        self.filter.changed.connect(lambda _key: self._apply())
        self.search.textChanged.connect(lambda _text: self._typed.start())
        self.search.chosen.connect(self._apply)
        self._typed.timeout.connect(self._apply)
        self.save_button.clicked.connect(self.save_wanted)

    @property
    def shown(self) -> tuple[Report, array[int]] | None:
        """The report and the numbers of the lines that are shown."""
        return None if self._report is None else (self._report, self.model.numbers)

    def show_result(self, result: ImportResult, report: Report) -> None:
        """Show another report."""
        self._report = report
        self._note.show_text(*_lead(result))
        self._note.show_kind(StatusKind.ARRIVED if result.cancelled else StatusKind.DONE)
        counts = report.counts
        tones = {fate: Tone.WARN for fate in (Fate.SKIPPED, Fate.REFUSED) if counts[fate]}
        self.figures.show_figures(
            [Figure(f"{counts[fate]:,}", fate_heading(fate), tone=tones.get(fate, Tone.TEXT)) for fate in Fate]
        )
        self.filter.set_text(ALL, t("All"))
        for fate in Fate:
            self.filter.set_text(fate.value, f"{fate_heading(fate)} {counts[fate]:,}")
        self.filter.set_current(ALL)
        self.search.clear()
        self._typed.stop()
        self._turn += 1
        self._put((report.numbers, ()))

    def _apply(self) -> None:
        """Find the lines of the filter on a worker thread; the newest question wins."""
        self._typed.stop()
        if self._report is None:
            return
        self._turn += 1
        turn, table = self._turn, self._report.table
        fate, text = "" if self.filter.current == ALL else self.filter.current, self.search.text().strip()

        def find(_progress: object) -> Filtered:
            numbers = table.numbers(fate, text)
            return numbers, table.lines(numbers[:CHUNK])

        self._lane.run(find, on_result=lambda found: self._found(turn, found), on_error=self._failed)

    def _found(self, turn: int, found: Filtered) -> None:
        if turn == self._turn:
            self._put(found)

    def _put(self, found: Filtered) -> None:
        self.model.show_numbers(*found)
        some = bool(found[0])
        self.table.setVisible(some)
        self._empty.setVisible(not some)
        self.save_button.setEnabled(some)

    def _fetch(self, numbers: Sequence[int], got: Got, gave_up: Callable[[], object]) -> None:
        def failed(error: AppError) -> None:
            gave_up()
            self._failed(error)

        if self._report is not None:
            table = self._report.table
            self._lane.run(lambda _progress: table.lines(numbers), on_result=got, on_error=failed)

    def _failed(self, error: AppError) -> None:
        self._problem(error)


def _lead(result: ImportResult) -> tuple[str, str]:
    files = tn("{n} file", "{n} files", result.files)
    took = t("{files}, {seconds} s", files=files, seconds=f"{result.seconds:.1f}")
    if result.cancelled:
        return t("Stopped"), t("What was written until then stays; start it again and it goes on. {took}", took=took)
    if result.dry_run:
        return t("Only tried: nothing was written"), t("This is what an import would do. {took}", took=took)
    return t("Imported"), took
