"""Pictures of laboratories: results to review, the order form, typing results, the chart's tab."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from app.queries.labs import results_to_review
from app.ui.work.places import OpenChart
from tests.screens.views import View, keys, settle


def open_results(window: Any) -> None:
    """Open Results and wait for the first order."""
    window.stack.open_area("labs")
    settle(2500)


def second(window: Any) -> None:
    """Go to the corrected one."""
    open_results(window)
    page = window.stack.page("labs")
    items = [item.key for item in page.rows.items()]
    corrected = next((key for key in items if page.rows.row_of(key).corrected), items[0])
    page.rows.set_current(corrected)
    settle(2000)


def choose_call(window: QWidget) -> None:
    """Choose that somebody calls."""
    second(window)
    keys("Alt+3")(window)


def order_form(window: Any) -> None:
    """Open the order form with two sets chosen."""
    from app.ui.parts.lab_order_panel import LabOrderPanel

    open_results(window)
    page = window.stack.page("labs")
    row = page.current
    panel = LabOrderPanel(page.api, row.patient_id, row.patient_name)
    page.api.show_panel(panel)
    settle(1500)
    panel.toggle_set("CBC")
    panel.toggle_set("A1C")
    panel.search.setText("potas")
    settle(500)


def entry_form(window: Any) -> None:
    """Open the form for results."""
    open_results(window)
    window.stack.page("labs").enter_results()
    settle(2500)


def chart_labs(window: Any) -> None:
    """Open the chart's tab of who waits longest."""
    open_results(window)
    page = window.stack.page("labs")
    found = page.api.workspace.ask(results_to_review)
    window.stack.go(OpenChart(patient_id=found.items[0].patient_id, tab="labs"))
    settle(3000)


LABS = (
    View("results", 2, choose_call),
    View("results-order", 2, order_form),
    View("results-enter", 2, entry_form),
    View("results-desk", 1, open_results),
    View("chart-labs", 2, chart_labs),
)
