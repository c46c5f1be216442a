"""What can be done with a request, for the palette, the keys and the page's own buttons."""

from __future__ import annotations

from operator import methodcaller

from app.domain.permissions import Permission
from app.ui.work import Action


def _on_request(key: str, title: str, shortcut: str, icon: str) -> Action:
    return Action(id=f"requests.{key}", title=title, shortcut=shortcut, area="requests", icon=icon,
                  permission=Permission.TRIAGE, handler=methodcaller(key),
                  enabled=lambda page: page.current is not None)  # fmt: skip


ACTIONS = (
    _on_request("next_step", "Take the request's next step", "", "check"),
    _on_request("book_now", "Book without asking the patient", "Ctrl+Shift+B", "calendar"),
    _on_request("in_schedule", "Choose a time in the schedule", "Alt+T", "calendar"),
    _on_request("open_chart", "Open chart", "Ctrl+O", "user"),
    _on_request("give", "Give the request to somebody", "Alt+G", "swap"),
    _on_request("begin_cancel", "Cancel the request", "Alt+X", "close"),
)  # fmt: skip
