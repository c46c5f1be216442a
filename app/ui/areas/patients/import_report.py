"""What became of the records of an import: figures, a filter, a row for each one that was left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t, tn
from app.ui.areas.patients.import_rows import Fate, Report, ReportRow, fate_text
from app.ui.areas.patients.import_run import ImportResult
from app.ui.theme.tokens import StatusKind, Tone
from app.ui.widgets.button import Button
from app.ui.widgets.figures import Figure, FigureStrip
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ChipSpec
from app.ui.widgets.panel import Card, Note
from app.ui.widgets.states import EmptyState
from app.ui.widgets.table import CHIP_ROLE, MUTED_ROLE, Table
from app.ui.widgets.toggles import SegmentedControl

Index = QModelIndex | QPersistentModelIndex
ALL = "all"
_CHIPS = {
    Fate.TAKEN: ("check", StatusKind.DONE),
    Fate.UPDATED: ("check", StatusKind.DONE),
    Fate.UNCHANGED: ("minus", StatusKind.HELD),
    Fate.SKIPPED: ("warn", StatusKind.ARRIVED),
    Fate.REMARK: ("info", StatusKind.PLANNED),
}


class _ReportModel(QAbstractTableModel):
    """The rows of the filter chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence[ReportRow] = ()
        self._titles = (t("Result"), t("Records"), t("Record"), t("File"), t("Reason"))

    def show_rows(self, rows: Sequence[ReportRow]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        wanted = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._titles[section] if wanted and section < len(self._titles) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.rows[index.row()]
        if role == CHIP_ROLE and index.column() == 0:
            icon, kind = _CHIPS[line.fate]
            return ChipSpec(fate_text(line.fate), icon, kind)
        if role == MUTED_ROLE:
            return index.column() == 3
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return (fate_text(line.fate), f"{line.count:,}", line.what, line.file, line.why)[index.column()]
        return None


class ImportReportView(QWidget):
    """``save_wanted`` carries the rows that are shown."""

    save_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report = Report((), {}, {})
        self._note = Note("", kind=StatusKind.DONE)
        self.figures = FigureStrip(name=t("The import in figures"))
        choices = [(ALL, t("All")), *((fate.value, fate_text(fate)) for fate in Fate)]
        self.filter = SegmentedControl(choices, name=t("Which records"))
        self.filter.changed.connect(lambda _key: self._apply())
        self.save_button = Button(t("Save as CSV"), icon="export")
        self.save_button.clicked.connect(lambda: self.save_wanted.emit(self.shown))
        self.model = _ReportModel()
        self.table = Table(name=t("Report"))
        self.table.setModel(self.model)
        for number, width in enumerate((130, 90, 240, 260)):
            self.table.setColumnWidth(number, width)
        self._empty = EmptyState(t("No records of this kind."))
        card = Card(padding=1, gap=0)
        card.body.setContentsMargins(1, 4, 1, 4)
        card.body.addWidget(self.table)
        card.body.addWidget(self._empty)
        tools = row(self.filter, STRETCH, self.save_button, gap=8)
        column(self._note, self.figures, tools, card, gap=12, parent=self).setStretch(3, 1)

    @property
    def shown(self) -> Sequence[ReportRow]:
        """The rows of the filter chosen."""
        return self.model.rows

    def show_result(self, result: ImportResult, report: Report) -> None:
        """Show another report."""
        self._report = report
        self._note.show_text(*_lead(result))
        counts = report.counts
        tones = {Fate.SKIPPED: Tone.WARN} if counts[Fate.SKIPPED] else {}
        self.figures.show_figures(
            [Figure(f"{counts[fate]:,}", fate_text(fate), tone=tones.get(fate, Tone.TEXT)) for fate in Fate]
        )
        self.filter.set_text(ALL, t("All"))
        for fate in Fate:
            self.filter.set_text(fate.value, f"{fate_text(fate)} {counts[fate]:,}")
        self.filter.set_current(ALL)
        self._apply()

    def _apply(self) -> None:
        wanted = self.filter.current
        rows = self._report.rows if wanted == ALL else self._report.by_fate.get(Fate(wanted), ())
        self.model.show_rows(rows)
        self.table.setVisible(bool(rows))
        self._empty.setVisible(not rows)
        self.save_button.setEnabled(bool(rows))


def _lead(result: ImportResult) -> tuple[str, str]:
    files = tn("{n} file", "{n} files", result.files)
    took = t("{files}, {seconds} s", files=files, seconds=f"{result.seconds:.1f}")
    if result.cancelled:
        return t("Stopped"), t("What was written until then stays; start it again and it goes on. {took}", took=took)
    if result.dry_run:
        return t("Only tried: nothing was written"), t("This is what an import would do. {took}", took=took)
    return t("Imported"), took
