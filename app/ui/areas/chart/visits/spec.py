"""What the chart knows of the visits before they are opened."""

from __future__ import annotations

from app.ui.areas.chart.tab import ChartTab, TabSpec
from app.ui.work import ShellApi


def _tab(api: ShellApi) -> ChartTab:
    from app.ui.areas.chart.visits.tab import VisitsTab

    return VisitsTab(api)


SPEC = TabSpec("visits", "Visits", _tab)
