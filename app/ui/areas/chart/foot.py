"""The chart's foot: what can be done for this patient from any tab."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from app.kernel.i18n import t
from app.ui.areas.chart.actions import FootAction
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind, IconButton
from app.ui.widgets.layouts import STRETCH, row
from app.ui.widgets.menu import MenuItem, PopupMenu, open_menu
from app.ui.widgets.text import KeyHint, Label

_SIDE, _GAP = 24, 8


class FootBar(QFrame):
    """A button for each action that the person may carry out; the first is the primary one."""

    wanted = Signal(str)

    def __init__(self, actions: Sequence[FootAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(t("Actions for this patient"))
        self._actions = {action.key: action for action in actions}
        self.buttons: dict[str, Button] = {}
        for number, action in enumerate(actions):
            kind = ButtonKind.QUIET if number else ButtonKind.PRIMARY
            button = Button(t(action.title), kind=kind, icon=action.icon, keys=action.shortcut)
            button.clicked.connect(lambda _=False, key=action.key: self.wanted.emit(key))
            self.buttons[action.key] = button
        self.more = IconButton("more", t("More"))
        self.more.clicked.connect(self.open_more)
        self.more.hide()
        self._keys = QWidget()
        row(Label(t("All keys"), role=TypeRole.META, tone=Tone.MUTED), KeyHint("F1"), gap=4, parent=self._keys)
        row(*self.buttons.values(), self.more, STRETCH, self._keys, gap=_GAP, margins=(_SIDE, 8, _SIDE, 8),
            parent=self)  # fmt: skip
        if not actions:
            self.hide()

    def folded(self) -> tuple[str, ...]:
        """Return the keys of the actions that are in "More" now."""
        return tuple(key for key, button in self.buttons.items() if button.isHidden())

    def open_more(self) -> PopupMenu:
        """Open the menu of the actions that there is no room for."""
        items = [
            MenuItem(t(action.title), partial(self.wanted.emit, key), action.icon, action.shortcut)
            for key, action in self._actions.items()
            if key in self.folded()
        ]
        return open_menu(self.more, t("More"), items)

    def minimumSizeHint(self) -> QSize:
        """Return the least size: the first action and "More"."""
        first = next(iter(self.buttons.values()), self.more)
        width = first.sizeHint().width() + _GAP + self.more.sizeHint().width() + 2 * _SIDE
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for: the hint of all keys, then the keys, then actions from the right."""
        super().resizeEvent(event)
        room = self.width() - 2 * _SIDE
        shown = list(self.buttons.values())
        for button in shown:
            button.show_hint(True)
        whole = _across(shown)
        self._keys.setVisible(whole + _GAP + self._keys.sizeHint().width() <= room)
        if whole > room:
            for button in shown:
                button.show_hint(False)
            while len(shown) > 1 and _across([*shown, self.more] if len(shown) < len(self.buttons) else shown) > room:
                shown.pop()
        for button in self.buttons.values():
            button.setVisible(button in shown)
        self.more.setVisible(len(shown) < len(self.buttons))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the surface and the line above."""
        c = Theme.current().colors
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), c.surface)
            painter.fillRect(QRectF(0, 0, self.width(), 1), c.line)


def _across(buttons: Sequence[Button]) -> int:
    """The width of buttons side by side."""
    return sum(button.sizeHint().width() + _GAP for button in buttons) - _GAP
