"""One task: whom it is about with the number to call, until when, what was tried, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from app.domain.enums import TaskKind, TaskStatus
from app.domain.tasks import kind_word, status_word
from app.kernel.i18n import t
from app.queries.tasks import Attempt, TaskItem
from app.ui.areas.tasks.words import KIND_ICONS, due_word, owner_word, result_word, task_title
from app.ui.parts.patient_values import born_text
from app.ui.parts.words import clock, day_inside, day_short
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.chip import Chip
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.panel import Card, Note
from app.ui.widgets.text import Label
from app.ui.work import ShellApi


class TaskDetail(QWidget):
    """Shows a task; its buttons belong to the page, which binds them."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self.kind = Chip("")
        self.due = Chip("")
        self.title = Label("", role=TypeRole.SECTION, strong=True, wrap=True)
        self.detail = Label("", wrap=True)
        self.name = Label("", role=TypeRole.SECTION, strong=True, wrap=True)
        self.born = Label("")
        self.phone = Label("", role=TypeRole.SECTION)
        self.owner = Label("", tone=Tone.MUTED, wrap=True)
        self.hint = Note("", kind=StatusKind.HELD)
        self.hint.hide()
        self.open = Button(t("Open"), icon="right", keys="Ctrl+O", kind=ButtonKind.PRIMARY)
        self.done = Button(t("Done"), icon="check", keys="Ctrl+D")
        self.tried = Button(t("Note a call"), icon="phone", keys="Alt+C", small=True)
        self.later = Button(t("Put off"), icon="clock", keys="Alt+P", small=True)
        self.give = Button(t("Give to"), icon="swap", keys="Alt+G", small=True)
        self.cancel = Button(t("Cancel it"), icon="close", keys="Alt+X", small=True)
        self.attempts_head = Label(t("What was tried"), role=TypeRole.META, strong=True)
        self.attempts = ListCard(name=t("What was tried"), row_height=32, max_rows=8)
        person = Card(padding=16, gap=4)
        for label in (self.name, self.born, self.phone):
            person.body.addWidget(label)
        self.person = person
        body = column(row(self.kind, self.due, STRETCH), self.title, self.detail, person, self.hint, self.owner, gap=12,
                      parent=self)  # fmt: skip
        body.addLayout(row(self.open, self.done, STRETCH))
        body.addLayout(row(self.tried, self.later, STRETCH))
        body.addLayout(row(self.give, self.cancel, STRETCH))
        body.addWidget(self.attempts_head)
        body.addWidget(self.attempts)
        body.addStretch(1)

    @property
    def buttons(self) -> tuple[Button, ...]:
        """What can be done with an open task."""
        return (self.open, self.done, self.tried, self.later, self.give, self.cancel)

    def show_task(self, task: TaskItem) -> None:
        """Show a task."""
        today = self._api.workspace.reader().today
        self.kind.show_state(kind_word(task.kind), icon=KIND_ICONS[task.kind])
        due = due_word(task, today) or status_word(task.status)
        late = task.overdue(today)
        self.due.show_state(due, icon="warn" if late else "clock", kind=StatusKind.CRITICAL if late else None)
        self.title.setText(task_title(task))
        self.detail.setText("\n".join(filter(None, (task.detail, task.outcome))))
        self.detail.setVisible(bool(self.detail.text()))
        self.person.setVisible(task.patient_id is not None)
        self.name.setText(task.patient_name)
        self.born.setText(t("Born {date}", date=born_text(task.patient_born, today, task.death)))
        self.phone.setText(task.phone or t("No phone number"))
        made = task.created_at.astimezone(self._api.zone).date()
        words = t("For {owner} · given by {name}, {day}", owner=owner_word(task), name=task.created_by,
                  day=day_inside(made, today))  # fmt: skip
        self.owner.setText(words)
        self._show_hint(task)
        still = task.status is TaskStatus.OPEN
        for button in self.buttons:
            button.setVisible(still)
        self.open.setVisible(still and task.patient_id is not None)
        self.tried.setVisible(still and task.patient_id is not None)
        self.open.setText(t("Book") if task.kind is TaskKind.BOOK_FOLLOW_UP else t("Open"))

    def _show_hint(self, task: TaskItem) -> None:
        """What the desk may say of a result; that a follow-up seems to be booked already."""
        lead, text = "", ""
        if task.source_table == "lab_orders":
            lead = t("You may say") if task.released else t("Nothing is released yet")
            text = task.released or t("The result waits for a provider.") if task.result_waits or task.released else ""
        elif task.next_visit is not None:
            local = task.next_visit.astimezone(self._api.zone)
            lead = t("A visit is planned already")
            when = f"{day_short(local.date(), self._api.workspace.reader().today)} {clock(local, self._api.zone)}"
            text = t("{time} with {name}", time=when, name=task.next_provider)
        self.hint.show_text(lead, text)
        self.hint.setVisible(bool(lead) and task.status is TaskStatus.OPEN)

    def show_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Show what was tried, latest first."""
        zone, today = self._api.zone, self._api.workspace.reader().today
        items = [
            ListItem(key=one.id, title=" · ".join(filter(None, (result_word(one.result), one.note))), icon="phone",
                     title_strong=False, meta=f"{one.by}, {day_short(one.at.astimezone(zone).date(), today)} "
                                              f"{clock(one.at, zone)}")
            for one in attempts
        ]  # fmt: skip
        self.attempts.set_items(items)
        self.attempts.setVisible(bool(items))
        self.attempts_head.setVisible(bool(items))
