"""What the shell knows of "Needs attention" before it is opened."""

from __future__ import annotations

from app.ui.areas.attention.actions import ACTIONS
from app.ui.work import AreaPage, AreaSpec, ShellApi


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.attention.page import AttentionPage

    return AttentionPage(api)


SPEC = AreaSpec(
    key="attention",
    title="Needs attention",
    icon="warn",
    shortcut="Ctrl+7",
    factory=_page,
    enrolled_only=True,
    actions=ACTIONS,
)
