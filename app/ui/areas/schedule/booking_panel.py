"""The booking form beside the calendar: a time that is held, a patient, a kind of visit, one button."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.domain.enums import VisitMode
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.clinic import AppointmentTypeView
from app.queries.core import Page
from app.queries.openings import OpenTime
from app.queries.patients import PatientHit
from app.ui.areas.schedule.booking_draft import BookingDraft
from app.ui.areas.schedule.booking_form import BookingForm
from app.ui.areas.schedule.booking_notes import booked_text
from app.ui.areas.schedule.booking_state import BookingState, Wanted
from app.ui.areas.schedule.hold_banner import HoldBanner
from app.ui.areas.schedule.presenter import SchedulePresenter
from app.ui.parts.words import birth, clock, day_short
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column
from app.ui.widgets.lists import ListItem
from app.ui.work import Draft, PanelPage, Place, ShellApi, new_subject
from app.ui.work.places import AddToWaiting, BookSeveral, NewPatient, NewSeries

REGISTER = "register"
TYPING_MS = 80


class BookingPanel(PanelPage):
    """Book a visit. ``gone`` when the panel is closed for good."""

    gone = Signal()
    watches = frozenset({"visit_slots", "visits"})

    def __init__(self, api: ShellApi, presenter: SchedulePresenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self.presenter = presenter
        self.state = BookingState(api, self)
        self.follow_up_of: str | None = None
        self._patient: PatientHit | None = None
        self._hits: tuple[PatientHit, ...] = ()
        self._others: tuple[OpenTime, ...] = ()
        self._subject, self._draft = new_subject(), BookingDraft()
        self._given_mode = ""
        self._banner = HoldBanner(api)
        self.form = BookingForm()
        self._book = Button(t("Book"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self._book.setEnabled(False)
        column(self.form, STRETCH, gap=0, parent=self)
        self._connect()
        self.state.load()

    def _connect(self) -> None:
        state, form = self.state, self.form
        state.held.connect(self._show_hold)
        state.lost.connect(self._lost)
        state.found.connect(self._show_hits)
        state.types.connect(self._show_types)
        state.born.connect(self._show_born)
        state.others.connect(self._show_others)
        state.booked.connect(self._done)
        state.refused.connect(self._refused)
        self._typing = QTimer(self, interval=TYPING_MS, singleShot=True)
        self._typing.timeout.connect(lambda: self.state.search(form.search.text()))
        form.search.textEdited.connect(self._typed)
        form.search.textChanged.connect(self._cleared)
        form.search.results_wanted.connect(form.results.setFocus)
        form.search.chosen.connect(self._choose_first)
        form.results.chosen.connect(self._choose)
        form.kind_changed.connect(self._length_changed)
        form.length.changed.connect(self._length_changed)
        form.mode.changed.connect(self.look_around)
        form.over.toggled.connect(self._update_button)
        form.reason.textEdited.connect(self.edited)
        form.others.chosen.connect(self._take_other)
        form.several.clicked.connect(self.several)
        form.repeat.clicked.connect(self.repeat)
        form.wait_only.clicked.connect(self.wait_only)
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
        """Begin with the patient; with a patient who is known already, with the kind."""
        return self.form.search if self._patient is None else self.form.kind

    def refresh(self) -> None:
        """Somebody took or left a time: the others that are offered may be others now."""
        self.look_around()

    def dirty(self) -> bool:
        """Whether somebody has been chosen or something typed."""
        return self._patient is not None or bool(self.form.search.text().strip() or self.form.reason.text().strip())

    def draft(self) -> Draft | None:
        """Return what is filled in, without the time: that isn't held any more when the draft comes back."""
        if not self.dirty():
            return None
        return BookingDraft.of(self._patient, self.form, self.state, self.follow_up_of).to_draft(self._subject)

    def take_up(self, draft: Draft) -> None:
        """Fill in what was kept."""
        self._subject = draft.subject
        self._draft = BookingDraft.from_draft(draft)
        self.form.reason.setText(self._draft.reason)
        self.state.provider_id = self._draft.provider_id
        self.follow_up_of = self._draft.follow_up_of or None
        patient = self._draft.patient()
        if patient is not None:
            self.use_patient(patient)
            self.state.answer(self._draft.request_id, patient.id)
        else:
            self.form.search.setText(self._draft.typed)

    def closing(self) -> None:
        """Give the held time back."""
        self.state.release()
        self.presenter.number({})
        self.presenter.book_for("")
        self.gone.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Back from being put aside or locked away: keep the time, if nobody else took it."""
        super().showEvent(event)
        self.state.keep_on()

    def hideEvent(self, event: QHideEvent) -> None:
        """Put aside or locked: the hold runs out unless the person comes back."""
        super().hideEvent(event)
        self.state.let_run_out()

    # What is known already

    @property
    def patient_id(self) -> str:
        """Whom the booking is for; empty while nobody is chosen."""
        return self._patient.id if self._patient is not None else ""

    def set_mode(self, mode: VisitMode) -> None:
        """Take over a free time's mode; no kind of appointment that comes later changes it by itself."""
        self._given_mode = mode.value
        self.form.mode.set_current(mode.value)

    def set_minutes(self, minutes: int) -> None:
        """Take over a length."""
        self.form.set_minutes(minutes)

    def use_patient(self, patient: PatientHit) -> None:
        """Take a patient."""
        self._patient = patient
        self.form.search.setText(patient.name)
        self.form.search.set_trailing(birth(patient.born) if patient.born else "")
        if patient.born is None:  # whoever opened the form may not have known it
            self.state.learn_born(patient.id)
        self.form.results.hide()
        self.presenter.book_for(patient.name)
        self._show_alike()
        self._update_button()

    # The patient

    def _show_born(self, patient_id: str, born: date) -> None:
        patient = self._patient
        if patient is not None and patient.born is None and patient.id == patient_id:
            self._patient = replace(patient, born=born)
            self.form.search.set_trailing(birth(born))
            self._show_alike()

    def _typed(self, _text: str) -> None:
        self._patient = None
        self.form.search.set_trailing("")
        self.presenter.book_for("")
        self._show_alike()
        self._typing.start()
        self._update_button()
        self.edited.emit()

    def _cleared(self, text: str) -> None:
        """Esc empties the field without typing."""
        if not text and self._patient is not None:
            self._typed("")

    def _show_hits(self, page: Page[PatientHit] | None) -> None:
        if self._patient is not None:
            return
        self._hits = page.items if page is not None else ()
        rows = [
            ListItem(key=hit.id, title=hit.name, subtitle=birth(hit.born), sub_meta=hit.phone, subtitle_text=True,
                     meta=t("MRN {number}", number=hit.mrn) if hit.mrn else "")
            for hit in self._hits
        ]  # fmt: skip
        if page is not None:
            typed = self.form.search.text().strip()
            rows.append(ListItem(key=REGISTER, title=t("Register “{name}”", name=typed), icon="plus"))
            self.form.search.set_trailing(tn("{n} found", "{n} found", len(self._hits)))
        self.form.results.set_items(rows)
        self.form.results.setVisible(bool(rows))
        if rows:
            self.form.results.set_current(rows[0].key)

    def _choose_first(self) -> None:
        if self._patient is None and self._hits:
            self._choose(self._hits[0].id)

    def _choose(self, key: str) -> None:
        if key == REGISTER:
            self.api.navigate(NewPatient(text=self.form.search.text().strip()))
            return
        hit = next((one for one in self._hits if one.id == key), None)
        if hit is not None:
            self.use_patient(hit)
            self.form.kind.setFocus()
            self.edited.emit()

    def _show_alike(self) -> None:
        """Say of that day whom one could mistake this patient for, and what else matters of it."""
        notes, today = self.form.notes, self.api.workspace.reader().today
        notes.show(self.presenter.sheets, self._patient, self.state.start, self.api.zone, today)

    # Elsewhere with what is filled in

    def several(self) -> None:
        """Book this patient together with others instead; the time is given back."""
        who = self._patient
        self._leave(BookSeveral(patient_id=who.id, patient_name=who.name, born=who.born) if who else BookSeveral())

    def repeat(self) -> None:
        """Book a series that begins at this time instead; the time is given back, the series looks at it again."""
        who, form, kind = self._patient, self.form, self.form.kind_of()
        self._leave(
            NewSeries(
                patient_id=who.id if who else "", patient_name=who.name if who else "", born=who.born if who else None,
                provider_id=self.state.provider_id, at=self.state.start if self.state.slot_id else None,
                minutes=form.minutes(), type_id=kind.id if kind else "", mode=form.visit_mode(),
            )
        )  # fmt: skip

    def wait_only(self) -> None:
        """Put the patient on the waiting list without booking anything."""
        who = self._patient
        self._leave(
            AddToWaiting(
                patient_id=who.id if who else "", patient_name=who.name if who else "", born=who.born if who else None,
                provider_id=self.state.provider_id, minutes=self.form.minutes(),
            )
        )  # fmt: skip

    def _leave(self, place: Place) -> None:
        api = self.api
        self.finished.emit()
        api.navigate(place)

    # Kind, length, time

    def _show_types(self, types: tuple[AppointmentTypeView, ...]) -> None:
        given = self._draft.mode or self._given_mode
        self.form.set_types(types, self._draft.type_id, given)
        self.form.set_minutes(self._draft.minutes or self.state.minutes or self.form.minutes())
        self.form.mode.set_current(given or self.form.mode.current)
        self._length_changed()

    def look_around(self, _key: str = "") -> None:
        """Ask for other times that are as long, and in the mode, that is chosen."""
        self.state.ask_others(self.form.minutes(), self.form.visit_mode())

    def _length_changed(self, _key: str = "") -> None:
        self.look_around()
        self._show_time()
        self._show_clash()

    def _show_clash(self) -> None:
        """Say beforehand that the length reaches into somebody else's time."""
        state = self.state
        other = ""
        if state.start is not None and state.until is not None:
            end = state.start + timedelta(minutes=self.form.minutes())
            sheets = (s for s in self.presenter.sheets if s.provider_id == state.provider_id)
            start = state.start
            slots = (sheet.double(start, end, "") for sheet in sheets)
            slot = next((one for one in slots if one is not None), None)
            other = slot.visit.patient_name if slot is not None and slot.visit is not None else ""
        self.form.over.setVisible(bool(other))
        if not other:
            self.form.over.setChecked(False)
            if state.until is not None:  # while nothing is held, the note says why
                self.form.note.hide()
        else:
            self._say(t("This reaches into the visit of {name}.", name=other), t("Shorten it, or double-book."))
        self._update_button()

    def _say(self, lead: str, text: str = "") -> None:
        self.form.note.show_text(lead, text)
        self.form.note.show()

    def _show_hold(self, until: datetime) -> None:
        self._banner.hold_until(until, kept=self.state.kept)
        self.look_around()
        self._show_time()
        self._show_alike()
        self._show_clash()

    def _show_time(self) -> None:
        state, zone = self.state, self.api.zone
        if state.start is None or state.slot_id is None:
            return
        day = day_short(state.start.astimezone(zone).date(), self.api.workspace.reader().today)
        end = state.start + timedelta(minutes=self.form.minutes())
        self._banner.show_time(f"{day} {clock(state.start, zone)}–{clock(end, zone)}", state.provider_name)

    def _lost(self, error: AppError) -> None:
        self._banner.show_lost(error.message)
        self._say(error.message, t("Choose another time below or in the calendar."))
        self._update_button()
        self.look_around()

    def _show_others(self, others: tuple[OpenTime, ...]) -> None:
        self._others = others
        today, zone = self.api.workspace.reader().today, self.api.zone
        rows = [
            ListItem(key=one.slot_id, number=str(index), title=clock(one.start, zone),
                     lead=day_short(one.start.astimezone(zone).date(), today),
                     meta=self.presenter.short(one.provider_id, one.provider_name))
            for index, one in enumerate(others, start=1)
        ]  # fmt: skip
        self.form.others.set_items(rows)
        for widget in (self.form.others_title, self.form.others):
            widget.setVisible(bool(rows))
        self.presenter.number({one.slot_id: index for index, one in enumerate(others, start=1)})

    def _take_number(self, number: int) -> None:
        if number <= len(self._others):
            self._take_other(self._others[number - 1].slot_id)

    def _take_other(self, slot_id: str) -> None:
        one = next((other for other in self._others if other.slot_id == slot_id), None)
        if one is not None:
            self.form.note.hide()
            self.set_mode(one.mode)
            name = self.presenter.short(one.provider_id, one.provider_name)
            self.state.hold_slot(one.slot_id, one.provider_id, name, one.start, one.end)

    # Booking

    def _update_button(self, _on: bool = False) -> None:
        form, state = self.form, self.state
        ready = self._patient is not None and state.until is not None
        if self._patient is not None and state.start is not None and state.slot_id is not None:
            at = clock(state.start, self.api.zone)
            self._book.setText(t("Book for {name} {time}", name=self._patient.name, time=at))
        else:
            self._book.setText(t("Book"))
        self._book.setEnabled(ready and (form.over.isHidden() or form.over.isChecked()))

    def _submit(self) -> None:
        if not self._book.isEnabled() or self._patient is None:
            return
        form = self.form
        form.clear_errors()
        self._book.setEnabled(False)
        kind = form.kind_of()
        self.state.book(
            Wanted(patient_id=self._patient.id, type_id=kind.id if kind else None, minutes=form.minutes(),
                   mode=form.visit_mode(), reason=form.reason.text(), overbook=form.over.isChecked(),
                   waiting=form.waiting.isChecked(), warned=form.notes.alike.isVisible(),
                   follow_up_of=self.follow_up_of, request_id=self.state.answers(self._patient.id))
        )  # fmt: skip

    def _done(self, outcome: Outcome) -> None:
        name = self._patient.name if self._patient else ""
        self.api.did(booked_text(name, self.state.start, self.api), outcome)
        self.finished.emit()

    def _refused(self, error: AppError) -> None:
        self.form.show_error(error.field, error.message)
        self._say(error.message, t("Choose another time below or in the calendar."))
        self._update_button()
        self.look_around()
