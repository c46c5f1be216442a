"""The schedule page: tools, to-move strip, calendar or month, and the tray."""

from __future__ import annotations

from datetime import date
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.ui.areas.schedule import joint_drafts
from app.ui.areas.schedule.joint import PLACES, JointDesk
from app.ui.areas.schedule.offers import OfferStrip
from app.ui.areas.schedule.openers import Openers
from app.ui.areas.schedule.presenter import SchedulePresenter, ScheduleState, View, days_of
from app.ui.areas.schedule.series_drop import SeriesDrops
from app.ui.areas.schedule.steady import SteadyRows
from app.ui.areas.schedule.tools import ScheduleTools
from app.ui.parts.beyond import BeyondNote
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.calendar.day_calendar import DayCalendar
from app.ui.widgets.calendar.model import ItemKind
from app.ui.widgets.calendar.month_grid import MonthDay, MonthGrid
from app.ui.widgets.calendar.tray import TrayBar, TrayItem
from app.ui.widgets.chip import Chip
from app.ui.widgets.layouts import column
from app.ui.widgets.panel import Strip
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import ElidedLabel
from app.ui.work import AreaPage, ChangesPort, Place, ShellApi
from app.ui.work.places import FindTime, NewBooking, RestoreDraft, ShowDay, ShowSettings, ToMove

NOW_MS = 30_000


def legend() -> list[tuple[StatusKind, str]]:
    """Return what the glyphs mean."""
    return [
        (StatusKind.PLANNED, t("Planned")),
        (StatusKind.ARRIVED, t("Arrived")),
        (StatusKind.WITH, t("With provider")),
        (StatusKind.DONE, t("Done")),
        (StatusKind.HELD, t("Held")),
    ]


class SchedulePage(AreaPage):
    """A day with provider columns, the week of one provider, or a month."""

    watches = frozenset(
        {
            "visits",
            "visit_slots",
            "slot_detail",
            "visit_detail",
            "day_closure",
            "providers",
            "provider_settings",
            "provider_availability",
            "contact_attempt",
            "waiting_list_entry",
        }
    )

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self.presenter = SchedulePresenter(api, self)
        self.openers = Openers(api, self.presenter, self)
        self.hours = self.openers.hours
        self.joint = JointDesk(api, self.presenter, self.openers, self)
        self.calendar = DayCalendar(name=t("Schedule"))
        self.calendar.set_clock(api.now)
        self.month = MonthGrid(name=t("Month"))
        self.tray = TrayBar(legend=legend())
        self.calendar.set_tray(self.tray)
        self.calendar.set_check_drop(self.presenter.check_drop)
        self.tools = ScheduleTools(api, self.presenter, self.openers, self.joint, self.book, self)
        self._strip = self._to_move_strip()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.calendar)
        self._pages.addWidget(self.month)
        self._stack = StateStack(self._pages)
        SteadyRows(self._stack, self.calendar)
        self._drawing = self._drawing_strip()
        self.beyond = BeyondNote(api, "visit_slots")
        self._offers = OfferStrip(api, self.joint.offers)
        self._offers.open.clicked.connect(self.joint.offer)
        body = column(
            self.tools, self._strip, self._offers, self._drawing, self.beyond, gap=12, margins=(24, 16, 24, 12),
            parent=self,
        )  # fmt: skip
        body.addWidget(self._stack, 1)
        body.addWidget(self.tray)
        self._drawn_on: tuple[View, date] | None = None
        self._connect()
        self._reveal: str | None = None
        timer = QTimer(self, interval=NOW_MS)
        timer.timeout.connect(self.presenter.emit_state)
        timer.start()

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

    def _drawing_strip(self) -> Strip:
        strip = Strip()
        chip = Chip(t("Drawing hours"))
        chip.show_state(t("Drawing hours"), icon="edit", kind=StatusKind.WITH)
        hint = t("Drag, or Shift+arrows and Enter: extra hours outside, time off inside.")
        done = Button(t("Done"), kind=ButtonKind.QUIET, keys="Alt+Shift+O")
        done.clicked.connect(self.hours.stop_drawing)
        strip.items.addWidget(chip)
        strip.items.addWidget(ElidedLabel(hint), 1)
        strip.items.addWidget(done)
        strip.hide()
        return strip

    def _show_drawing(self, on: bool) -> None:
        self._drawing.setVisible(on)
        if on:  # after the panel, which takes the focus when it is shown
            QTimer.singleShot(0, self.calendar, self.calendar.setFocus)

    def _range(self, column_id: str, start: int, end: int) -> None:
        """A range of the calendar was chosen: hours while they are drawn, else a time to book."""
        if self.presenter.drawing:
            self.hours.drawn(column_id, start, end)
        else:
            self.openers.book_range(column_id, start, end)

    def _show_proposed(self, chosen: tuple[str, int, int] | None) -> None:
        """Keep what was drawn in sight until it is saved, on the page that it was drawn on."""
        self._drawn_on = (self.presenter.view, self.presenter.day) if chosen is not None else None
        self.calendar.set_range(chosen)

    def draw_hours(self) -> None:
        """Begin or end to draw the hours of the column that the keyboard is on."""
        self.hours.toggle_drawing(self._provider_here())

    def weekly_hours(self) -> None:
        """Open the hours of the column that the keyboard is on."""
        self.hours.open(self._provider_here())

    def _provider_here(self) -> str:
        item = self.calendar.cursor_item
        sheet = self.presenter.sheet(item.column_id) if item is not None and self.calendar.hasFocus() else None
        return sheet.provider_id if sheet is not None else ""

    def _connect(self) -> None:
        calendar, presenter = self.calendar, self.presenter
        presenter.state.connect(self.show_state)
        presenter.failed.connect(self._failed)
        self._stack.retry.connect(presenter.refresh)
        self.month.day_activated.connect(presenter.show_day)
        self.month.cursor_changed.connect(self._month_cursor)
        calendar.slot_activated.connect(self.openers.book_slot)
        calendar.event_activated.connect(self.openers.visit)
        calendar.block_activated.connect(self.openers.unblock)
        calendar.hold_activated.connect(self.openers.hold)
        calendar.range_selected.connect(self._range)
        self.hours.drawing.connect(self._show_drawing)
        self.hours.proposed.connect(self._show_proposed)
        calendar.move_requested.connect(presenter.move)
        calendar.tray_placed.connect(presenter.move)
        self.series_drops = SeriesDrops(self.api, presenter, calendar)
        calendar.resize_requested.connect(presenter.resize)
        calendar.tray_requested.connect(self.to_tray)
        self.tray.returned.connect(self._from_tray)
        calendar.drag_refused.connect(lambda _id, why: self.api.toast(why))
        calendar.context_requested.connect(partial(self.openers.menu, self.calendar))
        calendar.column_activated.connect(partial(self.openers.column_menu, self.calendar))

    def changed(self, changes: ChangesPort) -> None:
        """Something changed: hours and calls are asked for only when it was them."""
        moved = self.presenter.calls_left and changes.touches({"visits"})
        if changes.everything or moved or changes.touches({"provider_availability", "contact_attempt", "day_closure"}):
            self.presenter.hours_changed()
        if changes.everything or changes.touches({"visits", "waiting_list_entry", "contact_attempt"}):
            self.joint.offers.heard(changes.rows)
        self._ask()

    def refresh(self) -> None:
        """Ask anew for what is shown."""
        self.presenter.hours_changed()
        self.joint.offers.look()
        self._ask()

    def _ask(self) -> None:
        if self.presenter.board is None:
            self._stack.set_loading()
        self.presenter.refresh()
        self.tools.refresh()

    def first_focus(self) -> QWidget | None:
        """The calendar has the keyboard."""
        return self._pages.currentWidget()

    def open(self, place: Place) -> None:
        """Go to a day, or begin to book."""
        if isinstance(place, ShowDay):
            self._reveal = place.visit_id
            self.presenter.view = View.DAY
            self.presenter.show_day(place.day or self.api.workspace.reader().today)
        elif isinstance(place, NewBooking):
            self.openers.begin(place)
        elif isinstance(place, ToMove):
            self.work_list()
        elif isinstance(place, PLACES):
            self.joint.open(place)
        elif isinstance(place, FindTime):
            self.openers.next_available()
        elif isinstance(place, RestoreDraft) and place.draft.kind in joint_drafts.KINDS:
            self.joint.restore(place.draft)
        elif isinstance(place, RestoreDraft):
            self.openers.restore(place.draft)

    def show_state(self, state: ScheduleState) -> None:
        """Show what was loaded; the calendar keeps its place and its cursor."""
        if self._drawn_on not in (None, (state.view, state.day)):
            self._show_proposed(None)
        had_focus = self.calendar.hasFocus() or self.month.hasFocus()
        self.tools.show_state(state)
        self._stack.set_ready()
        self._show_strip(state)
        self.beyond.show_days(*days_of(state.view, state.day))
        if state.model is None:
            today = self.api.workspace.reader().today
            days = [MonthDay(one.day, one.free, one.total, closed=not one.total) for one in state.month]
            self.month.set_month(state.day, days, today)
            self._pages.setCurrentWidget(self.month)
        else:
            self.calendar.set_model(state.model)
            self._pages.setCurrentWidget(self.calendar)
            if not state.model.columns:
                self._show_nobody()
        self.tray.setVisible(state.model is not None)
        self.tray.set_items([TrayItem(event, detail) for event, detail in self.presenter.tray_events()])
        if had_focus:
            (self.month if state.model is None else self.calendar).setFocus()
        if self._reveal and self.calendar.focus_id(self._reveal):
            self._reveal = None

    def _show_nobody(self) -> None:
        """As on a server that was just prepared: an ADMIN goes to where providers are added."""
        text = t("No provider works here yet.")
        if self.api.can(Permission.CLINIC_SETTINGS):
            self._stack.set_empty(text, t("Add a provider"), self._add_provider)
        else:
            self._stack.set_empty(text)

    def _add_provider(self) -> None:
        self.api.navigate(ShowSettings(section="providers"))

    def _show_strip(self, state: ScheduleState) -> None:
        self._strip.setVisible(state.to_move > 0)
        chip = tn("To move ({n})", "To move ({n})", state.to_move)
        self._to_move_chip.show_state(chip, icon="warn", kind=StatusKind.ARRIVED)
        self._to_move_text.setText(state.sick)

    def _failed(self, error: AppError) -> None:
        if self.presenter.board is None:
            self._stack.set_error(error.message)
        else:
            self.api.problem(error)

    def _month_cursor(self, day: date) -> None:
        """The keyboard went to another month: load it."""
        if (day.year, day.month) != (self.presenter.day.year, self.presenter.day.month):
            self.presenter.day = day
            self.presenter.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Note that its day is looked at, once what opened the area has been carried out."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._look)

    def _look(self) -> None:
        self.presenter.looked_at = self.isVisible()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks at its day any more."""
        super().hideEvent(event)
        self.presenter.looked_at = False

    def book(self) -> None:
        """Book at the cursor, else at the next free time."""
        item = self.calendar.cursor_item
        if item is not None and item.kind is ItemKind.SLOT and self.presenter.find_slot(item.id) is not None:
            self.openers.book_slot(item.id)
        else:
            self.find_time()

    def work_list(self) -> None:
        """Open the list of visits that need another time."""
        self.openers.to_move()

    def find_time(self) -> None:
        """Search the next free times: from the day on that is looked at; whoever comes from another area means now."""
        self.openers.next_available(self.presenter.day_looked_at)

    def to_tray(self, visit_id: str) -> None:
        """Lay a visit aside; one that lies there already is taken out again."""
        event = self.calendar.event_by_id(visit_id)
        if self.presenter.in_tray(visit_id):
            self._from_tray(visit_id)
        elif event is not None and event.movable:
            self.presenter.to_tray(visit_id, event)
        else:
            self.api.toast(t("Only a planned visit can be moved."))

    def _from_tray(self, visit_id: str) -> None:
        """Take a visit out of the tray; the keyboard goes on in the calendar, at the visit when it is in sight."""
        self.presenter.from_tray(visit_id)
        self.calendar.setFocus()
        self.calendar.focus_id(visit_id)
