"""The chart on paper and in a file: what was chosen stands there, hidden results don't, and the way out is kept."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from sqlalchemy import insert, update

from app.db.models import Measurement, Patient
from app.documents.chart import ChartSection, chart_paper
from app.documents.heads import Made
from app.documents.paged import Paged, pdf_bytes
from app.domain.none_known import CONFIRMED
from app.queries.access import Access
from app.queries.chart_record import chart_record
from app.queries.papers import paper_head
from app.queries.weekly import weekly_summaries
from app.ui.areas.chart.out.export_panel import ExportPanel
from app.ui.areas.chart.out.print_panel import ChartPrintPanel
from tests.support.desk import NOW
from tests.support.papers import pdf_text, text_of_file
from tests.ui.areas.chart.conftest import LIS, Chart

ALT = Qt.KeyboardModifier.AltModifier


def paper(chart: Chart, *sections: ChartSection, who: str = "okafor", confirmed: bool = True) -> str:
    """The text of the printed chart."""
    with chart.workspace.alone:
        person: Any = getattr(chart.clinic, who)
        record = person.ask(chart_record, patient_id=LIS, kind=Access.OPEN)
        head = person.ask(paper_head, patient_id=LIS)
        weeks = person.ask(weekly_summaries, patient_id=LIS).items
    document = chart_paper(head, record, weeks, sections, Made(NOW, "Dr Ngozi Okafor", confirmed=confirmed))
    return " ".join(pdf_text(pdf_bytes(document)).split())


def test_only_what_was_chosen_is_printed_and_the_allergies_always(chart: Chart) -> None:
    text = paper(chart, ChartSection.MEDICINES, ChartSection.VITALS)
    for words in ("Zygmunt Lis", "Penicillin (anaphylaxis, severe)", "Lisinopril", "Blood pressure", "147/92 mmHg"):
        assert words in text, words
    for words in ("Hypertension", "Potassium", "Nephrology"):
        assert words not in text, words
    assert "Page 1 of" in text


def test_the_whole_chart_says_what_cannot_be_read(chart: Chart) -> None:
    text = paper(chart, *ChartSection, confirmed=False)
    for words in ("Hypertension", "6.4 HH", "Nephrology", "Walk 30 minutes", "Orthostatic drop", "Flu",
                  "Not yet confirmed", "Entries that can't be read: 1"):  # fmt: skip
        assert words in text, words


def test_the_desk_sees_no_results_on_paper_either(chart: Chart) -> None:
    text = paper(chart, ChartSection.LABS, who="desk")
    assert "6.4" not in text
    assert "Your role" in text


def test_any_script_and_strange_values_are_printed(chart: Chart) -> None:
    lists: Any = {"conditions": [{"id": "a", "display": "ارتفاع ضغط الدم"}, {"id": "b", "display": "高血圧"}, 5],
                  CONFIRMED: 3}  # fmt: skip
    chart.write(
        update(Patient).where(Patient.id == LIS).values(demographics=lists, first_name="Łukasz"),
        insert(Measurement).values(id="odd", patient_id=LIS, type="GLUCOSE", value={"x": 1}, timestamp=NOW,
                                   source="DEVICE", created_at=NOW),
    )  # fmt: skip
    text = paper(chart, ChartSection.PROBLEMS, ChartSection.VITALS)
    assert "高血圧" in text
    assert "Łukasz" in text
    assert "Entries that can't be read: 1" in text


def test_a_chart_of_ten_years_takes_few_pages(chart: Chart) -> None:
    rows = [
        {"id": f"m-{n}", "patient_id": LIS, "type": "WEIGHT", "value": 80 + n % 7, "source": "DEVICE",
         "timestamp": NOW - timedelta(hours=20 * n), "created_at": NOW}
        for n in range(4000)
    ]  # fmt: skip
    chart.write(insert(Measurement).values(rows[:2000]), insert(Measurement).values(rows[2000:]))
    with chart.workspace.alone:
        person = chart.clinic.okafor
        record = person.ask(chart_record, patient_id=LIS, kind=Access.OPEN)
        head = person.ask(paper_head, patient_id=LIS)
    document = chart_paper(head, record, (), [ChartSection.VITALS], Made(NOW, "x"))
    assert Paged(document).count <= 2


def test_sections_are_chosen_by_keyboard_and_the_chart_is_saved(chart: Chart, tmp_path: Path) -> None:
    QTest.keyClick(chart.page, Qt.Key.Key_P, ALT)
    chart.wait(lambda: chart.shell.window.findChildren(ChartPrintPanel))
    (panel,) = chart.shell.window.findChildren(ChartPrintPanel)
    chart.wait(lambda: panel.view.document is not None and panel.view.drawn)
    assert panel.span.current == "365"
    box = panel.boxes[ChartSection.PROBLEMS]
    before = panel.view.document
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert ChartSection.PROBLEMS not in panel.sections
    chart.wait(lambda: panel.view.document is not before)
    panel.save.click()
    dialog = panel.findChildren(QFileDialog)[0]
    file = tmp_path / "chart.pdf"
    dialog.fileSelected.emit(str(file))
    dialog.close()
    chart.wait(file.exists)
    chart.wait(lambda: file.stat().st_size > 0)
    text = text_of_file(file)
    assert "Hypertension" not in text
    assert "Lisinopril" in text
    assert file.stat().st_mode & 0o077 == 0


def test_the_record_is_written_as_fhir(chart: Chart, tmp_path: Path) -> None:
    QTest.keyClick(chart.page, Qt.Key.Key_E, ALT)
    chart.wait(lambda: chart.shell.window.findChildren(ExportPanel))
    (panel,) = chart.shell.window.findChildren(ExportPanel)
    file = tmp_path / "record.json"
    panel.write(str(file))
    chart.wait(lambda: file.exists() and file.stat().st_size > 0)
    made = json.loads(file.read_text(encoding="utf-8"))
    assert made["resourceType"] == "Bundle"
    assert "Patient" in {entry["resource"]["resourceType"] for entry in made["entry"]}
