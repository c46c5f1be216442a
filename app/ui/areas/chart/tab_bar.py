"""The chart's tabs as a row of words, the open one underlined; one stop for the keyboard, arrows go along."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.kernel.i18n import t
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.button import IconButton
from app.ui.widgets.layouts import STRETCH, row
from app.ui.widgets.menu import MenuItem, PopupMenu, open_menu
from app.ui.widgets.paint import box, draw_text, text_width

_HEIGHT = 36
_PAD = 12
_LINE = 3
_SIDE = 12


class TabButton(QAbstractButton):
    """One tab: its title and, beside it, how much of its kind is open."""

    def __init__(self, key: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = key
        self.count: int | None = None
        self.setCheckable(True)
        self.setText(title)
        self.setAccessibleName(title)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_count(self, count: int | None) -> None:
        """Show a number; None and 0 show none."""
        self.count = count or None
        self.setAccessibleName(f"{self.text()}, {self.count}" if self.count else self.text())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the title in its strong weight, so that nothing moves when the tab is opened."""
        width = text_width(self.text(), TypeRole.BODY, True) + 2 * _PAD
        if self.count:
            width += text_width(str(self.count), TypeRole.META) + 6
        return QSize(math.ceil(width), _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the least width: the title may be cut."""
        return QSize(36, _HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the arrows to the row."""
        if event.key() in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the words and the line below the open tab."""
        theme, on = Theme.current(), self.isChecked()
        color = theme.colors.text if on or self.underMouse() else theme.colors.muted
        with QPainter(self) as painter:
            room = text_width(str(self.count), TypeRole.META) + 6 if self.count else 0
            area = QRectF(_PAD, 0, self.width() - 2 * _PAD - room, self.height() - _LINE)
            draw_text(painter, area, self.text(), TypeRole.BODY, color, strong=on)
            if self.count:
                left = min(_PAD + text_width(self.text(), TypeRole.BODY, on) + 6, self.width() - _PAD - room + 6)
                draw_text(painter, QRectF(left, 0, room, area.height()), str(self.count), TypeRole.META,
                          theme.colors.muted)  # fmt: skip
            if on:
                line = QRectF(_PAD, self.height() - _LINE, self.width() - 2 * _PAD, _LINE)
                box(painter, line, 1.5, theme.colors.accent)


class TabBar(QWidget):
    """The row of tabs. ``chosen`` when the person picks one."""

    chosen = Signal(str)

    def __init__(self, tabs: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(t("Parts of the chart"))
        self.buttons = {key: TabButton(key, title) for key, title in tabs}
        self.more = IconButton("more", t("More parts of the chart"), small=True)
        self.more.clicked.connect(self.open_more)
        self.more.hide()
        row(*self.buttons.values(), self.more, STRETCH, gap=0, margins=(_SIDE, 0, _SIDE, 0), parent=self)
        for button in self.buttons.values():
            button.clicked.connect(lambda _=False, key=button.key: self.chosen.emit(key))
        self._current = ""

    @property
    def current(self) -> str:
        """The key of the open tab."""
        return self._current

    def set_current(self, key: str) -> None:
        """Mark the open tab; it alone is a stop of the Tab key."""
        self._current = key
        for known, button in self.buttons.items():
            button.setChecked(known == key)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if known == key else Qt.FocusPolicy.NoFocus)
        self._fold()

    def set_count(self, key: str, count: int | None) -> None:
        """Show a number beside a tab."""
        if key in self.buttons:
            self.buttons[key].set_count(count)
            self._fold()

    def folded(self) -> tuple[str, ...]:
        """Return the keys of the tabs that are in "More" now."""
        return tuple(key for key, button in self.buttons.items() if button.isHidden())

    def open_more(self) -> PopupMenu:
        """Open the menu of the tabs that there is no room for."""
        items = [MenuItem(self.buttons[key].accessibleName(), partial(self.chosen.emit, key)) for key in self.folded()]
        return open_menu(self.more, t("More parts of the chart"), items)

    def minimumSizeHint(self) -> QSize:
        """Return the least size: the open tab and "More"."""
        return QSize(200, _HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put into "More" what there is no room for."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        """Hide tabs from the right, never the open one; no title is cut."""
        room = self.width() - 2 * _SIDE
        wide = {key: button.sizeHint().width() for key, button in self.buttons.items()}
        shown = list(wide)
        if sum(wide.values()) > room:
            room -= self.more.sizeHint().width()
            for key in reversed(list(wide)):
                if key != self._current and len(shown) > 1 and sum(wide[one] for one in shown) > room:
                    shown.remove(key)
        for key, button in self.buttons.items():
            button.setVisible(key in shown)
        self.more.setVisible(len(shown) < len(wide))

    def beside(self, step: int) -> str:
        """Return the tab that lies ``step`` further, round at the ends."""
        keys = list(self.buttons)
        return keys[(keys.index(self._current) + step) % len(keys)] if self._current in keys else keys[0]

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the header's surface on, and the line below."""
        colors = Theme.current().colors
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), colors.surface)
            painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), colors.line)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go along with the arrows; the focus stays in the row."""
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()), 0)
        if step and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.chosen.emit(self.beside(step))
            self.buttons[self._current].setFocus(Qt.FocusReason.OtherFocusReason)
            event.accept()
            return
        super().keyPressEvent(event)
