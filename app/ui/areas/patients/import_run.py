"""Running an import off the window's thread: FHIR files together, each list of patients by itself."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from app.domain.csv_text import BYTE_ORDER_MARK, safe_cell
from app.domain.import_report import ReportLine, RowOutcome
from app.domain.imports import Skipped, Tally
from app.kernel.errors import Cancelled, Refused
from app.kernel.i18n import t
from app.ui.areas.patients.import_rows import Report, csv_rows
from app.ui.work import Progress, WorkspacePort
from app.workspace.import_report import ReportTable

if TYPE_CHECKING:
    from app.workspace.workspace import Workspace

LISTS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")


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


def run_files(workspace: WorkspacePort, paths: Sequence[Path], dry_run: bool, progress: Progress) -> ImportResult:
    """Import files and folders; cancelled, it returns what was done until then. On a worker thread."""
    from app.workspace.imports import ImportReport, run_import, run_list_import

    result = ImportResult(dry_run=dry_run)
    lists = [path for path in paths if path.name.lower().endswith(LISTS)]
    others = [path for path in paths if path not in lists]
    more: Any = {"dry_run": dry_run, "progress": _teller(progress), "cancelled": lambda: progress.cancelled,
                 "tell": result.table.add}  # fmt: skip

    def add(report: ImportReport) -> None:
        result.tally.add(report.tally)
        result.files += report.files
        result.seconds += report.seconds
        result.cancelled = result.cancelled or report.cancelled

    mine = cast("Workspace", workspace)
    if others:
        add(run_import(mine, others, **more))
    for path in lists:
        if progress.cancelled:
            break
        try:
            add(run_list_import(mine, path, **more))
        except Refused as problem:
            if len(paths) == 1 or problem.code == "NotAllowed":
                raise
            _leave_out(result, path, problem)
    return result


def _leave_out(result: ImportResult, path: Path, problem: Refused) -> None:
    """One list among several files that can't be read: what became of the others is told all the same."""
    result.files += 1
    result.tally.skipped.append(Skipped(path.name, "", problem.message))
    result.table.add(ReportLine(path.name, "", "", "", RowOutcome.SKIPPED, problem.message))


def _teller(progress: Progress) -> Callable[[Any], None]:
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
