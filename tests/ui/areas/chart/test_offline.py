"""A chart without the server: what the workstation doesn't keep is never said not to be."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from app.db.models import DeviceConnection
from app.domain.enums import DeviceProvider
from app.ui.areas.chart.devices.tab import DevicesTab
from app.ui.areas.chart.timeline.tab import TimelineTab
from app.ui.widgets.panel import Panel
from app.workspace.sync_state import SyncMode
from tests.support.desk import NOW
from tests.support.sync import FakeSync
from tests.ui.areas.chart.conftest import Chart, Make


@pytest.fixture
def sync() -> FakeSync:
    return FakeSync()


@pytest.fixture
def chart(make_chart: Make, sync: FakeSync) -> Chart:
    """Somebody who was never here, in a window that has lost the server."""
    made = make_chart(sync=sync)
    sync.tell(SyncMode.OFFLINE, as_of=NOW)
    made.open("pat-brandt")
    return made


def test_a_visit_that_is_not_kept_is_not_denied(chart: Chart, sync: FakeSync) -> None:
    panel = chart.summary.since
    assert chart.page.header.visits.text() == "No visit since 4 Apr, older ones need the server"
    assert (panel.heading.text(), panel.meta.text()) == (
        "In the last 90 days", "older visits need the server · as of 10:42",
    )  # fmt: skip
    sync.tell(SyncMode.ONLINE)
    chart.page.refresh()
    chart.wait(lambda: panel.meta.text() == "no visit with you yet")
    assert chart.page.header.visits.text() == "No visits yet"


def test_a_visit_that_is_kept_is_the_last_one(chart: Chart) -> None:
    chart.open()
    assert chart.page.header.visits.text().startswith("Last visit 14 Apr 2026")
    assert chart.summary.since.meta.text().startswith("25 Mar")


def test_readings_that_are_not_kept_are_not_denied(chart: Chart) -> None:
    said = chart.summary.vitals.state.text()
    assert said == "Nothing measured since 5 Nov 2025. Older readings need the server."


def test_every_panel_says_as_of_when_it_is(chart: Chart) -> None:
    chart.open()
    panels: list[Panel] = chart.summary.findChildren(Panel)
    metas = {panel.heading.text(): panel.meta.text() for panel in panels}
    assert len(metas) == 8
    assert [name for name, meta in metas.items() if not meta.endswith("as of 10:42")] == []


def test_the_timeline_names_what_it_lacks(chart: Chart) -> None:
    chart.page.show_tab("timeline")
    tab = chart.page.host.tab("timeline")
    assert isinstance(tab, TimelineTab)
    chart.wait(tab.beyond.isVisible)
    said = {}
    for kind in ("", "visit", "readings", "note"):
        tab.kind.set_current(kind)
        tab.kind.changed.emit(kind)
        said[kind] = tab.beyond.lead.text() if not tab.beyond.isHidden() else ""
    assert said == {
        "": "Older visits and readings need the server.", "visit": "Older and later visits need the server.",
        "readings": "Older readings need the server.", "note": "",
    }  # fmt: skip


def test_a_devices_old_reading_that_is_not_kept_is_not_denied(chart: Chart, sync: FakeSync) -> None:
    chart.write(insert(DeviceConnection).values(
        id="d1", patient_id="pat-brandt", provider=DeviceProvider.FITBIT, access_token="x", refresh_token="x",
        external_id="e", created_at=NOW, updated_at=NOW,
    ))  # fmt: skip
    chart.page.show_tab("devices")
    tab = chart.page.host.tab("devices")
    assert isinstance(tab, DevicesTab)
    chart.wait(lambda: tab.list.lines)
    assert tab.list.lines[0].subtitle.startswith("no reading since 5 Nov 2025")
    sync.tell(SyncMode.ONLINE)
    tab.refresh()
    chart.wait(lambda: tab.list.lines[0].subtitle.startswith("no reading yet"))
