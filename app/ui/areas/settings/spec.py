"""What the shell knows of the settings before they are opened."""

from __future__ import annotations

from app.domain.permissions import Permission
from app.ui.work import AreaPage, AreaSpec, ShellApi
from app.ui.work.places import ShowSettings


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.settings.page import SettingsPage

    return SettingsPage(api)


SPEC = AreaSpec(
    key="settings",
    title="Settings",
    icon="gear",
    shortcut="Ctrl+9",
    factory=_page,
    permission=Permission.CLINIC_SETTINGS,
    group=1,
    opens=(ShowSettings,),
)
