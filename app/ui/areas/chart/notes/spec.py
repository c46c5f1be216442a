"""What the chart knows of the notes before they are opened."""

from __future__ import annotations

from app.ui.areas.chart.tab import ChartTab, TabSpec
from app.ui.work import ShellApi
from app.ui.work.places import NEW_ITEM, OpenChart


def _tab(api: ShellApi) -> ChartTab:
    from app.ui.areas.chart.notes.tab import NotesTab

    return NotesTab(api)


def open_new_excuse(api: ShellApi, patient_id: str, name: str) -> None:  # noqa: ARG001 - as the foot calls it
    """Begin an excuse note for the patient, in the chart."""
    api.navigate(OpenChart(patient_id=patient_id, tab="notes", item=NEW_ITEM))


SPEC = TabSpec("notes", "Notes", _tab)
