"""To move: visits of closed days, with phone number, contact attempts and three other times each."""

from __future__ import annotations

from datetime import date
from functools import partial

from PySide6.QtWidgets import QWidget

from app.commands.contacts import RecordContact
from app.commands.core import Outcome
from app.commands.moving import MoveVisit
from app.domain.visits import ContactResult
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.day_board import BoardSlot, BoardVisit, DayBoard, day_board
from app.queries.openings import OpenTime, next_available
from app.ui.parts.words import clock, day_short
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, ShellApi

RESULTS = (
    (ContactResult.NO_ANSWER, "No answer"),
    (ContactResult.LEFT_MESSAGE, "Left a message"),
)


class ToMovePanel(PanelPage):
    """Work through the list: choose a visit, call, choose the time that its patient agrees to."""

    watches = frozenset({"visits", "visit_slots", "contact_attempt", "day_closure"})

    def __init__(self, api: ShellApi, day: date, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self.day = day
        self._waiting: list[tuple[str, BoardSlot, BoardVisit]] = []
        self._others: tuple[OpenTime, ...] = ()
        self._load, self._next, self._act = (Lane(self, api.workspace) for _ in range(3))
        self._list = ListCard(name=t("Visits to move"), max_rows=7)
        self._phone = Label("", role=TypeRole.SECTION, strong=True)
        self._hint = Label(t("Offer one of these; it moves when the patient agrees."), role=TypeRole.META,
                           tone=Tone.MUTED, wrap=True)  # fmt: skip
        self._times = ListCard(name=t("Other times"), max_rows=3)
        calls = row(gap=8)
        for result, word in RESULTS:
            button = Button(t(word), icon="phone", small=True)
            button.clicked.connect(partial(self._called, result))
            calls.addWidget(button)
        calls.addStretch(1)
        column(self._list, self._phone, calls, self._hint, self._times, STRETCH, gap=12, parent=self)
        self._list.current_changed.connect(self._chosen)
        self._times.chosen.connect(self._move)
        self.refresh()

    def title(self) -> str:
        """Return the heading."""
        return t("To move")

    def meta(self) -> str:
        """Return how many wait."""
        return tn("{n} visit", "{n} visits", len(self._waiting))

    def first_focus(self) -> QWidget | None:
        """Begin with the list."""
        return self._list

    def refresh(self) -> None:
        """Ask for the day anew."""
        self._load.ask(day_board, day=self.day, on_result=self._show, on_error=self.api.problem)

    def _show(self, board: DayBoard) -> None:
        self._waiting = [
            (column_.provider_id, slot, slot.visit)
            for column_ in board.columns
            for slot in column_.slots
            if slot.visit is not None and slot.visit.to_move
        ]
        current = self._list.current_key
        self._list.set_items(
            [
                ListItem(key=visit.id, lead=clock(slot.start, self.api.zone), title=visit.patient_name,
                         subtitle=visit.type_name, meta=visit.phone)
                for _, slot, visit in self._waiting
            ]
        )  # fmt: skip
        keys = [visit.id for _, _, visit in self._waiting]
        if keys:
            self._list.set_current(current if current in keys else keys[0])
            self._chosen(self._list.current_key)
        else:
            self._phone.setText(t("Everybody has another time."))
            self._times.set_items([])
        self.retitle()

    def _current(self) -> tuple[str, BoardSlot, BoardVisit] | None:
        return next((one for one in self._waiting if one[2].id == self._list.current_key), None)

    def _chosen(self, _key: str) -> None:
        found = self._current()
        if found is None:
            return
        _, slot, visit = found
        self._phone.setText(visit.phone or t("No phone number"))
        minutes = int((slot.end - slot.start).total_seconds() // 60)
        self._next.ask(next_available, on_result=self._offer, mode=visit.mode, minutes=minutes, count=3)

    def _offer(self, found: tuple[OpenTime, ...]) -> None:
        self._others = found
        today, zone = self.api.workspace.reader().today, self.api.zone
        self._times.set_items(
            [
                ListItem(key=str(index), number=str(index + 1), title=clock(one.start, zone),
                         lead=day_short(one.start.astimezone(zone).date(), today), meta=one.provider_name)
                for index, one in enumerate(found)
            ]
        )  # fmt: skip

    def _move(self, key: str) -> None:
        found = self._current()
        if found is None:
            return
        other = self._others[int(key)]
        _, slot, visit = found
        minutes = int((slot.end - slot.start).total_seconds() // 60)
        command = MoveVisit(visit_id=visit.id, slot_id=other.slot_id, minutes=minutes, from_slot_id=slot.id)
        text = t("Moved {name}", name=visit.patient_name)
        self._act.execute(command, on_done=lambda o: self._done(text, o), on_refused=self._refused)

    def _called(self, result: ContactResult, _checked: bool = False) -> None:
        found = self._current()
        if found is not None:
            visit = found[2]
            command = RecordContact(patient_id=visit.patient_id, visit_id=visit.id, result=result)
            text = t("Noted for {name}", name=visit.patient_name)
            self._act.execute(command, on_done=lambda o: self._done(text, o), on_refused=self._refused)

    def _done(self, text: str, outcome: Outcome) -> None:
        self.api.did(text, outcome)
        self.refresh()

    def _refused(self, error: AppError) -> None:
        self.api.problem(error)
        self.refresh()
