"""A series of appointments: for whom, what, how often; every date looked at before one button books them all."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.series import BookSeries, SeriesVisit
from app.domain.enums import VisitMode
from app.domain.wallclock import first_instant
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import later, t, tn
from app.queries.clinic import AppointmentTypeView, appointment_types
from app.queries.openings import OpenTime, next_available
from app.queries.series import SeriesDate, series_preview
from app.ui.areas.schedule import joint_drafts
from app.ui.areas.schedule.booking_form import LENGTHS
from app.ui.areas.schedule.from_day import beginning
from app.ui.areas.schedule.patient_pick import PatientPick, Who
from app.ui.areas.schedule.presenter import SchedulePresenter
from app.ui.areas.schedule.rhythm_form import RhythmForm
from app.ui.areas.schedule.series_dates import DateChoices
from app.ui.parts.words import day_plain
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.date_fields import DateField, TimeField
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.widgets.layouts import STRETCH, column
from app.ui.widgets.panel import Note
from app.ui.work import Draft, Lane, PanelPage, ShellApi, draft_kinds, new_subject

LOOK_MS = 150
NINE = time(9)


class SeriesPanel(PanelPage):
    """Looks at the dates as the choices change; nothing is held, the dates are checked again when they are booked."""

    wide = True
    watches = frozenset({"visit_slots", "visits", "provider_availability", "day_closure"})

    def __init__(self, api: ShellApi, presenter: SchedulePresenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._subject = new_subject()
        self.api = api
        self._presenter = presenter
        self._types: tuple[AppointmentTypeView, ...] = ()
        self._edited = self._booking = False
        self._kinds, self._dates, self._next, self._act = (Lane(self, api.workspace) for _ in range(4))
        self.pick = PatientPick(api, t("Patient"), keep=True)
        self.provider = Combo(name=t("Provider"))
        own = api.workspace.actor.provider_id or (presenter.providers[0][0] if presenter.providers else "")
        self.provider.set_items(list(presenter.providers), own)
        self.kind, self.length = Combo(name=t("Type")), Combo(name=t("Length"))
        self.mode = Combo(name=t("Mode"))
        self.mode.set_items(
            [(VisitMode.IN_PERSON.value, t("In person")), (VisitMode.VIRTUAL.value, t("Virtual"))],
            VisitMode.IN_PERSON.value,
        )
        self.first = DateField(self._first_day(), name=t("First day"), today=lambda: api.workspace.reader().today)
        self.clock = TimeField(NINE, name=t("Time"))
        self.rhythm = RhythmForm(lambda: api.workspace.reader().today)
        self.reason = LineEdit(name=t("Reason"))
        self.note = Note("")
        self.note.hide()
        self.choices = DateChoices(api)
        self.book = Button(t("Book"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self._set_minutes(20)
        self.form = self._lay_out()
        self._timer = QTimer(self, interval=LOOK_MS, singleShot=True)
        self._timer.timeout.connect(self._look)
        self._connect()
        self._kinds.ask(appointment_types, on_result=self._show_types, on_error=api.problem)
        self._update()
        self._timer.start()

    def _first_day(self) -> date:
        """The day that is shown; of today the morning may be over, so that tomorrow begins the series."""
        return max(self._presenter.day, self.api.workspace.reader().today + timedelta(days=1))

    def _lay_out(self) -> Form:
        form = Form()
        form.add_row(("providerId", FormField(t("Provider"), self.provider)),
                     ("visitMode", FormField(t("Mode"), self.mode)))  # fmt: skip
        form.add_row(("type", FormField(t("Type"), self.kind)), ("minutes", FormField(t("Length"), self.length)))
        form.add_row(("first", FormField(t("First day"), self.first)), ("clock", FormField(t("Time"), self.clock)))
        form.body.addWidget(self.rhythm)
        below = FormField(t("Reason"), self.reason)
        column(self.pick, form, self.note, self.choices, below, STRETCH, gap=12, parent=self)
        return form

    def _connect(self) -> None:
        self.pick.chosen.connect(self._changed)
        self.pick.cleared.connect(self._changed)
        self.kind.changed.connect(self._kind_changed)
        for field in (self.provider, self.length, self.mode, self.first, self.clock, self.rhythm):
            field.changed.connect(self._changed)
        self.reason.textEdited.connect(self.edited)
        self.choices.changed.connect(self._update)
        self.book.clicked.connect(self._submit)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._submit)

    # What the host asks

    def title(self) -> str:
        """Return the heading."""
        return t("Series of appointments")

    def first_focus(self) -> QWidget | None:
        """Begin with the patient; with one who is known already, with the kind."""
        return self.pick.search if self.pick.who is None else self.kind

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self.book

    def dirty(self) -> bool:
        """Whether anything was changed or typed here."""
        return self._edited or bool(self.reason.text().strip())

    def _fields(self) -> dict[str, QWidget]:
        rhythm = self.rhythm
        return {"provider": self.provider, "length": self.length, "mode": self.mode, "first": self.first,
                "clock": self.clock, "reason": self.reason, "step": rhythm.step, "every": rhythm.every,
                "ends": rhythm.ends, "times": rhythm.times, "until": rhythm.until}  # fmt: skip

    def draft(self) -> Draft | None:
        """Return what is filled in; the dates are looked for anew."""
        if not self.dirty():
            return None
        who = self.pick.who
        title = later("Series for {name}", name=who.name) if who is not None else later("Series of appointments")
        body = {**joint_drafts.values(self._fields()), "kind": self.kind.current, "who": joint_drafts.person(who)}
        return Draft(draft_kinds.BOOKING_SERIES, self._subject, title, body)

    def take_up(self, draft: Draft) -> None:
        """Fill in what was kept."""
        self._subject = draft.subject
        self._edited = True
        length = str(draft.body.get("length", ""))
        self.use(joint_drafts.whom(draft.body.get("who")), type_id=str(draft.body.get("kind", "")),
                 minutes=int(length) if length.isdigit() else 0)  # fmt: skip
        joint_drafts.fill(self._fields(), draft)
        self._timer.start()
        self._update()

    def refresh(self) -> None:
        """Other people book too: look again."""
        self._timer.start()

    def use(
        self, who: Who | None, *, provider_id: str = "", at: datetime | None = None, minutes: int = 0,
        type_id: str = "", mode: VisitMode | None = None,
    ) -> None:  # fmt: skip
        """Take over what a booking form knows already; ``at`` is the first date's instant."""
        if who is not None:
            self.pick.use(who)
        if provider_id:
            self.provider.set_current(provider_id)
        if type_id:
            self.kind.set_items([*((one.id, one.name) for one in self._types), (type_id, "")], type_id)
        if minutes:
            self._set_minutes(minutes)
        if mode is not None:
            self.mode.set_current(mode.value)
        if at is not None:
            local = at.astimezone(self.api.zone)
            self.first.set_value(local.date())
            self.clock.set_value(local.time().replace(tzinfo=None, second=0, microsecond=0))
        self._timer.start()

    def suggest(self) -> None:
        """Begin with the provider's first free time from the day that is looked at on, unless one chooses sooner."""
        provider = self.provider.current
        if provider:
            self._next.ask(next_available, on_result=self._begin, on_error=self.api.problem, count=1,
                           provider_ids=(provider,), mode=VisitMode(self.mode.current),
                           after=beginning(self.api, self._presenter.day_looked_at))  # fmt: skip

    def _begin(self, found: tuple[OpenTime, ...]) -> None:
        if found and not self._edited:
            self.use(self.pick.who, at=found[0].start)

    # Dates

    def _show_types(self, types: tuple[AppointmentTypeView, ...]) -> None:
        self._types = types
        chosen = self.kind.current
        self.kind.set_items([(one.id, one.name) for one in types], chosen or (types[0].id if types else ""))
        if not chosen and types:
            self._set_minutes(types[0].minutes)
        self._timer.start()

    def _kind_changed(self, key: str) -> None:
        kind = next((one for one in self._types if one.id == key), None)
        if kind is not None:
            self._set_minutes(kind.minutes)
            if kind.mode is not None:
                self.mode.set_current(kind.mode.value)
        self._changed()

    def _set_minutes(self, minutes: int) -> None:
        self.length.set_items([(str(n), t("{n} min", n=n)) for n in sorted({*LENGTHS, minutes})], str(minutes))

    def _changed(self, *_: object) -> None:
        self._edited = True
        self.note.hide()
        self._timer.start()
        self._update()
        self.edited.emit()

    def _look(self) -> None:
        """Ask what the dates find; a field without sense says so at once."""
        day, at, rhythm = self.first.value, self.clock.value, self.rhythm.rhythm
        self.form.clear_errors()
        if day is None or at is None or rhythm is None or not self.provider.current:
            self._dates.drop()
            self.choices.show_dates(())
            return
        try:
            rhythm.days(day)
        except Refused as error:
            self._failed(error)
            return
        self._dates.ask(
            series_preview, on_result=self._show, on_error=self._failed, provider_id=self.provider.current,
            mode=VisitMode(self.mode.current), minutes=int(self.length.current),
            first=first_instant(day, at, self.api.zone), rhythm=rhythm,
            patient_id=self.pick.who.id if self.pick.who is not None else None,
        )  # fmt: skip

    def _show(self, dates: tuple[SeriesDate, ...]) -> None:
        self.choices.show_dates(dates)

    def _failed(self, error: AppError) -> None:
        self.choices.show_dates(())
        self.note.show_text(error.message)
        self.note.show()

    # Booking

    def _update(self) -> None:
        chosen = self.choices.choices()
        taken = sum(one.taken for one in chosen)
        text = t("Book {n} of {total} dates", n=taken, total=len(chosen)) if chosen else t("Book")
        self.book.setText(text)
        self.book.setEnabled(self.pick.who is not None and taken > 0 and not self._booking)

    def _submit(self) -> None:
        who = self.pick.who
        if not self.book.isEnabled() or who is None:
            return
        provider = self.provider.current
        visits = tuple(
            SeriesVisit(slot_id=one.slot_id, provider_id=None if one.slot_id else provider,
                        start=None if one.slot_id else one.start)
            for one in self.choices.choices()
            if one.taken
        )  # fmt: skip
        self._booking = True
        self._update()
        self._act.execute(
            BookSeries(patient_id=who.id, visits=visits, minutes=int(self.length.current),
                       visit_mode=VisitMode(self.mode.current), reason_text=self.reason.text(),
                       appointment_type_id=self.kind.current or None),
            on_done=self._done, on_refused=self._refused, on_unavailable=self._refused,
        )  # fmt: skip

    def _done(self, outcome: Outcome) -> None:
        name = self.pick.who.name if self.pick.who is not None else ""
        number = sum(one.taken for one in self.choices.choices())
        self.api.did(tn("Booked {n} visit for {name}", "Booked {n} visits for {name}", number, name=name), outcome)
        self.finished.emit()

    def _refused(self, error: AppError) -> None:
        """Say which date it was; none has been booked. The dates are looked at again."""
        self._booking = False
        taken = [one for one in self.choices.choices() if one.taken]
        index = error.data.get("index")
        day = ""
        if isinstance(index, int) and index < len(taken):
            day = f"{day_plain(taken[index].date.day)}: "
        self.note.show_text(f"{day}{error.message}", t("No date has been booked."))
        self.note.show()
        self._update()
        self._timer.start()
