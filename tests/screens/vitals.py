"""The vitals of the patient who has most of them: a month with the cursor on a day, everything, and a value typed."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.domain.vitals_metrics import Metric
from app.queries.patient_card import patient_list
from app.queries.vitals import vital_extents
from app.ui.widgets.timeseries.model import DAY_MS
from app.ui.work.places import OpenChart
from tests.screens.views import View, settle


def _richest(workspace: Any) -> str:
    there: dict[str, set[Metric]] = {}
    for person in workspace.ask(patient_list, limit=80).items:
        there[person.id] = {found.metric for found in workspace.ask(vital_extents, patient_id=person.id).metrics}
    return max(there, key=lambda one: ({Metric.BMI, Metric.HRV} <= there[one], len(there[one])))


def _tab(window: Any) -> Any:
    page = window.stack.page("chart")
    if page is None or not page.has_patient or page.bar.current != "vitals":
        api = window.stack.page(window.stack.current).api
        window.stack.go(OpenChart(patient_id=_richest(api.workspace), tab="vitals"))
        settle(1500)
    return window.stack.page("chart").host.tab("vitals")


def month(window: QWidget) -> None:
    """A month, the cursor on a reading."""
    chart = _tab(window).card.chart
    chart.set_cursor(chart.span.end - 4 * DAY_MS)
    QTest.keyClick(chart, Qt.Key.Key_Right)
    settle()


def everything(window: QWidget) -> None:
    """All readings."""
    tab = _tab(window)
    tab.card.chart.set_cursor(None)
    tab.card.ranges.set_current("all")
    settle(1500)


def typed(window: QWidget) -> None:
    """A weight typed in pounds."""
    tab = _tab(window)
    tab.card.ranges.set_current("month")
    tab.entry.kind.set_current("WEIGHT")
    tab.entry.unit.set_current("[lb_av]")
    tab.entry.value.setFocus(Qt.FocusReason.OtherFocusReason)
    QTest.keyClicks(tab.entry.value, "182")
    settle()


VITALS = (
    View("chart-vitals", 2, month),
    View("chart-vitals-all", 2, everything),
    View("chart-vitals-entry", 2, typed),
)
