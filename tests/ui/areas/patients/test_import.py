"""Importing from the window: try first, watch, stop, read and save what became of every record."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.domain.import_report import ReportLine, RowOutcome
from app.domain.imports import Tally
from app.kernel.errors import Refused
from app.kernel.i18n import set_language
from app.ui.areas.patients.import_run import run_files
from app.ui.areas.patients.import_view import import_view
from app.ui.parts.imports.rows import Fate, fate_heading, fate_text, make_report
from app.ui.parts.imports.run import ImportResult, write_report
from app.ui.parts.imports.view import ImportView
from app.ui.theme.tokens import StatusKind
from app.ui.work import Progress, WorkspacePort
from app.workspace import imports
from app.workspace.imports import ImportReport
from tests.support.front_desk import elsewhere
from tests.support.shell import FakeShell

Key = Qt.Key
WAIT = 20_000
CTRL = Qt.KeyboardModifier.ControlModifier


LINES = (
    *(ReportLine("a.ndjson", f"line {n}", "Patient", f"p{n}", RowOutcome.TAKEN) for n in range(1, 4)),
    ReportLine("b.json", "entry 1", "Patient", "p9", RowOutcome.UPDATED),
    ReportLine("b.json", "entry 2", "Patient", "p2", RowOutcome.TAKEN, '=cmd|"/c calc"!A1'),
    ReportLine("b.json", "entry 3", "Claim", "c1", RowOutcome.SKIPPED, "Claim is not imported"),
    ReportLine("c.json", "", "all resources", "", RowOutcome.SKIPPED, "FHIR 3.0; only R4 is read", 40),
    ReportLine("d.json", "entry 1", "Observation", "o1", RowOutcome.REFUSED, "value: too big"),
)


def a_result(lines: Iterable[ReportLine] = LINES, **more: Any) -> ImportResult:
    result = ImportResult(**more)
    for line in lines:
        result.table.add(line)
    return result


class Runner:
    """Stands for the import; the test decides how it goes."""

    def __init__(self, result: ImportResult | Exception | None = None) -> None:
        self.calls: list[tuple[Sequence[Path], bool]] = []
        self.result: Any = result or a_result(files=2, seconds=1.25)
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
    made = import_view(admin_shell, runner=runner)
    qtbot.addWidget(made)
    made.resize(1100, 800)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


@pytest.fixture
def imported(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What went to the reading of FHIR and of lists; the list ``bad.csv`` can't be read."""
    seen: list[tuple[str, ...]] = []

    def as_fhir(_workspace: object, paths: Sequence[Path], **_more: object) -> ImportReport:
        seen.append(("fhir", *(path.name for path in paths)))
        return ImportReport(Tally(), len(paths), 0.5)

    def as_list(_workspace: object, path: Path, **_more: object) -> ImportReport:
        if path.name == "bad.csv":
            raise Refused("NoNameColumn", "No column is a name.", field="columns")
        seen.append(("list", path.name))
        return ImportReport(Tally(), 1, 0.5)

    monkeypatch.setattr(imports, "run_import", as_fhir)
    monkeypatch.setattr(imports, "run_list_import", as_list)
    return seen


def test_lists_are_told_from_fhir_by_their_names(imported: list[tuple[str, ...]], admin_shell: FakeShell) -> None:
    names = ("a.ndjson.gz", "b.CSV", "c.csv.gz", "d.json", "e.tsv")
    result = run_files(admin_shell.workspace, [Path(name) for name in names], True, Progress())
    assert imported == [("fhir", "a.ndjson.gz", "d.json"), ("list", "b.CSV"), ("list", "c.csv.gz"), ("list", "e.tsv")]
    assert (result.files, result.seconds) == (5, 2.0)


def test_a_list_that_cannot_be_read_does_not_take_the_others_report_away(
    imported: list[tuple[str, ...]], admin_shell: FakeShell
) -> None:
    paths = [Path("a.json"), Path("bad.csv"), Path("c.csv")]
    result = run_files(admin_shell.workspace, paths, False, Progress())
    assert imported == [("fhir", "a.json"), ("list", "c.csv")]
    assert result.files == 3
    report = make_report(result.table)
    (line,) = report.table.lines(report.numbers)
    assert (line.file, line.outcome, line.reason) == ("bad.csv", RowOutcome.SKIPPED, "No column is a name.")
    assert [(one.source, one.reason) for one in result.tally.skipped] == [("bad.csv", "No column is a name.")]
    result.table.close()
    with pytest.raises(Refused):
        run_files(admin_shell.workspace, [Path("bad.csv")], False, Progress())


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
    view.import_button.setFocus()
    QTest.keyClick(view.import_button, Key.Key_Space)
    qtbot.waitUntil(lambda: runner.progress is not None)
    assert view.stop_button.hasFocus(), "the keyboard can stop what it has begun"
    QTest.keyClick(view.stop_button, Key.Key_Space)
    assert not view.stop_button.isEnabled()
    assert view.list.hasFocus()
    runner.gate.set()
    qtbot.waitUntil(view.report.isVisible)
    assert view.report._note.lead.text() == "Stopped"
    assert view.report._note.kind is StatusKind.ARRIVED, "nothing that has gone well"
    assert view.import_button.hasFocus(), "to go on"
    runner.gate = None
    QTest.keyClick(view.import_button, Key.Key_Space)
    qtbot.waitUntil(lambda: len(runner.calls) == 2 and view.report.isVisible())


def test_a_refusal_is_shown_and_it_can_be_started_again(qtbot: QtBot, view: ImportView, runner: Runner) -> None:
    runner.result = Refused("NoFile", "bundle.json: No such file", field="paths")
    view.set_paths([Path("bundle.json")])
    view.start(dry_run=False)
    qtbot.waitUntil(view.note.isVisible)
    assert view.note.lead.text() == "bundle.json: No such file"
    assert view.import_button.isEnabled()


def shown(view: ImportView) -> list[ReportLine]:
    """The lines that the filters let through."""
    found = view.report.shown
    assert found is not None
    report, numbers = found
    return list(report.table.all_lines(numbers))


def row_of(view: ImportView, place: int) -> list[str]:
    model = view.report.table.model()
    return [str(model.index(place, column).data()) for column in range(5)]


def test_the_report_has_a_line_for_each_record_and_filters(qtbot: QtBot, view: ImportView) -> None:
    result = a_result(files=2, seconds=1.0)
    view.report.show_result(result, make_report(result.table))
    report = view.report
    report.show()
    assert {fate: result.table.counts()[fate] for fate in Fate} == {
        Fate.TAKEN: 4, Fate.UPDATED: 1, Fate.UNCHANGED: 0, Fate.SKIPPED: 41, Fate.REFUSED: 1, Fate.REMARK: 1
    }  # fmt: skip
    assert shown(view) == list(LINES)
    qtbot.waitUntil(lambda: row_of(view, 6)[1] == "all resources (40)", timeout=WAIT)
    assert row_of(view, 5) == ["Skipped", "Claim/c1", "b.json", "entry 3", "Claim is not imported"]
    report.filter.set_current("skipped")
    qtbot.waitUntil(lambda: [line.kind for line in shown(view)] == ["Claim", "all resources"], timeout=WAIT)
    report.search.setFocus()
    QTest.keyClicks(report.search, "fhir 3")
    qtbot.waitUntil(lambda: [line.file for line in shown(view)] == ["c.json"], timeout=WAIT)
    QTest.keyClick(report.search, Key.Key_Escape)
    report.filter.set_current("remark")
    qtbot.waitUntil(lambda: [line.id for line in shown(view)] == ["p2"], timeout=WAIT)
    report.filter.set_current("unchanged")
    qtbot.waitUntil(lambda: report._empty.isVisibleTo(report), timeout=WAIT)
    assert not report.save_button.isEnabled()


def test_the_report_is_saved_as_csv_that_no_spreadsheet_runs(
    qtbot: QtBot, view: ImportView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, admin_shell: FakeShell
) -> None:
    file = tmp_path / "report.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    result = a_result()
    view.report.show_result(result, make_report(result.table))
    view.report.show()
    QTest.mouseClick(view.report.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: admin_shell.toasts == ["Saved report.csv"], timeout=WAIT)
    with file.open(encoding="utf-8-sig", newline="") as stored:
        cells = list(csv.reader(stored))
    assert cells[0] == ["Result", "Records", "Record", "Id", "File", "Line or entry", "Reason"]
    assert ["Taken", "1", "Patient", "p2", "b.json", "entry 2", '\'=cmd|"/c calc"!A1'] in cells
    assert ["Refused", "1", "Observation", "o1", "d.json", "entry 1", "value: too big"] in cells
    assert len(cells) == 1 + len(LINES)


def test_a_report_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    report = make_report(a_result().table)
    with pytest.raises(Refused) as refused:
        write_report(tmp_path / "missing" / "report.csv", report, report.numbers)
    assert refused.value.code == "NotWritten"
    assert "report.csv" in refused.value.message


def test_a_long_report_is_fetched_where_it_is_looked_at(qtbot: QtBot, view: ImportView, runner: Runner) -> None:
    """Only the lines on the screen are here, and scrolling doesn't wait for the others (stalls fail the test)."""
    many = 100_000
    lines = (ReportLine("f.ndjson", f"line {n}", "Observation", f"o{n}", RowOutcome.TAKEN) for n in range(many))
    runner.result = elsewhere(a_result, lines)
    asked: list[int] = []
    view.set_paths([Path("bundle.json")])
    view.start(dry_run=True)
    qtbot.waitUntil(view.report.isVisible, timeout=WAIT)
    model = view.report.model
    fetch = model._fetch

    def counted(numbers: Sequence[int], *then: Any) -> None:
        asked.append(numbers[0])
        fetch(numbers, *then)

    model._fetch = counted
    assert model.rowCount() == many
    view.report.table.scrollToBottom()
    qtbot.waitUntil(lambda: row_of(view, many - 1)[1] == f"Observation/o{many - 1}", timeout=WAIT)
    for place in range(0, many, 5000):
        view.report.table.scrollTo(model.index(place, 0))
        qtbot.waitUntil(lambda place=place: row_of(view, place)[1] == f"Observation/o{place}", timeout=WAIT)  # type: ignore[misc]
    assert len(asked) == len(set(asked)), "a part that is on its way is not asked for again"
    view.report.search.setText("observation/o99999")
    qtbot.waitUntil(lambda: model.rowCount() == 1, timeout=WAIT)


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


def test_the_keyboard_begins_with_the_files(view: ImportView) -> None:
    view.setFocus()
    assert view.files_button.hasFocus()


def test_many_have_a_heading_in_the_plural_and_one_its_own_word() -> None:
    set_language("es")
    assert [fate_heading(fate) for fate in (Fate.TAKEN, Fate.REFUSED, Fate.REMARK)] == [
        "Tomados", "Rechazados", "Observaciones"]  # fmt: skip
    assert [fate_text(fate) for fate in (Fate.TAKEN, Fate.REFUSED, Fate.REMARK)] == [
        "Tomado", "Rechazado", "Observación"]  # fmt: skip
