"""The schedule page: toolbar, to-move strip, calendar and tray."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.patients import PatientHit
from app.ui.areas.schedule.day_model import instant
from app.ui.areas.schedule.openers import Openers
from app.ui.areas.schedule.presenter import SchedulePresenter, ScheduleState
from app.ui.parts.words import day_title
from app.ui.theme.tokens import StatusKind, TypeRole
from app.ui.widgets.button import Button, ButtonKind, IconButton
from app.ui.widgets.calendar.day_calendar import DayCalendar
from app.ui.widgets.calendar.model import CalendarItem, ItemKind
from app.ui.widgets.calendar.tray import TrayBar, TrayItem
from app.ui.widgets.chip import Chip
from app.ui.widgets.date_fields import DatePopup
from app.ui.widgets.layouts import column
from app.ui.widgets.menu import MenuItem, open_menu
from app.ui.widgets.panel import Strip
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import ElidedLabel, Label
from app.ui.widgets.toolbar import ToolAction, Toolbar
from app.ui.work import AreaPage, Place, ShellApi
from app.ui.work.places import NewBooking, ShowDay, ToMove

NOW_MS = 30_000
LEGEND = (
    (StatusKind.PLANNED, "Planned"),
    (StatusKind.ARRIVED, "Arrived"),
    (StatusKind.WITH, "With provider"),
    (StatusKind.DONE, "Done"),
    (StatusKind.HELD, "Held"),
)


class SchedulePage(AreaPage):
    """A day with provider columns."""

    watches = frozenset(
        {"visits", "visit_slots", "slot_detail", "visit_detail", "day_closure", "providers", "provider_settings"}
    )

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self.presenter = SchedulePresenter(api, self)
        self.openers = Openers(api, self.presenter, self)
        self.calendar = DayCalendar(name=t("Schedule"))
        self.tray = TrayBar(legend=[(kind, t(word)) for kind, word in LEGEND])
        self.calendar.set_tray(self.tray)
        self.calendar.set_check_drop(self.presenter.check_drop)
        self._toolbar = Toolbar(name=t("Schedule tools"))
        self._title = Label("", role=TypeRole.PATIENT, strong=True)
        self._strip = self._to_move_strip()
        self._stack = StateStack(self.calendar)
        self._build()
        self._connect()
        self._reveal: str | None = None
        self._shown: date | None = None
        timer = QTimer(self, interval=NOW_MS)
        timer.timeout.connect(self.presenter.emit_state)
        timer.start()

    def _build(self) -> None:
        back = IconButton("left", t("Previous day"), kind=ButtonKind.SECONDARY, keys="Ctrl+Left")
        today = Button(t("Today"))
        on = IconButton("right", t("Next day"), kind=ButtonKind.SECONDARY, keys="Ctrl+Right")
        self._pick = IconButton("calendar", t("Pick a day"), keys="Ctrl+G")
        self._filter = Button(t("All providers"), icon="filter")
        back.clicked.connect(partial(self.presenter.step, -1))
        on.clicked.connect(partial(self.presenter.step, 1))
        today.clicked.connect(self.presenter.today)
        self._pick.clicked.connect(self.pick_day)
        self._filter.clicked.connect(self.choose_providers)
        self._toolbar.add_left(back, today, on, self._title, self._pick, self._filter)
        for action in (
            ToolAction("block", t("Block"), self.openers.block, icon="block", kind=ButtonKind.QUIET),
            ToolAction("close", t("Close a day"), self.openers.close_day, icon="sick", kind=ButtonKind.QUIET),
            ToolAction("next", t("Next available"), self.openers.next_available, icon="next", keys="Ctrl+J"),
            ToolAction("book", t("Book"), self.book, icon="plus", keys="Ctrl+N", kind=ButtonKind.PRIMARY),
        ):
            self._toolbar.add_action(action)
        body = column(self._toolbar, self._strip, gap=12, margins=(24, 16, 24, 12), parent=self)
        body.addWidget(self._stack, 1)
        body.addWidget(self.tray)

    def _to_move_strip(self) -> Strip:
        strip = Strip()
        self._to_move_chip = Chip(t("To move"))
        self._to_move_text = ElidedLabel("")
        work = Button(t("Work through the list"), kind=ButtonKind.QUIET, keys="F9")
        work.clicked.connect(self.work_list)
        strip.items.addWidget(self._to_move_chip)
        strip.items.addWidget(self._to_move_text, 1)
        strip.items.addWidget(work)
        strip.hide()
        return strip

    def _connect(self) -> None:
        calendar, presenter = self.calendar, self.presenter
        presenter.state.connect(self.show_state)
        presenter.failed.connect(self._failed)
        self._stack.retry.connect(presenter.refresh)
        calendar.slot_activated.connect(self.openers.book_slot)
        calendar.event_activated.connect(self.openers.visit)
        calendar.block_activated.connect(self.openers.unblock)
        calendar.range_selected.connect(self.openers.book_range)
        calendar.move_requested.connect(presenter.move)
        calendar.tray_placed.connect(presenter.move)
        calendar.resize_requested.connect(presenter.resize)
        calendar.tray_requested.connect(self._to_tray)
        calendar.drag_refused.connect(lambda _id, why: self.api.toast(why))
        calendar.context_requested.connect(self._menu)

    def refresh(self) -> None:
        """Ask for the day anew."""
        if self.presenter.board is None:
            self._stack.set_loading()
        self.presenter.refresh()

    def first_focus(self) -> QWidget | None:
        """The calendar has the keyboard."""
        return self.calendar

    def open(self, place: Place) -> None:
        """Go to a day, or begin to book."""
        if isinstance(place, ShowDay):
            self._reveal = place.visit_id
            self.presenter.show_day(place.day or self.api.workspace.reader().today)
        elif isinstance(place, NewBooking):
            self.openers.begin(place)
        elif isinstance(place, ToMove):
            self.work_list()

    def show_state(self, state: ScheduleState) -> None:
        """Show a day; the calendar keeps its place and its cursor."""
        self._title.setText(day_title(state.day))
        if state.model is None:
            return
        self._stack.set_ready()
        self.calendar.set_model(state.model)
        if not state.model.columns:
            self._stack.set_empty(t("No provider works here yet."))
        self.tray.set_items([TrayItem(event, detail) for event, detail in self.presenter.tray_events()])
        self._strip.setVisible(state.to_move > 0)
        self._to_move_chip.show_state(tn("To move ({n})", "To move ({n})", state.to_move), icon="warn",
                                      kind=StatusKind.ARRIVED)  # fmt: skip
        self._to_move_text.setText(state.sick)
        if self._reveal and self.calendar.focus_id(self._reveal):
            self._reveal = None
        if self._shown != state.day and state.model.now is not None:
            self._shown = state.day

    def _failed(self, error: AppError) -> None:
        if self.presenter.board is None:
            self._stack.set_error(error.message)
        else:
            self.api.problem(error)

    def as_of(self) -> datetime | None:
        """The board says itself when it isn't live."""
        return None

    def book(self) -> None:
        """Book at the cursor, else at the next free time."""
        item = self.calendar.cursor_item
        if item is not None and item.kind is ItemKind.SLOT:
            self.openers.book_slot(item.id)
        else:
            self.openers.next_available()

    def pick_day(self) -> None:
        """Open the month below the button."""
        today = self.api.workspace.reader().today
        DatePopup(self.presenter.day, today, self.presenter.show_day, self._pick).open_below(self._pick)

    def choose_providers(self) -> None:
        """Choose whose columns are shown."""
        items: list[MenuItem | None] = [
            MenuItem(t("All providers"), partial(self._only, frozenset(), t("All providers")))
        ]
        items += [MenuItem(name, partial(self._only, frozenset({key}), name)) for key, name in self.presenter.providers]
        open_menu(self._filter, t("Providers"), items)

    def _only(self, providers: frozenset[str], name: str) -> None:
        self._filter.setText(name)
        self.presenter.choose_providers(providers)

    def work_list(self) -> None:
        """Open the list of visits that need another time."""
        self.openers.to_move()

    def find_time(self) -> None:
        """Search the next free times."""
        self.openers.next_available()

    def _to_tray(self, visit_id: str) -> None:
        event = self.calendar.event_by_id(visit_id)
        if event is not None:
            self.presenter.to_tray(visit_id, event)

    def _menu(self, item: CalendarItem, at: QPoint) -> None:
        self.openers.menu(item, at, self.calendar)

    def book_for(self, patient: PatientHit, item: CalendarItem) -> None:
        """Book a known patient at a place of the calendar."""
        start = instant(self.presenter.day, item.start, self.api.zone)
        self.openers.begin(NewBooking(patient_id=patient.id, patient_name=patient.name, at=start))
