"""The sign-in page: cards in the demo, e-mail and password otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from app.kernel.i18n import t
from app.kernel.profiles import Profile
from app.ui.shell.choice_card import ChoiceCard
from app.ui.shell.front import BrandHead, FrontLinks, FrontPage
from app.ui.shell.services import DemoInfo, Scene, SignInCard
from app.ui.shell.sign_in_form import SignInForm
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.chip import Icon
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card, Panel
from app.ui.widgets.text import Label

_BESIDE = 960
"""Least width of the page at which the checklist has room beside the cards."""


class SignInPage(FrontPage):
    """Built for one profile; the shell makes another for another one, or for another language."""

    card_chosen = Signal(object)

    def __init__(self, profile: Profile, profiles: Sequence[Profile], *, checklist: QWidget | None = None) -> None:
        super().__init__(1120)
        self.setObjectName("signInPage")
        self.setProperty("ownFocus", True)
        self.profile = profile
        self.checklist = checklist
        self.cards: list[ChoiceCard] = []
        self.form = SignInForm(profile, profiles)
        self.links = FrontLinks(demo=not profile.is_demo, stacked=checklist is None)
        self.status = Label("", tone=Tone.MUTED, wrap=True)
        self._beside: Card | None = None
        left = column(gap=0)
        left.addWidget(BrandHead(sentence=checklist is not None))
        left.addSpacing(32)
        self._place = column(gap=16)
        left.addLayout(self._place)
        self._place.addWidget(self.status)
        if not profile.is_demo:
            self._add_form()
        left.addStretch(1)
        columns = row(gap=32)
        columns.addLayout(left, 1)
        if checklist is not None:
            self._beside = Card(padding=16)
            self._beside.setFixedWidth(400)
            self._beside.body.addWidget(checklist)
            columns.addWidget(self._beside, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(columns)
        self.body.addSpacing(24)
        self.body.addWidget(self.links)
        if checklist is None:
            self.middle.setMaximumWidth(480)

    def show_starting(self, text: str) -> None:
        """Say what is being made ready."""
        self.status.setText(text)
        self.status.show()
        self.form.set_ready(False)

    def show_ready(self, demo: DemoInfo | None, when: str) -> None:
        """Let people sign in; ``when`` is the clinic's date and time."""
        self.status.hide()
        self.form.set_ready(True)
        if demo is not None:
            self.form.hide()
            if not self.cards:
                self._show_cards(demo, when)
        self.focus_first()

    def show_offline(self, lead: str, text: str, *, can_sign_in: bool) -> None:
        """Say that the server is gone, and whether one can sign in all the same."""
        self._show_form()
        self.form.show_offline(lead, text, can_sign_in=can_sign_in)
        self.focus_first()

    def show_problem(self, text: str, advice: str = "") -> None:
        """Say why nobody can sign in here now; the form offers to try again."""
        self._show_form()
        self.form.show_problem(text, advice)
        QTimer.singleShot(0, self, self._lead_to_form)

    def say(self, text: str) -> None:
        """Say why somebody was signed out; whoever can, signs in."""
        if self.profile.is_demo:
            self.status.setText(text)
            self.status.show()
        else:
            self.form.say(text)

    def _show_form(self) -> None:
        self.status.hide()
        if self.profile.is_demo and self.form.parentWidget() is not self.middle:
            self._add_form()
        self.form.show()

    def _add_form(self) -> None:
        """Beside room to spare: a layout alone in a column takes it for wider than it may be, and too low."""
        line = row(gap=0)
        line.addWidget(self.form, 100)
        line.addStretch(1)
        self._place.addLayout(line)

    def _lead_to_form(self) -> None:
        """What is said stands below the demo's cards: it comes into sight, and the keyboard to it."""
        if self.profile.is_demo:  # the cards were out of reach meanwhile, and the keyboard went on from them
            self.form.focus_first()
        self.ensureWidgetVisible(self.form, 0, 24)

    def focus_first(self) -> None:
        """Go to the first card, or to what is still to be typed."""
        if self.cards:
            self.cards[0].setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.profile.is_demo and not self.form.isVisible():
            self.setFocus(Qt.FocusReason.OtherFocusReason)  # nothing to choose yet; else the user menu is ringed
        else:
            self.form.focus_first()

    def set_busy(self, busy: bool) -> None:
        """Wait for an answer: nothing can be sent twice."""
        for card in self.cards:
            card.setEnabled(not busy)
        self.form.set_busy(busy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give up the checklist where there is no room for it."""
        super().resizeEvent(event)
        if self._beside is not None:
            self._beside.setVisible(self.width() >= _BESIDE)

    def _show_cards(self, demo: DemoInfo, when: str) -> None:
        head = row(
            Label(t("Sign in to the demo clinic"), role=TypeRole.SECTION, strong=True),
            STRETCH,
            Label(" · ".join(part for part in (demo.clinic, when) if part), tone=Tone.MUTED),
        )
        cards = row(gap=16)
        for number, card in enumerate(demo.cards[:9], start=1):
            cards.addWidget(self._card(number, card), 1)
        self._place.addLayout(head)
        self._place.addLayout(cards)
        if demo.scenes:
            self._place.addWidget(_scenes(demo.scenes))

    def _card(self, number: int, card: SignInCard) -> ChoiceCard:
        made = ChoiceCard(
            card.role,
            subtitle=card.name,
            text=card.duties,
            foot=card.now,
            person=card.name,
            keys=f"Alt+{number}",
        )
        made.clicked.connect(lambda: self.card_chosen.emit(card))
        self.cards.append(made)
        return made


def _scenes(scenes: Sequence[Scene]) -> Panel:
    panel = Panel(t("This morning"), meta=t("everyone here is invented"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(32)
    grid.setVerticalSpacing(12)
    for number, scene in enumerate(scenes):
        words = column(
            Label(scene.title, elide=True), Label(scene.detail, role=TypeRole.META, tone=Tone.MUTED, elide=True), gap=0
        )
        line = row(Icon(scene.icon, size=20), gap=12)
        line.addLayout(words, 1)
        grid.addLayout(line, number // 2, number % 2)
    panel.content.addLayout(grid)
    return panel
