"""What the shell knows of the tasks before they are opened."""

from __future__ import annotations

from functools import partial

from app.domain.permissions import Permission
from app.ui.work import Action, AreaPage, AreaSpec, ShellApi
from app.ui.work.places import NewTask, ShowTasks

TASK_DRAFT = "task"
"""The kind of draft that a new task is while it is typed."""


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.tasks.page import TasksPage

    return TasksPage(api)


def _call(key: str, page: object) -> object:
    return getattr(page, key)()


def _on_task(key: str, title: str, shortcut: str, icon: str) -> Action:
    return Action(id=f"tasks.{key}", title=title, shortcut=shortcut, area="tasks", icon=icon,
                  permission=Permission.TASKS, handler=partial(_call, key),
                  enabled=lambda page: page.task is not None)  # fmt: skip


SPEC = AreaSpec(
    key="tasks",
    title="Tasks",
    icon="check-circle",
    shortcut="Ctrl+0",
    factory=_page,
    opens=(ShowTasks, NewTask),
    draft_kinds=(TASK_DRAFT,),
    actions=(
        Action(id="tasks.add", title="Add a task", shortcut="Ctrl+Shift+A", area="tasks", icon="plus", everywhere=True,
               permission=Permission.TASKS, handler=partial(_call, "add")),
        Action(id="tasks.show_open", title="My open items", shortcut="Ctrl+Shift+Y", area="tasks", icon="inbox",
               everywhere=True, handler=partial(_call, "show_open")),
        Action(id="tasks.covers", title="Who stands in for whom", shortcut="Alt+V", area="tasks", icon="swap",
               permission=Permission.TASKS, handler=partial(_call, "covers")),
        _on_task("open_source", "Open what the task is about", "Ctrl+O", "right"),
        _on_task("done", "The task is done", "Ctrl+D", "check"),
        _on_task("tried", "Note a call", "Alt+C", "phone"),
        _on_task("later", "Put the task off", "Alt+P", "clock"),
        _on_task("give", "Give the task to somebody", "Alt+G", "swap"),
        _on_task("cancel", "Cancel the task", "Alt+X", "close"),
    ),
)  # fmt: skip
