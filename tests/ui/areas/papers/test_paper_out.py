"""A paper in the window and its ways out: turned by key, printed and saved beside the event loop, kept in the audit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.documents.model import Document, Letterhead, PageBreak, Paragraph
from app.domain.enums import ExcuseNoteStatus, Role
from app.domain.excuse_notes import NoteStanding
from app.queries.access import Access, note_access
from app.queries.clinic import providers
from app.queries.excuse_notes import note_view
from app.queries.papers import paper_head
from app.ui.parts.paper_out import PaperOut
from app.ui.parts.paper_view import PaperView
from app.ui.parts.papers.note_editor import NoteEditor
from app.workspace.sync_state import SyncMode
from tests.support.papers import ink, text_of_file
from tests.support.shell import FakeShell, FakeWorkspace, an_actor
from tests.support.sync import FakeSync
from tests.unit.documents.test_papers import HEAD, NOTE, NOTE_ROW

TWO = Document("Two pages", Letterhead("Clinic"), (Paragraph("first"), PageBreak(), Paragraph("second " * 400)))


def a_shell(**answers: Any) -> FakeShell:
    workspace = FakeWorkspace(actor=an_actor(Role.PROVIDER), answers={note_access: 1, **answers.pop("more", {})})
    return FakeShell(workspace)


def test_pages_are_turned_by_key_and_mouse(qtbot: QtBot) -> None:
    view = PaperView(a_shell(), "Preview")
    qtbot.addWidget(view)
    view.resize(500, 700)
    view.show()
    view.show_document(TWO)
    qtbot.waitUntil(lambda: view.drawn, timeout=5000)
    assert view.where.text() == "Page 1 of 2"
    first = view.sheet._page
    view.sheet.setFocus()
    QTest.keyClick(view.sheet, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: view.where.text() == "Page 2 of 2", timeout=5000)
    assert ink(view.sheet._page) > ink(first)
    assert not view.on.isEnabled()
    QTest.mouseClick(view.back, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.where.text() == "Page 1 of 2", timeout=5000)
    view.show_document(replace(TWO, blocks=TWO.blocks[:1]))
    qtbot.waitUntil(lambda: view.drawn and view.count == 1, timeout=5000)
    view.show_document(None)
    assert view.where.text() == ""
    assert view.sheet._page.isNull()


def test_what_leaves_is_kept_and_said(qtbot: QtBot, tmp_path: Path) -> None:
    shell, owner = a_shell(), QWidget()
    qtbot.addWidget(owner)
    out = PaperOut(shell, owner, ("pat-lis",))
    out.save(TWO, str(tmp_path / "two.pdf"))
    qtbot.waitUntil(lambda: len(shell.workspace.asked) == 1, timeout=5000)
    assert "second" in text_of_file(tmp_path / "two.pdf")
    printer = QPrinter(QPrinter.PrinterMode.ScreenResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    out.print_on(TWO, printer)
    qtbot.waitUntil(lambda: len(shell.workspace.asked) == 2, timeout=5000)
    assert shell.toasts[-1] == "Sent to the printer."
    kinds = [(kwargs["patient_ids"], kwargs["kind"]) for _, kwargs in shell.workspace.asked]
    assert kinds == [(("pat-lis",), Access.EXPORT), (("pat-lis",), Access.PRINT)]


def test_a_place_that_cannot_be_written_is_said_and_nothing_is_kept(qtbot: QtBot, tmp_path: Path) -> None:
    shell, owner = a_shell(), QWidget()
    qtbot.addWidget(owner)
    PaperOut(shell, owner, ("pat-lis",)).save(TWO, str(tmp_path / "no" / "two.pdf"))
    qtbot.waitUntil(lambda: bool(shell.problems), timeout=5000)
    assert (shell.problems[0].code, shell.problems[0].field) == ("NotWritten", "path")
    assert shell.workspace.asked == []


def test_offline_the_page_says_that_it_is_not_confirmed(qtbot: QtBot) -> None:
    draft = replace(NOTE, row=replace(NOTE_ROW, standing=NoteStanding.DRAFT, status=ExcuseNoteStatus.DRAFT))
    shell = a_shell(more={paper_head: HEAD, providers: (), note_view: draft})
    sync = FakeSync()
    shell.workspace.sync = sync
    editor = NoteEditor(shell)
    qtbot.addWidget(editor)
    editor.resize(1000, 700)
    editor.show()
    editor.show_note("n")
    qtbot.waitUntil(lambda: editor.paper.document is not None and editor.view is not None, timeout=5000)

    def mark() -> str:
        document = editor.paper.document
        return document.mark if document is not None else ""

    assert "Not yet confirmed" not in mark()
    sync.rows = frozenset({("excuse_notes", "n")})
    sync.tell(SyncMode.OFFLINE, waiting=1)
    qtbot.waitUntil(lambda: "Not yet confirmed" in mark(), timeout=5000)
    sync.rows = frozenset()
    sync.tell(SyncMode.ONLINE)
    qtbot.waitUntil(lambda: "Not yet confirmed" not in mark(), timeout=5000)
