"""What can be done with an alert, for the palette, the keys and the page's own buttons."""

from __future__ import annotations

from functools import partial
from operator import methodcaller
from typing import Any

from app.domain.permissions import Permission
from app.ui.work import Action


def _may(key: str, page: Any) -> bool:
    return bool(page.may(key))


def _on_alert(key: str, title: str, shortcut: str, icon: str, permission: Permission | None = None) -> Action:
    return Action(id=f"alerts.{key}", title=title, shortcut=shortcut, area="alerts", icon=icon, permission=permission,
                  handler=methodcaller(key), enabled=partial(_may, key))  # fmt: skip


ACTIONS = (
    _on_alert("resolve", "Resolve the alert", "Ctrl+D", "check", Permission.RESOLVE_ALERTS),
    _on_alert("dismiss", "Dismiss the alert", "Alt+X", "close", Permission.DISMISS_INFO_ALERTS),
    _on_alert("snooze", "Put the alert off", "Alt+P", "clock", Permission.RESOLVE_ALERTS),
    _on_alert("give", "Give the alert to somebody", "Alt+G", "swap", Permission.DISMISS_INFO_ALERTS),
    _on_alert("open_chart", "Open the patient's chart", "Ctrl+O", "user"),
    _on_alert("open_results", "Open the alert's results", "Alt+R", "flask"),
)  # fmt: skip
