"""Opens the schedule's panels and menus: booking, a visit, blocking, closing, next available, visits to move."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QWidget

from app.commands.blocking import UnblockTime
from app.commands.closing import ReopenDay
from app.domain.enums import SlotStatus, VisitMode
from app.kernel.i18n import t
from app.queries.openings import OpenTime
from app.ui.areas.schedule.block_panel import BlockPanel
from app.ui.areas.schedule.booking_draft import named
from app.ui.areas.schedule.booking_panel import BookingPanel
from app.ui.areas.schedule.close_panel import ClosePanel
from app.ui.areas.schedule.day_model import instant
from app.ui.areas.schedule.hours_desk import HoursDesk
from app.ui.areas.schedule.hours_form import Kind
from app.ui.areas.schedule.hours_panel import may_edit
from app.ui.areas.schedule.next_panel import NextPanel
from app.ui.areas.schedule.presenter import SchedulePresenter, View
from app.ui.areas.schedule.sheet import Sheet, kept_here
from app.ui.areas.schedule.to_move_panel import ToMovePanel
from app.ui.parts.print_panel import PrintPanel
from app.ui.parts.visit_panel import VisitPanel
from app.ui.widgets.calendar.day_calendar import DayCalendar
from app.ui.widgets.calendar.drag import DragKind
from app.ui.widgets.calendar.model import CalendarItem, ItemKind
from app.ui.widgets.menu import MenuItem, PopupMenu
from app.ui.work import Draft, ShellApi
from app.ui.work.places import NewBooking, OpenChart

STEP = 20


class Openers(QObject):
    """Knows which panel belongs to what was activated."""

    def __init__(self, api: ShellApi, presenter: SchedulePresenter, parent: QObject) -> None:
        super().__init__(parent)
        self.api = api
        self.presenter = presenter
        self.hours = HoursDesk(api, presenter, self)
        self._booking: BookingPanel | None = None

    # Booking

    def _booking_panel(self) -> BookingPanel:
        """Return the open booking form, so that another time can be chosen in the calendar, or a new one."""
        if self._booking is None:
            panel = BookingPanel(self.api, self.presenter)
            for over in (panel.destroyed, panel.finished, panel.gone):
                over.connect(partial(self._forget, id(panel)))
            self._booking = panel
        self.api.show_panel(self._booking)
        return self._booking

    @property
    def booking(self) -> BookingPanel | None:
        """The booking form in front; None when there is none, or it is put aside."""
        return self._booking if self._booking is not None and self._booking.isVisible() else None

    def _forget(self, panel: int, *_: object) -> None:
        if self._booking is not None and id(self._booking) == panel:
            self._booking = None

    def _own_form(self, place: NewBooking) -> bool:
        """Whether a booking needs a form of its own: the open one is another patient's, or holds another time."""
        panel = self._booking
        if panel is None:
            return False
        other_time = (
            panel.state.slot_id is not None and not place.slot_id and (place.at is not None or bool(place.provider_id))
        )
        return other_time or bool(place.patient_id and panel.patient_id not in ("", place.patient_id))

    def begin(self, place: NewBooking) -> None:
        """Book with what is known already; a form that is put aside for somebody else stays as it is."""
        if self._own_form(place):
            self._booking = None
        panel = self._booking_panel()
        panel.form.notes.window = place.window
        if place.patient_id:
            panel.use_patient(named(place.patient_id, place.patient_name, place.born))
            panel.state.answer(place.request_id, place.patient_id)
        if place.reason:
            panel.form.reason.setText(place.reason)
        panel.follow_up_of = place.follow_up_of
        if place.visit_mode:
            panel.set_mode(VisitMode(place.visit_mode))
        found = self.presenter.find_slot(place.slot_id) if place.slot_id else None
        if found is not None:
            self.book_slot(found[1].id)
        elif place.slot_id and place.at is not None and place.provider_id:
            name = self.presenter.short(place.provider_id)
            end = place.at + timedelta(minutes=place.minutes or STEP)
            panel.state.hold_slot(place.slot_id, place.provider_id, name, place.at, end)
        elif panel.state.slot_id is not None:
            panel.look_around()  # the time that is held is the one to book
        else:
            panel.state.provider_id = place.provider_id or self._first_provider()
            panel.state.start = max(place.at or self.api.now(), self.api.now())
            self._show_day_of(panel.state.start if place.at is not None else None)
            panel.set_minutes(place.minutes or panel.form.minutes())
            panel.look_around()

    def _show_day_of(self, at: datetime | None) -> None:
        """Go to the day that is looked for; what is on the screen isn't asked for again."""
        day = at.astimezone(self.api.zone).date() if at is not None else None
        if day is not None and (day != self.presenter.day or self.presenter.view is View.MONTH):
            self.presenter.show_day(day)

    def restore(self, draft: Draft) -> None:
        """Take up an unfinished booking; its time has to be chosen again. Another one that is open stays as it is."""
        if self._booking is not None and self._booking.dirty():
            self._booking = None
        panel = self._booking_panel()
        panel.take_up(draft)
        panel.state.provider_id = panel.state.provider_id or self._first_provider()
        panel.look_around()

    def _first_provider(self) -> str:
        own = self.api.workspace.actor.provider_id
        return own or (self.presenter.providers[0][0] if self.presenter.providers else "")

    def book_slot(self, slot_id: str) -> None:
        """Hold a free slot and open the form."""
        found = self.presenter.find_slot(slot_id)
        panel = self._booking_panel()
        if found is not None:
            sheet, slot = found
            panel.set_mode(slot.mode)
            panel.state.hold_slot(slot.id, sheet.provider_id, sheet.column.short_name, slot.start, slot.end)

    def book_range(self, column_id: str, start: int, end: int) -> None:
        """Hold a time chosen with the mouse, on the grid or not."""
        sheet = self.presenter.sheet(column_id)
        if sheet is None:
            return
        first = instant(sheet.day, start, self.api.zone)
        last = instant(sheet.day, max(end, start + STEP), self.api.zone)
        if last <= self.api.now():
            self.api.toast(t("This time is over."))
            return
        slot = sheet.free_at(first)
        panel = self._booking_panel()
        panel.set_minutes(int((last - first).total_seconds() // 60))
        name = sheet.column.short_name
        if slot is not None:
            panel.set_mode(slot.mode)
            panel.state.hold_slot(slot.id, sheet.provider_id, name, first, max(last, slot.end))
        else:
            blocked = any(s.status is SlotStatus.BLOCKED for s in sheet.overlapping(first, last))
            panel.state.hold_range(sheet.provider_id, name, first, last, VisitMode.IN_PERSON, over=blocked)

    def hold(self, slot_id: str) -> None:
        """Go back to one's own booking, book what is kept for this desk; of another desk's only say whose it is."""
        found = self.presenter.find_slot(slot_id)
        if found is None:
            return
        slot = found[1]
        if self._booking is not None and self._booking.state.slot_id == slot_id:
            self.api.show_panel(self._booking)
        elif kept_here(slot, self.api.workspace.reader().workstation):
            self.book_slot(slot_id)
        elif slot.kept_for:
            self.api.toast(
                t("Kept for {name} in case it is offline. An administrator can free it.", name=slot.kept_for)
            )
        else:
            self.api.toast(t("Held by {name} until {time}.", name=slot.held_name or t("another desk"),
                             time=self._clock(slot.held_until)))  # fmt: skip

    def _clock(self, at: object) -> str:
        return f"{at.astimezone(self.api.zone):%H:%M}" if hasattr(at, "astimezone") else ""

    # Panels

    def visit(self, visit_id: str) -> None:
        """Open a visit beside the calendar."""
        self.api.show_panel(VisitPanel(self.api, visit_id))

    def next_available(self, day: date | None = None) -> None:
        """Open the search for free times, from a day on; from now on without one."""
        panel = NextPanel(self.api, self.presenter.providers, day)
        panel.chosen.connect(self._book_open_time)
        self.api.show_panel(panel)

    def _book_open_time(self, found: OpenTime) -> None:
        self.presenter.show_day(found.start.astimezone(self.api.zone).date())
        panel = self._booking_panel()
        panel.set_mode(found.mode)
        panel.set_minutes(int((found.end - found.start).total_seconds() // 60))
        name = self.presenter.short(found.provider_id, found.provider_name)
        panel.state.hold_slot(found.slot_id, found.provider_id, name, found.start, found.end)

    def block(self) -> None:
        """Open the form that blocks a time."""
        self.api.show_panel(BlockPanel(self.api, self.presenter.providers, self.presenter.day))

    def close_day(self, provider_id: str = "") -> None:
        """Open the form that closes a provider's day."""
        panel = ClosePanel(self.api, self.presenter.providers, self.presenter.day)
        if provider_id:
            panel.form.provider.set_current(provider_id)
        self.api.show_panel(panel)

    def to_move(self) -> None:
        """Open the list of visits that need another time."""
        self.api.show_panel(ToMovePanel(self.api))

    def print_day(self) -> None:
        """Open the day sheet's preview."""
        self.api.show_panel(PrintPanel(self.api, self.presenter.day, self.presenter.shown))

    # Blocks and closures

    def unblock(self, block_id: str) -> None:
        """Free a blocked time (all slots that were blocked together), or open a closed part of a day again."""
        found = self.presenter.find_slot(block_id)
        if found is None:
            self._reopen(block_id)
            return
        sheet, slot = found
        command = UnblockTime(batch_id=slot.batch_id) if slot.batch_id else UnblockTime(slot_ids=_run(sheet, block_id))
        text = t("Unblocked {what}", what=slot.reason or t("blocked time"))
        self.presenter.act(command, lambda outcome: self.presenter.done(text, outcome))

    def _reopen(self, closure_id: str) -> None:
        closures = (c for sheet in self.presenter.sheets for c in sheet.column.closures if c.id == closure_id)
        closure = next(closures, None)
        if closure is not None:
            text = t("Open again: {what}", what=closure.reason)
            self.presenter.act(ReopenDay(closure_id=closure_id), lambda o: self.presenter.done(text, o))

    # Menus

    def column_menu(self, parent: QWidget, column_id: str) -> None:
        """Open the menu of a column's head."""
        sheet = self.presenter.sheet(column_id)
        if sheet is None:
            return
        provider_id = sheet.provider_id
        items: list[MenuItem | None] = []
        if self.presenter.view is View.WEEK:
            items.append(MenuItem(t("Open this day"), lambda: self._open_day(sheet), "calendar"))
        else:
            items.append(MenuItem(t("Week of {name}", name=sheet.column.short_name),
                                  lambda: self.presenter.show_week_of(provider_id), "calendar"))  # fmt: skip
        items.append(MenuItem(t("Weekly hours…"), lambda: self.hours.open(provider_id), "clock", "Alt+O"))
        if may_edit(self.api, provider_id):
            items += [
                MenuItem(t("Extra hours on this day"), lambda: self.hours.on_day(column_id, Kind.EXTRA), "plus"),
                MenuItem(t("Time off on this day"), lambda: self.hours.on_day(column_id, Kind.OFF), "minus"),
                MenuItem(t("Draw hours"), lambda: self.hours.toggle_drawing(provider_id), "edit", "Alt+Shift+O",
                         checked=self.presenter.drawing),
                None,
            ]  # fmt: skip
        if sheet.closure is None:
            items.append(MenuItem(t("Close a day"), lambda: self.close_day(provider_id), "sick"))
        else:
            closure_id = sheet.closure.id
            items.append(MenuItem(t("Open this day again"), lambda: self._reopen(closure_id), "undo"))
        self._pop(parent, items, QCursor.pos())

    def _open_day(self, sheet: Sheet) -> None:
        self.presenter.view = View.DAY
        self.presenter.show_day(sheet.day)

    def menu(self, calendar: DayCalendar, item: CalendarItem, at: QPoint) -> None:
        """Open the context menu of something in the calendar."""
        items = self._menu_items(item)
        event = calendar.event_by_id(item.id) if item.kind is ItemKind.EVENT else None
        if event is not None and event.movable:
            items += [None, *self._moves(calendar, item.id)]
        self._pop(calendar, items, at)

    def _moves(self, calendar: DayCalendar, visit_id: str) -> list[MenuItem | None]:
        """What the keyboard does with a planned visit, named for those who came by mouse."""
        laid = self.presenter.in_tray(visit_id)
        return [
            MenuItem(t("Move with the arrows"), lambda: calendar.begin_keys(visit_id, DragKind.MOVE), "move", "M"),
            MenuItem(t("Change its length"), lambda: calendar.begin_keys(visit_id, DragKind.RESIZE), "resize", "L"),
            MenuItem(t("Take out of the tray") if laid else t("Lay in the tray"),
                     lambda: calendar.tray_requested.emit(visit_id), "tray", "T"),
        ]  # fmt: skip

    def _pop(self, parent: QWidget, items: list[MenuItem | None], at: QPoint) -> None:
        menu = PopupMenu(t("Schedule"), parent)
        menu.add_items(items)
        menu.popup(at)

    def _menu_items(self, item: CalendarItem) -> list[MenuItem | None]:
        if item.kind is ItemKind.EVENT:
            return self._visit_items(item.id)
        if item.kind is ItemKind.BLOCK:
            return [MenuItem(t("Unblock"), lambda: self.unblock(item.id), "undo")]
        if item.kind is ItemKind.SLOT:
            return [
                MenuItem(t("Book"), lambda: self.book_slot(item.id), "plus", "Return"),
                MenuItem(t("Block"), lambda: self._block_item(item), "block"),
            ]
        return [MenuItem(t("Book"), lambda: self.book_range(item.column_id, item.start, item.end), "plus", "Return")]

    def _visit_items(self, visit_id: str) -> list[MenuItem | None]:
        items: list[MenuItem | None] = [MenuItem(t("Open"), lambda: self.visit(visit_id), "eye", "Return")]
        found = self.presenter.find_visit(visit_id)
        if found is not None:
            patient_id = found.visit.patient_id
            items.append(MenuItem(t("Open the chart"), lambda: self._chart(patient_id), "heart"))
        return items

    def _chart(self, patient_id: str) -> None:
        self.api.navigate(OpenChart(patient_id=patient_id))

    def _block_item(self, item: CalendarItem) -> None:
        sheet = self.presenter.sheet(item.column_id)
        if sheet is None:
            return
        panel = BlockPanel(self.api, self.presenter.providers, sheet.day)
        start, end = (instant(sheet.day, minute, self.api.zone) for minute in (item.start, item.end))
        panel.preset(sheet.provider_id, start, end)
        self.api.show_panel(panel)


def _run(sheet: Sheet, slot_id: str) -> tuple[str, ...]:
    """The blocked slots that the calendar shows as one with a slot: same reason, one after the other."""
    blocked = [s for s in sheet.slots if s.status is SlotStatus.BLOCKED and s.visit is None and s.covered_by is None]
    first = next(index for index, slot in enumerate(blocked) if slot.id == slot_id)
    run = [blocked[first]]
    for slot in blocked[first + 1 :]:
        if slot.reason != run[0].reason or slot.start > run[-1].end:
            break
        run.append(slot)
    return tuple(slot.id for slot in run)
