"""First start: three ways to begin, on one screen; and the page that shows how far making a clinic is."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar

from app.kernel.i18n import t
from app.ui.shell.choice_card import ChoiceCard
from app.ui.shell.front import BrandHead, FrontLinks, FrontPage
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card, Note
from app.ui.widgets.text import Label
from app.ui.work import Step


class WelcomePage(FrontPage):
    """The three choices."""

    demo = Signal()
    set_up = Signal()
    join = Signal()

    def __init__(self, *, can_go_back: bool = False) -> None:
        super().__init__(880)
        self.setObjectName("welcomePage")
        self.links = FrontLinks(demo=False, others=False)
        self.problem = Note("", kind=StatusKind.CRITICAL)
        self.problem.hide()
        ways = [
            (t("Try the demo clinic"), t("A whole clinic with invented people. Ready in seconds."), "play", self.demo),
            (
                t("Set up my clinic here"),
                t("Patients and appointments on this computer. Several computers need a clinic server."),
                "home",
                self.set_up,
            ),
            (
                t("Join a clinic server"),
                t("Your clinic already has a server: you need its address and your sign-in."),
                "server",
                self.join,
            ),
        ]
        self.cards: list[ChoiceCard] = []
        cards = row(gap=16)
        for number, (title, text, icon, signal) in enumerate(ways, start=1):
            card = ChoiceCard(title, text=text, icon=icon, keys=f"Alt+{number}")
            card.clicked.connect(signal)
            cards.addWidget(card, 1)
            self.cards.append(card)
        self.body.addWidget(BrandHead())
        self.body.addSpacing(32)
        self.body.addWidget(Label(t("How do you want to begin?"), role=TypeRole.SECTION, strong=True))
        self.body.addSpacing(12)
        self.body.addLayout(cards)
        self.body.addSpacing(16)
        self.body.addWidget(self.problem)
        self.body.addSpacing(8)
        self.body.addWidget(self.links)
        self.setProperty("canGoBack", can_go_back)

    def show_problem(self, text: str) -> None:
        """Say why a way didn't work."""
        self.problem.show_text(text)
        self.problem.show()

    def focus_first(self) -> None:
        """Go to the first choice."""
        self.cards[0].setFocus(Qt.FocusReason.OtherFocusReason)


class ProgressPage(FrontPage):
    """Work with a count, that can be cancelled."""

    cancelled = Signal()
    retry = Signal()

    def __init__(self, title: str) -> None:
        super().__init__(560)
        self.setObjectName("progressPage")
        self.title = Label(title, role=TypeRole.SECTION, strong=True)
        self.text = Label("", tone=Tone.MUTED, wrap=True)
        self.count = Label("", role=TypeRole.META, tone=Tone.MUTED)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(t("Progress"))
        self.bar.setRange(0, 0)
        self.problem = Note("", kind=StatusKind.CRITICAL)
        self.problem.hide()
        self.again = Button(t("Try again"), icon="refresh")
        self.again.clicked.connect(self.retry)
        self.again.hide()
        self.stop = Button(t("Cancel"))
        self.stop.clicked.connect(self.cancelled)
        card = Card(padding=24, gap=12)
        card.body.addLayout(row(self.title, STRETCH, self.count))
        card.body.addWidget(self.bar)
        card.body.addWidget(self.text)
        card.body.addWidget(self.problem)
        card.body.addLayout(row(STRETCH, self.again, self.stop))
        self.body.addLayout(column(BrandHead(sentence=False), 32, card, gap=0))

    def show_step(self, step: Step) -> None:
        """Show how far it is."""
        self.problem.hide()
        self.again.hide()
        self.text.setText(step.text)
        self.bar.setRange(0, step.total)
        self.bar.setValue(step.done)
        self.count.setText(t("{done} of {total}", done=step.done, total=step.total) if step.total else "")

    def show_problem(self, text: str) -> None:
        """Say why it stopped."""
        self.bar.setRange(0, 1)
        self.bar.setValue(0)
        self.count.setText("")
        self.problem.show_text(text)
        self.problem.show()
        self.again.show()
        self.again.setFocus(Qt.FocusReason.OtherFocusReason)
