"""The program in one window: its flow, what belongs to no area, and what only the demo clinic has."""

from __future__ import annotations

from collections.abc import Sequence

from app.kernel.i18n import t
from app.ui.shell.demo_flow import DemoFlow
from app.ui.shell.flow import Flow
from app.ui.shell.services import ShellServices
from app.ui.shell.shell_actions import own_actions, user_menu
from app.ui.shell.window import MainWindow
from app.ui.widgets.menu import open_menu
from app.ui.work import Action, AreaSpec


class Shell(Flow):
    """Made once; ``start`` begins."""

    def __init__(self, window: MainWindow, services: ShellServices, specs: Sequence[AreaSpec]) -> None:
        super().__init__(window, services, specs)
        self.demo = DemoFlow(self)
        self.desk_made.connect(self.demo.begin)
        self.window.user_wanted.connect(self._open_user_menu)
        self.add_own_actions()

    def own_actions(self) -> Sequence[Action]:
        """Return the actions that belong to no area."""
        return own_actions(self, self.demo)

    def _open_user_menu(self) -> None:
        open_menu(self.window.top.user, t("Account and settings"), user_menu(self, self.demo))
