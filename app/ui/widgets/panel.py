"""Cards and panels: a surface with a 1 px line; no group boxes, no shadow."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.chip import Icon
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.paint import box
from app.ui.widgets.text import Label


class Card(QFrame):
    """A surface with rounded corners; ``selected`` tints it, ``dashed`` marks what isn't sent yet."""

    def __init__(self, *, padding: int = 16, gap: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selected = False
        self._dashed = False
        self.setProperty("focusRadius", Theme.current().tokens.radius.panel)
        self.body: QVBoxLayout = column(gap=gap, margins=(padding,) * 4, parent=self)

    def set_selected(self, selected: bool) -> None:
        """Tint the card with the accent, or not."""
        self._selected = selected
        self.update()

    def set_dashed(self, dashed: bool) -> None:
        """Draw the line dashed, or not."""
        self._dashed = dashed
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint surface and line."""
        theme = Theme.current()
        c = theme.colors
        fill = c.selected if self._selected else c.surface
        border = c.control_line if self._dashed else c.line
        box(QPainter(self), QRectF(self.rect()), theme.tokens.radius.panel, fill, border, dashed=self._dashed)


class Panel(Card):
    """A card with a heading (14/20, weight 600), a count beside it, and meta text at its right.

    Put content into ``body``. ``flush`` lets rows reach the edges: only the head keeps the padding.
    """

    def __init__(self, heading: str, *, meta: str = "", flush: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(padding=0, gap=0, parent=parent)
        self.setAccessibleName(heading)
        self.heading = Label(heading, role=TypeRole.INPUT, strong=True)
        self.count = Label("", role=TypeRole.META, strong=True, tone=Tone.MUTED)
        self.meta = Label(meta, role=TypeRole.META, tone=Tone.MUTED)
        self.count.hide()
        self.head: QHBoxLayout = row(self.heading, self.count, STRETCH, self.meta, gap=8, margins=(16, 12, 16, 8))
        self.body.addLayout(self.head)
        inner = (1, 0, 1, 6) if flush else (16, 0, 16, 16)
        self.content: QVBoxLayout = column(gap=8, margins=inner)
        self.body.addLayout(self.content, 1)

    def set_count(self, count: int | None) -> None:
        """Show a count beside the heading; ``None`` hides it."""
        self.count.setText("" if count is None else str(count))
        self.count.setVisible(count is not None)

    def set_meta(self, text: str) -> None:
        """Change the text at the right: a date, a count or "as of 10:42"."""
        self.meta.setText(text)

    def add(self, *widgets: QWidget) -> None:
        """Append widgets to the content."""
        for widget in widgets:
            self.content.addWidget(widget)


_LOOKS = {
    StatusKind.ARRIVED: ("warn", Tone.WARN), StatusKind.CRITICAL: ("warn", Tone.CRITICAL),
    StatusKind.DONE: ("check", Tone.DONE), StatusKind.HELD: ("info", Tone.MUTED),
}  # fmt: skip
"""Glyph and tone of a notice of a kind."""


class Note(QFrame):
    """A filled notice inside a form or list: glyph, a strong lead and the rest; warn unless told otherwise."""

    def __init__(
        self, lead: str, text: str = "", *, kind: StatusKind = StatusKind.ARRIVED, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._kind = kind
        glyph, tone = _LOOKS.get(kind, ("warn", Tone.MUTED))
        self.icon = Icon(glyph, tone=tone)
        self.lead = Label(lead, role=TypeRole.META, strong=True, tone=tone, wrap=True)
        self.text = Label(text, role=TypeRole.META, tone=tone, wrap=True)
        if not text:
            self.text.hide()  # never shown here: a label without a parent would be a window of its own
        words = column(self.lead, self.text, gap=0)
        layout = row(self.icon, gap=8, margins=(12, 8, 12, 8), parent=self)
        layout.setAlignment(self.icon, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    @property
    def kind(self) -> StatusKind:
        """What its colour says."""
        return self._kind

    def show_kind(self, kind: StatusKind) -> None:
        """Change glyph and colours: the same place says that something went well, or not."""
        self._kind = kind
        glyph, tone = _LOOKS.get(kind, ("warn", Tone.MUTED))
        self.icon.show_icon(glyph, tone)
        for label in (self.lead, self.text):
            label.set_tone(tone)
        self.update()

    def show_text(self, lead: str, text: str = "") -> None:
        """Change the words."""
        self.lead.setText(lead)
        self.text.setText(text)
        self.text.setVisible(bool(text))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the fill."""
        theme = Theme.current()
        fill = theme.status(self._kind).fill
        box(QPainter(self), QRectF(self.rect()), theme.tokens.radius.control, fill)


class Strip(QFrame):
    """A 40 px line across a view: a chip, a sentence, and an action at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items: QHBoxLayout = row(gap=12, margins=(8, 3, 4, 3), parent=self)
        self.setFixedHeight(36)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint surface and line."""
        theme = Theme.current()
        c = theme.colors
        box(QPainter(self), QRectF(self.rect()), theme.tokens.radius.control, c.surface, c.line)
