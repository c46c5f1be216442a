"""The timeline's line among the tabs."""

from __future__ import annotations

from app.ui.areas.chart.tab import ChartTab, TabSpec
from app.ui.work import ShellApi


def _tab(api: ShellApi) -> ChartTab:
    from app.ui.areas.chart.timeline.tab import TimelineTab

    return TimelineTab(api)


SPEC = TabSpec("timeline", "Timeline", _tab)
