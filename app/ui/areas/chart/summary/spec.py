"""The summary's line among the tabs."""

from __future__ import annotations

from app.ui.areas.chart.tab import ChartTab, TabSpec
from app.ui.work import ShellApi


def _tab(api: ShellApi) -> ChartTab:
    from app.ui.areas.chart.summary.tab import SummaryTab

    return SummaryTab(api)


SPEC = TabSpec("summary", "Summary", _tab)
