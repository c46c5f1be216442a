"""What the shell knows of the tasks before they are opened."""

from __future__ import annotations

from app.ui.areas.tasks.actions import ACTIONS
from app.ui.work import AreaPage, AreaSpec, ShellApi, draft_kinds
from app.ui.work.places import NewTask, ShowTasks


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.tasks.page import TasksPage

    return TasksPage(api)


SPEC = AreaSpec(
    key="tasks",
    title="Tasks",
    icon="check-circle",
    shortcut="Ctrl+0",
    factory=_page,
    opens=(ShowTasks, NewTask),
    draft_kinds=(draft_kinds.TASK,),
    actions=ACTIONS,
)
