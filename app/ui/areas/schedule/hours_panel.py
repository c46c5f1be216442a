"""A provider's hours beside the calendar: the weekly pattern, days that differ, and a form that adds or changes."""

from __future__ import annotations

from datetime import date, time

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.availability import (
    AddHours,
    ChangeAvailability,
    PauseAvailability,
    RemoveAvailability,
)
from app.commands.core import Command, Outcome
from app.domain.permissions import Permission
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import t
from app.queries.hours import HoursRow, provider_hours
from app.ui.areas.schedule.hours_form import Entered, HoursForm, Kind
from app.ui.areas.schedule.hours_lists import HoursLists
from app.ui.areas.schedule.hours_words import days_text, hours_on, range_text, row_text, saved_text
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.inputs import Combo
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Note
from app.ui.widgets.text import Divider, Label
from app.ui.widgets.toggles import Switch
from app.ui.work import Lane, PanelPage, ShellApi


def may_edit(api: ShellApi, provider_id: str) -> bool:
    """Whether the person here may change these hours: their own, or as an administrator everybody's."""
    own = api.workspace.actor.provider_id == provider_id and api.can(Permission.OWN_AVAILABILITY)
    return bool(provider_id) and (own or api.can(Permission.ALL_AVAILABILITY))


class HoursPanel(PanelPage):
    """Shows and edits. ``drawing`` tells that hours are to be drawn on the calendar; ``left`` that it was closed."""

    wide = True
    watches = frozenset({"provider_availability"})
    drawing = Signal(bool)
    left = Signal()
    settled = Signal()
    """What was proposed is saved or given up."""

    def __init__(
        self, api: ShellApi, providers: tuple[tuple[str, str], ...], provider_id: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.api = api
        self._names = dict(providers)
        self._touched = False
        self.editing: HoursRow | None = None
        self._load, self._act = Lane(self, api.workspace), Lane(self, api.workspace)
        self.provider = Combo(list(providers), name=t("Provider"), current=provider_id)
        self.notice = Note(t("Only to look at"), kind=StatusKind.HELD)
        self.lists = HoursLists()
        self.draw = Switch(t("Draw on the calendar"), name=t("Draw hours on the calendar"))
        self._heading = Label(t("Add hours"), strong=True)
        self.form = HoursForm(api)
        self._editor = QWidget()
        column(Divider(), row(self._heading, STRETCH, self.draw, gap=8), self.form, gap=12, parent=self._editor)
        column(self.provider, self.notice, self.lists, self._editor, STRETCH, gap=12, parent=self)
        self._save = Button(t("Add"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self._stop = Button(t("Discard"), kind=ButtonKind.QUIET)
        self._foot = QWidget(self)  # a parent from the start: what is shown without one is a window
        row(self._save, self._stop, STRETCH, gap=8, parent=self._foot)
        self._connect()
        self.show_provider(provider_id)

    def _connect(self) -> None:
        self.provider.changed.connect(self.show_provider)
        self.draw.toggled.connect(self.drawing)
        self.form.touched.connect(self._was_touched)
        self.lists.change.connect(self.edit)
        self.lists.switch.connect(self._switch)
        self.lists.remove.connect(self._remove)
        self._save.clicked.connect(self.submit)
        self._stop.clicked.connect(self._begin)
        QShortcut(QKeySequence("Ctrl+Return"), self, self.submit)

    def title(self) -> str:
        """Return the heading."""
        return t("Hours of {name}", name=self._names.get(self.provider.current, ""))

    def foot(self) -> QWidget | None:
        """Return the save button."""
        return self._foot

    def first_focus(self) -> QWidget | None:
        """Begin with the rows that there are."""
        return self.lists.week if self.lists.week.isVisibleTo(self.lists) else self.provider

    def dirty(self) -> bool:
        """Whether hours have been entered that aren't saved."""
        return self._touched

    def closing(self) -> None:
        """Stop drawing."""
        self.draw.setChecked(False)
        self.left.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody draws for a panel that was parked or left behind another area."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.draw.setChecked(False)

    @property
    def provider_id(self) -> str:
        """Whose hours are shown."""
        return self.provider.current

    @property
    def allowed(self) -> bool:
        """Whether the person here may change them."""
        return may_edit(self.api, self.provider_id)

    def show_provider(self, provider_id: str) -> None:
        """Show another provider's hours; what was entered for the one before is gone."""
        if provider_id != self.provider.current:
            self.provider.set_current(provider_id)
            return
        allowed = self.allowed
        self.notice.setVisible(not allowed)
        name = self._names.get(provider_id, "")
        self.notice.show_text(t("Only {name} and administrators change these hours.", name=name))
        self._editor.setVisible(allowed)
        self._foot.setVisible(allowed)
        self.lists.show_rows((), allowed=allowed)
        if not allowed:
            self.draw.setChecked(False)
        self._begin()
        self.retitle()
        self.refresh()

    def refresh(self) -> None:
        """Ask for the rows anew."""
        self._load.ask(provider_hours, on_result=self._show, on_error=self.api.problem, provider_id=self.provider_id)

    def _show(self, rows: tuple[HoursRow, ...]) -> None:
        mine = [one for one in rows if one.provider_id == self.provider_id]
        if len(mine) == len(rows):  # else the answer for the provider before
            self.lists.show_rows(mine, allowed=self.allowed)
        if self.editing is not None and self.editing.id not in {one.id for one in rows}:
            self.api.toast(t("Someone removed these hours in the meantime."))
            self._begin()

    # The form

    def _begin(self) -> None:
        """Make the form ready to add."""
        self.editing = None
        self._heading.setText(t("Add hours"))
        self._save.setText(t("Add"))
        self.form.clear()
        self._set_touched(False)
        self.settled.emit()

    def edit(self, found: HoursRow) -> None:
        """Put a row into the form."""
        self.editing = found
        self.form.edit(found)
        self._heading.setText(t("Change {what}", what=row_text(found)))
        self._save.setText(t("Save"))
        self._set_touched(False)
        self.form.start.setFocus()

    def propose(self, kind: Kind, day: date, start: time, end: time) -> None:
        """Put a range that was drawn into the form, ready to save."""
        self._begin()
        self.form.propose(kind, day, start, end)
        self._set_touched(True)
        self._save.setFocus()

    def _was_touched(self) -> None:
        self._set_touched(True)
        self.edited.emit()

    def _set_touched(self, touched: bool) -> None:
        """What was entered is one provider's: another one is chosen when it is saved or given up."""
        self._touched = touched
        self._stop.setVisible(touched or self.editing is not None)
        self.provider.setEnabled(not touched)

    def submit(self) -> None:
        """Save what stands in the form; a problem is shown at its field."""
        if not self.allowed:
            return
        self.form.clear_errors()
        try:
            entered = self.form.entered()
        except Refused as error:
            self._refused(error)
            return
        command, text = self._changing(entered) if self.editing is not None else self._adding(entered)
        self._run(command, text, clear=True)

    def _adding(self, entered: Entered) -> tuple[Command, str]:
        command = AddHours(
            provider_id=self.provider_id, start_time=entered.start, end_time=entered.end, days=entered.days,
            date=entered.day, modes=entered.modes, location=entered.location or None, paused=entered.kind is Kind.OFF,
            generate=True,
        )  # fmt: skip
        if entered.day is None:
            when = f"{days_text(entered.days)} {range_text(entered.start, entered.end)}"
            return command, t("Hours added: {what}", what=when)
        when = hours_on(entered.day, entered.start, entered.end)
        if entered.kind is Kind.OFF:
            return command, t("Time off: {what}", what=when)
        return command, t("Extra hours: {what}", what=when)

    def _changing(self, entered: Entered) -> tuple[Command, str]:
        found = self.editing
        if found is None:
            raise LookupError("no row is being changed")
        command = ChangeAvailability(
            availability_id=found.id, start_time=entered.start, end_time=entered.end, visit_mode=entered.modes[0],
            location=entered.location, old_start=found.start, old_end=found.end, generate=True,
        )  # fmt: skip
        return command, t("Hours changed: {what}", what=range_text(entered.start, entered.end))

    # Rows

    def _switch(self, found: HoursRow) -> None:
        command = PauseAvailability(availability_id=found.id, paused=not found.paused, generate=True)
        what = row_text(found)
        self._run(command, t("Taken up again: {what}", what=what) if found.paused else t("Paused: {what}", what=what))

    def _remove(self, found: HoursRow) -> None:
        command = RemoveAvailability(availability_id=found.id, generate=True)
        self._run(command, t("Removed: {what}", what=row_text(found)))
        if self.editing is not None and self.editing.id == found.id:
            self._begin()

    def _run(self, command: Command, text: str, *, clear: bool = False) -> None:
        self._save.setEnabled(False)
        self._act.execute(command, on_done=lambda outcome: self._done(text, outcome, clear=clear),
                          on_refused=self._refused, on_unavailable=self._refused)  # fmt: skip

    def _done(self, text: str, outcome: Outcome, *, clear: bool) -> None:
        self._save.setEnabled(True)
        self.api.did(saved_text(text, outcome.result), outcome)
        if clear:
            self._begin()
        self.refresh()

    def _refused(self, error: AppError) -> None:
        self._save.setEnabled(True)
        self.form.show_error(error.field, error.message)
        self.refresh()
