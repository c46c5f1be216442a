"""Orders, referrals, papers and measurements of one visit, each opening where it is looked after."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from app.domain.enums import ExcuseNoteStatus, LabOrderStatus, ReferralStatus
from app.kernel.i18n import t, tn
from app.queries.visit_content import VisitContent
from app.ui.areas.chart.visits.measured_words import measured_line
from app.ui.parts.patient_values import date_text
from app.ui.parts.words import clock
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.layouts import column
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.panel import Panel
from app.ui.widgets.text import Label
from app.ui.work import ShellApi
from app.ui.work.places import OpenChart


def order_word(status: LabOrderStatus) -> str:
    """Return where a lab order stands."""
    return {
        LabOrderStatus.ORDERED: t("ordered"),
        LabOrderStatus.IN_PROGRESS: t("in progress"),
        LabOrderStatus.COMPLETED: t("result is there"),
        LabOrderStatus.CANCELLED: t("cancelled"),
    }[status]


def referral_word(status: ReferralStatus) -> str:
    """Return where a referral stands."""
    return {
        ReferralStatus.PENDING: t("not sent"),
        ReferralStatus.SENT: t("sent"),
        ReferralStatus.ACCEPTED: t("accepted"),
        ReferralStatus.COMPLETED: t("completed"),
        ReferralStatus.CANCELLED: t("cancelled"),
    }[status]


def paper_word(status: ExcuseNoteStatus) -> str:
    """Return where an excuse note stands."""
    return {
        ExcuseNoteStatus.DRAFT: t("draft"),
        ExcuseNoteStatus.SENT: t("sent"),
        ExcuseNoteStatus.EXPIRED: t("expired"),
    }[status]


class ContentCards(QWidget):
    """One panel a kind; kinds without rows aren't shown."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._patient = ""
        self.lists: dict[str, ListCard] = {}
        self.panels: dict[str, Panel] = {}
        body = column(gap=12, parent=self)
        titles = (("measured", t("Measured in this visit"), "vitals"), ("orders", t("Lab orders"), "labs"),
                  ("referrals", t("Referrals"), "referrals"), ("papers", t("Excuse notes"), "notes"))  # fmt: skip
        for key, title, tab in titles:
            cards = ListCard(name=title, framed=False, row_height=32, max_rows=12)
            cards.chosen.connect(lambda item, tab=tab: self._open(tab, item))
            panel = Panel(title, flush=True)
            panel.add(cards)
            panel.hide()
            self.lists[key], self.panels[key] = cards, panel
            body.addWidget(panel)
        self.tasks = Label("", role=TypeRole.META, tone=Tone.MUTED)
        self.tasks.hide()
        body.addWidget(self.tasks)

    def forget(self) -> None:
        """Show nothing."""
        for panel in self.panels.values():
            panel.hide()
        self.tasks.hide()

    def show_content(self, content: VisitContent) -> None:
        """Show what names the visit."""
        self._patient = content.patient_id
        zone = self._api.zone

        def line(key: str, title: str, status: str, at: Any = None) -> ListItem:
            return ListItem(key=key, title=title, title_strong=False, meta=status,
                            lead=clock(at, zone) if at is not None else "")  # fmt: skip

        rows = {
            "measured": [line(one.id, measured_line(one), "", one.at) for one in content.measured],
            "orders": [line(one.id, ", ".join(one.tests), order_word(one.status)) for one in content.orders],
            "referrals": [line(one.id, " · ".join(filter(None, (one.specialty, one.to))), referral_word(one.status))
                          for one in content.referrals],
            "papers": [line(one.id, f"{date_text(one.first)} – {date_text(one.last)}", paper_word(one.status))
                       for one in content.papers],
        }  # fmt: skip
        for key, items in rows.items():
            self.lists[key].set_items(items)
            self.panels[key].set_count(len(items))
            self.panels[key].setVisible(bool(items))
        self.tasks.setText(tn("{n} open task came of this visit", "{n} open tasks came of this visit", content.tasks))
        self.tasks.setVisible(bool(content.tasks))

    def _open(self, tab: str, item: str) -> None:
        self._api.navigate(OpenChart(patient_id=self._patient, tab=tab, item=item))
