"""Carries out the board's steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QWidget

from app.commands.cancelling import DidNotArrive, MarkNoShow
from app.commands.core import Command, Outcome
from app.commands.virtual_visits import JoinSession
from app.commands.visits import CheckIn, SetFlow, SetRoom, StartVisit
from app.commands.walk_ins import PlaceWalkIn, WalkInLeft
from app.domain.enums import FlowMark, VisitMode
from app.domain.tasks import follow_up_window
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.clinic import RoomView, rooms
from app.queries.openings import OpenTime
from app.queries.today import BoardCard, WalkInCard
from app.ui.parts.notes.completing import Completing
from app.ui.parts.video_room import open_room
from app.ui.widgets.menu import MenuItem, PopupMenu
from app.ui.work import Lane, ShellApi
from app.ui.work.places import NewBooking

TIMES = 4
MOST_WEEKS = 520


class TodayActor(QObject):
    """Turns a card's step into a command and says what was done."""

    def __init__(self, api: ShellApi, refresh: Callable[[], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.api = api
        self._page = parent
        self._refresh = refresh
        self._acts = Lane(self, api.workspace)
        self._rooms = Lane(self, api.workspace)
        self._completing = Completing(api, self)
        self.in_rooms: Mapping[str, str] = {}
        """Who is in which room now, by the room's name."""

    def act(self, key: str, card: BoardCard) -> None:
        """Take a step of a card."""
        name = card.patient_name
        steps: dict[str, tuple[Command, str]] = {
            "check_in": (CheckIn(visit_id=card.visit_id), t("Checked in {name}", name=name)),
            "start": (StartVisit(visit_id=card.visit_id), t("Started with {name}", name=name)),
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
        elif key == "complete":
            self._completing.complete(
                card.visit_id, partial(self._done, t("Completed {name}", name=name)), self._refused
            )
        elif key == "room":
            self._rooms.ask(rooms, on_result=lambda found: self._choose_room(card, found), on_error=self.api.problem)
        elif key == "join":
            self._acts.execute(JoinSession(visit_id=card.visit_id), on_done=self._joined, on_refused=self._refused)
        elif key == "book":
            self._follow_up(card)

    def _joined(self, outcome: Outcome) -> None:
        address = str(outcome.result["roomUrl"])
        if not open_room(address):
            self.api.toast(t("The browser could not be opened: {address}", address=address))
        self._refresh()

    def _follow_up(self, card: BoardCard) -> None:
        """Book the next visit: from the first day on that the provider asked for, else from now."""
        wanted = card.follow_up if isinstance(card.follow_up, Mapping) else {}
        weeks, give, provider = wanted.get("weeks"), wanted.get("toleranceWeeks"), wanted.get("providerId")
        at = window = None
        if isinstance(weeks, int) and 0 < weeks <= MOST_WEEKS:
            due = self.api.workspace.reader().today + timedelta(weeks=weeks)
            window = follow_up_window(due, 7 * give if isinstance(give, int) and 0 <= give < weeks else 0)
            at = datetime.combine(window[0], time(0), self.api.zone)
        self.api.navigate(
            NewBooking(patient_id=card.patient_id, patient_name=card.patient_name, born=card.patient_born, at=at,
                       follow_up_of=card.visit_id, window=window,
                       provider_id=provider if isinstance(provider, str) else card.provider_id)
        )  # fmt: skip

    def _do(self, command: Command, text: str) -> None:
        self._acts.execute(command, on_done=lambda outcome: self._done(text, outcome), on_refused=self._refused)

    def _done(self, text: str, outcome: Outcome) -> None:
        self.api.did(text, outcome)
        self._refresh()

    def _refused(self, error: AppError) -> None:
        self.api.problem(error)
        self._refresh()

    def _choose_room(self, card: BoardCard, found: tuple[RoomView, ...]) -> None:
        items: list[MenuItem | None] = [
            MenuItem(self._room_words(room.name, card), self._to_room(card, room.name), "door") for room in found
        ]
        self._pop(t("Room for {name}", name=card.patient_name), items)

    def _room_words(self, room: str, card: BoardCard) -> str:
        """A taken room can be chosen (a family, two who wait there); it says who is in it."""
        there = self.in_rooms.get(room, "")
        return f"{room}: {there}" if there and there != card.patient_name else room

    def _to_room(self, card: BoardCard, room: str) -> Callable[[], None]:
        text = t("{name} is in {room}", name=card.patient_name, room=room)
        return lambda: self._do(SetRoom(visit_id=card.visit_id, room=room), text)

    def place_walk_in(
        self, card: WalkInCard, free: Sequence[OpenTime], providers: Mapping[str, str], away: frozenset[str]
    ) -> None:
        """Offer today's next free times, and double-booking on purpose with any provider who is there, now."""
        zone, today = self.api.zone, self.api.workspace.reader().today
        wanted = [one for one in free if not card.provider_id or one.provider_id == card.provider_id]
        times = [one for one in wanted if one.start.astimezone(zone).date() == today][:TIMES]
        items: list[MenuItem | None] = []
        for one in times:
            name = providers.get(one.provider_id, one.provider_name)
            text = t("{time} with {name}", time=f"{one.start.astimezone(zone):%H:%M}", name=name)
            items.append(MenuItem(text, partial(self._place, card, one.provider_id, one), "next"))
        items.append(None)
        for provider_id, name in providers.items():
            if card.provider_id in (None, provider_id) and provider_id not in away:
                text = t("Now with {name}, double-booked if need be", name=name)
                items.append(MenuItem(text, partial(self._place, card, provider_id, None), "warn"))
        self._pop(t("Place {name}", name=card.patient_name), items)

    def _place(self, card: WalkInCard, provider_id: str, at: OpenTime | None) -> None:
        """Book a free time, or the present moment whatever else is on."""
        command = PlaceWalkIn(
            walk_in_id=card.id, provider_id=provider_id, visit_mode=at.mode if at else VisitMode.IN_PERSON,
            start=at.start if at else None, overbook=at is None, over_blocked=at is None,
        )  # fmt: skip
        clock = (at.start if at else self.api.now()).astimezone(self.api.zone).strftime("%H:%M")
        self._do(command, t("Placed {name} at {time}", name=card.patient_name, time=clock))

    def _pop(self, name: str, items: list[MenuItem | None]) -> None:
        """Open a menu where the person is: below the pointer, or at the card that has the keyboard."""
        menu = PopupMenu(name, self._page)
        menu.add_items(items)
        focus = QApplication.focusWidget()
        if focus is None or self._page.underMouse():
            menu.popup(QCursor.pos())
        else:
            menu.popup(focus.mapToGlobal(focus.rect().center()))
        if menu.actions():
            menu.setActiveAction(menu.actions()[0])

    def walk_in_left(self, card: WalkInCard) -> None:
        """Take somebody who left out of the queue."""
        self._do(WalkInLeft(walk_in_id=card.id), t("{name} left", name=card.patient_name))
