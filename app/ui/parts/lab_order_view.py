"""One order in a panel: where it stands, its results for who may read them, and what can be done with it."""

from __future__ import annotations

from PySide6.QtWidgets import QFileDialog, QWidget

from app.commands.core import Outcome
from app.commands.labs import CancelLabOrder, StartLabOrder
from app.documents.heads import Made
from app.documents.lab_requisition import requisition_paper
from app.documents.paged import save_pdf
from app.domain.enums import LabOrderStatus, ReviewState
from app.domain.permissions import Permission
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import t
from app.queries.access import Access, note_access
from app.queries.labs import may_read_values
from app.queries.labs_order import OrderResults, order_results
from app.queries.labs_requisition import Requisition, requisition
from app.queries.papers import PaperHead, paper_head
from app.ui.parts.lab_history_panel import HistoryPanel
from app.ui.parts.lab_table import ResultsTable
from app.ui.parts.lab_text_panel import LabTextPanel
from app.ui.parts.lab_words import order_word, tests_text
from app.ui.parts.link_state import ORDER_TABLES, LinkState
from app.ui.parts.words import clock, day_plain
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, PendingAction, Progress, ShellApi, ToastTone
from app.ui.work.places import ShowResults


class LabOrderView(PanelPage):
    """The panel; its buttons follow the state and the person's rights."""

    wide = True
    watches = frozenset({"lab_orders", "lab_review", "lab_order_detail"})

    def __init__(self, api: ShellApi, order_id: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api, self._order_id, self._name = api, order_id, name
        self.order: Requisition | None = None
        self._facts, self._results, self._act, self._head = (Lane(self, api.workspace) for _ in range(4))
        self.state = Label("", role=TypeRole.INPUT, strong=True, wrap=True)
        self.about = Label("", tone=Tone.MUTED, wrap=True)
        self.table = ResultsTable(api.zone)
        self.table.setMinimumHeight(320)
        self.table.hide()
        self.start = Button(t("Under way"), icon="next")
        self.enter = Button(t("Enter results"), icon="edit")
        self.review = Button(t("Review"), kind=ButtonKind.PRIMARY, icon="check")
        self.paper = Button(t("Requisition as PDF"), icon="export")
        self.cancel = Button(t("Cancel the order"), kind=ButtonKind.QUIET, icon="close")
        self.reason = LineEdit(name=t("Why it is cancelled"), max_length=2000)
        self.why = FormField(t("Why it is cancelled"), self.reason)
        self.why.hide()
        buttons = row(self.start, self.enter, self.review, STRETCH, gap=8)
        below = QWidget()
        column(self.table, parent=below)
        column(self.state, self.about, buttons, row(self.paper, self.cancel, STRETCH, gap=8), self.why,
               gap=12, parent=self).addWidget(below, 1)  # fmt: skip
        self._connect()
        self._show_buttons()
        self.refresh()

    def _connect(self) -> None:
        self.start.clicked.connect(self.begin)
        self.enter.clicked.connect(self._enter)
        self.review.clicked.connect(lambda: self._api.navigate(ShowResults(order_id=self._order_id)))
        self.paper.clicked.connect(self._ask_file)
        self.cancel.clicked.connect(self.call_off)
        self.reason.returnPressed.connect(self.call_off)
        self.table.history_wanted.connect(lambda line: self._api.show_panel(HistoryPanel(self._api, line)))
        self.table.text_wanted.connect(
            lambda line: self._api.show_panel(LabTextPanel(self._api, self._order_id, line.item))
        )

    def title(self) -> str:
        """Return the heading."""
        return t("Lab order of {name}", name=self._name)

    def first_focus(self) -> QWidget | None:
        """Begin at what comes next."""
        return next((one for one in (self.start, self.review, self.enter, self.paper) if one.isVisibleTo(self)), None)

    def refresh(self) -> None:
        """Ask where it stands, and for the values where they may be read."""
        self._facts.ask(requisition, on_result=self._show, on_error=self._failed, order_id=self._order_id)
        if may_read_values(self._api.workspace.reader()):
            self._results.ask(order_results, on_result=self._show_results, order_id=self._order_id)

    def _failed(self, error: AppError) -> None:
        self.state.setText(error.message)

    def _show(self, order: Requisition) -> None:
        self.order = order
        self.state.setText(self._state_text(order))
        at = order.ordered_at.astimezone(self._api.zone)
        parts = [tests_text([one.name for one in order.tests]), t("ordered by {name}", name=order.provider_name),
                 f"{day_plain(at.date())} {clock(order.ordered_at, self._api.zone)}", order.laboratory, order.diagnosis,
                 order.notes]  # fmt: skip
        self.about.setText(" · ".join(part for part in parts if part))
        self._show_buttons()

    def _state_text(self, order: Requisition) -> str:
        if order.status is LabOrderStatus.CANCELLED and order.cancel_reason:
            return t("Cancelled: {reason}", reason=order.cancel_reason)
        if order.review is ReviewState.WAITING:
            return t("Results wait for a signature")
        if order.review is ReviewState.SIGNED:
            return order.released_text or t("Results are signed")
        return order_word(order.status)

    def _show_results(self, order: OrderResults) -> None:
        self.table.setVisible(bool(order.lines))
        self.table.show_order(order, self._api.workspace.reader().today)

    def _show_buttons(self) -> None:
        order, may = self.order, self._api.can
        status = order.status if order is not None else None
        is_open = status in (LabOrderStatus.ORDERED, LabOrderStatus.IN_PROGRESS)
        self.start.setVisible(status is LabOrderStatus.ORDERED and may(Permission.TRACK_ORDERS))
        self.enter.setVisible(status is not None and status is not LabOrderStatus.CANCELLED and may(Permission.ORDER))
        waits = order is not None and order.review is ReviewState.WAITING
        self.review.setVisible(waits and may(Permission.SIGN_RESULTS))
        self.cancel.setVisible(is_open and may(Permission.ORDER))
        self.paper.setEnabled(order is not None)

    # -- what can be done ---------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The specimen is on its way."""
        command = StartLabOrder(order_id=self._order_id, collected_at=self._api.now())
        self._act.execute(command, on_done=lambda outcome: self._did(t("Under way"), outcome))

    def _did(self, text: str, outcome: Outcome) -> None:
        self._api.did(text, outcome)
        self.refresh()

    def _enter(self) -> None:
        from app.ui.parts.lab_entry_panel import LabEntryPanel

        self._api.show_panel(LabEntryPanel(self._api, self._order_id, self._name))

    def call_off(self) -> None:
        """Ask for the reason first, then wait ten seconds."""
        if not self.why.isVisible():
            self.why.show()
            self.reason.setFocus()
            return
        reason = self.reason.text().strip()
        if not reason:
            self.why.set_error(t("Say why."))
            return
        text = t("Cancelling the lab order of {name}", name=self._name)
        command = CancelLabOrder(order_id=self._order_id, reason=reason)
        self._api.pending(PendingAction(text=text, command=command, on_done=lambda _outcome: self.refresh()))
        self.paper.setFocus()  # the next in Qt's order may be the notice's own button, which goes with its seconds
        self.why.hide()

    # -- paper --------------------------------------------------------------------------------------------------------

    def _ask_file(self) -> None:
        file, _ = QFileDialog.getSaveFileName(self, t("Save as PDF"), t("lab order") + ".pdf", "PDF (*.pdf)")
        if file:
            self.save(file)

    def save(self, file: str) -> None:
        """Write the requisition and keep in the audit that it left."""
        order = self.order
        if order is None:
            return
        self._head.ask(paper_head, on_result=lambda head: self._write(head, order, file),
                       on_error=self._api.problem, patient_id=order.patient_id)  # fmt: skip

    def _write(self, head: PaperHead, order: Requisition, file: str) -> None:
        unsent = LinkState.of(self._api.sync).unsent(order.order_id, ORDER_TABLES)
        made = Made(self._api.now(), self._api.workspace.actor.name, confirmed=not unsent)
        paper = requisition_paper(head, order, made)

        def work(_progress: Progress) -> None:
            try:
                save_pdf(paper, file)
            except OSError as error:
                raise Refused("NotWritten", t("Not written: {why}", why=error.strerror or ""), field="file") from error

        self._act.run(work, on_result=lambda _none: self._written(order), on_error=self._api.problem)

    def _written(self, order: Requisition) -> None:
        self._head.ask(note_access, on_result=lambda _n: None, on_error=lambda _e: None,
                       patient_ids=(order.patient_id,), kind=Access.EXPORT)  # fmt: skip
        self._api.toast(t("Saved"), tone=ToastTone.GOOD)
