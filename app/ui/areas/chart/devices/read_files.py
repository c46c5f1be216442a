"""Reading files of the patient's devices: the page beside the list of connections."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.ui.parts.imports.rows import Report
from app.ui.parts.imports.run import ImportResult, step_teller
from app.ui.parts.imports.view import ImportView, ImportWords
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.work import Progress, ShellApi, WorkspacePort

if TYPE_CHECKING:
    from app.workspace.workspace import Workspace

REPORT_HEIGHT = 440
"""Figures, filters and some lines of a report, in pixels."""


class DeviceRunner:
    """Reads files into one patient's chart, on a worker thread. ``other_person``: though they name somebody else."""

    def __init__(self, patient_id: str) -> None:
        self.patient_id = patient_id
        self.other_person = False

    def __call__(
        self, workspace: WorkspacePort, paths: Sequence[Path], dry_run: bool, progress: Progress
    ) -> ImportResult:
        """Read them; cancelled, it returns what was done until then."""
        from app.workspace.device_import import run_device_import

        result = ImportResult(dry_run=dry_run)
        report = run_device_import(
            cast("Workspace", workspace), paths, self.patient_id, other_person=self.other_person, dry_run=dry_run,
            progress=step_teller(progress), cancelled=lambda: progress.cancelled, tell=result.table.add,
        )  # fmt: skip
        result.tally.add(report.tally)
        result.files, result.seconds, result.cancelled = report.files, report.seconds, report.cancelled
        return result


class Scrolled(QWidget):
    """The page as high as its report needs, below its head: under a chart's header there is little room.

    The head stays, and so does the way back; Esc takes it, too.
    """

    def __init__(self, page: ReadFiles) -> None:
        super().__init__()
        self.page = page
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # it never scrolls sideways
        head = row(page.head, margins=(24, 16, 24, 0))
        self.area.setWidget(page)
        column(head, self.area, gap=0, parent=self).setStretch(1, 1)
        page.reported.connect(self._show_report)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back to the list of devices."""
        if event.key() == Qt.Key.Key_Escape:
            self.page.left.emit()
            event.accept()
            return
        super().keyPressEvent(event)

    def _show_report(self) -> None:
        """Bring the report into view, once the page has grown."""
        QTimer.singleShot(0, self, lambda: self.area.verticalScrollBar().setValue(self.page.report.y() - 12))


class ReadFiles(ImportView):
    """One patient's page; whoever opens another chart meanwhile gets another page, and what is on its way goes on."""

    reported = Signal()
    """A report is shown."""
    gone = Signal()
    """It was given away, and nothing is on its way any more."""

    def __init__(self, api: ShellApi, patient_id: str, name: str, parent: QWidget | None = None) -> None:
        runner = DeviceRunner(patient_id)
        what = t("Exports of Apple Health, Fitbit, Garmin, Withings, Oura, Google Fit, iHealth, Open mHealth; FIT.")
        lines = (what, t("What they hold comes into this chart: make sure that the devices are this patient's."))
        kinds = t("Exports (*.xml *.zip *.json *.ndjson *.csv *.fit *.gz);;All files (*)")
        title = t("Read devices of {name}", name=name) if name else t("Read files of devices")
        words = ImportWords(title, t("Back to the devices"), lines, kinds, back_keys="Esc")
        super().__init__(api, words, runner, parent)
        self.device_runner = runner
        self._dry_run = self._given_away = False
        self.confirm_button = Button(t("They are this patient's all the same"), icon="check")
        self.confirm = QWidget()
        row(self.confirm_button, STRETCH, gap=8, parent=self.confirm)
        self.confirm.hide()
        self.body.insertWidget(self.body.indexOf(self.note) + 1, self.confirm)
        self.confirm_button.clicked.connect(self._confirmed)
        self.report.setMinimumHeight(REPORT_HEIGHT)

    @property
    def is_running(self) -> bool:
        """Whether an import is on its way."""
        return self._progress is not None

    def start(self, *, dry_run: bool) -> None:
        """Begin; a confirmation holds for the files that it was given for."""
        if not self.is_running:
            self._dry_run = dry_run
            self.confirm.hide()
        super().start(dry_run=dry_run)

    def set_paths(self, paths: Sequence[Path]) -> None:
        """Choose other files; what was said of those before doesn't hold for them."""
        self.device_runner.other_person = False
        super().set_paths(paths)

    def give_away(self) -> None:
        """The chart shows another patient: this page goes once nothing is on its way any more."""
        self._given_away = True
        if not self.is_running:
            self.gone.emit()

    def _ended(self) -> None:
        super()._ended()
        if self._given_away:
            self.gone.emit()

    def _show_paths(self) -> None:
        super()._show_paths()
        self.choose.setMinimumHeight(self.choose.sizeHint().height())

    def _done(self, ended: tuple[ImportResult, Report]) -> None:
        super()._done(ended)
        self.reported.emit()

    def _confirmed(self) -> None:
        self.device_runner.other_person = True
        self.import_button.setFocus()  # the button that was pressed goes away, and the keyboard with it
        self.start(dry_run=self._dry_run)

    def _failed(self, error: AppError) -> None:
        super()._failed(error)
        if error.code == "OtherPerson":
            self.note.show_text(error.message)
            self.confirm.show()  # the keyboard isn't led there: nobody confirms by pressing Enter once too often
