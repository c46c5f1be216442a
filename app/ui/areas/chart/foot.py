"""The chart's foot: what can be done for this patient from any tab."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from app.kernel.i18n import t
from app.ui.areas.chart.actions import FootAction
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, row
from app.ui.widgets.text import KeyHint, Label


class FootBar(QFrame):
    """A button for each action that the person may carry out; the first is the primary one."""

    wanted = Signal(str)

    def __init__(self, actions: Sequence[FootAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(t("Actions for this patient"))
        self.buttons: dict[str, Button] = {}
        for number, action in enumerate(actions):
            kind = ButtonKind.QUIET if number else ButtonKind.PRIMARY
            button = Button(t(action.title), kind=kind, icon=action.icon, keys=action.shortcut)
            button.clicked.connect(lambda _=False, key=action.key: self.wanted.emit(key))
            self.buttons[action.key] = button
        keys = row(Label(t("All keys"), role=TypeRole.META, tone=Tone.MUTED), KeyHint("F1"), gap=4)
        row(*self.buttons.values(), STRETCH, keys, gap=8, margins=(24, 8, 24, 8), parent=self)
        if not actions:
            self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the surface and the line above."""
        c = Theme.current().colors
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), c.surface)
            painter.fillRect(QRectF(0, 0, self.width(), 1), c.line)
