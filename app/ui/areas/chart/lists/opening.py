"""Where the rows of problems, medicines and allergies lead."""

from __future__ import annotations

from app.domain.clinical_lists import ListKind
from app.ui.work import ShellApi


def open_list_item(api: ShellApi, patient_id: str, kind: str | ListKind, item_id: str = "") -> None:
    """Show a patient's list in the side panel, with one item in its form ("" begins a new one)."""
    from app.ui.areas.chart.lists.panel import ListPanel

    api.show_panel(ListPanel(api, patient_id, ListKind(kind), item_id))
