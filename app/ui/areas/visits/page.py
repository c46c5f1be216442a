"""The visits page: filters above a table that pages by itself; a visit opens in the side panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.domain.enums import VisitMode, VisitStatus
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.clinic import ProviderView, providers
from app.queries.core import Page
from app.queries.visit_list import VisitRow, visit_list
from app.ui.models.paged import Column, PagedTableModel
from app.ui.parts.beyond import BeyondNote
from app.ui.parts.link_state import VISIT_TABLES, LinkState, not_yet
from app.ui.parts.status import STATUS, status_word
from app.ui.parts.tables import in_card, paged_table
from app.ui.parts.visit_panel import VisitPanel
from app.ui.parts.words import clock, day_short
from app.ui.theme.tokens import StatusKind, TypeRole
from app.ui.widgets.date_fields import DateField
from app.ui.widgets.flow import FlowLayout
from app.ui.widgets.inputs import Combo
from app.ui.widgets.layouts import column
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Label
from app.ui.work import AreaPage, Lane, Place, ShellApi
from app.ui.work.places import ShowVisit, ShowVisits

WEEK = timedelta(days=7)
NARROW = 960
SETS: Mapping[str, tuple[VisitStatus, ...]] = {
    "": (),
    "open": (VisitStatus.PLANNED, VisitStatus.CHECKED_IN, VisitStatus.IN_PROGRESS),
    **{status.value: (status,) for status in VisitStatus},
}


class VisitsPage(AreaPage):
    """All visits of a range, filtered by status, provider and mode."""

    watches = frozenset({"visits", "visit_detail", "visit_slots"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._patient: str | None = None
        self._rows, self._people = Lane(self, api.workspace), Lane(self, api.workspace)
        self._title = Label(t("Visits"), role=TypeRole.PATIENT, strong=True)
        today = api.workspace.reader().today
        self.first = DateField(today, name=t("From"), today=self._today)
        self.last = DateField(today + WEEK, name=t("To"), today=self._today)
        self.status = Combo(name=t("Status"))
        self.status.set_items(self._statuses(), "")
        self.provider = Combo(name=t("Provider"))
        self.provider.set_items([("", t("All providers"))], "")
        self.mode = Combo(name=t("Mode"))
        self.mode.set_items([("", t("Either")), (VisitMode.IN_PERSON.value, t("In person")),
                             (VisitMode.VIRTUAL.value, t("Virtual"))], "")  # fmt: skip
        self.model: PagedTableModel[VisitRow] = PagedTableModel(
            columns=self._columns(), row_id=lambda visit: visit.id, fetch=self._fetch, parent=self
        )
        self.table = paged_table(t("Visits"), self.model, self._columns())
        self._stack = StateStack(self.table)
        self.beyond = BeyondNote(api, "visits")
        self._build()

    def _today(self) -> date:
        return self.api.workspace.reader().today

    @staticmethod
    def _statuses() -> list[tuple[str, str]]:
        named = [(status.value, status_word(status)) for status in VisitStatus]
        return [("", t("Any status")), ("open", t("Open")), *named]

    def _columns(self) -> tuple[Column[VisitRow], ...]:
        zone = self.api.zone

        def tone(visit: VisitRow) -> StatusKind | None:
            return STATUS[visit.status]

        def day(visit: VisitRow) -> str:
            return day_short(visit.start.astimezone(zone).date(), self._today())

        def strong(_visit: VisitRow) -> bool:
            return True

        return (
            Column("day", "Day", day, width=90),
            Column("time", "Time", lambda v: f"{clock(v.start, zone)}–{clock(v.end, zone)}", width=120),
            Column("patient", "Patient", lambda v: v.patient_name, width=196, strong=strong),
            Column("provider", "Provider", lambda v: v.provider_short, width=132),
            Column("type", "Type", lambda v: v.type_name, width=146),
            Column("status", "Status", self._status_text, width=208, tone=tone),
            Column("reason", "Reason", _reason),
        )

    def _status_text(self, visit: VisitRow) -> str:
        unsent = LinkState.of(self.api.sync).unsent(visit.id, VISIT_TABLES)
        word = t("Did not arrive") if visit.cancel_kind == "did_not_arrive" else status_word(visit.status)
        return f"{word} · {not_yet()}" if unsent else word

    def _build(self) -> None:
        filters = QWidget()
        flow = FlowLayout(filters, gap=12)
        for field in (self.first, self.last):
            field.setFixedWidth(148)
        for widget in (self._title, self.first, self.last, self.status, self.provider, self.mode):
            flow.addWidget(widget)
        self.first.changed.connect(self._changed)
        self.last.changed.connect(self._changed)
        for combo in (self.status, self.provider, self.mode):
            combo.fit_items()
            combo.changed.connect(self._changed)
        self.table.chosen.connect(self._open_row)
        self._stack.retry.connect(self.refresh)
        self.api.sync.changed.connect(self.table.viewport().update)
        body = column(gap=12, margins=(24, 16, 24, 16), parent=self)
        body.addWidget(filters)
        body.addWidget(in_card(self._stack), 1)
        body.addWidget(self.beyond)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside a panel the reason gives way: the other columns stay whole."""
        super().resizeEvent(event)
        self.table.setColumnHidden(len(self._columns()) - 1, self.width() < NARROW)

    def _changed(self, *_: object) -> None:
        self._patient = None
        self.refresh()

    def refresh(self) -> None:
        """Ask for the first page anew; the old rows stay until it is there."""
        if self.provider.count() == 1:
            self._people.ask(providers, on_result=self._show_providers)
        if not self.model.rows:
            self._stack.set_loading()
        if self._patient:
            self.beyond.show_ever()
        else:
            self.beyond.show_days(self.first.value, self.last.value)
        self.model.reload()

    def _show_providers(self, found: tuple[ProviderView, ...]) -> None:
        items = [("", t("All providers")), *((one.id, one.short_name) for one in found)]
        self.provider.set_items(items, self.provider.current)

    def _fetch(
        self, cursor: str | None, got: Callable[[Page[VisitRow]], None], failed: Callable[[AppError], None]
    ) -> None:
        def show(page: Page[VisitRow]) -> None:
            got(page)
            if self.model.rows:
                self._stack.set_ready()
            else:
                self._stack.set_empty(t("No visits here. Try other dates or another status."))

        def lost(error: AppError) -> None:
            failed(error)
            if not self.model.rows:
                self._stack.set_error(error.message)

        self._rows.ask(
            visit_list, on_result=show, on_error=lost, cursor=cursor,
            first=None if self._patient else self.first.value, last=None if self._patient else self.last.value,
            status=SETS[self.status.current], provider_id=self.provider.current or None, patient_id=self._patient,
            mode=VisitMode(self.mode.current) if self.mode.current else None,
        )  # fmt: skip

    def first_focus(self) -> QWidget | None:
        """The table has the keyboard."""
        return self.table

    def open(self, place: Place) -> None:
        """Show one visit, or the list with a filter."""
        if isinstance(place, ShowVisit):
            self.api.show_panel(VisitPanel(self.api, place.visit_id))
        elif isinstance(place, ShowVisits):
            self._patient = place.patient_id
            if place.day is not None:
                self.first.set_value(place.day)
                self.last.set_value(place.day)
            if place.status in SETS:
                self.status.set_current(place.status or "")
            self.refresh()

    def _open_row(self, index: QModelIndex) -> None:
        visit = self.model.row(index)
        if visit is not None:
            self.api.show_panel(VisitPanel(self.api, visit.id))


def _reason(visit: VisitRow) -> str:
    """Why it was called off, else why the patient comes; that somebody did not arrive is said by the status."""
    return visit.reason if visit.cancel_kind == "did_not_arrive" else visit.cancel_reason or visit.reason
