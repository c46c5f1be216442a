"""What the shell knows of the reports before they are opened."""

from __future__ import annotations

from operator import methodcaller

from app.domain.permissions import Permission
from app.ui.work import Action, AreaPage, AreaSpec, ShellApi


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.reports.page import ReportsPage

    return ReportsPage(api)


def _action(key: str, title: str, shortcut: str, icon: str) -> Action:
    return Action(id=f"reports.{key}", title=title, shortcut=shortcut, area="reports", icon=icon,
                  permission=Permission.REPORTS, handler=methodcaller(key))  # fmt: skip


SPEC = AreaSpec(
    key="reports",
    title="Reports",
    icon="list",
    factory=_page,
    permission=Permission.REPORTS,
    group=1,
    actions=(
        _action("earlier", "The period before", "Alt+Left", "left"),
        _action("later", "The period after", "Alt+Right", "right"),
        _action("export", "Save the report as CSV", "Ctrl+S", "export"),
    ),
)
