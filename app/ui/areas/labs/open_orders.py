"""Orders of all patients that have no results yet: the overdue ones first, then the oldest."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.core import Page
from app.queries.labs import OrderRow, waiting_orders
from app.ui.parts.lab_order_view import LabOrderView
from app.ui.parts.lab_words import order_word, when_text
from app.ui.parts.link_state import ORDER_TABLES, LinkState, not_yet
from app.ui.parts.words import birth, day_inside
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.layouts import column, row
from app.ui.widgets.lists import ChipSpec, ListCard, ListItem
from app.ui.widgets.panel import Card
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Divider, Label
from app.ui.work import Lane, ShellApi

MOST = 500


class OpenOrders(QWidget):
    """The list; Enter opens an order beside it. ``counted`` says how many there are."""

    counted = Signal(int)

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._lane = Lane(self, api.workspace)
        self._rows: dict[str, OrderRow] = {}
        self.list = ListCard(name=t("Open orders"), fit=False, framed=False, row_height=56)
        self.note = Label("", role=TypeRole.META, tone=Tone.MUTED)
        card = Card(padding=0, gap=0)
        card.body.setContentsMargins(1, 1, 1, 1)
        card.body.addWidget(self.list, 1)
        card.body.addWidget(Divider())
        card.body.addLayout(row(self.note, margins=(16, 8, 16, 8)))
        self.states = StateStack(card)
        column(self.states, gap=0, parent=self)
        self.list.chosen.connect(self.open_order)
        self.states.retry.connect(self.refresh)
        api.sync.changed.connect(self._show_rows)

    def refresh(self) -> None:
        """Ask anew; what is shown stays until the answer is there."""
        if not self._rows:
            self.states.set_loading()
        self._lane.ask(waiting_orders, on_result=self._show, on_error=self._failed, limit=MOST)

    def _failed(self, error: AppError) -> None:
        if self._rows:
            self._api.problem(error)
        else:
            self.states.set_error(error.message)

    def _show(self, page: Page[OrderRow]) -> None:
        ordered = page.items
        self._rows = {one.id: one for one in ordered}
        self.counted.emit(len(ordered))
        if not ordered:
            self.states.set_empty(t("Every order has its results."))
            return
        late = sum(one.late for one in ordered)
        said = [tn("{n} order is overdue", "{n} orders are overdue", late) if late else t("None is overdue."),
                t("↑ ↓ move     Enter opens the order")]  # fmt: skip
        if page.more:
            said.append(t("Newer orders are not listed."))
        self.note.setText("     ".join(said))
        self.states.set_ready()
        self._show_rows()

    def _show_rows(self) -> None:
        self.list.set_items([self._item(one) for one in self._rows.values()])
        if self._rows and self.list.current_key not in self._rows:
            self.list.set_current(next(iter(self._rows)))

    def _item(self, one: OrderRow) -> ListItem:
        unsent = LinkState.of(self._api.sync).unsent(one.id, ORDER_TABLES)
        today = self._api.workspace.reader().today
        wanted = t("wanted {day}", day=day_inside(one.wanted_on, today)) if one.wanted_on is not None else ""
        said = [", ".join(one.tests), order_word(one.status), wanted, one.provider_name, not_yet() if unsent else ""]
        name = f"{one.patient_name}   {birth(one.born)}" if one.born else one.patient_name
        return ListItem(
            key=one.id, title=name, subtitle=" · ".join(part for part in said if part), chip=self._chip(one),
            meta=when_text(one.ordered_at, self._api.zone, today), dashed=unsent,
        )  # fmt: skip

    def _chip(self, one: OrderRow) -> ChipSpec | None:
        urgent = {"STAT": t("Stat"), "URGENT": t("Urgent")}.get(one.priority, "")
        if one.late:
            return ChipSpec(" · ".join(filter(None, (urgent, t("Overdue")))), "warn", StatusKind.ARRIVED)
        return ChipSpec(urgent, "warn") if urgent else None

    def open_order(self, order_id: str) -> None:
        """Show an order in the panel."""
        one = self._rows.get(order_id)
        if one is not None:
            self._api.show_panel(LabOrderView(self._api, order_id, one.patient_name))
