"""What the shell knows of the requests before they are opened."""

from __future__ import annotations

from functools import partial

from app.domain.permissions import Permission
from app.ui.work import Action, AreaPage, AreaSpec, ShellApi
from app.ui.work.places import ShowRequests


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.requests.page import RequestsPage

    return RequestsPage(api)


def _call(key: str, page: object) -> object:
    return getattr(page, key)()


def _on_request(key: str, title: str, shortcut: str, icon: str) -> Action:
    return Action(id=f"requests.{key}", title=title, shortcut=shortcut, area="requests", icon=icon,
                  permission=Permission.TRIAGE, handler=partial(_call, key),
                  enabled=lambda page: page.current is not None)  # fmt: skip


SPEC = AreaSpec(
    key="requests",
    title="Requests",
    icon="inbox",
    factory=_page,
    permission=Permission.TRIAGE,
    opens=(ShowRequests,),
    actions=(
        _on_request("next_step", "Take the request's next step", "", "check"),
        _on_request("book_now", "Book without asking the patient", "Ctrl+Shift+B", "calendar"),
        _on_request("in_schedule", "Choose a time in the schedule", "Alt+T", "calendar"),
        _on_request("open_chart", "Open chart", "Ctrl+O", "user"),
        _on_request("give", "Give the request to somebody", "Alt+G", "swap"),
        _on_request("begin_cancel", "Cancel the request", "Alt+X", "close"),
    ),
)
