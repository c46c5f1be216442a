"""What can be done with tasks, for the palette, the keys and the page's own buttons."""

from __future__ import annotations

from operator import methodcaller

from app.domain.permissions import Permission
from app.ui.work import Action


def _on_task(key: str, title: str, shortcut: str, icon: str) -> Action:
    return Action(id=f"tasks.{key}", title=title, shortcut=shortcut, area="tasks", icon=icon,
                  permission=Permission.TASKS, handler=methodcaller(key),
                  enabled=lambda page: page.task is not None)  # fmt: skip


ACTIONS = (
    Action(id="tasks.add", title="Add a task", shortcut="Ctrl+Shift+A", area="tasks", icon="plus", everywhere=True,
           permission=Permission.TASKS, handler=methodcaller("add")),
    Action(id="tasks.show_open", title="My open items", shortcut="Ctrl+Shift+Y", area="tasks", icon="inbox",
           everywhere=True, handler=methodcaller("show_open")),
    Action(id="tasks.covers", title="Who stands in for whom", shortcut="Alt+V", area="tasks", icon="swap",
           permission=Permission.TASKS, handler=methodcaller("covers")),
    _on_task("open_source", "Open what the task is about", "Ctrl+O", "right"),
    _on_task("done", "The task is done", "Ctrl+D", "check"),
    _on_task("tried", "Note a call", "Alt+C", "phone"),
    _on_task("later", "Put the task off", "Alt+P", "clock"),
    _on_task("give", "Give the task to somebody", "Alt+G", "swap"),
    _on_task("cancel", "Cancel the task", "Alt+X", "close"),
)  # fmt: skip
