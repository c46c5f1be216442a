"""What the shell knows of the alerts before they are opened."""

from __future__ import annotations

from app.ui.areas.alerts.actions import ACTIONS
from app.ui.work import AreaPage, AreaSpec, ShellApi
from app.ui.work.places import ShowAlerts


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.alerts.page import AlertsPage

    return AlertsPage(api)


SPEC = AreaSpec(
    key="alerts",
    title="Alerts",
    icon="bell",
    factory=_page,
    opens=(ShowAlerts,),
    actions=ACTIONS,
)
