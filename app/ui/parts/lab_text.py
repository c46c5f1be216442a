"""What stands under a result: a text that has no room beside its name, and what the laboratory says of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter

from app.domain.labs import LabResult
from app.kernel.i18n import t
from app.queries.labs_order import ResultLine
from app.ui.theme.fonts import font
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.paint import draw_text, text_width

MOST_BESIDE = 18
"""Characters of a value that stand beside the name of its test."""
MOST_LINES = 24
"""Lines under a result; Enter opens the whole text."""
_MOST_LAID_OUT = 8000
"""Characters that are laid out: more than the lines can hold."""
_LEFT, _AROUND = 20, 12
_FLAGS = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignTop)


@dataclass(frozen=True, slots=True)
class Remark:
    """The row under a result that has something to read."""

    line: ResultLine


def is_long(item: LabResult) -> bool:
    """Tell whether a value is a text that is read under its test's name, not beside it."""
    return isinstance(item.value, str) and ("\n" in item.value or len(item.value) > MOST_BESIDE)


def under_text(item: LabResult) -> str:
    """Return what stands under a result; "" for nothing."""
    return "\n".join(part for part in (str(item.value) if is_long(item) else "", item.note) if part)


def name_lines(name: str, room: float, *, strong: bool = False) -> tuple[str, ...]:
    """Return a test's name in one line, or in two where it is too long: eGFR of one formula isn't that of another."""
    if text_width(name, TypeRole.BODY, strong) <= room:
        return (name,)
    words = name.split(" ")
    taken = len(words) - 1
    while taken > 1 and text_width(" ".join(words[:taken]), TypeRole.BODY, strong) > room:
        taken -= 1
    return (" ".join(words[:taken]), " ".join(words[taken:])) if taken else (name,)


def row_height(item: LabResult, width: float) -> int:
    """Return how high the row is, in pixels, where the table is so wide."""
    height, cut = _laid_out(item, width)
    return height + cut * _measure().lineSpacing() + _AROUND


@cache
def _measure() -> QFontMetrics:
    """Whole pixels, as lines are painted: with fractions the last line was cut."""
    return QFontMetrics(font(TypeRole.META))


def _laid_out(item: LabResult, width: float) -> tuple[int, bool]:
    """How high the text is, and whether there is more of it."""
    text, most = under_text(item), MOST_LINES * _measure().lineSpacing()
    room = QRect(0, 0, max(80, int(width) - 2 * _LEFT), 1_000_000)
    height = _measure().boundingRect(room, _FLAGS, text[:_MOST_LAID_OUT]).height()
    return min(height, most), height > most or len(text) > _MOST_LAID_OUT


def paint_remark(painter: QPainter, area: QRectF, row: Remark) -> None:
    """Paint the text, as much of it as there are lines for."""
    c = Theme.current().colors
    painter.save()
    painter.fillRect(area, c.sunken)
    painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), c.line)
    height, cut = _laid_out(row.line.item, area.width())
    spacing = _measure().lineSpacing()
    inner = QRectF(area.left() + _LEFT, area.top() + _AROUND / 2, area.width() - 2 * _LEFT, height)
    painter.setFont(font(TypeRole.META))
    painter.setPen(c.text)
    painter.setClipRect(inner)
    painter.drawText(inner, _FLAGS, under_text(row.line.item)[:_MOST_LAID_OUT])
    painter.setClipping(False)
    if cut:
        below = QRectF(inner.left(), inner.bottom(), inner.width(), spacing)
        draw_text(painter, below, t("… Enter shows all of it"), TypeRole.META, c.muted)
    painter.restore()
