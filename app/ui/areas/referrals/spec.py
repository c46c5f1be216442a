"""What the shell knows of the referrals before they are opened."""

from __future__ import annotations

from app.domain.permissions import Permission
from app.ui.work import Action, AreaPage, AreaSpec, ShellApi, draft_kinds
from app.ui.work.places import ShowReferrals


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.referrals.page import ReferralsPage

    return ReferralsPage(api)


SPEC = AreaSpec(
    key="referrals",
    title="Referrals",
    icon="share",
    factory=_page,
    opens=(ShowReferrals,),
    draft_kinds=(draft_kinds.REFERRAL,),
    actions=(
        Action(id="referrals.new", title="New referral", shortcut="Alt+Shift+R", area="referrals", icon="plus",
               permission=Permission.ORDER, handler=lambda page: page.desk.begin()),
        Action(id="referrals.overdue", title="Show overdue referrals", shortcut="Alt+O", area="referrals", icon="clock",
               handler=lambda page: page.show_overdue()),
    ),
)  # fmt: skip
