"""How far long work is: a bar, a count, and a moving part only while nobody knows the total."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.kernel.i18n import t
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.paint import box, draw_text

_BAR = 6


class ProgressBar(QWidget):
    """``show_step(done, total, text)``; total 0 means that nobody knows it yet."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._done, self._total, self._text = 0, 0, ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_step(self, done: int, total: int, text: str) -> None:
        """Show how far it is."""
        self._done, self._total, self._text = done, total, text
        self.setAccessibleName(self.words)
        self.update()

    @property
    def words(self) -> str:
        """What is said: "Writing 1,200 of 3,400"."""
        if self._total:
            return t("{what} {done} of {total}", what=self._text, done=f"{self._done:,}", total=f"{self._total:,}")
        return f"{self._text} {self._done:,}" if self._done else f"{self._text} …"

    def sizeHint(self) -> QSize:
        """Return a line of text over the bar."""
        return QSize(320, 32)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the words, the track and what is done of it."""
        c = Theme.current().colors
        with QPainter(self) as painter:
            draw_text(painter, QRectF(0, 0, self.width(), 20), self.words, TypeRole.BODY, c.text)
            track = QRectF(0, self.height() - _BAR, self.width(), _BAR)
            box(painter, track, _BAR / 2, c.sunken)
            share = min(1.0, self._done / self._total) if self._total else 0.0
            if share > 0:
                box(painter, QRectF(0, track.top(), max(_BAR, track.width() * share), _BAR), _BAR / 2, c.accent)


def change_places(goes: QWidget, comes: QWidget) -> None:
    """Show the one button where the other stood; the keyboard goes over, else it would land wherever Qt goes on."""
    comes.show()
    if goes.hasFocus():
        comes.setFocus()
    goes.hide()
