"""What the front desk sees of results: where they stand and what it may say, never a value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtWidgets import QWidget

from app.domain.enums import ReviewState
from app.kernel.i18n import t
from app.queries.labs import ReviewRow
from app.ui.parts.lab_words import next_word, tests_text, when_text
from app.ui.parts.words import birth
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card
from app.ui.widgets.text import Label
from app.ui.work import ShellApi


class DeskDetail(Card):
    """Name, tests, and the state in one sentence."""

    def __init__(self, api: ShellApi, today: Callable[[], date], parent: QWidget | None = None) -> None:
        super().__init__(padding=24, gap=12, parent=parent)
        self._api, self._today = api, today
        self.name = Label("", role=TypeRole.PATIENT, strong=True)
        self.facts = Label("", tone=Tone.MUTED)
        self.tests = Label("", tone=Tone.MUTED, wrap=True)
        self.state = Label("", role=TypeRole.SECTION, strong=True, wrap=True)
        self.more = Label("", tone=Tone.MUTED, wrap=True)
        self.open_chart = Button(t("Open chart"), keys="Ctrl+O")
        self.body.addLayout(row(self.name, self.facts, STRETCH, self.open_chart, gap=12))
        self.body.addLayout(column(self.tests, 12, self.state, self.more, STRETCH, gap=8))

    def show_row(self, review: ReviewRow) -> None:
        """Show where one patient's results stand."""
        self.name.setText(review.patient_name)
        self.facts.setText(birth(review.born))
        self.tests.setText(tests_text(review.tests))
        if review.state is ReviewState.WAITING:
            since = when_text(review.resulted_at, self._api.zone, self._today())
            self.state.setText(t("Waiting for {name}", name=review.owner_name or t("a provider")))
            self.more.setText(t("Since {when}. Values are shown to providers only.", when=since))
            return
        self.state.setText(review.released_text or t("Signed, nothing to say"))
        step = next_word(review.next_step) if review.next_step else ""
        self.more.setText(t("What happens next: {step}", step=step) if step else "")
