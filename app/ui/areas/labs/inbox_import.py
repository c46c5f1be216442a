"""Take laboratories' files in: chosen files or a folder, off the window's thread, with a report in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.kernel.errors import AppError, Cancelled
from app.kernel.i18n import t, tn
from app.ui.parts.progress_bar import ProgressBar
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.work import Lane, Progress, ShellApi, WorkspacePort

if TYPE_CHECKING:
    from app.workspace.hl7_import import Hl7Report
    from app.workspace.workspace import Workspace

Runner = Callable[[WorkspacePort, Sequence[Path], Progress], "Hl7Report"]


def run(workspace: WorkspacePort, paths: Sequence[Path], progress: Progress) -> Hl7Report:
    """Import the files. On a worker thread."""
    from app.workspace.hl7_import import run_hl7_import

    def tell(done: int, total: int, messages: int) -> None:
        with suppress(Cancelled):  # it is asked after each batch; what was taken until then is reported as always
            if total > 1:
                progress.report(done, total, t("Files read:"))
            else:
                progress.report(messages, 0, t("Messages read:"))

    return run_hl7_import(
        cast("Workspace", workspace), paths, progress=tell, cancelled=lambda: progress.cancelled
    )  # fmt: skip


class InboxImport(QWidget):
    """Two buttons, and while files are taken how far that is with Stop; ``done`` when files were taken."""

    done = Signal()

    def __init__(self, api: ShellApi, runner: Runner = run, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api, self._run = api, runner
        self._lane = Lane(self, api.workspace)
        self.files = Button(t("Take files…"), icon="import", small=True)
        self.folder = Button(t("Take a folder…"), small=True)
        self.progress, self.stop = ProgressBar(), Button(t("Stop"), icon="stop", small=True)
        self._going: Progress | None = None
        column(row(self.files, self.folder, STRETCH, gap=8), row(self.progress, self.stop, gap=8), gap=8, parent=self)
        self.progress.hide()
        self.stop.hide()
        self.stop.clicked.connect(self.end)
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
        self.progress.show_step(0, 0, t("Reading"))
        self._going = self._lane.run(
            lambda progress: runner(workspace, paths, progress), on_result=self._show, on_error=self._failed,
            on_progress=lambda step: self.progress.show_step(step.done, step.total, step.text),
        )  # fmt: skip

    def end(self) -> None:
        """Stop after the messages under way; what was taken stays, and a second time it is known."""
        if self._going is not None:
            self._going.cancel()

    def _busy(self, busy: bool) -> None:
        had = self.stop.hasFocus() or self.files.hasFocus() or self.folder.hasFocus()
        self.progress.setVisible(busy)
        self.stop.setVisible(busy)
        if had:  # before the one that has the keyboard goes: it must not land somewhere else
            (self.stop if busy else self.files).setEnabled(True)
            (self.stop if busy else self.files).setFocus()
        self.files.setEnabled(not busy)
        self.folder.setEnabled(not busy)

    def _failed(self, error: AppError) -> None:
        self._busy(False)
        self._api.problem(error)

    def _show(self, report: Hl7Report) -> None:
        self._busy(False)
        self._api.toast(f"{t('Stopped.')} {summary(report)}" if report.cancelled else summary(report))
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
