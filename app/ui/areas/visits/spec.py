"""What the shell knows of the visits' list before it is opened."""

from __future__ import annotations

from app.ui.work import AreaPage, AreaSpec, ShellApi
from app.ui.work.places import ShowVisit, ShowVisits


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.visits.page import VisitsPage

    return VisitsPage(api)


SPEC = AreaSpec(
    key="visits",
    title="Visits",
    icon="list",
    shortcut="Ctrl+4",
    factory=_page,
    opens=(ShowVisit, ShowVisits),
)
