"""What the chart's frame does: it loads the header, follows changes of this patient, and tells the tabs."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject

from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.chart import ChartHead, chart_head
from app.ui.areas.chart.header import ChartHeader
from app.ui.areas.chart.host import TabHost
from app.ui.areas.chart.tab_bar import TabBar
from app.ui.widgets.states import StateStack
from app.ui.work import ChangesPort, Lane, ShellApi

HEAD_TABLES = frozenset({
    "patients", "patient_detail", "visits", "visit_slots", "messages", "message_threads", "lab_review", "lab_orders",
    "referrals",
})  # fmt: skip
"""What the header is made of."""


class _ChartFrame(Protocol):
    """What the presenter needs of the page: the parts that show the patient."""

    @property
    def header(self) -> ChartHeader: ...
    @property
    def bar(self) -> TabBar: ...
    @property
    def host(self) -> TabHost: ...
    @property
    def states(self) -> StateStack: ...
    def open_chart(self, patient_id: str) -> None: ...


class ChartPresenter(QObject):
    """Holds the patient shown."""

    def __init__(self, api: ShellApi, page: _ChartFrame, parent: QObject) -> None:
        super().__init__(parent)
        self._api, self._page = api, page
        self._load = Lane(self, api.workspace)
        self.patient_id = ""
        self.head: ChartHead | None = None

    def show(self, patient_id: str) -> None:
        """Show another patient; the one before is gone from the screen at once."""
        if patient_id == self.patient_id:
            return
        self.patient_id, self.head = patient_id, None
        self._page.header.show_nobody()
        self._page.host.set_patient(patient_id, "")
        self.refresh()

    def refresh(self) -> None:
        """Ask for the header anew."""
        if self.patient_id:
            self._load.ask(chart_head, on_result=self._show, on_error=self._failed, patient_id=self.patient_id,
                           opening=self.head is None)  # fmt: skip

    def changed(self, changes: ChangesPort) -> None:
        """Follow a change that may concern the patient."""
        if self.patient_id:
            if changes.touches(HEAD_TABLES):
                self.refresh()
            self._page.host.changed(changes)

    def _show(self, head: ChartHead) -> None:
        if head.id != self.patient_id:
            return
        first, self.head = self.head is None, head
        self._page.header.show_head(head)
        self._page.states.set_ready()
        counts = {"labs": head.open_labs, "referrals": head.open_referrals, "messages": head.unread}
        for tab, count in counts.items():
            self._page.bar.set_count(tab, count)
        self._page.host.set_name(head.name)
        if first:
            self._api.remember_chart(head.id, head.name)

    def step(self, step: int) -> None:
        """Go to the next (1) or the previous (-1) patient of my day."""
        other = self.head.beside(step) if self.head is not None else None
        if other is not None:
            self._page.open_chart(other.patient_id)
        elif self.head is not None:
            self._api.toast(t("Nobody comes after.") if step > 0 else t("Nobody comes before."))

    def _failed(self, error: AppError) -> None:
        if self.head is None:
            self._page.states.set_error(error.message)
        else:
            self._api.problem(error)
