"""What the chart knows of the laboratory before it is opened."""

from __future__ import annotations

from app.ui.areas.chart.tab import ChartTab, TabSpec
from app.ui.work import ShellApi


def _tab(api: ShellApi) -> ChartTab:
    from app.ui.areas.chart.labs.tab import LabsTab

    return LabsTab(api)


SPEC = TabSpec("labs", "Labs", _tab)
