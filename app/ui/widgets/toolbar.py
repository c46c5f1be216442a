"""A toolbar that never wraps: what doesn't fit goes into "More", from the right; the primary action goes last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.kernel.i18n import t
from app.ui.theme.theme import Theme
from app.ui.widgets.button import Button, ButtonKind, IconButton
from app.ui.widgets.layouts import row
from app.ui.widgets.menu import MenuItem, PopupMenu, open_menu

GAP = 8


@dataclass(frozen=True, slots=True)
class ToolAction:
    """One action at the right of a toolbar."""

    key: str
    text: str
    run: Callable[[], None]
    icon: str = ""
    keys: str = ""
    kind: ButtonKind = ButtonKind.SECONDARY
    enabled: bool = True
    why_not: str = ""


class Toolbar(QWidget):
    """Widgets at the left keep their place (``add_left``); actions at the right fold into "More" when it gets tight."""

    def __init__(self, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFixedHeight(Theme.current().tokens.control)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._left: QHBoxLayout = row(gap=GAP)
        self._right: QHBoxLayout = row(gap=GAP)
        outer = row(gap=GAP, parent=self)
        outer.addLayout(self._left)
        outer.addStretch(1)
        outer.addLayout(self._right)
        self._actions: dict[str, ToolAction] = {}
        self._buttons: dict[str, Button] = {}
        self._tips: dict[str, str] = {}
        self.more = IconButton("more", t("More"), kind=ButtonKind.SECONDARY)
        self.more.clicked.connect(self.open_more)
        self._right.addWidget(self.more)
        self.more.hide()

    def add_left(self, *widgets: QWidget) -> None:
        """Append widgets that always stay."""
        for widget in widgets:
            self._left.addWidget(widget)
        self._fold()

    def add_action(self, action: ToolAction) -> Button:
        """Append an action and return its button."""
        button = Button(action.text, kind=action.kind, icon=action.icon, keys=action.keys)
        button.clicked.connect(partial(self._run, action.key))
        self._actions[action.key] = action
        self._buttons[action.key] = button
        self._tips[action.key] = button.toolTip()
        self._right.insertWidget(self._right.count() - 1, button)
        self.set_enabled(action.key, action.enabled, action.why_not)
        self._fold()
        return button

    def _run(self, key: str, _checked: bool = False) -> None:
        self._actions[key].run()

    def set_all_enabled(self, enabled: bool, why_not: str = "") -> None:
        """Enable all actions or none."""
        for key in self._actions:
            self.set_enabled(key, enabled, why_not)

    def set_enabled(self, key: str, enabled: bool, why_not: str = "") -> None:
        """Enable an action or not, in the bar and in "More"; the tooltip says why not."""
        self._actions[key] = replace(self._actions[key], enabled=enabled, why_not=why_not)
        button = self._buttons[key]
        button.setEnabled(enabled)
        button.setToolTip(why_not if why_not and not enabled else self._tips[key])

    def folded(self) -> tuple[str, ...]:
        """Return the keys of the actions that are in "More" now."""
        return tuple(key for key, button in self._buttons.items() if button.isHidden())

    def open_more(self) -> PopupMenu:
        """Open the menu of the folded actions."""
        chosen = [self._actions[key] for key in self.folded()]
        items = [MenuItem(a.text, a.run, a.icon, a.keys, a.enabled, why_not=a.why_not) for a in chosen]
        return open_menu(self.more, t("More"), items)

    def minimumSizeHint(self) -> QSize:
        """Return the least size: the left part and "More"."""
        left = self._left.sizeHint().width()
        return QSize(left + GAP + self.more.sizeHint().width(), Theme.current().tokens.control)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold or unfold actions."""
        super().resizeEvent(event)
        self._fold()

    def event(self, event: QEvent) -> bool:
        """Fold anew when a text at the left became longer or shorter."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fold()
        return done

    def _fold(self) -> None:
        room = self.width() - self._left.sizeHint().width() - GAP
        widths = {key: button.sizeHint().width() + GAP for key, button in self._buttons.items()}
        shown = list(widths)
        if sum(widths.values()) - GAP > room:
            room -= self.more.sizeHint().width() + GAP
        # From the right, but the primary action stays as long as it can.
        primary = [key for key in shown if self._actions[key].kind is ButtonKind.PRIMARY]
        for key in [key for key in reversed(shown) if key not in primary] + primary:
            if sum(widths[kept] for kept in shown) <= room + GAP:
                break
            shown.remove(key)
        for key, button in self._buttons.items():
            button.setVisible(key in shown)
        self.more.setVisible(len(shown) < len(self._buttons))
