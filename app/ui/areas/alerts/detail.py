"""One alert: how severe, whose patient, why it was raised with the readings drawn, its earlier ones, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtWidgets import QWidget

from app.domain.alert_facts import AlertFacts, read_facts
from app.domain.enums import AlertSeverity, AlertStatus
from app.kernel.i18n import t
from app.queries.alerts import AlertRow, EarlierAlert
from app.ui.areas.alerts.evidence import EvidenceView
from app.ui.areas.alerts.words import (
    clock_word,
    day_clock,
    earlier_word,
    end_word,
    gone_word,
    owner_word,
    repeat_word,
    rule_word,
    severity_chip,
    title_word,
    told_word,
    why_word,
)
from app.ui.parts.patient_values import born_text
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.chip import Chip
from app.ui.widgets.flow import side_by_side
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.panel import Card, Note
from app.ui.widgets.text import Label
from app.ui.work import ShellApi


class AlertDetail(QWidget):
    """Shows an alert; its buttons belong to the page, which binds them."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self.facts = AlertFacts()
        self.severity, self.clock = Chip(""), Chip("")
        self.title = Label("", role=TypeRole.SECTION, strong=True, wrap=True)
        self.why = Label("", wrap=True)
        self.rule = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.name = Label("", role=TypeRole.SECTION, strong=True, wrap=True)
        self.born = Label("")
        self.problem = Note("", kind=StatusKind.HELD)
        self.gone = Note("", kind=StatusKind.ARRIVED)
        self.whose = Label("", tone=Tone.MUTED, wrap=True)
        self.evidence = EvidenceView(api.zone)
        self.owner = Label("", tone=Tone.MUTED, wrap=True)
        self.resolve = Button(t("Resolve"), icon="check", keys="Ctrl+D", kind=ButtonKind.PRIMARY)
        self.dismiss = Button(t("Dismiss"), icon="close", keys="Alt+X")
        self.snooze = Button(t("Put off"), icon="clock", keys="Alt+P", small=True)
        self.give = Button(t("Give to"), icon="swap", keys="Alt+G", small=True)
        self.open_chart = Button(t("Open chart"), icon="user", keys="Ctrl+O", small=True)
        self.open_results = Button(t("Open the results"), icon="flask", keys="Alt+R", small=True)
        self.earlier_head = Label(t("Earlier ones"), role=TypeRole.META, strong=True)
        self.earlier = ListCard(name=t("Earlier ones"), row_height=32, max_rows=6)
        self._compose()

    def _compose(self) -> None:
        person = Card(padding=16, gap=4)
        person.body.addWidget(self.name)
        person.body.addWidget(self.born)
        body = column(row(self.severity, self.clock, STRETCH), self.gone, person, self.title, self.why,
                      self.problem, self.rule, self.evidence, self.owner, gap=12, parent=self)  # fmt: skip
        body.addWidget(self.whose)
        body.addLayout(row(self.resolve, self.dismiss, STRETCH))
        body.addLayout(side_by_side(self.snooze, self.give, self.open_chart, self.open_results))
        body.addWidget(self.earlier_head)
        body.addWidget(self.earlier)
        body.addStretch(1)

    @property
    def buttons(self) -> dict[str, Button]:
        """What can be done, by the action's key."""
        return {"resolve": self.resolve, "dismiss": self.dismiss, "snooze": self.snooze, "give": self.give,
                "open_chart": self.open_chart, "open_results": self.open_results}  # fmt: skip

    def show_alert(self, alert: AlertRow) -> None:
        """Show an alert; the earlier ones come by ``show_earlier``."""
        now, zone = self._api.now(), self._api.zone
        self.facts = read_facts(alert.payload)
        chip = severity_chip(alert.severity)
        self.severity.show_state(chip.text, icon=chip.icon, kind=chip.kind)
        self.title.setText(title_word(alert))
        self.why.setText(why_word(alert, self.facts, zone))
        self.name.setText(alert.patient_name)
        self.born.setText(t("Born {date}", date=born_text(alert.born, now.astimezone(zone).date(), alert.death)))
        said = [rule_word(self.facts), t("raised: {time}", time=day_clock(alert.created_at, now, zone)),
                repeat_word(alert, zone, now)]  # fmt: skip
        self.rule.setText(" · ".join(filter(None, said)))
        self.problem.show_text(t("Unreadable value"), t("What raised this alert can't be read. Look into the chart."))
        self.problem.setVisible(alert.unreadable)
        self.evidence.show_facts(self.facts, alert.ranges)
        self._show_end(alert)
        self.show_clock(alert, now, live=True)
        self.gone.hide()

    def show_gone(self, alert: AlertRow) -> None:
        """Say what a colleague did with the alert that is shown: it isn't in the list any more."""
        said = gone_word(alert, self._api.workspace.actor.user_id, self._api.now(), self._api.zone)
        self.gone.show_text(t("Not in this list any more"), said)
        self.gone.show()

    def show_whose(self, alert: AlertRow, *, theirs: bool) -> None:
        """Say who deals with an alert that the person may only read."""
        info = alert.severity == AlertSeverity.INFO.value
        self.whose.setText(t("A provider or the front desk deals with this alert.") if info
                           else t("A provider deals with this alert."))  # fmt: skip
        self.whose.setVisible(alert.status == AlertStatus.ACTIVE.value and not theirs)

    def _show_end(self, alert: AlertRow) -> None:
        me, now, zone = self._api.workspace.actor.user_id, self._api.now(), self._api.zone
        self.owner.setText(end_word(alert, now, zone) or t("Whose: {owner}", owner=owner_word(alert, me)))

    def show_clock(self, alert: AlertRow, now: datetime, *, live: bool) -> None:
        """Show the escalation clock as it stands now; a stale one isn't coloured."""
        zone = self._api.zone
        said = (clock_word(alert, now, zone), told_word(alert, now, zone)) if alert.status == "ACTIVE" else ()
        text = " · ".join(filter(None, said))
        late = live and alert.escalated(now)
        self.clock.show_state(text, icon="warn" if late else "clock", kind=StatusKind.CRITICAL if late else None)
        self.clock.setVisible(bool(text))

    def show_earlier(self, earlier: Sequence[EarlierAlert]) -> None:
        """Show the earlier ones of its kind."""
        now, zone = self._api.now(), self._api.zone
        self.earlier.set_items([
            ListItem(key=one.alert_id, title=earlier_word(one), title_strong=False,
                     icon="bell" if one.status == "ACTIVE" else "check", meta=day_clock(one.created_at, now, zone))
            for one in earlier
        ])  # fmt: skip
        self.earlier.setVisible(bool(earlier))
        self.earlier_head.setVisible(bool(earlier))
