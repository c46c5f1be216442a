"""Editing a patient: only what was changed is sent; what others change meanwhile stays, or is shown beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.patients import EditPatient, FieldChange
from app.domain.patient_merge import fields_of
from app.kernel.errors import AppError
from app.kernel.i18n import later, t, tn
from app.queries.patient_card import PatientCard, patient_card
from app.ui.areas.patients.person_form import PersonForm
from app.ui.parts.conflict_view import ConflictView
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.button import Button, ButtonKind, LinkButton
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Note
from app.ui.work import ChangesPort, Draft, Lane, PanelPage, ShellApi, draft_kinds
from app.ui.work.places import OpenChart


class EditPanel(PanelPage):
    """A patient's details as a form. ``section`` is the field to begin with."""

    wide = True
    watches = frozenset({"patients"})

    def __init__(
        self,
        api: ShellApi,
        patient_id: str,
        *,
        card: PatientCard | None = None,
        section: str = "",
        body: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._api, self._patient_id, self._section = api, patient_id, section
        self._name = card.name if card else ""
        self._body, self._loaded = body, False
        self._saving = self._unusual = False
        self._load = Lane(self, api.workspace)
        self._lane = Lane(self, api.workspace)
        self.form = PersonForm(api, full=True, lists=False, parent=self)
        self.conflict = ConflictView()
        self._note = Note("", kind=StatusKind.CRITICAL)
        self._yes = Button(t("Yes, it is right"), small=True)
        for widget in (self._note, self._yes):
            self.form.notices.addWidget(widget)
            widget.hide()
        self.save_button = Button(t("Save"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self.lists = LinkButton(t("Problems, medicines and allergies: in the chart"), icon="right")
        self.lists.clicked.connect(lambda: api.navigate(OpenChart(patient_id=patient_id, tab="summary")))
        column(self.conflict, self.form, row(self.lists, STRETCH), gap=16, parent=self)
        self.form.edited.connect(self._edited)
        self.conflict.chosen.connect(self._show_button)
        self._yes.clicked.connect(self._confirm_unusual)
        self.save_button.clicked.connect(self.save)
        QShortcut(QKeySequence("Ctrl+Return"), self, self.save)
        QShortcut(QKeySequence("Ctrl+Enter"), self, self.save)
        self.setEnabled(False)
        self._show_button()
        if card is not None:
            self._show(card)
        self.refresh()

    # -- the panel ----------------------------------------------------------------------------------------------------

    def title(self) -> str:
        """Return the heading."""
        return t("Edit {name}", name=self._name) if self._name else t("Edit")

    def first_focus(self) -> QWidget | None:
        """Begin with the section that was asked for."""
        found: QWidget = self.form.editor(self._section or "firstName")
        return found

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self.save_button

    def dirty(self) -> bool:
        """Whether something is changed."""
        return self._loaded and bool(self.form.changes())

    def draft(self) -> Draft | None:
        """Keep what is changed, and what it was before: conflicts are seen after a restart too."""
        changes = self.form.changes() if self._loaded else {}
        if not changes:
            return None
        body = {"values": changes, "base": {field: self.form.base.get(field) for field in changes}}
        return Draft(draft_kinds.EDIT_PATIENT, self._patient_id, later("Changes of {name}", name=self._name), body)

    def kept_as(self) -> tuple[str, str]:
        """One form for each patient."""
        return draft_kinds.EDIT_PATIENT, self._patient_id

    def take_kept(self, draft: Draft) -> None:
        """Go on with what was changed."""
        self._body = draft.body
        if self._loaded:
            self._restore(draft.body, dict(self.form.base))
            self._show_button()

    def refresh(self) -> None:
        """Ask for the patient anew."""
        self._load.ask(patient_card, on_result=self._show, on_error=self._failed, patient_id=self._patient_id)

    def changed(self, changes: ChangesPort) -> None:
        """Take over what others save, in fields that aren't edited here."""
        if changes.everything or self._patient_id in changes.rows.get("patients", ()):
            self.refresh()

    def _failed(self, error: AppError) -> None:
        self._say(t("Not loaded"), error.message)

    def _show(self, card: PatientCard) -> None:
        values = fields_of(card.first_name, card.last_name, card.born, card.height_cm, card.raw_demographics)
        if self._loaded:
            self.form.update_base(values)
        else:
            self._begin(card, values)
        self._show_button()

    def _begin(self, card: PatientCard, values: Mapping[str, Any]) -> None:
        self._loaded, self._name = True, card.name
        self.form.load(values)
        if self._body is not None:
            self._restore(self._body, values)
        self.setEnabled(True)
        self.retitle()
        self.form.go_to(self._section or "firstName")

    def _restore(self, body: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Take up a draft. A field that others changed since it was written begins as it was then: it will clash."""
        typed, base = body.get("values"), body.get("base")
        if isinstance(typed, Mapping) and isinstance(base, Mapping):
            known = {key: value for key, value in base.items() if key in typed}
            self.form.load({**values, **known})
            self.form.fill(typed)

    # -- saving -------------------------------------------------------------------------------------------------------

    def _edited(self) -> None:
        self._note.hide()
        self._yes.hide()
        self._unusual = False
        self._show_button()
        self.edited.emit()

    def _show_button(self) -> None:
        count = len(self.form.changes()) if self._loaded else 0
        text = tn("Save {n} change", "Save {n} changes", count) if count else t("Save")
        self.save_button.setText(t("Save with these choices") if self.conflict.open else text)
        self.save_button.setEnabled(self._loaded and not self._saving and bool(count or self.conflict.open))

    def save(self) -> None:
        """Send what is changed."""
        if not self.save_button.isEnabled() or not self.form.check():
            return
        for field, (server, mine) in self.conflict.choices().items():
            self.form.rebase(field, server, keep=mine)
        self.conflict.show_conflict({})
        base = self.form.base
        changes = tuple(FieldChange(field, base.get(field), value) for field, value in self.form.changes().items())
        if not changes:
            self._close(None)
            return
        self._saving = True
        self._show_button()
        command = EditPatient(patient_id=self._patient_id, changes=changes, unusual_confirmed=self._unusual)
        self._lane.execute(command, on_done=self._close, on_refused=self._refused, on_unavailable=self._unavailable)

    def _close(self, outcome: Outcome | None) -> None:
        if outcome is not None:
            self._api.did(t("Saved {name}", name=self._name), outcome)
        self.finished.emit()

    def _refused(self, error: AppError) -> None:
        self._saving = False
        self._show_button()
        if error.code == "FieldChanged":
            self.conflict.show_conflict(error.data["fields"])
            self._show_button()
            next(iter(self.conflict.lines.values())).choice.setFocus()
        elif error.code == "ConfirmValue":
            self._say(error.message)
            self._yes.show()
            self._yes.setFocus()
        elif error.code == "Merged":
            self._say(t("Not saved"), error.message)
        else:
            self.form.show_error(error.field, error.message)

    def _confirm_unusual(self) -> None:
        self._unusual = True
        self._note.hide()
        self._yes.hide()
        self.save()

    def _unavailable(self, error: AppError) -> None:
        self._saving = False
        self._show_button()
        self._say(t("Not saved"), t("{why} What you typed is kept; save again.", why=error.message))

    def _say(self, lead: str, text: str = "") -> None:
        self._note.show_text(lead, text)
        self._note.show()
