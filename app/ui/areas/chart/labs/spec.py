"""What the chart knows of the laboratory before it is opened."""

from __future__ import annotations

from app.ui.areas.chart.tab import ChartTab, TabSpec
from app.ui.work import ShellApi


def _tab(api: ShellApi) -> ChartTab:
    from app.ui.areas.chart.labs.tab import LabsTab

    return LabsTab(api)


def open_order(api: ShellApi, patient_id: str, name: str) -> None:
    """Open the order form of the patient."""
    from app.ui.parts.lab_order_panel import LabOrderPanel

    api.show_panel(LabOrderPanel(api, patient_id, name))


SPEC = TabSpec("labs", "Labs", _tab)
