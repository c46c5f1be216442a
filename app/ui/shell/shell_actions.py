"""The shell's own actions and the user menu."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from app.kernel.i18n import LANGUAGES, language, t
from app.ui.shell.action_ids import FIND
from app.ui.shell.demo_flow import DemoFlow
from app.ui.shell.flow import Flow
from app.ui.theme.theme import Appearance, Theme
from app.ui.widgets.menu import MenuItem
from app.ui.work import Action


def own_actions(shell: Flow, demo: DemoFlow) -> Sequence[Action]:
    """Return the actions that belong to no area."""
    return (*_find_and_undo(shell), *_person(shell, demo), *_window(shell))


def _find_and_undo(shell: Flow) -> Sequence[Action]:
    def at_desk(name: str) -> None:
        if shell.desk is not None and shell.working:
            getattr(shell.desk, name)()

    return (
        _action(FIND, "Find a patient or an action", "Ctrl+K", "search", shell.window.summon_palette),
        _action("shell.undo", "Undo", "Ctrl+Z", "undo", lambda: at_desk("undo")),
        _action("shell.charts", "Last charts", "Ctrl+E", "user", lambda: at_desk("show_charts")),
        _action("shell.parked", "Parked forms", "Ctrl+Shift+E", "tray", lambda: at_desk("show_parked")),
    )


def _person(shell: Flow, demo: DemoFlow) -> Sequence[Action]:
    return (
        _action("shell.lock", "Lock", "Ctrl+L", "lock", shell.lock),
        _action("shell.switch", "Switch person", "", "swap", shell.switch_person),
        _action("shell.password", "Change password", "", "key", shell.change_password),
        _action("shell.desk", "Open a second desk", "Ctrl+Shift+D", "desk", shell.open_second_desk),
        _action(
            "shell.badge",
            "What waits to be sent",
            "Ctrl+Shift+C",
            "cloud",
            shell.show_badge,
            lambda: shell.desk is not None and shell.desk.sync.enrolled,
        ),
        _action(
            "shell.cut",
            "Cut or mend the connection (demo)",
            "",
            "plug",
            demo.cut_connection,
            lambda: shell.desk is not None and shell.desk.offline.can_cut,
        ),
    )


def _window(shell: Flow) -> Sequence[Action]:
    return (
        *_looks_and_languages(shell),
        _action("shell.rail", "Collapse or widen the rail", "Ctrl+B", "left", shell.toggle_rail),
        _action("shell.pane", "Next part of the window", "F6", "swap", shell.window.next_pane),
        _action("shell.shortcuts", "Keyboard shortcuts", "F1", "help", shell.show_shortcuts),
        _action("shell.quit", "Quit", "Ctrl+Q", "logout", shell.quit),
    )


def _looks_and_languages(shell: Flow) -> Sequence[Action]:
    """What the menu at the top right offers, for the palette."""

    def look(chosen: Appearance, title: str, icon: str) -> Action:
        return _action(f"shell.look.{chosen}", title, "", icon, partial(shell.choose_appearance, chosen))

    def tongue(code: str, title: str) -> Action:
        return _action(f"shell.language.{code}", title, "", "globe", partial(shell.choose_language, code))

    return (
        look(Appearance.SYSTEM, "Look: like the system", "desk"), look(Appearance.LIGHT, "Look: light", "sun"),
        look(Appearance.DARK, "Look: dark", "moon"), tongue("en", "Language: English"),
        tongue("es", "Language: Spanish (español)"),
    )  # fmt: skip


def _action(
    ident: str, title: str, shortcut: str, icon: str, run: Callable[[], object],
    enabled: Callable[[], bool] | None = None,
) -> Action:  # fmt: skip
    check = (lambda _: enabled()) if enabled is not None else None
    return Action(id=ident, title=title, shortcut=shortcut, icon=icon, everywhere=True, handler=lambda _: run(),
                  enabled=check)  # fmt: skip


def user_menu(shell: Flow, demo: DemoFlow) -> Sequence[MenuItem | None]:
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
            *_cut(shell, demo),
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


def _cut(shell: Flow, demo: DemoFlow) -> Sequence[MenuItem]:
    """In the demo, where the workstation can work offline."""
    if shell.desk is None or not shell.desk.offline.can_cut:
        return ()
    text = t("Reconnect") if shell.desk.offline.is_cut else t("Cut the connection")
    return (MenuItem(text, demo.cut_connection, icon="plug"),)
