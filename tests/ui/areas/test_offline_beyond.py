"""Days that a workstation doesn't keep are never silently missing, and a patient that waits to be sent says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from app.domain.mirror_scope import AHEAD, BACK
from app.ui.areas.chart.spec import SPEC as CHART
from app.ui.areas.patients.lines import MARKS
from app.ui.areas.patients.spec import SPEC as PATIENTS
from app.ui.areas.schedule.presenter import View, days_of
from app.ui.work.places import OpenChart, ShowVisits
from app.workspace.sync_state import SyncMode
from app.workspace.workspace import Workspace
from tests.support.front_desk import Window
from tests.support.sync import FakeSync, work_with

OLDER, LATER = "Older visits need the server.", "Later visits need the server."


@pytest.mark.parametrize(
    ("view", "first", "last"),
    [
        (View.DAY, date(2026, 12, 30), date(2026, 12, 30)),
        (View.WEEK, date(2026, 12, 28), date(2027, 1, 3)),
        (View.MONTH, date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_the_days_of_a_view(view: View, first: date, last: date) -> None:
    assert days_of(view, date(2026, 12, 30)) == (first, last)


@pytest.fixture
def offline(sign_in: Callable[..., Workspace], window: Callable[..., Window]) -> tuple[Window, FakeSync]:
    workspace, sync = sign_in("desk"), FakeSync()
    work_with(workspace, sync)
    desk = window(at=workspace, more=(PATIENTS,))
    sync.tell(SyncMode.OFFLINE, as_of=workspace.clock.now())
    return desk, sync


def test_the_list_of_visits_says_what_it_lacks(offline: tuple[Window, FakeSync]) -> None:
    desk, sync = offline
    visits, day = desk.visits, desk.workspace.reader().today
    assert visits.beyond.isHidden(), "the week that is shown is here"
    visits.first.set_value(day - BACK - timedelta(days=2))
    visits.refresh()
    desk.wait(lambda: not visits.beyond.isHidden())
    assert visits.beyond.lead.text() == OLDER
    visits.last.set_value(day + AHEAD + timedelta(days=2))
    visits.refresh()
    assert visits.beyond.lead.text() == "Older and later visits need the server."
    sync.tell(SyncMode.ONLINE)
    desk.wait(visits.beyond.isHidden)
    sync.tell(SyncMode.OFFLINE, as_of=desk.workspace.clock.now())
    desk.wait(lambda: not visits.beyond.isHidden())
    visits.open(ShowVisits(patient_id="pat-lis"))
    assert visits.beyond.lead.text() == "Older and later visits need the server.", "all of somebody's visits"


def test_the_schedule_says_what_it_lacks(offline: tuple[Window, FakeSync]) -> None:
    desk, _ = offline
    schedule, day = desk.schedule, desk.workspace.reader().today
    desk.wait(lambda: schedule.presenter.board is not None)
    assert schedule.beyond.isHidden()
    schedule.presenter.show_day(day + AHEAD + timedelta(days=1))
    desk.wait(lambda: not schedule.beyond.isHidden())
    assert schedule.beyond.lead.text() == LATER
    schedule.presenter.show_day(day - BACK - timedelta(days=1))
    desk.wait(lambda: schedule.beyond.lead.text() == OLDER)
    schedule.presenter.show_day(day)
    desk.wait(schedule.beyond.isHidden)


def test_a_patient_that_waits_to_be_sent_says_so(offline: tuple[Window, FakeSync]) -> None:
    desk, sync = offline
    patients = desk.page("patients")
    desk.wait(lambda: patients.list.lines.model.rows)
    (row,) = [at for at, line in enumerate(patients.list.lines.model.rows) if line.id == "pat-lis"]
    index = patients.list.lines.model.index(row, MARKS)
    assert "not yet confirmed" not in str(index.data())
    sync.rows = frozenset({("patient_detail", "pat-lis")})
    sync.tell(SyncMode.OFFLINE, as_of=desk.workspace.clock.now(), waiting=1)
    desk.wait(lambda: "not yet confirmed" in str(index.data()))
    patients.open_patient("pat-lis")
    desk.wait(lambda: patients.presenter.card is not None)
    assert "not yet confirmed" in [chip.text for chip in patients.card.header.chips.chips]
    assert not patients.card.visits.beyond.isHidden()
    sync.rows = frozenset()
    sync.tell(SyncMode.ONLINE)
    desk.wait(lambda: "not yet confirmed" not in [chip.text for chip in patients.card.header.chips.chips])
    assert patients.card.visits.beyond.isHidden()


def test_the_visits_of_a_chart_say_what_they_lack(
    sign_in: Callable[..., Workspace], window: Callable[..., Window]
) -> None:
    workspace, sync = sign_in("okafor"), FakeSync()
    work_with(workspace, sync)
    desk = window(at=workspace, more=(CHART,))
    desk.shell.window.stack.go(OpenChart(patient_id="pat-lis", tab="visits"))
    tab = desk.page("chart").host.tab("visits")
    desk.wait(tab.states.isVisible)
    assert tab.beyond.isHidden(), "the server has them all"
    sync.tell(SyncMode.OFFLINE, as_of=workspace.clock.now())
    desk.wait(lambda: not tab.beyond.isHidden())
    assert tab.beyond.lead.text() == "Older and later visits need the server."
    sync.tell(SyncMode.ONLINE)
    desk.wait(tab.beyond.isHidden)
