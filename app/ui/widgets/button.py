"""Buttons: one primary action a view, secondary ones with a line, quiet ones without; the key hint stands inside."""

from __future__ import annotations

import math
from enum import StrEnum

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from app.ui.theme.focus import note_focus
from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.paint import box, draw_text, text_width
from app.ui.widgets.text import key_text


class ButtonKind(StrEnum):
    """How loud a button is."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    QUIET = "quiet"
    WARN = "warn"
    """A chip to press: something waits that shouldn't wait long."""


_GAP = 8
_ICON = 16
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Button(QPushButton):
    """A push button of ours.

    ``keys`` (such as ``Ctrl+Return``) is shown inside, in the tooltip and to screen readers; binding the shortcut is
    the view's business. An icon alone needs ``name``, the accessible name.
    """

    def __init__(
        self,
        text: str = "",
        *,
        kind: ButtonKind = ButtonKind.SECONDARY,
        icon: str = "",
        keys: str = "",
        name: str = "",
        small: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kind, self._icon_name, self._keys, self._small = kind, icon, keys, small
        self._inside = False
        self._hint_shown = True
        self._given_name = name
        self.setText(text)
        self.setFont(Theme.current().font(self._role(), kind is ButtonKind.PRIMARY))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setAutoDefault(False)
        self._describe()

    def setText(self, text: str) -> None:
        """Change the text; size and accessible name follow."""
        super().setText(text)
        self._describe()
        self.updateGeometry()

    def show_hint(self, shown: bool) -> None:
        """Show the keys inside or not, where room is scarce; tooltip and screen readers have them all the same."""
        if shown != self._hint_shown:
            self._hint_shown = shown
            self.updateGeometry()
            self.update()

    def _hint(self) -> str:
        return key_text(self._keys) if self._keys and self._hint_shown else ""

    @property
    def kind(self) -> ButtonKind:
        """How loud the button is."""
        return self._kind

    @property
    def keys(self) -> str:
        """The shortcut shown, or an empty text."""
        return self._keys

    def _describe(self) -> None:
        name = getattr(self, "_given_name", "") or self.text()
        keys = getattr(self, "_keys", "")
        self.setAccessibleName(name)
        self.setAccessibleDescription(keys)
        self.setToolTip(f"{name} ({key_text(keys)})" if keys else ("" if self.text() else name))

    def _role(self) -> TypeRole:
        return TypeRole.META if self._small else TypeRole.BODY

    def _parts_width(self, *, hint: bool = True) -> float:
        strong = self._kind is ButtonKind.PRIMARY
        parts = [
            _ICON if self._icon_name else 0,
            text_width(self.text(), self._role(), strong) if self.text() else 0,
            text_width(self._hint(), TypeRole.META) if hint and self._hint() else 0,
        ]
        shown = [part for part in parts if part]
        return sum(shown) + _GAP * max(0, len(shown) - 1)

    def sizeHint(self) -> QSize:
        """Return the size: 32 px high (28 when small), square when it is only an icon."""
        height = 28 if self._small else Theme.current().tokens.control
        if not self.text() and not self._hint():
            return QSize(height, height)
        return QSize(math.ceil(self._parts_width()) + (16 if self._small else 24) + 2, height)

    def minimumSizeHint(self) -> QSize:
        """Return the size hint: a button's text is never cut."""
        return self.sizeHint()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell the focus ring what brought the focus."""
        note_focus(self, event)
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus, as Space does; with Ctrl it belongs to the form."""
        if event.key() not in _ENTER or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():  # a key held down presses once
            self.click()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Remember the pointer for the hover state."""
        self._inside = True
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        self._inside = False
        super().leaveEvent(event)
        self.update()

    def _colors(self) -> tuple[QColor | None, QColor | None, QColor, QColor]:
        """Return fill, border, text and hint colours for the state."""
        theme = Theme.current()
        c = theme.colors
        down, over = self.isDown() or self.isChecked(), self._inside and self.isEnabled()
        if self._kind is ButtonKind.PRIMARY:
            fill = c.accent_pressed if down else c.accent_hover if over else c.accent
            return fill, None, c.on_accent, c.on_accent
        if self._kind is ButtonKind.WARN:
            status = theme.status(StatusKind.ARRIVED)
            return status.fill, status.text if over or down else None, status.text, status.text
        quiet = self._kind is ButtonKind.QUIET
        rest = None if quiet else c.surface
        fill_now = c.pressed if down else c.hover if over else rest
        text = c.muted if quiet and not over else c.text
        return fill_now, None if quiet else c.line, text, c.muted

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint fill, icon, text and key hint, centred together."""
        theme = Theme.current()
        with QPainter(self) as painter:
            fill, border, text, hint = self._colors()
            if not self.isEnabled():
                painter.setOpacity(theme.tokens.states.disabled)
            radius = theme.tokens.radius
            box(
                painter,
                QRectF(self.rect()),
                radius.chip if self._kind is ButtonKind.WARN else radius.control,
                fill,
                border,
            )
            whole = self._parts_width() + 8 <= self.width()  # else the key, which the tooltip says too, would be cut
            left = max((self.width() - self._parts_width(hint=whole)) / 2, 4.0)
            if self._icon_name:
                paint_icon(painter, self._icon_name, text, round(left), round((self.height() - _ICON) / 2), _ICON)
                left += _ICON + _GAP
            if self.text():
                strong = self._kind is ButtonKind.PRIMARY
                width = text_width(self.text(), self._role(), strong)
                area = QRectF(left, 0, min(width, self.width() - left), self.height())
                draw_text(painter, area, self.text(), self._role(), text, strong=strong)
                left += width + _GAP
            if whole and self._hint():
                area = QRectF(left, 0, self.width() - left, self.height())
                draw_text(painter, area, self._hint(), TypeRole.META, hint)


class IconButton(Button):
    """A square button with only an icon; ``name`` says what it does."""

    def __init__(
        self,
        icon: str,
        name: str,
        *,
        kind: ButtonKind = ButtonKind.QUIET,
        keys: str = "",
        small: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", kind=kind, icon=icon, name=name, small=small, parent=parent)
        self.setToolTip(f"{name} ({key_text(keys)})" if keys else name)
        self.setAccessibleDescription(keys)


class LinkButton(Button):
    """A quiet button that reads like text, for a choice beside other text."""

    def __init__(self, text: str, *, icon: str = "", tone: Tone = Tone.MUTED, parent: QWidget | None = None) -> None:
        self._tone = tone
        super().__init__(text, kind=ButtonKind.QUIET, icon=icon, parent=parent)

    def _colors(self) -> tuple[QColor | None, QColor | None, QColor, QColor]:
        theme = Theme.current()
        color = theme.colors.text if self._inside else theme.tone(self._tone)
        return None, None, color, theme.colors.muted
