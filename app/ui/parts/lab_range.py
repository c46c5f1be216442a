"""Where a value lies in its range: a track, the range on it, a ring for the value before, a dot for this one."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from app.domain.labs import LabResult
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind

TRACK = 4
DOT = 4.0


def scale_of(item: LabResult) -> tuple[float, float] | None:
    """Return the values at both ends of the track; the range takes the middle half. None without a range."""
    low, high = item.low, item.high
    if low is None and high is None:
        return None
    if low is None:
        low = min(0.0, high or 0.0)
    if high is None:
        high = low + max(abs(low) * 0.67, 1.0)
    span = (high - low) or max(abs(high), 1.0)
    return low - span / 2, high + span / 2


def position(value: float, scale: tuple[float, float]) -> float:
    """Return where a value lies on the track, 0 to 1; what is beyond its ends lies on them."""
    first, last = scale
    return min(1.0, max(0.0, (value - first) / (last - first)))


def paint_range(painter: QPainter, area: QRectF, item: LabResult, before: LabResult | None) -> None:
    """Paint the track with the value's dot; nothing for a result without number or range."""
    scale, number = scale_of(item), item.number
    if scale is None or number is None:
        return
    theme = Theme.current()
    c = theme.colors
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    track = QRectF(area.left() + DOT, area.center().y() - TRACK / 2, area.width() - 2 * DOT, TRACK)
    painter.setPen(QPen(QColor(0, 0, 0, 0)))
    painter.setBrush(c.sunken)
    painter.drawRoundedRect(track, 2, 2)
    start = 0.0 if item.low is None else position(item.low, scale)
    end = 1.0 if item.high is None else position(item.high, scale)
    painter.setBrush(c.line)
    painter.drawRect(QRectF(track.left() + start * track.width(), track.top(), (end - start) * track.width(), TRACK))
    if before is not None and before.number is not None:
        painter.setPen(QPen(c.muted, 1.5))
        painter.setBrush(c.surface)
        painter.drawEllipse(_at(track, position(before.number, scale)), DOT - 0.75, DOT - 0.75)
    color = theme.status(StatusKind.CRITICAL).text if item.critical else c.text if item.abnormal else c.muted
    painter.setPen(QPen(QColor(0, 0, 0, 0)))
    painter.setBrush(color)
    painter.drawEllipse(_at(track, position(number, scale)), DOT, DOT)


def _at(track: QRectF, place: float) -> QPointF:
    return QPointF(track.left() + place * track.width(), track.center().y())
