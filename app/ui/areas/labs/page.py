"""Results: what waits for a signature at the left, one order at the right; what is signed opens the next."""

from __future__ import annotations

from datetime import date
from functools import partial

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.domain.enums import NextStep, ReviewState
from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.labs import ReviewList, ReviewRow, Which, may_read_values, results_to_review
from app.queries.labs_grid import Signer, lab_signers
from app.queries.labs_order import OrderResults, ResultLine, order_results
from app.ui.areas.labs.desk_detail import DeskDetail
from app.ui.areas.labs.detail import ResultDetail
from app.ui.areas.labs.head import InboxButton, ReviewHead, why_files_wait
from app.ui.areas.labs.inbox_import import FilesTaker
from app.ui.areas.labs.open_orders import OpenOrders
from app.ui.areas.labs.review_list import ReviewCard
from app.ui.areas.labs.signing import Signing
from app.ui.parts.lab_words import when_text
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.layouts import column, row
from app.ui.widgets.panel import Card
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Divider, ElidedLabel, Label
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import AreaPage, Lane, Place, RestoreDraft, ShellApi
from app.ui.work.places import OpenChart, ShowResults

LIST_WIDTH = 352
NARROW = 900
ORDERS = "ORDERS"
"""The choice beside the filters: what was ordered and has no results yet."""
FILTERS = (Which.ALL, Which.MINE, Which.CRITICAL, Which.PARTIAL, Which.COVERING, Which.HISTORY)


class ResultsPage(AreaPage):
    """The page. Providers sign; an ADMIN looks; the desk sees where results stand and what it may say."""

    watches = frozenset({"lab_review", "lab_orders", "lab_signature", "lab_message", "cover", "patients"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        reader = api.workspace.reader()
        self._values = may_read_values(reader)
        self._signs = self._values and api.can(Permission.SIGN_RESULTS)
        self._list, self._order, self._people = (Lane(self, api.workspace) for _ in range(3))
        self._found: ReviewList | None = None
        self._wanted, self._to_choose = "", self._signs
        self._as_of = api.now()
        self.signing = Signing(self)
        self.count = ElidedLabel("", tone=Tone.MUTED)
        choices = [*((one.value, self._filter_text(one, None)) for one in FILTERS), (ORDERS, t("Open orders"))]
        self.filters = SegmentedControl(choices, name=t("Show"))
        self.inbox, self.files = InboxButton(api), FilesTaker(api, parent=self)  # taking goes on without the panel
        self.rows = ReviewCard(api.zone)
        self._left, self.orders = Card(padding=0, gap=0), OpenOrders(api)
        self.detail, self.desk = ResultDetail(api, self._today), DeskDetail(api, self._today)
        self._side: QWidget = self.detail if self._values else self.desk
        self._build()
        self._connect()

    # -- building -----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._head = ReviewHead(self.count, self.inbox, self.filters, why_files_wait(self.api))
        left = self._left
        left.setFixedWidth(LIST_WIDTH)
        left.body.setContentsMargins(1, 1, 1, 1)
        left.body.addWidget(self.rows, 1)
        left.body.addWidget(Divider())
        hint = t("↑ ↓ move     Ctrl+Enter sign     Ctrl+H hand over") if self._signs else t("↑ ↓ move     Ctrl+O chart")
        self._cut = Label("", role=TypeRole.META, tone=Tone.WARN, wrap=True)
        self._cut.hide()
        keys = Label(hint, role=TypeRole.META, tone=Tone.MUTED)
        left.body.addLayout(column(self._cut, keys, gap=4, margins=(16, 8, 16, 8)))
        beside = row(left, gap=16, parent=(content := QWidget()))
        beside.addWidget(self._side, 1)
        (self.desk if self._values else self.detail).hide()
        self._stack = StateStack(content)
        body = column(gap=16, margins=(24, 16, 24, 16), parent=self)
        body.addWidget(self._head)
        body.addWidget(self._stack, 1)
        body.addWidget(self.orders, 1)
        self.orders.hide()
        self.detail.clear()

    def _connect(self) -> None:
        self.filters.changed.connect(self._filtered)
        self.rows.current_changed.connect(self._load)
        self.rows.chosen.connect(lambda _key: self.first_focus_in_detail())
        self._stack.retry.connect(self.refresh)
        self.detail.stack.retry.connect(lambda: self._load(self._wanted))
        self.inbox.clicked.connect(self.show_inbox)
        self.files.done.connect(self.inbox.refresh)
        self.orders.counted.connect(lambda n: self.filters.set_text(ORDERS, f"{t('Open orders')} {n}"))
        self.detail.sign.clicked.connect(self.sign)
        self.detail.hand_over.clicked.connect(self.hand_over)
        self.detail.open_chart.clicked.connect(self.open_chart)
        self.detail.for_other.connect(self._show_buttons)
        self.detail.table.history_wanted.connect(partial(self._show_more, text=False))
        self.detail.table.text_wanted.connect(partial(self._show_more, text=True))
        self.desk.open_chart.clicked.connect(self.open_chart)

    # -- keys ---------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Take Ctrl+Enter and Alt+digit while the focus is here; in a panel beside the page they are the panel's."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._own(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Sign, or choose what happens next."""
        step = self._own(event)
        if step is None:
            super().keyPressEvent(event)
        elif isinstance(step, NextStep):
            self._choose_step(step)
        else:
            self.sign()

    def _own(self, event: QKeyEvent) -> NextStep | str | None:
        if not self._signs:
            return None
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if held == Qt.KeyboardModifier.ControlModifier and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return "sign"
        place = event.key() - Qt.Key.Key_1
        steps = list(NextStep)
        if held == Qt.KeyboardModifier.AltModifier and 0 <= place < len(steps) and self.detail.foot.isVisible():
            return steps[place]
        return None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside a wide panel the list gives its room to the order."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self._left.setVisible(not (narrow and self._values))
        self._head.set_narrow(narrow)
        self.detail.set_narrow(narrow)

    def _today(self) -> date:
        return self.api.workspace.reader().today

    def _filtered(self, key: str) -> None:
        self._to_choose = False
        self._stack.setVisible(key != ORDERS)
        self.orders.setVisible(key == ORDERS)
        self.refresh()

    @property
    def _which(self) -> Which:
        return Which.ALL if self.filters.current == ORDERS else Which(self.filters.current)

    def show_orders(self) -> None:
        """Show the orders that have no results yet."""
        self.filters.set_current(ORDERS)
        self.orders.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # -- the list -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for the list anew; the row that is open stays open."""
        if self._found is None:
            self._stack.set_loading()
        self._list.ask(results_to_review, on_result=self._show, on_error=self._failed, which=self._which)
        self.inbox.refresh()
        if self.filters.current == ORDERS:
            self.orders.refresh()
        if self._signs:
            self._people.ask(lab_signers, on_result=self._know_people)

    def _know_people(self, people: tuple[Signer, ...]) -> None:
        self.detail.next_step.set_people(people)

    def _failed(self, error: AppError) -> None:
        if self._found is None:
            self._stack.set_error(error.message)
        else:
            self.api.problem(error)

    def _show(self, found: ReviewList) -> None:
        self._found, self._as_of = found, self.api.now()
        if self._to_choose:
            self._to_choose = False
            if found.counts[Which.MINE]:  # a provider begins with what is theirs, or nobody's
                self.filters.set_current(Which.MINE.value)
                return
        self.api.set_count("labs", found.counts[Which.ALL] or None)
        oldest = when_text(found.oldest, self.api.zone, self._today()) if found.oldest else ""
        self.count.setText(t("{n}, oldest from {day}", n=found.counts[Which.ALL], day=oldest) if oldest else "")
        for one in FILTERS:
            self.filters.set_text(one.value, self._filter_text(one, found.counts[one]))
        self._cut.setText(t("The first {n} are listed; the others follow as these are signed.", n=len(found.items)))
        self._cut.setVisible(found.more)
        self._show_rows()

    def _filter_text(self, which: Which, count: int | None) -> str:
        words = {
            Which.ALL: t("All"), Which.MINE: t("Mine"), Which.CRITICAL: t("Critical"), Which.PARTIAL: t("Partial"),
            Which.COVERING: t("Covering"), Which.HISTORY: t("History"),
        }  # fmt: skip
        return words[which] if count is None else f"{words[which]} {count}"

    def _show_rows(self) -> None:
        """Show what waits and isn't on its way to be signed; keep the open one, else open the first."""
        found = self._found
        if found is None:
            return
        rows = [row for row in found.items if row.order_id not in self.signing.under_way]
        before, wanted = self.rows.current_key, self._wanted
        place = [item.key for item in self.rows.items()].index(before) if before else 0
        blocked = QSignalBlocker(self.rows)  # the row that is to be open is chosen below
        self.rows.show_rows(rows, self._today())
        blocked.unblock()
        if not rows:
            self._wanted = ""
            self.detail.clear()
            self._show_empty()
            return
        self._stack.set_ready()
        keys = [row.order_id for row in rows]
        chosen = wanted if wanted in keys else keys[min(place, len(keys) - 1)]
        blocked.reblock()
        self.rows.set_current(chosen)
        blocked.unblock()
        self._load(chosen)
        # The window's own: in a window behind another the program's is None, and the keyboard was taken from a panel.
        if self.isVisible() and self.window().focusWidget() in (None, self):
            self.rows.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_empty(self) -> None:
        found = self._found
        if self._which is Which.MINE and found is not None and found.counts[Which.ALL]:
            to_all = partial(self.filters.set_current, Which.ALL.value)
            self._stack.set_empty(t("Nothing of yours waits."), t("Show all"), to_all)
        else:
            self._stack.set_empty(self._why_empty())

    def _why_empty(self) -> str:
        if self._which is not Which.ALL:
            return t("Nothing of this kind waits.")
        if self.signing.under_way:
            return t("The last results are being signed.")
        return t("No results wait. What laboratories send appears here.")

    # -- the order ----------------------------------------------------------------------------------------------------

    def _load(self, order_id: str) -> None:
        row = self.rows.row_of(order_id)
        if row is None:
            return
        fresh = order_id != self._wanted
        self._wanted = order_id
        if not self._values:
            self.desk.show_row(row)
            return
        if fresh:
            self.detail.clear()
            self.detail.stack.set_blank()
            self.detail.name.setText(row.patient_name)
        self._order.ask(order_results, on_result=self._show_order, on_error=self._order_failed, order_id=order_id)

    def _show_order(self, order: OrderResults) -> None:
        if order.id != self._wanted:
            return
        self.detail.show_order(order, may_sign=self._signs and order.review is ReviewState.WAITING)
        self.signing.saw(order)
        self.signing.take_up(order)
        self._show_buttons()

    def _order_failed(self, error: AppError) -> None:
        self.detail.stack.set_error(error.message)

    def _show_buttons(self) -> None:
        self.detail.sign.setEnabled(self.can_sign())

    def _show_more(self, line: ResultLine, *, text: bool) -> None:
        from app.ui.parts.lab_history_panel import HistoryPanel
        from app.ui.parts.lab_text_panel import LabTextPanel

        read = partial(LabTextPanel, self.api, self._wanted, line.item)
        self.api.show_panel(read() if text else HistoryPanel(self.api, line))

    # -- what can be done ---------------------------------------------------------------------------------------------

    @property
    def current(self) -> ReviewRow | None:
        """The row that is open."""
        return self.rows.row_of(self._wanted)

    def has_order(self) -> bool:
        """Whether an order is open."""
        return self.current is not None

    def can_sign(self) -> bool:
        """Whether the open results may be signed now: they are shown, and it is clear for whom."""
        order = self.detail.order
        if not self._signs or order is None or order.id != self._wanted or order.review is not ReviewState.WAITING:
            return False
        return order.may_sign or self.detail.sign_for.isChecked()

    def sign(self) -> None:
        """Sign what is shown after ten seconds, and open the next."""
        order = self.detail.order
        if self.can_sign() and order is not None:
            self.signing.sign(order, self.detail)
            self.rows.setFocus(Qt.FocusReason.OtherFocusReason)  # a field that had the keyboard may be gone

    def can_sign_together(self) -> bool:
        """Whether some of the listed results were looked at and are in range."""
        return self._signs and bool(self.signing.together())

    def sign_together(self) -> None:
        """Sign all results of the list that were looked at and are in range."""
        self.signing.sign_together()

    def gone(self) -> None:
        """Results are on their way to be signed, or came back: show the others, open the next."""
        self._show_rows()
        QTimer.singleShot(0, self, self._show_buttons)

    def came_back(self, order_id: str) -> None:
        """A signature was cancelled or refused: the results are open again."""
        self._wanted = order_id
        self._show_rows()
        self.refresh()

    def _choose_step(self, step: NextStep) -> None:
        if self._signs and self.detail.foot.isVisible():
            self.detail.next_step.choose(step)

    def hand_over(self) -> None:
        """Let somebody else review the open results."""
        row = self.current
        if row is not None and self._signs:
            from app.ui.areas.labs.hand_over_panel import HandOverPanel

            self.api.show_panel(HandOverPanel(self.api, row))

    def show_inbox(self) -> None:
        """Show laboratories' messages beside the page: those that wait for a person, and taking files in."""
        from app.ui.areas.labs.inbox import InboxPanel

        self.api.show_panel(InboxPanel(self.api, taker=self.files))

    def open_chart(self) -> None:
        """Open the patient's chart at the laboratory tab."""
        row = self.current
        if row is not None:
            self.api.navigate(OpenChart(patient_id=row.patient_id, tab="labs", item=row.order_id, mark=True))

    def order_labs(self) -> None:
        """Choose a patient and order tests."""
        from app.ui.parts.lab_order_panel import LabOrderPanel

        self.api.find_patient(lambda patient_id, name: self.api.show_panel(LabOrderPanel(self.api, patient_id, name)))

    def enter_results(self) -> None:
        """Type results of the open order."""
        row = self.current
        if row is not None:
            from app.ui.parts.lab_entry_panel import LabEntryPanel

            self.api.show_panel(LabEntryPanel(self.api, row.order_id, row.patient_name))

    # -- the shell ----------------------------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        """Show one order or a filter; take up a draft."""
        if isinstance(place, RestoreDraft):
            self.signing.restore(place.draft)
        elif isinstance(place, ShowResults):
            if place.which or place.order_id:
                self._to_choose = False
            if place.order_id and not place.which:
                self.filters.set_current(Which.ALL.value)
            if place.which in {one.value for one in Which}:
                self.filters.set_current(place.which)
            self._wanted = place.order_id or self._wanted
            self.refresh()

    def first_focus(self) -> QWidget | None:
        """The list has the keyboard."""
        return self.rows if self.filters.current != ORDERS else self.orders.list

    def first_focus_in_detail(self) -> None:
        """Enter on a row goes to its table."""
        if self._values:
            self.detail.table.setFocus(Qt.FocusReason.ShortcutFocusReason)
