"""What the chart knows of weekly summaries before they are opened."""

from __future__ import annotations

from app.ui.areas.chart.tab import ChartTab, TabSpec
from app.ui.work import ShellApi


def _tab(api: ShellApi) -> ChartTab:
    from app.ui.areas.chart.weekly.tab import WeeklyTab

    return WeeklyTab(api)


SPEC = TabSpec("weekly", "Weekly", _tab)
