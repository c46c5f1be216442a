"""A chart in a window, over a small clinic on the workstation's store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.ui.areas.chart.spec import SPEC as CHART
from app.ui.areas.chart.summary.tab import SummaryTab
from app.ui.areas.chart.view import ChartPage
from app.ui.areas.patients.spec import SPEC as PATIENTS
from app.ui.shell.shell import Shell
from app.ui.work.places import OpenChart
from app.ui.work.threads import threads
from tests.support.chart_desk import DeskWorkspace
from tests.support.chart_rows import fill_chart
from tests.support.desk import Desk, local_desk
from tests.support.sync import FakeSync

LIS = "pat-lis"


@dataclass
class Chart:
    """Somebody's window with a chart in it."""

    qtbot: QtBot
    shell: Shell
    clinic: Desk
    workspace: DeskWorkspace

    @property
    def page(self) -> ChartPage:
        """The chart's page."""
        found = self.shell.window.stack.page("chart")
        assert isinstance(found, ChartPage)
        return found

    @property
    def summary(self) -> SummaryTab:
        """The summary's tab."""
        found = self.page.host.tab("summary")
        assert isinstance(found, SummaryTab)
        return found

    def wait(self, ready: Callable[[], object]) -> None:
        """Wait until something is so."""
        self.qtbot.waitUntil(lambda: bool(ready()), timeout=20_000)

    def write(self, *statements: Any) -> None:
        """Write as another program does."""
        with self.workspace.alone:
            self.clinic.write(*statements)

    def open(self, patient: str = LIS, tab: str = "", item: str = "") -> None:
        """Open a chart as other areas do, and wait for its header."""
        desk = self.shell.desk
        assert desk is not None
        assert desk.navigate(OpenChart(patient_id=patient, tab=tab, item=item))
        self.wait(lambda: self.page.presenter.head is not None and self.page.presenter.head.id == patient)
        if not tab:
            self.wait(lambda: self.summary.summary is not None)


Make = Callable[..., Chart]


@pytest.fixture
def make_chart(qtbot: QtBot, window_with: Callable[..., Shell]) -> Iterator[Make]:
    """``make_chart("okafor")`` is that person's window; ``sync`` makes the workstation an enrolled one."""
    made: list[Desk] = []
    shells: list[Shell] = []

    def make(who: str = "okafor", *, sync: FakeSync | None = None) -> Chart:
        clinic = local_desk()
        fill_chart(clinic)
        made.append(clinic)
        workspace = DeskWorkspace(clinic, who)
        workspace.sync = sync
        shell = window_with(PATIENTS, CHART, workspace=workspace)
        shells.append(shell)
        return Chart(qtbot, shell, clinic, workspace)

    yield make
    for shell in shells:
        shell.window.close()
    threads().finish(20_000)
    for clinic in made:
        clinic.close()


@pytest.fixture
def chart(make_chart: Make) -> Chart:
    """A provider's window with the full chart open."""
    made = make_chart()
    made.open()
    return made
