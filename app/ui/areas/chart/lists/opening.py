"""Where the rows of problems, medicines and allergies lead."""

from __future__ import annotations

from app.domain.clinical_lists import ListKind
from app.ui.work import Draft, ShellApi
from app.ui.work.places import OpenChart


def open_list_item(api: ShellApi, patient_id: str, kind: str | ListKind, item_id: str = "") -> None:
    """Show a patient's list in the side panel, with one item in its form ("" begins a new one)."""
    from app.ui.areas.chart.lists.panel import ListPanel

    api.show_panel(ListPanel(api, patient_id, ListKind(kind), item_id))


def restore_list(api: ShellApi, draft: Draft) -> None:
    """Open the chart and the list that an entry was being written in, as it was left."""
    from app.ui.areas.chart.lists.panel import ListPanel

    patient, kind, *_entry = (*draft.subject.split("/"), "")
    if patient and kind in ListKind.__members__.values():
        api.navigate(OpenChart(patient_id=patient, tab="summary"))
        api.show_panel(ListPanel(api, patient, ListKind(kind), body=draft.body))
