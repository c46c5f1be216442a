"""The form of an entry on the waiting list: who would come earlier, with whom, when, how long."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Command, Outcome
from app.commands.waiting_list import AddToWaitingList, ChangeWaiting
from app.domain.enums import VisitMode
from app.kernel.errors import AppError
from app.kernel.i18n import later, t
from app.queries.clinic import AppointmentTypeView, appointment_types
from app.queries.waiting import WaitingRow
from app.ui.areas.schedule import joint_drafts
from app.ui.areas.schedule.booking_form import LENGTHS
from app.ui.areas.schedule.patient_pick import PatientPick, Who
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.date_fields import DateField, TimeField
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.widgets.layouts import STRETCH, column
from app.ui.work import Draft, Lane, PanelPage, ShellApi, draft_kinds, new_subject

DAYS = 28
"""An entry waits this long unless somebody says otherwise."""


class WaitingForm(PanelPage):
    """Adds an entry, or changes one."""

    def __init__(
        self, api: ShellApi, providers: tuple[tuple[str, str], ...], entry: WaitingRow | None = None,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._subject = new_subject()
        self.api = api
        self._entry = entry
        self._edited = False
        self._kept_kind = ""
        self._types: tuple[AppointmentTypeView, ...] = ()
        self._kinds, self._act = Lane(self, api.workspace), Lane(self, api.workspace)
        today = api.workspace.reader().today

        def this_day() -> date:
            return api.workspace.reader().today

        self.pick = PatientPick(api, t("Patient"), keep=True)
        self.provider = Combo(name=t("Provider"))
        self.provider.set_items([("", t("Anyone")), *providers], "")
        self.kind = Combo(name=t("Type"))
        self.length = Combo(name=t("Length"))
        self.mode = Combo(name=t("Mode"))
        self.mode.set_items([("", t("Either")), (VisitMode.IN_PERSON.value, t("In person")),
                             (VisitMode.VIRTUAL.value, t("Virtual"))], "")  # fmt: skip
        self.earliest = DateField(today, name=t("From"), today=this_day)
        self.latest = DateField(today + timedelta(days=DAYS), name=t("Until"), today=this_day)
        self.time_from = TimeField(name=t("Not before"))
        self.time_to = TimeField(name=t("Not after"))
        self.reason = LineEdit(name=t("Note"))
        self.save = Button(t("Add to the list") if entry is None else t("Save"), kind=ButtonKind.PRIMARY,
                           keys="Ctrl+Return")  # fmt: skip
        self.form = self._lay_out()
        self._set_minutes(20)
        if entry is not None:
            self._take(entry)
        self._connect()
        self._kinds.ask(appointment_types, on_result=self._show_types, on_error=api.problem)
        self._update()

    def _lay_out(self) -> Form:
        form = Form()
        form.add("providerId", FormField(t("Provider"), self.provider))
        form.add_row(("type", FormField(t("Type"), self.kind)), ("minutes", FormField(t("Length"), self.length)))
        form.add("visitMode", FormField(t("Mode"), self.mode))
        form.add_row(("earliest", FormField(t("From"), self.earliest)), ("latest", FormField(t("Until"), self.latest)))
        form.add_row(("timeFrom", FormField(t("Not before"), self.time_from)),
                     ("timeTo", FormField(t("Not after"), self.time_to)))  # fmt: skip
        form.add("note", FormField(t("Note"), self.reason))
        column(self.pick, form, STRETCH, gap=12, parent=self)
        return form

    def _connect(self) -> None:
        self.pick.chosen.connect(self._changed)
        self.pick.cleared.connect(self._changed)
        self.kind.changed.connect(self._kind_changed)
        for field in (self.provider, self.length, self.mode, self.earliest, self.latest, self.time_from, self.time_to):
            field.changed.connect(self._changed)
        self.reason.textEdited.connect(self._changed)
        self.save.clicked.connect(self._submit)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._submit)

    def title(self) -> str:
        """Return the heading."""
        return t("Waiting list: add") if self._entry is None else t("Waiting list: change")

    def first_focus(self) -> QWidget | None:
        """Begin with the patient, else with the wishes."""
        return self.pick.search if self.pick.who is None else self.provider

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self.save

    def dirty(self) -> bool:
        """Whether anything was changed here."""
        return self._edited

    def _fields(self) -> dict[str, QWidget]:
        return {"provider": self.provider, "length": self.length, "mode": self.mode, "earliest": self.earliest,
                "latest": self.latest, "from": self.time_from, "to": self.time_to, "note": self.reason}  # fmt: skip

    def draft(self) -> Draft | None:
        """Return what is filled in of a new entry; a change of one that is there can be made again."""
        if self._entry is not None or not self._edited:
            return None
        who = self.pick.who
        title = later("Waiting list: {name}", name=who.name) if who is not None else later("Waiting list: add")
        body = {**joint_drafts.values(self._fields()), "kind": self.kind.current, "who": joint_drafts.person(who)}
        return Draft(draft_kinds.BOOKING_WAITING, self._subject, title, body)

    def take_up(self, draft: Draft) -> None:
        """Fill in what was kept."""
        self._subject = draft.subject
        who = joint_drafts.whom(draft.body.get("who"))
        if who is not None:
            self.pick.use(who)
        self._kept_kind = str(draft.body.get("kind", ""))
        length = str(draft.body.get("length", ""))
        self._set_minutes(int(length) if length.isdigit() else 20)
        joint_drafts.fill(self._fields(), draft)
        self._edited = True
        self._update()

    def use(self, who: Who, *, provider_id: str = "", minutes: int = 0) -> None:
        """Take over what is known already."""
        self.pick.use(who)
        self.provider.set_current(provider_id)
        if minutes:
            self._set_minutes(minutes)
        self._update()

    def _take(self, entry: WaitingRow) -> None:
        self.pick.use(Who(entry.patient_id, entry.patient_name, entry.patient_born))
        self.pick.setEnabled(False)
        self.provider.set_current(entry.provider_id or "")
        self.mode.set_current(entry.mode.value if entry.mode is not None else "")
        self._set_minutes(entry.minutes)
        self.earliest.set_value(entry.earliest)
        self.latest.set_value(entry.latest)
        self.time_from.set_value(entry.time_from)
        self.time_to.set_value(entry.time_to)
        self.reason.setText(entry.note)

    def _show_types(self, types: tuple[AppointmentTypeView, ...]) -> None:
        self._types = types
        chosen = self._entry.type_id if self._entry is not None else self._kept_kind
        self.kind.set_items([("", t("Any")), *((one.id, one.name) for one in types)], chosen or "")

    def _kind_changed(self, key: str) -> None:
        kind = next((one for one in self._types if one.id == key), None)
        if kind is not None:
            self._set_minutes(kind.minutes)
        self._changed()

    def _set_minutes(self, minutes: int) -> None:
        self.length.set_items([(str(n), t("{n} min", n=n)) for n in sorted({*LENGTHS, minutes})], str(minutes))

    def _changed(self, *_: object) -> None:
        self._edited = True
        self._update()
        self.edited.emit()

    def _update(self) -> None:
        self.save.setEnabled(self.pick.who is not None)

    def _submit(self) -> None:
        if not self.save.isEnabled() or self.pick.who is None:
            return
        self.form.clear_errors()
        if not self._fields_right():
            return
        self.save.setEnabled(False)
        self._act.execute(self._command(self.pick.who), on_done=self._done, on_refused=self._refused,
                          on_unavailable=self._refused)  # fmt: skip

    def _fields_right(self) -> bool:
        for key, field in (("earliest", self.earliest), ("latest", self.latest)):
            if field.is_wrong or field.value is None:
                self.form.show_error(key, t("Enter a date."))
        for name, clock_field in (("timeFrom", self.time_from), ("timeTo", self.time_to)):
            if clock_field.is_wrong:
                self.form.show_error(name, t("Enter a time."))
        return not self.form.has_errors()

    def _command(self, who: Who) -> Command:
        today = self.api.workspace.reader().today
        minutes, mode = int(self.length.current), VisitMode(self.mode.current) if self.mode.current else None
        earliest, latest = self.earliest.value or today, self.latest.value or today
        if self._entry is not None:
            return ChangeWaiting(
                entry_id=self._entry.id, minutes=minutes, earliest=earliest, latest=latest,
                provider_id=self.provider.current or None, visit_mode=mode,
                appointment_type_id=self.kind.current or None, time_from=self.time_from.value,
                time_to=self.time_to.value, note=self.reason.text(),
            )  # fmt: skip
        return AddToWaitingList(
            patient_id=who.id, minutes=minutes, earliest=earliest, latest=latest,
            provider_id=self.provider.current or None, visit_mode=mode, appointment_type_id=self.kind.current or None,
            time_from=self.time_from.value, time_to=self.time_to.value, note=self.reason.text(),
        )  # fmt: skip

    def _done(self, outcome: Outcome) -> None:
        name = self.pick.who.name if self.pick.who is not None else ""
        added = self._entry is None
        self.api.did(
            t("{name} is on the waiting list", name=name) if added else t("Changed what {name} waits for", name=name),
            outcome,
        )
        self.finished.emit()

    def _refused(self, error: AppError) -> None:
        self._update()
        self.form.show_error(error.field, error.message)
