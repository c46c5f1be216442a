"""The form of a new task: about whom, what, for whom, until when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.tasks import AddTask
from app.domain.enums import Role, TaskKind
from app.domain.tasks import DEFAULT_ROLE, OWNER_ROLES, kind_word
from app.kernel.errors import AppError
from app.kernel.i18n import later, t
from app.queries.cover import Colleague, colleagues
from app.ui.parts.words import role_word
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.date_fields import DateField
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo, LineEdit, TextArea
from app.ui.widgets.layouts import column
from app.ui.work import Draft, Lane, PanelPage, ShellApi, draft_kinds, new_subject


class AddTaskPanel(PanelPage):
    """``body`` is what is known, or a draft: patient, name, kind, title, detail, owner, due, source, visit."""

    def __init__(self, api: ShellApi, *, body: Mapping[str, Any] | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self._known = {key: value for key, value in (body or {}).items() if isinstance(value, str)}
        self._subject, self._touched = new_subject(), False
        self._staff, self._act = Lane(self, api.workspace), Lane(self, api.workspace)
        self.patient = Button(self._known.get("name") or t("Choose a patient"), icon="user")
        self.kind = Combo([(kind.value, kind_word(kind)) for kind in TaskKind], name=t("What"))
        self.title_field = LineEdit(self._known.get("title", ""), name=t("In short"), max_length=300)
        self.detail = TextArea(self._known.get("detail", ""), name=t("More"), lines=3)
        self.owner = Combo(self._owners(()), name=t("For whom"))
        self.due = DateField(self._due(), name=t("Until"), today=lambda: api.workspace.reader().today)
        self.go = Button(t("Add the task"), kind=ButtonKind.PRIMARY, keys="Ctrl+Enter")
        self.form = Form()
        self._build()
        self._staff.ask(colleagues, on_result=self._show_people, on_error=lambda _: None)

    def _build(self) -> None:
        self.form.add("patientId", FormField(t("About"), self.patient))
        self.form.add("kind", FormField(t("What"), self.kind))
        self.form.add("title", FormField(t("In short"), self.title_field))
        self.form.add("detail", FormField(t("More"), self.detail))
        self.form.add("ownerUser", FormField(t("For whom"), self.owner))
        self.form.add("dueOn", FormField(t("Until"), self.due))
        column(self.form, gap=0, parent=self).addStretch(1)
        if self._known.get("kind") in set(TaskKind):
            self.kind.set_current(self._known["kind"])
        self._kind_changed(self.kind.current)
        self.patient.clicked.connect(lambda: self.api.find_patient(self._chosen))
        self.kind.changed.connect(self._kind_changed)
        self.title_field.textEdited.connect(lambda _text: self._edited())
        self.detail.textChanged.connect(self._edited)
        self.owner.activated.connect(lambda _index: self._edited())
        self.due.changed.connect(lambda _day: self._edited())
        self.go.clicked.connect(self.save)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.save)

    def _due(self) -> date | None:
        try:
            return date.fromisoformat(self._known["due"])
        except (KeyError, ValueError):
            return self.api.workspace.reader().today

    def title(self) -> str:
        """Return the heading."""
        return t("New task")

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self.go

    def first_focus(self) -> QWidget | None:
        """Begin with the patient, or with what is to be done when that is known."""
        return self.title_field if self._known.get("patient") else self.patient

    def dirty(self) -> bool:
        """Whether something was typed or chosen."""
        return self._touched

    def draft(self) -> Draft | None:
        """Keep what is typed."""
        if not self._touched:
            return None
        body = {**self._known, "kind": self.kind.current, "title": self.title_field.text(),
                "detail": self.detail.toPlainText(), "owner": self.owner.current,
                "due": self.due.value.isoformat() if self.due.value else ""}  # fmt: skip
        return Draft(draft_kinds.TASK, self._subject, later("New task"), body)

    @classmethod
    def restored(cls, api: ShellApi, draft: Draft) -> AddTaskPanel:
        """Return the form as a draft kept it."""
        panel = cls(api, body=draft.body)
        panel._subject, panel._touched = draft.subject, True
        return panel

    def _edited(self) -> None:
        self._touched = True
        self.form.clear_errors()
        self.edited.emit()

    def _chosen(self, patient_id: str, name: str) -> None:
        self._known |= {"patient": patient_id, "name": name}
        self.patient.setText(name)
        self._edited()
        self.title_field.setFocus()

    def _kind_changed(self, key: str) -> None:
        wanted = DEFAULT_ROLE[TaskKind(key)].value
        if not self._known.get("owner") and not self.owner.current.startswith("u:"):
            self.owner.set_current(f"r:{wanted}")

    def _owners(self, people: tuple[Colleague, ...]) -> list[tuple[str, str]]:
        roles = [(f"r:{role.value}", role_word(role)) for role in OWNER_ROLES]
        return [*roles, *((f"u:{one.user_id}", one.name) for one in people)]

    def _show_people(self, people: tuple[Colleague, ...]) -> None:
        self.owner.set_items(self._owners(people), self._known.get("owner") or self.owner.current)

    def save(self) -> None:
        """Add the task; Undo takes it back."""
        if self.due.is_wrong:
            self.form.show_error("dueOn", t("This is not a date that exists."))
            return
        kind, _, ident = self.owner.current.partition(":")
        command = AddTask(
            kind=TaskKind(self.kind.current), patient_id=self._known.get("patient") or None,
            title=self.title_field.text(), detail=self.detail.toPlainText(),
            owner_user=ident if kind == "u" else None, owner_role=Role(ident) if kind == "r" else None,
            due_on=self.due.value, source_table=self._known.get("sourceTable") or None,
            source_id=self._known.get("sourceId") or None, visit_id=self._known.get("visit") or None,
        )  # fmt: skip
        self.go.setEnabled(False)
        self._act.execute(command, on_done=self._saved, on_refused=self._refused, on_unavailable=self._refused)

    def _saved(self, outcome: Outcome) -> None:
        self.api.did(t("Added a task for {name}", name=self._known.get("name") or t("the clinic")), outcome)
        self.finished.emit()

    def _refused(self, error: AppError) -> None:
        self.go.setEnabled(True)
        self.form.show_error(error.field, error.message)
