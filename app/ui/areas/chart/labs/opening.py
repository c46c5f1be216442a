"""How a laboratory order is begun in a chart: from its foot and from the tab."""

from __future__ import annotations

from app.ui.work import ShellApi


def open_order(api: ShellApi, patient_id: str, name: str) -> None:
    """Open the order form of the patient."""
    from app.ui.parts.lab_order_panel import LabOrderPanel

    api.show_panel(LabOrderPanel(api, patient_id, name))
