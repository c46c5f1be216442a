"""The tasks' page on a real database: by keyboard, beside a colleague, everything open closed in place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from sqlalchemy import select

from app.commands.excuse_notes import DraftExcuseNote
from app.commands.patients import FieldChange
from app.commands.tasks import AddTask, AssignTask
from app.commands.visit_notes import WriteVisitNote
from app.commands.visits import CompleteVisit, FollowUp
from app.db.models import ContactAttempt, Cover, Draft, ExcuseNote, Task
from app.domain.enums import ExcuseNoteType, Role, TaskKind, TaskStatus, VisitStatus
from app.ui.areas.schedule.booking_panel import BookingPanel
from app.ui.areas.tasks.cover_panel import CoverPanel
from app.ui.areas.tasks.page import TasksPage
from app.ui.areas.tasks.spec import SPEC as TASKS
from app.ui.parts.notes.complete_panel import CompletePanel
from app.ui.parts.notes.note_panel import NotePanel
from app.ui.parts.task_panel import AddTaskPanel
from app.ui.shell.drafts import SAVE_AFTER_MS
from app.ui.work.places import NewTask, ShowTasks
from tests.support.desk import DAY, Desk
from tests.support.front_desk import Window, elsewhere
from tests.support.treating import begin_visit

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def give(clinic: Desk, title: str, **more: Any) -> AddTask:
    """A task of the front desk, unless said otherwise."""
    task = AddTask(**{"kind": TaskKind.CALL_BACK, "patient_id": "pat-lis", "title": title, **more})
    elsewhere(clinic.okafor.run, task)
    return task


@pytest.fixture
def page(window: Callable[..., Window], clinic: Desk) -> Callable[..., tuple[Window, TasksPage]]:
    """Somebody's window on the tasks."""

    def make(who: str = "desk") -> tuple[Window, TasksPage]:
        made = window(who, more=(TASKS,))
        found: TasksPage = made.page("tasks")
        made.sit_down()
        return made, found

    return make


def titles(page: TasksPage) -> list[str]:
    """What the list shows."""
    return [item.title for item in page.list.items()]


def stored(clinic: Desk, task: AddTask) -> Any:
    """A task's row."""
    return clinic.rows(select(Task.__table__).where(Task.id == task.task_id))[0]


def choose(window: Window, text: str) -> None:
    """Choose a line of the menu that is open, by its text."""

    def menu() -> QMenu | None:
        found = QApplication.activePopupWidget()
        return found if isinstance(found, QMenu) else None

    window.wait(menu)
    found = menu()
    assert found is not None
    action = next(one for one in found.actions() if one.text() == text)
    found.setActiveAction(action)
    QTest.keyClick(found, Qt.Key.Key_Return)


def test_tasks_are_done_by_keyboard_and_taken_back(clinic: Desk, page: Callable[..., tuple[Window, TasksPage]]) -> None:
    late = give(clinic, "late", due_on=DAY - timedelta(days=2))
    soon = give(clinic, "soon", due_on=DAY)
    give(clinic, "later", due_on=DAY + timedelta(days=2))
    give(clinic, "doctors'", owner_role=Role.PROVIDER)
    window, tasks = page()
    window.wait(lambda: titles(tasks) == ["late", "soon", "later"])
    window.wait(tasks.list.hasFocus)
    assert tasks.list.current_key == late.task_id
    assert tasks.detail.phone.text() == "(415) 555-0163"
    assert "Zygmunt Lis" in tasks.detail.name.text()
    QTest.keyClick(tasks.list, Qt.Key.Key_D, CTRL)
    window.wait(lambda: titles(tasks) == ["soon", "later"])
    assert stored(clinic, late).status is TaskStatus.DONE
    window.wait(lambda: tasks.list.current_key and tasks.detail.title.text() == "soon")
    QTest.keyClick(tasks.list, Qt.Key.Key_Z, CTRL)
    window.wait(lambda: titles(tasks) == ["late", "soon", "later"])
    assert stored(clinic, late).status is TaskStatus.OPEN
    tasks.list.set_current(soon.task_id)
    window.wait(lambda: tasks.detail.title.text() == "soon")
    QTest.keyClick(tasks.list, Qt.Key.Key_D, CTRL)
    window.wait(lambda: titles(tasks) == ["late", "later"])
    window.wait(lambda: tasks.detail.title.text() == "later")  # the next one moves up, not the first


def test_a_call_is_noted_and_a_day_chosen_from_menus(
    clinic: Desk, page: Callable[..., tuple[Window, TasksPage]]
) -> None:
    task = give(clinic, "call", due_on=DAY)
    window, tasks = page()
    window.wait(lambda: tasks.task is not None and tasks.list.hasFocus())
    QTest.keyClick(tasks.list, Qt.Key.Key_C, ALT)
    choose(window, "left a message")
    window.wait(lambda: [row.outcome for row in clinic.rows(select(ContactAttempt.outcome))] == ["left message"])
    window.wait(lambda: len(tasks.detail.attempts.items()) == 1)
    QTest.mouseClick(tasks.detail.later, Qt.MouseButton.LeftButton)
    choose(window, "In a week")
    window.wait(lambda: stored(clinic, task).due_on == DAY + timedelta(days=7))
    window.wait(lambda: "11 May" in tasks.detail.due.text())
    window.sit_down()
    QTest.keyClick(tasks.list, Qt.Key.Key_G, ALT)
    choose(window, "Alma Moreno")
    window.wait(lambda: stored(clinic, task).owner_user == "u-desk2")
    window.wait(lambda: not tasks.list.isVisible())


def test_what_a_colleague_does_is_seen_and_never_done_twice(
    clinic: Desk, page: Callable[..., tuple[Window, TasksPage]]
) -> None:
    later = DAY + timedelta(days=1)
    first, second = give(clinic, "first", due_on=DAY), give(clinic, "second", due_on=later)
    window, tasks = page()
    window.wait(lambda: titles(tasks) == ["first", "second"])
    tasks.list.set_current(second.task_id)
    moved = AssignTask(task_id=first.task_id, owner_user="u-desk2", old_role=Role.MEDICAL_ASSISTANT)
    elsewhere(clinic.desk2.run, moved)
    window.wait(lambda: titles(tasks) == ["second"])
    assert tasks.list.current_key == second.task_id, "the chosen one stays chosen"


def test_a_follow_up_is_booked_from_its_task(clinic: Desk, page: Callable[..., tuple[Window, TasksPage]]) -> None:
    visit = elsewhere(begin_visit, clinic)
    elsewhere(clinic.okafor.run, CompleteVisit(visit_id=visit, follow_up=FollowUp(weeks=6)))
    window, tasks = page()
    window.wait(lambda: titles(tasks) == ["Book a follow-up"])
    assert tasks.detail.open.text() == "Book"
    QTest.mouseClick(tasks.detail.open, Qt.MouseButton.LeftButton)
    window.wait(lambda: isinstance(window.panel, BookingPanel))
    assert window.panel.follow_up_of == visit
    due, notes = window.panel.api.workspace.reader().today + timedelta(weeks=6), window.panel.form.notes
    assert notes.window == (due - timedelta(weeks=1), due + timedelta(weeks=1))
    assert window.panel.presenter.day == notes.window[0]
    window.wait(lambda: not notes.ordered.isHidden())
    window.panel.state.start = window.panel.api.now()
    window.panel._show_alike()
    assert not notes.outside.isHidden(), "today is no answer to an order for six weeks from now"


def test_a_task_is_added_and_survives_a_crash(clinic: Desk, page: Callable[..., tuple[Window, TasksPage]]) -> None:
    window, tasks = page()
    tasks.open(NewTask(patient_id="pat-lis", patient_name="Zygmunt Lis", kind="REVIEW"))
    window.wait(lambda: isinstance(window.panel, AddTaskPanel) and window.panel.owner.count() > 3)
    form: AddTaskPanel = window.panel
    assert form.owner.current == "r:PROVIDER"
    window.wait(form.title_field.hasFocus)
    QTest.keyClicks(form.title_field, "Look at the wound")
    kept = select(Draft.body).where(Draft.kind == "task")
    window.qtbot.waitUntil(lambda: bool(clinic.rows(kept)), timeout=SAVE_AFTER_MS + 5000)
    assert clinic.rows(kept)[0].body["fields"]["title"] == "Look at the wound"
    QTest.keyClick(form.title_field, Qt.Key.Key_Return, CTRL)
    window.wait(lambda: [row.title for row in clinic.rows(select(Task.title))] == ["Look at the wound"])
    window.wait(lambda: window.panel is None and not clinic.rows(kept))
    row = clinic.rows(select(Task.kind, Task.owner_role, Task.due_on))[0]
    assert (row.kind, row.owner_role, row.due_on) == (TaskKind.REVIEW, Role.PROVIDER, DAY)


def test_a_form_says_what_is_wrong_where_it_is(clinic: Desk, page: Callable[..., tuple[Window, TasksPage]]) -> None:
    window, tasks = page()
    tasks.add()
    window.wait(lambda: isinstance(window.panel, AddTaskPanel))
    QTest.mouseClick(window.panel.go, Qt.MouseButton.LeftButton)
    window.wait(lambda: bool(window.panel.form.field("patientId").error))
    assert clinic.rows(select(Task.id)) == []


def test_everything_open_is_closed_in_place(clinic: Desk, page: Callable[..., tuple[Window, TasksPage]]) -> None:
    visit = elsewhere(begin_visit, clinic)
    parts = (FieldChange("reason", "", "Cough"), FieldChange("plan", "", "Rest"))
    elsewhere(clinic.okafor.run, WriteVisitNote(visit_id=visit, changes=parts))
    task = give(clinic, "mine", owner_user="u-okafor", due_on=DAY)
    window, tasks = page("okafor")
    tasks.open(ShowTasks(open_items=True))
    view = tasks.open_view
    window.wait(lambda: [key.partition("/")[0] for key in view._items] == ["visit", "note", "task"])
    window.wait(view.list.hasFocus)
    QTest.keyClick(view.list, Qt.Key.Key_Return)
    window.wait(lambda: isinstance(window.panel, CompletePanel) and window.panel.content is not None)
    window.panel.complete()
    window.wait(lambda: clinic.visit(visit).status is VisitStatus.COMPLETED)
    window.wait(lambda: [key.partition("/")[0] for key in view._items] == ["note", "task"])
    QTest.keyClick(view.list, Qt.Key.Key_Return)
    window.wait(lambda: isinstance(window.panel, NotePanel) and window.panel.sign_button.isEnabled())
    window.panel.sign()
    assert window.shell.desk is not None
    job = window.shell.desk._pendings._jobs[0]
    job.left = 1
    job._tick()
    window.wait(lambda: [key.partition("/")[0] for key in view._items] == ["task"])
    QTest.keyClick(view.list, Qt.Key.Key_Return)
    window.wait(lambda: stored(clinic, task).status is TaskStatus.DONE)
    window.wait(lambda: not view.list.isVisible())


def test_an_excuse_note_that_nobody_wants_is_thrown_away_in_place_and_brought_back(
    clinic: Desk, page: Callable[..., tuple[Window, TasksPage]]
) -> None:
    note = DraftExcuseNote(patient_id="pat-lis", kind=ExcuseNoteType.WORK, start=DAY, end=DAY, reason="Influenza",
                           provider_id="p-okafor")  # fmt: skip
    elsewhere(clinic.desk.run, note)
    window, tasks = page("okafor")
    tasks.open(ShowTasks(open_items=True))
    view = tasks.open_view
    window.wait(lambda: list(view._items) == [f"paper/{note.note_id}"] and view.away.isVisible())
    QTest.mouseClick(view.away, Qt.MouseButton.LeftButton)
    window.wait(lambda: not clinic.rows(select(ExcuseNote.id)) and not view._items)
    assert window.shell.desk is not None
    window.shell.desk.undo()
    window.wait(lambda: [row.id for row in clinic.rows(select(ExcuseNote.id))] == [note.note_id])


def test_somebody_lets_a_colleague_stand_in(clinic: Desk, page: Callable[..., tuple[Window, TasksPage]]) -> None:
    give(clinic, "for Okafor", owner_user="u-okafor", due_on=DAY)
    window, tasks = page("okafor")
    QTest.keyClick(tasks.list if tasks.list.isVisible() else tasks, Qt.Key.Key_V, ALT)
    window.wait(lambda: isinstance(window.panel, CoverPanel) and window.panel.by.count() > 2)
    form: CoverPanel = window.panel
    form.by.set_current("u-desk")
    assert not form.sign.isEnabled(), "the desk never signs results"
    form.by.set_current("u-chen")
    QTest.mouseClick(form.sign, Qt.MouseButton.LeftButton)
    QTest.mouseClick(form.go, Qt.MouseButton.LeftButton)
    window.wait(lambda: len(form.list.items()) == 1)
    row = clinic.rows(select(Cover.for_user, Cover.by_user, Cover.may_sign, Cover.starts_at))[0]
    assert (row.for_user, row.by_user, row.may_sign) == ("u-okafor", "u-chen", True)
    form.list.set_current(form.list.items()[0].key)
    window.wait(form.end.isVisible)
    QTest.mouseClick(form.end, Qt.MouseButton.LeftButton)
    window.wait(lambda: not form.list.isVisible())
