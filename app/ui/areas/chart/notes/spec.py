"""What the chart knows of the notes before they are opened."""

from __future__ import annotations

from app.ui.areas.chart.tab import ChartTab, TabSpec
from app.ui.work import ShellApi


def _tab(api: ShellApi) -> ChartTab:
    from app.ui.areas.chart.notes.tab import NotesTab

    return NotesTab(api)


SPEC = TabSpec("notes", "Notes", _tab)
