"""A patient's referrals in the chart."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QWidget

from app.domain.permissions import Permission
from app.ui.areas.chart.tab import ChartTab
from app.ui.parts.papers.referral_desk import ReferralDesk
from app.ui.widgets.layouts import column
from app.ui.work import ShellApi
from app.ui.work.places import NEW_ITEM


class ReferralsTab(ChartTab):
    """The list of one patient, and a letter beside its form."""

    watches: ClassVar[frozenset[str]] = frozenset({"referrals", "referral_detail"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self.desk = ReferralDesk(api)
        self.desk.filter.set_current("all")
        column(self.desk, gap=0, margins=(24, 12, 24, 16), parent=self)

    def show_patient(self, patient_id: str, name: str) -> None:
        """Show another patient's."""
        self.desk.of_patient(patient_id, name)

    def refresh(self) -> None:
        """Ask anew."""
        self.desk.refresh()

    def open_item(self, item: str) -> None:
        """Open one, or begin one."""
        if item != NEW_ITEM:
            self.desk.open_paper(item)
        elif self.api.can(Permission.ORDER):
            self.desk.start(self.desk.patient_id, self.patient_name)

    def first_focus(self) -> QWidget | None:
        """The list has the keyboard."""
        return self.desk.first_focus()
