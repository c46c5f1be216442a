"""The access log's line among the tabs: for those who may read the audit."""

from __future__ import annotations

from app.domain.permissions import Permission
from app.ui.areas.chart.tab import ChartTab, TabSpec
from app.ui.work import ShellApi


def _tab(api: ShellApi) -> ChartTab:
    from app.ui.areas.chart.access.tab import AccessTab

    return AccessTab(api)


SPEC = TabSpec("access", "Access", _tab, Permission.AUDIT)
