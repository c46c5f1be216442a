"""What the chart knows of care plans before they are opened."""

from __future__ import annotations

from app.ui.areas.chart.tab import ChartTab, TabSpec
from app.ui.work import ShellApi


def _tab(api: ShellApi) -> ChartTab:
    from app.ui.areas.chart.care_plan.tab import CarePlanTab

    return CarePlanTab(api)


SPEC = TabSpec("care_plan", "Care plan", _tab)
