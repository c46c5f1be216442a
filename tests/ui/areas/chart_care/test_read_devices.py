"""Reading files of devices from the chart: for an administrator, into the chart that is open, with the server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.import_report import ReportLine, RowOutcome
from app.domain.imports import Tally
from app.kernel.errors import Refused
from app.ui.areas.chart.devices.read_files import REPORT_HEIGHT, ReadFiles
from app.ui.areas.chart.devices.tab import DevicesTab
from app.workspace import device_import
from app.workspace.imports import ImportReport
from app.workspace.sync_state import SyncMode
from tests.support.sync import FakeSync
from tests.ui.areas.chart.conftest import LIS, Chart, Make


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool, bool]]:
    """What was read: into whose chart, tried only, confirmed; "theirs.xml" is somebody else's."""
    seen: list[tuple[str, bool, bool]] = []

    def run(_workspace: Any, paths: Sequence[Path], patient_id: str, **how: Any) -> ImportReport:
        seen.append((patient_id, how["dry_run"], how["other_person"]))
        if paths[0].name == "theirs.xml" and not how["other_person"]:
            raise Refused("OtherPerson", "theirs.xml is somebody else's.", field="dateOfBirth")
        how["tell"](ReportLine(paths[0].name, "line 4", "HeartRate", "x", RowOutcome.TAKEN))
        return ImportReport(Tally(), 1, 0.5)

    monkeypatch.setattr(device_import, "run_device_import", run)
    return seen


def devices(chart: Chart) -> DevicesTab:
    tab = chart.page.host.tab("devices")
    assert isinstance(tab, DevicesTab)
    return tab


def page_of(chart: Chart) -> ReadFiles:
    return next(one for one in devices(chart).findChildren(ReadFiles) if one.isVisible())


def press(chart: Chart, key: Qt.Key) -> None:
    QTest.keyClick(QApplication.focusWidget() or chart.shell.window, key, Qt.KeyboardModifier.AltModifier)


def test_a_file_is_read_from_any_tab_by_its_key(make_chart: Make, read: list[tuple[str, bool, bool]]) -> None:
    chart = make_chart("admin")
    chart.open()
    press(chart, Qt.Key.Key_F)
    page = page_of(chart)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert page.isAncestorOf(focused)
    page.set_paths([Path("export.xml")])
    page.start(dry_run=True)
    chart.wait(page.report.isVisible)
    page.start(dry_run=False)
    chart.wait(lambda: len(read) == 2 and not page.is_running)
    assert read == [(LIS, True, False), (LIS, False, False)]
    page.back_button.click()
    assert devices(chart).read_button.isVisible()
    assert devices(chart).read_button.hasFocus()


@pytest.mark.parametrize("way", ["keys", "button"])
def test_the_way_back_stays_in_sight_and_is_a_key(
    make_chart: Make, read: list[tuple[str, bool, bool]], way: str
) -> None:
    chart = make_chart("admin")
    chart.open(tab="devices")
    tab = devices(chart)
    tab.read_button.click()
    page = page_of(chart)
    page.set_paths([Path("export.xml")])
    page.start(dry_run=True)
    chart.wait(lambda: page.report.isVisible() and page.y() < 0)
    assert page.back_button.visibleRegion().boundingRect() == page.back_button.rect(), "it scrolls with the report"
    assert "Alt" not in page.back_button.toolTip(), "that key goes to the patient before"
    if way == "keys":
        page.try_button.setFocus()
        QTest.keyClick(page.try_button, Qt.Key.Key_Escape)
    else:
        QTest.mouseClick(page.back_button, Qt.MouseButton.LeftButton)
    assert tab.read_button.hasFocus()
    assert not page.isVisible()
    assert len(read) == 1


def test_somebody_elses_file_asks_whether_it_is_the_patients_all_the_same(
    make_chart: Make, read: list[tuple[str, bool, bool]]
) -> None:
    chart = make_chart("admin")
    chart.open(tab="devices")
    devices(chart).read_button.click()
    page = page_of(chart)
    page.set_paths([Path("theirs.xml")])
    page.start(dry_run=False)
    chart.wait(page.confirm.isVisible)
    assert page.note.isVisible()
    assert not page.confirm_button.hasFocus()
    page.confirm_button.setFocus()
    page.confirm_button.click()
    chart.wait(page.report.isVisible)
    assert not page.confirm.isVisible()
    focused = QApplication.focusWidget()
    assert focused is not None
    assert page.isAncestorOf(focused)
    assert read == [(LIS, False, False), (LIS, False, True)]
    page.set_paths([Path("another.xml")])  # what was said of one file doesn't hold for the next
    page.start(dry_run=False)
    chart.wait(lambda: len(read) == 3)
    assert read[-1] == (LIS, False, False)


def test_taking_a_file_back_leaves_the_page_that_read_it(make_chart: Make, read: list[tuple[str, bool, bool]]) -> None:
    chart = make_chart("admin")
    chart.open(tab="devices")
    tab = devices(chart)
    tab.read_button.click()
    assert not tab.read_button.isVisible()
    press(chart, Qt.Key.Key_K)
    assert tab.read_button.isVisible(), "the menu opens beside what it is about"
    assert read == []


def test_another_chart_has_a_page_of_its_own(make_chart: Make, read: list[tuple[str, bool, bool]]) -> None:
    chart = make_chart("admin")
    chart.open(tab="devices")
    devices(chart).read_button.click()
    page_of(chart).set_paths([Path("export.xml")])
    chart.open("pat-roux", tab="devices")
    assert devices(chart).read_button.isVisible()
    devices(chart).read_button.click()
    page = page_of(chart)
    assert page.paths == ()
    page.set_paths([Path("export.xml")])
    page.start(dry_run=False)
    chart.wait(lambda: len(read) == 1)
    assert read == [("pat-roux", False, False)]


def test_a_provider_is_not_offered_it(chart: Chart) -> None:
    chart.page.show_tab("devices")
    assert not devices(chart).read_button.isVisible()
    press(chart, Qt.Key.Key_F)
    chart.page.read_devices()
    assert not devices(chart).findChildren(ReadFiles)


def test_without_the_server_it_says_so(make_chart: Make) -> None:
    sync = FakeSync()
    chart = make_chart("admin", sync=sync)
    chart.open(tab="devices")
    sync.tell(SyncMode.OFFLINE)
    chart.wait(lambda: devices(chart).as_of() is not None)
    devices(chart).read_button.click()
    assert not devices(chart).findChildren(ReadFiles)


def test_the_report_is_seen_on_a_small_screen(make_chart: Make, read: list[tuple[str, bool, bool]]) -> None:
    """Below the chart's header it has its own height, and nothing is cut off at the right."""
    chart = make_chart("admin")
    chart.shell.window.resize(1280, 680)
    chart.open(tab="devices")
    devices(chart).read_button.click()
    page = page_of(chart)
    page.set_paths([Path("export.xml")])
    page.start(dry_run=True)
    chart.wait(lambda: page.report.isVisible() and page.report.height() >= REPORT_HEIGHT)
    area = page.parentWidget()
    assert area is not None
    chart.wait(lambda: page.report.mapTo(area, page.report.rect().topLeft()).y() < 40)
    assert page.width() <= area.width()
    assert page.choose.height() >= page.choose.sizeHint().height()
    assert len(read) == 1
