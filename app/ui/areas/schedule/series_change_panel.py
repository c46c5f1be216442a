"""Changing a series: this visit, this and the following, or all; moved after a look at every date, or cancelled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.series import CancelSeries, MoveSeries, SeriesMove
from app.domain.permissions import Permission
from app.domain.series import Scope
from app.domain.visits import CancelKind
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.series import SeriesDate, SeriesMember, move_preview, series_of
from app.ui.areas.schedule.presenter import SchedulePresenter
from app.ui.areas.schedule.series_dates import DateChoices
from app.ui.parts.words import clock, day_plain
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.date_fields import DateField, TimeField
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.widgets.layouts import STRETCH, column
from app.ui.widgets.panel import Note
from app.ui.widgets.text import Divider, Label
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import Lane, PanelPage, PendingAction, ShellApi

LOOK_MS = 150


@dataclass(frozen=True, slots=True)
class Aim:
    """Where the visit shall go, and the following ones along with it; ``at`` aware."""

    provider_id: str
    at: datetime


class SeriesChangePanel(PanelPage):
    """Begins with the visit that it was opened for, with ``aim`` where it was dropped, for it and the following.

    Visits that are under way or over stay as they are.
    """

    wide = True
    watches = frozenset({"visits", "visit_slots", "day_closure"})

    def __init__(
        self, api: ShellApi, presenter: SchedulePresenter, visit_id: str, parent: QWidget | None = None, *,
        aim: Aim | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.api = api
        self._visit_id = visit_id
        self._aim = aim
        self._members: tuple[SeriesMember, ...] = ()
        self._acting = False
        self._load, self._dates, self._act = (Lane(self, api.workspace) for _ in range(3))
        self.name = Label("", role=TypeRole.SECTION, strong=True, wrap=True)
        self.which = Label("", tone=Tone.MUTED, wrap=True)
        self.scope = SegmentedControl(
            [(Scope.THIS.value, t("This")), (Scope.FOLLOWING.value, t("This and following")),
             (Scope.ALL.value, t("All"))], name=t("Which visits"),
        )  # fmt: skip
        self.provider = Combo(name=t("Provider"))
        self.provider.set_items(list(presenter.providers), "")
        self.day = DateField(None, name=t("New day of this visit"), today=lambda: api.workspace.reader().today)
        self.clock = TimeField(name=t("New time"))
        self.choices = DateChoices(api)
        self.choices.hide()
        self.note = Note("")
        self.note.hide()
        self.kind = Combo(name=t("Cancelled by"))
        self.kind.set_items([(CancelKind.PATIENT.value, t("The patient")), (CancelKind.CLINIC.value, t("The clinic")),
                             (CancelKind.MISTAKE.value, t("Booked by mistake"))], CancelKind.PATIENT.value)  # fmt: skip
        self.reason = LineEdit(name=t("Reason"))
        self.cancel = Button(t("Cancel the visits"), icon="close")
        self.go = Button(t("Move"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self.form = self._lay_out()
        self._timer = QTimer(self, interval=LOOK_MS, singleShot=True)
        self._timer.timeout.connect(self._look)
        self._connect()
        self._update()
        self.refresh()

    def _lay_out(self) -> Form:
        form = Form()
        form.add("scope", FormField(t("Which visits"), self.scope))
        form.add_row(("day", FormField(t("New day of this visit"), self.day)),
                     ("clock", FormField(t("New time"), self.clock)))  # fmt: skip
        form.add("providerId", FormField(t("Provider"), self.provider))
        column(self.name, self.which, form, self.choices, self.note, Divider(),
               FormField(t("Cancelled by"), self.kind), FormField(t("Reason"), self.reason), self.cancel, STRETCH,
               gap=12, parent=self)  # fmt: skip
        return form

    def _connect(self) -> None:
        self.scope.changed.connect(self._changed)
        for field in (self.provider, self.day, self.clock):
            field.changed.connect(self._changed)
        self.choices.changed.connect(self._update)
        self.go.clicked.connect(self._submit)
        self.cancel.clicked.connect(self._cancel)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._submit)

    # What the host asks

    def title(self) -> str:
        """Return the heading."""
        return t("Series")

    def meta(self) -> str:
        """Return how many visits it has."""
        return tn("{n} visit", "{n} visits", len(self._members)) if self._members else ""

    def first_focus(self) -> QWidget | None:
        """Begin with which visits are meant."""
        return self.scope

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self.go

    def refresh(self) -> None:
        """Ask for the series anew."""
        self._load.ask(series_of, visit_id=self._visit_id, on_result=self._show, on_error=self.api.problem)

    # The series

    @property
    def this(self) -> SeriesMember | None:
        """The visit that the panel was opened for."""
        return next((one for one in self._members if one.visit_id == self._visit_id), None)

    def affected(self) -> tuple[SeriesMember, ...]:
        """The visits that the choice is about, by time, as far as they can still change."""
        this, scope = self.this, self.scope.current
        if this is None:
            return ()
        chosen = [
            one
            for one in self._members
            if scope == Scope.ALL.value
            or one.visit_id == this.visit_id
            or (scope == Scope.FOLLOWING.value and one.start >= this.start)
        ]
        return tuple(one for one in chosen if one.movable and one.end > self.api.now())

    def _show(self, members: tuple[SeriesMember, ...]) -> None:
        fresh = not self._members
        self._members = members
        this, zone = self.this, self.api.zone
        if this is None:
            self.note.show_text(t("This visit belongs to no series."))
            self.note.show()
        else:
            local = this.start.astimezone(zone)
            self.name.setText(this.patient_name)
            number = [one.visit_id for one in members].index(this.visit_id) + 1
            where = f"{day_plain(local.date())} {clock(this.start, zone)} · {this.provider_name}"
            self.which.setText(f"{t('Visit {n} of {total}', n=number, total=len(members))} · {where}")
            if fresh:
                self._begin(self._aim or Aim(this.provider_id, this.start))
        self._changed()
        self.retitle()

    def _begin(self, aim: Aim) -> None:
        local = aim.at.astimezone(self.api.zone)
        self.day.set_value(local.date())
        self.clock.set_value(local.time().replace(tzinfo=None, second=0, microsecond=0))
        self.provider.set_current(aim.provider_id)
        if self._aim is not None:
            self.scope.set_current(Scope.FOLLOWING.value)

    def _changed(self, *_: object) -> None:
        self._timer.start()
        self._update()

    def _moves_anything(self) -> bool:
        this = self.this
        if this is None or self.day.value is None or self.clock.value is None:
            return False
        local = this.start.astimezone(self.api.zone)
        same = self.provider.current == this.provider_id
        return not (same and local.date() == self.day.value and local.time().replace(tzinfo=None) == self.clock.value)

    def _look(self) -> None:
        this, day, at = self.this, self.day.value, self.clock.value
        if this is None or day is None or at is None or not self._moves_anything():
            self._dates.drop()
            self.choices.show_dates(())
            return
        days = (day - this.start.astimezone(self.api.zone).date()).days
        self._dates.ask(move_preview, on_result=self._show_dates, on_error=self._failed, members=self.affected(),
                        provider_id=self.provider.current, days=days, clock=at)  # fmt: skip

    def _show_dates(self, dates: tuple[SeriesDate, ...]) -> None:
        self.choices.show_dates(dates)

    def _failed(self, error: AppError) -> None:
        self._acting = False
        self.note.show_text(error.message, t("No visit has been changed."))
        self.note.show()
        self._update()

    def _update(self) -> None:
        number = len(self.affected())
        chosen = self.choices.choices()
        taken = sum(one.taken for one in chosen)
        self.go.setText(t("Move {n} of {total} visits", n=taken, total=number) if chosen else t("Move"))
        self.go.setEnabled(taken > 0 and len(chosen) == number and not self._acting)
        self.cancel.setText(tn("Cancel {n} visit", "Cancel {n} visits", number))
        self.cancel.setEnabled(number > 0 and self.api.can(Permission.ADVANCE_VISIT) and not self._acting)

    # What is done

    def _submit(self) -> None:
        members, chosen = self.affected(), self.choices.choices()
        if not self.go.isEnabled() or len(members) != len(chosen):
            return
        provider = self.provider.current
        moves = [
            SeriesMove(visit_id=one.visit_id, slot_id=to.slot_id, provider_id=None if to.slot_id else provider,
                       start=None if to.slot_id else to.start, from_slot_id=one.slot_id, minutes=one.minutes)
            for one, to in zip(members, chosen, strict=True)
            if to.taken
        ]  # fmt: skip
        if chosen[0].date.wanted > members[0].start:
            moves.reverse()  # later: the last one leaves first, for the one before it to take its place
        self._acting = True
        self.note.hide()
        self._update()
        self._act.execute(MoveSeries(moves=tuple(moves)), on_done=self._moved, on_refused=self._failed,
                          on_unavailable=self._failed)  # fmt: skip

    def _moved(self, outcome: Outcome) -> None:
        name = self.this.patient_name if self.this is not None else ""
        number = sum(one.taken for one in self.choices.choices())
        self.api.did(tn("Moved {n} visit of {name}", "Moved {n} visits of {name}", number, name=name), outcome)
        self.finished.emit()

    def _cancel(self) -> None:
        """Ten seconds to think again, then all of them or none."""
        members = self.affected()
        if not members:
            return
        name, number = members[0].patient_name, len(members)
        command = CancelSeries(visit_ids=tuple(one.visit_id for one in members), kind=CancelKind(self.kind.current),
                               reason=self.reason.text())  # fmt: skip
        text = tn("Cancelling {n} visit of {name}", "Cancelling {n} visits of {name}", number, name=name)
        done = tn("Cancelled {n} visit of {name}", "Cancelled {n} visits of {name}", number, name=name)
        self.api.pending(PendingAction(text=text, command=command, on_refused=self.api.problem, done_text=done))
        self.finished.emit()
