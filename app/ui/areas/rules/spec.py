"""What the shell knows of the rules before they are opened."""

from __future__ import annotations

from typing import Any

from app.domain.permissions import Permission
from app.ui.work import Action, AreaPage, AreaSpec, ShellApi, draft_kinds


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.rules.page import RulesPage

    return RulesPage(api)


_MAY = Permission.EDIT_RULES


def _reachable(page: Any) -> bool:
    return bool(page.reachable)


SPEC = AreaSpec(
    key="rules",
    title="Rules",
    icon="rules",
    factory=_page,
    permission=_MAY,
    group=1,
    draft_kinds=(draft_kinds.RULE,),
    actions=(
        Action(id="rules.new", title="New rule", shortcut="Alt+N", area="rules", icon="plus", permission=_MAY,
               handler=lambda page: page.add(), enabled=_reachable),
        Action(id="rules.save", title="Save, keep off", shortcut="Ctrl+S", area="rules", permission=_MAY,
               handler=lambda page: page.save_off(), enabled=_reachable),
        Action(id="rules.enable", title="Enable rule", shortcut="Ctrl+Return", area="rules", permission=_MAY,
               handler=lambda page: page.enable(), enabled=_reachable),
        Action(id="rules.copy", title="Copy to edit", shortcut="Alt+C", area="rules", icon="copy", permission=_MAY,
               handler=lambda page: page.copy_rule(), enabled=lambda page: page.is_shared),
        Action(id="rules.versions", title="Versions of the rule", shortcut="Alt+V", area="rules", icon="clock",
               permission=_MAY, handler=lambda page: page.show_versions(), enabled=lambda page: page.has_versions),
        Action(id="rules.try", title="Back-test the rule", shortcut="Ctrl+T", area="rules", permission=_MAY,
               handler=lambda page: page.back_test(), enabled=_reachable),
        Action(id="rules.run", title="Run all rules now", shortcut="Ctrl+R", area="rules", icon="play",
               permission=_MAY, handler=lambda page: page.run_now(), enabled=_reachable),
        Action(id="rules.schedule", title="When rules run", shortcut="Alt+T", area="rules", icon="clock",
               permission=_MAY, handler=lambda page: page.edit_schedule(), enabled=_reachable),
        Action(id="rules.summaries", title="Make weekly summaries", shortcut="Alt+W", area="rules", icon="calendar",
               permission=_MAY, handler=lambda page: page.make_summaries(), enabled=_reachable),
    ),
)  # fmt: skip
