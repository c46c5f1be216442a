"""What our hand-painted widgets share: text on a baseline, rounded boxes, hatching. Coordinates are logical pixels."""

from __future__ import annotations

from functools import cache, lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen, QPixmap

from app.ui.theme.fonts import font
from app.ui.theme.tokens import TypeRole


@cache
def metrics(role: TypeRole, strong: bool = False) -> QFontMetricsF:
    """Return the metrics of a role's font (cached)."""
    return QFontMetricsF(font(role, strong))


@lru_cache(maxsize=8192)
def text_width(text: str, role: TypeRole, strong: bool = False) -> float:
    """Return the width of a text on one line (cached: names and types come again and again)."""
    return metrics(role, strong).horizontalAdvance(text)


def elided(text: str, role: TypeRole, strong: bool, width: float) -> str:
    """Return the text, shortened with an ellipsis at its end when it is wider than ``width``."""
    if text_width(text, role, strong) <= width:
        return text
    return metrics(role, strong).elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, width))


def draw_text(
    painter: QPainter,
    box: QRectF,
    text: str,
    role: TypeRole,
    color: QColor,
    *,
    strong: bool = False,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    """Paint one line, vertically centred by the Latin font's metrics so that mixed scripts share a baseline."""
    measure = metrics(role, strong)
    shown = elided(text, role, strong, box.width())
    left = box.left()
    if align != Qt.AlignmentFlag.AlignLeft:
        spare = box.width() - text_width(shown, role, strong)
        left += spare if align == Qt.AlignmentFlag.AlignRight else spare / 2
    baseline = box.top() + (box.height() - measure.height()) / 2 + measure.ascent()
    painter.setFont(font(role, strong))
    painter.setPen(color)
    painter.drawText(QPointF(left, baseline), shown)


def box(
    painter: QPainter,
    rect: QRectF,
    radius: float,
    fill: QColor | None,
    border: QColor | None = None,
    *,
    dashed: bool = False,
    width: float = 1.0,
) -> None:
    """Paint a rounded rectangle whose border lies inside of ``rect``."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QBrush(fill) if fill is not None else Qt.BrushStyle.NoBrush)
    inner = QRectF(rect)
    if border is None:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        pen = QPen(border, width)
        if dashed:
            pen.setDashPattern([3.0, 2.0])
        painter.setPen(pen)
        inner.adjust(width / 2, width / 2, -width / 2, -width / 2)
        radius = max(0.0, radius - width / 2)
    painter.drawRoundedRect(inner, radius, radius)


@cache
def _hatch(fill: int, line: int, scale: float) -> QBrush:
    side = 12
    tile = QPixmap(round(side * scale), round(side * scale))
    tile.setDevicePixelRatio(tile.width() / side)
    tile.fill(QColor.fromRgba(fill))
    with QPainter(tile) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor.fromRgba(line), 1.0))
        for start in (-side, 0, side):
            painter.drawLine(QPointF(start - 1, side + 1), QPointF(start + side + 1, -1))
    return QBrush(tile)


def hatch(fill: QColor, line: QColor, scale: float) -> QBrush:
    """Return the brush of closed time: thin diagonal lines over ``fill``, sharp at the device scale."""
    return _hatch(fill.rgba(), line.rgba(), scale)
