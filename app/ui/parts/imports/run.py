"""What an import from the window brings back, how far it is, and its report as a file."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.domain.csv_text import BYTE_ORDER_MARK, safe_cell
from app.domain.imports import Tally
from app.kernel.errors import Cancelled, Refused
from app.kernel.i18n import t
from app.ui.parts.imports.rows import Report, csv_rows
from app.ui.work import Progress, WorkspacePort
from app.workspace.import_report import ReportTable


@dataclass(slots=True)
class ImportResult:
    """What became of the files; ``table`` has a line for each of their records."""

    table: ReportTable = field(default_factory=ReportTable)
    tally: Tally = field(default_factory=Tally)
    files: int = 0
    seconds: float = 0.0
    dry_run: bool = False
    cancelled: bool = False


Runner = Callable[[WorkspacePort, Sequence[Path], bool, Progress], ImportResult]


def step_teller(progress: Progress) -> Callable[[Any], None]:
    """Return what passes on how far an import is."""

    def tell(step: Any) -> None:
        text = t("Writing") if step.writing else t("Reading")
        try:
            progress.report(step.done, step.total if step.writing else 0, text)
        except Cancelled:
            return  # the import itself looks whether it is to stop, and returns its report

    return tell


def write_report(path: Path, report: Report, numbers: array[int], progress: Progress | None = None) -> None:
    """Write lines of a report as CSV; ``Refused`` "NotWritten" where the file can't be. On a worker thread."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(BYTE_ORDER_MARK)
            writer = csv.writer(file, lineterminator="\r\n")
            for number, cells in enumerate(csv_rows(report.table.all_lines(numbers))):
                writer.writerow([safe_cell(cell.replace("\x00", "")) for cell in cells])
                if progress is not None and number % 1000 == 0:
                    progress.check()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Refused("NotWritten", t("{name} can't be written: {why}", name=path.name, why=why)) from None
