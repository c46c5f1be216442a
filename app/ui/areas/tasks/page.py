"""The tasks' page: an inbox at the left, one task at the right; or everything that the person has open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.commands.core import Command, Outcome
from app.commands.tasks import AssignTask, CancelTask, DoTask, NoteTaskAttempt, PostponeTask
from app.domain.enums import TaskStatus
from app.domain.tasks import OWNER_ROLES
from app.domain.visits import ContactResult
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.core import Page
from app.queries.cover import Colleague, colleagues
from app.queries.tasks import Inbox, TaskItem, task_attempts, task_inbox
from app.ui.areas.tasks.actions import ACTIONS
from app.ui.areas.tasks.detail import TaskDetail
from app.ui.areas.tasks.open_view import OpenItemsView
from app.ui.areas.tasks.words import (
    KIND_ICONS,
    day_text,
    due_word,
    owner_word,
    result_word,
    source_of,
    task_title,
)
from app.ui.areas.tasks.words import tried_word as tried_words
from app.ui.parts.link_state import LinkState, not_yet
from app.ui.parts.list_beside import ListBeside
from app.ui.parts.words import role_word
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ChipSpec, ListItem
from app.ui.widgets.menu import MenuItem, open_menu
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import AreaPage, Lane, Place, RestoreDraft, ShellApi, bind
from app.ui.work.places import NewTask, ShowTasks

OPEN = "open"


class TasksPage(AreaPage):
    """Everything is done by key too: Enter in the list opens the source, Ctrl+D is done, Alt+C a call."""

    watches = frozenset({"task", "contact_attempt", "cover", "lab_review", "visits", "visit_note", "draft", "messages",
                         "excuse_notes", "referrals"})  # fmt: skip

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._tasks: dict[str, TaskItem] = {}
        self._wanted = ""
        self._cursor: str | None = None
        self._list, self._more_lane, self._tries, self._act, self._staff = (Lane(self, api.workspace) for _ in range(5))
        self.views = SegmentedControl(
            [(Inbox.MINE.value, t("For me and my role")), (Inbox.OWN.value, t("Given to me")),
             (Inbox.ALL.value, t("Everybody's")), (Inbox.ENDED.value, t("Ended")), (OPEN, t("My open items"))],
            name=t("Whose tasks"),
        )  # fmt: skip
        self.detail = TaskDetail(api)
        frame = ListBeside(self.detail, name=t("Tasks"))
        self.list, self.more, self.states = frame.list, frame.more, frame.states
        self.open_view = OpenItemsView(api)
        self.add_button = Button(t("Add a task"), icon="plus", keys="Ctrl+Shift+A")
        self._build()
        self._connect()

    def _build(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.states)
        self._stack.addWidget(self.open_view)
        self.cover_note = Label("", role=TypeRole.META, tone=Tone.MUTED)
        head = row(Label(t("Tasks"), role=TypeRole.PATIENT, strong=True), self.views, STRETCH, self.add_button, gap=16)
        body = column(gap=12, margins=(24, 16, 24, 16), parent=self)
        body.addLayout(head)
        body.addWidget(self._stack, 1)

    def _connect(self) -> None:
        actions = {action.id.partition(".")[2]: action for action in ACTIONS}
        for key, button in (("open_source", self.detail.open), ("done", self.detail.done),
                            ("tried", self.detail.tried), ("later", self.detail.later), ("give", self.detail.give),
                            ("cancel", self.detail.cancel)):  # fmt: skip
            bind(button, actions[key], self)
        self.add_button.clicked.connect(self.add)
        self.views.changed.connect(self._view_changed)
        self.list.current_changed.connect(self._choose)
        self.list.chosen.connect(lambda _key: self.open_source())
        self.more.clicked.connect(self._ask_more)
        self.states.retry.connect(self.refresh)
        self.api.sync.changed.connect(self._show_lines)

    # -- what is shown -------------------------------------------------------------------------------------------------

    @property
    def task(self) -> TaskItem | None:
        """The open task that is shown."""
        if self._stack.currentWidget() is self.open_view:
            return None
        found = self._tasks.get(self.list.current_key)
        return found if found is not None and found.status is TaskStatus.OPEN else None

    def first_focus(self) -> QWidget | None:
        """The list has the keyboard."""
        return self.open_view.list if self._stack.currentWidget() is self.open_view else self.list

    def open(self, place: Place) -> None:
        """Show a task, the open items, or the form of a new one."""
        if isinstance(place, ShowTasks):
            self._wanted = place.task_id
            self._show_view(OPEN if place.open_items else Inbox.ALL.value if place.task_id else self.views.current)
        elif isinstance(place, NewTask):
            self.add(place)
        elif isinstance(place, RestoreDraft):
            from app.ui.parts.task_panel import AddTaskPanel

            self.api.show_panel(AddTaskPanel.restored(self.api, place.draft))

    def show_open(self) -> None:
        """Show what the person has open."""
        self._show_view(OPEN)

    def _show_view(self, key: str) -> None:
        self.views.set_current(key)
        self._view_changed(key)

    def _view_changed(self, key: str) -> None:
        self._stack.setCurrentWidget(self.open_view if key == OPEN else self.states)
        if key != OPEN:
            self._more_lane.drop()  # what was asked for of the other view isn't added to this one
            self._tasks = {}
            self.list.set_items(())
            self.detail.hide()
        self.refresh()
        focus = self.first_focus()
        if focus is not None and self.isVisible():
            focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Ask for what is shown anew."""
        if self._stack.currentWidget() is self.open_view:
            self.open_view.refresh()
            return
        if not self._tasks:
            self.states.set_loading()
        inbox = Inbox(self.views.current)
        self._list.ask(task_inbox, inbox=inbox, limit=max(100, len(self._tasks)), on_result=self._show,
                       on_error=self._failed)  # fmt: skip

    def _failed(self, error: AppError) -> None:
        if self._tasks:
            self.api.problem(error)
        else:
            self.states.set_error(error.message)

    def _show(self, page: Page[TaskItem]) -> None:
        keys = list(self._tasks)
        before = self.list.current_key
        self._tasks = {task.id: task for task in page.items}
        self._cursor = page.cursor if page.more else None
        self.more.setVisible(self._cursor is not None)
        self._show_lines()
        if not self._tasks:
            self.states.set_empty(t("Nothing is to be done here."), t("Add a task"), self.add)
            return
        self.states.set_ready()
        wanted = self._wanted or before
        self._wanted = ""
        if wanted not in self._tasks:  # it was done: the next one moves up
            after = keys[keys.index(wanted) + 1 :] if wanted in keys else []
            wanted = next((key for key in after if key in self._tasks), next(iter(self._tasks)))
        self.list.set_current(wanted)
        self._choose(wanted)

    def _ask_more(self) -> None:
        self._more_lane.ask(task_inbox, inbox=Inbox(self.views.current), cursor=self._cursor, on_result=self._append,
                            on_error=self.api.problem)  # fmt: skip

    def _append(self, page: Page[TaskItem]) -> None:
        self._tasks |= {task.id: task for task in page.items}
        self._cursor = page.cursor if page.more else None
        self.more.setVisible(self._cursor is not None)
        self._show_lines()

    def _show_lines(self) -> None:
        self.list.set_items([self._line(task) for task in self._tasks.values()])

    def _line(self, task: TaskItem) -> ListItem:
        today = self.api.workspace.reader().today
        unsent = LinkState.of(self.api.sync).unsent(task.id, ("task", "contact_attempt"))
        late = task.overdue(today)
        second = (task.patient_name, owner_word(task), not_yet() if unsent else tried_words(task, self.api.zone, today))
        chip = ChipSpec(t("Overdue"), icon="warn", kind=StatusKind.CRITICAL) if late else None
        return ListItem(
            key=task.id,
            title=task_title(task),
            subtitle=" · ".join(filter(None, second)),
            icon=KIND_ICONS[task.kind],
            chip=chip,
            dashed=unsent,
            meta=day_text(task.due_on, today) if late and task.due_on else due_word(task, today),
        )

    def _choose(self, key: str) -> None:
        task = self._tasks.get(key)
        if task is None:
            return
        self.detail.show()
        self.detail.show_task(task)
        for button in self.detail.buttons:
            button.setEnabled(task.status is TaskStatus.OPEN)
        if task.attempts:
            self._tries.ask(task_attempts, task_id=key, on_result=self.detail.show_attempts, on_error=lambda _: None)
        else:
            self.detail.show_attempts(())

    # -- doing ---------------------------------------------------------------------------------------------------------

    def open_source(self) -> None:
        """Go where the task is done."""
        task = self.task
        place = source_of(task, self.api.zone) if task is not None else None
        if place is not None:
            self.api.navigate(place)

    def done(self) -> None:
        """It is done; Undo opens it again."""
        if self.task is not None:
            self._do(DoTask(task_id=self.task.id), t("Done: {title}", title=task_title(self.task)))

    def cancel(self) -> None:
        """It isn't to be done any more; Undo opens it again."""
        if self.task is not None:
            self._do(CancelTask(task_id=self.task.id), t("Cancelled: {title}", title=task_title(self.task)))

    def tried(self) -> None:
        """Note what came of a call."""
        task = self.task
        if task is None or task.patient_id is None:
            return
        items: list[MenuItem | None] = [
            MenuItem(result_word(result.value), partial(self._note, task, result), "phone") for result in ContactResult
        ]
        open_menu(self.detail.tried, t("What came of the call to {name}", name=task.patient_name), items)

    def _note(self, task: TaskItem, result: ContactResult) -> None:
        text = t("{name}: {result}", name=task.patient_name, result=result_word(result.value))
        self._do(NoteTaskAttempt(task_id=task.id, result=result), text)

    def later(self) -> None:
        """Put it off by a few days."""
        task = self.task
        if task is None:
            return
        today = self.api.workspace.reader().today
        choices = ((1, t("Tomorrow")), (3, t("In three days")), (7, t("In a week")), (28, t("In four weeks")))
        items: list[MenuItem | None] = [MenuItem(text, partial(self._postpone, task, days), "clock")
                                        for days, text in choices]  # fmt: skip
        if task.due_on != today:
            items.insert(0, MenuItem(t("Today"), partial(self._postpone, task, 0), "clock"))
        open_menu(self.detail.later, t("Put off"), items)

    def _postpone(self, task: TaskItem, days: int) -> None:
        due = self.api.workspace.reader().today + timedelta(days=days)
        command = PostponeTask(task_id=task.id, due_on=due, old_due=task.due_on)
        self._do(command, t("Put off: {title}", title=task_title(task)))

    def give(self) -> None:
        """Give it to a role or a colleague."""
        if self.task is not None:
            self._staff.ask(colleagues, on_result=self._offer_people, on_error=self.api.problem)

    def _offer_people(self, found: tuple[Colleague, ...]) -> None:
        task = self.task
        if task is None:
            return
        items: list[MenuItem | None] = [
            MenuItem(role_word(role), partial(self._assign, task, AssignTask(
                task_id=task.id, owner_role=role, old_user=task.owner_user, old_role=task.owner_role)), "users")
            for role in OWNER_ROLES if role is not task.owner_role
        ]  # fmt: skip
        items.append(None)
        items += [
            MenuItem(one.name, partial(self._assign, task, AssignTask(
                task_id=task.id, owner_user=one.user_id, old_user=task.owner_user, old_role=task.owner_role)), "user")
            for one in found if one.user_id != task.owner_user
        ]  # fmt: skip
        open_menu(self.detail.give, t("Give to"), items)

    def _assign(self, task: TaskItem, command: AssignTask) -> None:
        self._do(command, t("Given away: {title}", title=task_title(task)))

    def _do(self, command: Command, text: str) -> None:
        def done(outcome: Outcome) -> None:
            self.api.did(text, outcome)
            self.refresh()

        def refused(error: AppError) -> None:
            self.api.problem(error)
            self.refresh()

        self._act.execute(command, on_done=done, on_refused=refused)

    def add(self, place: NewTask | None = None) -> None:
        """Open the form of a new task."""
        from app.ui.parts.task_panel import AddTaskPanel

        known: Mapping[str, str] = {}
        if isinstance(place, NewTask):
            known = {"patient": place.patient_id, "name": place.patient_name, "kind": place.kind,
                     "title": place.title, "sourceTable": place.source_table, "sourceId": place.source_id,
                     "visit": place.visit_id}  # fmt: skip
        self.api.show_panel(AddTaskPanel(self.api, body=known))

    def covers(self) -> None:
        """Open who stands in for whom."""
        from app.ui.areas.tasks.cover_panel import CoverPanel

        self.api.show_panel(CoverPanel(self.api))
