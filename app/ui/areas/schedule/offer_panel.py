"""Offering a free time: who would take it, best first and why; one key books, calls are logged."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Command, Outcome
from app.commands.waiting_list import NoteOffer
from app.domain.visits import ContactResult
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.waiting import FreedTime, WaitingOffer, freed_times
from app.ui.areas.schedule.call_buttons import CallButtons
from app.ui.areas.schedule.offering import booked_for, done_text, offer_command, tried_text, waiting_chip
from app.ui.areas.schedule.offers import Offers
from app.ui.areas.schedule.to_move_panel import result_word
from app.ui.parts.words import clock, day_short
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.layouts import STRETCH, column
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, ShellApi

PEOPLE = 5


class OfferPanel(PanelPage):
    """Choose a time, call the first one on its list, book with Alt and the number."""

    wide = True
    watches = frozenset({"waiting_list_entry", "contact_attempt", "visits", "visit_slots"})

    def __init__(self, api: ShellApi, offers: Offers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self._offers = offers
        self.found: tuple[FreedTime, ...] = ()
        self._next = ""
        self._load, self._act = Lane(self, api.workspace), Lane(self, api.workspace)
        self.times = ListCard(name=t("Free times"), max_rows=4)
        self.empty = Label(t("No time has become free that suits anybody who waits."), tone=Tone.MUTED, wrap=True)
        self.who = Label(t("Who would take it"), role=TypeRole.META, strong=True)
        self.people = ListCard(name=t("Who would take it"), max_rows=PEOPLE)
        self.phone = Label("", role=TypeRole.SECTION, strong=True)
        self.tried = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.calls = CallButtons()
        how = t("A double click, or Alt and its number, books the time once the patient agrees.")
        self.hint = Label(how, role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self._detail = QWidget()
        column(self.who, self.people, self.hint, self.phone, self.tried, self.calls, gap=8, parent=self._detail)
        column(self.times, self.empty, self._detail, STRETCH, gap=12, parent=self)
        self.times.current_changed.connect(self._time_chosen)
        self.times.chosen.connect(lambda _key: self.people.setFocus())
        self.people.current_changed.connect(self._person_chosen)
        self.people.chosen.connect(lambda key: self.book(self._keys().index(key)))
        self.calls.called.connect(self._called)
        for number in range(PEOPLE):
            QShortcut(QKeySequence(f"Alt+{number + 1}"), self, partial(self.book, number))
        self._show(offers.found)
        self.refresh()

    def title(self) -> str:
        """Return the heading."""
        return t("Offer a free time")

    def meta(self) -> str:
        """Return how many times there are."""
        return tn("{n} time", "{n} times", len(self.found)) if self.found else ""

    def first_focus(self) -> QWidget | None:
        """Begin with the people: the first time is the one."""
        return self.people

    def refresh(self) -> None:
        """Ask anew whom the times suit."""
        slots = {*self._offers.freed, *(one.time.slot_id for one in self.found)}
        self._load.ask(freed_times, on_result=self._show, on_error=self.api.problem, slot_ids=tuple(sorted(slots)))

    def _show(self, found: tuple[FreedTime, ...]) -> None:
        self.found = found
        today, zone = self.api.workspace.reader().today, self.api.zone
        self.times.set_items(
            [
                ListItem(key=one.time.slot_id, title=f"{clock(one.time.start, zone)}–{clock(one.time.end, zone)}",
                         lead=day_short(one.time.start.astimezone(zone).date(), today), meta=one.time.provider_name)
                for one in found
            ]
        )  # fmt: skip
        for widget, shown in ((self.times, found), (self._detail, found), (self.empty, not found)):
            widget.setVisible(bool(shown))
        if found and self.freed is None:
            self.times.set_current(found[0].time.slot_id)
        self._time_chosen("")
        self.retitle()

    @property
    def freed(self) -> FreedTime | None:
        """The time that is chosen."""
        return next((one for one in self.found if one.time.slot_id == self.times.current_key), None)

    def _time_chosen(self, _key: str) -> None:
        freed = self.freed
        offers = freed.offers if freed is not None else ()
        self.people.set_items(
            [
                ListItem(key=one.row.id, number=str(index + 1), title=one.row.patient_name, chip=waiting_chip(one.row),
                         subtitle=", ".join(one.reasons), meta=booked_for(one.row, self.api.zone))
                for index, one in enumerate(offers)
            ]
        )  # fmt: skip
        if offers:
            # What others write may put somebody else in this line: who is being called stays chosen.
            self.people.set_current(self._next or self.people.current_key or offers[0].row.id)
            self._next = ""
        self._person_chosen("")

    def _person(self) -> WaitingOffer | None:
        key, freed = self.people.current_key, self.freed
        return next((one for one in freed.offers if one.row.id == key), None) if freed is not None else None

    def _keys(self) -> list[str]:
        return [one.key for one in self.people.items()]

    def _person_chosen(self, _key: str) -> None:
        one = self._person()
        if one is not None:
            self.phone.setText(one.row.phone or t("No phone number"))
            self.tried.setText(tried_text(one.row, self.api.zone, self.api.now()))

    def book(self, number: int) -> None:
        """Give the chosen time to somebody who agreed."""
        freed = self.freed
        if freed is not None and number < len(freed.offers):
            row, time = freed.offers[number].row, freed.time
            self._do(offer_command(row, time.slot_id, time.mode), done_text(row, time, self.api.zone))

    def _called(self, result: ContactResult) -> None:
        one = self._person()
        if one is not None:
            text = t("Noted for {name}: {result}", name=one.row.patient_name, result=result_word(result.value))
            if result is ContactResult.DECLINED:  # they go to the end of the list: the next one is called now
                keys = self._keys()
                self._next = (keys[keys.index(one.row.id) + 1 :] or keys)[0]
            self._do(NoteOffer(entry_id=one.row.id, result=result), text)

    def _do(self, command: Command, text: str) -> None:
        self._act.execute(command, on_done=lambda outcome: self._done(text, outcome), on_refused=self._refused)

    def _done(self, text: str, outcome: Outcome) -> None:
        self.api.did(text, outcome)
        self._offers.look()
        self.refresh()

    def _refused(self, error: AppError) -> None:
        self.api.problem(error)
        self.refresh()
