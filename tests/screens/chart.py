"""Pictures of the chart's other tabs and of what opens from its header: papers out, the lists, a critical value."""

from __future__ import annotations

from typing import Any

from app.commands.measurements import RecordMeasurement
from app.domain.clinical_lists import ListKind
from app.domain.measurements import MeasurementType
from app.queries.care_plans import care_plans
from app.queries.devices import devices
from app.queries.messages import ThreadBox, thread_page
from app.queries.patient_card import patient_list
from app.queries.weekly import weekly_summaries
from app.ui.work.places import OpenChart
from tests.screens.views import Drive, View, settle

_FOUND: dict[str, str] = {}
"""The patient who has most of something, by what it is."""


def _richest(workspace: Any, what: str) -> str:
    """Look among the clinic's patients for the one with most of what a tab shows."""
    if what not in _FOUND:
        count = {
            "care_plan": lambda one: sum(
                len(days) for plan in workspace.ask(care_plans, patient_id=one) for days in plan.marks.values()
            ),
            "devices": lambda one: len(workspace.ask(devices, patient_id=one)),
            "messages": lambda one: len(workspace.ask(thread_page, patient_id=one, box=ThreadBox.EVERY).items),
            "weekly": lambda one: len(workspace.ask(weekly_summaries, patient_id=one).items),
        }[what]
        people = [person.id for person in workspace.ask(patient_list, limit=480).items]
        _FOUND[what] = max(people, key=count)
    return _FOUND[what]


def _page(window: Any, tab: str, what: str) -> Any:
    window.stack.open_area("today")
    settle(800)
    workspace = window.stack.page("today").api.workspace
    window.stack.go(OpenChart(patient_id=_richest(workspace, what), tab=tab))
    settle(2500)
    return window.stack.page("chart")


def tab(key: str, what: str) -> Drive:
    """Open a tab of the patient who has most to show there."""

    def drive(window: Any) -> None:
        _page(window, key, what)

    return drive


def printing(window: Any) -> None:
    """Open the print panel."""
    _page(window, "summary", "care_plan").print_chart()
    settle(3500)


def exporting(window: Any) -> None:
    """Open the export panel."""
    _page(window, "summary", "care_plan").export_chart()
    settle(1500)


def problems(window: Any) -> None:
    """Open the list of problems with suggestions for what is typed."""
    page = _page(window, "summary", "care_plan")
    page.host.current.open_item(ListKind.CONDITIONS.value)
    settle(1500)
    panel = window.panels.current
    panel.fields["name"].setText("diab")
    panel.fields["name"].textEdited.emit("diab")
    settle(1500)


def critical(window: Any) -> None:
    """Show vitals with a critical pressure."""
    page = _page(window, "vitals", "weekly")
    workspace = page.api.workspace
    workspace.execute(
        RecordMeasurement(patient_id=page.presenter.patient_id, type=MeasurementType.BLOOD_PRESSURE, value="192/124",
                          confirmed=True)
    )  # fmt: skip
    settle(2500)


def critical_summary(window: Any) -> None:
    """Show the summary of the same patient."""
    _page(window, "summary", "weekly")


CHART = (
    View("chart-referrals", 2, tab("referrals", "care_plan")),
    View("chart-care-plan", 2, tab("care_plan", "care_plan")),
    View("chart-messages", 2, tab("messages", "messages")),
    View("chart-devices", 2, tab("devices", "devices")),
    View("chart-weekly", 2, tab("weekly", "weekly")),
    View("chart-access", 3, tab("access", "care_plan")),
    View("chart-print", 2, printing),
    View("chart-export", 2, exporting),
    View("chart-problems", 2, problems),
    View("chart-critical-vitals", 2, critical),
    View("chart-critical", 2, critical_summary),
)
