"""Importing from the window: try first, watch, stop, read and save what became of every record."""

from __future__ import annotations

import csv
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.domain.imports import Remark, Skipped, Tally
from app.kernel.errors import Refused
from app.ui.areas.patients.import_rows import Fate, ReportRow, csv_rows, make_report, report_rows, total
from app.ui.areas.patients.import_run import ImportResult, write_report
from app.ui.areas.patients.import_view import ImportView
from app.ui.work import Progress, WorkspacePort
from tests.support.shell import FakeShell

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


def a_tally() -> Tally:
    return Tally(
        taken=Counter(Patient=3, Observation=1200),
        updated=Counter(Patient=1),
        unchanged=Counter(),
        skipped=[Skipped("b.json", "Claim/1", "not read"), Skipped("c.json", "Observation", "no unit", 40)],
        remarks=[Remark("b.json", "Patient/2", '=cmd|"/c calc"!A1')],
    )


class Runner:
    """Stands for the import; the test decides how it goes."""

    def __init__(self, result: ImportResult | Exception | None = None) -> None:
        self.calls: list[tuple[Sequence[Path], bool]] = []
        self.result: Any = result or ImportResult(a_tally(), files=2, seconds=1.25)
        self.gate: threading.Event | None = None
        self.progress: Progress | None = None

    def __call__(
        self, workspace: WorkspacePort, paths: Sequence[Path], dry_run: bool, progress: Progress
    ) -> ImportResult:
        self.calls.append((paths, dry_run))
        self.progress = progress
        progress.report(250, 1000, "Writing")
        if self.gate is not None:
            assert self.gate.wait(5)
        if isinstance(self.result, Exception):
            raise self.result
        result: ImportResult = self.result
        result.cancelled = progress.cancelled
        result.dry_run = dry_run
        return result


@pytest.fixture
def runner() -> Runner:
    return Runner()


@pytest.fixture
def view(qtbot: QtBot, admin_shell: FakeShell, runner: Runner) -> ImportView:
    made = ImportView(admin_shell, runner=runner)
    qtbot.addWidget(made)
    made.resize(1100, 800)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def test_nothing_starts_without_a_file(view: ImportView, runner: Runner) -> None:
    assert not view.import_button.isEnabled()
    assert not view.try_button.isEnabled()
    view.start(dry_run=False)
    assert runner.calls == []


def test_files_are_chosen_dropped_and_left_out_again(
    qtbot: QtBot, view: ImportView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(one), str(one)], ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    QTest.mouseClick(view.files_button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(view.folder_button, Qt.MouseButton.LeftButton)
    assert list(view.paths) == [one, tmp_path], "each counts once"
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(two)), QUrl("https://example.org/x.json")])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, buttons, keys)
    view.dragEnterEvent(entered)
    assert entered.isAccepted()
    view.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, buttons, keys))
    assert list(view.paths) == [one, tmp_path, two]
    QTest.mouseClick(view.clear_button, Qt.MouseButton.LeftButton)
    assert list(view.paths) == []


def test_trying_first_says_that_nothing_was_written(qtbot: QtBot, view: ImportView, runner: Runner) -> None:
    view.set_paths([Path("bundle.json")])
    QTest.keyClick(view, Key.Key_T, CTRL)
    qtbot.waitUntil(view.report.isVisible)
    assert runner.calls == [((Path("bundle.json"),), True)]
    assert view.report._note.lead.text() == "Only tried: nothing was written"


def test_progress_is_counted_while_it_runs(qtbot: QtBot, view: ImportView, runner: Runner) -> None:
    runner.gate = threading.Event()
    view.set_paths([Path("bundle.json")])
    QTest.keyClick(view, Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: view.bar.words == "Writing 250 of 1,000")
    assert view.running.isVisible()
    assert not view.import_button.isEnabled()
    view.start(dry_run=False)
    runner.gate.set()
    qtbot.waitUntil(view.report.isVisible)
    assert len(runner.calls) == 1, "one at a time"
    assert not view.running.isVisible()
    assert view.import_button.isEnabled()


def test_stopping_keeps_the_report_of_what_was_done(qtbot: QtBot, view: ImportView, runner: Runner) -> None:
    runner.gate = threading.Event()
    view.set_paths([Path("bundle.json")])
    view.start(dry_run=False)
    qtbot.waitUntil(lambda: runner.progress is not None)
    QTest.mouseClick(view.stop_button, Qt.MouseButton.LeftButton)
    assert not view.stop_button.isEnabled()
    runner.gate.set()
    qtbot.waitUntil(view.report.isVisible)
    assert view.report._note.lead.text() == "Stopped"


def test_a_refusal_is_shown_and_it_can_be_started_again(qtbot: QtBot, view: ImportView, runner: Runner) -> None:
    runner.result = Refused("NoFile", "bundle.json: No such file", field="paths")
    view.set_paths([Path("bundle.json")])
    view.start(dry_run=False)
    qtbot.waitUntil(view.note.isVisible)
    assert view.note.lead.text() == "bundle.json: No such file"
    assert view.import_button.isEnabled()


def test_the_report_in_figures_rows_and_filters(qtbot: QtBot, view: ImportView) -> None:
    view.report.show_result(ImportResult(a_tally(), files=2, seconds=1.0), make_report(a_tally()))
    report = view.report
    report.show()
    rows = report_rows(a_tally())
    assert [total(rows, fate) for fate in Fate] == [1203, 1, 0, 41, 1]
    assert report.shown == rows
    assert rows[0].fate is Fate.SKIPPED, "what was left out comes first"
    report.filter.set_current("skipped")
    assert [row.why for row in report.shown] == ["not read", "no unit"]
    model = report.table.model()
    assert [model.index(1, column).data() for column in range(5)] == [
        "Skipped",
        "40",
        "Observation",
        "c.json",
        "no unit",
    ]
    report.filter.set_current("unchanged")
    assert report.shown == ()
    assert report._empty.isVisibleTo(report)
    assert not report.save_button.isEnabled()


def test_the_report_is_saved_as_csv_that_no_spreadsheet_runs(
    qtbot: QtBot, view: ImportView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, admin_shell: FakeShell
) -> None:
    file = tmp_path / "report.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    view.report.show_result(ImportResult(a_tally()), make_report(a_tally()))
    view.report.show()
    QTest.mouseClick(view.report.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: admin_shell.toasts == ["Saved report.csv"])
    with file.open(encoding="utf-8-sig", newline="") as stored:
        cells = list(csv.reader(stored))
    assert cells[0] == ["Result", "Records", "Record", "File", "Reason"]
    assert ["Remark", "1", "Patient/2", "b.json", '\'=cmd|"/c calc"!A1'] in cells
    assert len(cells) == 1 + len(report_rows(a_tally()))


def test_a_report_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    rows = (ReportRow(Fate.TAKEN, 1, "Patient"),)
    with pytest.raises(Refused) as refused:
        write_report(tmp_path / "missing" / "report.csv", rows)
    assert refused.value.code == "NotWritten"
    assert "report.csv" in refused.value.message
    assert len(csv_rows(rows)) == 2


def test_a_long_report_scrolls_without_a_stall(qtbot: QtBot, view: ImportView, runner: Runner) -> None:
    view.set_paths([Path("bundle.json")])
    runner.result = ImportResult(
        Tally(skipped=[Skipped("f.json", f"Observation/{n}", "no unit") for n in range(50_000)])
    )
    view.start(dry_run=True)
    qtbot.waitUntil(view.report.isVisible)
    qtbot.wait(20)
    view.report.table.scrollToBottom()
    qtbot.wait(20)
    assert view.report.table.model().rowCount() == 50_000


def test_leaving_while_it_runs_and_hearing_of_its_end(
    qtbot: QtBot, view: ImportView, runner: Runner, admin_shell: FakeShell
) -> None:
    runner.gate = threading.Event()
    view.set_paths([Path("bundle.json")])
    view.start(dry_run=False)
    with qtbot.waitSignal(view.left):
        QTest.mouseClick(view.back_button, Qt.MouseButton.LeftButton)
    view.hide()
    runner.gate.set()
    qtbot.waitUntil(lambda: admin_shell.toasts == ["The import has ended (2 files)."])
