"""Short texts laid out once: the same names and types are painted again on every repaint."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QStaticText, QTextLayout

from app.ui.theme.fonts import font
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.paint import elided, metrics, text_width


@dataclass(frozen=True, slots=True)
class Piece:
    """A text ready to paint; ``ascent`` is that of its tallest script, so that baselines meet."""

    static: QStaticText
    width: float
    ascent: float


@lru_cache(maxsize=8192)
def piece(text: str, role: TypeRole, strong: bool, width: int) -> Piece:
    """Return a text, cut to ``width`` pixels."""
    shown = elided(text, role, strong, width)
    static = QStaticText(shown)
    static.setTextFormat(Qt.TextFormat.PlainText)
    static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    layout = QTextLayout(shown, font(role, strong))
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()
    ascent = line.ascent() if line.isValid() else metrics(role, strong).ascent()
    return Piece(static, text_width(shown, role, strong), ascent)


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A piece at its place, in content coordinates; ``top`` is the top of its 16 px line."""

    piece: Piece
    origin: QPointF
    strong: bool
    color: QColor
    left: float
    top: float


def place(text: str, left: float, top: float, width: float, color: QColor, *, strong: bool = False) -> PlacedText:
    """Lay out a 12/16 text in a line box whose top is ``top``."""
    made = piece(text, TypeRole.META, strong, max(0, int(width)))
    measure = metrics(TypeRole.META, strong)
    baseline = top + (16 - measure.height()) / 2 + measure.ascent()
    return PlacedText(made, QPointF(left, baseline - made.ascent), strong, color, left, top)
