"""The top bar: brand, palette, connection, and who is signed in."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QWidget

from app.kernel.i18n import t
from app.ui.shell.connection import ConnectionBadge
from app.ui.shell.palette_field import PaletteField
from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.chip import Icon, initials
from app.ui.widgets.layouts import row
from app.ui.widgets.paint import box, draw_text, text_width
from app.ui.widgets.text import Divider, Label

BRAND = "MyHealthAlly Clinic"


class UserButton(QAbstractButton):
    """Who is signed in, and the menu of what concerns them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._detail = ""
        self._inside = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_nobody()

    def show_person(self, name: str, detail: str) -> None:
        """Show a person; ``detail`` is role and desk."""
        self._name, self._detail = name, detail
        self.setAccessibleName(t("Signed in: {name}, {detail}", name=name, detail=detail))
        self.updateGeometry()
        self.update()

    def show_nobody(self) -> None:
        """Show that nobody is signed in; the menu still has language and look."""
        self._name = self._detail = ""
        self.setAccessibleName(t("Nobody signed in"))
        self.updateGeometry()
        self.update()

    def _words(self) -> float:
        if not self._name:
            return text_width(t("Nobody signed in"), TypeRole.BODY)
        return max(text_width(self._name, TypeRole.BODY, True), text_width(self._detail, TypeRole.META))

    def sizeHint(self) -> QSize:
        """Return the size: at most 240 px of words."""
        return QSize(round(min(self._words(), 240)) + (72 if self._name else 56), 40)

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
        """Paint avatar or lock, the words, and the chevron."""
        c, painter = Theme.current().colors, QPainter(self)
        if self._inside:
            box(painter, QRectF(self.rect()), Theme.current().tokens.radius.control, c.hover)
        room = self.width() - (72 if self._name else 56)
        if self._name:
            circle = QRectF(6, 6, 28, 28)
            box(painter, circle, 14, c.sunken, c.line)
            middle = Qt.AlignmentFlag.AlignHCenter
            draw_text(painter, circle, initials(self._name), TypeRole.META, c.text, strong=True, align=middle)
            draw_text(painter, QRectF(42, 3, room, 18), self._name, TypeRole.BODY, c.text, strong=True)
            draw_text(painter, QRectF(42, 20, room, 16), self._detail, TypeRole.META, c.muted)
        else:
            paint_icon(painter, "lock", c.muted, 8, 12, 16)
            draw_text(painter, QRectF(32, 0, room, 40), t("Nobody signed in"), TypeRole.BODY, c.muted)
        paint_icon(painter, "down", c.muted, self.width() - 22, 12, 16)


class TopBar(QFrame):
    """The top bar, 48 px high."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        shell = Theme.current().tokens.shell
        self.setFixedHeight(shell.top_bar)
        self.field = PaletteField()
        self.badge = ConnectionBadge()
        self.user = UserButton()
        brand = QWidget()
        brand.setFixedWidth(shell.rail - 32)
        brand.setAccessibleName(BRAND)
        name = Label(BRAND, role=TypeRole.INPUT, strong=True, elide=True)
        row(Icon("brand", size=20, tone=Tone.ACCENT), name, gap=8, parent=brand)
        line = Divider(upright=True)
        line.setFixedHeight(24)
        bar = row(brand, self.field, gap=16, margins=(16, 0, 12, 1), parent=self)
        bar.addStretch(1)
        bar.setStretch(1, 100)
        for item in (self.badge, line, self.user):
            bar.addWidget(item)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the surface and the line below."""
        painter, c = QPainter(self), Theme.current().colors
        painter.fillRect(self.rect(), c.surface)
        painter.fillRect(0, self.height() - 1, self.width(), 1, c.line)
