"""The registration: one name is enough, likely duplicates are shown before anything is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.households import JoinHousehold, MakeHousehold
from app.commands.patients import RegisterPatient
from app.domain.patients import display_name
from app.domain.phones import tidy_phone
from app.domain.search_terms import month_first
from app.kernel.errors import AppError
from app.kernel.i18n import later, t
from app.kernel.ids import new_uuid
from app.queries.patient_card import PatientCard, patient_card
from app.queries.patients import Likeness
from app.ui.areas.patients.duplicates import DuplicateQuestion, DuplicatesNotice
from app.ui.areas.patients.person_form import PersonForm
from app.ui.areas.patients.typed_person import typed_person
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import column
from app.ui.widgets.panel import Note
from app.ui.work import Draft, Lane, PanelPage, ShellApi, draft_kinds

_OWN = ("firstName", "lastName", "dateOfBirth", "email", "heightCm")


class RegisterPanel(PanelPage):
    """Registers a patient. ``subject`` is the new patient's id: a repeated save is the same patient."""

    wide = True

    def __init__(
        self,
        api: ShellApi,
        *,
        open_patient: Callable[[str], None],
        subject: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._api, self._open_patient = api, open_patient
        self._patient_id = subject or new_uuid()
        self._user_id = new_uuid()
        self._lane = Lane(self, api.workspace)
        self._homes = Lane(self, api.workspace)
        self._saving = self._wanted = self._seen = self._unusual = False
        self._sent: RegisterPatient | None = None
        self._command_id = ""
        self.form = PersonForm(api, parent=self)
        self.form.load({})
        self.notice = DuplicatesNotice(api)
        self._unusual_note = Note("", kind=StatusKind.ARRIVED)
        self._unusual_yes = Button(t("Yes, it is right"), small=True)
        self._lost = Note(t("Not saved"), kind=StatusKind.CRITICAL)
        for widget in (self._lost, self._unusual_note, self._unusual_yes, self.notice):
            self.form.notices.addWidget(widget)
            widget.hide()
        self.question = DuplicateQuestion(api, self)
        self.save_button = Button(t("Register"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        column(self.form, gap=0, parent=self)
        self._connect()
        self._name_button()

    def _connect(self) -> None:
        self.form.edited.connect(self._edited)
        self.question.answered.connect(self._found)
        self.question.failed.connect(self._unchecked)
        self.notice.opened.connect(self._open_patient)
        self.notice.taken.connect(self._take)
        self._unusual_yes.clicked.connect(self._confirm_unusual)
        self.save_button.clicked.connect(self.save)
        QShortcut(QKeySequence("Ctrl+Return"), self, self.save)
        QShortcut(QKeySequence("Ctrl+Enter"), self, self.save)

    # -- the panel ----------------------------------------------------------------------------------------------------

    def title(self) -> str:
        """Return the heading."""
        return t("Register a patient")

    def first_focus(self) -> QWidget | None:
        """Begin with the name, or after it."""
        editor: QWidget = self.form.editor("dateOfBirth" if self.form.values() else "firstName")
        return editor

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self.save_button

    def dirty(self) -> bool:
        """Whether something is typed."""
        return bool(self.form.values())

    def draft(self) -> Draft | None:
        """Keep what is typed."""
        values = self.form.values()
        if not values:
            return None
        name = display_name(values.get("firstName"), values.get("lastName"))
        title = later("Registration of {name}", name=name)
        return Draft(draft_kinds.REGISTER_PATIENT, self._patient_id, title, {"values": values})

    def restore(self, body: Mapping[str, Any]) -> None:
        """Take up what was typed."""
        values = body.get("values")
        if isinstance(values, Mapping):
            self.form.fill(values)
            self._edited()

    def begin_with(self, text: str) -> None:
        """Begin with what was searched for."""
        reader = self._api.workspace.reader()
        typed = typed_person(text, reader.today, month_first=month_first(str(reader.zone)))
        phone = tidy_phone(typed.phone, self._api.workspace.clinic.phone_region)
        self.form.fill({
            "firstName": typed.first_name,
            "lastName": typed.last_name,
            "dateOfBirth": typed.born.isoformat() if typed.born else None,
            "phones": [{"system": "phone", "use": "mobile", "value": phone}] if phone else None,
        })  # fmt: skip
        self._edited()

    # -- while typing -------------------------------------------------------------------------------------------------

    def _edited(self) -> None:
        self._seen = self._wanted = False
        for widget in (self._unusual_note, self._unusual_yes, self._lost):
            widget.hide()
        self._unusual = False
        self._name_button()
        self._ask()
        self.edited.emit()

    def _ask(self) -> None:
        form = self.form
        born: date | None = form.editor("dateOfBirth").value
        first, last = form.editor("firstName").text(), form.editor("lastName").text()
        self.question.about(first, last, born, form.editor("phones").first_number(), form.editor("sex").current)

    def _name_button(self) -> None:
        first, last = self.form.editor("firstName").text().strip(), self.form.editor("lastName").text().strip()
        name = " ".join(filter(None, (first, last)))
        again = self._seen and bool(self.notice.same_person)
        text = t("Register {name} anyway", name=name) if again else t("Register {name}", name=name)
        self.save_button.setText(text if name else t("Register"))
        self.save_button.setEnabled(bool(name) and not self._saving)

    def _found(self, found: tuple[Likeness, ...]) -> None:
        self.notice.show_found(found)
        if not self.notice.same_person:
            self._seen = False
        self._name_button()
        if self._wanted:
            self._wanted = False
            self._go_on()

    def _unchecked(self, error: AppError) -> None:
        self.notice.show_error(error)
        if self._wanted:
            self._wanted = False
            self._send()

    def _take(self, patient_id: str) -> None:
        """It is somebody who is here already: nothing is registered."""
        self.finished.emit()
        self._open_patient(patient_id)

    # -- saving -------------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Register; first wait for the check for duplicates, and let its warning be seen once."""
        if self._saving or not self.save_button.isEnabled() or not self.form.check():
            return
        self._ask()
        if self.question.settled:
            self._go_on()
        else:
            self._wanted = True
            self.question.now()

    def _go_on(self) -> None:
        if self.notice.same_person and not self._seen:
            self._seen = True
            self._name_button()
            self.notice.list.setFocus()
            return
        self._send()

    def _send(self) -> None:
        values = self.form.values()
        born = values.get("dateOfBirth")
        command = RegisterPatient(
            patient_id=self._patient_id, user_id=self._user_id, first_name=values.get("firstName", ""),
            last_name=values.get("lastName", ""), date_of_birth=date.fromisoformat(born) if born else None,
            email=values.get("email"), height_cm=values.get("heightCm"), unusual_confirmed=self._unusual,
            demographics={key: value for key, value in values.items() if key not in _OWN},
        )  # fmt: skip
        if command != self._sent:  # the same once more is looked up by its id, never done twice
            self._sent, self._command_id = command, new_uuid()
        self._saving = True
        self._name_button()
        self._lane.execute(command, on_done=self._done, on_refused=self._refused, on_unavailable=self._unavailable,
                           command_id=self._command_id)  # fmt: skip

    def _done(self, outcome: Outcome) -> None:
        self._api.did(t("Registered {name}", name=outcome.result["name"]), outcome)
        other = self.notice.household_of
        if other:
            self._share_household(other, str(outcome.result["name"]))
        self.finished.emit()
        self._open_patient(self._patient_id)

    def _share_household(self, other_id: str, name: str) -> None:
        """Put the new patient beside the one with the same phone: into their household, or a new one of both."""
        api, patient_id = self._api, self._patient_id
        last = self.form.editor("lastName").text().strip() or name
        lane = Lane(api_parent(self), api.workspace)

        def put(card: PatientCard) -> None:
            homes = card.households
            command = (
                JoinHousehold(household_id=homes[0].id, patient_id=patient_id)
                if homes
                else MakeHousehold(household_id=new_uuid(), name=last, patient_ids=(other_id, patient_id))
            )
            lane.execute(command, on_refused=api.problem)

        lane.ask(patient_card, on_result=put, on_error=api.problem, patient_id=other_id)

    def _refused(self, error: AppError) -> None:
        self._saving = False
        self._name_button()
        if error.code == "AlreadyThere":  # an earlier try had arrived after all
            self._api.toast(t("This patient was registered already."))
            self._take(self._patient_id)
            return
        if error.code == "ConfirmValue":
            self._unusual_note.show_text(error.message)
            self._unusual_note.show()
            self._unusual_yes.show()
            self._unusual_yes.setFocus()
            return
        self.form.show_error(error.field, error.message)

    def _confirm_unusual(self) -> None:
        self._unusual = True
        self._unusual_note.hide()
        self._unusual_yes.hide()
        self._send()

    def _unavailable(self, error: AppError) -> None:
        self._saving = False
        self._name_button()
        self._lost.show_text(t("Not saved"), t("{why} What you typed is kept; save again.", why=error.message))
        self._lost.show()


def api_parent(panel: QWidget) -> QWidget:
    """Return what outlives the panel: its window."""
    return panel.window()
