"""The laboratory of one patient: all results by date, and the orders with where they stand."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.domain.enums import LabOrderStatus, ReviewState
from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.core import Page
from app.queries.labs import OrderRow, lab_orders, may_read_values
from app.queries.labs_grid import LabGrid, lab_grid
from app.ui.areas.chart.labs.grid import GridTable
from app.ui.areas.chart.labs.opening import open_order
from app.ui.areas.chart.tab import ChartTab
from app.ui.parts.lab_order_view import LabOrderView
from app.ui.parts.lab_words import order_word, when_text
from app.ui.parts.link_state import ORDER_TABLES, LinkState, not_yet
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import column, row
from app.ui.widgets.lists import ChipSpec, ListCard, ListItem
from app.ui.widgets.panel import Panel
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Label
from app.ui.work import Lane, ShellApi

ORDERS_WIDTH, ORDERS_NARROW = 320, 264
NARROW = 860


class LabsTab(ChartTab):
    """Values for who may read them; the desk sees the orders and what was released."""

    watches: ClassVar[frozenset[str]] = frozenset({"lab_orders", "lab_review", "lab_order_detail"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._patient_id = ""
        self._values = may_read_values(api.workspace.reader())
        self._grid, self._orders = Lane(self, api.workspace), Lane(self, api.workspace)
        self._wanted, self._opens = "", True
        self._rows: dict[str, OrderRow] = {}
        self.table = GridTable()
        self.results = Panel(t("Results"), flush=True)
        self.notice = Label("", role=TypeRole.META, tone=Tone.WARN)
        whole = QWidget()
        column(self.table, self.table.dates, gap=0, parent=whole)
        self.states = StateStack(whole)
        self.results.add(self.notice)
        self.results.content.addWidget(self.states, 1)
        self.orders = ListCard(name=t("Lab orders"), fit=False, framed=False, by_click=True)
        self.order_states = StateStack(self.orders)
        self.side = Panel(t("Orders"), flush=True)
        self.side.content.addWidget(self.order_states, 1)
        self.new = Button(t("Order labs"), icon="flask", keys="Alt+L", small=True)
        self.side.head.addWidget(self.new)
        self.new.setVisible(api.can(Permission.ORDER))
        beside = row(gap=16, margins=(24, 16, 24, 16))
        beside.addWidget(self.results, 1)
        beside.addWidget(self.side, 0 if self._values else 1)
        if self._values:
            self.side.setFixedWidth(ORDERS_WIDTH)
        column(beside, gap=0, parent=self)
        self.results.setVisible(self._values)
        self._connect()

    def _connect(self) -> None:
        self.table.order_wanted.connect(self._open)
        self.table.chosen.connect(self._chosen)
        self.orders.chosen.connect(self._open)
        self.new.clicked.connect(lambda: open_order(self.api, self._patient_id, self.patient_name))
        self.states.retry.connect(self.refresh)
        self.order_states.retry.connect(self.refresh)
        self.api.sync.changed.connect(self._show_rows)

    def _chosen(self, _index: QModelIndex) -> None:
        self.table.activate()

    def show_patient(self, patient_id: str, name: str) -> None:
        """Forget the one before, then ask."""
        self._patient_id, self.patient_name = patient_id, name or self.patient_name
        self._rows = {}
        self._wanted = ""
        self.table.show_grid(None, self.api.workspace.reader().today)
        self.orders.set_items([])
        self.states.set_blank()
        self.order_states.set_blank()
        self.counted.emit(None)
        self.refresh()

    def refresh(self) -> None:
        """Ask for the grid and the orders."""
        if not self._patient_id:
            return
        if self._values:
            if self.table.cells.grid is None:
                self.states.set_loading()
            self._grid.ask(lab_grid, on_result=self._show_grid, on_error=self._no_grid, patient_id=self._patient_id)
        if not self._rows:
            self.order_states.set_loading()
        self._orders.ask(lab_orders, on_result=self._show_orders, on_error=self._no_orders,
                         patient_id=self._patient_id, limit=200)  # fmt: skip

    def _no_grid(self, error: AppError) -> None:
        self.states.set_error(error.message)

    def _no_orders(self, error: AppError) -> None:
        self.order_states.set_error(error.message)

    def _show_grid(self, grid: LabGrid) -> None:
        self.notice.setText(
            tn("{n} value can’t be read.", "{n} values can’t be read.", grid.unreadable) if grid.unreadable else ""
        )
        self.notice.setVisible(bool(grid.unreadable))
        older = tn("{n} earlier date", "{n} earlier dates", grid.earlier_dates) if grid.earlier_dates else ""
        self.results.set_meta(older)
        self.table.show_grid(grid, self.api.workspace.reader().today)
        self._fit()
        if grid.rows:
            self.states.set_ready()
        else:
            self.states.set_empty(t("No results yet. What laboratories send appears here."))

    def _show_orders(self, page: Page[OrderRow]) -> None:
        self._rows = {one.id: one for one in page.items}
        is_open = (LabOrderStatus.ORDERED, LabOrderStatus.IN_PROGRESS)
        waiting = sum(one.status in is_open or one.review is ReviewState.WAITING for one in page.items)
        self.counted.emit(waiting or None)
        self.side.set_count(waiting or None)
        self._show_rows()
        if self._wanted in self._rows:
            wanted, self._wanted = self._wanted, ""
            self._take(wanted)

    def _show_rows(self) -> None:
        if not self._patient_id:
            return
        self.orders.set_items([self._item(one) for one in self._rows.values()])
        if self._rows:
            self.order_states.set_ready()
        else:
            run = self.new.click if self.api.can(Permission.ORDER) else None
            self.order_states.set_empty(t("No lab orders yet."), t("Order labs") if run else "", run)

    def _item(self, one: OrderRow) -> ListItem:
        unsent = LinkState.of(self.api.sync).unsent(one.id, ORDER_TABLES)
        said = self._said(one)
        return ListItem(
            key=one.id, title=", ".join(one.tests), subtitle=f"{said} · {not_yet()}" if unsent else said,
            meta=when_text(one.ordered_at, self.api.zone, self.api.workspace.reader().today), title_strong=False,
            chip=_chip(one), dashed=unsent,
        )  # fmt: skip

    @staticmethod
    def _said(one: OrderRow) -> str:
        if one.review is ReviewState.WAITING:
            return t("Waiting for {name}", name=one.owner_name or t("a provider"))
        if one.review is ReviewState.SIGNED:
            return one.released_text or t("Signed")
        word = order_word(one.status)
        return f"{word}: {one.cancel_reason}" if one.cancel_reason else word

    def open_item(self, item: str) -> None:
        """Open an order, as soon as it is there."""
        self._want(item, opens=True)

    def mark_item(self, item: str) -> None:
        """Mark an order in the list and leave the room to the grid."""
        self._want(item, opens=False)

    def _want(self, item: str, *, opens: bool) -> None:
        self._opens = opens
        if item in self._rows:
            self._take(item)
        else:
            self._wanted = item

    def _take(self, order_id: str) -> None:
        self.orders.set_current(order_id)
        if self._opens:
            self._open(order_id)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside a panel the values come before the line of their course."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        roomy = self.width() >= NARROW
        self.table.show_course(roomy)
        if self._values:
            self.side.setFixedWidth(ORDERS_WIDTH if roomy else ORDERS_NARROW)

    def _open(self, order_id: str) -> None:
        self.api.show_panel(LabOrderView(self.api, order_id, self.patient_name))

    def first_focus(self) -> QWidget | None:
        """The grid has the keyboard; the orders where there are no values."""
        return self.table if self._values else self.orders


def _chip(one: OrderRow) -> ChipSpec | None:
    if one.review is ReviewState.WAITING and one.critical:
        return ChipSpec(t("Critical"), "warn", StatusKind.CRITICAL)
    if one.status in (LabOrderStatus.ORDERED, LabOrderStatus.IN_PROGRESS) and one.priority != "ROUTINE":
        return ChipSpec(t("Stat") if one.priority == "STAT" else t("Urgent"), "warn")
    return None
