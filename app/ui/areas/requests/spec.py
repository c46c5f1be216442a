"""What the shell knows of the requests before they are opened."""

from __future__ import annotations

from app.domain.permissions import Permission
from app.ui.areas.requests.actions import ACTIONS
from app.ui.work import AreaPage, AreaSpec, ShellApi
from app.ui.work.places import ShowRequests


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.requests.page import RequestsPage

    return RequestsPage(api)


SPEC = AreaSpec(
    key="requests",
    title="Requests",
    icon="inbox",
    factory=_page,
    permission=Permission.TRIAGE,
    opens=(ShowRequests,),
    actions=ACTIONS,
)
