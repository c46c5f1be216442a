"""Rows that were asked for of one list, and come late, are never added to the list that is shown by then."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from app.queries.alerts import AlertBox
from app.queries.messages import ThreadBox
from app.queries.requests import RequestBox
from app.queries.tasks import Inbox
from app.ui.areas.alerts.spec import SPEC as ALERTS
from app.ui.areas.chart.spec import SPEC as CHART
from app.ui.areas.messages.spec import SPEC as MESSAGES
from app.ui.areas.requests.spec import SPEC as REQUESTS
from app.ui.areas.tasks.spec import SPEC as TASKS
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import Lane
from app.ui.work.places import OpenChart
from tests.support.desk import Desk
from tests.support.front_desk import Window


def check(lane: Lane, ask_more: Callable[[], object], turn_to_another: Callable[[], object]) -> None:
    """The answer is on its way when the list changes: nobody waits for it any more."""
    ask_more()
    assert lane.asking
    turn_to_another()
    assert not lane.asking


def show(segments: SegmentedControl, key: str) -> None:
    """What a click on another part of the control does."""
    segments.set_current(key)
    segments.changed.emit(key)


def chart_tab(made: Window, name: str) -> Any:
    """A tab of Zygmunt Lis's chart."""
    made.shell.window.stack.go(OpenChart(patient_id="pat-lis", tab=name))
    host = made.page("chart").host
    made.wait(lambda: host.tab(name) is not None and host.tab(name)._patient == "pat-lis")
    return host.tab(name)


def test_late_rows_are_never_added_to_another_list(clinic: Desk, window: Callable[..., Window]) -> None:
    made = window("okafor", more=(TASKS, ALERTS, REQUESTS, MESSAGES, CHART))
    made.sit_down()
    tasks, alerts, requests = (made.page(key) for key in ("tasks", "alerts", "requests"))
    check(tasks._more_lane, tasks._ask_more, partial(show, tasks.views, Inbox.ENDED.value))
    check(alerts._more_lane, alerts._ask_more, partial(show, alerts.boxes, AlertBox.CLOSED.value))
    check(requests._more_lane, requests._ask_more, partial(show, requests.views, RequestBox.CLOSED.value))
    desk = made.page("messages").desk
    desk._cursor = "0|2026-05-04T08:00:00+00:00|thread"
    check(desk._more_lane, desk._ask_more, partial(desk.show_box, ThreadBox.ALL.value))
    for name in ("visits", "notes"):
        tab = chart_tab(made, name)
        check(tab._more, tab._ask_more, partial(tab.show_patient, "pat-roux", "Élodie Roux"))
