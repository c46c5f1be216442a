"""Chips, badges and avatars: a colour always comes with a glyph or a word."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.paint import box, draw_text, text_width


class Chip(QLabel):
    """A small filled word with a glyph: neutral, in a status colour, or outlined in it."""

    def __init__(
        self,
        text: str,
        *,
        icon: str = "",
        kind: StatusKind | None = None,
        outlined: bool = False,
        strong: bool = False,
        large: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon_name, self._kind, self._outlined = icon, kind, outlined
        self._strong, self._large = strong, large
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(Theme.current().font(TypeRole.META, strong))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setText(text)

    @property
    def kind(self) -> StatusKind | None:
        """The status whose colours it wears."""
        return self._kind

    def show_state(self, text: str, *, icon: str = "", kind: StatusKind | None = None, outlined: bool = False) -> None:
        """Show another word, glyph and colour."""
        self._icon_name, self._kind, self._outlined = icon, kind, outlined
        self.setText(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size: 20 px high, 24 when large."""
        icon = self._icon_size() + (6 if self._large else 4) if self._icon_name else 0
        padding = 20 if self._large else 14
        width = text_width(self.text(), TypeRole.META, self._strong) + icon + padding
        return QSize(math.ceil(width), 24 if self._large else 20)

    def minimumSizeHint(self) -> QSize:
        """Return the size hint: a chip is never cut."""
        return self.sizeHint()

    def _icon_size(self) -> int:
        return 14 if self._large else 12

    def _pair(self) -> tuple[QColor, QColor]:
        theme = Theme.current()
        if self._kind is None:
            return theme.colors.muted, theme.status(StatusKind.HELD).fill
        style = theme.status(self._kind)
        return style.text, style.fill

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint fill or outline, glyph and word."""
        with QPainter(self) as painter:
            color, fill = self._pair()
            area = QRectF(self.rect())
            if self._outlined:
                box(painter, area, Theme.current().tokens.radius.chip, None, color)
            else:
                box(painter, area, Theme.current().tokens.radius.chip, fill)
            left = 10.0 if self._large else 7.0
            if self._icon_name:
                size = self._icon_size()
                paint_icon(painter, self._icon_name, color, left, (self.height() - size) / 2, size)
                left += size + (6 if self._large else 4)
            text_area = QRectF(left, 0, self.width() - left, self.height())
            draw_text(painter, text_area, self.text(), TypeRole.META, color, strong=self._strong)


class StatusChip(Chip):
    """A chip in a status colour with the status's own glyph."""

    def __init__(
        self,
        kind: StatusKind,
        text: str,
        *,
        strong: bool = False,
        large: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        glyph = Theme.current().status(kind).icon
        super().__init__(text, icon=glyph, kind=kind, strong=strong, large=large, parent=parent)


def initials(name: str) -> str:
    """Return up to two initials of a name: first and last word; one sign for a name in one word."""
    words = [word for word in name.replace("Dr ", "").split() if word[0].isalnum()]
    if not words:
        return "?"
    return words[0][0].upper() if len(words) == 1 else (words[0][0] + words[-1][0]).upper()


class Avatar(QLabel):
    """A person's initials in a circle."""

    def __init__(self, name: str, *, size: int = 28, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFixedSize(size, size)
        self.set_name(name)

    def set_name(self, name: str) -> None:
        """Show another person."""
        self.setText(initials(name))
        self.setAccessibleName(name)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint circle and initials."""
        c = Theme.current().colors
        with QPainter(self) as painter:
            area = QRectF(self.rect())
            box(painter, area, self.width() / 2, c.sunken, c.line)
            role = TypeRole.INPUT if self.width() >= 36 else TypeRole.META
            middle = Qt.AlignmentFlag.AlignHCenter
            draw_text(painter, area, self.text(), role, c.text, strong=True, align=middle)


class Icon(QLabel):
    """An icon beside a text; it says nothing on its own, so screen readers pass it unless it has a ``name``."""

    def __init__(
        self, icon: str, *, size: int = 16, tone: Tone = Tone.MUTED, name: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon_name, self._tone, self._size = icon, tone, size
        self.setAccessibleName(name)
        self.setFixedSize(size, size)

    def show_icon(self, icon: str, tone: Tone) -> None:
        """Change which one it is."""
        self._icon_name, self._tone = icon, tone
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the icon in the tone's colour."""
        color = Theme.current().tone(self._tone)
        paint_icon(QPainter(self), self._icon_name, color, 0, 0, self._size)
