"""The waiting list: who waits for what, what was tried, and the next times that suit whoever is chosen."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Command, Outcome
from app.commands.waiting_list import NoteOffer, SetWaitingStatus
from app.domain.enums import WaitingStatus
from app.domain.visits import ContactResult
from app.domain.wallclock import day_of
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.openings import OpenTime, next_available
from app.queries.waiting import WaitingRow, waiting_list
from app.ui.areas.schedule.call_buttons import CallButtons
from app.ui.areas.schedule.offering import booked_for, done_text, offer_command, tried_text, waiting_chip, wishes
from app.ui.areas.schedule.to_move_panel import result_word
from app.ui.parts.words import clock, day_short
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, ShellApi

TIMES = 3


class WaitingPanel(PanelPage):
    """Choose somebody, call them, book the time that they agree to. ``add`` and ``edit`` ask for the form."""

    wide = True
    watches = frozenset({"waiting_list_entry", "contact_attempt", "visits", "visit_slots"})
    add = Signal()
    edit = Signal(object)

    def __init__(self, api: ShellApi, patient_id: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self.rows: tuple[WaitingRow, ...] = ()
        self.found: tuple[OpenTime, ...] = ()
        self._patient_id = patient_id
        self._asked = self._offered = ""
        self._load, self._next, self._act = (Lane(self, api.workspace) for _ in range(3))
        self.list = ListCard(name=t("Waiting list"), max_rows=6)
        self.empty = Label(t("Nobody waits for an earlier time."), tone=Tone.MUTED, wrap=True)
        self.phone = Label("", role=TypeRole.SECTION, strong=True)
        self.tried = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.note = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.calls = CallButtons()
        self.hint = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.times = ListCard(name=t("Times that suit"), max_rows=TIMES, by_click=True)
        self.new = Button(t("Add to the list"), kind=ButtonKind.PRIMARY, icon="plus", keys="Alt+A")
        self.change = Button(t("Change"), icon="edit", keys="Alt+C", small=True)
        self.remove = Button(t("Remove"), icon="close", keys="Alt+R", small=True)
        self._detail = QWidget()
        column(self.phone, self.tried, self.note, self.calls, self.hint, self.times,
               row(self.change, self.remove, STRETCH, gap=8), gap=8, parent=self._detail)  # fmt: skip
        self._detail.hide()
        column(self.list, self.empty, self._detail, STRETCH, gap=12, parent=self)
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        self.list.current_changed.connect(self._chosen)
        self.list.chosen.connect(lambda _key: self.times.setFocus())
        self.times.chosen.connect(lambda key: self.book(int(key)))
        self.calls.called.connect(self._called)
        self.new.clicked.connect(self.add)
        self.change.clicked.connect(self._change)
        self.remove.clicked.connect(self._remove)
        for number in range(TIMES):
            QShortcut(QKeySequence(f"Alt+{number + 1}"), self, partial(self.book, number))
        for keys, run in (("Alt+A", self.add.emit), ("Alt+C", self._change), ("Alt+R", self._remove)):
            QShortcut(QKeySequence(keys), self, run)

    def title(self) -> str:
        """Return the heading."""
        return t("Waiting list")

    def meta(self) -> str:
        """Return how many wait."""
        return tn("{n} waits", "{n} wait", len(self.rows)) if self.rows else ""

    def first_focus(self) -> QWidget | None:
        """Begin with the list."""
        return self.list if self.rows else self.new

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self.new

    def refresh(self) -> None:
        """Ask for the list anew."""
        self._load.ask(waiting_list, on_result=self._show, on_error=self.api.problem)

    def _show(self, rows: tuple[WaitingRow, ...]) -> None:
        before, current = [one.id for one in self.rows], self.list.current_key
        self.rows, self._asked = rows, ""
        self.list.set_items([self._item(one) for one in rows])
        keys = [one.id for one in rows]
        self.list.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        self._detail.setVisible(bool(rows))
        if rows and self.new.hasFocus():
            self.list.setFocus()
        if rows and current not in keys:
            wanted = next((one.id for one in rows if one.patient_id == self._patient_id), "")
            place = before.index(current) if current in before else 0
            self.list.set_current(wanted or keys[min(place, len(keys) - 1)])
        self._chosen("")
        self.retitle()

    def _item(self, one: WaitingRow) -> ListItem:
        return ListItem(key=one.id, title=one.patient_name, subtitle=wishes(one), chip=waiting_chip(one),
                        meta=booked_for(one, self.api.zone))  # fmt: skip

    def current(self) -> WaitingRow | None:
        """Return who is chosen."""
        return next((one for one in self.rows if one.id == self.list.current_key), None)

    def _chosen(self, _key: str) -> None:
        one = self.current()
        if one is None:
            return
        self.phone.setText(one.phone or t("No phone number"))
        self.tried.setText(tried_text(one, self.api.zone, self.api.now()))
        self.note.setText(one.note)
        self.note.setVisible(bool(one.note))
        if self._asked != one.id:
            self._asked = one.id
            zone = self.api.zone
            self._next.ask(
                next_available, on_result=partial(self._offer, one), on_error=self.api.problem,
                provider_ids=(one.provider_id,) if one.provider_id else (), mode=one.mode, minutes=one.minutes,
                time_from=one.time_from, time_to=one.time_to, after=day_of(one.earliest, zone).start, count=TIMES,
            )  # fmt: skip

    def _offer(self, one: WaitingRow, found: tuple[OpenTime, ...]) -> None:
        """Show the times that are no later than what they want, and earlier than what they have."""
        end = day_of(one.latest, self.api.zone).end
        self._offered = one.id
        self.found = tuple(
            time for time in found if time.start < end and (one.booked_for is None or time.start < one.booked_for)
        )
        today, zone = self.api.workspace.reader().today, self.api.zone
        self.times.set_items(
            [
                ListItem(key=str(index), number=str(index + 1), title=clock(time.start, zone),
                         lead=day_short(time.start.astimezone(zone).date(), today), meta=time.provider_name)
                for index, time in enumerate(self.found)
            ]
        )  # fmt: skip
        self.times.setVisible(bool(self.found))
        self.hint.setText(
            t("A click, or Alt and its number, books the time once the patient agrees.")
            if self.found
            else t("Nothing that suits is free now. You are told when a time becomes free.")
        )

    def book(self, number: int) -> None:
        """Give whoever is chosen a time."""
        one = self.current()
        if one is not None and number < len(self.found) and self._offered == one.id:
            time = self.found[number]
            self._do(offer_command(one, time.slot_id, time.mode), done_text(one, time, self.api.zone))

    def _called(self, result: ContactResult) -> None:
        one = self.current()
        if one is not None:
            text = t("Noted for {name}: {result}", name=one.patient_name, result=result_word(result.value))
            self._do(NoteOffer(entry_id=one.id, result=result), text)

    def _change(self) -> None:
        one = self.current()
        if one is not None:
            self.edit.emit(one)

    def _remove(self) -> None:
        one = self.current()
        if one is not None:
            text = t("{name} is no longer on the waiting list", name=one.patient_name)
            self._do(SetWaitingStatus(entry_id=one.id, status=WaitingStatus.REMOVED), text)

    def _do(self, command: Command, text: str) -> None:
        self._act.execute(command, on_done=lambda outcome: self._done(text, outcome), on_refused=self._refused)

    def _done(self, text: str, outcome: Outcome) -> None:
        self.api.did(text, outcome)
        self.refresh()

    def _refused(self, error: AppError) -> None:
        self.api.problem(error)
        self.refresh()
