"""The summary: everything that decides on one screen."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.domain.demographics import CodedList
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.patient_card import PatientCard, patient_card
from app.ui.areas.chart.tab import ChartTab
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Panel
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Label
from app.ui.work import Lane, ShellApi


class SummaryTab(ChartTab):
    """Problems and medicines of one patient."""

    watches = frozenset({"patients"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._lane = Lane(self, api.workspace)
        self._patient = ""
        self.problems, self.medicines = Panel(t("Problems")), Panel(t("Medicines"))
        self._texts = {"conditions": Label("", wrap=True), "medications": Label("", wrap=True)}
        self.problems.add(self._texts["conditions"])
        self.medicines.add(self._texts["medications"])
        inside = QWidget()
        across = row(self.problems, self.medicines, gap=16)
        column(across, STRETCH, margins=(24, 16, 24, 16), parent=inside)
        self.states = StateStack(inside, parent=self)
        self.states.retry.connect(self.refresh)
        column(self.states, gap=0, parent=self)

    def show_patient(self, patient_id: str, name: str) -> None:
        """Show another patient."""
        del name
        self._patient = patient_id
        self.states.set_blank()
        self.states.set_loading()
        self.refresh()

    def refresh(self) -> None:
        """Ask anew."""
        self._lane.ask(patient_card, on_result=self._show, on_error=self._failed, patient_id=self._patient)

    def _show(self, card: PatientCard) -> None:
        if card.id == self._patient:
            for key, label in self._texts.items():
                coded: CodedList = getattr(card.demographics, key)
                label.setText("\n".join(item.display for item in coded.items))
            self.states.set_ready()

    def _failed(self, error: AppError) -> None:
        self.states.set_error(error.message)
