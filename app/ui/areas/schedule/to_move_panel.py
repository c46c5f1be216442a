"""To move: visits of closed days, with phone number, contact attempts and three other times each."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.contacts import RecordContact
from app.commands.core import Outcome
from app.commands.moving import MoveVisit
from app.domain.visits import ContactResult
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.openings import OpenTime, next_available
from app.queries.to_move import ToMoveVisit, to_move
from app.ui.areas.schedule.drops import moved_text
from app.ui.parts.words import clock, day_short
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, ShellApi

ALTERNATIVES = 3


def result_word(result: str) -> str:
    """Return how an attempt ended, in the person's language."""
    words = {
        ContactResult.NO_ANSWER.value: t("No answer"),
        ContactResult.LEFT_MESSAGE.value: t("Left a message"),
        ContactResult.CALL_BACK.value: t("Calls back"),
        ContactResult.AGREED.value: t("Agreed"),
        ContactResult.DECLINED.value: t("Declined"),
        ContactResult.WRONG_NUMBER.value: t("Wrong number"),
    }
    return words.get(result, result)


class ToMovePanel(PanelPage):
    """Work through the list: choose a visit, call, choose the time that its patient agrees to."""

    watches = frozenset({"visits", "visit_slots", "contact_attempt", "day_closure"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self._waiting: tuple[ToMoveVisit, ...] = ()
        self._others: tuple[OpenTime, ...] = ()
        self._asked = self._offered = ""
        self._load, self._next, self._act = (Lane(self, api.workspace) for _ in range(3))
        self._list = ListCard(name=t("Visits to move"), max_rows=6)
        self._phone = Label("", role=TypeRole.SECTION, strong=True)
        self._tried = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        how = t("A click, or Alt and its number, moves the visit once the patient agrees.")
        self._hint = Label(how, role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self._times = ListCard(name=t("Other times"), max_rows=ALTERNATIVES, by_click=True)
        self._calls = QWidget()
        calls = row(gap=8, parent=self._calls)
        for result in (ContactResult.NO_ANSWER, ContactResult.LEFT_MESSAGE, ContactResult.DECLINED):
            button = Button(result_word(result.value), small=True)
            button.clicked.connect(partial(self._called, result))
            calls.addWidget(button)
        calls.addStretch(1)
        column(self._list, self._phone, self._tried, self._calls, self._hint, self._times, STRETCH, gap=8, parent=self)
        self._list.current_changed.connect(self._chosen)
        self._list.chosen.connect(lambda _key: self._times.setFocus())
        self._times.chosen.connect(lambda key: self._move(int(key)))
        for number in range(ALTERNATIVES):
            QShortcut(QKeySequence(f"Alt+{number + 1}"), self, partial(self._move, number))
        self.refresh()

    def title(self) -> str:
        """Return the heading."""
        return t("To move")

    def meta(self) -> str:
        """Return how many wait, and how many patients have agreed to another time."""
        left = tn("{n} left", "{n} left", len(self._waiting))
        agreed = self._waiting[0].agreed if self._waiting else 0
        return " · ".join((left, tn("{n} agreed", "{n} agreed", agreed))) if agreed else left

    def first_focus(self) -> QWidget | None:
        """Begin with the list."""
        return self._list

    def refresh(self) -> None:
        """Ask for the list anew."""
        self._load.ask(to_move, on_result=self._show, on_error=self.api.problem)

    def _show(self, found: tuple[ToMoveVisit, ...]) -> None:
        before = [visit.visit_id for visit in self._waiting]
        current = self._list.current_key
        self._waiting, self._asked = found, ""
        self._list.set_items([self._item(visit) for visit in found])
        keys = [visit.visit_id for visit in found]
        for widget in (self._calls, self._hint, self._times):
            widget.setVisible(bool(keys))
        if not keys:
            self._phone.setText(t("Everybody has another time."))
            self._tried.setText("")
        elif current not in keys:
            # The one that was moved leaves its place to the next one.
            place = before.index(current) if current in before else 0
            self._list.set_current(keys[min(place, len(keys) - 1)])
        self._chosen(self._list.current_key)
        self.retitle()

    def _item(self, visit: ToMoveVisit) -> ListItem:
        zone = self.api.zone
        day = day_short(visit.start.astimezone(zone).date(), self.api.workspace.reader().today)
        calls = t("not called yet")
        if visit.attempts:
            calls = f"{result_word(visit.outcome)} · " + tn("{n} call", "{n} calls", visit.attempts)
        return ListItem(key=visit.visit_id, lead=clock(visit.start, zone), title=visit.patient_name,
                        subtitle=f"{day} · {visit.provider_short} · {visit.type_name}", meta=visit.phone,
                        sub_meta=calls)  # fmt: skip

    def _current(self) -> ToMoveVisit | None:
        return next((one for one in self._waiting if one.visit_id == self._list.current_key), None)

    def _chosen(self, _key: str) -> None:
        visit = self._current()
        if visit is None:
            return
        self._phone.setText(visit.phone or t("No phone number"))
        tried = ""
        if visit.tried is not None:
            at = clock(visit.tried, self.api.zone)
            tried = t("Last tried at {time}: {result}", time=at, result=result_word(visit.outcome))
        self._tried.setText(tried)
        if self._asked != visit.visit_id:
            self._asked = visit.visit_id
            offer = partial(self._offer, visit.visit_id)
            self._next.ask(next_available, on_result=offer, on_error=self.api.problem, mode=visit.mode,
                           minutes=visit.minutes, count=ALTERNATIVES)  # fmt: skip

    def _offer(self, visit_id: str, found: tuple[OpenTime, ...]) -> None:
        self._others, self._offered = found, visit_id
        today, zone = self.api.workspace.reader().today, self.api.zone
        self._times.set_items(
            [
                ListItem(key=str(index), number=str(index + 1), title=clock(one.start, zone),
                         lead=day_short(one.start.astimezone(zone).date(), today), meta=one.provider_name)
                for index, one in enumerate(found)
            ]
        )  # fmt: skip

    def _move(self, number: int) -> None:
        visit = self._current()
        if visit is None or number >= len(self._others) or self._offered != visit.visit_id:
            return
        other = self._others[number]
        command = MoveVisit(visit_id=visit.visit_id, slot_id=other.slot_id, minutes=visit.minutes,
                            from_slot_id=visit.slot_id)  # fmt: skip
        text = moved_text(visit.patient_name, other.start, visit.start, self.api.zone)
        self._act.execute(command, on_done=lambda o: self._moved(visit, text, o), on_refused=self._refused)

    def _moved(self, visit: ToMoveVisit, text: str, outcome: Outcome) -> None:
        """Whoever got another time has agreed to it: that is what the next desk wants to know."""
        said = RecordContact(patient_id=visit.patient_id, visit_id=visit.visit_id, result=ContactResult.AGREED)
        self._act.execute(said, on_done=lambda _: self.refresh(), on_refused=self.api.problem)
        self._done(text, outcome)

    def _called(self, result: ContactResult, _checked: bool = False) -> None:
        visit = self._current()
        if visit is not None:
            command = RecordContact(patient_id=visit.patient_id, visit_id=visit.visit_id, result=result)
            text = t("Noted for {name}: {result}", name=visit.patient_name, result=result_word(result.value))
            self._act.execute(command, on_done=lambda o: self._done(text, o), on_refused=self._refused)

    def _done(self, text: str, outcome: Outcome) -> None:
        self.api.did(text, outcome)
        self.refresh()

    def _refused(self, error: AppError) -> None:
        self.api.problem(error)
        self.refresh()
