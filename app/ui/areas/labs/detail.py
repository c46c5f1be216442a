"""One order at the right: whose results, the table, and what happens next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from app.kernel.i18n import t, tn
from app.queries.labs_order import OrderResults
from app.ui.areas.labs.next_step import NextStepForm
from app.ui.parts.lab_table import ResultsTable
from app.ui.parts.lab_words import next_word, tests_text, when_text
from app.ui.parts.words import birth, clock, day_within, in_sentence
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Divider, Label
from app.ui.widgets.toggles import Checkbox
from app.ui.work import ShellApi

MOST_NAME = 28
"""Characters of a name on the button: in Spanish a longer one cut the key beside it off."""
_AROUND_FACTS = 2 * 24 + 3 * 12
"""Pixels around and between name, birth date and button."""
MOST_BUTTON = 330
"""Pixels of the button that leave room for the word beside it."""


def _shortened(name: str) -> str:
    """The whole name stands above; the button shows as much of it as there is room for."""
    return name if len(name) <= MOST_NAME else f"{name[:MOST_NAME].rstrip()}…"


class ResultDetail(Card):
    """The card at the right; the page connects its buttons. ``for_other`` was ticked: the person signs on purpose."""

    for_other = Signal()

    def __init__(self, api: ShellApi, today: Callable[[], date], parent: QWidget | None = None) -> None:
        super().__init__(padding=0, gap=0, parent=parent)
        self._api, self._today = api, today
        self.order: OrderResults | None = None
        self._narrow = False
        self.name = Label("", role=TypeRole.PATIENT, strong=True)
        self.facts = Label("", tone=Tone.MUTED)
        self.facts_below = Label("", tone=Tone.MUTED, wrap=True)
        self.about = Label("", tone=Tone.MUTED, wrap=True)
        self.notice = Label("", role=TypeRole.META, tone=Tone.WARN, wrap=True)
        self.open_chart = Button(t("Open chart"), keys="Ctrl+O")
        self.table = ResultsTable(api.zone)
        actor = api.workspace.actor
        self.next_step = NextStepForm((actor.user_id, actor.name), today)
        self.sign_for = Checkbox("")
        self.hand_over = Button(t("Hand over"), icon="swap", keys="Ctrl+H")
        self.sign = Button(t("Sign"), kind=ButtonKind.PRIMARY, icon="check", keys="Ctrl+Return")
        self.wait = Label(t("10 s to cancel"), role=TypeRole.META, tone=Tone.MUTED)
        self.foot = QFrame()
        self._build()

    def _build(self) -> None:
        top = row(self.name, self.facts, STRETCH, self.open_chart, gap=12)
        head = column(top, self.facts_below, self.about, self.notice, gap=4, margins=(24, 16, 24, 8))
        self.body.addLayout(head)
        inside = QWidget()
        column(self.table, parent=inside, margins=(16, 0, 16, 0))
        self.stack = StateStack(inside)
        self.body.addWidget(self.stack, 1)
        buttons = row(self.hand_over, STRETCH, self.wait, self.sign, gap=12)
        feet = column(gap=0, parent=self.foot)
        feet.addWidget(Divider())
        inner = column(self.next_step, gap=16, margins=(24, 12, 24, 12))
        inner.addWidget(self.sign_for, 0, Qt.AlignmentFlag.AlignRight)  # two names beside each other are too wide
        inner.addLayout(buttons)
        feet.addLayout(inner)
        self.body.addWidget(self.foot)
        self.sign_for.toggled.connect(lambda _on: self.for_other.emit())
        self.table.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_narrow(self, narrow: bool) -> None:
        """Leave out what can be missed when there is little room."""
        self._narrow = narrow
        self._show_wait()

    def _show_wait(self) -> None:
        room = self.sign.sizeHint().width() <= MOST_BUTTON
        self.wait.setVisible(not self._narrow and self.sign_for.isHidden() and room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find the place for the birth date."""
        super().resizeEvent(event)
        self._place_facts()

    def _place_facts(self) -> None:
        """Beside the name where there is room for all of them, else below it: who it is is never cut off."""
        beside = self.name.sizeHint().width() + self.facts.sizeHint().width() + self.open_chart.sizeHint().width()
        fits = beside + _AROUND_FACTS <= self.width()
        self.facts.setVisible(fits)
        self.facts_below.setVisible(not fits)

    def clear(self) -> None:
        """Forget whose results were shown, at once."""
        self.order = None
        for label in (self.name, self.facts, self.facts_below, self.about, self.notice):
            label.setText("")
        self.table.show_order(None, self._today())
        self.foot.hide()
        self.open_chart.hide()

    def show_order(self, order: OrderResults, *, may_sign: bool) -> None:
        """Show an order. What was chosen for the one before is forgotten, unless it is the same one."""
        fresh = self.order is None or self.order.id != order.id
        self.order = order
        self.name.setText(order.patient_name)
        age = t("{n} y", n=order.age) if order.age is not None else ""
        mrn = t("MRN {mrn}", mrn=order.mrn) if order.mrn else ""
        born = birth(order.born)
        for label in (self.facts, self.facts_below):
            label.setText(" · ".join(part for part in (age, in_sentence(born), mrn) if part))
        self._place_facts()
        self.about.setText(self._about(order))
        self.notice.setText(self._notice(order))
        self.notice.setVisible(bool(self.notice.text()))
        self.open_chart.show()
        self.table.show_order(order, self._today())
        self.stack.set_ready()
        self.foot.setVisible(may_sign)
        if fresh:
            self.next_step.reset()
            self.sign_for.setChecked(False)
        self.sign_for.setText(t("Sign for {name}", name=order.owner_name))
        self.sign_for.setVisible(not order.may_sign)
        self.sign.setText(t("Sign for {name}", name=_shortened(order.patient_name)))
        self._show_wait()

    def _about(self, order: OrderResults) -> str:
        parts = [tests_text(order.tests)]
        taken = order.taken_at
        if taken is not None:
            local = taken.astimezone(self._api.zone)
            when = clock(taken, self._api.zone)
            today = local.date() == self._today()
            parts.append(t("taken today {time}", time=when) if today else
                         t("taken {day} {time}", day=day_within(local.date()), time=when))  # fmt: skip
        if order.laboratory:
            parts.append(order.laboratory)
        if order.medications:
            parts.append(t("takes {medicines}", medicines=", ".join(order.medications[:4])))
        parts.append(t("ordered by {name}", name=order.provider_name) if order.provider_name else "")
        return " · ".join(part for part in parts if part)

    def _notice(self, order: OrderResults) -> str:
        lines = []
        if order.unreadable:
            lines.append(tn("{n} value can’t be read.", "{n} values can’t be read.", order.unreadable))
        if order.partial and order.missing:
            lines.append(t("Still to come: {tests}", tests=", ".join(order.missing)))
        if not order.may_sign:
            lines.append(t("These results wait for {name}.", name=order.owner_name))
        for one in order.signatures[:1]:
            when = when_text(one.at, self._api.zone, self._today())
            said = t("Signed {when} by {name}: {next}", when=when, name=one.by_name, next=next_word(one.next_step))
            lines.append(said if one.current else said + ". " + t("They changed since."))
        return "\n".join(lines)
