"""What the shell knows of the arrival board before it is opened."""

from __future__ import annotations

from app.domain.permissions import Permission
from app.ui.work import Action, AreaPage, AreaSpec, ShellApi
from app.ui.work.places import ShowToday


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.today.page import TodayPage

    return TodayPage(api)


SPEC = AreaSpec(
    key="today",
    title="Today",
    icon="today",
    shortcut="Ctrl+1",
    factory=_page,
    opens=(ShowToday,),
    actions=(
        Action(id="today.check_in", title="Check in", shortcut="Ctrl+I", area="today", icon="check", everywhere=True,
               permission=Permission.ADVANCE_VISIT, handler=lambda page: page.check_in()),
        Action(id="today.walk_in", title="Add a walk-in", shortcut="Ctrl+Shift+N", area="today", icon="walk",
               everywhere=True, permission=Permission.BOOK, handler=lambda page: page.add_walk_in()),
        Action(id="today.chart", title="Open chart", shortcut="Ctrl+O", area="today", icon="heart",
               handler=lambda page: page.open_chart(), enabled=lambda page: page.has_card),
    ),
)  # fmt: skip
