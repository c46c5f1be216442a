"""Disabling an account asks who takes over what is open, on a real database."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.commands.tasks import AddTask
from app.domain.enums import TaskKind
from app.queries.open_counts import open_count_of
from app.queries.tasks import Inbox, task_inbox
from app.workspace.workspace import Workspace
from tests.support.clinics import staff
from tests.support.shell import FakeShell
from tests.ui.areas.staff.test_staff import account, button, person, shell, workspace

__all__ = ["shell", "workspace"]
ADMIN, DESK, DOCTOR = staff("ADMIN"), staff("MEDICAL_ASSISTANT"), staff("PROVIDER")


def test_what_is_open_gets_another_owner(qtbot: QtBot, shell: FakeShell, workspace: Workspace) -> None:
    before = workspace.ask(open_count_of, user_id=DESK.user_id)
    task = AddTask(kind=TaskKind.REVIEW, title="Letters", owner_user=DESK.user_id)
    workspace.execute(task)
    assert workspace.ask(open_count_of, user_id=DESK.user_id) == before + 1
    panel = account(qtbot, shell, workspace, DESK.user_id)
    qtbot.waitUntil(lambda: panel.heir.isVisible() and panel.heir.people.count() > 3, timeout=5000)
    button(panel, "Disable").click()
    assert panel.heir.field.error, "somebody has to be chosen, or nobody on purpose"
    assert shell.pendings == []
    panel.heir.people.set_current(DOCTOR.user_id)
    button(panel, "Disable").click()
    with qtbot.waitSignal(panel.finished):
        shell.pendings[0].elapse()
    qtbot.waitUntil(lambda: bool(shell.toasts), timeout=5000)
    assert person(workspace, DESK.user_id).disabled_at is not None
    found = workspace.ask(task_inbox, inbox=Inbox.ALL).items
    assert {one.owner_user for one in found if one.id == task.task_id} == {DOCTOR.user_id}
    assert workspace.ask(open_count_of, user_id=DESK.user_id) == 0


def test_nothing_is_asked_where_nothing_is_open(qtbot: QtBot, shell: FakeShell, workspace: Workspace) -> None:
    assert workspace.ask(open_count_of, user_id=ADMIN.user_id) == 0
    panel = account(qtbot, shell, workspace, ADMIN.user_id)
    button(panel, "Disable").click()
    assert panel.heir.isHidden()
    assert len(shell.pendings) == 1
