"""The booking form beside the calendar: a time that is held, a patient, a kind of visit, one button."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.domain.enums import VisitMode
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.clinic import AppointmentTypeView
from app.queries.core import Page
from app.queries.openings import OpenTime
from app.queries.patients import PatientHit
from app.ui.areas.schedule.booking_state import BookingState
from app.ui.areas.schedule.hold_banner import HoldBanner
from app.ui.parts.words import birth, clock, day_short
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo, LineEdit, SearchField
from app.ui.widgets.layouts import STRETCH, column
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.panel import Note
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import PanelPage, ShellApi
from app.ui.work.places import NewPatient

REGISTER = "register"
LENGTHS = (10, 20, 30, 40, 60, 80, 120)


class BookingPanel(PanelPage):
    """Book a visit. Emits ``alternatives`` so that the calendar numbers the other times."""

    alternatives = Signal(object)

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self.state = BookingState(api, self)
        self._patient: PatientHit | None = None
        self._hits: tuple[PatientHit, ...] = ()
        self._types: tuple[AppointmentTypeView, ...] = ()
        self._others: tuple[OpenTime, ...] = ()
        self._banner = HoldBanner(api)
        self._note = Note("")
        self._note.hide()
        self._book = Button(t("Book"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self._book.setEnabled(False)
        self._build()
        self._connect()
        self.state.load()

    def _build(self) -> None:
        self._search = SearchField(name=t("Patient"), placeholder=t("Name, birth date, phone or MRN"))
        self._results = ListCard(name=t("Patients found"), max_rows=4)
        self._results.hide()
        self._kind = Combo(name=t("Type"))
        self._length = Combo(name=t("Length"))
        self._length.set_items([(str(n), t("{n} min", n=n)) for n in LENGTHS], "20")
        self._mode = SegmentedControl(
            [(VisitMode.IN_PERSON.value, t("In person"), "door"), (VisitMode.VIRTUAL.value, t("Virtual"), "video")],
            name=t("Mode"),
        )
        self._reason = LineEdit(name=t("Reason"))
        self._form = Form()
        self._form.add("patientId", FormField(t("Patient"), self._search, hint=t("name, birth date, phone or MRN")))
        self._form.body.addWidget(self._results)
        self._form.body.addWidget(self._note)
        self._form.add_row(
            ("type", FormField(t("Type"), self._kind)), ("minutes", FormField(t("Length"), self._length))
        )
        self._form.add("visitMode", FormField(t("Mode"), self._mode))
        self._form.add("reasonText", FormField(t("Reason"), self._reason))
        self._next_title = Label(t("Or one of the next three"), role=TypeRole.META, strong=True)
        self._next = ListCard(name=t("Other times"), max_rows=3)
        for widget in (self._next_title, self._next):
            widget.hide()
            self._form.body.addWidget(widget)
        column(self._form, STRETCH, gap=0, parent=self)

    def _connect(self) -> None:
        state = self.state
        state.held.connect(self._show_hold)
        state.lost.connect(self._lost)
        state.found.connect(self._show_hits)
        state.types.connect(self._show_types)
        state.others.connect(self._show_others)
        state.booked.connect(self._done)
        state.refused.connect(self._refused)
        self._typing = QTimer(self, interval=80, singleShot=True)
        self._typing.timeout.connect(lambda: state.search(self._search.text()))
        self._search.textEdited.connect(self._typed)
        self._search.results_wanted.connect(self._results.setFocus)
        self._search.chosen.connect(self._choose_first)
        self._results.chosen.connect(self._choose)
        self._kind.changed.connect(self._kind_changed)
        self._length.changed.connect(lambda _key: self.state.ask_others(self._minutes()))
        self._reason.textEdited.connect(lambda _text: self.edited.emit())
        self._next.chosen.connect(self._take_other)
        self._book.clicked.connect(self._submit)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._submit)
        for number in (1, 2, 3):
            QShortcut(QKeySequence(f"Alt+{number}"), self, lambda n=number: self._take_number(n))

    def title(self) -> str:
        """Return the heading."""
        return t("New appointment")

    def banner(self) -> QWidget | None:
        """Return the hold's countdown."""
        return self._banner

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self._book

    def first_focus(self) -> QWidget | None:
        """Begin with the patient."""
        return self._search if self._patient is None else self._reason

    def dirty(self) -> bool:
        """Whether somebody has been chosen or something typed."""
        return self._patient is not None or bool(self._search.text().strip() or self._reason.text().strip())

    def closing(self) -> None:
        """Give the held time back."""
        self.state.release()
        self.alternatives.emit({})

    def use_patient(self, patient: PatientHit) -> None:
        """Begin with a patient who is known already."""
        self._patient = patient
        self._search.setText(patient.name)
        self._search.set_trailing(birth(patient.born))
        self._results.hide()
        self._update_button()

    def _typed(self, _text: str) -> None:
        self._patient = None
        self._typing.start()
        self._update_button()
        self.edited.emit()

    def _show_hits(self, page: Page[PatientHit] | None) -> None:
        self._hits = page.items if page is not None else ()
        rows = [
            ListItem(key=hit.id, title=hit.name, subtitle=birth(hit.born), meta=f"MRN {hit.mrn}" if hit.mrn else "",
                     sub_meta=hit.phone, subtitle_text=True)
            for hit in self._hits
        ]  # fmt: skip
        if page is not None:
            typed = self._search.text().strip()
            rows.append(ListItem(key=REGISTER, title=t("Register “{name}”", name=typed), icon="plus"))
        self._results.set_items(rows)
        self._results.setVisible(bool(rows))
        if rows:
            self._results.set_current(rows[0].key)

    def _choose_first(self) -> None:
        if self._hits:
            self._choose(self._hits[0].id)

    def _choose(self, key: str) -> None:
        if key == REGISTER:
            self.api.navigate(NewPatient(text=self._search.text().strip()))
            return
        hit = next((one for one in self._hits if one.id == key), None)
        if hit is not None:
            self.use_patient(hit)
            self._kind.setFocus()
            self.edited.emit()

    def _show_types(self, types: tuple[AppointmentTypeView, ...]) -> None:
        self._types = types
        self._kind.set_items([(one.id, one.name) for one in types], types[0].id if types else "")
        self._kind_changed(self._kind.current)

    def _kind_of(self) -> AppointmentTypeView | None:
        return next((one for one in self._types if one.id == self._kind.current), None)

    def _kind_changed(self, _key: str) -> None:
        kind = self._kind_of()
        if kind is not None:
            if kind.minutes not in LENGTHS:
                lengths = sorted({*LENGTHS, kind.minutes})
                self._length.set_items([(str(n), t("{n} min", n=n)) for n in lengths])
            self._length.set_current(str(kind.minutes))
            if kind.mode is not None:
                self._mode.set_current(kind.mode.value)
        self.state.ask_others(self._minutes())

    def _minutes(self) -> int:
        return int(self._length.current or 20)

    def _show_hold(self, until: datetime) -> None:
        state = self.state
        if state.start is None or state.end is None:
            return
        day = day_short(state.start.astimezone(self.api.zone).date(), self.api.workspace.reader().today)
        span = f"{clock(state.start, self.api.zone)}–{clock(state.end, self.api.zone)}"
        self._banner.show_hold(f"{day} {span}", state.provider_name, until)
        self._update_button()

    def _lost(self, error: AppError) -> None:
        self._banner.show_lost(error.message)
        self._note.show_text(error.message, t("Choose another time below or in the calendar."))
        self._note.show()
        self._update_button()
        self.state.ask_others(self._minutes())

    def _show_others(self, others: tuple[OpenTime, ...]) -> None:
        self._others = others
        today = self.api.workspace.reader().today
        rows = [
            ListItem(key=one.slot_id, number=str(index), title=clock(one.start, self.api.zone),
                     lead=day_short(one.start.astimezone(self.api.zone).date(), today), meta=one.provider_name)
            for index, one in enumerate(others, start=1)
        ]  # fmt: skip
        self._next.set_items(rows)
        for widget in (self._next_title, self._next):
            widget.setVisible(bool(rows))
        self.alternatives.emit({one.slot_id: index for index, one in enumerate(others, start=1)})

    def _take_number(self, number: int) -> None:
        if number <= len(self._others):
            self._take_other(self._others[number - 1].slot_id)

    def _take_other(self, slot_id: str) -> None:
        one = next((other for other in self._others if other.slot_id == slot_id), None)
        if one is not None:
            self._note.hide()
            end = one.start + timedelta(minutes=self._minutes())
            self.state.hold_slot(one.slot_id, one.provider_id, one.provider_name, one.start, max(one.end, end))

    def _update_button(self) -> None:
        ready = self._patient is not None and self.state.until is not None
        if self._patient is not None and self.state.start is not None:
            at = clock(self.state.start, self.api.zone)
            self._book.setText(t("Book for {name} {time}", name=self._patient.name, time=at))
        else:
            self._book.setText(t("Book"))
        self._book.setEnabled(ready)

    def _submit(self) -> None:
        if not self._book.isEnabled() or self._patient is None:
            return
        self._form.clear_errors()
        self._book.setEnabled(False)
        mode = VisitMode(self._mode.current)
        self.state.book(self._patient, self._kind_of(), self._minutes(), mode, self._reason.text())

    def _done(self, outcome: Outcome) -> None:
        name = self._patient.name if self._patient else ""
        at = clock(self.state.start, self.api.zone) if self.state.start else ""
        self.api.did(t("Booked {name} at {time}", name=name, time=at), outcome)
        self.finished.emit()

    def _refused(self, error: AppError) -> None:
        self._form.show_error(error.field, error.message)
        self._note.show_text(error.message)
        self._note.show()
        self._update_button()
