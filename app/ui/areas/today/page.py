"""The Today page: figures, the board, walk-ins; requests and the next free times beside it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.domain.enums import VisitStatus
from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.openings import OpenTime
from app.queries.today import BoardCard, TodayBoard, WalkInCard, today_board
from app.ui.areas.today.actor import TodayActor
from app.ui.areas.today.lanes import LaneMaker, Rights
from app.ui.areas.today.side import SideColumn
from app.ui.areas.today.walk_ins import WalkInPanel, WalkInRow
from app.ui.parts.link_state import LinkState
from app.ui.parts.print_panel import PrintPanel
from app.ui.parts.visit_panel import VisitPanel
from app.ui.parts.words import day_title
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.board.board import Board
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.figures import FigureStrip
from app.ui.widgets.layouts import column, row
from app.ui.widgets.menu import MenuItem, PopupMenu
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Label
from app.ui.widgets.toolbar import ToolAction, Toolbar
from app.ui.work import AreaPage, Lane, Place, ShellApi
from app.ui.work.places import FindTime, NewBooking, OpenChart, ShowDay, ShowToday, ToMove

MINUTE_MS = 20_000
_IN_THE_HOUSE = frozenset({VisitStatus.CHECKED_IN, VisitStatus.IN_PROGRESS})
NARROW = 960


class TodayPage(AreaPage):
    """Who is where this morning; one key takes the next step."""

    watches = frozenset({"visits", "visit_detail", "visit_event", "visit_slots", "walk_in", "visit_requests",
                         "virtual_visit_sessions"})  # fmt: skip

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._board_data: TodayBoard | None = None
        self._focus: str | None = None
        self._begin = True
        self._lane = Lane(self, api.workspace)
        self.actor = TodayActor(api, self.refresh, self)
        self._title = Label("", role=TypeRole.PATIENT, strong=True)
        self._clock = Label("", tone=Tone.MUTED)
        self._figures = FigureStrip(name=t("This morning"))
        self.board = Board(name=t("Arrivals"))
        self.walk_ins = WalkInRow(api)
        self.side = SideColumn(api)
        self._build()
        self._connect()
        timer = QTimer(self, interval=MINUTE_MS)
        timer.timeout.connect(self._minute)
        timer.start()

    def _build(self) -> None:
        self._to_move = Button("", icon="warn", small=True, kind=ButtonKind.WARN)
        self._to_move.clicked.connect(lambda: self.api.navigate(ToMove()))
        self._to_move.hide()
        head = Toolbar(name=t("Today"))
        head.add_left(self._title, self._clock, self._to_move)
        quiet = ButtonKind.QUIET
        head.add_action(ToolAction("print", t("Print day sheet"), self.print_day, "print", kind=quiet))
        head.add_action(ToolAction("schedule", t("Open the schedule"), self._open_schedule, "calendar", kind=quiet))
        left = QWidget()
        inner = column(gap=12, parent=left)
        inner.addWidget(self.board, 1)
        inner.addWidget(self.walk_ins)
        content = QWidget()
        beside = row(gap=24, parent=content)
        beside.addWidget(left, 1)
        beside.addWidget(self.side)
        self._stack = StateStack(content)
        body = column(gap=12, margins=(24, 16, 24, 16), parent=self)
        body.addWidget(head)
        body.addWidget(self._figures)
        body.addWidget(self._stack, 1)

    def _open_schedule(self) -> None:
        self.api.navigate(ShowDay())

    def _connect(self) -> None:
        self._stack.retry.connect(self.refresh)
        self.api.sync.changed.connect(self._show_link)
        self.board.stepped.connect(self._step)
        self.board.action_triggered.connect(self._action)
        self.board.opened.connect(self._open_visit)
        self.board.context_requested.connect(self._menu)
        self.walk_ins.add_wanted.connect(self.add_walk_in)
        self.walk_ins.place_wanted.connect(self._place_walk_in)
        self.side.more.connect(lambda: self.api.navigate(FindTime()))
        self.walk_ins.left_wanted.connect(self.actor.walk_in_left)
        self.side.chosen.connect(self._book_time)

    def refresh(self) -> None:
        """Ask for the board and what stands beside it."""
        if self._board_data is None:
            self._stack.set_loading()
        self._lane.ask(today_board, on_result=self._show, on_error=self._failed)
        self.side.refresh()

    def _failed(self, error: AppError) -> None:
        if self._board_data is None:
            self._stack.set_error(error.message)
        else:
            self.api.problem(error)

    def _show(self, board: TodayBoard) -> None:
        self._board_data = board
        self._stack.set_ready()
        self.actor.in_rooms = {c.room: c.patient_name for c in board.cards if c.room and c.status in _IN_THE_HOUSE}
        self.side.name_providers({card.provider_id: card.provider_short for card in board.cards})
        self._minute()
        self.api.set_count("today", len([c for c in board.cards if c.status.value == "CHECKED_IN"]) or None)
        if self._focus and self.board.focus_card(self._focus):
            self._focus = None
        elif self._begin and QApplication.focusWidget() in (None, self.board):
            self.board.lane_view("expected").setFocus()
        self._begin = False

    def _show_link(self) -> None:
        """Offline or not, and what waits: the marks follow."""
        self._minute()

    def _minute(self) -> None:
        """Everybody has waited a minute longer, those beside the board too."""
        self._tick()
        if self._board_data is not None:
            self.walk_ins.show_cards(self._board_data.walk_ins, self.api.now())
            self.side.show_requests(self._board_data.requests, self.api.now())

    def _tick(self) -> None:
        board = self._board_data
        if board is None:
            return
        self._title.setText(day_title(board.day))
        self._clock.setText(self.api.now().astimezone(self.api.zone).strftime("%H:%M"))
        maker = self._maker(board)
        self.board.set_lanes(maker.lanes())
        self._figures.show_figures(maker.figures())
        waiting = sum(1 for card in board.cards if card.to_move)
        self._to_move.setText(tn("To move ({n})", "To move ({n})", waiting))
        self._to_move.setVisible(waiting > 0)

    def _maker(self, board: TodayBoard) -> LaneMaker:
        who = self.api.workspace.actor.provider_id
        rights = Rights(self.api.can(Permission.ADVANCE_VISIT), self.api.can(Permission.TREAT_OWN_VISIT), who)
        return LaneMaker(board, self.api.zone, self.api.now(), rights, LinkState.of(self.api.sync))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside a panel there is no room for the side column: the board keeps its names."""
        super().resizeEvent(event)
        self.side.setVisible(self.width() >= NARROW)

    def first_focus(self) -> QWidget | None:
        """The first column has the keyboard."""
        return self.board.lane_view("expected") if self._board_data else self.board

    def open(self, place: Place) -> None:
        """Go to a visit's card."""
        if isinstance(place, ShowToday):
            self._focus = place.visit_id

    def _card(self, visit_id: str) -> BoardCard | None:
        cards = self._board_data.cards if self._board_data else ()
        return next((card for card in cards if card.visit_id == visit_id), None)

    def _step(self, visit_id: str) -> None:
        card = self._card(visit_id)
        current = self.board.current_card
        if card is not None and current is not None and current.actions:
            self.actor.act(current.actions[0].key, card)

    def _action(self, visit_id: str, key: str) -> None:
        card = self._card(visit_id)
        if card is not None:
            self.actor.act(key, card)

    def _open_visit(self, visit_id: str) -> None:
        card = self._card(visit_id)
        if card is not None:
            self.api.show_panel(VisitPanel(self.api, visit_id))

    def _menu(self, visit_id: str, at: QPoint) -> None:
        """Everything that can be done with a card, also what its buttons have no room for."""
        card = self._card(visit_id)
        board = self._board_data
        if card is None or board is None:
            return
        items: list[MenuItem | None] = [
            MenuItem(action.text, partial(self.actor.act, action.key, card), keys=action.keys)
            for action in self._maker(board).steps(card)
        ]
        items += [None, MenuItem(t("Open"), partial(self._open_visit, visit_id), "eye")]
        items.append(MenuItem(t("Open the chart"), partial(self._chart, card.patient_id), "heart", "Ctrl+O"))
        menu = PopupMenu(card.patient_name, self)
        menu.add_items(items)
        menu.popup(at)

    def _chart(self, patient_id: str) -> None:
        self.api.navigate(OpenChart(patient_id=patient_id))

    @property
    def has_card(self) -> bool:
        """Whether a card of the board has the keyboard's place."""
        return self.board.current_card is not None

    def open_chart(self) -> None:
        """Open the chart of whoever's card is focused (Ctrl+O)."""
        current = self.board.current_card
        card = self._card(current.id) if current is not None else None
        if card is not None:
            self._chart(card.patient_id)

    def check_in(self) -> None:
        """Check in whoever is focused, else the first who is expected."""
        if self._board_data is None:
            return  # the board is on its way
        lanes = self.board.lane_view("expected")
        current = self.board.current_card
        ids = [card.id for card in lanes.cards()]
        chosen = current.id if current is not None and current.id in ids else (ids[0] if ids else None)
        if chosen is not None:
            self._action(chosen, "check_in")

    def print_day(self) -> None:
        """Show the day sheet before it is printed."""
        self.api.show_panel(PrintPanel(self.api, self.api.workspace.reader().today, frozenset()))

    def _place_walk_in(self, card: WalkInCard) -> None:
        board = self._board_data
        short = {one.provider_id: one.provider_short for one in board.cards} if board else {}
        self.actor.place_walk_in(card, self.side.found, short, board.away if board else frozenset())

    def add_walk_in(self) -> None:
        """Take somebody who came without an appointment."""
        self.api.show_panel(WalkInPanel(self.api))

    def _book_time(self, found: OpenTime) -> None:
        self.api.navigate(
            NewBooking(slot_id=found.slot_id, provider_id=found.provider_id, at=found.start,
                       day=found.start.astimezone(self.api.zone).date(), visit_mode=found.mode.value,
                       minutes=int((found.end - found.start).total_seconds() // 60))
        )  # fmt: skip
