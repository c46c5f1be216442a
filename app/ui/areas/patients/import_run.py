"""Running an import off the window's thread: FHIR files together, each list of patients by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from app.domain.import_report import ReportLine, RowOutcome
from app.domain.imports import Skipped
from app.kernel.errors import Refused
from app.ui.parts.imports.run import ImportResult, step_teller
from app.ui.work import Progress, WorkspacePort

if TYPE_CHECKING:
    from app.workspace.workspace import Workspace

LISTS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")


def run_files(workspace: WorkspacePort, paths: Sequence[Path], dry_run: bool, progress: Progress) -> ImportResult:
    """Import files and folders; cancelled, it returns what was done until then. On a worker thread."""
    from app.workspace.imports import ImportReport, run_import, run_list_import

    result = ImportResult(dry_run=dry_run)
    lists = [path for path in paths if path.name.lower().endswith(LISTS)]
    others = [path for path in paths if path not in lists]
    more: Any = {"dry_run": dry_run, "progress": step_teller(progress), "cancelled": lambda: progress.cancelled,
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
