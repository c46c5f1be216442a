"""What the pages before sign-in share: the brand, the links below, the switch of language, a centred column."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app.kernel.i18n import LANGUAGES, language, t
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import LinkButton
from app.ui.widgets.chip import Icon
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label

BRAND = "MyHealthAlly Clinic"


class FrontPage(QScrollArea):
    """A page with its content in the middle; it scrolls when the window is small."""

    def __init__(self, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self.middle = QWidget()
        self.middle.setMaximumWidth(width)
        self.body: QVBoxLayout = column(gap=0, margins=(0, 0, 0, 0), parent=self.middle)
        across = row(gap=0, margins=(24, 24, 24, 24), parent=inside)
        across.addStretch(1)
        across.addWidget(self.middle, 100)
        across.addStretch(1)
        across.setAlignment(self.middle, Qt.AlignmentFlag.AlignVCenter)
        self.setWidget(inside)


class BrandHead(QWidget):
    """The heart with the pulse line, the name, and one sentence (none where it has no room)."""

    def __init__(self, *, sentence: bool = True) -> None:
        super().__init__()
        said = t("Books, charts and results in one window. It keeps working when the internet doesn’t.")
        words = column(STRETCH, Label(BRAND, role=TypeRole.FIGURE, strong=True), gap=0)
        if sentence:
            words.addWidget(Label(said, tone=Tone.MUTED, wrap=True))
        words.addStretch(1)
        line = row(Icon("brand", size=56, tone=Tone.ACCENT), gap=16, parent=self)
        line.addLayout(words, 1)


class FrontLinks(QWidget):
    """The other ways to begin, and the languages."""

    demo = Signal()
    set_up = Signal()
    join = Signal()
    restore = Signal()
    language_chosen = Signal(str)

    def __init__(self, *, demo: bool = True, others: bool = True, stacked: bool = False) -> None:
        """``stacked`` puts one below the other, where there is no room beside."""
        super().__init__()
        line = column(gap=0, parent=self) if stacked else row(gap=8, parent=self)
        ways = [
            (t("Try the demo clinic"), "play", self.demo, demo),
            (t("Set up my clinic here"), "home", self.set_up, others),
            (t("Join a clinic server"), "server", self.join, others),
            (t("Bring a clinic back from a backup"), "database", self.restore, True),
        ]
        for text, icon, signal, wanted in ways:
            if wanted:
                button = LinkButton(text, icon=icon)
                button.clicked.connect(signal)
                line.addLayout(row(button, STRETCH) if stacked else row(button))
        line.addStretch(1)
        tongues = row(gap=8)
        line.addLayout(tongues)
        for code, name in LANGUAGES.items():
            button = LinkButton(name, tone=Tone.TEXT if code == language() else Tone.MUTED)
            button.setObjectName(f"language.{code}")
            button.clicked.connect(lambda _=False, code=code: self.language_chosen.emit(code))
            tongues.addWidget(button)
        if stacked:
            tongues.addStretch(1)
