"""Take laboratories' files in: chosen files or a folder, off the window's thread, with a report in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import row
from app.ui.work import Lane, Progress, ShellApi, WorkspacePort

if TYPE_CHECKING:
    from app.workspace.hl7_import import Hl7Report
    from app.workspace.workspace import Workspace

Runner = Callable[[WorkspacePort, Sequence[Path], Progress], "Hl7Report"]


def run(workspace: WorkspacePort, paths: Sequence[Path], progress: Progress) -> Hl7Report:
    """Import the files. On a worker thread."""
    from app.workspace.hl7_import import run_hl7_import

    def tell(done: int, total: int) -> None:
        if not progress.cancelled:
            progress.report(done, total, t("Reading"))

    return run_hl7_import(
        cast("Workspace", workspace), paths, progress=tell, cancelled=lambda: progress.cancelled
    )  # fmt: skip


class InboxImport(QWidget):
    """Two buttons; ``done`` when files were taken."""

    done = Signal()

    def __init__(self, api: ShellApi, runner: Runner = run, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api, self._run = api, runner
        self._lane = Lane(self, api.workspace)
        self.files = Button(t("Take files…"), icon="import", small=True)
        self.folder = Button(t("Take a folder…"), small=True)
        row(self.files, self.folder, gap=8, parent=self)
        self.files.clicked.connect(self._choose_files)
        self.folder.clicked.connect(self._choose_folder)

    def _choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, t("Laboratories' files"), "", t("All files (*)"))
        self.take([Path(name) for name in names])

    def _choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, t("Choose a folder"))
        self.take([Path(name)] if name else [])

    def take(self, paths: Sequence[Path]) -> None:
        """Import files or folders."""
        if not paths:
            return
        workspace, runner = self._api.workspace, self._run
        self._busy(True)
        self._lane.run(lambda progress: runner(workspace, paths, progress), on_result=self._show, on_error=self._failed)

    def _busy(self, busy: bool) -> None:
        self.files.setEnabled(not busy)
        self.folder.setEnabled(not busy)

    def _failed(self, error: AppError) -> None:
        self._busy(False)
        self._api.problem(error)

    def _show(self, report: Hl7Report) -> None:
        self._busy(False)
        self._api.toast(summary(report))
        self.done.emit()


def summary(report: Hl7Report) -> str:
    """Say in one line what became of the files."""
    taken = report.counts["taken"]["Message"] + report.counts["updated"]["Message"]
    parts = [tn("{n} message taken", "{n} messages taken", taken)]
    if report.waiting:
        parts.append(tn("{n} waits for a person", "{n} wait for a person", report.waiting))
    if report.refused:
        parts.append(tn("{n} refused", "{n} refused", report.refused))
    if report.counts["unchanged"]["Message"]:
        parts.append(tn("{n} was here already", "{n} were here already", report.counts["unchanged"]["Message"]))
    if report.history:
        parts.append(tn("{n} order is history", "{n} orders are history", report.history))
    return ", ".join(parts)
