"""What the shell knows of Results before it is opened."""

from __future__ import annotations

from app.domain.permissions import Permission
from app.ui.work import Action, AreaPage, AreaSpec, ShellApi, draft_kinds
from app.ui.work.places import ShowResults


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.labs.page import ResultsPage

    return ResultsPage(api)


SPEC = AreaSpec(
    key="labs",
    title="Results",
    icon="flask",
    shortcut="Ctrl+5",
    factory=_page,
    opens=(ShowResults,),
    draft_kinds=(draft_kinds.SIGN_RESULTS, draft_kinds.ORDER_LABS, draft_kinds.ENTER_RESULTS),
    actions=(
        # Ctrl+Enter is the page's own: panels beside it have the same key for what they do.
        Action(id="labs.sign", title="Sign results", area="labs", icon="check",
               permission=Permission.SIGN_RESULTS, handler=lambda page: page.sign(),
               enabled=lambda page: page.can_sign()),
        Action(id="labs.sign_together", title="Sign what was looked at and is in range", shortcut="Ctrl+Shift+G",
               area="labs", icon="check-circle", permission=Permission.SIGN_RESULTS,
               handler=lambda page: page.sign_together(), enabled=lambda page: page.can_sign_together()),
        Action(id="labs.hand_over", title="Hand over", shortcut="Ctrl+H", area="labs", icon="swap",
               permission=Permission.SIGN_RESULTS, handler=lambda page: page.hand_over(),
               enabled=lambda page: page.has_order()),
        Action(id="labs.inbox", title="Laboratories' messages", shortcut="Ctrl+M", area="labs", icon="import",
               permission=Permission.LAB_INBOX, handler=lambda page: page.show_inbox()),
        Action(id="labs.orders", title="Open orders", shortcut="Alt+O", area="labs", icon="list",
               handler=lambda page: page.show_orders()),
        Action(id="labs.open_chart", title="Open chart", shortcut="Ctrl+O", area="labs", icon="user",
               handler=lambda page: page.open_chart(), enabled=lambda page: page.has_order()),
        Action(id="labs.order", title="Order labs", shortcut="Ctrl+Shift+L", area="labs", icon="flask",
               permission=Permission.ORDER, everywhere=True, handler=lambda page: page.order_labs()),
        Action(id="labs.enter", title="Enter results", shortcut="Alt+E", area="labs", icon="edit",
               permission=Permission.ORDER, handler=lambda page: page.enter_results(),
               enabled=lambda page: page.has_order()),
    ),
)  # fmt: skip
