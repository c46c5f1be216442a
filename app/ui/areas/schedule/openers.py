"""Opens the schedule's panels: booking, a visit, blocking, closing, next available, the list of visits to move."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QWidget

from app.commands.blocking import UnblockTime
from app.domain.enums import SlotStatus, VisitMode
from app.kernel.i18n import t
from app.queries.patient_card import patient_card
from app.queries.patients import PatientHit
from app.ui.areas.schedule.block_panel import BlockPanel
from app.ui.areas.schedule.booking_panel import BookingPanel
from app.ui.areas.schedule.close_panel import ClosePanel
from app.ui.areas.schedule.day_model import instant
from app.ui.areas.schedule.next_panel import NextPanel
from app.ui.areas.schedule.presenter import SchedulePresenter
from app.ui.areas.schedule.to_move_panel import ToMovePanel
from app.ui.parts.visit_panel import VisitPanel
from app.ui.widgets.calendar.model import CalendarItem, ItemKind
from app.ui.widgets.menu import MenuItem, PopupMenu
from app.ui.work import Lane, ShellApi
from app.ui.work.places import NewBooking

STEP = 20


class Openers(QObject):
    """Knows which panel belongs to what was activated."""

    def __init__(self, api: ShellApi, presenter: SchedulePresenter, parent: QObject) -> None:
        super().__init__(parent)
        self.api = api
        self.presenter = presenter
        self._patients = Lane(self, api.workspace)
        self._booking: BookingPanel | None = None

    def _booking_panel(self) -> BookingPanel:
        """Return the open booking form, so that another time can be chosen in the calendar, or a new one."""
        if self._booking is None:
            panel = BookingPanel(self.api)
            panel.alternatives.connect(self.presenter.number)
            panel.destroyed.connect(self._forget)
            panel.finished.connect(self._forget)
            self._booking = panel
            self.api.show_panel(panel)
        return self._booking

    def _forget(self, *_: object) -> None:
        self._booking = None

    def begin(self, place: NewBooking) -> None:
        """Book with what is known already."""
        panel = self._booking_panel()
        if place.patient_id:
            self._patients.ask(patient_card, patient_id=place.patient_id, on_result=self._use)
        if place.slot_id:
            self.book_slot(place.slot_id)
        else:
            panel.state.provider_id = place.provider_id or self._first_provider()
            panel.state.start = place.at or self.api.now()
            panel.state.ask_others(place.minutes)

    def _first_provider(self) -> str:
        own = self.api.workspace.actor.provider_id
        return own or (self.presenter.providers[0][0] if self.presenter.providers else "")

    def _use(self, card: object) -> None:
        from app.queries.patient_card import PatientCard

        if self._booking is not None and isinstance(card, PatientCard):
            self._booking.use_patient(
                PatientHit(
                    id=card.id, first_name=card.first_name, last_name=card.last_name, name=card.name, born=card.born,
                    phone=card.demographics.phone, mrn=card.demographics.mrn, flags=card.flags,
                    identity_to_confirm=card.identity_to_confirm, score=1.0,
                )
            )  # fmt: skip

    def book_slot(self, slot_id: str) -> None:
        """Hold a free slot and open the form."""
        found = self.presenter.find_slot(slot_id)
        panel = self._booking_panel()
        if found is not None:
            column, slot = found
            panel.state.hold_slot(slot.id, column.provider_id, column.short_name, slot.start, slot.end)

    def book_range(self, column_id: str, start: int, end: int) -> None:
        """Hold a time chosen with the mouse, on the grid or not."""
        board = self.presenter.board
        column = next((c for c in board.columns if c.provider_id == column_id), None) if board else None
        if column is None:
            return
        first = instant(self.presenter.day, start, self.api.zone)
        last = instant(self.presenter.day, max(end, start + STEP), self.api.zone)
        slot = next((s for s in column.slots if s.start == first and s.status is SlotStatus.FREE), None)
        panel = self._booking_panel()
        if slot is not None:
            panel.state.hold_slot(slot.id, column_id, column.short_name, first, max(last, slot.end))
        else:
            blocked = any(s.status is SlotStatus.BLOCKED and s.start < last and first < s.end for s in column.slots)
            panel.state.hold_range(column_id, column.short_name, first, last, VisitMode.IN_PERSON, over=blocked)

    def visit(self, visit_id: str) -> None:
        """Open a visit beside the calendar."""
        self.api.show_panel(VisitPanel(self.api, visit_id))

    def next_available(self) -> None:
        """Open the search for free times."""
        panel = NextPanel(self.api, self.presenter.providers)
        panel.chosen.connect(self._book_open_time)
        self.api.show_panel(panel)

    def _book_open_time(self, found: object) -> None:
        from app.queries.openings import OpenTime

        if isinstance(found, OpenTime):
            self.presenter.show_day(found.start.astimezone(self.api.zone).date())
            panel = self._booking_panel()
            panel.state.hold_slot(found.slot_id, found.provider_id, found.provider_name, found.start, found.end)

    def block(self) -> None:
        """Open the form that blocks a time."""
        self.api.show_panel(BlockPanel(self.api, self.presenter.providers, self.presenter.day))

    def close_day(self) -> None:
        """Open the form that closes a provider's day."""
        self.api.show_panel(ClosePanel(self.api, self.presenter.providers, self.presenter.day))

    def to_move(self) -> None:
        """Open the list of visits that need another time."""
        self.api.show_panel(ToMovePanel(self.api, self.presenter.day))

    def unblock(self, slot_id: str) -> None:
        """Free a blocked time (with all slots that were blocked together)."""
        found = self.presenter.find_slot(slot_id)
        if found is None:
            return
        slot = found[1]
        command = UnblockTime(batch_id=slot.batch_id) if slot.batch_id else UnblockTime(slot_ids=(slot.id,))
        self.presenter.act(command, lambda outcome: self.api.did(t("Unblocked {what}", what=slot.reason), outcome))

    def menu(self, item: CalendarItem, at: QPoint, parent: QWidget) -> None:
        """Open the context menu of something in the calendar."""
        menu = PopupMenu(t("Schedule"), parent)
        menu.add_items(self._menu_items(item))
        menu.popup(at)

    def _menu_items(self, item: CalendarItem) -> list[MenuItem | None]:
        if item.kind is ItemKind.EVENT:
            return [MenuItem(t("Open"), lambda: self.visit(item.id), "eye")]
        if item.kind is ItemKind.BLOCK:
            return [MenuItem(t("Unblock"), lambda: self.unblock(item.id), "undo")]
        if item.kind is ItemKind.SLOT:
            return [
                MenuItem(t("Book"), lambda: self.book_slot(item.id), "plus"),
                MenuItem(t("Block"), lambda: self._block_item(item), "block"),
            ]
        return [MenuItem(t("Book"), lambda: self.book_range(item.column_id, item.start, item.end), "plus")]

    def _block_item(self, item: CalendarItem) -> None:
        panel = BlockPanel(self.api, self.presenter.providers, self.presenter.day)
        start = instant(self.presenter.day, item.start, self.api.zone)
        panel.preset(item.column_id, start, start + timedelta(minutes=item.end - item.start))
        self.api.show_panel(panel)
