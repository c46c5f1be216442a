"""The shell's own actions and the user menu."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from app.kernel.i18n import LANGUAGES, language, t
from app.ui.theme.theme import Appearance, Theme
from app.ui.widgets.menu import MenuItem
from app.ui.work import Action

if TYPE_CHECKING:
    from app.ui.shell.shell import Shell


def own_actions(shell: Shell) -> Sequence[Action]:
    """Return the actions that belong to no area."""

    def at_desk(name: str) -> None:
        if shell.desk is not None and shell.working:
            getattr(shell.desk, name)()

    return (
        Action(
            id="shell.find",
            title="Find a patient or an action",
            shortcut="Ctrl+K",
            icon="search",
            everywhere=True,
            handler=lambda window: window.palette_list.summon(),
        ),
        _action("shell.undo", "Undo", "Ctrl+Z", "undo", lambda: at_desk("undo")),
        _action("shell.charts", "Last charts", "Ctrl+E", "user", lambda: at_desk("show_charts")),
        _action("shell.parked", "Parked forms", "Ctrl+Shift+E", "tray", lambda: at_desk("show_parked")),
        _action("shell.lock", "Lock", "Ctrl+L", "lock", shell.lock),
        _action("shell.switch", "Switch person", "", "swap", shell.switch_person),
        _action("shell.password", "Change password", "", "key", shell.change_password),
        _action("shell.desk", "Open a second desk", "Ctrl+Shift+D", "desk", shell.open_second_desk),
        _action("shell.rail", "Collapse or widen the rail", "Ctrl+B", "left", shell.toggle_rail),
        Action(
            id="shell.pane",
            title="Next part of the window",
            shortcut="F6",
            icon="swap",
            everywhere=True,
            handler=lambda window: window.next_pane(),
        ),
        _action("shell.shortcuts", "Keyboard shortcuts", "F1", "help", shell.show_shortcuts),
        Action(
            id="shell.quit",
            title="Quit",
            shortcut="Ctrl+Q",
            icon="logout",
            everywhere=True,
            handler=lambda window: window.close(),
        ),
    )


def _action(ident: str, title: str, shortcut: str, icon: str, run: object) -> Action:
    if not callable(run):
        raise TypeError(ident)
    return Action(id=ident, title=title, shortcut=shortcut, icon=icon, everywhere=True, handler=lambda _: run())


def user_menu(shell: Shell) -> Sequence[MenuItem | None]:
    """Return the lines of the menu at the top right."""
    chosen = Theme.current().appearance
    looks = {
        Appearance.SYSTEM: t("Look like the system"),
        Appearance.LIGHT: t("Light"),
        Appearance.DARK: t("Dark"),
    }
    person: list[MenuItem | None] = []
    if shell.desk is not None:
        person = [
            MenuItem(t("Lock"), shell.lock, icon="lock", keys="Ctrl+L"),
            MenuItem(t("Switch person"), shell.switch_person, icon="swap"),
            MenuItem(t("Change password"), shell.change_password, icon="key"),
            MenuItem(t("Keyboard shortcuts"), shell.show_shortcuts, icon="help", keys="F1"),
            MenuItem(t("Open a second desk"), shell.open_second_desk, icon="desk", keys="Ctrl+Shift+D"),
            None,
        ]
    return [
        *person,
        *(
            MenuItem(name, partial(shell.choose_language, code), checked=code == language())
            for code, name in LANGUAGES.items()
        ),
        None,
        *(
            MenuItem(text, partial(shell.choose_appearance, look), checked=look is chosen)
            for look, text in looks.items()
        ),
        None,
        MenuItem(t("Quit"), shell.quit, icon="logout", keys="Ctrl+Q"),
    ]
