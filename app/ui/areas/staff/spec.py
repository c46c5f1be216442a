"""What the shell knows of the staff's accounts before they are opened."""

from __future__ import annotations

from app.domain.permissions import Permission
from app.ui.work import Action, AreaPage, AreaSpec, ShellApi
from app.ui.work.places import ShowStaff


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.staff.page import StaffPage

    return StaffPage(api)


SPEC = AreaSpec(
    key="staff",
    title="Staff",
    icon="staff",
    shortcut="Ctrl+8",
    factory=_page,
    permission=Permission.STAFF,
    group=1,
    opens=(ShowStaff,),
    actions=(
        Action(id="staff.add", title="Add an account", shortcut="Ctrl+Shift+U", area="staff", icon="plus",
               permission=Permission.STAFF, handler=lambda page: page.add()),
    ),
)  # fmt: skip
