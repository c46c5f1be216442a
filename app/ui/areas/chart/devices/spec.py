"""What the chart knows of devices before they are opened."""

from __future__ import annotations

from app.ui.areas.chart.tab import ChartTab, TabSpec
from app.ui.work import ShellApi


def _tab(api: ShellApi) -> ChartTab:
    from app.ui.areas.chart.devices.tab import DevicesTab

    return DevicesTab(api)


SPEC = TabSpec("devices", "Devices", _tab)
