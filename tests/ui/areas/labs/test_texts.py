"""Results in words: a report is read under its test, never called in range, and signed by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.domain.lab_documents import LabDocument, OrderDocuments
from app.domain.labs import LabResult
from app.kernel.errors import Unavailable
from app.kernel.i18n import set_language
from app.queries.labs import Gist
from app.ui.areas.labs.page import ResultsPage
from app.ui.areas.labs.review_list import chip_of, fitted
from app.ui.parts.lab_table import ResultsTable
from app.ui.parts.lab_text import MOST_LINES, row_height, under_text
from app.ui.parts.lab_text_panel import LabTextPanel
from app.ui.parts.lab_words import flag_text, gist_text
from app.ui.theme.fonts import font
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.paint import text_width
from tests.support.shell import NOW, FakeShell
from tests.ui.areas.labs.conftest import Clinic, order, potassium, review
from tests.ui.areas.labs.test_results import WAIT, open_page, shown

HEAD_PADDING = 12
"""What the theme leaves at both sides of a head's text."""


@pytest.fixture
def page(qtbot: QtBot, shell: FakeShell) -> ResultsPage:
    made = open_page(qtbot, shell)
    qtbot.waitUntil(lambda: shown(made) == "o1", timeout=WAIT)
    made.rows.setFocus()
    return made


def test_a_text_is_never_called_in_range_nor_signed_with_others(
    page: ResultsPage, qtbot: QtBot, clinic: Clinic, shell: FakeShell
) -> None:
    """A pathologist's report had read "all in range", and could be signed unread."""
    clinic.rows[1] = review(2, gist=Gist(None, 0, 1, 1, 0, to_read=1))
    clinic.rows[2] = review(3, gist=Gist(None, 0, 4, 4, 0, to_read=1))
    page.refresh()
    QTest.keyClick(page.rows, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: shown(page) == "o2", timeout=WAIT)
    assert not page.can_sign_together()
    assert [gist_text(row)[0] for row in clinic.rows[1:]] == ["BMP: to read", "BMP: in range, 1 to read"]


def test_a_text_and_a_note_stand_under_their_result(
    page: ResultsPage, qtbot: QtBot, clinic: Clinic, shell: FakeShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = LabResult(name="Pathology report", value="DIAGNOSIS:\nCompound nevus, completely excised." + "\nx" * 40)
    noted = potassium(4.2, note="Slightly hemolyzed")
    clinic.orders["o1"] = order(1, potassium(6.4, flag="HH"), report, noted)
    monkeypatch.setattr("app.workspace.lab_documents.lab_documents", lambda *_: OrderDocuments("pat", ()))
    page.refresh()
    table = page.detail.table
    qtbot.waitUntil(lambda: table.rows.rowCount() == 6, timeout=WAIT)
    texts = [table.rows.index(row, 0).data() for row in range(6)]
    assert texts[3].startswith("DIAGNOSIS:\nCompound nevus")
    assert texts[5] == "Slightly hemolyzed"
    assert table.rows.index(2, 1).data() == "see below"
    assert table.rowHeight(3) > 300 > table.rowHeight(5) >= 25 and table.rowHeight(2) == 31  # noqa: PT018
    assert table.columnSpan(3, 0) == table.rows.columnCount()
    table.setCurrentIndex(table.rows.index(2, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    panel = shell.panels[-1]
    assert isinstance(panel, LabTextPanel)
    assert panel.text.toPlainText() == report.value
    assert (panel.title(), panel.value.isHidden()) == ("Pathology report", True)
    table.setCurrentIndex(table.rows.index(5, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    noted_panel = shell.panels[-1]
    assert isinstance(noted_panel, LabTextPanel)
    assert (noted_panel.value.text(), noted_panel.text.toPlainText()) == ("4.2 mmol/L", "Slightly hemolyzed")
    page.detail.table.grab()


def test_a_correction_goes_before_what_is_still_to_come() -> None:
    both = review(2, partial=True, corrected=True, gist=Gist(None, 0, 2, 5, 0, to_read=1))
    chips = [chip_of(one) for one in (both, replace(both, corrected=False), replace(both, critical=True))]
    assert [chip.text for chip in chips if chip is not None] == ["Corrected", "Partial", "Critical"]
    assert gist_text(both)[0] == "BMP: 2 of 5 tests so far"


def test_words_for_what_is_not_final_and_what_was_not_done() -> None:
    assert flag_text(potassium(6.4, flag="H", status="preliminary")) == "high, preliminary"
    assert [flag_text(potassium(4, status=one)) for one in ("cancelled", "entered-in-error", "preliminary")] == [
        "no result", "withdrawn", "preliminary"]  # fmt: skip


def test_a_document_is_saved_from_where_its_result_is_read(
    qtbot: QtBot, shell: FakeShell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []
    report = LabDocument("P1", "Report", "pdf", b"%PDF")

    def found(_workspace: object, order_id: str, name: str) -> OrderDocuments:
        asked.append((order_id, name))
        return OrderDocuments("pat", (report,))

    def saved(_workspace: object, patient_id: str, document: LabDocument, file: Path) -> int:
        asked.append((patient_id, document.name))
        return file.write_bytes(document.data)

    monkeypatch.setattr("app.workspace.lab_documents.lab_documents", found)
    monkeypatch.setattr("app.workspace.lab_documents.save_document", saved)
    panel = LabTextPanel(shell, "o1", LabResult(name="Report", value="PDF document, 1 KB: it is in the message"))
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(lambda: bool(panel.documents), timeout=WAIT)
    assert panel.documents[0].text() == "Save the document (PDF, 1 KB)"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "r.pdf"), ""))
    panel.documents[0].click()
    qtbot.waitUntil(lambda: (tmp_path / "r.pdf").exists() and bool(shell.toasts), timeout=WAIT)
    assert asked == [("o1", "Report"), ("pat", "Report")]
    number = LabTextPanel(shell, "o1", potassium(4.2, note="x"))
    qtbot.addWidget(number)
    assert len(asked) == 2


def test_why_documents_cannot_be_looked_for_is_said_beside_the_text(
    qtbot: QtBot, shell: FakeShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> OrderDocuments:
        raise Unavailable("NeedsServer", "This needs the server.")

    monkeypatch.setattr("app.workspace.lab_documents.lab_documents", gone)
    panel = LabTextPanel(shell, "o1", LabResult(name="Report", value="PDF document, 1 KB: it is in the message"))
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(panel.problem.isVisible, timeout=WAIT)
    assert panel.problem.text() == "This needs the server."
    assert "PDF document" in panel.text.toPlainText(), "what is here can be read all the same"


def test_no_line_of_a_text_is_cut(qtbot: QtBot) -> None:
    """Measured in fractions of pixels, the row had been a little lower than what is painted in it."""
    for lines in range(1, MOST_LINES):
        item = LabResult(name="Report", value="\n".join(f"Line {n} gjpq" for n in range(lines + 1)))
        image = QImage(600, row_height(item, 600) + 400, QImage.Format.Format_RGB32)
        with QPainter(image) as painter:
            painter.setFont(font(TypeRole.META))
            room = QRectF(20, 6, 560, 10_000)
            painted = painter.boundingRect(room, int(Qt.TextFlag.TextWordWrap), under_text(item))
        assert painted.height() <= row_height(item, 600) - 12


@pytest.mark.parametrize("width", [640, 700, 800, 1180])
def test_a_long_name_cuts_no_birth_date_off(page: ResultsPage, qtbot: QtBot, clinic: Clinic, width: int) -> None:
    name = "María de los Ángeles Fernández-Villaverde y Rodríguez"
    clinic.change("o1", patient_name=name)
    page.resize(width, 780)
    page.refresh()
    qtbot.waitUntil(lambda: page.detail.name.text() == name, timeout=WAIT)
    detail = page.detail
    shown_one = detail.facts if detail.facts.isVisible() else detail.facts_below
    assert detail.facts.isVisible() != detail.facts_below.isVisible()
    assert "born 1 Jan 1970 · MRN 001" in shown_one.text()
    page.grab()
    assert shown_one.width() >= shown_one.fontMetrics().horizontalAdvance(shown_one.text())


def test_a_report_opens_with_room_to_read(qtbot: QtBot, shell: FakeShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.workspace.lab_documents.lab_documents", lambda *_: OrderDocuments("pat", ()))
    panel = LabTextPanel(shell, "o1", LabResult(name="Report", value="line\n" * 60))
    qtbot.addWidget(panel)
    panel.resize(480, 700)
    panel.show()
    assert panel.text.height() > 400


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [700, 1080, 1180])
def test_no_head_of_a_column_is_cut(qtbot: QtBot, shell: FakeShell, clinic: Clinic, language: str, width: int) -> None:
    set_language(language)
    try:
        page = open_page(qtbot, shell)
        page.resize(width, 720)
        qtbot.waitUntil(lambda: shown(page) == "o1", timeout=WAIT)
        table = page.detail.table
        texts = [table.rows.headerData(n, Qt.Orientation.Horizontal) for n in range(table.rows.columnCount())]
        shown_ones = [n for n in range(1, len(texts)) if not table.isColumnHidden(n)]
        for number in shown_ones:
            needed = text_width(texts[number], TypeRole.META, strong=True) + 2 * HEAD_PADDING
            assert needed <= table.columnWidth(number), texts[number]
    finally:
        set_language("en")


def test_a_narrow_panel_keeps_the_names_of_tests_readable(qtbot: QtBot, clinic: Clinic) -> None:
    """The room of a long unit and of a state had been taken from the names: "So…", "Pot…"."""
    lines = order(1, potassium(141.5, flag="H"), potassium(4.2, unit="mL/min/1.73.m2", status="preliminary"))
    table = ResultsTable(ZoneInfo("UTC"))
    qtbot.addWidget(table)
    table.resize(440, 400)
    table.show()
    table.show_order(lines, NOW.date())
    assert table.columnWidth(0) >= text_width("Potassium", TypeRole.BODY, strong=True) + 16
    for column in (1, 2, 3, 5):
        for number in (0, 1, 2):
            text = str(table.rows.index(number, column).data() or "")
            assert table.columnWidth(column) >= text_width(text, TypeRole.BODY) + 16, text


def test_the_name_of_the_test_beside_a_value_is_not_cut(qapp: object) -> None:
    before = "CMP, A1C, Lipid panel: Potassium"
    whole = text_width(before, TypeRole.META)
    assert fitted(before, whole) == before
    cut = fitted(before, whole - 20)
    assert cut.startswith("CMP, A1C")
    assert cut.endswith("…: Potassium")
    assert text_width(cut, TypeRole.META) <= whole - 20
    assert fitted(before, text_width("Potassium", TypeRole.META) + 10) == "Potassium"
