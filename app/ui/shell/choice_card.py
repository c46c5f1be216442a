"""A large card that is a button: a person to sign in as, or a way to begin."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.ui.theme.fonts import font
from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.chip import initials
from app.ui.widgets.paint import box, draw_text, text_width
from app.ui.widgets.text import key_text

_PAD = 16
_MARK = 40
_FOOT = 68
"""Height of the last line's place: it may take two lines."""


class ChoiceCard(QAbstractButton):
    """Mark (initials or an icon), title, subtitle, what it is for, and a last line under a rule."""

    def __init__(
        self,
        title: str,
        *,
        subtitle: str = "",
        text: str = "",
        foot: str = "",
        person: str = "",
        icon: str = "",
        keys: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._subtitle, self._body, self._foot = subtitle, text, foot
        self._person, self._icon_name, self._keys = person, icon, keys
        self._inside = False
        self.setText(title)
        self.setAccessibleName(", ".join(part for part in (title, subtitle) if part))
        self.setAccessibleDescription(" ".join(part for part in (text, foot) if part))
        self.setProperty("focusRadius", Theme.current().tokens.radius.panel)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        if keys:
            self.setShortcut(QKeySequence(keys))
            self.setToolTip(f"{title} ({keys})")

    def sizeHint(self) -> QSize:
        """Return the size: lower without a last line."""
        return QSize(220, 256 if self._foot else 196)

    def minimumSizeHint(self) -> QSize:
        """Return the least size."""
        return QSize(180, self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        """Let its shortcut press it at once; Qt would show it pressed for a tenth of a second first."""
        if event.type() == QEvent.Type.Shortcut and self.isEnabled():
            self.click()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses it, as Space does."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
            event.accept()
            return
        super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the hover state."""
        self._inside = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: object) -> None:
        """End the hover state."""
        self._inside = False
        self.update()
        super().leaveEvent(event)  # type: ignore[arg-type]

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the card."""
        theme, painter = Theme.current(), QPainter(self)
        c = theme.colors
        if not self.isEnabled():
            painter.setOpacity(theme.tokens.states.disabled)
        hover = self.isEnabled() and self._inside
        fill = c.pressed if self.isDown() else c.hover if hover else c.surface
        box(painter, QRectF(self.rect()), theme.tokens.radius.panel, fill, c.line)
        self._paint_head(painter)
        room = self.width() - 2 * _PAD
        top = _PAD + _MARK + 12
        draw_text(painter, QRectF(_PAD, top, room, 24), self.text(), TypeRole.SECTION, c.text, strong=True)
        draw_text(painter, QRectF(_PAD, top + 24, room, 20), self._subtitle, TypeRole.BODY, c.text)
        painter.setFont(font(TypeRole.BODY))
        painter.setPen(c.muted)
        below = top + (56 if self._subtitle else 36)
        area = QRectF(_PAD, below, room, self.height() - below - (_FOOT + 6 if self._foot else _PAD))
        painter.drawText(area, int(Qt.TextFlag.TextWordWrap), self._body)
        if self._foot:
            self._paint_foot(painter, room)

    def _paint_head(self, painter: QPainter) -> None:
        c = Theme.current().colors
        mark = QRectF(_PAD, _PAD, _MARK, _MARK)
        if self._person:
            box(painter, mark, _MARK / 2, c.sunken, c.line)
            middle = Qt.AlignmentFlag.AlignHCenter
            draw_text(painter, mark, initials(self._person), TypeRole.INPUT, c.text, strong=True, align=middle)
        elif self._icon_name:
            box(painter, mark, Theme.current().tokens.radius.panel, c.sunken)
            paint_icon(painter, self._icon_name, c.text, mark.left() + 10, mark.top() + 10, 20)
        if self._keys:
            hint = key_text(self._keys)
            width = text_width(hint, TypeRole.META)
            area = QRectF(self.width() - _PAD - width, _PAD + 12, width + 1, 16)
            draw_text(painter, area, hint, TypeRole.META, c.muted)

    def _paint_foot(self, painter: QPainter, room: float) -> None:
        c = Theme.current().colors
        top = self.height() - _FOOT
        painter.fillRect(QRectF(_PAD, top, room, 1), c.line)
        paint_icon(painter, "clock", c.muted, _PAD, top + 15, 16)
        painter.setFont(font(TypeRole.BODY))
        painter.setPen(c.text)
        painter.drawText(QRectF(_PAD + 24, top + 14, room - 24, 40), int(Qt.TextFlag.TextWordWrap), self._foot)
