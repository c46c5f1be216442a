"""Take laboratories' files in: chosen files or a folder, off the window's thread, with a report in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.kernel.errors import AppError, Cancelled
from app.kernel.i18n import t, tn
from app.ui.parts.progress_bar import ProgressBar
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.work import Lane, Progress, ShellApi, Step, WorkspacePort

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


class FilesTaker(QObject):
    """The taking itself, held by the area's page: it goes on when the panel that began it is closed, and is told then.

    One at a time. ``went`` whenever it begins, comes further or ends; ``done`` when files were taken.
    """

    went = Signal()
    done = Signal()

    def __init__(self, api: ShellApi, runner: Runner = run, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._api, self._run = api, runner
        self._lane = Lane(self, api.workspace)
        self._going: Progress | None = None
        self.step = Step(0, 0)

    @property
    def going(self) -> bool:
        """Whether files are being taken."""
        return self._going is not None

    def take(self, paths: Sequence[Path]) -> None:
        """Import files or folders."""
        if not paths or self.going:
            return
        workspace, runner = self._api.workspace, self._run
        self.step = Step(0, 0, t("Reading"))
        self._going = self._lane.run(
            lambda progress: runner(workspace, paths, progress), on_result=self._show, on_error=self._failed,
            on_progress=self._further,
        )  # fmt: skip
        self.went.emit()

    def end(self) -> None:
        """Stop after the messages under way; what was taken stays, and a second time it is known."""
        if self._going is not None:
            self._going.cancel()

    def _further(self, step: Step) -> None:
        self.step = step
        self.went.emit()

    def _failed(self, error: AppError) -> None:
        self._going = None
        self.went.emit()
        self._api.problem(error)

    def _show(self, report: Hl7Report) -> None:
        self._going = None
        self.went.emit()
        self._api.toast(f"{t('Stopped.')} {summary(report)}" if report.cancelled else summary(report))
        self.done.emit()


class InboxImport(QWidget):
    """Two buttons, and while files are taken how far that is with Stop; ``done`` when files were taken."""

    done = Signal()

    def __init__(self, taker: FilesTaker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._taker = taker
        self.files = Button(t("Take files…"), icon="import", small=True)
        self.folder = Button(t("Take a folder…"), small=True)
        self.progress, self.stop = ProgressBar(), Button(t("Stop"), icon="stop", small=True)
        column(row(self.files, self.folder, STRETCH, gap=8), row(self.progress, self.stop, gap=8), gap=8, parent=self)
        self.progress.hide()
        self.stop.hide()
        self.stop.clicked.connect(taker.end)
        self.files.clicked.connect(self._choose_files)
        self.folder.clicked.connect(self._choose_folder)
        taker.went.connect(self._went)
        taker.done.connect(self.done)
        self._went()

    def _choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, t("Laboratories' files"), "", t("All files (*)"))
        self._taker.take([Path(name) for name in names])

    def _choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, t("Choose a folder"))
        self._taker.take([Path(name)] if name else [])

    def _went(self) -> None:
        busy, step = self._taker.going, self._taker.step
        if busy:
            self.progress.show_step(step.done, step.total, step.text)
        if busy == self.files.isEnabled():
            self._busy(busy)

    def _busy(self, busy: bool) -> None:
        had = self.stop.hasFocus() or self.files.hasFocus() or self.folder.hasFocus()
        self.progress.setVisible(busy)
        self.stop.setVisible(busy)
        if had:  # before the one that has the keyboard goes: it must not land somewhere else
            (self.stop if busy else self.files).setEnabled(True)
            (self.stop if busy else self.files).setFocus()
        self.files.setEnabled(not busy)
        self.folder.setEnabled(not busy)


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
