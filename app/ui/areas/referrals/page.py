"""The referrals of the clinic: the list, and a letter beside its form."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t
from app.queries.referrals import overdue_referrals
from app.ui.parts.papers.referral_desk import ReferralDesk
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.layouts import column
from app.ui.widgets.text import Label
from app.ui.work import AreaPage, Lane, Place, ShellApi
from app.ui.work.places import RestoreDraft, ShowReferrals


class ReferralsPage(AreaPage):
    """All referrals, by status and by what is overdue."""

    watches = frozenset({"referrals", "referral_detail"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._count = Lane(self, api.workspace)
        self.desk = ReferralDesk(api, Label(t("Referrals"), role=TypeRole.PATIENT, strong=True))
        column(self.desk, gap=0, margins=(24, 16, 24, 16), parent=self)

    def refresh(self) -> None:
        """Ask anew, and count what is overdue."""
        self.desk.refresh()
        self._count.ask(overdue_referrals, on_result=self._counted, on_error=lambda _error: None)

    def _counted(self, count: int) -> None:
        self.api.set_count("referrals", count or None)

    def show_overdue(self) -> None:
        """Show only what is overdue."""
        self.desk.show_list()
        self.desk.filter.set_current("overdue")

    def open(self, place: Place) -> None:
        """Show one, begin one, or take up a draft."""
        if isinstance(place, RestoreDraft):
            self.desk.editor.restore(place.draft)
            self.desk.stack.setCurrentWidget(self.desk.editor)
        elif isinstance(place, ShowReferrals) and place.referral_id:
            self.desk.open_paper(place.referral_id)
        elif isinstance(place, ShowReferrals) and place.patient_id:
            self.desk.start(place.patient_id, place.patient_name)
        elif isinstance(place, ShowReferrals) and place.overdue:
            self.show_overdue()

    def first_focus(self) -> QWidget | None:
        """The list has the keyboard."""
        return self.desk.first_focus()
