"""Importing files: choose them, try first or import, watch, read what became of every record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QSizePolicy, QWidget

from app.kernel.errors import AppError, Cancelled
from app.kernel.i18n import t, tn
from app.ui.parts.imports.report import ImportReportView
from app.ui.parts.imports.rows import Report, make_report
from app.ui.parts.imports.run import ImportResult, Runner, write_report
from app.ui.parts.progress_bar import ProgressBar
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind, IconButton
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.panel import Card, Note
from app.ui.widgets.text import Label
from app.ui.work import Lane, Progress, ShellApi, Step, ToastTone


@dataclass(frozen=True, slots=True)
class ImportWords:
    """What the page of an import says: ``lines`` below its invitation, ``kinds`` as the file dialog wants them."""

    title: str
    back: str
    lines: tuple[str, ...]
    kinds: str
    back_keys: str = "Alt+Left"


class ImportView(QWidget):
    """``left`` when the person goes back to where it was opened; an import on its way goes on."""

    left = Signal()

    def __init__(self, api: ShellApi, words: ImportWords, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api, self._words, self._runner = api, words, runner
        self._lane = Lane(self, api.workspace)
        self._was_at_stop = False
        self._paths: list[Path] = []
        self._progress: Progress | None = None
        self.setAcceptDrops(True)
        self._build()
        self._connect()
        self._show_paths()

    def _build(self) -> None:
        self.back_button = IconButton("back", self._words.back, keys=self._words.back_keys)
        title = Label(self._words.title, role=TypeRole.PATIENT, strong=True)
        self.files_button = Button(t("Choose files"), icon="plus")
        self.folder_button = Button(t("Choose a folder"), icon="tray")
        self.setFocusProxy(self.files_button)
        self.list = ListCard(name=t("Chosen files"), max_rows=5)
        self.clear_button = Button(t("Empty the list"), kind=ButtonKind.QUIET, small=True)
        self.try_button = Button(t("Try first"), icon="eye", keys="Ctrl+T")
        self.import_button = Button(t("Import"), kind=ButtonKind.PRIMARY, icon="import", keys="Ctrl+Return")
        self.choose = Card(padding=16, gap=12)
        self.choose.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.choose.body.addWidget(Label(t("Drop files or a folder here, or choose them."), strong=True))
        lines = [Label(line, tone=Tone.MUTED) for line in self._words.lines]  # wrapped, they would ask for too much
        self.choose.body.addLayout(column(*lines, gap=0))
        self.choose.body.addLayout(row(self.files_button, self.folder_button, STRETCH, self.clear_button, gap=8))
        self.choose.body.addWidget(self.list)
        self.choose.body.addLayout(row(STRETCH, self.try_button, self.import_button, gap=8))
        self.bar = ProgressBar()
        self.stop_button = Button(t("Stop"), icon="stop")
        self.running = Card(padding=16, gap=12)
        self.running.body.addLayout(row(self.bar, self.stop_button, gap=16))
        self.running.hide()
        self.note = Note("", kind=StatusKind.CRITICAL)
        self.note.hide()
        self.report = ImportReportView(self._api)
        self.report.hide()
        self.head = QWidget()
        row(self.back_button, title, STRETCH, gap=8, parent=self.head)
        self.body = column(
            self.head, self.choose, self.running, self.note, gap=12, margins=(24, 16, 24, 24), parent=self
        )
        self.body.addWidget(self.report, 1)
        self.body.addStretch(0)
        self.body.setAlignment(Qt.AlignmentFlag.AlignTop)

    def _connect(self) -> None:
        self.back_button.clicked.connect(self.left)
        self.files_button.clicked.connect(self._pick_files)
        self.folder_button.clicked.connect(self._pick_folder)
        self.clear_button.clicked.connect(lambda: self.set_paths([]))
        self.try_button.clicked.connect(lambda: self.start(dry_run=True))
        self.import_button.clicked.connect(lambda: self.start(dry_run=False))
        self.stop_button.clicked.connect(self.stop)
        self.report.save_wanted.connect(self._save)
        QShortcut(QKeySequence("Ctrl+Return"), self, lambda: self.start(dry_run=False))
        QShortcut(QKeySequence("Ctrl+T"), self, lambda: self.start(dry_run=True))

    # -- choosing -----------------------------------------------------------------------------------------------------

    def _pick_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, t("Choose files"), "", self._words.kinds)
        self.set_paths([*self._paths, *map(Path, names)])

    def _pick_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, t("Choose a folder"))
        if name:
            self.set_paths([*self._paths, Path(name)])

    def set_paths(self, paths: Sequence[Path]) -> None:
        """Choose other files; each counts once."""
        self._paths = list(dict.fromkeys(paths))
        self._show_paths()

    @property
    def paths(self) -> tuple[Path, ...]:
        """What is chosen."""
        return tuple(self._paths)

    def _show_paths(self) -> None:
        items = [
            ListItem(key=str(path), title=path.name or str(path), meta=str(path.parent), title_strong=False,
                     icon="note" if path.suffix else "tray")
            for path in self._paths
        ]  # fmt: skip
        self.list.set_items(items)
        for widget in (self.list, self.clear_button):
            widget.setVisible(bool(items))
        self._enable()

    def _enable(self) -> None:
        ready = bool(self._paths) and self._progress is None
        self.try_button.setEnabled(ready)
        self.import_button.setEnabled(ready)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if event.mimeData().hasUrls() and self._progress is None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add the files that were dropped."""
        names = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        self.set_paths([*self._paths, *map(Path, names)])
        event.acceptProposedAction()

    # -- running ------------------------------------------------------------------------------------------------------

    def start(self, *, dry_run: bool) -> None:
        """Begin; one import at a time."""
        if not self._paths or self._progress is not None:
            return
        workspace, paths, runner = self._api.workspace, self.paths, self._runner
        self.note.hide()
        self.report.hide()
        self.running.show()
        self.bar.show_step(0, 0, t("Reading"))
        self.stop_button.setEnabled(True)

        def work(progress: Progress) -> tuple[ImportResult, Report]:
            result = runner(workspace, paths, dry_run, progress)
            return result, make_report(result.table)

        if self.import_button.hasFocus() or self.try_button.hasFocus():
            self.stop_button.setFocus()  # those can't be pressed now, and the keyboard would leave for anywhere
        self._progress = self._lane.run(work, on_result=self._done, on_error=self._failed, on_progress=self._step)
        self._enable()

    def stop(self) -> None:
        """Stop after the batch under way; what it wrote stays."""
        if self._progress is not None:
            self._progress.cancel()
            self._was_at_stop = self.stop_button.hasFocus()
            if self._was_at_stop:
                self.list.setFocus()
            self.stop_button.setEnabled(False)
            self.bar.show_step(0, 0, t("Stopping"))

    def _step(self, step: Step) -> None:
        self.bar.show_step(step.done, step.total, step.text)

    def _ended(self) -> None:
        self._progress = None
        here = self._was_at_stop or self.stop_button.hasFocus()
        self._was_at_stop = False
        self._enable()
        if here:
            self.import_button.setFocus()
        self.running.hide()

    def _done(self, ended: tuple[ImportResult, Report]) -> None:
        result, report = ended
        self._ended()
        self.report.show_result(result, report)
        self.report.show()
        if not self.isVisible():
            files = tn("{n} file", "{n} files", result.files)
            self._api.toast(t("The import has ended ({files}).", files=files), tone=ToastTone.GOOD)

    def _failed(self, error: AppError) -> None:
        self._ended()
        if isinstance(error, Cancelled):
            self.note.show_text(t("Stopped before anything was written."))
        else:
            kept = t("What was written before stays; start it again and it goes on where it was.")
            self.note.show_text(error.message, kept)
        self.note.show()

    # -- the report as a file -----------------------------------------------------------------------------------------

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, t("Save the report"), t("import-report.csv"), "CSV (*.csv)")
        if name:
            self.save_report(Path(name))

    def save_report(self, path: Path) -> None:
        """Write the lines that are shown, on a worker thread."""
        shown = self.report.shown
        if shown is not None:
            self._lane.run(lambda progress: write_report(path, *shown, progress), on_error=self._api.problem,
                           on_result=lambda _: self._api.toast(t("Saved {name}", name=path.name)))  # fmt: skip
