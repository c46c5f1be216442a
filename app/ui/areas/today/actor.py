"""Carries out the board's steps."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QWidget

from app.commands.cancelling import DidNotArrive, MarkNoShow
from app.commands.core import Command, Outcome
from app.commands.visits import CheckIn, CompleteVisit, SetFlow, SetRoom, StartVisit
from app.commands.walk_ins import PlaceWalkIn, WalkInLeft
from app.domain.enums import FlowMark
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.clinic import RoomView, rooms
from app.queries.openings import OpenTime, next_available
from app.queries.today import BoardCard, WalkInCard
from app.ui.widgets.menu import MenuItem, PopupMenu
from app.ui.work import Lane, ShellApi
from app.ui.work.places import NewBooking


class TodayActor(QObject):
    """Turns a card's step into a command and says what was done."""

    def __init__(self, api: ShellApi, refresh: Callable[[], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.api = api
        self._page = parent
        self._refresh = refresh
        self._acts = Lane(self, api.workspace)
        self._rooms = Lane(self, api.workspace)
        self._next = Lane(self, api.workspace)

    def act(self, key: str, card: BoardCard) -> None:
        """Take a step of a card."""
        name = card.patient_name
        steps: dict[str, tuple[Command, str]] = {
            "check_in": (CheckIn(visit_id=card.visit_id), t("Checked in {name}", name=name)),
            "start": (StartVisit(visit_id=card.visit_id), t("Started with {name}", name=name)),
            "complete": (CompleteVisit(visit_id=card.visit_id), t("Completed {name}", name=name)),
            "left": (MarkNoShow(visit_id=card.visit_id), t("{name} left before being seen", name=name)),
            "absent": (DidNotArrive(visit_id=card.visit_id), t("{name} did not arrive", name=name)),
            "ready": (SetFlow(visit_id=card.visit_id, flow=FlowMark.READY), t("{name} is ready", name=name)),
            "check_out": (
                SetFlow(visit_id=card.visit_id, flow=FlowMark.TO_CHECK_OUT),
                t("{name} goes to check out", name=name),
            ),
        }
        if key in steps:
            self._do(*steps[key])
        elif key == "room":
            self._rooms.ask(rooms, on_result=lambda found: self._choose_room(card, found), on_error=self.api.problem)
        elif key == "book":
            self.api.navigate(NewBooking(patient_id=card.patient_id, patient_name=name, provider_id=card.provider_id,
                                         follow_up_of=card.visit_id))  # fmt: skip

    def _do(self, command: Command, text: str) -> None:
        self._acts.execute(command, on_done=lambda outcome: self._done(text, outcome), on_refused=self._refused)

    def _done(self, text: str, outcome: Outcome) -> None:
        self.api.did(text, outcome)
        self._refresh()

    def _refused(self, error: AppError) -> None:
        self.api.problem(error)
        self._refresh()

    def _choose_room(self, card: BoardCard, found: tuple[RoomView, ...]) -> None:
        menu = PopupMenu(t("Room for {name}", name=card.patient_name), self._page)
        menu.add_items([MenuItem(room.name, self._to_room(card, room.name)) for room in found])
        menu.popup(QCursor.pos())
        if menu.actions():
            menu.setActiveAction(menu.actions()[0])

    def _to_room(self, card: BoardCard, room: str) -> Callable[[], None]:
        text = t("{name} is in {room}", name=card.patient_name, room=room)
        return lambda: self._do(SetRoom(visit_id=card.visit_id, room=room), text)

    def place_walk_in(self, card: WalkInCard) -> None:
        """Place a walk-in at the first time that is free."""
        providers = (card.provider_id,) if card.provider_id else ()
        self._next.ask(
            next_available, on_result=lambda found: self._place(card, found), on_error=self.api.problem,
            provider_ids=providers, count=1,
        )  # fmt: skip

    def _place(self, card: WalkInCard, found: tuple[OpenTime, ...]) -> None:
        if not found:
            self.api.toast(t("Nothing is free today. Double-book in the schedule, if it can't wait."))
            return
        at = found[0]
        command = PlaceWalkIn(walk_in_id=card.id, provider_id=at.provider_id, visit_mode=at.mode, start=at.start)
        clock = at.start.astimezone(self.api.zone).strftime("%H:%M")
        self._do(command, t("Placed {name} at {time}", name=card.patient_name, time=clock))

    def walk_in_left(self, card: WalkInCard) -> None:
        """Take somebody who left out of the queue."""
        self._do(WalkInLeft(walk_in_id=card.id), t("{name} left", name=card.patient_name))
