"""Weekly summaries and devices in the chart: as they are, with the figures behind each recommendation."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from sqlalchemy import delete, insert

from app.db.models import DeviceConnection, HRVReading, Measurement, VitalReading, WeeklySummary
from app.domain.weekly_advice import RESTS_ON
from app.kernel.errors import Refused
from app.queries.device_files import DeviceRun
from app.ui.areas.chart.devices.tab import DevicesTab
from app.ui.areas.chart.weekly.tab import WeeklyTab
from tests.support.desk import NOW
from tests.support.papers import text_of_file
from tests.ui.areas.chart.conftest import LIS, Chart

HIGH = "Blood pressure was high this week. Keep measuring and talk to your care team."
ROOT = Path(__file__).parents[4]


def weeks(chart: Chart) -> WeeklyTab:
    """Thirty weeks; the newest with figures and advice, the one before unreadable."""
    monday = chart.workspace.reader().today
    monday -= timedelta(days=monday.weekday())
    chart.write(delete(WeeklySummary))
    for number in range(30):
        first = monday - timedelta(weeks=number)
        summary: Any = {"bpTrend": {"systolic": 140 + number, "diastolic": 90, "change": 6, "direction": "up"},
                        "steps": {"average": 4000}, "sleep": {"averageHours": 6.8},
                        "recommendations": [HIGH, "Drink more water"]}  # fmt: skip
        summary = "strange" if number == 1 else summary
        chart.write(
            insert(WeeklySummary).values(id=f"w-{number}", patient_id=LIS, week_start=first, summary=summary,
                                         week_end=first + timedelta(days=6), created_at=NOW)
        )  # fmt: skip
    chart.open(tab="weekly")
    tab: Any = chart.page.host.tab("weekly")
    chart.wait(lambda: tab.weeks and tab.week is not None)
    return tab  # type: ignore[no-any-return]


def test_half_a_year_with_the_figures_behind_the_advice(chart: Chart) -> None:
    tab = weeks(chart)
    assert len(tab.weeks) == 26
    assert tab.charts.charts["bpTrend"].value == "140/90"
    assert tab.charts.charts["sleep"].value == "6.8"
    assert tab.charts.charts["glucoseTrend"].value == "–"
    known, unknown = tab.advice.lines
    assert known.title == HIGH
    assert known.subtitle == "Blood pressure 140/90 mmHg, +6 on the week before"
    assert "140" not in unknown.subtitle


def test_another_week_is_chosen_by_keyboard_and_what_cannot_be_read_is_said(chart: Chart) -> None:
    tab = weeks(chart)
    tab.list.setFocus()
    QTest.keyClick(tab.list, Qt.Key.Key_Down)
    chart.wait(lambda: tab.week is not None and tab.week.id == "w-1")
    assert tab.charts.charts["bpTrend"].value == "–"
    assert "read" in tab.list.items()[1].subtitle
    QTest.keyClick(tab.list, Qt.Key.Key_Down)
    chart.wait(lambda: tab.charts.charts["bpTrend"].value == "142/90")


def test_a_week_is_saved_as_pdf(chart: Chart, tmp_path: Path) -> None:
    tab = weeks(chart)
    tab.save.click()
    chart.wait(lambda: tab.findChildren(QFileDialog))
    dialog = tab.findChildren(QFileDialog)[0]
    file = tmp_path / "week.pdf"
    dialog.fileSelected.emit(str(file))
    dialog.close()
    chart.wait(file.exists)
    text = " ".join(text_of_file(file).split())
    assert "Weekly summary" in text
    assert "Blood pressure 140/90 mmHg, +6 on the week before" in text


def test_every_sentence_of_the_server_has_its_figure() -> None:
    sql = (ROOT / "migrations/sql/95_summaries.sql").read_text(encoding="utf-8")
    advice = sql[sql.index("FUNCTION desktop.week_advice") :]
    rules = advice[advice.index("VALUES") : advice.index(") a (place")]
    sentences = re.findall(r"'([A-Z][^']*\.)'", rules)
    assert len(sentences) == 8
    assert set(sentences) == set(RESTS_ON)
    for sentence in sentences:
        rule = rules[: rules.index(sentence)].rsplit("\n        (", 1)[-1]
        assert f"{{{RESTS_ON[sentence]}," in rule


def connect(chart: Chart, provider: str, *, expires: float | None = None, heard: float | None = None) -> None:
    """``expires`` in days from now, ``heard`` days ago."""
    until = None if expires is None else NOW + timedelta(days=expires)
    chart.write(
        insert(DeviceConnection).values(
            id=f"dev-{provider}", patient_id=LIS, provider=provider, external_id=f"x-{provider}", access_token="secret",
            expires_at=until, created_at=NOW - timedelta(days=90), updated_at=NOW,
        )
    )  # fmt: skip
    if heard is not None:
        at = NOW - timedelta(days=heard)
        chart.write(insert(HRVReading).values(id=f"hrv-{provider}", patient_id=LIS, timestamp=at, rmssd_ms=40.0,
                                              source=provider, created_at=at))  # fmt: skip


def test_devices_say_how_they_are_and_never_a_token(chart: Chart) -> None:
    chart.write(delete(DeviceConnection), delete(HRVReading), delete(VitalReading))
    connect(chart, "OURA", heard=0.1)
    connect(chart, "FITBIT", heard=9)
    connect(chart, "GARMIN", expires=-2, heard=0.1)
    connect(chart, "WITHINGS", expires=3.5, heard=0.1)
    chart.open(tab="devices")
    tab: DevicesTab = chart.page.host.tab("devices")  # type: ignore[assignment]
    chart.wait(lambda: len(tab.list.lines) == 4)
    chips = {line.title: line.chip.text for line in tab.list.lines if line.chip}
    assert chips == {
        "Oura": "Connected", "Fitbit": "Silent for 9 days", "Garmin": "Expired", "Withings": "Expires in 3 days",
    }  # fmt: skip
    assert "secret" not in "".join(line.spoken() for line in tab.list.lines)
    chart.write(delete(DeviceConnection))
    tab.refresh()
    chart.wait(lambda: not tab.rows and not tab.panel.isVisible())


def test_what_files_brought_is_shown_and_goes_by_keyboard(chart: Chart, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is connected: the readings of files are named all the same, and one key offers to take them back."""
    chart.write(delete(DeviceConnection))
    now = chart.workspace.clock.now()
    for number in range(3):
        chart.write(insert(Measurement).values(
            id=f"m-{number}", patient_id=LIS, type="HEART_RATE", value=60 + number, source="DEVICE", created_at=now,
            timestamp=now - timedelta(days=number), metadata_={"origin": "Apple Health"},
        ))  # fmt: skip
    chart.open(tab="devices")
    tab = chart.page.host.tab("devices")
    assert isinstance(tab, DevicesTab)
    chart.wait(lambda: bool(tab.file_list.lines))
    (line,) = tab.file_list.lines
    assert line.title == "Apple Health"
    assert line.subtitle.startswith("3 readings · last reading ")
    assert not tab.panel.isVisible()
    assert tab.back_button.isVisible()
    given: list[Any] = []
    runs = (DeviceRun("run-1", now, "Alicia Desk", ("export.zip",), 3),)
    monkeypatch.setattr(tab.back_button._load, "ask", lambda *_, on_result, **__: on_result(runs))  # the server's
    monkeypatch.setattr(tab.back_button._work, "execute", lambda command, **how: given.append((command, how)))
    QTest.keyClick(chart.shell.window, Qt.Key.Key_K, Qt.KeyboardModifier.AltModifier)

    def choose() -> None:
        popup = QApplication.activePopupWidget()
        assert isinstance(popup, QMenu)
        (entry,) = (one for one in popup.actions() if one.text())
        assert "export.zip" in entry.text()
        assert "Alicia Desk · 3 readings" in entry.text()
        entry.trigger()
        popup.close()

    chart.wait(lambda: QApplication.activePopupWidget() is not None)
    choose()
    command, how = given[0]
    assert (command.run_id, command.confirmed) == ("run-1", False)
    how["on_refused"](Refused("Corrected", "Somebody has taken back 1 of these readings since.", field="confirmed"))
    tab.back_button.click()
    chart.wait(lambda: QApplication.activePopupWidget() is not None)
    choose()
    assert given[1][0].confirmed, "asked once, chosen again"
    chart.shell.window.activateWindow()
    tab.back_button.setFocus()
    chart.wait(tab.back_button.hasFocus)
    chart.write(delete(Measurement))
    tab.back_button.done.emit()
    chart.wait(tab.back_button.isHidden)
    focused = QApplication.focusWidget()
    assert focused is tab or (focused is not None and tab.isAncestorOf(focused)), "the keyboard stays in the chart"
